"""The texts of a new protocol of a randomised trial."""

from __future__ import annotations

from cds.protocol.template_shared import ACCEPT, END, START, Parts

TRIAL: Parts = {
    "head": START
    + """\
question = "How much does … change … after …, against …?"
population = ""                 # who, where, when
time_zero = "randomisation"
time_unit = "weeks"             # of the visits
"""
    + END,
    "outcome": """\
[outcome]
kind = "continuous"             # a number; "repeated" where several visits are judged; "binary", with positive = 1
column = "pain_after"           # its column in the data file
unit = "points"
missing = "exclude"             # nobody leaves their arm: those without an outcome are counted, and shown otherwise

""",
    "cohort": """\
[cohort]
patient = "patient"
# visit = "week"                # with a row for each patient and visit: the column of the visits' times
groups = []                     # such as ["sex"]: effects and tests of interaction, never effects apart
# references = {{sex = "female"}}
minimum_events = 50             # of responders and of others, in the arms compared

""",
    "predictions": """\
[trial]
arm = "arm"                     # column: the arm as randomised, whatever was done later
control = "0"                   # the arm that the others are compared with, as the file writes it
labels = {{"0" = "usual care", "1" = "exercise"}}   # the arms' names in the report and in the criteria
baseline = "pain_before"        # column: the outcome before randomisation, which the effect is adjusted for
# baseline_visit = 0            # instead, where the baseline is a visit of [cohort] visit
# baseline_date = "measured_on" # with the next: a baseline from after randomisation is refused
# randomised_on = "randomised_on"
# stratified_by = ["centre"]    # covariates of the randomisation, adjusted for
# cluster = "practice"          # column of what was randomised, where that was not the patient
# primary_visit = 12            # the visit that numbers without a visit are about; by default the last
better = "lower"                # lower | higher: which outcomes are better
# eligible = {{column = "randomised", value = 1}}   # rows of others are left out and counted
# missing_values = ["unknown"]  # texts that mean missing
# Secondary: who responded, by the outcome reached or by the change from baseline. One of:
# responder = {{at_most = 1}}     # or at_least
# responder = {{relative_change = 0.3, direction = "decrease"}}   # or change = 2.0, in points
# Does the effect depend on a predicted risk, is predicted benefit right? Columns, known before randomisation:
# risk = "risk"
# benefit = "benefit"           # larger means more; with several arms a column for each, by label

""",
    "measures": """\
[measures]
# horizons = [4, 12, 52]        # with visits: those that are judged
level = 0.95
replicates = 0                  # every interval is analytic
seed = 1

""",
    "criteria": """\
[[criteria]]
measure = "treatment_effect"    # arm less control, adjusted for the baseline, in points
category = "exercise"           # the arm, by its label
at_most = -1.0                  # the whole interval: at least a point lower
rationale = ""

# [[criteria]]                  # only beside one on the effect of the same arm: responders are cut from the outcome
# measure = "responder_risk_difference"
# category = "exercise"
# at_least = 0.1
# rationale = ""

""",
    "more": ACCEPT,
}
