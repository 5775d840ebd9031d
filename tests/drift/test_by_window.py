"""Each window's numbers are those of its patients alone; small windows are hidden, windows with few events marked."""

import numpy as np
import pytest

from cds.core.measure import Estimate, NotEstimable
from cds.drift.by_window import answers_by_window, curve, findings, table
from cds.drift.windows import windows
from tests.drift.studies import dated


def made(study, length="quarter"):
    parts = windows(study.cohort.dates, length)
    return parts, answers_by_window(study, "seen", parts)


def test_a_windows_numbers_are_those_of_its_patients():
    study = dated(900)
    parts, answers = made(study)
    rows = next(w.rows for w in parts if w.label == "2024-Q3")
    for answer in answers:
        if answer.request.subgroup.level == "2024-Q3":
            alone = study.measures[answer.request.measure].compute(
                study.sample.where(rows), **answer.request.parameters
            )
            assert answer.result.value == alone


def test_findings_name_the_window_and_mark_few_events():
    study = dated(900)
    found = list(findings(study, made(study)[1]))
    assert {f.analysis for f in found} == {"by_window"}
    assert {f.attribute for f in found} == {"seen"}
    marked = [f for f in found if isinstance(f.result, Estimate) and "below_minimum_events" in f.result.details]
    assert marked and all(min(f.result.events, f.result.n - f.result.events) < 50 for f in marked)


def test_windows_below_the_smallest_cell_are_hidden():
    study = dated(60)
    parts, answers = made(study, "month")
    small = {w.label for w in parts if 0 < w.patients < 11}
    for answer in answers:
        if answer.request.subgroup.level in small:
            assert isinstance(answer.result, NotEstimable) and "fewer than 11" in answer.result.reason
    printed = table(study, parts, answers, note="")
    assert {row[1] for row in printed.rows if row[0].replace(" ", "-") in small} == {"under 11"}
    assert np.isnan(curve(study, parts, answers).columns["estimate"]).any()


def test_a_window_without_patients_says_so():
    study = dated(400)
    dates = study.cohort.dates.copy()
    dates[dates < np.datetime64("2024-07-01")] = np.datetime64("2024-07-01")
    object.__setattr__(study.cohort, "dates", np.r_[np.datetime64("2023-12-31"), dates[1:]])
    _, answers = made(study)
    empty = [a for a in answers if a.request.subgroup.level == "2024-Q1"]
    assert empty and all(a.result == NotEstimable("no patients in the window") for a in empty)


@pytest.mark.parametrize("kind", ["nominal", "continuous"])
def test_other_kinds_have_windows_too(kind):
    from cds.core.sample_kinds import ContinuousSample, NominalSample

    rng = np.random.default_rng(1)
    p = rng.dirichlet((2, 2, 2), 300)
    samples = {
        "nominal": NominalSample(
            code=(rng.random(300)[:, None] > p.cumsum(axis=1)[:, :2]).sum(axis=1),
            probability=p,
            categories=("a", "b", "c"),
        ),
        "continuous": ContinuousSample(observed=rng.normal(5, 2, 300), predicted=rng.normal(5, 1, 300)),
    }
    study = dated(300, sample=samples[kind])
    values = {a.request.measure: a.result for a in made(study, "year")[1]}
    assert {"nominal": "hand_till_m", "continuous": "mae"}[kind] in values
    assert all(isinstance(v, Estimate | NotEstimable) for v in values.values())
