"""Inputs and predictions that run the wrong way are named with the likely cause; noise and other outcomes are not."""

from dataclasses import replace

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.core.model_card import Feature
from cds.core.outcome import Binary, CompetingRisks, Continuous, Nominal, Ordinal, Survival
from cds.core.protocol import MeasuresSection
from cds.core.sample_binary import BinarySample
from cds.core.sample_kinds import ContinuousSample, NominalSample
from cds.core.sample_times import SurvivalSample
from cds.dataquality.backwards import backwards
from cds.dataquality.direction import direction
from tests.dataquality.planted import card, faults, rows, study, told
from tests.dataquality.test_leakage import of_outcome

RNG = np.random.default_rng(8)
Z = RNG.normal(size=400)
EVENT = (RNG.random(400) < 1 / (1 + np.exp(-Z))).astype(float)
RISK = 1 / (1 + np.exp(-Z))


def signed(sign=1, **more):
    return (Feature(name="x0", label="Pain", type="number", expected_sign=sign, **more),)


def two(x0, x1, *, risk=RISK, event=EVENT, signs=(1, 1)):
    """A study of two inputs that declare their sign."""
    inputs = (*signed(signs[0]), Feature(name="x1", label="Fear", type="integer", expected_sign=signs[1]))
    made = of_outcome(Binary(event), inputs=inputs, x0=x0, x1=x1)
    return replace(made, samples=(BinarySample(outcome=event, risk=risk),))


def test_nothing_is_raised_where_no_sign_is_declared_or_all_are_right() -> None:
    [row] = direction(study(rows()))
    assert row.severity is None and row.details == {"signs_compared": 0}
    [row] = direction(two(Z, -Z, signs=(1, -1)))
    assert row.severity is None and row.details == {"signs_compared": 2}


def test_a_reversed_scale_is_a_warning_that_says_what_was_expected() -> None:
    [fault] = faults(direction(two(-Z, Z)))
    assert (fault.code, fault.severity, fault.parameters) == ("DQ021", "warning", {"input": "x0"})
    assert str(fault.verdict_reason).startswith(
        "Pain: the card expects the outcome to rise with it (expected_sign = 1), here it falls (rank correlation "
        f"−{abs(fault.details['z']) / np.sqrt(399):.2f}, z −{abs(fault.details['z']):.1f}; other inputs not taken into "
    )
    assert "Is the scale or the coding turned round, or does another input explain it?" in str(fault.verdict_reason)


def test_a_reversed_outcome_is_one_fault_that_blocks() -> None:
    [fault] = faults(direction(two(Z, Z + RNG.normal(size=400), event=1 - EVENT)))
    sentence = str(fault.verdict_reason)
    assert fault.severity == "blocking"
    assert sentence.startswith("Predictions run against the outcome: the AUROC is 0.")
    assert sentence.endswith(
        "Pain, Fear run the other way than the card expects, too: the outcome is coded the other way round "
        "(outcome.positive, or its scale)?"
    )
    assert fault.details["inputs_against"] == ["x0", "x1"] and fault.details["upper_bounds"][0] < 0.5


def test_a_reversed_prediction_is_told_from_a_reversed_outcome_by_the_inputs() -> None:
    [fault] = faults(direction(two(Z, Z, risk=1 - RISK)))
    assert str(fault.verdict_reason).endswith(
        "Pain, Fear run as the card expects: it is the prediction that is turned round (the chance of no event, or "
        "another column)?"
    )
    assert "survival probabilities" not in str(fault.verdict_reason)
    [fault] = faults(direction(replace(two(Z, Z, risk=1 - RISK), card=None)))
    assert "Is outcome.positive, the outcome's scale or the prediction the other way round?" in str(
        fault.verdict_reason
    )


def test_a_perfect_reversal_without_variance_is_found_too() -> None:
    event = np.repeat([0.0, 1.0], 200)
    [fault] = faults(direction(two(Z, Z, event=event, risk=np.linspace(0.9, 0.1, 400))))
    assert fault.severity == "blocking" and fault.details["values"] == [0.0]


def test_noise_and_few_events_show_no_direction() -> None:
    assert not faults(direction(two(RNG.normal(size=400), RNG.normal(size=400), risk=RNG.random(400))))
    few = np.r_[np.ones(9), np.zeros(391)]
    made = two(np.linspace(1, 0, 400), Z, event=few, risk=np.linspace(0, 1, 400))
    assert not faults(direction(made))


TIME = np.exp(-Z)
ORDERED = np.digitize(Z, [-1, 0, 1])


@pytest.mark.parametrize(
    "outcome",
    [
        Continuous(Z, "points"),
        Ordinal(ORDERED, ("a", "b", "c", "d")),
        Survival(TIME, np.ones(400, int), "days"),
        CompetingRisks(TIME, 1 + (np.arange(400) % 5 == 0), "days"),
    ],
    ids=lambda o: o.kind,
)
def test_every_outcome_with_a_direction_is_looked_at(outcome) -> None:
    x = Z + RNG.normal(size=400)
    found = faults(direction(of_outcome(outcome, inputs=signed(-1), horizons=(1.0,), x0=x)))
    [fault] = [one for one in found if one.severity == "warning"]
    assert "Pain: the card expects the outcome to fall with it" in str(fault.verdict_reason)
    assert not faults(direction(of_outcome(outcome, inputs=signed(1), horizons=(1.0,), x0=x)))


def test_the_score_test_of_times_ignores_what_comes_after_censoring() -> None:
    outcome = Survival(np.minimum(TIME, 1), (TIME <= 1).astype(int), "days")
    made = of_outcome(outcome, inputs=signed(-1), horizons=(1.0,), x0=Z)
    [fault] = [one for one in faults(direction(made)) if one.severity == "warning"]
    assert "(z 1" in str(fault.verdict_reason) or "(z 2" in str(fault.verdict_reason)


def test_categories_without_order_have_no_sign_and_say_so() -> None:
    sample = NominalSample(code=ORDERED, probability=np.full((400, 4), 0.25), categories=("a", "b", "c", "d"))
    made = of_outcome(Nominal(ORDERED, sample.categories), inputs=signed(-1), x0=Z)
    [row] = direction(replace(made, samples=(sample,)))
    assert row.severity is None and row.details == {"signs_compared": 0}


def test_swapped_columns_of_categories_block_and_are_named() -> None:
    codes = np.arange(400) % 3
    probability = np.full((400, 3), 0.2) + 0.4 * np.eye(3)[codes] + RNG.normal(0, 0.02, (400, 3))
    probability /= probability.sum(axis=1, keepdims=True)
    sample = NominalSample(code=codes, probability=probability[:, [1, 0, 2]], categories=("a", "b", "c"))
    made = of_outcome(Nominal(codes, sample.categories), inputs=(), x0=Z)
    sentence = told(direction(replace(made, samples=(sample,))))
    assert "AUROC (category a) is" in sentence and "AUROC (category b) is" in sentence and "category c" not in sentence


def test_numbers_and_times_that_run_backwards_block() -> None:
    made = of_outcome(Continuous(Z, "points"), inputs=(), x0=Z)
    sample = ContinuousSample(observed=Z, predicted=-Z + RNG.normal(size=400))
    assert "rank correlation of predicted and observed values is −0." in told(
        direction(replace(made, samples=(sample,)))
    )
    times = SurvivalSample(time=TIME, status=np.ones(400, int), risk=(1 - RISK)[:, None], horizons=(1.0,))
    settings = MeasuresSection(horizons=(1.0,))
    made = of_outcome(Survival(TIME, np.ones(400, int), ""), inputs=(), horizons=(1.0,), x0=Z)
    sentence = told(direction(replace(made, samples=(times,), settings=settings)))
    assert "the AUROC (by 1) is 0." in sentence
    assert sentence.endswith(
        "They may be survival probabilities, where risks are needed: if so, give 1 − survival at "
        "each horizon as the risk."
    )


def test_categories_written_as_numbers_and_yes_no_are_read() -> None:
    inputs = (
        Feature(name="x0", label="Grade", type="category", levels={"1": "low", "2": "high"}, expected_sign=-1),
        Feature(name="x1", label="Smoker", type="boolean", expected_sign=-1),
        Feature(name="x2", label="Work", type="category", levels={"a": "light", "b": "heavy"}, expected_sign=-1),
    )
    high = Z + RNG.normal(size=400) > 0
    columns = {"x0": 1 + high, "x1": np.where(high, "yes", "no"), "x2": np.where(high, "b", "a")}
    found = faults(direction(of_outcome(Binary(EVENT), inputs=inputs, **columns)))
    assert [one.parameters["input"] for one in found if one.severity == "warning"] == ["x0", "x1"]


def test_codes_for_missing_have_no_direction() -> None:
    made = rows()
    made["age"] = np.where(made["y"] == 1, -9.0, made["age"])
    coded = card(age={"expected_sign": 1, "missing_codes": [-9]})
    assert not faults(direction(study(made, coded)))


def test_an_outcome_without_direction_and_a_card_without_signs_is_not_run() -> None:
    made = of_outcome(Nominal(np.zeros(400, int), ("a", "b")), inputs=(), x0=Z)
    other = replace(made, cohort=replace(made.cohort, outcome=None), samples=(BinarySample(outcome=[1], risk=[0.5]),))
    assert not backwards(other)
    [row] = direction(other)
    assert row.severity is None and not isinstance(row.result, NotEstimable)


def test_clean_small_cohorts_raise_it_in_fewer_than_2_percent() -> None:
    # 1,000 cohorts of 60 patients with 10 inputs that have no association whatever, and a model without any either:
    # the hardest that a clean cohort can be.
    rng = np.random.default_rng(20261121)
    inputs = tuple(Feature(name=f"x{k}", type="number", expected_sign=1) for k in range(10))
    raised = 0
    for _ in range(1000):
        event = (rng.random(60) < 0.4).astype(float)
        made = of_outcome(Binary(event), n=60, inputs=inputs, **{f"x{k}": rng.normal(size=60) for k in range(10)})
        made = replace(made, samples=(BinarySample(outcome=event, risk=rng.random(60)),))
        raised += bool(faults(direction(made)))
    assert raised <= 20
