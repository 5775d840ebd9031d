"""What happens to 1,000 patients by a horizon: counts that add up, and agree with net benefit."""

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.survival import competing_net_benefit as of_one_cause
from cds.survival.net_benefit import net_benefit, net_benefit_treat_all
from cds.survival.per_thousand import HEADER, per_thousand
from cds.utility.per_thousand import per_thousand as without_time
from tests.samples import OUTCOME, RISK, small
from tests.survival.tied import competing, drawn, reference_survival, survival

KINDS = {
    "survival": (net_benefit, net_benefit_treat_all),
    "competing_risks": (of_one_cause.net_benefit, of_one_cause.net_benefit_treat_all),
}


def table(*samples, horizons=None, thresholds=(0.2, 0.4)):
    model, treat_all = KINDS[samples[0].kind]
    asked = samples[0].horizons if horizons is None else horizons
    return per_thousand(samples, asked, thresholds, model=model, treat_all=treat_all)


def numbers(row):
    return np.array([float(cell) for cell in row[2:]])


@pytest.mark.parametrize("made", [survival, competing])
def test_without_censoring_it_is_the_table_of_a_binary_outcome(made):
    # every patient is followed to 10: events came at 3, and nobody was lost
    time = np.where(OUTCOME == 1, 3.0, 10.0)
    timed = table(made(time, OUTCOME == 1, RISK, horizons=(5.0,)), thresholds=(0.2, 0.5))
    plain = without_time(small(), (0.2, 0.5))
    assert [row[1:] for row in timed.rows] == list(plain.rows)
    assert timed.header[1:] == plain.header


def test_ten_patients_by_hand():
    # Followed to 9 except one censored at 1 among the five flagged. Kaplan–Meier at 5 of the flagged: events at 2, 3
    # of four, so 1/2; of everybody: nine after the censoring, events at 2, 3, 4, so 6/9.
    time = [1.0, 2, 3, 9, 9, 4, 9, 9, 9, 9]
    event = [0, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    (row,) = table(survival(time, event, [0.6] * 5 + [0.1] * 5, horizons=(5.0,)), thresholds=(0.5,)).rows
    # found 5/10·1/2; missed 3/9 less that; net benefit .25 − .25; of all 1/3 − 2/3
    assert row == ("5", "0.5", "250", "83", "250", "417", "0", "-333", "0")


@pytest.mark.parametrize("kind", KINDS)
def test_the_four_counts_add_up_to_a_thousand(kind):
    for row in table(drawn(300, 8, kind=kind), thresholds=(0.1, 0.3, 0.6)).rows:
        assert numbers(row)[:4].min() >= 0
        assert numbers(row)[:4].sum() == pytest.approx(1000, abs=2)  # each is rounded


@pytest.mark.parametrize("kind", KINDS)
def test_net_benefit_is_that_of_the_measure_and_of_the_counts(kind):
    sample = drawn(300, 9, kind=kind)
    model, treat_all = KINDS[kind]
    for row in table(sample).rows:
        horizon, threshold = float(row[0]), float(row[1])
        found, missed, wrong, _, benefit, everyone, nobody = numbers(row)
        odds = threshold / (1 - threshold)
        assert benefit == pytest.approx(1000 * model(sample, horizon, threshold), abs=0.5)
        assert benefit == pytest.approx(found - odds * wrong, abs=1.5)
        assert everyone == pytest.approx(1000 * treat_all(sample, horizon, threshold), abs=0.5)
        assert everyone == pytest.approx((found + missed) - odds * (1000 - found - missed), abs=2)
        assert nobody == 0


def test_every_horizon_has_a_row_per_threshold_and_the_note_names_the_curve():
    found = table(reference_survival())
    assert found.header == HEADER
    assert [row[:2] for row in found.rows] == [(h, t) for h in ("90", "180", "365") for t in ("0.2", "0.4")]
    assert (found.name, found.family) == ("per_thousand", "utility")
    assert "(Kaplan–Meier)" in found.note
    assert "(Aalen–Johansen)" in table(competing()).note


def test_imputations_are_averaged():
    one, other = drawn(200, 10), drawn(200, 11)
    first, second, both = (table(*samples) for samples in ((one,), (other,), (one, other)))
    for a, b, mean in zip(first.rows, second.rows, both.rows, strict=True):
        assert numbers(mean) == pytest.approx((numbers(a) + numbers(b)) / 2, abs=1)


def test_weights_of_two_are_doubled_rows_and_change_no_share():
    sample = drawn(100, 12)
    assert table(sample.reweight(np.full(100, 2.0))).rows == table(sample).rows


def test_where_no_follow_up_reaches_the_horizon_there_is_no_number():
    late = survival([1.0, 2, 3], [1, 0, 0], [0.2, 0.4, 0.6], horizons=(2.0, 5.0))
    assert isinstance(net_benefit(late, 5.0, 0.3), NotEstimable)
    reached, not_reached = table(late, thresholds=(0.3,)).rows
    assert "–" not in reached
    assert not_reached == ("5", "0.3", *["–"] * 7)


def test_nobody_flagged_is_nobody_found():
    (row,) = table(reference_survival(), horizons=(90.0,), thresholds=(0.99,)).rows
    found, missed, wrong, left, benefit, *_ = numbers(row)
    assert (found, wrong, benefit) == (0, 0, 0)
    assert missed + left == pytest.approx(1000, abs=1)
