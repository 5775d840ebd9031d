"""Samples with competing events that several tests share, and what R says about the reference case in whole periods.

R 4.2.2; survival 3.5.3, prodlim 2019.11.13, geepack 1.3.9, rms 6.5.0, pec 2022.5.4. In R, for every number of ``R``:

    k <- read.csv("competing.csv"); k$risk <- k$risk_365; t <- 365
    # periods: k$days <- ceiling(k$days / 60); t <- 6      zero: k$days <- floor(k$days / 60); t <- 6
    # other:   the periods, with k$status <- c(0, 2, 1)[k$status + 1]
    sm <- summary(survfit(Surv(days, factor(status, 0:2)) ~ 1, data = k), times = t); sm$pstate[2]; sm$std.err[2]
    k$ps <- as.numeric(jackknife(prodlim(Hist(days, status) ~ 1, data = k), times = t, cause = 1))
    k$cl <- log(-log(1 - k$risk)); ctl <- geese.control(epsilon = 1e-13, maxit = 300)
    gee <- function(f) summary(geese(f, id = patient, data = k, scale.fix = TRUE, family = gaussian,
                                     mean.link = "cloglog", control = ctl))$mean
    gee(ps ~ cl); gee(ps ~ offset(cl))                             # slope, in_the_large: estimate, san.se
    kn <- quantile(k$cl, c(.1, .5, .9)); X <- rcspline.eval(k$cl, knots = kn, inclx = TRUE)
    k$x1 <- X[, 1]; k$x2 <- X[, 2]; d <- k
    d$status <- ifelse(k$days <= t, k$status, 0); d$days <- pmin(k$days, t)      # not for follow_up = "all"
    fg <- finegray(Surv(days, factor(status, 0:2)) ~ ., data = d, etype = "1", id = patient)
    cc <- coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 100)
    f <- coxph(Surv(fgstart, fgstop, fgstatus) ~ x1 + x2, weights = fgwt, data = fg, ties = "efron", control = cc)
    b <- basehaz(f, centered = FALSE); H <- max(b$hazard[b$time <= t])
    e <- abs(1 - exp(-H * exp(as.numeric(X %*% coef(f)))) - k$risk); mean(e); median(e); quantile(e, .9); max(e)
    # robust: the same with cluster = patient, sqrt(diag(vcov(f))); slope_fine_gray: the same ~ cl
    l <- loess(ps ~ risk, data = k, degree = 2, span = .75, control = loess.control(surface = "direct"))
    e <- abs(pmin(pmax(fitted(l), 0), 1) - k$risk)                 # by_pseudo_values
    ci <- function(m, when) cindex(list(m = matrix(k$risk, ncol = 1)), formula = Hist(days, status) ~ 1, data = k,
                                   cause = 1, eval.times = when, pred.times = when, cens.model = m)$AppCindex$m
    ci("marginal", t); ci("none", max(k$days))                     # uno_c, harrell_c
    # net_benefit: per threshold h, survfit among k$risk >= h as above: a * f - (1 - a) * f * h / (1 - h)
"""

import numpy as np
import pandas as pd

from cds.core.sample_times import CompetingRisksSample, SurvivalSample
from tests.samples import REFERENCE

R = {
    "days": {
        "incidence": 0.366643021939827,
        "se": 0.0228637448995459,
        "slope": (0.936138908050991, 0.125888845456657),
        "in_the_large": (0.00823238040288795, 0.0843294822586438),
        "fine_gray": (0.85766812294306, 0.0862314107638815),
        "robust": (0.259115195843212, 0.234890014800514),
        "slope_fine_gray": 0.947111999720886,
        "distances": (0.00821235248403642, 0.00533296152949436, 0.0184257138879122, 0.0191548020527992),
        "by_pseudo_values": (0.0238174620564163, 0.022213128804176, 0.0389682454438713, 0.049789778040614),
        "uno_c": 0.682489477001737,
        "harrell_c": 0.686571696758876,
        "net_benefit": (0.214716966801483, 0.144987170236054, 0.0969930499937269),
        "treat_all": (0.208303777424783, 0.0952043170568953, -0.0555949634336222),
    },
    "periods": {
        "incidence": 0.357491415728891,
        "se": 0.0224486400518956,
        "slope": (0.922204018968297, 0.123982172366081),
        "in_the_large": (-0.0320075272831763, 0.0838786574754615),
        "fine_gray": (0.874082281299225, 0.0566760712010107),
        "robust": (0.258935302547059, 0.231732533780011),
        "slope_fine_gray": 0.933130610346262,
        "distances": (0.0106999624063482, 0.0108619603071819, 0.0188925661422784, 0.0229817284936097),
        "by_pseudo_values": (0.025789134874756, 0.0269124085358463, 0.0414918854239697, 0.048399346708705),
        "uno_c": 0.687571912953778,
        "harrell_c": 0.694189473090535,
        "net_benefit": (0.204755082267725, 0.136123813777086, 0.0868607517266448),
        "treat_all": (0.196864269661113, 0.0821305938984152, -0.0708476404518489),
    },
    "other": {
        "incidence": 0.173252515099177,
        "se": 0.0176671663178999,
        "slope": (-0.626620695178284, 0.178582515060716),
        "in_the_large": (-1.68343908993978, 0.167500698902296),
        "fine_gray": (-0.718423350481352, 0.267989306170364),
        "robust": (0.252007137135799, 0.33174317171275),
        "slope_fine_gray": -0.557638633567452,
        "distances": (0.251698448256775, 0.214878975896096, 0.532786710871693, 0.924134670399877),
        "by_pseudo_values": (0.254539810673927, 0.221828253865638, 0.514372424470426, 0.992701),
        "uno_c": 0.394194328717625,
        "harrell_c": 0.376359663705885,
        "net_benefit": (-0.0654356032414337, -0.121522171559971, -0.169917212165273),
        "treat_all": (-0.0334343561260285, -0.181067835572604, -0.377912474834705),
    },
    "zero": {
        "incidence": 0.393148263713668,
        "se": 0.0233924796465633,
        "slope": (0.966826297740422, 0.125597508641596),
        "in_the_large": (0.118407152357114, 0.0826923611025518),
        "by_pseudo_values": (0.0301823345960153, 0.0286556153789217, 0.0547251383565329, 0.0629345777315226),
        "uno_c": 0.693321919511266,
        "harrell_c": 0.694834687429474,
        "net_benefit": (0.24511932736528, 0.176198201178043, 0.125925701823376),
        "treat_all": (0.241435329642085, 0.133068948162383, -0.01141956047722),
    },
}
FINE_GRAY_CASES = ("days", "periods", "other")  # finegray() leaves out events at time 0


def times(time, status, risk, horizon, **more):
    """A sample with risks by one horizon."""
    return CompetingRisksSample(
        time=np.asarray(time, float),
        status=np.asarray(status),
        risk=np.asarray(risk, float)[:, None],
        horizons=(float(horizon),),
        **more,
    )


def reference_case(name="days", **more):
    """The 500 patients of the reference case in days, in periods (heavy ties), with times of 0, or of cause 2."""
    rows = pd.read_csv(REFERENCE / "cases" / "competing.csv")
    days, status, risk = (rows[c].to_numpy() for c in ("days", "status", "risk_365"))
    if name == "days":
        return times(days, status, risk, 365, **more)
    periods = np.floor(days / 60) if name == "zero" else np.ceil(days / 60)
    return times(periods, status, risk, 6, cause=2 if name == "other" else 1, **more)


def drawn(n=60, seed=1, horizon=7, **more):
    """n patients with times 0 … 11, heavy ties, two causes, censorings and tied risks."""
    rng = np.random.default_rng(seed)
    return times(rng.integers(0, 12, n), rng.integers(0, 3, n), 0.05 + 0.9 * rng.random(n).round(1), horizon, **more)


def repeated(sample, weights):
    """The sample with each row repeated as often as its weight says."""
    rows = np.repeat(np.arange(len(sample)), np.asarray(weights, int))
    return times(sample.time[rows], sample.status[rows], sample.risk[rows, 0], sample.horizons[0], cause=sample.cause)


def without_competing(n=80, seed=3):
    """The same follow-up twice: as competing risks in which the other event never happens, and as survival."""
    rng = np.random.default_rng(seed)
    time, status, risk = rng.integers(1, 15, n).astype(float), rng.integers(0, 2, n), rng.uniform(0.05, 0.9, n)
    survival = SurvivalSample(time=time, status=status, risk=risk[:, None], horizons=(9.0,))
    return times(time, status, risk, 9), survival


def slopes(f, sample, step=1e-5):
    """The derivative of f(sample) by each row's weight, by central differences."""
    ones, found = np.ones(len(sample)), []
    for k in range(len(sample)):
        bump = step * (np.arange(len(sample)) == k)
        found.append((f(sample.reweight(ones + bump)) - f(sample.reweight(ones - bump))) / (2 * step))
    return np.array(found)
