"""An input that all but determines the outcome is found with what to ask; chance and strong predictors are not."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cds.core.cohort import Cohort
from cds.core.measure import NotEstimable
from cds.core.model_card import Feature, ModelCard
from cds.core.outcome import Binary, CompetingRisks, Continuous, Nominal, Ordinal, Repeated, Survival
from cds.core.protocol import MeasuresSection
from cds.core.sample_binary import BinarySample
from cds.core.study import Study
from cds.dataquality.leakage import leakage
from tests.dataquality.planted import card, faults, rows, study, told

TEN = (
    *(Feature(name=f"x{k}", label=f"Input {k}", type="number") for k in range(8)),
    Feature(name="c0", label="Level 0", type="category"),
    Feature(name="c1", label="Level 1", type="category"),
)


def of_outcome(outcome, *, n=400, inputs=TEN, horizons=(), patients=None, **columns):
    """A study of an outcome of any kind, whose predictions nothing looks at."""
    sample = BinarySample(outcome=np.arange(n) % 2.0, risk=np.full(n, 0.5))
    patients = np.arange(n).astype(str) if patients is None else patients
    return Study(
        cohort=Cohort(patients=patients, features=pd.DataFrame(columns), outcome=outcome),
        samples=(sample,), measures={}, settings=MeasuresSection(horizons=horizons),
        card=ModelCard(name="m", version="1", outcome="binary", inputs=inputs),
    )  # fmt: skip


def number(name="x0", label="Days off work"):
    return (Feature(name=name, label=label, type="number"),)


def test_nothing_is_raised_on_clean_rows() -> None:
    [row] = leakage(study(rows()))
    assert row.severity is None and row.details == {"inputs": 8}


def test_a_number_recorded_from_the_outcome_blocks_and_asks_when_it_was_recorded() -> None:
    frame = rows()
    frame["disability"] = (30 + 40 * frame["y"] + np.random.default_rng(1).normal(0, 5, 400)).round()
    [fault] = faults(leakage(study(frame)))
    assert (fault.code, fault.severity, fault.parameters) == ("DQ019", "blocking", {"input": "disability"})
    events = int(frame["y"].sum())
    assert str(fault.verdict_reason).startswith("Disability all but determines the outcome (AUROC by itself 1")
    assert str(fault.verdict_reason).endswith(
        f"400 patients, {events} with it). Was it recorded after, or from, the outcome? Take what was known at the "
        "time of prediction, or leave the input out and develop the model again."
    )


def test_it_is_found_whichever_way_it_runs_and_as_a_category() -> None:
    frame = rows()
    frame["waist"] = 100 - 20 * frame["y"] + np.random.default_rng(2).normal(0, 3, 400)
    assert "Waist all but determines the outcome" in told(leakage(study(frame)))
    frame = rows()
    frame["work"] = np.where(frame["y"] == 1, "sick leave", "at work")
    assert "Work all but determines the outcome (AUROC by itself 1;" in told(leakage(study(frame)))


def test_that_an_input_is_missing_may_give_the_outcome_away() -> None:
    frame = rows()
    frame["intensity"] = frame["intensity"].where(frame["y"] == 1)
    sentence = told(leakage(study(frame)))
    assert sentence.startswith("Whether Intensity is missing all but determines the outcome (AUROC by itself 1;")


def test_a_question_not_asked_is_not_missing() -> None:
    frame = rows()
    frame["lbp"] = np.where(frame["y"] == 1, "yes", "no")
    frame["intensity"] = frame["intensity"].where(frame["y"] == 1)
    asked = card(intensity={"asked_if": {"column": "lbp", "value": "yes"}})
    assert not faults(leakage(study(frame, asked)))


def test_a_level_of_whom_all_have_the_outcome_blocks_and_one_of_whom_none_has_is_a_warning() -> None:
    frame = rows()
    ill = frame.index[frame["y"] == 1][:60]
    frame["work"] = frame["work"].mask(frame.index.isin(ill), "referred")
    [fault] = faults(leakage(study(frame)))
    elsewhere = frame.loc[~frame.index.isin(ill), "y"].mean()
    assert fault.severity == "blocking" and str(fault.verdict_reason).startswith(
        "Work: 99 % or more of the 60 patients with 'referred' have the outcome, of the others "
        f"{elsewhere:.0%}. Was it recorded after, or from, the outcome?"
    )
    frame = rows()
    frame["y"] = (np.random.default_rng(3).random(400) < 0.3).astype(int)
    well = frame.index[frame["y"] == 0][:80]
    frame["work"] = frame["work"].mask(frame.index.isin(well), "never")
    [fault] = faults(leakage(study(frame)))
    assert fault.severity == "warning" and "80 patients with 'never' do not have the outcome" in str(
        fault.verdict_reason
    )


def test_levels_of_few_patients_and_rare_outcomes_are_no_leak() -> None:
    frame = rows()
    frame["y"] = (np.arange(400) < 20).astype(int)
    frame["work"] = np.where(np.arange(400) % 4 == 0, "a", "b")  # 5 % have the outcome: a level without it is likely
    frame.loc[:9, "work"] = "c"
    assert not faults(leakage(study(frame)))


def test_counts_below_the_small_cell_limit_are_not_printed() -> None:
    frame = rows().iloc[:60].reset_index(drop=True)
    frame["y"] = (np.arange(60) < 8).astype(int)
    frame["age"] = 80.0 - np.arange(60)
    assert "60 patients, fewer than 11 with it" in told(leakage(study(frame)))


X = np.random.default_rng(5).normal(size=400)
NOISY = X + np.random.default_rng(6).normal(0, 0.05, 400)


@pytest.mark.parametrize(
    ("outcome", "horizons", "said"),
    [
        (Continuous(X, "points"), (), "R² by itself 0.99"),
        (Continuous(np.exp(3 * X), "points"), (), "R² by itself"),
        (Ordinal(np.digitize(X, [-1, 0, 1]), ("a", "b", "c", "d")), (), "concordance by itself"),
        (Nominal(np.digitize(X, [-1, 1]), ("a", "b", "c")), (), "determines the outcome (category a) (AUROC"),
        (Survival(np.exp(-X), np.ones(400, int), "days"), (0.5, 1.0), "the outcome (by 1 days) (AUROC by itself"),
        (
            CompetingRisks(np.exp(-X), 1 + (np.arange(400) % 10 == 0), "days"), (1.0,), "outcome (by 1 days) (AUROC",
        ),
        (Repeated(Continuous(X, "points"), np.repeat([1.0, 2.0], 200)), (), "determines the outcome (at 2) (R²"),
    ],
)  # fmt: skip
def test_every_kind_of_outcome_is_looked_at(outcome, horizons, said) -> None:
    made = of_outcome(outcome, inputs=number(), horizons=horizons, x0=NOISY)
    assert f"{said}" in told(leakage(made))
    assert not faults(leakage(of_outcome(outcome, inputs=number(), horizons=horizons, x0=np.roll(NOISY, 37))))


def test_a_baseline_that_explains_much_of_a_number_is_no_leak() -> None:
    made = of_outcome(Continuous(X + np.random.default_rng(7).normal(0, 0.4, 400), ""), inputs=number(), x0=X)
    assert not faults(leakage(made))


def test_several_rows_of_a_patient_count_once() -> None:
    event = np.tile(np.r_[np.ones(4), np.zeros(46)], 8)
    patients = np.tile(np.arange(50), 8).astype(str)
    made = of_outcome(Binary(event), inputs=number(), patients=patients, x0=event)
    assert not faults(leakage(made))  # four patients with the outcome, however many rows they have


def test_without_a_card_or_an_outcome_it_says_why_it_did_not_run() -> None:
    [row] = leakage(replace(study(rows()), card=None))
    assert isinstance(row.result, NotEstimable)
    made = of_outcome(Binary(np.arange(400) % 2.0), x0=X)
    other = replace(made, cohort=replace(made.cohort, outcome=None), samples=(BinarySample(outcome=[1], risk=[0.5]),))
    [row] = leakage(other)
    assert isinstance(row.result, NotEstimable) and "not those of the data" in row.result.reason


def test_clean_small_cohorts_raise_it_in_fewer_than_2_percent() -> None:
    # 400 cohorts of 60 patients, 10 inputs, some of them good predictors, a tenth of values missing.
    rng = np.random.default_rng(20261120)
    raised = 0
    for _ in range(400):
        x = rng.normal(size=(60, 8))
        levels = {f"c{k}": rng.choice(["a", "b", "c"], 60) for k in range(2)}
        chance = 1 / (1 + np.exp(1 - 1.2 * x[:, 0] - 0.6 * x[:, 1]))
        event = (rng.random(60) < chance).astype(float)
        x[rng.random(x.shape) < 0.1] = np.nan
        columns = {f"x{k}": x[:, k] for k in range(8)} | levels
        raised += bool(faults(leakage(of_outcome(Binary(event), n=60, **columns))))
    assert raised <= 8
