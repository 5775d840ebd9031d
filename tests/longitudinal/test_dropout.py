"""Who is missing at which visit, and whether it depends on the prediction."""

from math import exp

import numpy as np
import pytest

from cds.core.attendance import Attendance
from cds.core.finding import Curve, Finding, Table
from cds.core.measure import Estimate, Interval, NotEstimable
from cds.longitudinal.dropout import (
    by_prediction,
    dropout,
    meaning,
    odds_ratio,
    odds_ratio_over_visits,
    seen_table,
    standing,
)
from tests.visits import WEEKS, attended


def drawn_attendance(patients, seed, per_sd):
    """Every patient has a row at three visits; the log odds of missing rise by ``per_sd`` with the prediction."""
    rng = np.random.default_rng(seed)
    z = rng.normal(0, 1, patients)
    tendency = rng.normal(0, 1, patients)  # patients who miss one visit miss others
    missing = rng.random((3, patients)) < 1 / (1 + np.exp(1 - per_sd * z - tendency))
    return Attendance(
        patient=np.tile(np.arange(patients), 3), visit=np.repeat(WEEKS, patients), predicted=np.tile(40 + 10 * z, 3),
        seen=~missing.ravel(), schedule=WEEKS,
    )  # fmt: skip


def test_due_seen_and_missing_are_counted_by_hand():
    table = seen_table(attended(), 1, "weeks")
    assert [row[:5] for row in table.rows] == [
        ("4 weeks", "14", "9", "5 (36 %)", "5"),
        ("12 weeks", "14", "10", "4 (29 %)", "4"),
        ("26 weeks", "14", "12", "2 (14 %)", "2"),
    ]
    assert "without a row at a visit is missing there" in table.note


def test_a_row_without_an_outcome_is_missing_but_has_a_row():
    seen = np.full(31, True)
    seen[[0, 1]] = False
    rows = seen_table(attended(seen=seen), 1).rows
    assert rows[0][2:5] == ("8", "6 (43 %)", "5") and rows[0][6] == "2.80"


def test_small_counts_are_not_printed():
    table = seen_table(attended(), 11)
    assert table.rows[0][2:5] == ("×", "×", "×") and "not printed" in table.note
    assert all("×" in cell for row in by_prediction(attended(), 11).rows for cell in row[1:])


def test_fifths_of_the_prediction_hold_everybody_who_was_due():
    # ten patients at one visit, the five with the highest predictions missing
    many = Attendance(
        patient=np.arange(10), visit=np.full(10, 4.0), predicted=np.arange(10.0), seen=np.arange(10) < 5,
        schedule=(4.0,),
    )  # fmt: skip
    assert [row[1] for row in by_prediction(many, 1).rows] == [
        "0 of 2 (0 %)", "0 of 2 (0 %)", "1 of 2 (50 %)", "2 of 2 (100 %)", "2 of 2 (100 %)",
    ]  # fmt: skip


def test_a_patient_without_a_row_stands_where_the_nearest_earlier_prediction_put_them():
    given = Attendance(
        patient=np.array([0, 0, 1, 2, 2]), visit=np.array([4.0, 12, 4, 4, 12]),
        predicted=np.array([1.0, 10, 2, 3, 30]), seen=np.full(5, True), schedule=(4.0, 12.0),
    )  # fmt: skip
    assert standing(given)[:, 0].tolist() == [-1, 0, 1]
    assert standing(given)[1, 1] == 0
    later = Attendance(
        patient=np.array([0, 1, 1, 2, 2]), visit=np.array([12.0, 4, 12, 4, 12]),
        predicted=np.array([1.0, 10, 2, 30, 3]), seen=np.full(5, True), schedule=(4.0, 12.0),
    )  # fmt: skip
    assert standing(later)[0].tolist() == [-1, -1]


def test_odds_ratios_at_a_visit_are_those_of_glm():
    # R 4.2.2 (see tests/visits.py), z the standing, again with sd 1: g has a row per patient 0 to 13 and week, m is 1
    #   where the pair is absent; z[, k] <- (q - mean(q)) / sd(q) of the predictions of week k, gaps filled from the
    #   column before, else from the one after; g$z <- c(scale(z))
    #   f <- glm(m ~ z, binomial, g[g$v == 4, ], control = glm.control(epsilon = 1e-14)); exp(coef(f)); confint.default
    wanted = {
        4.0: (1.5970828639079, 0.60264672592808, 0.49017778698533, 5.2035684641592),
        12.0: (1.3881047557776, 0.62367358711016, 0.40883712193002, 4.7129644292484),
        26.0: (0.71168239619486, 0.82951857169703, 0.14002279266368, 3.6172099086054),
    }
    for visit, (value, se, low, high) in wanted.items():
        found = odds_ratio(attended(), visit, 0.95)
        assert isinstance(found, Estimate) and isinstance(found.interval, Interval)
        assert found.value == pytest.approx(value, rel=1e-8)
        assert found.interval.scale_se == pytest.approx(se, rel=1e-8)
        assert (found.interval.low, found.interval.high) == pytest.approx((low, high), rel=1e-8)


def test_the_odds_ratio_over_visits_is_clustered_as_in_sandwich():
    # R 4.2.2, sandwich 3.0.2: f <- glm(m ~ z + factor(v), binomial, g); exp(coef(f)["z"])
    #   sqrt(vcovCL(f, g$i, type = "HC0", cadjust = TRUE)["z", "z"])
    found = odds_ratio_over_visits(attended(), 0.95)
    assert isinstance(found, Estimate) and isinstance(found.interval, Interval)
    assert found.value == pytest.approx(1.2665319948098, rel=1e-8)
    assert found.interval.scale_se == pytest.approx(0.28304314104888, rel=1e-8)
    assert (found.n, found.events, found.interval.details["patients"]) == (42, 11, 14)
    # qt(.975, 13) is 2.16036865646279
    assert found.interval.high == pytest.approx(1.2665319948098 * exp(2.16036865646279 * 0.28304314104888), rel=1e-8)


def test_neither_the_unit_nor_the_order_of_rows_changes_the_odds_ratio():
    one = odds_ratio_over_visits(attended(), 0.95)
    order = np.random.default_rng(1).permutation(31)
    base = attended()
    other = odds_ratio_over_visits(
        Attendance(
            patient=base.patient[order], visit=base.visit[order], predicted=100 - 0 + 10 * base.predicted[order],
            seen=base.seen[order], schedule=WEEKS,
        ),
        0.95,
    )  # fmt: skip
    assert isinstance(one, Estimate) and isinstance(other, Estimate)
    assert other.value == pytest.approx(one.value, rel=1e-9)
    assert other.se == pytest.approx(one.se, rel=1e-9)


def test_missing_that_depends_on_the_prediction_is_found_and_said():
    found = odds_ratio_over_visits(drawn_attendance(1500, seed=3, per_sd=0.8), 0.95)
    assert isinstance(found, Estimate) and isinstance(found.interval, Interval)
    # the odds ratio over patients of different tendencies lies below exp(.8), nearer 1
    assert found.interval.low > 1.6 and found.interval.high < exp(0.8) * 1.1
    assert "higher predictions are missing more often" in meaning(found)


def test_the_clustered_interval_covers_one_where_nothing_depends():
    hits = 0
    for seed in range(200):
        found = odds_ratio_over_visits(drawn_attendance(150, seed=seed, per_sd=0.0), 0.95)
        assert isinstance(found, Estimate) and isinstance(found.interval, Interval)
        hits += found.interval.low <= 1 <= found.interval.high
    assert 0.90 <= hits / 200 <= 0.99


def test_no_dependence_seen_is_not_told_as_none():
    assert "which does not mean that it does not" in meaning(odds_ratio_over_visits(attended(), 0.95))


def test_where_nobody_or_everybody_is_missing_there_is_a_reason():
    here = attended(schedule=(*WEEKS, 52.0))
    assert odds_ratio(here, 52.0, 0.95) == NotEstimable("everybody is missing at visit 52")
    assert isinstance(odds_ratio_over_visits(here, 0.95), Estimate)
    full = Attendance(
        patient=np.array([0, 1, 0, 1]), visit=np.array([4.0, 4, 12, 12]), predicted=np.arange(4.0),
        seen=np.full(4, True), schedule=(4.0, 12.0),
    )  # fmt: skip
    assert odds_ratio_over_visits(full, 0.95) == NotEstimable("nobody is missing at any visit")
    assert meaning(odds_ratio_over_visits(full, 0.95)).startswith("No odds ratio over all visits: nobody is missing")


def test_constant_predictions_and_one_patient_have_a_reason():
    same = attended(predicted=np.full(31, 2.0))
    assert "is the same" in odds_ratio(same, 4.0, 0.95).reason
    assert "is the same" in odds_ratio_over_visits(same, 0.95).reason
    one = Attendance(
        patient=np.array([0, 0]), visit=np.array([4.0, 12]), predicted=np.array([1.0, 2]),
        seen=np.array([True, False]), schedule=(4.0, 12.0),
    )  # fmt: skip
    assert isinstance(odds_ratio_over_visits(one, 0.95), NotEstimable)
    assert all(item is not None for item in dropout(one, level=0.95, small=1))


def test_everything_is_handed_over_as_tables_a_curve_and_findings():
    told = list(dropout(attended(), level=0.95, small=1, time_unit="weeks"))
    tables = [item for item in told if isinstance(item, Table)]
    assert [table.name for table in tables] == ["dropout", "dropout_by_prediction", "dropout_odds"]
    assert tables[2].rows[-1] == ("all visits, by patient", "1.27 (0.69 to 2.33)")
    (curve,) = [item for item in told if isinstance(item, Curve)]
    assert curve.columns["visit"].tolist() == list(WEEKS)
    findings = [item for item in told if isinstance(item, Finding)]
    assert [f.horizon for f in findings] == [None, *WEEKS]
    assert all(f.measure == "missing_odds_ratio" and f.analysis == "dropout" for f in findings)
