"""Patients to judge on are never those of the update, however they are told apart."""

import numpy as np
import pandas as pd
import pytest

from cds.core.cohort import Cohort
from cds.core.errors import DataError, InputError
from cds.core.model_card import Feature, ModelCard
from cds.core.outcome import Binary
from cds.core.protocol import ValidationProtocol
from cds.updating.apart import divided, refuse_overlap

CARD = ModelCard(name="made-up", version="1", outcome="binary", inputs=(Feature(name="age", type="number"),))


def protocol(patient: str | None = "id") -> ValidationProtocol:
    return ValidationProtocol.model_validate(
        {
            "schema": "cds.protocol/1", "name": "p", "version": "1", "question": "q",
            "outcome": {"kind": "binary", "column": "y"}, "cohort": {"patient": patient} if patient else {},
            "criteria": [{"measure": "auroc", "at_least": 0.6}],
        }
    )  # fmt: skip


def cohort(names, ages=None, outcome=None) -> Cohort:
    n = len(names)
    ages = np.arange(n) + 0.5 if ages is None else ages
    outcome = np.arange(n) % 3 == 0 if outcome is None else outcome
    return Cohort(
        patients=np.array(names, dtype=np.str_),
        features=pd.DataFrame({"age": ages}),
        outcome=Binary(np.asarray(outcome, float)),
        sha256="x",
    )


def test_a_shared_identifier_is_refused_with_the_count() -> None:
    with pytest.raises(DataError, match="2 patients to judge on share their identifier"):
        refuse_overlap(cohort(["a", "b", "c"]), cohort(["b", "c", "d"]), protocol(), CARD)


def test_other_identifiers_pass_and_it_is_said_how() -> None:
    assert "no patient identifier (id)" in refuse_overlap(cohort(["a"]), cohort(["b"]), protocol(), CARD)


def test_without_identifiers_an_identical_row_is_refused() -> None:
    one, other = cohort(["0", "1"], [31.0, 40.0], [0, 1]), cohort(["0", "1"], [40.0, 55.0], [1, 0])
    with pytest.raises(DataError, match="1 patient to judge on equal, in every input and the outcome"):
        refuse_overlap(one, other, protocol(None), CARD)


def test_without_identifiers_another_outcome_is_another_patient() -> None:
    one, other = cohort(["0", "1"], [31.0, 40.0], [0, 1]), cohort(["0", "1"], [40.0, 55.0], [0, 0])
    assert "no row is identical" in refuse_overlap(one, other, protocol(None), CARD)


def test_rows_too_alike_to_tell_ask_for_identifiers() -> None:
    names = [str(k) for k in range(40)]
    one, other = cohort(names, [30.0, 40.0] * 20), cohort(names, [30.0, 40.0] * 20)
    with pytest.raises(DataError, match="cannot be told") as refused:
        refuse_overlap(one, other, protocol(None), CARD)
    assert "cohort.patient" in str(refused.value)


def test_a_split_keeps_patients_whole_and_the_share_of_events() -> None:
    names = np.repeat([f"p{k}" for k in range(300)], 2)
    outcome = np.repeat(np.arange(300) % 5 == 0, 2)
    update, judge = divided(cohort(names, outcome=outcome), 0.5, seed=3)
    assert len(update) + len(judge) == 600
    assert not set(update.patients) & set(judge.patients)
    assert update.outcome.event.mean() == judge.outcome.event.mean() == 0.2
    assert judge.flow[-1].removed == len(update)


def test_the_seed_draws_the_same_patients_in_whatever_order_they_come() -> None:
    names = [f"p{k}" for k in range(60)]
    turned = np.arange(60)[::-1]
    whole = cohort(names)
    drawn = [set(divided(c, 0.4, seed=3)[0].patients) for c in (whole, whole.take(turned))]
    assert drawn[0] == drawn[1]
    assert drawn[0] != set(divided(whole, 0.4, seed=4)[0].patients)


def test_a_split_that_leaves_nobody_is_refused() -> None:
    with pytest.raises(InputError, match="between 0 and 1"):
        divided(cohort(["a", "b"]), 1.5, seed=1)
    with pytest.raises(DataError, match="one side without patients"):
        divided(cohort(["a", "b"]), 0.01, seed=1)
