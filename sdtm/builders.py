"""The datasets that have logic of their own, by the name that a spec gives in `builder`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from sdtm import trial_design
from sdtm.se import build_se
from sdtm.sv import build_sv
from specs.model.dataset import DatasetSpec
from specs.model.study import Study

Frames = Mapping[str, pd.DataFrame]
Builder = Callable[[DatasetSpec, Study, Frames, pd.DataFrame | None], tuple[pd.DataFrame, pd.DataFrame]]

BUILDERS: dict[str, Builder] = {
    "se": build_se,
    "sv": build_sv,
    "ta": trial_design.build_ta,
    "te": trial_design.build_te,
    "ti": trial_design.build_ti,
    "tv": trial_design.build_tv,
    "ts": trial_design.build_ts,
}
