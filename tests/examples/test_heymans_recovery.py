"""The recovery example, from its one command: 265 people, ten imputations, pooled as R pools them.

R 4.2.2, survival 3.5.3, mice 3.15.0::

    d <- read.csv("lbpmicox.csv"); logit <- function(p) log(p / (1 - p))
    b <- c(Duration = -.008, Radiation = -.087, Function = .047, Age = -.007, Tampascale = -.019, Expectation = .027)
    d$lp <- as.matrix(d[, names(b)]) %*% b; S0 <- c(.6968, .1597, .0517); h <- c(30, 90, 180)
    pool <- function(q, u) { p <- pool.scalar(q, u, n = 265, k = 1); c(p$qbar, sqrt(p$t), p$df) }
    # in each imputation: concordance(Surv(Time, Status) ~ lp, reverse = TRUE), coxph(... ~ lp) with eps = 1e-11, and
    # log((1 - km$surv) / mean(1 - S0[k]^exp(lp))) with variance (km$std.err / (1 - km$surv))^2 at h[k]; then pool() of
    # logit(C) with var / (C * (1 - C))^2, of the slopes, and of the log ratios
"""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "heymans_recovery" / "run.py"
pytestmark = [pytest.mark.shared, pytest.mark.slow]


@pytest.fixture(scope="module")
def out(tmp_path_factory, shared_folder):
    folder = tmp_path_factory.mktemp("recovery") / "out"
    subprocess.run(
        [sys.executable, str(SCRIPT), "--out", str(folder)],
        check=True,
        cwd=folder.parent,
        env={**os.environ, "CDS_SHARED": str(shared_folder)},
    )
    return folder


@pytest.fixture(scope="module")
def results(out):
    return json.loads((out / "validation" / "results.json").read_text(encoding="utf-8"))


def pooled(results, measure, horizon=None):
    (one,) = (
        f
        for f in results["findings"]
        if (f["measure"], f["horizon"], f["analysis"], f["attribute"]) == (measure, horizon, "primary", None)
    )
    return one


def test_the_slope_is_pooled(results):
    slope = pooled(results, "calibration_slope")
    assert slope["estimate"] == pytest.approx(0.992107118585, rel=1e-8)
    assert slope["se"] == pytest.approx(0.213726972318, rel=1e-6)
    assert slope["details"]["df"] == pytest.approx(261.322221275794, rel=1e-6)


def test_harrells_c_is_pooled_on_the_logit(results):
    c = pooled(results, "harrell_c")
    logit = math.log(c["estimate"] / (1 - c["estimate"]))
    assert logit == pytest.approx(0.4984783055861, rel=1e-8)
    assert c["se"] / (c["estimate"] * (1 - c["estimate"])) == pytest.approx(0.0990491507014, rel=1e-6)
    assert c["details"]["df"] == pytest.approx(260.9552011868459, rel=1e-6)


@pytest.mark.parametrize(
    ("horizon", "log_ratio", "se", "df"),
    [
        (30.0, -0.0158142185227, 0.1499593193378, 261.9740615144683),
        (90.0, -0.0226631152586, 0.0607435125410, 261.8930741249127),
        (180.0, -0.0136599520687, 0.0439800125061, 261.8754482815144),
    ],
)
def test_observed_over_expected_is_pooled_on_the_log(results, horizon, log_ratio, se, df):
    ratio = pooled(results, "observed_expected", horizon)
    assert math.log(ratio["estimate"]) == pytest.approx(log_ratio, rel=1e-8)
    assert ratio["se"] / ratio["estimate"] == pytest.approx(se, rel=1e-6)
    assert ratio["details"]["df"] == pytest.approx(df, rel=1e-6)


def test_patients_are_counted_once_and_the_design_is_never_ready(results):
    assert results["data"]["patients"] == 265 and pooled(results, "harrell_c")["events"] == 193
    assert results["readiness"] == "inconclusive"


def test_gaps_by_group_are_pooled_at_every_horizon(results):
    gaps = [f for f in results["findings"] if f["kind"] == "ratio" and f["measure"] == "observed_expected"]
    assert {f["horizon"] for f in gaps} == {30.0, 90.0, 180.0}
    assert all(f["method"] == "Rubin's rules" and f["low"] < f["estimate"] < f["high"] for f in gaps)


def test_two_people_have_their_pages(out):
    assert len(list((out / "people").glob("*.pdf"))) == 2
