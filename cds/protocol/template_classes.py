"""The texts of a new protocol where the outcome is an event or a category."""

from __future__ import annotations

from cds.protocol.template_shared import ACCEPT, DRIFT, EXPLANATION, HEAD, PLANNED, PRECISION, TOLD, Parts, cohort

BINARY: Parts = {
    "head": HEAD,
    "outcome": """\
[outcome]
kind = "binary"
column = "outcome"              # its column in the data file
positive = 1                    # the value that means the event, as the file writes it, such as "yes"
# negative = 0                  # the value that means no event; omitted, it is the only other one
missing = "refuse"              # refuse | exclude | weight; counts by predicted risk are always shown

""",
    "cohort": cohort("of events and of non-events; below it a criterion is not assessed"),
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
    "more": PRECISION + DRIFT + EXPLANATION + ACCEPT,
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
_CLASS_PRECISION = PRECISION.replace(PLANNED, TOLD).replace(
    '"calibration_slope"', '"observed_expected"\n# category = "b"'
)
NOMINAL: Parts = {
    "head": HEAD,
    "outcome": _CLASSES.replace("{kind}", "nominal").replace("{order}", "; the first is the reference"),
    "cohort": cohort("of the rarest category; below it a criterion is not assessed"),
    "predictions": _PROBABILITIES,
    "measures": _CLASS_MEASURES,
    "criteria": _CLASS_CRITERIA,
    "more": _CLASS_PRECISION + DRIFT + EXPLANATION + ACCEPT,
}
ORDINAL: Parts = {
    **NOMINAL,
    "outcome": _CLASSES.replace("{kind}", "ordinal").replace("{order}", ", in their order"),
}
