"""A cohort is what the protocol declares of a table, or an error that tells everything that is wrong."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cds.core.errors import DataError, InputError, ProtocolError
from cds.core.model_card import Feature, ModelCard
from cds.core.outcome import Binary
from cds.core.prediction import Risk
from cds.core.protocol import ValidationProtocol
from cds.tabular import Table, build_cohort, without_missing_outcomes

CARD = ModelCard(name="m", version="1", outcome="binary", inputs=(Feature(name="age", type="number"),))


def protocol(**changes: Any) -> ValidationProtocol:
    raw: dict[str, Any] = {
        "schema": "cds.protocol/1",
        "name": "p",
        "version": "1",
        "question": "q",
        "outcome": {"kind": "binary", "column": "outcome"},
        "criteria": [{"measure": "auroc", "at_least": 0.6}],
    }
    return ValidationProtocol.model_validate({**raw, **changes})


def table(**columns: list[Any]) -> Table:
    given: dict[str, list[Any]] = {
        "patient": ["p1", "p2", "p3"],
        "outcome": [0, 1, 1],
        "risk": [0.1, 0.6, 0.7],
        "age": [30.0, 40.0, 50.0],
        "sex": ["f", "m", "f"],
    }
    return Table(pd.DataFrame({**given, **columns}), "0" * 64, Path("t.csv"))


def refused(data: Table, rules: ValidationProtocol, card: ModelCard | None = None) -> str:
    with pytest.raises(InputError) as error:
        build_cohort(data, rules, card)
    return str(error.value)


def test_a_cohort_holds_everything_that_was_declared() -> None:
    rules = protocol(cohort={"groups": ["sex"], "weight": "age"}, predictions={"risk": "risk"})
    cohort = build_cohort(table(), rules)
    assert isinstance(cohort.outcome, Binary)
    assert isinstance(cohort.predictions, Risk)
    assert cohort.patients.tolist() == ["p1", "p2", "p3"]
    assert cohort.outcome.event.tolist() == [0, 1, 1]
    assert cohort.predictions.values.tolist() == [0.1, 0.6, 0.7]
    assert cohort.groups["sex"].tolist() == ["f", "m", "f"]
    assert cohort.weights is not None
    assert cohort.weights.tolist() == [30, 40, 50]
    assert [(step.step, step.rows) for step in cohort.flow] == [("rows read", 3)]
    assert (cohort.source, cohort.sha256) == ("t.csv", "0" * 64)


def test_unknown_columns_are_told_at_once_with_the_nearest() -> None:
    rules = protocol(outcome={"kind": "binary", "column": "outcom"}, cohort={"site": "sexx", "weight": "agee"})
    told = refused(table(), rules)
    assert "no column 'outcom', which the protocol names as outcome.column. Did you mean 'outcome'?" in told
    assert "no column 'sexx', which the protocol names as cohort.site. Did you mean 'sex'?" in told
    assert "no column 'agee', which the protocol names as cohort.weight. Did you mean 'age'?" in told


def test_an_attribute_that_the_data_lack_is_told_and_stops_nothing() -> None:
    """Refusing would leave every other question unanswered; what is asked across it is not assessable instead."""
    rules = protocol(
        cohort={"groups": ["sexx", "age"], "intersections": [["sexx", "age"]], "references": {"sexx": "f"}}
    )
    cohort = build_cohort(table(), rules)
    assert list(cohort.compared) == ["age"]
    told = "the data have no column 'sexx', which the protocol names as a group (did you mean 'sex'?)"
    assert cohort.absent == {"sexx": told, "sexx×age": told}


def test_all_faults_of_the_rows_are_told_at_once() -> None:
    rules = protocol(cohort={"weight": "age"}, predictions={"risk": "risk"})
    told = refused(table(patient=["p1", "p1", "p2"], outcome=[0, 1, None], age=[1, -1, 1], risk=[0.1, 1.2, 0.3]), rules)
    assert "must name each patient once" in told and 'visit = "…"' in told and "[landmark]" in told
    assert "'outcome' is missing in 1 of 3 rows, at row 2" in told
    assert "weight column 'age'" in told
    assert "must lie in [0, 1]" in told
    assert told.startswith("t.csv: ")


def test_an_empty_cohort_is_refused() -> None:
    with pytest.raises(DataError, match="no rows"):
        build_cohort(Table(table().frame.iloc[:0], "", Path("t.csv")), protocol())


def test_missing_outcomes_are_excluded_where_the_protocol_says_so_and_the_flow_tells() -> None:
    rules = protocol(outcome={"kind": "binary", "column": "outcome", "missing": "exclude"})
    data = table(outcome=[0, None, 1])
    cohort = build_cohort(data, rules)
    assert cohort.patients.tolist() == ["p1", "p3"]
    assert [(step.rows, step.removed) for step in cohort.flow] == [(3, 0), (2, 1)]
    kept = build_cohort(data, rules, keep_missing_outcomes=True)
    assert len(kept) == 3
    assert without_missing_outcomes(kept).flow == cohort.flow
    with pytest.raises(DataError, match="no row has an outcome"):
        build_cohort(table(outcome=[None, None, None]), rules)


def test_inputs_of_the_card_are_checked_with_the_rest() -> None:
    assert "no column 'age'" in refused(Table(table().frame.drop(columns="age"), "", Path("t.csv")), protocol(), CARD)
    assert "infinite value" in refused(table(age=[30, np.inf, 40]), protocol(), CARD)
    told = refused(table(age=[30, "forty", 40]), protocol(), CARD)
    assert "'age' is declared a number but holds text" in told
    assert "forty" not in told
    build_cohort(table(age=[30, "forty", 40]), protocol(), CARD, model_inputs=False)


def test_a_frozen_prediction_that_is_absent_suggests_the_nearest_column() -> None:
    assert "Did you mean 'risk'?" in refused(table(), protocol(predictions={"risk": "rsik"}))


def test_what_is_not_analysed_is_refused() -> None:
    with pytest.raises(ProtocolError, match=r"cohort\.visit"):
        build_cohort(table(), protocol(cohort={"visit": "sex"}))


def test_no_message_quotes_a_patient() -> None:
    """Every value of this table is a canary; none may appear in what is told about it."""
    data = table(
        patient=["CANARY-1", "CANARY-1", "CANARY-2"],
        outcome=["CANARY-3", "yes", "CANARY-4"],
        age=["CANARY-5", "41", "CANARY-6"],
        sex=["CANARY-7", "CANARY-8", "CANARY-9"],
        risk=["CANARY-10", 0.5, 0.6],
    )
    rules = protocol(
        outcome={"kind": "binary", "column": "outcome", "positive": "yes"},
        cohort={"groups": ["sex"], "references": {"sex": "f"}, "weight": "age"},
        predictions={"risk": "risk"},
    )
    for card in (None, CARD):
        told = refused(data, rules, card)
        assert len(told.splitlines()) >= 5
        assert "CANARY" not in told
