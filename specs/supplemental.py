"""The specification of a SUPP-- dataset, which follows from its parent's and the standard's."""

from __future__ import annotations

from specs.model.dataset import DatasetSpec, Origin, VariableSpec
from specs.model.study import Study
from specs.standards import load_sdtmig

_SHARED = ("STUDYID", "USUBJID")


def supplemental_name(dataset: str) -> str:
    """Return the name of a dataset's supplemental qualifiers: AE -> SUPPAE."""
    return f"SUPP{dataset}"


def supplemental_spec(study: Study, dataset: str) -> DatasetSpec:
    """Return the specification of the supplemental qualifiers of one of the study's datasets.

    Rule: STUDYID and USUBJID come from where those of the dataset come from; the others are assigned. Codelists are the
    standard's, where the study has them.
    """
    standard = load_sdtmig(study.design.standards.sdtmig)
    found = standard.dataset(supplemental_name(dataset))
    assert found is not None
    parent = {one.name: one for one in study.sdtm[dataset].variables if one.name in _SHARED}
    variables = tuple(
        VariableSpec(
            name=entry.name,
            label=entry.label,
            type=entry.type,
            length=None,
            core=entry.core,
            role=entry.role,
            codelist=next((one for one in entry.codelists if one in study.codelists), None),
            format=None,
            origin=parent[entry.name].origin if entry.name in parent else Origin(type="Assigned", source="Sponsor"),
            method=parent[entry.name].method if entry.name in parent else None,
            comment=None,
        )
        for entry in found.variables
    )
    return DatasetSpec(
        name=found.name,
        label=found.label,
        class_name=found.class_name,
        structure=found.structure,
        keys=("STUDYID", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM"),
        standard=f"{standard.name} {standard.version}",
        variables=variables,
        inputs=(dataset,),
    )


def supplemental_specs(study: Study) -> dict[str, DatasetSpec]:
    """Return the specification of SUPP-- for each dataset of the study that may have one; RELREC has none."""
    standard = load_sdtmig(study.design.standards.sdtmig)
    return {name: supplemental_spec(study, name) for name in study.sdtm if standard.dataset(supplemental_name(name))}
