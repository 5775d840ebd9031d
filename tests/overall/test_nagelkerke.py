"""Nagelkerke's R² of the predictions as given."""

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.overall.nagelkerke import nagelkerke_r2
from tests.samples import OUTCOME, RISK, small


def test_predicting_the_prevalence_explains_nothing():
    assert nagelkerke_r2(small([1, 0, 0, 0], np.full(4, 0.25))) == pytest.approx(0, abs=1e-12)


def test_four_patients_by_hand():
    likelihood, null = 2 * np.log(0.8) + 2 * np.log(0.7), 4 * np.log(0.5)
    wanted = (1 - np.exp((null - likelihood) / 2)) / (1 - np.exp(null / 2))
    assert nagelkerke_r2(small([1, 1, 0, 0], [0.8, 0.8, 0.3, 0.3])) == pytest.approx(wanted)


def test_it_is_that_of_rms():
    # R 4.2.2, rms 6.5.0 (p, y in tests/samples.py): val.prob(p, y, pl = FALSE)["R2"], negative here:
    # these risks are worse than the prevalence
    assert nagelkerke_r2(small()) == pytest.approx(-0.0166990756930, rel=1e-9)


def test_swapping_events_and_risks_changes_nothing():
    assert nagelkerke_r2(small(1 - OUTCOME, 1 - RISK)) == pytest.approx(nagelkerke_r2(small()))


def test_one_class_and_infinite_loss_have_reasons():
    assert nagelkerke_r2(small([0, 0], [0.2, 0.3])) == NotEstimable("only one outcome class")
    found = nagelkerke_r2(small([0, 1, 1], [0.2, 0.3, 0.0]))
    assert isinstance(found, NotEstimable) and "infinite log loss" in found.reason
