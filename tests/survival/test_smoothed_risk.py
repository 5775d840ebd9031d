"""The smoothed observed risk: R's knots, its band as survfit.coxph gives it, and reasons."""

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.stats.intervals import normal_quantile
from cds.survival.smoothed_risk import TOO_FEW, smoothed
from tests.samples import EXPECTED
from tests.survival.tied import drawn, reference_survival, survival


@pytest.mark.parametrize("expected", EXPECTED["survival"]["horizons"], ids=lambda h: str(h["horizon"]))
def test_the_knots_are_those_of_r(expected):
    found = smoothed(reference_survival().at(float(expected["horizon"])))
    assert found.knots == pytest.approx(expected["knots_cloglog"], rel=1e-10)


def test_the_curve_and_its_band_are_those_of_r():
    # R 4.2.2, survival 3.5.3, rms 6.5.0: cl <- log(-log(1 - risk_180)); k <- quantile(cl, c(.1, .5, .9)); h <- 180
    # x2 <- rcspline.eval(cl, knots = k)[, 1]; t <- pmin(days, h); e <- ifelse(days <= h, event, 0)
    # g <- coxph(Surv(t, e) ~ cl + x2, control = coxph.control(eps = 1e-11, iter.max = 100))
    # z <- log(-log(1 - c(.1, .3, .7))); d <- data.frame(cl = z, x2 = rcspline.eval(z, knots = k)[, 1])
    # m <- summary(survfit(g, newdata = d, conf.type = "log-log"), times = h); 1 - c(m$surv, m$upper, m$lower)
    found, risk = smoothed(reference_survival().at(180.0)), np.array([0.1, 0.3, 0.7])
    assert found.at(risk) == pytest.approx([0.20261912672, 0.451503636318, 0.79670079184], rel=1e-9)
    low, high = found.band(risk, normal_quantile(0.95))
    assert low == pytest.approx([0.149509157304, 0.390630204984, 0.717734767727], rel=1e-8)
    assert high == pytest.approx([0.271362452506, 0.517213625122, 0.865526072016], rel=1e-8)


def test_too_few_distinct_risks_have_a_reason():
    sample = drawn(60, 1)
    three = survival(sample.time, sample.status, np.tile([0.2, 0.4, 0.6], 20))
    assert smoothed(three.at(2.0)) == NotEstimable(TOO_FEW)
    crowded = survival(sample.time, sample.status, np.r_[np.full(55, 0.2), 0.3, 0.4, 0.5, 0.6, 0.7])
    assert "knots coincide" in smoothed(crowded.at(2.0)).reason
    assert smoothed(survival(sample.time, sample.status, np.zeros(60)).at(2.0)) == NotEstimable(TOO_FEW)
