"""Outcomes that were not observed: weights, counts by prediction, and what other assumptions would give."""

import numpy as np
import pandas as pd
import pytest

import cds
from cds.assembly.missing_outcomes import missing_by_prediction, with_outcome
from cds.assembly.outcome_sensitivity import outcome_sensitivity
from cds.assembly.outcome_weights import observation_weights
from cds.assembly.study import sample_of
from cds.core.errors import DataError
from cds.core.outcome import Binary, Continuous, Nominal
from cds.core.prediction import ClassProbabilities, Risk, Value
from tests.assembly.made import cohort, expit, protocol


def weighted(**more):
    return protocol(
        outcome={"kind": "binary", "column": "y", "missing": "weight", **more}, predictions={"risk": "risk"}
    )


def dropping(n=4000, seed=7, *, on=1.5):
    """Calibrated risks; the sicker by ``score`` (which tells about the outcome beyond the risk) drop out."""
    rng = np.random.default_rng(seed)
    lp, score = rng.normal(-0.5, 1, n), rng.normal(size=n)
    risk = expit(lp)
    event = (rng.random(n) < expit(lp + score)).astype(float)
    gone = rng.random(n) < expit(-1 + on * score)
    frame = pd.DataFrame({"risk": risk, "score": score, "y": np.where(gone, np.nan, event)})
    return cohort(frame, outcome=Binary(frame.y.to_numpy()), predictions=Risk(risk)), event


def test_weights_bring_back_the_whole_cohort_s_number_and_exclusion_does_not():
    people, event = dropping()
    truth = event.mean() / people.predictions.values.mean()
    found = {}
    for asked in (weighted(observed_given=["score"]), weighted()):
        sample = sample_of(asked, *_kept(asked, people))
        found[asked.outcome.observed_given] = float(sample.weight @ sample.outcome / (sample.weight @ sample.risk))
    assert found[("score",)] == pytest.approx(truth, abs=0.05)
    assert found[()] < truth - 0.15


def _kept(asked, people):
    kept = with_outcome(asked, people, people.predictions)
    return kept.cohort, kept.prediction


# R 4.2.2: d <- data.frame(o = rep(c(1,1,1,0), 10), g = rep(c("a","b"), each = 20)); a: 16 of 20 observed, b: 12 of 20
def test_weights_by_hand_within_two_groups():
    group = np.repeat(["a", "b"], 20)
    event = np.where(np.arange(40) % 20 < np.repeat([16, 12], 20), np.tile([0.0, 1.0], 20), np.nan)
    people = cohort(
        pd.DataFrame({"y": event}), outcome=Binary(event), groups={"g": group}, predictions=Risk(np.full(40, 0.3))
    )
    found = observation_weights(weighted(), people, people.predictions)
    assert found.weights[0] / found.weights[-1] == pytest.approx((20 / 16) / (20 / 12))
    assert found.weights.mean() == pytest.approx(1)
    assert "taken as known" in found.notes[0]
    doubled = observation_weights(weighted(), cohort(
        pd.DataFrame({"y": event}), outcome=Binary(event), groups={"g": group}, weights=np.full(40, 2.0),
    ), people.predictions)  # fmt: skip
    assert doubled.weights == pytest.approx(2 * found.weights)


def test_a_level_nobody_of_which_was_observed_is_refused_and_a_small_one_not_quoted():
    people, _ = dropping(400)
    observed = people.outcome.observed
    for size, told in ((30, "nobody in 'x' of 'g'"), (5, "nobody in one of its levels of 'g'")):
        group = np.where(np.cumsum(~observed) <= size, np.where(observed, "y", "x"), "y")
        with pytest.raises(DataError, match=told):
            observation_weights(weighted(), cohort(
                people.features, outcome=people.outcome, groups={"g": group}), people.predictions)  # fmt: skip


def test_separated_gaps_are_penalised_and_extreme_weights_told():
    people, _ = dropping(300)
    flag = np.where(people.outcome.observed, np.arange(300) % 2, 1)  # level 0: everybody was observed
    frame = people.features.assign(flag=flag)
    notes = observation_weights(
        weighted(observed_given=["flag"]), cohort(frame, outcome=people.outcome), people.predictions
    ).notes
    assert any("weakly penalised" in note for note in notes)
    extreme, _ = dropping(800, on=6)
    notes = observation_weights(weighted(observed_given=["score"]), extreme, extreme.predictions).notes
    assert any(note.startswith("Extreme weights") for note in notes)


def test_missing_outcomes_are_refused_unless_the_protocol_rules_otherwise():
    people, _ = dropping(50)
    with pytest.raises(DataError, match="the outcome is missing at row"):
        with_outcome(protocol(), people, people.predictions)


def test_the_run_weighs_counts_and_shows_other_assumptions():
    people, _ = dropping(600)
    run = cds.validate(None, people, weighted(observed_given=["score"]), jobs=1)
    tables = {t.name: t for t in run.record.tables}
    assert run.record.weighted and any("inverse of their chance" in n for n in run.record.notes)
    assert tables["missing_outcomes"].section == tables["missing_outcome_sensitivity"].section == "missing"


def test_fifths_count_every_patient_once():
    people, _ = dropping(503)
    rows = missing_by_prediction(people.predictions, people.outcome.observed, small=1).rows
    assert sum(int(r[1]) for r in rows) == 503
    assert sum(int(r[2]) for r in rows) == int((~people.outcome.observed).sum())


def test_few_missing_outcomes_in_a_fifth_are_not_printed_nor_worked_out():
    risk = np.arange(100) / 100
    gone = np.isin(np.arange(100), [*range(3), *range(20, 31), *range(40, 52)])  # 3, 11 and 12 of 20 in a fifth
    made = missing_by_prediction(Risk(risk), ~gone, small=5)
    # 3 alone could be worked out from the total of 26: the smallest other count that is not 0 goes with it.
    assert [row[2] for row in made.rows] == ["×", "×", "12", "0", "0"] and "not printed" in made.note
    assert "×" not in str(missing_by_prediction(Risk(risk), ~gone, small=1))


def sensitivity(asked, people):
    return outcome_sensitivity(asked, [(people, people.predictions)], sample_of)


def test_departures_move_observed_over_expected_by_hand():
    # Two observed (one event), two missing at risk .5; expected: 4 × .5.
    event = np.array([1.0, 0.0, np.nan, np.nan] * 5)
    people = cohort(pd.DataFrame({"y": event}), outcome=Binary(event), predictions=Risk(np.full(20, 0.5)))
    table = sensitivity(weighted(), people)
    place = table.header.index("Observed / expected events")
    shown = {row[0]: row[place] for row in table.rows}
    # (5 + 10·p)/10 with p = odds/(1 + odds)
    expected = {"excluded": "1.000", "δ = 1": "1.000", "δ = 3": "1.250", "δ = 1/3": "0.750"}
    assert {name: shown[name] for name in expected} == expected
    assert (shown["nobody had the event"], shown["everybody had the event"]) == ("0.500", "1.500")
    assert shown["weighted (primary)"] == "1.000"


def test_a_weight_that_cannot_be_estimated_is_a_row_with_its_reason():
    people, _ = dropping(200)
    group = np.where(people.outcome.observed, "y", "x")
    asked = protocol(outcome={"kind": "binary", "column": "y", "missing": "exclude"})
    lacking = cohort(people.features, outcome=people.outcome, groups={"g": group}, predictions=people.predictions)
    assert any(row[0].startswith("weighted: not estimable, nobody in") for row in sensitivity(asked, lacking).rows)


def test_a_continuous_outcome_is_shifted():
    value = np.array([1.0, 2, 3, 4, np.nan, np.nan])
    people = cohort(
        pd.DataFrame({"y": value}), outcome=Continuous(value, "points"), predictions=Value(np.arange(6) + 1.0)
    )
    asked = protocol(
        outcome={"kind": "continuous", "column": "y", "missing": "exclude"},
        criteria=[{"measure": "calibration_slope", "within": [0.5, 2]}], measures={"replicates": 0},
    )  # fmt: skip
    table = sensitivity(asked, people)
    mean = {row[0]: float(row[1].replace("−", "-")) for row in table.rows if row[0].startswith("as predicted")}
    shift = 0.5 * np.std([1, 2, 3, 4], ddof=1) * 2 / 6
    assert list(mean.values()) == pytest.approx([-shift, 0, shift], abs=1e-3)


def test_categories_have_no_departures_and_say_so():
    code = np.array([0, 1, 2, -1] * 10)
    p = np.tile([[0.5, 0.3, 0.2], [0.2, 0.5, 0.3], [0.2, 0.3, 0.5], [0.4, 0.3, 0.3]], (10, 1))
    names = ("a", "b", "c")
    people = cohort(pd.DataFrame({"y": code}), outcome=Nominal(code, names), predictions=ClassProbabilities(p, names))
    asked = protocol(
        outcome={"kind": "nominal", "column": "y", "categories": names, "missing": "exclude"},
        criteria=[{"measure": "brier", "at_most": 1}],
    )
    table = sensitivity(asked, people)
    assert [row[0] for row in table.rows] == ["excluded (primary)", "weighted"] and "not shown" in table.note
