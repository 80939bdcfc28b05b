"""What the records of a domain say, in the words of a reviewer: one line a record."""

from __future__ import annotations

import pandas as pd

from clinical.findings import as_text
from specs.long_text import continuation_name
from specs.standards import StandardDataset, StandardVariable

#: Qualifiers that say nothing in a story: grouping keys, dictionary levels, and what another column already says.
_SILENT = (
    "SPID", "GRPID", "LNKID", "LNKGRP", "REFID", "LLT", "HLT", "HLGT", "BODSYS", "SOC", "TEST", "STRESN", "EVAL",
    "PRESP", "OCCUR", "MOOD", "DOSE", "DOSU", "DOSFRM", "REASOC",
)  # fmt: skip
#: Qualifiers whose values need no label.
_PLAIN = ("CAT", "SCAT", "EVDTYP", "DECOD", "DOSFRQ", "ROUTE")
#: More parts than a continued text ever has.
_PARTS = 100


def record_lines(rows: pd.DataFrame, dataset: StandardDataset, supplemental: pd.DataFrame) -> pd.DataFrame:
    """Return one line a record: the columns of `flows.story.Line`, and what lines are ordered and grouped by.

    Text that continues in SUPP--, COVALn or TSVALn is joined.
    """
    record = _Records(rows, dataset, supplemental)
    prefix = record.prefix
    findings = dataset.class_name.startswith("FINDINGS")
    what, details = _finding(record) if findings else _event(record)
    start = record.first(f"{prefix}STDTC", f"{prefix}DTC")
    table = pd.DataFrame(
        {
            "start": start,
            "end": record.text(f"{prefix}ENDTC"),
            "day": record.first(f"{prefix}STDY", f"{prefix}DY"),
            "domain": dataset.name,
            "seq": record.text(f"{prefix}SEQ"),
            "what": what,
            "details": details,
            "visit": record.text("VISITNUM"),
            "on": record.text("RDOMAIN") + " " + record.text("IDVARVAL"),
        }
    )
    heading = record.text(f"{prefix}OBJ")
    heading = heading.where(heading.ne(""), record.text("VISIT"))
    own = dataset.name + " " + pd.Series(range(len(rows)), index=rows.index).astype("str")
    together = dataset.name + "|" + start.str.slice(0, 10) + "|" + table["visit"] + "|" + heading
    brief = (what + " " + details).str.strip()
    return table.assign(
        heading=heading if findings else "", group=together if findings else own, brief=brief if findings else ""
    )


class _Records:
    """The records of one dataset and subject, as text."""

    def __init__(self, rows: pd.DataFrame, dataset: StandardDataset, supplemental: pd.DataFrame) -> None:
        self.rows, self.dataset, self.prefix = rows, dataset, dataset.name[:2]
        self.labels = dict(zip(supplemental.get("QNAM", ()), supplemental.get("QLABEL", ()), strict=True))
        self.qualifiers = _wide(supplemental)
        self.seq = self._plain(f"{self.prefix}SEQ")

    def text(self, name: str) -> pd.Series:
        """Return a variable with its continuations; empty where it is missing or not there."""
        values = self._plain(name)
        for number in range(1, _PARTS):
            further = self._continuation(name, number)
            if further is None:
                break
            values = (values + " " + further).str.strip()
        return values

    def first(self, *names: str) -> pd.Series:
        """Return the first of several variables that has a value, record by record; empty where none has."""
        told = self._empty()
        for name in names:
            told = told.mask(told.eq(""), self.text(name))
        return told

    def supplemental(self) -> pd.Series:
        """Return the supplemental qualifiers as `; Label: value`, continuations joined to what they continue."""
        told = self._empty()
        names = [name for name in self.qualifiers if not self._continues(str(name))]
        for name in map(str, names):
            value = self._qualifier(name)
            for number in range(1, _PARTS):
                further = continuation_name(name, number)
                if further not in self.qualifiers or self.labels[further] != self.labels[name]:
                    break
                value = (value + " " + self._qualifier(further)).str.strip()
            told = told.where(value.eq(""), told + "; " + self.labels[name] + ": " + value)
        return told

    def _plain(self, name: str) -> pd.Series:
        return as_text(self.rows[name]) if name in self.rows else self._empty()

    def _empty(self) -> pd.Series:
        return pd.Series("", index=self.rows.index, dtype="str")

    def _continuation(self, name: str, number: int) -> pd.Series | None:
        further = continuation_name(name, number)
        if further in self.rows and further not in self.dataset.by_name:
            return self._plain(further)
        variable = self.dataset.by_name.get(name)
        if further in self.qualifiers and variable is not None and self.labels[further] == variable.label:
            return self._qualifier(further)
        return None

    def _continues(self, name: str) -> bool:
        """Return whether a qualifier continues a variable or another qualifier."""
        label = self.labels[name]
        owners = {one.name: one.label for one in self.dataset.variables} | self.labels
        return any(
            one != name and owner == label and name in {continuation_name(one, number) for number in range(1, _PARTS)}
            for one, owner in owners.items()
        )

    def _qualifier(self, name: str) -> pd.Series:
        return self.seq.map(self.qualifiers[name]).astype("str").fillna("")


def _wide(supplemental: pd.DataFrame) -> pd.DataFrame:
    """Return supplemental qualifiers with one column a QNAM, by IDVARVAL."""
    if supplemental.empty:
        return pd.DataFrame()
    return supplemental.pivot_table(index="IDVARVAL", columns="QNAM", values="QVAL", aggfunc="first")


def _finding(record: _Records) -> tuple[pd.Series, pd.Series]:
    """Return the test (with the number of its lesion) and the result, its unit, place and indicator."""
    prefix = record.prefix
    result = record.text(f"{prefix}STRESC")
    result = result.where(result.ne(""), record.text(f"{prefix}ORRES"))
    unit = record.text(f"{prefix}STRESU")
    unit = unit.where(unit.ne(""), record.text(f"{prefix}ORRESU"))
    done = record.text(f"{prefix}STAT").eq("")
    reason = record.text(f"{prefix}REASND")
    told = (result + " " + unit.where(result.ne(""), "")).str.strip()
    told = told.where(done, "not done" + (" (" + reason + ")").where(reason.ne(""), ""))
    indicator = record.text(f"{prefix}NRIND")
    told = (told + " " + indicator.where(indicator.ne("NORMAL"), "")).str.strip()
    for place in (f"{prefix}LAT", f"{prefix}LOC"):
        told = (told + " " + record.text(place)).str.strip()
    lesion = record.first(f"{prefix}LNKID")
    return (lesion + " " + record.text(f"{prefix}TEST")).str.strip(), told + record.supplemental()


def _event(record: _Records) -> tuple[pd.Series, pd.Series]:
    """Return the topic of a record, and its qualifiers that speak."""
    prefix = record.prefix
    if record.dataset.name == "CO":
        parent = record.text("RDOMAIN") + " " + record.text("IDVARVAL")
        what = ("Comment on " + parent).where(parent.str.strip().ne(""), "Comment")
        return what.str.strip(), record.text("COVAL") + record.supplemental()
    names = [f"{prefix}DECOD", "ELEMENT", "VISIT" if record.dataset.name == "SV" else "", f"{prefix}TERM"]
    if record.dataset.name == "DV":
        names = [f"{prefix}TERM"]
    topic = [*names, f"{prefix}TRT", f"{prefix}VAL"]
    details = _dose(record)
    for variable in record.dataset.variables:
        used = variable.name in topic and record.dataset.name != "DV"
        if variable.name in record.rows and not used and variable.name != f"{prefix}TERM" and _speaks(variable, prefix):
            value = _told(variable, record.text(variable.name), prefix)
            details = details.where(value == "", details + "; " + value)
    return record.first(*topic), (details + record.supplemental()).str.removeprefix("; ")


def _dose(record: _Records) -> pd.Series:
    """Return `; 30 mg/m2` for a dose; `; not given (reason)` or `; did not occur` where that is what was recorded."""
    prefix = record.prefix
    dose = (record.text(f"{prefix}DOSE") + " " + record.text(f"{prefix}DOSU")).str.strip()
    dose = ("; " + dose).where(record.text(f"{prefix}DOSE").ne(""), "")
    reason = record.text(f"{prefix}REASOC")
    what = "; not given" if record.dataset.class_name == "INTERVENTIONS" else "; did not occur"
    return dose.mask(record.text(f"{prefix}OCCUR").eq("N"), what + (" (" + reason + ")").where(reason.ne(""), ""))


def _told(variable: StandardVariable, value: pd.Series, prefix: str) -> pd.Series:
    """Return a qualifier as `Label: value`; the label alone for Y, nothing for N, plain values by themselves."""
    if variable.name.removeprefix(prefix) in _PLAIN:
        return value
    labelled = (variable.label + ": " + value).where(value.ne(""), "")
    if "NY" not in variable.codelists:
        return labelled
    return labelled.mask(value.eq("Y"), variable.label).mask(value.eq("N"), "")


def _speaks(variable: StandardVariable, prefix: str) -> bool:
    """Return whether a variable is worth a place in the story: qualifiers, but not codes, keys and repetitions."""
    name = variable.name.removeprefix(prefix)
    if variable.name in ("RDOMAIN", "IDVAR", "IDVARVAL"):
        return False
    return "Qualifier" in variable.role and not name.endswith("CD") and name not in _SILENT
