"""The datasets that have logic of their own, by the name that a spec gives in `builder`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from sdtm import trial_design
from sdtm.inputs import Inputs
from sdtm.relrec import build_relrec
from sdtm.se import build_se
from sdtm.sv import build_sv
from specs.model.dataset import DatasetSpec
from specs.model.study import Study

Made = tuple[pd.DataFrame, pd.DataFrame]
Builder = Callable[[DatasetSpec, Study, Inputs], Made]


def _of_collected(
    build: Callable[[DatasetSpec, Study, Mapping[str, pd.DataFrame], pd.DataFrame | None], Made],
) -> Builder:
    """Return a builder that reads collected datasets and visits only."""

    def made(spec: DatasetSpec, study: Study, inputs: Inputs) -> Made:
        return build(spec, study, inputs.collected, inputs.visits)

    return made


BUILDERS: dict[str, Builder] = {
    "relrec": build_relrec,
    "se": _of_collected(build_se),
    "sv": _of_collected(build_sv),
    "ta": _of_collected(trial_design.build_ta),
    "te": _of_collected(trial_design.build_te),
    "ti": _of_collected(trial_design.build_ti),
    "tv": _of_collected(trial_design.build_tv),
    "ts": _of_collected(trial_design.build_ts),
}
