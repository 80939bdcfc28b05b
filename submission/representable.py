"""What a transport file cannot say in its encoding, as findings: characters and lengths, never changed by us.

What to write instead is suggested, and whoever answers for the data decides: `≥ 5` and `>= 5` are not the same text,
and no table translates Chinese.
"""

from __future__ import annotations

import re
import unicodedata

import pandas as pd
import pyarrow as pa

from clinical.findings import combine, report
from clinical.wording import agree, count
from specs.model.dataset import DatasetSpec
from specs.model.submission import Encoding
from submission import xpt_text
from submission.xpt_text import MOST_BYTES, MOST_LABEL_BYTES, Refused

NOT_REPRESENTABLE = "XPT.NOT_REPRESENTABLE"
TOO_LONG = "XPT.TOO_LONG"

#: What is written for signs and letters that do not decompose into ASCII.
_SIGNS = {
    "≥": ">=", "≤": "<=", "≠": "<>", "≈": "~", "±": "+/-", "×": "x", "÷": "/", "·": ".", "−": "-", "⁄": "/", "→": "->",
    "°": "deg", "µ": "u", "μ": "u", "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "κ": "kappa", "λ": "lambda",
    "‐": "-", "‑": "-", "–": "-", "—": "-", "•": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "„": '"', "«": '"',
    "»": '"', "′": "'", "″": '"', "®": "(R)", "©": "(C)", "ß": "ss", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O",
    "œ": "oe", "Œ": "OE", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "。": ".", "、": ",", "【": "[", "】": "]",
}  # fmt: skip
_SUPERSCRIPTS = re.compile("[⁰¹²³⁴-⁹⁺⁻]+")
#: So many characters are listed in a finding.
_MOST_LISTED = 20


def transliterate(text: str) -> str | None:
    """Return how a text is written in ASCII, or None where it has to be translated.

    >>> transliterate("10⁹/L, ≥ 38.5 °C"), transliterate("Müller–Ångström"), transliterate("受试者")
    ('10^9/L, >= 38.5 degC', 'Muller-Angstrom', None)
    """
    raised = _SUPERSCRIPTS.sub(lambda found: "^" + unicodedata.normalize("NFKD", found[0]), text)
    plain = "".join(_SIGNS.get(sign, sign) for sign in raised)
    letters = "".join(_SIGNS.get(sign, sign) for sign in unicodedata.normalize("NFKD", plain))
    found = "".join(sign for sign in letters if not unicodedata.combining(sign))
    return found if found.isascii() else None


def check_representable(frame: pd.DataFrame, spec: DatasetSpec, encoding: Encoding) -> pd.DataFrame:
    """Return findings on the text of a dataset and its labels: what the encoding lacks, and what is too long in it.

    A finding counts the cells of a variable. The characters and what to write for them stand in `value`. Columns
    that are no text are left to the writer, which refuses them.
    """
    tables = [_check_label(spec.name, "", spec.label, encoding)]
    for variable in spec.variables:
        tables.append(_check_label(spec.name, variable.name, variable.label, encoding))
        if variable.type == "Char" and variable.name in frame:
            try:
                texts = xpt_text.as_arrow(frame[variable.name])
            except Refused:
                continue
            tables += [_check_characters(spec.name, variable.name, texts, encoding)]
            tables += [_check_bytes(spec.name, variable.name, texts, encoding)]
    return combine(tables)


def _check_characters(dataset: str, variable: str, texts: pa.Array, encoding: Encoding) -> pd.DataFrame:
    if encoding != "ascii" or xpt_text.is_ascii(texts):
        return combine([])
    cells = xpt_text.count(xpt_text.beyond_ascii(texts))
    signs = sorted(sign for sign in set(xpt_text.buffers(texts)[1].tobytes().decode()) if not sign.isascii())
    known = {sign: transliterate(sign) for sign in signs}
    advice = []
    if any(one is not None for one in known.values()):
        advice.append("write them as suggested under value")
    if None in known.values():
        advice.append("translate the text that has no such suggestion" if advice else "translate that text")
    message = (
        f"{_cells(cells, variable, 'hold')} characters that ASCII does not have. In the export or in the mapping, "
        f"{' and '.join(advice)}."
    )
    shown = [f"{sign} as {known[sign]}" if known[sign] is not None else sign for sign in signs[:_MOST_LISTED]]
    more = len(signs) - len(shown)
    value = "; ".join(shown) + (f"; and {more} more" if more else "")
    return report(NOT_REPRESENTABLE, "error", message, source="rule", dataset=dataset, variable=variable, value=value)


def _check_bytes(dataset: str, variable: str, texts: pa.Array, encoding: Encoding) -> pd.DataFrame:
    coded = texts if xpt_text.count_nul(texts) else xpt_text.encode(texts, encoding)
    longest = xpt_text.longest_of(coded)
    if longest <= MOST_BYTES:
        return combine([])
    message = (
        f"{_cells(xpt_text.count_longer(coded, MOST_BYTES), variable, 'have')} more than {MOST_BYTES} bytes in "
        f"{encoding} (the longest {longest}). Shorten them, or continue them in supplemental qualifiers."
    )
    return report(TOO_LONG, "error", message, source="rule", dataset=dataset, variable=variable)


def _cells(cells: int, variable: str, verb: str) -> str:
    return f"{count(cells, 'cell')} of {variable} {agree(cells, verb)}"


def _check_label(dataset: str, variable: str, label: str, encoding: Encoding) -> pd.DataFrame:
    whose = f"The label of {variable or dataset}"
    if encoding == "ascii" and not label.isascii():
        plain = transliterate(label)
        advice = "Translate it." if plain is None else f"Write it as '{plain}'."
        message = f"{whose} holds characters that ASCII does not have. {advice}"
        return report(NOT_REPRESENTABLE, "error", message, source="rule", dataset=dataset, variable=variable)
    if (size := len(label.encode(encoding))) > MOST_LABEL_BYTES:
        message = f"{whose} has {size} bytes in {encoding}, at most {MOST_LABEL_BYTES} fit. Shorten it."
        return report(TOO_LONG, "error", message, source="rule", dataset=dataset, variable=variable)
    return combine([])
