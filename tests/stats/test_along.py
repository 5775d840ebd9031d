"""Estimates of ordered groups as one long table: a row each, with what it was asked for, bounds, and few events."""

import numpy as np
import pytest

from cds.core.measure import Estimate, Interval, NotEstimable
from cds.core.study import Answer, Request, Subgroup
from cds.stats.along import NAMES, along_columns, label_along, too_few
from tests.studies import answered

STUDY = answered(groups={"season": np.repeat(["spring", "summer", "winter"], [120, 110, 10])}, thresholds=(0.3,))
PLACES = {"spring": 0.0, "summer": 1.0, "winter": 2.0}


def asked(measure, season="spring", **more):
    return STUDY.answers[Request(measure, Subgroup("season", season), **more)]


def made(result, **more):
    return Answer(Request("brier", Subgroup("season", "spring"), **more), result)


def test_each_answer_is_a_row_at_its_group_s_place():
    answers = [asked("auroc", season) for season in PLACES]
    columns = along_columns(STUDY, answers, PLACES)
    assert tuple(columns) == NAMES
    assert columns["measure"].tolist() == ["auroc"] * 3
    assert columns["window"].tolist() == list(PLACES)
    assert columns["at"].tolist() == [0, 1, 2]
    for k, answer in enumerate(answers):
        interval = answer.result.interval
        low, high = (interval.low, interval.high) if isinstance(interval, Interval) else (np.nan, np.nan)
        found = [columns[name][k] for name in ("estimate", "low", "high")]
        assert found == pytest.approx([answer.result.value, low, high], nan_ok=True)


def test_what_has_no_value_or_no_interval_is_not_a_number():
    columns = along_columns(
        STUDY, [made(NotEstimable("no events")), made(Estimate(0.2, NotEstimable("ask"), n=9, events=4))], PLACES
    )
    assert np.isnan(columns["estimate"]).tolist() == [True, False]
    assert np.isnan(columns["low"]).all() and np.isnan(columns["high"]).all()


def test_only_a_measure_that_is_wanted_at_a_value_has_an_ideal():
    columns = along_columns(STUDY, [asked("calibration_slope"), asked("auroc"), asked("brier")], PLACES)
    assert columns["ideal"].tolist() == pytest.approx([1, np.nan, np.nan], nan_ok=True)


def test_groups_below_the_minimum_of_events_are_marked():
    columns = along_columns(STUDY, [asked("auroc", season) for season in PLACES], PLACES)
    fewest = [min(a.result.events, a.result.n - a.result.events) for a in (asked("auroc", s) for s in PLACES)]
    assert columns["few"].tolist() == [n < 50 for n in fewest]
    assert columns["few"].tolist()[2]
    assert not too_few(STUDY, made(NotEstimable("no events")))


def test_a_label_holds_what_else_was_asked_for():
    brier = STUDY.measures["brier"].label
    assert label_along(STUDY, made(NotEstimable("no events"))) == brier
    told = label_along(STUDY, made(NotEstimable("no events"), horizon=90.0, threshold=0.3, category="sciatica"))
    assert told == f"{brier}, sciatica, by 90, at 0.3"


def test_the_label_may_be_given():
    columns = along_columns(STUDY, [asked("auroc")], PLACES, label=lambda answer: answer.request.measure.upper())
    assert columns["label"].tolist() == ["AUROC"]
