"""The calibration curve at a horizon: the columns that the figure draws, and the smoothed risk."""

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.core.study import Subgroup
from cds.stats.ends_of_risk import ENDS
from cds.survival.calibration_curve import calibration_curve
from cds.survival.competing_curves import calibration_curve as competing_curve
from cds.survival.smoothed_risk import smoothed
from tests.survival.tied import competing, reference_competing, reference_survival, survival


def test_it_runs_over_the_range_of_the_risks_and_names_its_horizon():
    sample = reference_survival()
    curve = calibration_curve(sample, 180.0, 0.95)
    assert list(curve.columns) == ["risk", "observed", "low", "high"]
    assert curve.columns["risk"][[0, -1]].tolist() == [sample.risk[:, 1].min(), sample.risk[:, 1].max()]
    assert curve.columns["observed"] == pytest.approx(smoothed(sample.at(180.0)).at(curve.columns["risk"]))
    assert (curve.columns["low"] < curve.columns["observed"]).all()
    assert (curve.columns["observed"] < curve.columns["high"]).all()
    expected = {
        "horizon": 180.0, "of": "180 days", "smoother": "cox_rcs3", "n": 500, "events": 198, "level": 0.95,
        "follow_up": "to_horizon",
    }  # fmt: skip
    assert curve.facts == {**expected, "events": int(sample.at(180.0).events)}


def test_risks_of_0_and_1_lie_outside_the_range():
    full = reference_survival()
    risk = full.risk.copy()
    risk[:2, :], risk[2:4, 2] = 0.0, 1.0
    sample = survival(full.time, full.status, risk, horizons=full.horizons)
    curve = calibration_curve(sample, 365.0, 0.95)
    assert 0 < curve.columns["risk"][0] < curve.columns["risk"][-1] < 1
    assert np.isfinite(curve.columns["observed"]).all()


def test_a_group_is_named_and_weighted_rows_have_no_band():
    group = Subgroup("sex", "female")
    curve = calibration_curve(reference_survival(weights=np.full(500, 0.5)), 90.0, 0.95, group)
    assert (curve.attribute, curve.group) == ("sex", "female")
    assert np.isnan(curve.columns["low"]).all()


def test_too_few_risks_have_a_reason():
    sample = survival([1.0, 2, 3], [1, 0, 1], [0.2, 0.4, 0.6], horizons=(2.0,))
    assert isinstance(calibration_curve(sample, 2.0, 0.95), NotEstimable)


@pytest.mark.parametrize("kind", ["survival", "competing"])
def test_a_grid_that_reaches_0_or_1_is_drawn_between_them_and_the_note_says_so(kind):
    full = reference_survival() if kind == "survival" else reference_competing()
    risk = full.risk.copy()
    risk[:2, :], risk[2:4, :] = 0.0, 1.0
    made, draw = (survival, calibration_curve) if kind == "survival" else (competing, competing_curve)
    sample = made(full.time, full.status, risk, horizons=full.horizons)
    curve = draw(sample, 365.0, 0.95, grid=np.linspace(0, 1, 11))
    assert curve.columns["risk"] == pytest.approx(np.arange(1, 10) / 10)
    assert all(np.isfinite(curve.columns[name]).all() for name in ("observed", "low", "high"))
    assert curve.note.endswith(f"; {ENDS}")
    assert ENDS in draw(sample, 365.0, 0.95).note  # over their own range too
    clipped = made(full.time, full.status, risk, horizons=full.horizons, clip=(0.001, 0.999))
    whole = draw(clipped, 365.0, 0.95, grid=np.linspace(0, 1, 11))
    assert len(whole.columns["risk"]) == 11 and np.isfinite(whole.columns["observed"]).all()
    assert ENDS not in whole.note and ENDS not in draw(full, 365.0, 0.95).note
