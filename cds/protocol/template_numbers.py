"""The texts of a new protocol where the outcome is a number, measured once or over visits."""

from __future__ import annotations

from cds.protocol.template_shared import (
    ACCEPT,
    AT_HORIZON,
    DESIGN,
    DRIFT,
    END,
    EXPLANATION,
    PLANNED,
    PRECISION,
    PREDICTION,
    SAMPLING_OR_NOT,
    START,
    TOLD,
    UNIT,
    Parts,
    cohort,
)

CONTINUOUS: Parts = {
    "head": START + PREDICTION + DESIGN + SAMPLING_OR_NOT + UNIT + END,
    "outcome": """\
[outcome]
kind = "continuous"
column = "outcome"              # its column in the data file
unit = "points"                 # printed beside every error
missing = "refuse"              # refuse | exclude | weight; counts by predicted value are always shown

""",
    "cohort": cohort(""),
    "predictions": """\
# [predictions]                 # only for --model predictions:
# value = "predicted"           # the column of the predicted value
# low = "low"                   # the bounds of its prediction intervals, where the model gives them
# high = "high"
# interval_level = 0.95         # the share of outcomes that they are meant to hold

""",
    "measures": """\
[measures]
smoother = "rcs"                # rcs | lowess | loess: how the calibration curve is drawn
level = 0.95
replicates = 1000
# interval = "bca"             # instead of "percentile", where the interval comes from the bootstrap
seed = 1

""",
    "criteria": """\
[[criteria]]
measure = "calibration_in_the_large"  # observed less predicted on average, in the outcome's unit
within = [-1.0, 1.0]
rationale = ""

[[criteria]]
measure = "calibration_slope"
within = [0.8, 1.2]
rationale = ""

[[criteria]]
measure = "mae"                 # the mean error, in the outcome's unit: below what matters to a patient
at_most = 3.0
rationale = ""

# [[criteria]]
# measure = "calibration_in_the_large"
# difference_within = [-1.0, 1.0]
# across = "sex"
# rationale = ""

""",
    "more": PRECISION + DRIFT + EXPLANATION + ACCEPT,
}
_COURSE = """\
question = "Do the predicted … follow the patients' course well enough to …, here?"
population = ""                 # who, where, when
time_zero = ""                  # from when visits count, such as "first consultation"
"""
_VALUE, _MEASURES = CONTINUOUS["predictions"], CONTINUOUS["measures"]
REPEATED: Parts = {
    "head": START + _COURSE + DESIGN + SAMPLING_OR_NOT + UNIT.replace("days", "weeks") + END,
    "outcome": """\
[outcome]
kind = "repeated"               # a number measured at several visits: a row for each patient and visit
column = "pain"                 # its column in the data file
unit = "points"                 # printed beside every error
# Some patients miss some visits. exclude: those rows are left out, counted, and held against the prediction.
missing = "exclude"             # exclude | refuse | weight
# A secondary, descriptive outcome: who improved enough since the baseline, which is a column of every row.
# responder = {{baseline = "pain_before", relative_change = 0.3, direction = "decrease"}}   # by 30 % of the baseline
# responder = {{baseline = "pain_before", change = 2.0, direction = "decrease"}}            # by 2 points

""",
    "cohort": cohort("")
    .replace("# one row per patient\n", "# required: whose rows are the same person's\n")
    .replace(
        "groups = []", 'visit = "week"                  # the column of the visits\' times, in time_unit\ngroups = []'
    ),
    "predictions": _VALUE.replace("predicted value\n", "predicted value, at each visit\n"),
    "measures": _MEASURES.replace(
        "[measures]\n",
        "[measures]\nhorizons = [6, 12, 26, 52]      # the visits; a row of another visit is refused\n",
    ),
    "criteria": """\
[[criteria]]
measure = "calibration_in_the_large"  # over all visits; observed less predicted on average, in the outcome's unit
within = [-1.0, 1.0]
rationale = ""

[[criteria]]
measure = "calibration_slope"
horizon = 52                    # at one visit
within = [0.8, 1.2]
rationale = ""

[[criteria]]
measure = "mae"                 # the mean error, in the outcome's unit: below what matters to a patient
at_most = 2.0
rationale = ""

# [[criteria]]
# measure = "calibration_in_the_large"
# difference_within = [-1.0, 1.0]
# across = "sex"
# rationale = ""

""",
    "more": AT_HORIZON.replace(PLANNED, TOLD).replace("365", "52") + DRIFT + EXPLANATION + ACCEPT,
}
