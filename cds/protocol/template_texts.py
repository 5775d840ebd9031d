"""The texts of a new protocol, part by part: what every kind of outcome shares, and what is its own."""

from __future__ import annotations

HEAD = """\
# A protocol for cds validate. Fix it before the data are seen:
#   cds protocol check {file}      what it does not ask, and whether it can ever say "ready"
#   cds protocol lock {file} --by "Your name"
schema = "cds.protocol/1"
name = "{name}"
version = "1"
# Fill in every … and every rationale: a protocol with … left in it cannot be locked.
question = "Does the model predict … well enough to …, here?"
population = ""                 # who, where, when
time_zero = ""                  # the moment of prediction, such as "first consultation"
design = "external"             # external | temporal | internal | apparent (never ready)
# held_out = true               # with internal: these patients were set aside before the model was fitted
# How the rows came from the patients. simple: each stands for itself. sampling: some were likelier to be drawn,
# and the weights under [cohort] say how much each counts. case_control: cases and controls were sampled
# apart; without prevalence, such as prevalence = 0.2, absolute risks are not judged.
sampling = "simple"
time_unit = "days"
# synthetic = true              # the data are made up; the report and the patient's page then say so
# deviations = []               # what was changed after an earlier lock, and why, such as ["seed 2: …"]

"""
CRITERIA_HEAD = """\
# Each criterion holds when the whole interval lies inside its tolerance.
# cds measures lists what can be asked; a rationale is required to lock.
"""
ACCEPT = """\
# [[precision]]                 # how narrow an interval shall be; cds plan --protocol tells the size it takes
# measure = "calibration_slope"
# width = 0.3                   # upper less lower bound

# [drift]                       # where [cohort] names a date
# window = "quarter"            # month | quarter | year
# false_alarm = 0.05            # the chance of a signal anywhere in the series although the risks are right

# [[accept]]                    # a data fault that is known and accepted
# code = "DQ004"
# reason = ""
"""
COHORT = """\
[cohort]
patient = "patient"             # one row per patient
groups = []                     # such as ["sex"]: each group is described beside the whole
# references = {{sex = "female"}} # required where a criterion looks across groups
minimum_events = 50             # {minimum}
# weight = "weight"             # sampling weights
# date = "seen_on"              # year-month-day: results by calendar window, and where they began to differ

"""
BINARY = {
    "outcome": """\
[outcome]
kind = "binary"
column = "outcome"              # its column in the data file
positive = 1                    # the value that means the event, as the file writes it, such as "yes"
# negative = 0                  # the value that means no event; omitted, it is the only other one
missing = "refuse"              # refuse | exclude | weight; counts by predicted risk are always shown

""",
    "minimum": "of events and of non-events; below it a criterion is not assessed",
    "predictions": """\
# [predictions]                 # only for --model predictions:
# risk = "risk"                 # the column of the predicted probability

""",
    "measures": """\
[measures]
thresholds = [0.2]              # risks at which someone would act
smoother = "rcs"                # rcs | lowess | loess: how the calibration curve is drawn
level = 0.95
replicates = 1000
# interval = "bca"             # instead of "percentile", where the interval comes from the bootstrap
seed = 1
# clip = [0.001, 0.999]         # risks beyond are moved there where a logit is needed; omitted, 0 and 1 are left out

""",
    "criteria": """\
[[criteria]]
measure = "calibration_slope"
within = [0.8, 1.2]
rationale = ""

[[criteria]]
measure = "calibration_in_the_large"
within = [-0.3, 0.3]
rationale = ""

[[criteria]]
measure = "net_benefit_gain"    # better than treating everyone and than treating no one
threshold = 0.2
at_least = 0.0
rationale = ""

# [[criteria]]
# measure = "calibration_in_the_large"
# difference_within = [-0.4, 0.4]
# across = "sex"
# rationale = ""

""",
}
_CLASSES = """\
[outcome]
kind = "{kind}"
column = "outcome"              # its column in the data file
categories = ["a", "b", "c"]    # its values as the file writes them{order}
missing = "refuse"              # refuse | exclude | weight; counts by prediction are always shown

"""
_PROBABILITIES = """\
# [predictions]                 # only for --model predictions: a column of probabilities for each category
# probabilities = {{a = "p_a", b = "p_b", c = "p_c"}}

"""
_CLASS_MEASURES = (
    BINARY["measures"]
    .replace("# risks at which someone would act", "# probabilities of a category at which someone would act")
    .replace(
        "risks beyond are moved there where a logit is needed", "probabilities beyond are moved there for logarithms"
    )
)
_CLASS_CRITERIA = """\
[[criteria]]
measure = "multinomial_recalibration_slope"
category = "b"                  # against the first category; one criterion for each of the others
within = [0.8, 1.2]
rationale = ""

[[criteria]]
measure = "observed_expected"
category = "b"
within = [0.8, 1.25]
rationale = ""

[[criteria]]
measure = "net_benefit_gain"    # better than acting on everyone and than acting on no one
category = "b"                  # the category that the decision is about
threshold = 0.2
at_least = 0.0
rationale = ""

"""
NOMINAL = {
    "outcome": _CLASSES.replace("{kind}", "nominal").replace("{order}", "; the first is the reference"),
    "minimum": "of the rarest category; below it a criterion is not assessed",
    "predictions": _PROBABILITIES,
    "measures": _CLASS_MEASURES,
    "criteria": _CLASS_CRITERIA,
}
ORDINAL = {
    **NOMINAL,
    "outcome": _CLASSES.replace("{kind}", "ordinal").replace("{order}", ", in their order"),
}
CONTINUOUS = {
    "outcome": """\
[outcome]
kind = "continuous"
column = "outcome"              # its column in the data file
unit = "points"                 # printed beside every error
missing = "refuse"              # refuse | exclude | weight; counts by predicted value are always shown

""",
    "minimum": "",
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
}
KINDS = {"binary": BINARY, "nominal": NOMINAL, "ordinal": ORDINAL, "continuous": CONTINUOUS}


def template(kind: str) -> str:
    """The commented protocol of one kind, its name and file still in braces."""
    own = KINDS[kind]
    cohort = COHORT.replace("{minimum}", own["minimum"])
    if not own["minimum"]:  # a number has no events
        cohort = "".join(line for line in cohort.splitlines(keepends=True) if not line.startswith("minimum_events"))
    return (
        HEAD + own["outcome"] + cohort + own["predictions"] + own["measures"] + CRITERIA_HEAD + own["criteria"] + ACCEPT
    )
