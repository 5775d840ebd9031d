"""Two models on the same patients against R, by hand, and what must hold whatever the data."""

from dataclasses import replace

import numpy as np
import pytest

from cds.comparison.paired import SAME, compared
from cds.core.measure import Estimate, Interval, NotEstimable
from cds.core.sample_binary import BinarySample
from tests.samples import drawn, reference_rows, reference_sample, small
from tests.studies import answered


def rival_of(sample: BinarySample, seed: int = 5) -> BinarySample:
    """A noisier model of the same patients."""
    noise = np.random.default_rng(seed).normal(0, 0.7, len(sample))
    logit = np.log(sample.risk / (1 - sample.risk))
    return small(sample.outcome, 1 / (1 + np.exp(-(0.6 * logit + noise))))


def found(study, ours, theirs):
    return {(p.request.measure, p.request.threshold): p for p in compared(study, ours, theirs, "comparison")}


def of(pairs, measure, threshold=None) -> tuple[Estimate, Interval]:
    result = pairs[measure, threshold].difference
    assert isinstance(result, Estimate), result
    assert isinstance(result.interval, Interval), result.interval
    return result, result.interval


@pytest.fixture(scope="module")
def reference():
    """The reference case against a second model of it: the first's log-odds, shrunken, moved up in women."""
    sample, rows = reference_sample(), reference_rows()
    logit = np.log(sample.risk / (1 - sample.risk))
    moved = 0.7 * logit - 0.2 + np.where(rows["sex"] == "female", 0.6, -0.3)
    other = small(sample.outcome, 1 / (1 + np.exp(-moved)))
    return found(answered(sample, thresholds=(0.3,)), (sample,), (other,))


def test_the_auroc_difference_is_delong_s_paired_one(reference) -> None:
    # R 4.2.2, pROC 1.18: l <- qlogis(p); q <- plogis(.7*l - .2 + ifelse(sex == "female", .6, -.3))
    # a <- roc(y, p); b <- roc(y, q); auc(a) - auc(b); sqrt(var(a) + var(b) - 2*cov(a, b)); roc.test(a, b)$p.value
    result, interval = of(reference, "auroc")
    assert result.value == pytest.approx(0.0532926829268293, rel=1e-10)
    assert interval.se == pytest.approx(0.0134007946146372, rel=1e-10)
    assert result.details["p_value"] == pytest.approx(6.98400365219937e-05, rel=1e-8)
    assert interval.method == "paired DeLong"
    assert result.scale == "identity"


def test_brier_and_net_benefit_differ_per_patient(reference) -> None:
    # x <- (y - p)^2 - (y - q)^2; mean(x); sd(x)/sqrt(600); the same of (p >= .3)*(y - (1 - y)*3/7)
    result, interval = of(reference, "brier")
    assert (result.value, interval.se) == pytest.approx((-0.0198586045733108, 0.00391672200790755), rel=1e-10)
    result, interval = of(reference, "net_benefit", 0.3)
    assert (result.value, interval.se) == pytest.approx((0.0369047619047619, 0.0115146963852553), rel=1e-10)
    gain, of_gain = of(reference, "net_benefit_gain", 0.3)
    assert (gain.value, of_gain.se) == pytest.approx((result.value, interval.se), rel=1e-12)


def test_a_difference_can_be_counted_by_hand() -> None:
    # Events .8 .4, others .6 .2: one pair of four out of order; turned round in the rival: three of four.
    ours = small([1, 1, 0, 0], [0.8, 0.4, 0.6, 0.2])
    theirs = small(ours.outcome, [0.2, 0.6, 0.4, 0.8])
    pairs = found(answered(ours, thresholds=(0.5,)), (ours,), (theirs,))
    assert pairs["auroc", None].ours.value == 0.75
    assert pairs["auroc", None].difference.value == pytest.approx(0.5)
    # Net benefit at .5: one found and one wrongly flagged by both: 0 and 0.
    assert pairs["net_benefit", 0.5].difference.value == 0


def test_a_ratio_of_observed_to_expected_and_its_interval_are_positive() -> None:
    sample = drawn(240, 3)
    pairs = found(answered(sample, replicates=100), (sample,), (rival_of(sample),))
    one = pairs["observed_expected", None]
    result, interval = of(pairs, "observed_expected")
    assert one.is_ratio
    assert result.value == pytest.approx(one.ours.value / one.theirs.value, rel=1e-12)
    assert 0 < interval.low < result.value < interval.high


def test_exchanging_the_models_turns_every_difference_round() -> None:
    sample = drawn(240, 3)
    other = rival_of(sample)
    study = answered(sample, replicates=60)
    one, turned = found(study, (sample,), (other,)), found(study, (other,), (sample,))
    for key in (("auroc", None), ("calibration_slope", None), ("ici", None), ("net_benefit", 0.2)):
        (a, of_a), (b, of_b) = of(one, *key), of(turned, *key)
        assert a.value == pytest.approx(-b.value, rel=1e-9)
        assert (of_a.low, of_a.high) == pytest.approx((-of_b.high, -of_b.low), rel=1e-9)


def test_replicates_draw_the_same_patients_for_both_models() -> None:
    # The rival is the model plus a constant on the log-odds: each replicate's slopes are equal, whoever is drawn.
    sample = drawn(240, 3)
    logit = np.log(sample.risk / (1 - sample.risk))
    other = small(sample.outcome, 1 / (1 + np.exp(-(logit + 1))))
    difference = found(answered(sample, replicates=60), (sample,), (other,))["calibration_slope", None].difference
    assert difference.value == pytest.approx(0, abs=1e-9)
    interval = difference.interval
    assert isinstance(interval, NotEstimable) or interval.high - interval.low < 1e-3


def test_the_same_model_twice_has_no_interval_and_says_why() -> None:
    sample = drawn(240, 3)
    pairs = found(answered(sample, replicates=60), (sample,), (small(sample.outcome, sample.risk),))
    for key in (("auroc", None), ("brier", None), ("calibration_slope", None)):
        difference = pairs[key].difference
        assert difference.value == 0
        assert difference.interval == NotEstimable(SAME)


def test_without_replicates_what_needs_them_says_so() -> None:
    sample = drawn(240, 3)
    pairs = found(answered(sample), (sample,), (rival_of(sample),))
    assert "ask for replicates" in pairs["calibration_slope", None].difference.interval.reason
    of(pairs, "auroc")


def test_distances_are_compared_but_only_describe() -> None:
    sample = drawn(240, 3)
    result, _ = of(found(answered(sample, replicates=60), (sample,), (rival_of(sample),)), "ici")
    assert "does not decide" in result.details["descriptive"]


def test_with_sites_one_site_at_a_time_is_left_out_of_both_models() -> None:
    sample = drawn(300, 3)
    site = np.repeat(["a", "b", "c", "d", "e", "f"], 50)
    study = answered(sample, site=site, replicates=20)
    other = rival_of(sample)
    _, interval = of(found(study, (sample,), (other,)), "brier")
    values = []
    for name in np.unique(site):
        kept = site != name
        values.append(np.mean(((sample.outcome - sample.risk) ** 2 - (sample.outcome - other.risk) ** 2)[kept]))
    spread = np.sqrt(5 / 6 * np.sum((values - np.mean(values)) ** 2))
    assert interval.se == pytest.approx(spread, rel=1e-9)
    assert interval.method == "paired jackknife over sites"


def test_imputations_are_contrasted_within_and_then_pooled() -> None:
    sample = drawn(240, 3)
    study = replace(answered(sample), samples=(sample, sample))
    others = (rival_of(sample, 5), rival_of(sample, 6))
    result, interval = of(found(study, (sample, sample), others), "brier")
    each = [np.mean((sample.outcome - sample.risk) ** 2 - (sample.outcome - other.risk) ** 2) for other in others]
    within = np.mean(
        [np.var((sample.outcome - sample.risk) ** 2 - (sample.outcome - o.risk) ** 2, ddof=1) / 240 for o in others]
    )
    assert result.value == pytest.approx(np.mean(each), rel=1e-12)
    assert interval.se == pytest.approx(np.sqrt(within + 1.5 * np.var(each, ddof=1)), rel=1e-9)


def test_weights_of_2_give_the_difference_of_doubled_rows() -> None:
    sample = drawn(120, 3)
    other = rival_of(sample)
    twice = np.full(120, 2.0)
    weighted = found(answered(sample), (sample.reweight(twice),), (other.reweight(twice),))
    rows = np.repeat(np.arange(120), 2)
    doubled = [small(s.outcome[rows], s.risk[rows]) for s in (sample, other)]
    plain = found(answered(doubled[0]), (doubled[0],), (doubled[1],))
    for key in (("auroc", None), ("ici", None), ("calibration_slope", None), ("net_benefit", 0.2)):
        assert weighted[key].difference.value == pytest.approx(plain[key].difference.value, rel=1e-9)


def test_one_outcome_class_leaves_a_reason() -> None:
    sample = small(np.zeros(30), np.linspace(0.1, 0.9, 30))
    pairs = found(answered(sample), (sample,), (small(sample.outcome, np.linspace(0.2, 0.8, 30)),))
    assert pairs["auroc", None].difference == NotEstimable("this model: only one outcome class")
