"""Simulated follow-up: events as the risks say, censoring as observed, causes by their incidence, late entry kept."""

import numpy as np
import pytest

from cds.core.simulated_times import clocks
from cds.stats.kaplan_meier import censoring_survival, kaplan_meier
from cds.survival.calibration_at_horizon import CALIBRATION_SLOPE, OBSERVED_EXPECTED
from tests.survival.tied import competing, drawn, survival


def test_the_clocks_by_hand():
    # four patients: event at 1, censored at 2, event at 3, censored at 3
    found = clocks(survival([1.0, 2, 3, 3], [1, 0, 1, 0], [0.5] * 4, horizons=(3.0,)))
    assert found.event.accrued == pytest.approx([1 / 4, 1 / 4 + 1 / 2])
    assert found.censoring.accrued == pytest.approx([1 / 3, 1])
    assert found.other.time.size == 0
    assert found.end == 3


def test_the_censoring_clock_is_the_reverse_kaplan_meier():
    sample = drawn(300, 2, kind="competing_risks")
    found, when = clocks(sample), np.array([5.0, 20.0, 50.0])
    assert found.censoring.at(when) == pytest.approx(1 - censoring_survival(sample).at(when), rel=1e-12)
    both = found.event.at(when) + found.other.at(when)
    assert both == pytest.approx(1 - kaplan_meier(sample).at(when), rel=1e-12)


def repeatedly(sample, measure, draws=200):
    rng = np.random.default_rng(4)
    return np.array([measure(sample.simulated(rng)) for _ in range(draws)])


@pytest.mark.parametrize("horizon", [15.0, 30.0, 60.0])
def test_on_average_as_many_have_the_event_as_the_risks_say(horizon):
    found = repeatedly(drawn(400, 3), lambda s: OBSERVED_EXPECTED.compute(s, horizon=horizon))
    assert found.mean() == pytest.approx(1, abs=4 * found.std() / len(found) ** 0.5)


def test_patients_with_higher_risk_have_the_event_more_often():
    risk = np.repeat([0.2, 0.7], 200)[:, None]
    time = np.r_[np.arange(1.0, 201), np.arange(1.0, 201)]
    sample = survival(time, np.tile([1, 1, 0, 1], 100), np.hstack([risk / 2, risk]), horizons=(50.0, 100.0))

    def share(s, high):
        here = s.reweight((s.risk[:, 1] > 0.5) == high)
        return 1 - float(kaplan_meier(here).at(100.0))

    assert repeatedly(sample, lambda s: share(s, True)).mean() == pytest.approx(0.7, abs=0.01)
    assert repeatedly(sample, lambda s: share(s, False)).mean() == pytest.approx(0.2, abs=0.01)


def test_nobody_has_an_event_beyond_the_last_horizon_and_times_are_those_observed():
    sample = drawn(300, 3)
    rng = np.random.default_rng(1)
    found = sample.simulated(rng)
    assert found.time[found.status > 0].max() <= 60
    assert set(found.time) <= set(sample.time)
    assert found.origin is sample
    assert found.risk is sample.risk


def test_risks_of_0_and_1_are_certain():
    risk = np.repeat([0.0, 1.0], 50)
    found = survival(np.arange(1.0, 101), np.ones(100), risk, horizons=(60.0,)).simulated(np.random.default_rng(1))
    assert not found.status[:50].any()
    assert found.status[50:].all()
    assert (found.time[50:] <= 60).all()


def test_without_observed_events_times_are_spread_evenly():
    sample = survival(np.full(400, 10.0), np.zeros(400), np.full(400, 0.5), horizons=(10.0,))
    found = sample.simulated(np.random.default_rng(1))
    assert found.status.mean() == pytest.approx(0.5, abs=0.1)
    assert 0 < found.time[found.status == 1].min() < 1


def test_other_causes_come_by_their_marginal_incidence():
    sample = drawn(500, 3, kind="competing_risks")
    mean = sample.risk[:, 2].mean()
    calibrated = competing(  # risks that agree with the cohort's incidence on average
        sample.time, sample.status, sample.risk * (clocks(sample).event.at(np.array([60.0]))[0] / mean),
        horizons=sample.horizons,
    )  # fmt: skip
    expected = clocks(calibrated)

    def incidences(s):
        found = clocks(s)
        return found.event.at(np.array([60.0]))[0], found.other.at(np.array([60.0]))[0]

    found = repeatedly(calibrated, incidences).mean(axis=0)
    assert found[0] == pytest.approx(expected.event.at(np.array([60.0]))[0], abs=0.01)
    assert found[1] == pytest.approx(expected.other.at(np.array([60.0]))[0], abs=0.02)


def test_late_entry_stays_before_the_end_and_calibration_holds():
    full = drawn(600, 3)
    late = np.where(full.time > 10, 8.0, 0.0) * (np.arange(600) % 2)
    kept = np.flatnonzero(full.time > late)
    sample = survival(
        full.time[kept], full.status[kept], full.risk[kept], horizons=full.horizons, entry=late[kept],
    )  # fmt: skip
    found = sample.simulated(np.random.default_rng(1))
    assert (found.time > found.entry).all()
    slopes = repeatedly(sample, lambda s: CALIBRATION_SLOPE.compute(s, horizon=60.0))
    assert slopes.mean() == pytest.approx(1, abs=4 * slopes.std() / len(slopes) ** 0.5)


def test_a_view_of_one_horizon_can_be_simulated_and_weights_are_kept():
    sample = drawn(50, 3).reweight(np.arange(50) % 3.0)
    found = sample.at(30.0).simulated(np.random.default_rng(1))
    assert found.horizon == 30
    assert found.weights is sample.weights
