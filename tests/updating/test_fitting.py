"""Updates fitted to patients agree with R, keep the order of risks, and are refused where they would mislead."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cds.core.errors import DataError, InputError
from cds.core.prediction import Risk, Value
from cds.core.sample_kinds import ContinuousSample, NominalSample, OrdinalSample
from cds.models.updated import updated
from cds.updating.fitting import FEWEST, fitted_step
from tests.samples import EXPECTED, REFERENCE, drawn, reference_sample, small


def test_intercept_and_slope_are_those_of_glm() -> None:
    # R 4.2.2: l <- qlogis(p); coef(glm(y ~ 1, offset = l, family = binomial, control = ctl)); coef(glm(y ~ l, …))
    step = fitted_step(reference_sample(), "intercept")
    assert (step.intercept, step.slope) == (pytest.approx(-0.064574240254698, rel=1e-8), 1.0)
    step = fitted_step(reference_sample(), "recalibrate")
    assert (step.intercept, step.slope) == pytest.approx((-0.0401151357021851, 1.04372251878646), rel=1e-8)


def test_beta_is_a_logistic_regression_on_both_logarithms() -> None:
    # R: coef(glm(y ~ log(p) + I(-log(1 - p)), family = binomial, control = ctl))
    step = fitted_step(reference_sample(), "beta")
    assert (step.c, step.a, step.b) == pytest.approx((-1.42215445516299, 0.381195048625555, 2.26593055705858), rel=1e-8)


def test_isotonic_is_isoreg() -> None:
    # R: i <- !duplicated(p); g <- isoreg(p[i], y[i]); sum(g$yf^2); g$yf at the 50th and 250th smallest risk
    sample = reference_sample()
    _, first = np.unique(sample.risk, return_index=True)
    untied = small(sample.outcome[first], sample.risk[first])
    step = fitted_step(untied, "isotonic")
    fitted = np.interp(untied.risk, step.risk, step.observed)
    assert np.sum(fitted**2) == pytest.approx(85.0127213228826, rel=1e-8)
    assert np.sort(fitted)[[49, 249]] == pytest.approx([1 / 9, 2 / 9], rel=1e-8)


def test_tied_risks_share_their_mean() -> None:
    # R: pool adjacent violators on tapply(y, p, mean) with weights tapply(y, p, length), at three of the risks
    step = fitted_step(reference_sample(), "isotonic")
    at = np.interp([0.085436, 0.295232, 0.404379], step.risk, step.observed)
    assert at == pytest.approx([0.104477611940299, 0.20253164556962, 0.266666666666667], rel=1e-8)


def test_pooled_neighbours_can_be_counted_by_hand() -> None:
    # 100 patients a group; shares of events .2, .1, .6: the first two are pooled to .15.
    risk = np.repeat([0.2, 0.5, 0.8], 200)
    outcome = np.concatenate([np.r_[np.ones(round(200 * s)), np.zeros(200 - round(200 * s))] for s in (0.2, 0.1, 0.6)])
    step = fitted_step(small(outcome, risk), "isotonic")
    assert updated(Risk(np.array([0.1, 0.2, 0.4, 0.5, 0.8, 0.9])), step).values == pytest.approx(
        [0.15, 0.15, 0.15, 0.15, 0.6, 0.6]
    )


def test_a_share_of_0_or_1_is_held_off_the_end() -> None:
    risk = np.repeat([0.1, 0.9], 150)
    step = fitted_step(small(np.repeat([0.0, 1.0], 150), risk), "isotonic")
    assert updated(Risk(np.array([0.1, 0.9])), step).values == pytest.approx([1 / 302, 301 / 302])


@pytest.mark.parametrize("method", ["intercept", "recalibrate", "isotonic", "beta"])
def test_an_update_never_turns_the_order_round(method: str) -> None:
    sample = drawn(800, 4, shift=0.7, slope=0.6)
    after = updated(Risk(sample.risk), fitted_step(sample, method)).values
    assert (np.diff(after[np.argsort(sample.risk)]) >= -1e-12).all()
    # Fitted by maximum likelihood with a constant, the mean risk is the share of events.
    assert after.mean() == pytest.approx(sample.outcome.mean(), abs=2e-3)


def test_updating_twice_changes_nothing_the_second_time() -> None:
    sample = drawn(800, 4, shift=0.7, slope=0.6)
    after = updated(Risk(sample.risk), fitted_step(sample, "recalibrate")).values
    step = fitted_step(small(sample.outcome, after), "recalibrate")
    assert (step.intercept, step.slope) == pytest.approx((0, 1), abs=1e-6)


def test_weights_of_2_are_doubled_rows() -> None:
    sample = drawn(400, 4)
    rows = np.repeat(np.arange(400), 2)
    for method in ("intercept", "recalibrate", "beta"):
        weighted = fitted_step(sample.reweight(np.full(400, 2.0)), method)
        doubled = fitted_step(small(sample.outcome[rows], sample.risk[rows]), method)
        numbers = [{k: v for k, v in step.model_dump().items() if isinstance(v, float)} for step in (weighted, doubled)]
        assert numbers[0] == pytest.approx(numbers[1], rel=1e-9)


def test_beta_without_a_negative_coefficient() -> None:
    # Outcomes follow the first logarithm only, pushed the wrong way by the second: b is held at 0.
    rng = np.random.default_rng(1)
    risk = rng.uniform(0.02, 0.98, 4000)
    logit = 2 * np.log(risk) + 0.8 * np.log1p(-risk) + 1
    step = fitted_step(small(rng.random(4000) < 1 / (1 + np.exp(-logit)), risk), "beta")
    assert step.b == 0
    assert step.a > 0


def test_too_few_events_are_refused_with_the_minimum() -> None:
    outcome = np.r_[np.ones(9), np.zeros(200)]
    with pytest.raises(DataError, match="needs at least 10 events or non-events, the data to update on have 9"):
        fitted_step(small(outcome, np.linspace(0.1, 0.9, 209)), "intercept")
    assert FEWEST["intercept"] < FEWEST["recalibrate"] < FEWEST["beta"] < FEWEST["isotonic"]


def test_a_model_that_ranks_the_wrong_way_round_is_not_mended() -> None:
    sample = drawn(400, 4)
    turned = small(sample.outcome, 1 - sample.risk)
    with pytest.raises(DataError, match="not positive"):
        fitted_step(turned, "recalibrate")
    with pytest.raises(DataError, match="higher risks go with fewer events"):
        fitted_step(turned, "beta")


def test_risks_of_exactly_0_need_declared_bounds() -> None:
    sample = drawn(400, 4)
    edge = small(sample.outcome, np.where(np.arange(400) < 7, 0.0, sample.risk))
    with pytest.raises(DataError, match="7 risks are exactly 0 or 1"):
        fitted_step(edge, "recalibrate")
    clipped = replace(small(edge.outcome, edge.risk), clip=(0.01, 0.99))
    step = fitted_step(clipped, "recalibrate")
    assert (step.low, step.high) == (0.01, 0.99)
    assert updated(Risk(np.array([0.0])), step).values == updated(Risk(np.array([0.01])), step).values


def test_separated_outcomes_are_named() -> None:
    risk = np.linspace(0.1, 0.9, 100)
    with pytest.raises(DataError, match="separate"):
        fitted_step(small(risk > 0.5, risk), "recalibrate")


def test_a_number_is_recalibrated_by_least_squares() -> None:
    # expected.json (R: lm(observed ~ predicted)): slope .782461616744, intercept 1.26798707867
    rows = pd.read_csv(REFERENCE / "cases" / "continuous.csv")
    sample = ContinuousSample(observed=rows["observed"].to_numpy(float), predicted=rows["predicted"].to_numpy(float))
    step = fitted_step(sample, "recalibrate")
    expected = EXPECTED["continuous"]
    assert step.slope == pytest.approx(expected["calibration_slope"]["estimate"], rel=1e-8)
    assert step.intercept == pytest.approx(expected["calibration_intercept"], rel=1e-8)
    step = fitted_step(sample, "intercept")
    assert step.intercept == pytest.approx(expected["calibration_in_the_large"]["estimate"], rel=1e-8)
    moved = updated(Value(np.array([10.0]), np.array([8.0]), np.array([12.0])), step)
    assert moved.low - 8 == pytest.approx(step.intercept)


def _classes(made: type[NominalSample] = NominalSample) -> NominalSample:
    rows = pd.read_csv(REFERENCE / "cases" / "multiclass.csv")
    names = ("self_care", "physiotherapy", "specialist")
    shares = rows[[f"p_{name}" for name in names]].to_numpy(float)
    code = np.array([names.index(name) for name in rows["outcome"]])
    return made(code=code, probability=shares / shares.sum(axis=1, keepdims=True), categories=names)


def test_classes_are_recalibrated_by_log_ratio() -> None:
    # expected.json (VGAM::vglm(multinomial(refLevel = 1)), diagonal constraints)
    step = fitted_step(_classes(), "recalibrate")
    told = EXPECTED["multiclass"]["multinomial_recalibration"]["coef"]
    assert step.intercepts == pytest.approx((told["(Intercept):1"], told["(Intercept):2"]), rel=1e-5)
    assert step.slopes == pytest.approx((told["L1"], told["L2"]), rel=1e-5)


def test_an_ordinal_outcome_has_no_recalibration() -> None:
    with pytest.raises(InputError, match="no update by recalibrate of ordinal outcomes"):
        fitted_step(_classes(OrdinalSample), "recalibrate")


def test_an_unknown_method_names_the_nearest() -> None:
    with pytest.raises(InputError, match="Did you mean 'isotonic'"):
        fitted_step(drawn(400, 4), "isotonik")


def test_the_reference_numbers_are_the_slope_that_a_validation_reports() -> None:
    expected = json.loads((REFERENCE / "expected.json").read_text())["binary"]
    assert fitted_step(reference_sample(), "recalibrate").slope == pytest.approx(
        expected["calibration_slope"]["estimate"], rel=1e-6
    )
