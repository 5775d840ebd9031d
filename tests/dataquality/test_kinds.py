"""Data checks of outcomes with several categories and of outcomes that are numbers: each runs, or says why not."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cds.core.cohort import Cohort
from cds.core.finding import Finding, Table
from cds.core.measure import NotEstimable
from cds.core.model_card import Feature, ModelCard
from cds.core.protocol import MeasuresSection, ValidationProtocol
from cds.core.sample_kinds import ContinuousSample, NominalSample, OrdinalSample
from cds.core.study import Study
from cds.core.verdict import accept_faults
from cds.dataquality.predictions import reversed_risks
from cds.dataquality.validator import CHECKS, validate

ROWS = 90
CLASSES = ("a", "b", "c")
SHARES = np.full((ROWS, 3), 0.2) + 0.4 * np.eye(3)[np.arange(ROWS) % 3]
GAPS = np.where(np.arange(ROWS) < 9, np.nan, 50.0)
GAPS[0:90:7] = 51.0


def study(sample, outcome, card_column="y", unit="") -> Study:
    card = ModelCard(
        name="m", version="1", outcome=sample.kind, outcome_column=card_column, unit=unit,
        categories=getattr(sample, "categories", ()),
        inputs=(Feature(name="age", label="Age", type="number", range=(18, 100)),),
    )  # fmt: skip
    cohort = Cohort(patients=np.arange(ROWS).astype(str), features=pd.DataFrame({"age": GAPS}))
    protocol = ValidationProtocol.model_validate(
        {
            "schema": "cds.protocol/1", "name": "p", "version": "1", "question": "q", "outcome": outcome,
            "criteria": [{"measure": "mae", "at_most": 1}], "accept": [{"code": "DQ007", "reason": "known"}],
        }
    )  # fmt: skip
    return Study(
        cohort=cohort, samples=(sample,), measures={}, settings=MeasuresSection(), card=card, protocol=protocol
    )


def nominal(code=None, probability=SHARES, made=NominalSample, **more) -> Study:
    sample = made(code=np.arange(ROWS) % 3 if code is None else code, probability=probability, categories=CLASSES)
    return study(sample, {"kind": sample.kind, "column": "y", "categories": list(CLASSES)}, **more)


def continuous(observed=None, predicted=None, **more) -> Study:
    x = np.linspace(0, 10, ROWS)
    sample = ContinuousSample(
        observed=x if observed is None else observed, predicted=x if predicted is None else predicted
    )
    return study(sample, {"kind": "continuous", "column": "y", "unit": "weeks"}, **more)


def found(made: Study, code: str) -> Finding:
    return next(o for o in validate(made) if isinstance(o, Finding) and o.code == code)


@pytest.mark.parametrize("made", [nominal(), nominal(made=OrdinalSample), continuous()], ids=lambda s: s.sample.kind)
def test_every_check_has_its_row(made):
    codes = [o.code for o in validate(made) if isinstance(o, Finding) and o.kind == "data_fault"]
    assert set(codes) == {check.code for check in CHECKS}
    assert [c for c in codes if found(made, c).severity == "blocking"] == []
    assert found(made, "DQ006").severity is None and found(made, "DQ007").severity is None
    assert not isinstance(found(made, "DQ007").result, NotEstimable)


def test_certainty_is_looked_for_in_probabilities_and_no_question_for_a_number():
    sure = SHARES.copy()
    sure[4] = [1, 0, 0]
    assert found(nominal(probability=sure), "DQ005").verdict_reason == (
        "Of 270 predicted probabilities, 2 are exactly 0 and 1 exactly 1."
    )
    assert isinstance(found(continuous(), "DQ005").result, NotEstimable)


def test_an_absent_category_is_a_warning_and_a_single_one_blocks():
    absent = found(nominal(code=np.arange(ROWS) % 2), "DQ006")
    assert absent.severity == "warning" and "No patient is of the category c" in absent.verdict_reason
    only = found(nominal(code=np.ones(ROWS, dtype=int)), "DQ006")
    assert only.severity == "blocking" and "Every patient is of the category b" in only.verdict_reason


def test_a_constant_outcome_blocks():
    constant = found(continuous(observed=np.full(ROWS, 3.0)), "DQ006")
    assert constant.severity == "blocking" and "Every observed value is the same" in constant.verdict_reason
    assert isinstance(found(continuous(observed=np.full(ROWS, 3.0)), "DQ007").result, NotEstimable)


def test_reversed_predictions_are_a_warning_that_can_be_accepted():
    made = continuous(predicted=np.linspace(10, 0, ROWS))
    fault = found(made, "DQ007")
    assert fault.severity == "warning" and "correlation -1.00" in fault.verdict_reason.replace("−", "-")
    assert accept_faults([fault], made.protocol)[0].accepted == "known"
    swapped = found(nominal(probability=SHARES[:, [1, 0, 2]]), "DQ007")
    assert swapped.severity == "warning" and "category a, b have" in swapped.verdict_reason


def test_noise_is_no_reversal():
    rng = np.random.default_rng(1)
    assert found(continuous(rng.normal(size=ROWS), rng.normal(size=ROWS)), "DQ007").severity is None
    few = replace(continuous(), samples=(ContinuousSample(observed=np.arange(5.0), predicted=np.arange(5.0)[::-1]),))
    assert isinstance(next(reversed_risks(few)).result, NotEstimable)


@pytest.mark.parametrize("made", [nominal, continuous])
def test_another_outcome_column_than_the_cards_blocks(made):
    assert found(made(), "DQ008").severity is None
    assert found(made(card_column="z"), "DQ008").severity == "blocking"


def test_missing_inputs_stand_by_category_or_by_third():
    tables = {
        kind.sample.kind: next(o for o in validate(kind) if isinstance(o, Table)) for kind in (nominal(), continuous())
    }
    assert tables["nominal"].header == ("Input", "Missing", "a", "b", "c")
    assert tables["continuous"].header == ("Input", "Missing", "Lowest third", "Middle third", "Highest third")
    assert tables["continuous"].rows[0][2] != "0.0%" and tables["continuous"].rows[0][3:] == ("0.0%", "0.0%")


def test_another_unit_than_the_cards_blocks():
    fault = found(continuous(unit="days"), "DQ008")
    assert fault.severity == "blocking" and "in weeks, the model predicts days" in fault.verdict_reason
    assert found(continuous(unit="Weeks"), "DQ008").severity is None
