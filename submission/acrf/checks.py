"""What the annotated CRF leaves open: collected variables without a page, and items that no dataset has."""

from __future__ import annotations

import pandas as pd

from clinical.findings import combine, report
from specs.annotations import annotate
from specs.model.study import Study
from specs.supplemental import supplemental_name
from submission.acrf.plan import CrfPlan


def check_acrf(study: Study, plan: CrfPlan) -> pd.DataFrame:
    """Return ACRF.NO_PAGE for collected variables that no page shows, and ACRF.NOT_SUBMITTED for items without any.

    What a vendor collected is on no form.
    """
    return combine((*_without_page(study, plan), *_not_submitted(study)))


def _without_page(study: Study, plan: CrfPlan) -> list[pd.DataFrame]:
    found = []
    for spec in study.sdtm.values():
        for variable in (*spec.variables, *spec.supplemental):
            owner = supplemental_name(spec.name) if variable in spec.supplemental else spec.name
            origin = variable.origin
            on_forms = origin is not None and origin.type == "Collected" and origin.source != "Vendor"
            if on_forms and (owner, variable.name) not in plan.pages:
                message = (
                    f"{owner}.{variable.name} is said to be collected, but no item of a form becomes it, so that "
                    "define.xml cannot name a page of acrf.pdf. Correct its origin or its map."
                )
                found.append(
                    report("ACRF.NO_PAGE", "warning", message, source="rule", dataset=owner, variable=variable.name)
                )
    return found


def _not_submitted(study: Study) -> list[pd.DataFrame]:
    found = []
    for name, form in annotate(study).items():
        missing = [item for item in study.raw.forms[name].columns if item not in form.items]
        if missing:
            message = (
                f"Form {name}: in no dataset, and annotated [NOT SUBMITTED]: {', '.join(missing)}. Map them, or leave "
                "them out on purpose."
            )
            one = report("ACRF.NOT_SUBMITTED", "note", message, source="rule")
            found.append(one.assign(form=name, page=study.raw.forms[name].page or ""))
    return found
