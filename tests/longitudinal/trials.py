"""A trial of 24 patients that one can type into R, and simulated ones.

In R, for every comment that names d, dd or L:
  arm <- rep(c(0,1,2), each=8)
  base <- c(5,6,4,7,5,8,3,6, 6,5,7,4,8,5,6,3, 5,7,6,4,6,8,3,5)
  y <- c(4,6,4,7,4,8,2,5, 3,2,5,1,5,2,4,1, 4,6,5,2,6,7,3,NA)
  risk <- c(.2,.5,.3,.7,.4,.8,.1,.6, .55,.35,.75,.25,.9,.45,.65,.15, .5,.72,.62,.22,.58,.85,.12,.33)
  site <- rep(c(1,2),12); cl <- rep(1:12, each=2); g <- rep(c("a","a","b","b"),6)
  d <- data.frame(arm=factor(arm),base,y,risk,site=factor(site),cl,g); dd <- d[!is.na(d$y),]
  y1 <- c(5,6,4,6,5,7,3,6, 4,4,6,3,6,4,5,2, 5,7,5,3,6,8,3,4)
  y2 <- c(4,6,NA,7,5,8,2,6, 4,3,5,2,5,NA,4,1, 4,6,6,3,5,7,2,5)
  L <- data.frame(id=factor(rep(1:24,3)),v=factor(rep(1:3,each=24)),arm=factor(rep(arm,3)),base=rep(base,3),
                  y=c(y1,y2,y),site=factor(rep(site,3)),cl=factor(rep(cl,3))); L <- L[!is.na(L$y),]
"""

import numpy as np

from cds.core.sample_trial import TrialSample

NAN = np.nan
ARM = np.repeat([0, 1, 2], 8)
BASE = np.array([5, 6, 4, 7, 5, 8, 3, 6, 6, 5, 7, 4, 8, 5, 6, 3, 5, 7, 6, 4, 6, 8, 3, 5], dtype=float)
Y = np.array([4, 6, 4, 7, 4, 8, 2, 5, 3, 2, 5, 1, 5, 2, 4, 1, 4, 6, 5, 2, 6, 7, 3, NAN])
Y1 = np.array([5, 6, 4, 6, 5, 7, 3, 6, 4, 4, 6, 3, 6, 4, 5, 2, 5, 7, 5, 3, 6, 8, 3, 4], dtype=float)
Y2 = np.array([4, 6, NAN, 7, 5, 8, 2, 6, 4, 3, 5, 2, 5, NAN, 4, 1, 4, 6, 6, 3, 5, 7, 2, 5])
RISK = np.array(
    [.2, .5, .3, .7, .4, .8, .1, .6, .55, .35, .75, .25, .9, .45, .65, .15, .5, .72, .62, .22, .58, .85, .12, .33]
)  # fmt: skip
SITE = np.tile([0.0, 1.0], 12)
CLUSTER = np.repeat(np.arange(12), 2)
GROUP = np.tile(["a", "a", "b", "b"], 6)
ARMS = ("usual care", "therapy", "placebo")


def trial(**changes) -> TrialSample:
    """The 24 patients with their baseline, or others like them."""
    return TrialSample(**{"outcome": Y, "arm": ARM, "arms": ARMS, "baseline": BASE, **changes})


def visits(**changes) -> TrialSample:
    """The 24 patients at visits 1, 2 and 3."""
    given = {"outcome": np.column_stack([Y1, Y2, Y]), "visits": (1.0, 2.0, 3.0), "covariates": SITE}
    return trial(**{**given, **changes})


def simulated(n, seed, *, effect=0.0, by_risk=0.0, missing=0.1) -> TrialSample:
    """n patients of two arms, baseline and outcome 0–10 points; the effect may depend on the risk."""
    rng = np.random.default_rng(seed)
    baseline, risk, arm = rng.normal(5.5, 1.5, n), rng.normal(0, 1, n), rng.integers(0, 2, n)
    y = 2 + 0.5 * baseline + 0.3 * risk + arm * (effect + by_risk * risk) + rng.normal(0, 1.5, n)
    y[rng.random(n) < missing] = NAN
    return TrialSample(
        outcome=y, arm=arm, arms=("control", "treated"), baseline=baseline, risk=risk, benefit=-effect - by_risk * risk,
        unit="points",
    )  # fmt: skip
