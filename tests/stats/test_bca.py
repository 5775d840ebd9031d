"""BCa intervals are R's, and say why where there is none."""

import numpy as np
import pytest

from cds import catalog
from cds.core.measure import Estimate, Interval, NotEstimable
from cds.stats.bca import acceleration, adjusted_levels, bca, order_statistic, patient_blocks, without_each_block
from tests.samples import drawn
from tests.studies import answered

# R 4.2.2, boot 1.3-28.1:
#   k <- 1:999; t <- qgamma(((k*389) %% 999 + .5)/999, 3)/3; L <- qexp((1:40 - .5)/40); L <- L - mean(L); t0 <- .93
#   b <- structure(list(t0=t0, t=matrix(t), R=999, data=1:40, call=quote(boot()), sim="ordinary", stype="i",
#        weights=rep(1/40, 40)), class="boot"); boot.ci(b, type="bca", L=L, t0=t0, t=t)$bca
#   sum(L^3)/(6*sum(L^2)^1.5); qnorm(mean(t < t0))


BOOT_CI, BOOT_ORDERS = (0.26370211015718975, 2.7823703784571783), (46.61, 989.04)


def of_r():
    from scipy.stats import gamma

    replicates = gamma.ppf((np.arange(1, 1000) * 389 % 999 + 0.5) / 999, 3) / 3
    influence = -np.log1p(-(np.arange(1, 41) - 0.5) / 40)
    return replicates, influence.mean() - influence  # leaving out j moves the estimate against its influence


def test_the_interval_is_that_of_boot_ci():
    replicates, left_out = of_r()
    found = bca(replicates, 0.93, left_out, 0.95, "identity")
    assert isinstance(found, Interval)
    assert found.method == "bootstrap BCa"
    assert (found.low, found.high) == pytest.approx(BOOT_CI, rel=1e-8)
    assert [1000 * p for p in found.details["read_at"]] == pytest.approx(BOOT_ORDERS, abs=0.006)  # R prints 2 decimals
    assert found.details["acceleration"] == pytest.approx(0.041789607810601447, rel=1e-10)


def test_with_symmetric_replicates_and_no_acceleration_it_reads_the_plain_quantiles():
    replicates = np.arange(-500, 501.0)
    low, high = adjusted_levels(replicates, 0.0, 0.0, 0.95)
    assert (low, high) == pytest.approx((0.025, 0.975))


def test_ties_with_the_estimate_count_half():
    assert adjusted_levels(np.array([-1.0, 0, 0, 1]), 0.0, 0.0, 0.9) == pytest.approx((0.05, 0.95))


def test_an_order_statistic_is_exact_where_the_place_is_whole():
    assert order_statistic(np.arange(1.0, 100), 0.05) == 5.0
    assert order_statistic(np.arange(1.0, 100), 0.5) == 50.0


def test_a_bound_beyond_the_replicates_is_refused():
    found = order_statistic(np.arange(1.0, 100), 0.005)
    assert isinstance(found, NotEstimable) and "most extreme of 99" in found.reason


def test_an_infinite_bias_correction_is_refused():
    for value, side in ((0.0, "below"), (99.0, "above")):
        found = bca(np.linspace(1, 2, 99), value, np.array([1.0, 2, 4]), 0.95, "identity")
        assert isinstance(found, NotEstimable)
        assert f"no bootstrap replicate lies {side} the estimate" in found.reason


def test_too_many_failed_replicates_are_refused_as_for_percentiles():
    values = np.r_[np.linspace(0, 1, 90), np.full(10, np.nan)]
    found = bca(values, 0.5, np.array([1.0, 2, 4]), 0.95, "identity")
    assert isinstance(found, NotEstimable) and "10 of 100" in found.reason


def test_a_measure_that_no_patient_moves_has_no_acceleration():
    found = acceleration(np.full(20, 0.7))
    assert isinstance(found, NotEstimable) and "zero variance" in found.reason


def test_failed_blocks_are_counted():
    found = acceleration(np.r_[np.nan, np.nan, np.arange(18.0)])
    assert isinstance(found, NotEstimable) and "2 of 20" in found.reason


def test_patients_leave_one_by_one_up_to_two_hundred_of_them():
    assert len(patient_blocks(np.arange(150))) == 150
    blocks = patient_blocks(np.repeat(np.arange(900), 2))
    assert len(blocks) == 200
    assert sum(block.sum() for block in blocks) == 1800
    assert all(block[::2].tolist() == block[1::2].tolist() for block in blocks)  # both rows of a patient together


def test_a_block_without_rows_here_leaves_the_value_as_it_is():
    sample, measure = drawn(60, 1), catalog.measures("binary")["discrimination_slope"]
    value = measure.compute(sample)
    blocks = [np.zeros(60, bool), np.arange(60) == 3]
    found = without_each_block(sample, measure, {}, blocks, value)
    assert found[0] == value
    assert found[1] == pytest.approx(measure.compute(sample.where(np.arange(60) != 3)), rel=1e-12)


def test_the_protocol_setting_gives_bca_where_the_bootstrap_gives_the_interval():
    study = answered(
        drawn(240, 3), {"sex": np.tile(["f", "m", "m"], 80)}, replicates=200, interval="bca", thresholds=(0.2,)
    )
    methods = {}
    for answer in study.answers.values():
        if isinstance(answer.result, Estimate) and isinstance(answer.result.interval, Interval):
            methods.setdefault(answer.request.measure, set()).add(answer.result.interval.method)
    assert methods["discrimination_slope"] == {"bootstrap BCa"}
    assert methods["log_loss"] == {"bootstrap BCa"}
    assert methods["ici"] == {"bootstrap percentile"}  # a distance's bias is as large as its spread
    assert methods["calibration_slope"] == {"wald"}


def test_gaps_are_bca_too():
    from cds.fairness.gap import gaps

    study = answered(
        drawn(400, 3), {"sex": np.tile(["f", "m"], 200)}, replicates=200, interval="bca", thresholds=(0.2,)
    )
    found = {f.measure: f.result for f in gaps(study, "sex", "f")}
    assert found["log_loss"].interval.method == "bootstrap BCa"
    assert found["log_loss"].interval.low < found["log_loss"].value < found["log_loss"].interval.high
