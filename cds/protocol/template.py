"""Writes a new protocol with a comment at every choice."""

from __future__ import annotations

import os
import re
from pathlib import Path

from cds.core.errors import ProtocolError, ResourceError, nearest

BINARY = """\
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
# How the rows came from the patients. simple: each stands for itself. sampling: some were likelier to be drawn,
# and the weights under [cohort] say how much each counts. case_control: events were chosen; not analysed here.
sampling = "simple"
time_unit = "days"
# synthetic = true              # the data are made up; the report and the patient's page then say so
# deviations = []               # what was changed after an earlier lock, and why, such as ["seed 2: …"]

[outcome]
kind = "binary"
column = "outcome"              # its column in the data file
positive = 1                    # the value that means the event, as the file writes it, such as "yes"
# negative = 0                  # the value that means no event; omitted, it is the only other one
missing = "refuse"              # refuse | exclude; counts by predicted risk are always shown

[cohort]
patient = "patient"             # one row per patient
groups = []                     # such as ["sex"]: each group is described beside the whole
# references = {{sex = "female"}} # required where a criterion looks across groups
minimum_events = 50             # of events and of non-events; below it a criterion is not assessed
# weight = "weight"             # sampling weights

# [predictions]                 # only for --model predictions:
# risk = "risk"                 # the column of the predicted probability

[measures]
thresholds = [0.2]              # risks at which someone would act
smoother = "rcs"                # rcs | lowess | loess: how the calibration curve is drawn
level = 0.95
replicates = 1000
seed = 1
# clip = [0.001, 0.999]         # risks beyond are moved there where a logit is needed; omitted, 0 and 1 are left out

# Each criterion holds when the whole interval lies inside its tolerance.
# cds measures lists what can be asked; a rationale is required to lock.
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

# [[accept]]                    # a data fault that is known and accepted
# code = "DQ004"
# reason = ""
"""
TEMPLATES = {"binary": BINARY}


def new(kind: str, out: str | Path) -> Path:
    """Write a commented protocol for an outcome kind to ``out`` and return its path.

    Raises
    ------
    ProtocolError
        An outcome kind that this version does not analyse, a file that exists already, or no folder for it.
    ResourceError
        The file cannot be written.
    """
    if kind not in TEMPLATES:
        raise ProtocolError(
            f"this version validates binary outcomes only and has no protocol for {kind!r} outcomes",
            do=nearest(kind, TEMPLATES),
        )
    path = Path(out)
    text = TEMPLATES[kind].format(name=_name(path), file=path.name)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise ProtocolError(f"{path} exists already", do="Choose another name") from None
    except FileNotFoundError:
        raise ProtocolError(f"there is no folder {path.parent}", do="Make it first") from None
    except OSError as fault:
        raise ResourceError(f"{path} cannot be written: {fault.strerror}") from None
    return path


def _name(path: Path) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem) or "protocol"
