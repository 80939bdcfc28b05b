"""The annotated CRF: the study's forms drawn as pages, with the SDTM variables that each item becomes beside it."""

from submission.acrf.checks import check_acrf
from submission.acrf.plan import CrfPlan, plan_crf
from submission.acrf.write import write_acrf

__all__ = ["CrfPlan", "check_acrf", "plan_crf", "write_acrf"]
