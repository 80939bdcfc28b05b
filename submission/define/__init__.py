"""Define-XML 2.1 with Analysis Results Metadata 1.0: what every dataset, variable, value and result is.

Made from the specifications; the data add what only they can say (rows, lengths, decimals). `write_define` writes
define.xml, `write_define_html` the page that people read, `check_define` compares the file with the datasets.
"""

from submission.define.check import check_define
from submission.define.html import write_define_html
from submission.define.write import write_define

__all__ = ["check_define", "write_define", "write_define_html"]
