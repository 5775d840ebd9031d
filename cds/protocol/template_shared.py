"""What a new protocol of every kind has: its head, the patients, and what may follow the criteria."""

from __future__ import annotations

from collections.abc import Mapping

Parts = Mapping[str, str]

START = """\
# A protocol for cds validate. Fix it before the data are seen:
#   cds protocol check {file}      what it does not ask, and whether it can ever say "ready"
#   cds protocol lock {file} --by "Your name"
schema = "cds.protocol/1"
name = "{name}"
version = "1"
# Fill in every … and every rationale: a protocol with … left in it cannot be locked.
"""
PREDICTION = """\
question = "Does the model predict … well enough to …, here?"
population = ""                 # who, where, when
time_zero = ""                  # the moment of prediction, such as "first consultation"
"""
DESIGN = """\
design = "external"             # external | temporal | internal | apparent (never ready)
# held_out = true               # with internal: these patients were set aside before the model was fitted
"""
SAMPLING = """\
# How the rows came from the patients. simple: each stands for itself. sampling: some were likelier to be drawn,
# and the weights under [cohort] say how much each counts. case_control: cases and controls were sampled
# apart; without prevalence, such as prevalence = 0.2, absolute risks are not judged.
sampling = "simple"
"""
SAMPLING_OR_NOT = """\
# How the rows came from the patients. simple: each stands for itself. sampling: some were likelier to be drawn,
# and the weights under [cohort] say how much each counts.
sampling = "simple"
"""
UNIT = """\
time_unit = "days"
"""
END = """\
# synthetic = true              # the data are made up; the report and the patient's page then say so
# deviations = []               # what was changed after an earlier lock, and why, such as ["seed 2: …"]

"""
HEAD = START + PREDICTION + DESIGN + SAMPLING + UNIT + END

COHORT = """\
[cohort]
patient = "patient"             # one row per patient
groups = []                     # such as ["sex"]: each group is described beside the whole
# references = {{sex = "female"}} # required where a criterion looks across groups
# bands = {{age = [30, 45]}}      # a group that is a number: under 30, 30 to under 45, 45 and over
# intersections = [["sex", "age"]]   # groups of groups; a criterion looks across "sex×age"
# continuous = ["bmi"]          # calibration as a smooth function of a number, as along every number cut into bands
minimum_events = 50             # {minimum}
# small_cell = 11               # smaller counts are not printed in the report
# weight = "weight"             # sampling weights
# date = "seen_on"              # year-month-day: results by calendar window, and where they began to differ

# [target_population]           # whom the model is meant for: the share of each level of a group
# source = "Census 2021"
# sex = {{female = 0.51, male = 0.49}}

"""
OF_GROUPS = (
    "groups", "# references", "# bands", "# intersections", "# continuous",
    "# [target_population]", "# source", "# sex",
)  # fmt: skip
CRITERIA_HEAD = """\
# Each criterion holds when the whole interval lies inside its tolerance.
# cds measures lists what can be asked; a rationale is required to lock.
"""
PRECISION = """\
# [[precision]]                 # how narrow an interval shall be; cds plan --protocol tells the size it takes
# measure = "calibration_slope"
# width = 0.3                   # upper less lower bound

"""
PLANNED, TOLD = "cds plan --protocol tells the size it takes", "the report tells how narrow it is"
AT_HORIZON = PRECISION.replace("# width", "# horizon = 365\n# width")
DRIFT = """\
# [drift]                       # where [cohort] names a date
# window = "quarter"            # month | quarter | year
# false_alarm = 0.05            # the chance of a signal anywhere in the series although the risks are right

"""
EXPLANATION = """\
# [explanation]                 # what moves the model in this cohort, and whose explanation would be withheld
# patients = 100                # drawn at random

"""
ACCEPT = """\
# [[accept]]                    # a data fault that is known and accepted
# code = "DQ004"
# reason = ""
"""


def cohort(minimum: str) -> str:
    """The patients' section; without words for the minimum of events there is none: a number has no events."""
    lines = COHORT.splitlines(keepends=True)
    return "".join(line for line in lines if minimum or not line.startswith("minimum_events")).replace(
        "{minimum}", minimum
    )
