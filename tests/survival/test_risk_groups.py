"""Observed against predicted risk by groups: R's Kaplan–Meier with its log-log bounds, and groups by hand."""

import numpy as np
import pytest

from cds.survival.competing_curves import risk_groups as competing_groups
from cds.survival.risk_groups import risk_groups, tenths
from tests.survival.tied import competing, reference_survival, survival


def test_a_tenth_is_that_of_r():
    # R 4.2.2, survival 3.5.3: p <- risk_180; g <- findInterval(p, quantile(p, 1:9 / 10), left.open = TRUE)
    # m <- summary(survfit(Surv(days, event) ~ 1, data = s[g == 7, ], conf.type = "log-log"), times = 180)
    # c(mean(p[g == 7]), 1 - c(m$surv, m$upper, m$lower), sum(g == 7))
    curve = tenths(reference_survival(), 180.0, 0.95)
    found = [curve.columns[name][7] for name in ("mean_risk", "observed", "low", "high", "n")]
    assert found == pytest.approx([0.4072999, 0.576262395118, 0.441897241859, 0.71751898885, 50], rel=1e-9)
    assert curve.facts["horizon"] == 180
    assert curve.name == "calibration_tenths"


def test_tenths_hold_everyone_and_ties_stay_together():
    assert tenths(reference_survival(), 90.0, 0.95).columns["n"].sum() == 500
    tied = survival(np.arange(1.0, 41), np.ones(40), np.repeat([0.2, 0.6], 20), horizons=(20.0,))
    curve = tenths(tied, 20.0, 0.95)
    assert curve.columns["n"].tolist() == [20, 20]
    assert curve.columns["observed"] == pytest.approx([1, 0])
    assert np.isnan(curve.columns["low"]).all()


def test_a_tenth_whose_follow_up_ends_early_is_left_out_and_named():
    sample = survival(
        np.r_[np.full(10, 2.0), np.full(10, 9.0)], np.zeros(20), np.repeat([0.2, 0.6], 10), horizons=(5.0,)
    )
    curve = tenths(sample, 5.0, 0.95)
    assert curve.columns["n"].tolist() == [10]
    assert "1 left out" in curve.note


def test_fifths_over_time_stand_beside_the_mean_predictions():
    sample = reference_survival()
    curve = risk_groups(sample, 0.95)
    assert list(curve.columns) == ["group", "time", "observed", "low", "high"]
    assert sorted(set(curve.columns["group"])) == [1, 2, 3, 4, 5]
    predicted = curve.facts["predicted"]
    assert len(predicted) == 15
    assert sorted({point["horizon"] for point in predicted}) == [90, 180, 365]
    ends = [curve.columns["observed"][curve.columns["group"] == k][-1] for k in range(1, 6)]
    assert ends == sorted(ends)
    means = [point["mean_risk"] for point in predicted if point["horizon"] == 365]
    assert np.mean(means) == pytest.approx(sample.risk[:, 2].mean(), rel=1e-9)


def test_weights_repeat_rows():
    counts = np.arange(500) % 3.0
    rows = np.repeat(np.arange(500), counts.astype(int))
    full = reference_survival()
    doubled = survival(full.time[rows], full.status[rows], full.risk[rows], horizons=full.horizons)
    weighted, plain = tenths(full.reweight(counts), 90.0, 0.95), tenths(doubled, 90.0, 0.95)
    for name in ("mean_risk", "observed", "n"):
        assert weighted.columns[name] == pytest.approx(plain.columns[name], rel=1e-9)


@pytest.mark.parametrize("kind", ["survival", "competing"])
def test_a_line_ends_before_everyone_at_risk_has_had_an_event_while_others_enter_later(kind):
    entry, time = np.r_[0.0, np.full(9, 3), np.zeros(10)], np.r_[2.0, np.full(9, 9.0), np.arange(1.0, 11)]
    status, risk = np.r_[np.ones(10), np.arange(10) % 2], np.repeat([0.2, 0.6], 10)
    made, draw = (survival, risk_groups) if kind == "survival" else (competing, competing_groups)
    curve = draw(made(time, status, risk, horizons=(9.0,), entry=entry), 0.95)
    early, whole = (curve.columns["group"] == k for k in sorted(set(curve.columns["group"])))
    assert curve.columns["time"][early].max() < 2 and curve.columns["time"][whole].max() == 9
    assert (curve.columns["observed"][early] == 0).all()
    assert curve.note.endswith("1 line ends early, where everyone then at risk had had an event while others entered "
                               "only later")  # fmt: skip


def test_without_delayed_entry_a_line_goes_on_to_its_last_event():
    sample = survival(np.arange(1.0, 41), np.ones(40), np.repeat([0.2, 0.6], 20), horizons=(40.0,))
    curve = risk_groups(sample, 0.95)
    assert "early" not in curve.note
    assert curve.columns["observed"][curve.columns["group"] == 1][-1] == 1
