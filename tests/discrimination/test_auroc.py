"""The area under the ROC curve, exactly, with DeLong's interval."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.core.measure import Interval, NotEstimable
from cds.discrimination.auroc import auroc, delong_interval
from tests.samples import OUTCOME, RISK, small


def test_countable_by_hand():
    # Pairs of an event (.8, .4) with a non-event (.4, .1): won, won, tied, won.
    assert auroc(small([1, 1, 0, 0], [0.8, 0.4, 0.4, 0.1])) == 3.5 / 4


def test_it_is_that_of_proc_with_its_delong_error():
    # R 4.2.2, pROC 1.18.0 (p, y in tests/samples.py): r <- roc(y, p, direction = "<", levels = c(0, 1));
    # ci.auc(r); s <- sqrt(var(r, method = "delong")); a <- as.numeric(r$auc);
    # plogis(qlogis(a) + c(-1, 1) * qnorm(.975) * s / (a * (1 - a)))
    value = auroc(small())
    assert value == pytest.approx(0.68881118881119, rel=1e-13)
    found = delong_interval(small(), 0.68881118881119, 0.95)
    assert isinstance(found, Interval)
    assert found.se == pytest.approx(0.11367670074831, rel=1e-11)
    assert (found.low, found.high) == pytest.approx((0.43908829832192, 0.86223727691340), rel=1e-11)
    plain = (found.details["low_wald"], found.details["high_wald"])
    assert plain == pytest.approx((0.46600894946316, 0.91161342815922), rel=1e-11)
    assert found.method == "delong, logit scale"


@given(st.lists(st.tuples(st.integers(0, 8), st.booleans()), min_size=2, max_size=40))
def test_it_is_the_share_of_pairs_won_ties_half(rows):
    risk, outcome = np.array([r / 8 for r, _ in rows]), np.array([float(y) for _, y in rows])
    value = auroc(small(outcome, risk))
    if outcome.min() == outcome.max():
        assert value == NotEstimable("only one outcome class")
        return
    apart = risk[outcome == 1][:, None] - risk[outcome == 0][None, :]
    assert value == pytest.approx(((apart > 0) + 0.5 * (apart == 0)).mean())


def test_monotone_transforms_leave_it_alone():
    assert auroc(small(OUTCOME, RISK**3)) == pytest.approx(auroc(small()))
    one, other = (delong_interval(small(OUTCOME, risk), 0.68881118881119, 0.95) for risk in (RISK, RISK**3))
    assert isinstance(one, Interval) and isinstance(other, Interval)
    assert one.se == pytest.approx(other.se)


def test_reversed_risks_are_not_turned_round():
    assert auroc(small(OUTCOME, 1 - RISK)) == pytest.approx(1 - 0.68881118881119)


def test_risks_that_differ_in_the_last_bit_are_no_tie():
    assert auroc(small([1, 0], [np.nextafter(0.5, 1), 0.5])) == 1.0


def test_one_in_five_patients_has_no_interval():
    sample = small([0, 0, 0, 1, 1], [0.1, 0.2, 0.3, 0.6, 0.7])
    assert auroc(sample) == 1
    found = delong_interval(sample, 1.0, 0.95)
    assert isinstance(found, NotEstimable) and "edge of its range" in found.reason


def test_one_event_has_no_interval():
    found = delong_interval(small([1, 0, 0], [0.5, 0.6, 0.4]), 0.5, 0.95)
    assert found == NotEstimable("fewer than two patients in an outcome class")
