"""A dataset as define.xml describes it, with its variables, their values by condition and the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from specs.model.adam import AdamRules
from specs.model.dataset import DatasetSpec, VariableSpec
from specs.model.maps import Decode, NotCollected
from specs.model.study import Study
from specs.standards import load_adamig
from submission.define.facts import ValueFacts, distinct_texts, is_iso, measure
from submission.define.gathered import Gathered
from submission.define.items import item_def, kind_of, method_as_comment, method_of, no_data, origins_of
from submission.define.oids import group_oid, item_oid, leaf_id, value_list_oid
from submission.define.origins import described, origin_of
from submission.define.parameters import Parameters, parameters_of
from submission.define.value_level import Level, levels_of, qualifiers_of, result_with_number
from submission.written import WrittenDataset

if TYPE_CHECKING:
    from odmlib.arm_1_0 import model as odm

_PURPOSE = {"sdtm": "Tabulation", "adam": "Analysis"}


def describe_dataset(written: WrittenDataset, study: Study, gathered: Gathered, standard: str) -> odm.ItemGroupDef:
    """Return the definition of a dataset, gathering what it refers to; the data are read once and dropped."""
    from odmlib.arm_1_0 import model as odm

    spec = written.spec
    frame = written.load() if written.rows else None
    describer = _Describer(written, study, gathered, frame)
    references = [describer.item_ref(variable, at) for at, variable in enumerate(spec.variables, 1)]
    about: dict[str, Any] = {
        "OID": group_oid(spec.name),
        "Name": spec.name,
        "Repeating": "Yes" if _repeats(spec) else "No",
        "IsReferenceData": "No" if "USUBJID" in spec.names else "Yes",
        "SASDatasetName": spec.name,
        "Purpose": _PURPOSE[written.standard],
        "Structure": spec.structure,
        "StandardOID": standard,
        "Description": described(spec.label),
        "Class": _class(spec, study),
        "ItemRef": references,
    }
    if written.standard == "sdtm":
        about["Domain"] = spec.name.removeprefix("SUPP")
    comment = gathered.comment(_remarks(written), spec.name)
    if comment:
        about["CommentOID"] = comment
    if written.file is not None:
        file = written.file.name
        about["ArchiveLocationID"] = leaf_id(file)
        about["leaf"] = odm.leaf(ID=leaf_id(file), href=file, title=odm.title(_content=file))
    if not written.rows:
        about["HasNoData"] = "Yes"
    return odm.ItemGroupDef(**about)


def _repeats(spec: DatasetSpec) -> bool:
    """Return whether a subject may have several records; reference data have no subjects."""
    return "USUBJID" in spec.names and {*spec.keys} - {"STUDYID"} != {"USUBJID"}


def _remarks(written: WrittenDataset) -> list[str | None]:
    remarks = [written.spec.comment]
    if not written.rows:
        remarks.append("No data: there is no record, so no file is part of the package.")
    if written.parts:
        names = ", ".join(f"{path.parent.name}/{path.name}" for path in written.parts)
        remarks.append(f"Because of its size also sent in parts, in the order of the records: {names}.")
    return remarks


def _class(spec: DatasetSpec, study: Study) -> odm.Class:
    from odmlib.arm_1_0 import model as odm

    subclass = _subclass(spec, study)
    return odm.Class(Name=spec.class_name, **({"SubClass": [odm.SubClass(Name=subclass)]} if subclass else {}))


def _subclass(spec: DatasetSpec, study: Study) -> str:
    """Return the subclass of an analysis dataset: that of its structure; occurrences of AE are adverse events."""
    if not isinstance(spec.rules, AdamRules):
        return ""
    found = load_adamig(study.design.standards.adamig).dataset(spec.builder or "")
    if found is not None and found.subclass:
        return found.subclass
    records = spec.rules.records
    return "ADVERSE EVENT" if spec.builder == "OCCDS" and records is not None and records.dataset == "AE" else ""


class _Describer:
    """Describes the variables of one dataset."""

    def __init__(self, written: WrittenDataset, study: Study, gathered: Gathered, frame: pd.DataFrame | None) -> None:
        self.written, self.study, self.gathered, self.frame = written, study, gathered, frame
        self.spec = written.spec
        self._measured: dict[str, ValueFacts] = {}
        self.parameters: Parameters = parameters_of(self.spec, frame)
        gathered.parameters[self.spec.name] = self.parameters.names
        #: The names that another variable gives to the terms of a code, by the code's variable.
        self.decodes = {
            one.map.variable: study.decodes.get(f"{self.spec.name}.{one.name}", {})
            for one in self.spec.variables
            if isinstance(one.map, Decode)
        }

    def item_ref(self, variable: VariableSpec, place: int) -> odm.ItemRef:
        """Return the reference to a variable, after defining it."""
        from odmlib.arm_1_0 import model as odm

        self._define(variable)
        about: dict[str, Any] = {
            "ItemOID": item_oid(self.spec.name, variable.name),
            "OrderNumber": place,
            "Mandatory": "Yes" if self._is_mandatory(variable) else "No",
        }
        if variable.name in self.spec.keys:
            about["KeySequence"] = self.spec.keys.index(variable.name) + 1
        method = method_of(self.study, variable.origin, variable.method)
        if method:
            about["MethodOID"] = self.gathered.method(method, f"{self.spec.name}.{variable.name}", self._rule(variable))
        if self.written.standard == "sdtm" and variable.role:
            about["Role"] = variable.role
        if self._is_empty(variable):
            about["HasNoData"] = "Yes"
        return odm.ItemRef(**about)

    def _is_mandatory(self, variable: VariableSpec) -> bool:
        """Return whether every record must have a value.

        Rule: of a required variable SDTM asks for every value, ADaM only that the dataset has it. In ADaM it is
        mandatory where no value is missing.
        """
        asked = self.written.standard == "sdtm" or not self._facts(variable).gaps
        return variable.core == "Req" and asked

    def _is_empty(self, variable: VariableSpec) -> bool:
        return self.frame is not None and not self._facts(variable).filled

    def _facts(self, variable: VariableSpec) -> ValueFacts:
        if variable.name not in self._measured:
            column = self.frame.get(variable.name) if self.frame is not None else None
            self._measured[variable.name] = (
                measure(column, iso=is_iso(variable.name), sas_format=variable.format)
                if column is not None
                else ValueFacts()
            )
        return self._measured[variable.name]

    def _rule(self, variable: VariableSpec) -> Any:
        """Return what makes a variable: its map, else what the records of the dataset or a flag's rule say."""
        if variable.map is not None and not isinstance(variable.map, NotCollected):
            return variable.map
        maps = {record.form: record.map[variable.name] for record in self.spec.records if variable.name in record.map}
        if maps:
            return maps
        rules = self.spec.rules.responses or self.spec.rules.tumor_results if self._has_rules() else None
        return rules.flags.get(variable.name) if rules is not None else None

    def _has_rules(self) -> bool:
        return isinstance(self.spec.rules, AdamRules)

    def _define(self, variable: VariableSpec) -> None:
        oid = item_oid(self.spec.name, variable.name)
        facts = self._facts(variable)
        levels = self._levels(variable)
        value_list = self._value_list(variable, levels) if levels else None
        by_value = self.spec.name.startswith("SUPP") and variable.name == "QVAL" and levels
        remarks = [
            variable.comment,
            method_as_comment(self.study, variable.origin, variable.method),
            no_data(variable) if self._is_empty(variable) else None,
        ]
        self.gathered.items[oid] = item_def(
            oid,
            variable.name,
            variable.label,
            kind_of(variable, facts, self.written.lengths.get(variable.name)),
            format_=variable.format,
            codelist=self._codelist(variable),
            origin=() if by_value else origins_of(variable, self.gathered, self.spec),
            comment=self.gathered.comment(remarks, self.spec.name, variable.name),
            value_list=value_list,
        )

    def _codelist(self, variable: VariableSpec) -> str | None:
        name, dataset, lists = variable.name, self.spec.name, self.gathered.codelists
        numeric = variable.type == "Num"
        external = lists.dictionary(dataset, name, numeric=numeric)
        if external:
            return external
        own: Mapping[str, str | None] = {}
        if name in ("PARAMCD", "PARAMN"):
            own = {**(self.parameters.names if name == "PARAMCD" else self.parameters.numbers)}
        elif name == "QNAM" and self.frame is not None:
            known = qualifiers_of(self.spec, self.study)
            own = {one: known[one].label if one in known else None for one in distinct_texts(self.frame["QNAM"])}
        if own:
            return lists.own(f"{dataset}.{name}", f"{variable.label} of {dataset}", own, numeric=numeric)
        if not variable.codelist or result_with_number(variable, self.spec):
            return None
        seen = () if self.frame is None or name not in self.frame else distinct_texts(self.frame[name])
        return lists.use(variable.codelist, seen, numeric=numeric, decodes=self._names_of(name))

    def _names_of(self, code: str) -> Mapping[str, str]:
        """Return the names of the terms of a code: by its map, else those that stand beside it (TSPARM to TSPARMCD)."""
        if code in self.decodes or self.frame is None:
            return self.decodes.get(code, {})
        name = code.removesuffix("CD")
        if not code.endswith(("TESTCD", "PARMCD")) or not {code, name} <= {*self.frame}:
            return {}
        pairs = self.frame[[code, name]].dropna().drop_duplicates(subset=code)
        return dict(zip(pairs[code].astype("str"), pairs[name].astype("str")))

    def _levels(self, variable: VariableSpec) -> list[Level]:
        if self.frame is None:
            return []
        return levels_of(variable, self.spec, self.frame, self.study, self.gathered.codelists, self.parameters)

    def _value_list(self, variable: VariableSpec, levels: list[Level]) -> str:
        from odmlib.arm_1_0 import model as odm

        oid = value_list_oid(self.spec.name, variable.name)
        references = [self._level_ref(variable, level, at) for at, level in enumerate(levels, 1)]
        self.gathered.value_lists[oid] = odm.ValueListDef(OID=oid, ItemRef=references)
        return oid

    def _level_ref(self, variable: VariableSpec, level: Level, place: int) -> odm.ItemRef:
        from odmlib.arm_1_0 import model as odm

        values = [value for one in level.where.values() for value in one]
        oid = self.gathered.unique(
            item_oid(self.spec.name, variable.name, *values), (self.spec.name, variable.name, *level.where.items())
        )
        remark = method_as_comment(self.study, level.origin, level.method)
        tests = level.where.get(f"{self.spec.name[:2]}TESTCD", ())
        self.gathered.items[oid] = item_def(
            oid,
            variable.name,
            level.label,
            level.kind,
            format_=variable.format,
            codelist=level.codelist,
            origin=origin_of(level.origin, self.gathered, (level.paged or self.spec.name, level.page), tests),
            comment=self.gathered.comment([remark], oid.removeprefix("IT.")),
        )
        about: dict[str, Any] = {"ItemOID": oid, "OrderNumber": place, "Mandatory": "No"}
        method = method_of(self.study, level.origin, level.method)
        if method:
            rule = level.rule if level.rule is not None else self._rule(variable)
            about["MethodOID"] = self.gathered.method(method, ".".join([self.spec.name, variable.name, *values]), rule)
        where = self.gathered.where(self.spec.name, level.where)
        return odm.ItemRef(**about, WhereClauseRef=[odm.WhereClauseRef(WhereClauseOID=where)])
