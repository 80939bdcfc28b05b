"""A dataset's schema, compiled from its specification, and what of a dataset does not follow it.

Everything that a single value must be is asked by pandera; what concerns several columns or rows is asked beside it
(`checks.structure`), because a schema-level check of pandera reports every cell of every row. pandera's messages hold
values: they are folded into findings here and never raised or logged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pandas as pd
import pandera.pandas as pa

from checks import iso8601, values
from checks.capping import LIMIT, report_rows
from checks.datasets import record_keys, variables_of, without_blanks
from checks.structure import check_structure
from clinical.findings import combine, report
from specs.long_text import with_continuations
from specs.model.codelists import ResolvedCodelist
from specs.model.dataset import DatasetSpec, VariableSpec
from specs.model.study import Study

PRESENT = "SCHEMA.PRESENT"
TYPE = "SCHEMA.TYPE"
REQUIRED = "SCHEMA.REQUIRED"
LENGTH = "SCHEMA.LENGTH"
CODELIST = "SCHEMA.CODELIST"
ISO8601 = "SCHEMA.ISO8601"
DURATION = "SCHEMA.DURATION"
NUMBER = "SCHEMA.NUMBER"
NOT_RUN = "SCHEMA.NOT_RUN"

#: What is asked of a column: which of its values are right; a missing value is, unless the rule is REQUIRED.
Holds = Callable[[pd.Series], pd.Series]


def compile_schema(spec: DatasetSpec, codelists: Mapping[str, ResolvedCodelist]) -> pa.DataFrameSchema:
    """Return the pandera schema of a dataset: for each variable its type, presence, length, terms and form.

    Each check's `error` is the id of a rule, and it reports at most `LIMIT` + 1 rows. Columns beside the
    specification's are let through.
    """
    columns = {
        variable.name: pa.Column(
            None,
            checks=[
                pa.Check(lambda column, one=variable: values.has_type(column, one), error=TYPE, ignore_na=False),
                *(
                    pa.Check(_where_typed(holds, variable), error=rule, ignore_na=False, n_failure_cases=LIMIT + 1)
                    for rule, holds in requirements(variable, spec, codelists).items()
                ),
            ],
            nullable=True,
            required=variable.core in ("Req", "Exp"),
        )
        for variable in spec.variables
    }
    return pa.DataFrameSchema(columns, name=spec.name)


def _where_typed(holds: Holds, variable: VariableSpec) -> Callable[[pd.Series], pd.Series | bool]:
    """Return a check that passes a column of the wrong type: that is a finding of its own."""
    return lambda column: holds(column) if values.has_type(column, variable) else True


def must_be_filled(variable: VariableSpec, spec: DatasetSpec) -> bool:
    """Return whether no value may be missing.

    In SDTM a Required variable has a value in every record (SDTMIG 3.4, section 4.1.5). In ADaM Required means that the
    variable is there (ADaMIG 1.3, section 3.1); only its keys have a value always.
    """
    return variable.core == "Req" and (not spec.standard.startswith("ADaM") or variable.name in spec.keys)


def requirements(
    variable: VariableSpec, spec: DatasetSpec, codelists: Mapping[str, ResolvedCodelist]
) -> dict[str, Holds]:
    """Return what a variable's values must keep, by rule.

    A codelist that is not among `codelists` is left out. The codelist of --STRESC is for results that are no numbers,
    where the dataset has --STRESN: `12.5` and `<5` need not be terms.
    """
    found: dict[str, Holds] = {}
    if must_be_filled(variable, spec):
        found[REQUIRED] = lambda column: column.notna()
    terms = values.terms_of(variable.codelist, codelists) if variable.codelist else None
    if terms is not None and _holds_numbers(variable, spec):
        found[CODELIST] = lambda column: values.is_term(column, terms) | values.is_result_number(column)
    elif terms is not None:
        found[CODELIST] = lambda column: values.is_term(column, terms)
    if variable.type == "Num":
        found[NUMBER] = values.is_storable
    else:
        length = min(variable.length or values.LONGEST, values.LONGEST)
        found[LENGTH] = lambda column: values.fits(column, length)
        found.update(_forms(variable))
    return found


def _holds_numbers(variable: VariableSpec, spec: DatasetSpec) -> bool:
    """Return whether a variable holds numeric results as text beside others."""
    return variable.name.endswith("STRESC") and variable.name.removesuffix("C") + "N" in spec.names


def _forms(variable: VariableSpec) -> Iterator[tuple[str, Holds]]:
    """Yield the ISO 8601 form that a text variable has by its format in the standard, else by its name."""
    form = variable.format or ""
    if form.startswith("ISO 8601 datetime") or variable.name.endswith("DTC"):
        yield ISO8601, lambda column: iso8601.is_date(column) | column.isna()
    elif form.startswith("ISO 8601 duration or interval") or variable.name.endswith("EVLINT"):
        yield DURATION, lambda column: iso8601.is_duration_or_interval(column) | column.isna()
    elif form.startswith("ISO 8601 duration") or variable.name.endswith(("DUR", "ELTM")):
        yield DURATION, lambda column: iso8601.is_duration(column) | column.isna()


def check_dataset(frame: pd.DataFrame, spec: DatasetSpec, study: Study) -> pd.DataFrame:
    """Return what of a dataset does not follow its specification, as findings.

    Args:
        frame: the dataset; provenance columns name the raw record in the findings and are not checked.
            COVAL1 and TSVAL1 onwards are as good as specified.
    """
    frame = without_blanks(frame)
    spec = with_continuations(spec, variables_of(frame))
    tables = [_unknown_codelists(spec, study.codelists)]
    try:
        compile_schema(spec, study.codelists).validate(frame[variables_of(frame)], lazy=True)
    except pa.errors.SchemaErrors as broken:
        tables += _fold(broken.failure_cases, frame, spec, study.codelists)
    tables.append(_check_value_level(frame, spec, study.codelists))
    tables.append(check_structure(frame, spec))
    return combine(tables)


def _unknown_codelists(spec: DatasetSpec, codelists: Mapping[str, ResolvedCodelist]) -> pd.DataFrame:
    """Return a note for each variable whose codelist is not known: its values were not checked."""
    unknown = [one for one in spec.variables if one.codelist and values.terms_of(one.codelist, codelists) is None]
    return combine(
        report(
            NOT_RUN,
            "note",
            f"The values were not checked: codelist {variable.codelist} is not known. Define it in codelists.yaml.",
            source="schema",
            dataset=spec.name,
            variable=variable.name,
        )
        for variable in unknown
    )


def _fold(
    cases: pd.DataFrame, frame: pd.DataFrame, spec: DatasetSpec, codelists: Mapping[str, ResolvedCodelist]
) -> Iterator[pd.DataFrame]:
    """Yield findings for pandera's failure cases, in the order of the specification."""
    absent = set(cases.loc[cases["check"] == "column_in_dataframe", "failure_case"])
    for variable in spec.variables:
        if variable.name in absent:
            yield _of_column(PRESENT, _message(PRESENT, variable, codelists), spec, variable)
            continue
        own = cases[cases["column"] == variable.name]
        if own["check"].eq(TYPE).any():
            yield _of_column(TYPE, _message(TYPE, variable, codelists), spec, variable)
        for rule, holds in requirements(variable, spec, codelists).items():
            places = own.loc[own["check"] == rule, "index"].dropna().astype("int64")
            if len(places):
                total = len(places) if len(places) <= LIMIT else int((~holds(frame[variable.name])).sum())
                yield report_rows(
                    rule,
                    "error",
                    _message(rule, variable, codelists),
                    source="schema",
                    dataset=spec.name,
                    variable=variable.name,
                    rows=frame.loc[places.sort_values()],
                    keys=record_keys(spec.keys),
                    value=variable.name,
                    total=total,
                )


def _of_column(rule: str, message: str, spec: DatasetSpec, variable: VariableSpec) -> pd.DataFrame:
    return report(rule, "error", message, source="schema", dataset=spec.name, variable=variable.name)


def _message(rule: str, variable: VariableSpec, codelists: Mapping[str, ResolvedCodelist]) -> str:
    """Return what a rule says of a variable: names and limits, never a value."""
    kind = "text" if variable.type == "Char" else "a SAS date" if values.is_sas_date(variable) else "a number"
    length = min(variable.length or values.LONGEST, values.LONGEST)
    listed = (variable.codelist or "").split(";")
    open_list = any(name in codelists and codelists[name].extensible for name in listed)
    remedy = "Add it to codelists.yaml" if open_list else "The codelist cannot be extended: map the value"
    return {
        PRESENT: f"The dataset has no variable {variable.name}, which is {variable.core}. Map it, even if it is empty.",
        TYPE: f"The variable is not {kind} as specified. Correct its mapping or its type.",
        REQUIRED: "A required value is missing. Enter it, or correct the mapping.",
        LENGTH: f"The value has more than {length} bytes in UTF-8. Shorten it, or move the rest to SUPP--.",
        CODELIST: f"CT-unmapped: the value is not in codelist {' or '.join(listed)}. {remedy}, or query the site.",
        ISO8601: "The value is no ISO 8601 date, or one that the calendar does not have. Correct the date.",
        DURATION: "The value is no ISO 8601 duration, as P2D or PT4H. Correct the duration.",
        NUMBER: "The number is infinite or too large for a transport file. Correct the derivation.",
    }[rule]


def _check_value_level(
    frame: pd.DataFrame, spec: DatasetSpec, codelists: Mapping[str, ResolvedCodelist]
) -> pd.DataFrame:
    """Return values that break what holds only where a condition does (value-level metadata)."""
    tables = []
    for level in spec.value_level:
        if level.variable not in frame or any(name not in frame for name in level.where):
            continue
        rows = pd.Series(True, index=frame.index)
        for name, accepted in level.where.items():
            rows &= frame[name].isin(list(accepted))
        column = frame.loc[rows & frame[level.variable].notna(), level.variable]
        wrong = ~values.has_form(column, level.type)
        terms = values.terms_of(level.codelist, codelists) if level.codelist else None
        if terms is not None:
            wrong |= ~values.is_term(column, terms)
        if level.length and values.is_text(column):
            wrong |= ~values.fits(column, level.length)
        tables.append(
            report_rows(
                "SCHEMA.VALUE_LEVEL",
                "error",
                f"The value breaks what the specification says of it where {' and '.join(level.where)} has this value. "
                "Correct the mapping, or the value-level metadata.",
                source="schema",
                dataset=spec.name,
                variable=level.variable,
                rows=frame.loc[column.index[wrong]],
                keys=(*record_keys(spec.keys), *level.where),
                value=level.variable,
            )
        )
    return combine(tables)
