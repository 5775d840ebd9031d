"""D-calibration: tenths by hand, SurvivalEVAL's statistic, uniform under calibration, reasons."""

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.survival.d_calibration import D_CALIBRATION, bin_shares, survival_by
from tests.survival.tied import reference_survival, repeated, survival

GRID = tuple(np.arange(50.0, 601, 50))


def gridded(**more):
    """The reference case with a constant hazard that gives its risk by 365 days, known at twelve horizons."""
    sample = reference_survival()
    risk = 1 - (1 - sample.risk[:, [2]]) ** (np.array(GRID) / 365)
    return survival(sample.time, sample.status, risk, horizons=GRID, **more)


def test_survival_between_horizons_has_a_linear_cumulative_hazard():
    sample = survival([1.0, 3.0, 4.0], [1, 1, 0], np.tile([0.36, 0.84], (3, 1)), horizons=(2.0, 4.0))
    assert survival_by(sample, sample.time) == pytest.approx([0.8, 0.32, 0.16])


def test_an_event_counts_in_its_tenth_and_a_censored_patient_below():
    # S = .64 at 2 for both: the event in the 7th tenth; the censored: 1/6.4 in each of six, .4/6.4 in the 7th
    sample = survival([2.0, 2.0], [1, 0], np.full((2, 1), 0.36), horizons=(2.0,))
    expected = np.r_[np.full(6, 1 / 6.4), 1 + 0.4 / 6.4, 0, 0, 0]
    assert bin_shares(sample) == pytest.approx(expected)


def test_the_statistic_and_p_value_are_those_of_survivaleval():
    # SurvivalEVAL 0.9.0: t = minimum(days, 600); e = event & (days <= 600); s = (1 - risk_365) ** (t / 365)
    # d_calibration(s, e): statistic, p-value
    assert D_CALIBRATION.compute(gridded()) == pytest.approx(92.23943929001332, rel=1e-10)
    assert D_CALIBRATION.details(gridded())["p_value"] == pytest.approx(5.77961232194466e-16, rel=1e-8)
    assert sum(D_CALIBRATION.details(gridded())["shares"]) == pytest.approx(1)


def test_under_calibration_the_p_values_are_even():
    sample, rng = gridded(), np.random.default_rng(1)
    found = [D_CALIBRATION.details(_plain(sample.simulated(rng)))["p_value"] for _ in range(200)]
    assert np.mean(np.array(found) < 0.1) < 0.17
    assert np.mean(found) > 0.4


def _plain(sample):
    return survival(sample.time, sample.status, sample.risk, horizons=sample.horizons)


def test_delayed_entry_conditions_on_it():
    sample = survival([2.0], [1], np.full((1, 1), 0.35), horizons=(2.0,), entry=np.array([1.0]))
    assert int(bin_shares(sample).argmax()) == 8  # .65/√.65 = .81


def test_weights_repeat_rows_and_have_no_p_value():
    counts = np.arange(500) % 3.0
    weighted, rows = gridded().reweight(counts), np.repeat(np.arange(500), counts.astype(int))
    assert D_CALIBRATION.compute(weighted) == pytest.approx(D_CALIBRATION.compute(repeated(gridded(), rows)), rel=1e-9)
    assert "p_value" not in D_CALIBRATION.details(weighted)


def test_few_horizons_and_few_patients_have_reasons():
    assert "10 horizons (there are 3)" in D_CALIBRATION.compute(reference_survival()).reason
    few = repeated(gridded(), np.arange(20))
    assert "fewer than 50 patients" in D_CALIBRATION.compute(few).reason
    assert D_CALIBRATION.details(few) == {}
    assert isinstance(D_CALIBRATION.compute(few), NotEstimable)


def test_certain_risks_give_a_number():
    sample = gridded()
    risk = sample.risk.copy()
    risk[:5], risk[5:10] = 0.0, 1.0
    assert isinstance(D_CALIBRATION.compute(survival(sample.time, sample.status, risk, horizons=GRID)), float)
