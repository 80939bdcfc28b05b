"""The entry of the package: a study's plan and contract in, a synthetic export out."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

from clinical.errors import Problem, SpecError, UsageError, listed
from simulation.cell_therapy import simulate_trial
from simulation.errors import plant
from simulation.export import SimulatedExport, empty_frame, event_order, frame_of, no_planted
from simulation.plan import load_plan
from specs.model.raw import RawContract
from specs.model.simulation import SimulationPlan


def simulate(
    study: Path | SimulationPlan, contract: RawContract, *, subjects: int, seed: int, error_rate: float = 0
) -> SimulatedExport:
    """Return a synthetic export: text tables as a site would have filled them, the same for the same arguments.

    Args:
        study: the study's folder, or its simulation plan.
        contract: the forms and columns of its raw export.
        subjects: how many gave consent; 0 makes empty forms.
        seed: any whole number from 0.
        error_rate: the share of records, 0 to 1, in which an error is planted; see `simulation.planting`.

    Raises:
        UsageError: a number is out of its range.
        SpecError: plan or contract is wrong, or they do not fit together.
    """
    if subjects < 0 or seed < 0 or not 0 <= error_rate <= 1:
        raise UsageError(
            f"simulate: subjects and seed must be at least 0 and the error rate between 0 and 1 "
            f"(found {subjects}, {seed}, {error_rate:g}). Change them."
        )
    plan = study if isinstance(study, SimulationPlan) else load_plan(study)
    people, rows = simulate_trial(plan, subjects, seed)
    filled = {row.form for row in rows}
    missing = sorted(filled - contract.forms.keys())
    if missing:
        raise SpecError([Problem("raw.yaml", f"lacks forms that the simulation fills: {listed(missing)}. Add them.")])
    forms = {}
    for form in contract.forms:
        parts = [row for row in rows if row.form == form and len(row.subject)]
        if parts:
            forms[form] = frame_of(parts, people.keys, people.sites, plan, contract, seed)
        else:
            forms[form] = empty_frame(form, contract)
    export = SimulatedExport(
        forms=forms,
        planted=no_planted(),
        snapshot=plan.snapshot.astimezone(UTC),
        study=plan.study.oid,
        study_name=plan.study.name,
        description=plan.study.description,
        events=event_order(plan),
        repeating=(plan.events.unscheduled,),
        sites=tuple(site.site for site in plan.sites),
    )
    return plant(export, plan, contract, error_rate, seed) if error_rate > 0 else export
