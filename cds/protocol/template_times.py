"""The texts of a new protocol where the outcome is a time to an event."""

from __future__ import annotations

from cds.protocol.template_shared import (
    ACCEPT,
    AT_HORIZON,
    DRIFT,
    END,
    EXPLANATION,
    OF_GROUPS,
    PLANNED,
    PREDICTION,
    SAMPLING_OR_NOT,
    START,
    TOLD,
    UNIT,
    Parts,
    cohort,
)

_QUESTION = PREDICTION.replace("predict … well", "predict … by … days well").replace(
    "moment of prediction", "moment of prediction, from which times count"
)
_DESIGN = """\
design = "external"             # external | temporal | internal (with held_out) | apparent (never ready)
# held_out = true               # with internal: these patients were set aside before the model was fitted
"""
_UNIT = UNIT.rstrip() + "              # of every time and horizon: days | weeks | months | years\n"
_HEAD = START + _QUESTION + _DESIGN + SAMPLING_OR_NOT + _UNIT + END
_ENTRY = """\
# entry = "entered"             # column: when observation began, where that was after time zero (left truncation)
missing = "refuse"              # refuse | exclude: patients without a time or a code

"""
_RISKS = """\
# [predictions]                 # only for --model predictions:
# A horizon, and the column of the predicted risk of the event by then:
# risk = {{"90" = "risk_90", "365" = "risk_365"}}
# linear_predictor = "lp"       # the log relative hazard, where there is one

"""
_MEASURES = """\
[measures]
horizons = [90, 365]            # by when: the times at which the risk is judged; somebody must be followed beyond
thresholds = [0.2]              # risks at which someone would act
# grid = [90, 180, 270, 365]    # times of the integrated Brier score; omitted, 100 steps to the last horizon where
                                # the model gives a risk at any time, else the horizons
# Censoring must not depend on the prognosis. marginal: on nothing. cox: on nothing but the columns given.
censoring = "marginal"          # marginal | cox, with the columns below
# censoring_given = ["age"]
follow_up = "to_horizon"        # to_horizon | all: what the regressions of calibration see
level = 0.95
replicates = 1000
# interval = "bca"              # instead of "percentile", where the interval comes from the bootstrap
seed = 1
# clip = [0.001, 0.999]         # where a logarithm is needed risks are moved inside; omitted, 0 and 1 are left out

"""
_CRITERIA = """\
[[criteria]]
measure = "observed_expected"   # patients with the event by the horizon, over those predicted
horizon = 365
within = [0.8, 1.25]
rationale = ""

[[criteria]]
measure = "calibration_slope"
horizon = 365
within = [0.8, 1.2]
rationale = ""

[[criteria]]
measure = "net_benefit_gain"    # better than treating everyone and than treating no one
horizon = 365
threshold = 0.2
at_least = 0.0
rationale = ""

"""
_ACROSS = """\
# [[criteria]]
# measure = "observed_expected"
# horizon = 365
# ratio_within = [0.8, 1.25]
# across = "sex"
# rationale = ""

"""
_MINIMUM = "known with the event by the horizon, and known without; with fewer: not assessed"
SURVIVAL: Parts = {
    "head": _HEAD,
    "outcome": """\
[outcome]
kind = "survival"
time = "days"                   # column: from time zero to the event or the end of follow-up, in time_unit
event = "event"                 # column: what ended follow-up, the event or not
happened = 1                    # the code of the event, as the file writes it, such as "yes"
censored = 0                    # the other code: still without the event when last seen
# Write after "none:" why no other event can end follow-up. Where one can (death, or surgery before recovery), the
# kind is "competing_risks": to call it censored makes the observed risk too high.
competing = "none: …"
"""
    + _ENTRY,
    "cohort": cohort(_MINIMUM),
    "predictions": _RISKS,
    "measures": _MEASURES,
    "criteria": _CRITERIA + _ACROSS,
    "more": AT_HORIZON + DRIFT + EXPLANATION + ACCEPT,
}
COMPETING_RISKS: Parts = {
    **SURVIVAL,
    "outcome": """\
[outcome]
kind = "competing_risks"
time = "days"                   # column: from time zero to the first event or the end of follow-up, in time_unit
status = "status"               # column: what ended follow-up, in whole numbers
cause = 1                       # the code of the event that is predicted
censored = 0                    # the code of those without any event when last seen
others = [2]                    # the codes of the events that can come first; another code is then refused
"""
    + _ENTRY,
    "predictions": _RISKS.replace("of the event by then", "of this event by then, where others can come first").replace(
        '# linear_predictor = "lp"       # the log relative hazard, where there is one\n', ""
    ),
    "more": AT_HORIZON.replace(PLANNED, TOLD) + DRIFT + EXPLANATION + ACCEPT,
}
_AT_LANDMARK = 'across = "landmark"\neach = true\n'
_WHERE = "horizon = 365\n"
_COHORT_LINES = SURVIVAL["cohort"].splitlines(keepends=True)
LANDMARK: Parts = {
    **SURVIVAL,
    "head": _HEAD.replace("Does the model predict … by … days", "Do the renewed predictions of … hold at each visit"),
    "outcome": SURVIVAL["outcome"].replace(
        "# column: from time zero to the event or the end of follow-up, in time_unit",
        "# column: from time zero, not from the landmark; the same in all rows of a patient",
    ),
    "cohort": "".join(line for line in _COHORT_LINES if not line.startswith((*OF_GROUPS, "# date")))
    .replace("\n\n\n", "\n\n")
    .replace(
        "# one row per patient\n",
        "# whose rows are the same person's\n"
        'visit = "landmark"              # column: the landmark of each row, when the prediction was renewed\n',
    )
    + """\
[landmark]
times = [0, 90, 180]            # when predictions are renewed; horizons count from there
# A feature measured anew, and the column that says when: nothing from after the landmark may enter a prediction.
# dated = {{pain = "pain_day"}}

""",
    "predictions": _RISKS.replace("A horizon", "A window").replace("by then", "within it"),
    "measures": _MEASURES.replace(
        "# by when: the times at which the risk is judged; somebody must be followed beyond",
        "# windows after each landmark; somebody must be followed beyond",
    ),
    "criteria": "# Each landmark is judged by itself, in the patients still at risk; there is no number over all.\n"
    + _CRITERIA.replace(_WHERE, _WHERE + _AT_LANDMARK),
    "more": ACCEPT,
}
