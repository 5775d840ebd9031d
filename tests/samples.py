"""Samples that several tests share: the reference case with R's answers, and 24 patients that one can type into R."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from cds.core.sample_binary import BinarySample

REFERENCE = Path(__file__).parent / "reference"
EXPECTED = json.loads((REFERENCE / "expected.json").read_text(encoding="utf-8"))

# In R, for every comment that names p and y:
#   p <- c(.05,.1,.1,.15,.2,.2,.25,.3,.3,.35,.4,.4,.45,.5,.5,.55,.6,.6,.7,.7,.8,.85,.9,.95)
#   y <- c(0,0,1,0,0,0,1,0,0,1,0,1,0,1,0,1,0,1,1,0,1,1,1,0); lp <- qlogis(p)
#   ctl <- glm.control(epsilon = 1e-14, maxit = 100)
RISK = np.array(
    [.05, .1, .1, .15, .2, .2, .25, .3, .3, .35, .4, .4, .45, .5, .5, .55, .6, .6, .7, .7, .8, .85, .9, .95]
)  # fmt: skip
OUTCOME = np.array([0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 0, 1, 1, 1, 0], dtype=float)


def small(outcome=OUTCOME, risk=RISK, **more):
    """The 24 patients, or others like them."""
    return BinarySample(outcome=np.asarray(outcome, float), risk=np.asarray(risk, float), **more)


def reference_rows() -> pd.DataFrame:
    """The 600 patients of the binary reference case."""
    return pd.read_csv(REFERENCE / "cases" / "binary.csv")


def reference_sample() -> BinarySample:
    """The binary reference case as a sample."""
    rows = reference_rows()
    return small(rows["outcome"], rows["risk"])


def drawn(n: int, seed: int, *, shift: float = 0.0, slope: float = 1.0) -> BinarySample:
    """n patients whose outcomes follow shift + slope·logit(risk): perfectly calibrated unless told otherwise."""
    rng = np.random.default_rng(seed)
    logit = rng.normal(-0.8, 1.1, n)
    true = 1 / (1 + np.exp(-(shift + slope * logit)))
    return small(rng.random(n) < true, 1 / (1 + np.exp(-logit)))
