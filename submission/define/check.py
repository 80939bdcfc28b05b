"""Is a define.xml sound: valid against the published schemas, whole in its references, and equal to the datasets?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from clinical.errors import listed
from clinical.findings import combine, report
from submission.define.check_data import check_datasets
from submission.define.namespaces import ARM, DEF, ODM, XLINK
from submission.written import WrittenDataset

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

#: Attributes that name a definition, and the elements that are defined under such a name.
_REFERENCES = {
    "ItemOID": f"{ODM}ItemDef",
    f"{DEF}ItemOID": f"{ODM}ItemDef",
    "ParameterOID": f"{ODM}ItemDef",
    "ItemGroupOID": f"{ODM}ItemGroupDef",
    "MethodOID": f"{ODM}MethodDef",
    "CodeListOID": f"{ODM}CodeList",
    f"{DEF}CommentOID": f"{DEF}CommentDef",
    f"{DEF}StandardOID": f"{DEF}Standard",
    "WhereClauseOID": f"{DEF}WhereClauseDef",
    "ValueListOID": f"{DEF}ValueListDef",
    "leafID": f"{DEF}leaf",
    f"{DEF}ArchiveLocationID": f"{DEF}leaf",
}
#: What is there although nothing names it: the datasets, the standards and the displays.
_ROOTS = (f"{ODM}ItemGroupDef", f"{DEF}Standard")
_IDS = {f"{DEF}leaf": "ID"}


def check_define(
    path: Path,
    datasets: Sequence[WrittenDataset],
    *,
    name: str | None = None,
    encoding: str = "utf-8",
    awaited: Iterable[Path] = (),
) -> pd.DataFrame:
    """Return everything wrong with a define.xml as findings; none where it is sound.

    The files that it cites are looked for beside it.

    Args:
        datasets: those that it describes.
        name: what findings on the file as a whole call it; its file name where it is None.
        encoding: that of the transport files.
        awaited: files that are still to be written; that these are not there is no finding.
    """
    from lxml import etree

    try:
        root = etree.fromstring(path.read_bytes())
    except (OSError, etree.XMLSyntaxError) as error:
        what = f"{name or path.name}: cannot be read as XML ({_reason(error)}). Write it again."
        return _error("DEFINE.SCHEMA", what)
    of_file = combine(
        [
            *_check_schema(root),
            *_check_references(root),
            *_check_files(root, path.parent, {one.resolve() for one in awaited}),
        ]
    )
    of_file["message"] = f"{name or path.name}: " + of_file["message"]
    return combine([of_file, *check_datasets(root, datasets, encoding)])


def _reason(error: Exception) -> str:
    return error.strerror or "no such file" if isinstance(error, OSError) else str(error)


def _error(rule: str, message: str) -> pd.DataFrame:
    return report(rule, "error", message, source="rule")


def _check_schema(root: Element) -> Iterator[pd.DataFrame]:
    from lxml import etree
    from odmlib.schema_manager import get_schema_path

    schema = etree.XMLSchema(etree.parse(get_schema_path("arm", "1.0-define2.1")))
    if not schema.validate(root):
        for problem in schema.error_log:
            yield _error("DEFINE.SCHEMA", f"Line {problem.line}: {problem.message} Correct what it is made from.")


def _check_references(root: Element) -> Iterator[pd.DataFrame]:
    defined = Counter((one.tag, _name(one)) for one in root.iter() if _name(one) is not None)
    twice = sorted({str(name) for (_, name), count in defined.items() if count > 1})
    if twice:
        yield _error("DEFINE.REFERENCE", f"Defined more than once: {listed(twice)}. Define each once.")
    named = set()
    for element, attribute, name in _references(root):
        kind = _REFERENCES[attribute]
        named.add((kind, name))
        if (kind, name) not in defined:
            what = f"{_short(element.tag)} names {name}, but there is no such {_short(kind)}. Define it."
            yield _error("DEFINE.REFERENCE", what)
    kinds = set(_REFERENCES.values()) - set(_ROOTS)
    unused = sorted(str(name) for kind, name in defined if kind in kinds and (kind, name) not in named)
    if unused:
        what = f"Defined, but nothing refers to it: {listed(unused)}. Remove it."
        yield report("DEFINE.UNUSED", "warning", what, source="rule")


def _references(root: Element) -> Iterator[tuple[Element, str, str]]:
    for element in root.iter():
        for attribute in _REFERENCES:
            value = element.get(attribute)
            if value is not None:
                yield element, attribute, value


def _name(element: Any) -> str | None:
    """Return the name under which an element is defined, or None where it is no definition."""
    if not isinstance(element.tag, str):
        return None
    name = element.get(_IDS.get(element.tag, "OID"))
    return None if name is None else str(name)


def _check_files(root: Element, folder: Path, awaited: Collection[Path]) -> Iterator[pd.DataFrame]:
    for leaf in root.iter(f"{DEF}leaf"):
        href = leaf.get(f"{XLINK}href") or ""
        if not (folder / href).is_file() and (folder / href).resolve() not in awaited:
            yield _error("DEFINE.FILE", f"The file {href} is cited, but it is not there. Write it, or do not cite it.")


def _short(tag: str) -> str:
    return tag.replace(DEF, "def:").replace(ARM, "arm:").replace(ODM, "")
