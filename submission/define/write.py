"""Writing define.xml: everything gathered of the datasets, as one document of odmlib with the same bytes every time."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clinical.errors import ConformanceError, OutsideError
from specs.model.dataset import DatasetSpec
from specs.model.study import Study
from specs.rule_text import CONTEXT, rule_text
from submission.define.codelists import CodelistUses
from submission.define.datasets import describe_dataset
from submission.define.gathered import Gathered
from submission.define.oids import leaf_id
from submission.define.origins import described
from submission.define.results import describe_results
from submission.package import Standard, is_occurrence, occurrence_guide
from submission.written import WrittenDataset

if TYPE_CHECKING:
    from odmlib.arm_1_0 import model as odm

STYLESHEET = "define2-1.xsl"
DEFINE_VERSION = "2.1.9"
ACRF = "acrf.pdf"
_SPACES = {
    "xmlns": "http://www.cdisc.org/ns/odm/v1.3",
    "xmlns:def": "http://www.cdisc.org/ns/def/v2.1",
    "xmlns:xlink": "http://www.w3.org/1999/xlink",
}
#: What XML 1.0 has no way to write (2.2, Char).
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ARM = {"xmlns:arm": "http://www.cdisc.org/ns/arm/v1.0"}
_TITLES = {
    ACRF: "Annotated Case Report Form",
    "csdrg.pdf": "Clinical Study Data Reviewer's Guide",
    "adrg.pdf": "Analysis Data Reviewer's Guide",
}


def write_define(
    study: Study,
    datasets: Sequence[WrittenDataset],
    path: Path,
    *,
    standard: Standard,
    created: datetime,
    pages: Mapping[tuple[str, str], tuple[int, ...]] | None = None,
    value_pages: Mapping[tuple[str, str, str], tuple[int, ...]] | None = None,
    documents: Sequence[str] = (),
) -> Path:
    """Write define.xml of a standard's datasets and return its path.

    Args:
        datasets: those of the standard, in the order in which they are shown; those without rows, too.
        created: the moment of the export's snapshot.
        pages: pages of the annotated CRF by dataset and variable; a supplemental qualifier under SUPP-- and its QNAM.
        value_pages: the same by test code, where a test is not on all pages of its variable.
        documents: files of the package that are cited, relative to the file's folder; `acrf.pdf` is the annotated CRF.

    Raises:
        ConformanceError: a text holds a character that XML does not have.
        OutsideError: the file cannot be written.
    """
    acrf = next((leaf_id(name) for name in documents if name.rpartition("/")[2] == ACRF), None)
    gathered = Gathered(CodelistUses(study), pages or {}, acrf, value_pages or {})
    guides = _guides(study, datasets, standard)
    groups = [describe_dataset(one, study, gathered, _guide_of(one.spec, guides)) for one in datasets]
    displays = describe_results(study, datasets, gathered) if standard == "adam" else None
    version_of_data = _meta_data_version(study, standard, gathered, guides, groups, documents, displays)
    root = _root(study, standard, created, version_of_data).to_xml()
    assert root is not None
    for name, uri in {**_SPACES, **(_ARM if displays is not None else {})}.items():
        root.set(name, uri)
    for ranked in root.iterfind(".//*[@Rank]"):
        ranked.set("Rank", f"{float(ranked.get('Rank', '0')):g}")  # odmlib writes 1.0
    ElementTree.indent(root)
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<?xml-stylesheet type="text/xsl" href="{STYLESHEET}"?>\n'
        f"{ElementTree.tostring(root, encoding='unicode')}\n"
    )
    _require_xml(text, path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8"))
    except OSError as error:
        raise OutsideError(f"{path}: cannot be written ({error.strerror}). Free space or change the rights.") from error
    return path


def _require_xml(text: str, path: Path) -> None:
    """Refuse characters that XML 1.0 cannot hold; no escape stands for them."""
    found = _NOT_XML.search(text)
    if found is None:
        return
    line = text[text.rfind("\n", 0, found.start()) + 1 :].partition("\n")[0]
    raise ConformanceError(
        f"{path.name}: U+{ord(found[0]):04X} is a character that XML does not have, and stands in "
        f"{_NOT_XML.sub('_', line).strip()}. Take it out of the specification, or of the code or name in the data."
    )


def _root(study: Study, standard: str, created: datetime, content: odm.MetaDataVersion) -> odm.ODM:
    from odmlib.arm_1_0 import model as odm

    moment = (created.astimezone(UTC) if created.tzinfo else created).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    names = odm.GlobalVariables(
        StudyName=odm.StudyName(_content=study.design.name),
        StudyDescription=odm.StudyDescription(_content=study.design.title),
        ProtocolName=odm.ProtocolName(_content=study.id),
    )
    return odm.ODM(
        FileType="Snapshot",
        FileOID=f"DEFINE.{study.id}.{standard.upper()}",
        CreationDateTime=moment,
        AsOfDateTime=moment,
        ODMVersion="1.3.2",
        Originator="cdiscflow",
        SourceSystem="cdiscflow",
        SourceSystemVersion=version("cdiscflow"),
        Context="Submission",
        Study=odm.Study(OID=f"STUDY.{study.id}", GlobalVariables=names, MetaDataVersion=content),
    )


def _meta_data_version(
    study: Study, standard: Standard, gathered: Gathered, guides: Sequence[odm.Standard],
    groups: Sequence[odm.ItemGroupDef], documents: Sequence[str], displays: odm.AnalysisResultDisplays | None,
) -> odm.MetaDataVersion:  # fmt: skip
    from odmlib.arm_1_0 import model as odm

    packages = {source: f"STD.CT.{source.replace(' CT ', '.')}" for source in gathered.codelists.sources()}
    published = [*guides, *(_package(source, oid) for source, oid in packages.items())]
    kind = "Data" if standard == "sdtm" else "Analysis data"
    parts: dict[str, Any] = {
        "Standards": odm.Standards(Standard=published),
        "ValueListDef": list(gathered.value_lists.values()),
        "WhereClauseDef": list(gathered.where_clauses.values()),
        "ItemGroupDef": list(groups),
        "ItemDef": list(gathered.items.values()),
        "CodeList": gathered.codelists.build(packages),
        "MethodDef": _methods(study, gathered),
        "CommentDef": [odm.CommentDef(OID=oid, Description=described(text)) for oid, text in gathered.comments.items()],
        "leaf": [_leaf(name) for name in documents],
    }
    if gathered.acrf:
        parts["AnnotatedCRF"] = odm.AnnotatedCRF(DocumentRef=odm.DocumentRef(leafID=gathered.acrf))
    others = [odm.DocumentRef(leafID=leaf_id(name)) for name in documents if leaf_id(name) != gathered.acrf]
    if others:
        parts["SupplementalDoc"] = odm.SupplementalDoc(DocumentRef=others)
    if displays is not None:
        parts["AnalysisResultDisplays"] = displays
    return odm.MetaDataVersion(
        OID=f"MDV.{study.id}.{standard.upper()}",
        Name=f"{kind} definitions of study {study.id}",
        Description=f"{kind} definitions of study {study.id}, {guides[0].Name} {guides[0].Version}",
        DefineVersion=DEFINE_VERSION,
        **{name: part for name, part in parts.items() if part != []},
    )


def _guides(study: Study, datasets: Sequence[WrittenDataset], standard: Standard) -> list[odm.Standard]:
    """Return the implementation guides that the datasets follow."""
    from odmlib.arm_1_0 import model as odm

    versions = study.design.standards
    name, number = ("SDTMIG", versions.sdtmig) if standard == "sdtm" else ("ADaMIG", versions.adamig)
    guides = [(name, number)]
    occurrences = occurrence_guide(number, [one.spec for one in datasets]) if standard == "adam" else None
    if occurrences:
        guides.append(("ADaM-OCCDSIG", occurrences))
    return [
        odm.Standard(OID=f"STD.{name}.{number}", Name=name, Type="IG", Version=number, Status="Final")
        for name, number in guides
    ]


def _guide_of(spec: DatasetSpec, guides: Sequence[odm.Standard]) -> str:
    """Return the identifier of the guide that a dataset follows: the last one, for occurrences, else the first."""
    return str((guides[-1] if is_occurrence(spec) else guides[0]).OID)


def _package(source: str, oid: str) -> odm.Standard:
    from odmlib.arm_1_0 import model as odm

    publication, _, date = source.partition(" CT ")
    return odm.Standard(OID=oid, Name="CDISC/NCI", Type="CT", PublishingSet=publication, Version=date, Status="Final")


def _methods(study: Study, gathered: Gathered) -> list[odm.MethodDef]:
    from odmlib.arm_1_0 import model as odm

    made = []
    for method, rules in sorted(gathered.rules.items()):
        said = study.methods[method]
        about: dict[str, Any] = {"Description": described(said.text)}
        if rules:
            about["FormalExpression"] = [odm.FormalExpression(Context=CONTEXT, _content=rule_text(rules))]
        made.append(odm.MethodDef(OID=method, Name=said.name, Type=said.type, **about))
    return made


def _leaf(name: str) -> odm.leaf:
    from odmlib.arm_1_0 import model as odm

    title = _TITLES.get(name.rpartition("/")[2], name)
    return odm.leaf(ID=leaf_id(name), href=name, title=odm.title(_content=title))
