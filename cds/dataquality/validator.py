"""Data quality: every check, in the order of its code."""

from __future__ import annotations

from collections.abc import Iterable

from cds.core.finding import Finding, Table
from cds.core.study import Study
from cds.dataquality.case_mix import CASE_MIX, case_mix
from cds.dataquality.coding import CONSTANT, constant_inputs
from cds.dataquality.dates import DATES, dates
from cds.dataquality.direction import DIRECTION, direction
from cds.dataquality.duplicates import DUPLICATES, duplicates
from cds.dataquality.leakage import LEAKAGE, leakage
from cds.dataquality.levels import LEVELS, levels
from cds.dataquality.linear_predictor import LINEAR_PREDICTOR, linear_predictor
from cds.dataquality.missing_analyses import analyses_side_by_side
from cds.dataquality.missingness import MISSING, missingness
from cds.dataquality.outcome import ONE_CLASS, OTHER_COLUMN, outcome_classes, outcome_column
from cds.dataquality.overlap import OVERLAP, overlap
from cds.dataquality.plausibility import (
    OUT_OF_RANGE,
    UNIT_OF_DEVELOPMENT,
    WRONG_UNIT,
    plausibility,
    units_of_development,
)
from cds.dataquality.prediction_time import LATE, input_after_prediction
from cds.dataquality.predictions import CERTAIN, REVERSED, certain_risks, reversed_risks
from cds.dataquality.randomised import WITHOUT_ARM, without_arm
from cds.dataquality.sentinels import SENTINELS, sentinels
from cds.dataquality.stacked import STACKED, stacked
from cds.dataquality.status_codes import STATUS_CODES, status_codes
from cds.dataquality.structural import STRUCTURAL, structural
from cds.dataquality.time_unit import WRONG_TIME_UNIT, time_unit
from cds.dataquality.totals import TOTALS, totals

CHECKS = (
    OUT_OF_RANGE, WRONG_UNIT, MISSING, CONSTANT, CERTAIN, ONE_CLASS, REVERSED, OTHER_COLUMN, WRONG_TIME_UNIT,
    OVERLAP, LEVELS, TOTALS, DATES, SENTINELS, STRUCTURAL, DUPLICATES, STACKED, UNIT_OF_DEVELOPMENT,
    LEAKAGE, LATE, DIRECTION, CASE_MIX, WITHOUT_ARM, STATUS_CODES, LINEAR_PREDICTOR,
)  # fmt: skip


def validate(study: Study) -> Iterable[Finding | Table]:
    """Data checks: a row per fault found, per check that found nothing, and per check that could not run."""
    yield from plausibility(study)
    yield from missingness(study)
    yield from constant_inputs(study)
    yield from certain_risks(study)
    yield from outcome_classes(study)
    yield from reversed_risks(study)
    yield from outcome_column(study)
    yield from time_unit(study)
    yield from overlap(study)
    yield from levels(study)
    yield from totals(study)
    yield from dates(study)
    yield from sentinels(study)
    yield from structural(study)
    yield from duplicates(study)
    yield from stacked(study)
    yield from units_of_development(study)
    yield from leakage(study)
    yield from input_after_prediction(study)
    yield from direction(study)
    yield from case_mix(study)
    yield from without_arm(study)
    yield from status_codes(study)
    yield from linear_predictor(study)
    yield from analyses_side_by_side(study)
