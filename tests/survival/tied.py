"""Samples that the tests of weights for censoring share: 24 tied patients, R's veterans, the reference cases."""

from pathlib import Path

import numpy as np
import pandas as pd

from cds.core.sample_times import CompetingRisksSample, SurvivalSample
from tests.samples import REFERENCE

# In R, for every comment that names t, s, e, p and x:
#   t <- c(0,0,1,1,1,2,2,2,2,3,3,3,4,4,4,4,5,5,5,6,6,7,8,9); x <- rep(c(0,1,2), 8)
#   s <- c(1,0,1,0,2,0,1,1,0,2,0,1,0,0,1,2,1,0,1,0,0,1,0,0); e <- as.integer(s == 1)
#   p <- c(.05,.1,.6,.15,.2,.2,.25,.8,.3,.35,.4,.4,.45,.5,.5,.55,.6,.6,.7,.7,.2,.35,.1,.05)
TIME = np.array([0, 0, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 6, 6, 7, 8, 9], dtype=float)
STATUS = np.array([1, 0, 1, 0, 2, 0, 1, 1, 0, 2, 0, 1, 0, 0, 1, 2, 1, 0, 1, 0, 0, 1, 0, 0])
RISK = np.array(
    [.05, .1, .6, .15, .2, .2, .25, .8, .3, .35, .4, .4, .45, .5, .5, .55, .6, .6, .7, .7, .2, .35, .1, .05]
)  # fmt: skip
COVARIATE = np.tile([0.0, 1.0, 2.0], 8)[:, None]
HORIZONS = (2.0, 4.0)
# R 4.2.2, survival 3.5.3, with everything computed from a Cox model on karno + age in its own data:
#   d <- as.data.frame(survival::veteran); ctl <- coxph.control(eps = 1e-11, iter.max = 100)
#   f <- coxph(Surv(time, status) ~ karno + age, data = d, control = ctl); bh <- basehaz(f, centered = FALSE)
#   lp <- drop(cbind(d$karno, d$age) %*% coef(f)); 1 - exp(-max(bh$hazard[bh$time <= h]) * exp(lp)), 12 digits
VETERAN = Path(__file__).with_name("veteran.csv")


def survival(time=TIME, event=STATUS == 1, risk=RISK, *, horizons=HORIZONS, **more) -> SurvivalSample:
    """The 24 patients, whatever is not the event being censored, or others; one column of risks serves all horizons."""
    return SurvivalSample(
        time=np.asarray(time, float), status=np.asarray(event, int), risk=_columns(risk, horizons), horizons=horizons,
        **more,
    )  # fmt: skip


def competing(time=TIME, status=STATUS, risk=RISK, *, horizons=HORIZONS, **more) -> CompetingRisksSample:
    """The 24 patients with the second cause as an event of its own, or others."""
    return CompetingRisksSample(
        time=np.asarray(time, float), status=np.asarray(status, int), risk=_columns(risk, horizons),
        horizons=horizons, **more,
    )  # fmt: skip


def drawn(n: int, seed: int, *, kind="survival", covariates=False):
    """n patients with whole days, tied risks, and censoring of about two in five."""
    rng = np.random.default_rng(seed)
    linear = rng.normal(0, 1, n).round(1)
    event, other, censored = (np.floor(rng.exponential(m, n)) for m in (60 * np.exp(-linear), 150, 90))
    first = np.minimum(event, other) if kind == "competing_risks" else event
    time = np.minimum(first, censored)
    cause = np.where(event <= first, 1, 2)
    risk = np.column_stack([1 - np.exp(-h / 60 * np.exp(linear)) for h in (15, 30, 60)])
    more = {"censoring": np.column_stack([linear, rng.normal(0, 1, n)])} if covariates else {}
    made = competing if kind == "competing_risks" else survival
    return made(time, np.where(first <= censored, cause, 0), risk, horizons=(15.0, 30.0, 60.0), **more)


def reference_survival(**more) -> SurvivalSample:
    """The reference case of times to an event, with risks by 90, 180 and 365 days."""
    rows = pd.read_csv(REFERENCE / "cases" / "survival.csv")
    risk = rows[["risk_90", "risk_180", "risk_365"]].to_numpy()
    return survival(rows["days"], rows["event"], risk, horizons=(90.0, 180.0, 365.0), time_unit="days", **more)


def reference_covariates():
    """Two covariates of censoring for the reference case: lp and x2 <- (patient %% 7) / 7."""
    rows = pd.read_csv(REFERENCE / "cases" / "survival.csv")
    return np.column_stack([rows["lp"], rows["patient"] % 7 / 7])


def reference_competing(**more) -> CompetingRisksSample:
    """The reference case of competing risks, with the risk of the first cause by 365 days."""
    rows = pd.read_csv(REFERENCE / "cases" / "competing.csv")
    return competing(rows["days"], rows["status"], rows["risk_365"], horizons=(365.0,), time_unit="days", **more)


def veterans(**more) -> SurvivalSample:
    """R's 137 veterans, with risks by 50, 100 and 180 days."""
    rows = pd.read_csv(VETERAN)
    risk = rows[["risk_50", "risk_100", "risk_180"]].to_numpy()
    return survival(rows["time"], rows["status"], risk, horizons=(50.0, 100.0, 180.0), time_unit="days", **more)


def repeated(sample, rows):
    """The sample's rows, repeated or left out, as new patients."""
    censoring = None if sample.censoring is None else sample.censoring[rows]
    made = competing if sample.kind == "competing_risks" else survival
    return made(
        sample.time[rows], sample.status[rows], sample.risk[rows], horizons=sample.horizons, censoring=censoring,
        grid=sample.grid,
    )  # fmt: skip


def breast_cancer(folder: Path) -> SurvivalSample:
    """The German trial's patients with the Rotterdam model's risks by 2, 4.99 and 5 years (McLernon et al. 2022).

    R 4.2.2, survival 3.5.3, rms 6.5.0: coxph(Surv(t, e) ~ size class + rcs(min(nodes, 19), c(0, 1, 9)) + grade == 3,
    ties = "efron", control = coxph.control(eps = 1e-11)) in rotterdam; basehaz(f, centered = FALSE)
    """
    rows = pd.read_csv(folder / "data" / "breast_rotterdam_gbsg" / "gbsg.csv")
    years = rows["rfstime"].to_numpy() / 365.25
    nodes = np.minimum(rows["nodes"].to_numpy(), 19)

    def cubed(knot):
        return np.maximum(nodes - knot, 0.0) ** 3

    spline = (cubed(0) - cubed(1) * 9 / 8 + cubed(9) / 8) / 81
    linear = (
        0.34184228956511 * ((rows["size"] > 20) & (rows["size"] <= 50))
        + 0.57355490740985 * (rows["size"] > 50)
        + 0.30396511852211 * nodes
        - 0.81116693704786 * spline
        + 0.36171007181611 * (rows["grade"] == 3)
    ).to_numpy()
    hazards = (0.086933504290382, 0.21839785943675, 0.21839785943675)
    risk = np.column_stack([1 - np.exp(-hazard * np.exp(linear)) for hazard in hazards])
    event = np.where(years > 5, 0, rows["status"])
    return survival(np.minimum(years, 5), event, risk, horizons=(2.0, 4.99, 5.0), time_unit="years")


def _columns(risk, horizons):
    risk = np.asarray(risk, float)
    return risk if risk.ndim == 2 else np.repeat(risk[:, None], len(horizons), axis=1)
