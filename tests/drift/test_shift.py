"""Shift of inputs and predictions: differences countable by hand, reasons where there is nothing to compare with."""

import numpy as np
import pytest

from cds.core.model_card import DevelopmentSummary, Feature, InputSummary, ModelCard
from cds.drift.shift import input_shift, psi, psi_by_chance, score_shift, smd
from cds.drift.windows import windows
from tests.drift.studies import dated

CARD = ModelCard(
    name="m", version="1", outcome="binary",
    inputs=(
        Feature(name="age", label="Age", type="number"),
        Feature(name="sex", type="category", levels={"f": "f", "m": "m"}),
    ),
    development=DevelopmentSummary(
        rows=1000, events=300, outcome_mean=0.3,
        inputs={
            "age": InputSummary(n=1000, missing=0, mean=50.0, sd=10.0, q05=33.6, median=50.0, q95=66.4),
            "sex": InputSummary(n=1000, missing=0, counts={"f": 900, "m": 100}),
        },
    ),
)  # fmt: skip


def with_card(study, card):
    object.__setattr__(study, "card", card)
    return study, windows(study.cohort.dates, "year")


def test_the_index_is_the_sum_by_hand():
    # R 4.2.2: q <- c(50, 30, 20)/100; p <- rep(1/3, 3); sum((q - p)*log(q/p))
    assert psi(np.array([50.0, 30, 20]), np.array([40.0, 40, 40])) == pytest.approx(0.13919961837542, rel=1e-12)
    assert psi(np.array([5.0, 5]), np.array([50.0, 50])) == 0


def test_an_empty_bin_gets_a_half_on_both_sides():
    assert psi(np.array([10.0, 0]), np.array([5.0, 5])) == pytest.approx(
        psi(np.array([10.5, 0.5]), np.array([5.5, 5.5]))
    )


def test_by_chance_the_index_is_about_what_is_printed_beside_it():
    rng, p = np.random.default_rng(1), np.full(10, 0.1)
    found = [psi(rng.multinomial(300, p).astype(float), rng.multinomial(500, p).astype(float)) for _ in range(400)]
    assert np.mean(found) == pytest.approx(psi_by_chance(10, 300, 500), rel=0.1)


def test_a_standardised_difference_without_spread_does_not_exist():
    assert smd(1.0, 0.0, 2.0, 0.0) is None
    assert smd(3.0, 2.0, 2.0, 2.0) == 0.5


def test_inputs_are_compared_with_the_development_data_by_window():
    study, parts = with_card(dated(1200), CARD)
    (table,) = input_shift(study, parts)
    assert table.header == ("input", "measured by", "everyone", "2024", "2025")
    rows = {(row[0], row[1]): row[2:] for row in table.rows}
    _, first, second = rows["Age", "SMD"]
    assert float(first) == pytest.approx(0, abs=0.15) and float(second.rstrip(" *")) == pytest.approx(0.5, abs=0.15)
    assert second.endswith("*")
    assert all(cell.endswith("*") for cell in rows["sex", "PSI"])  # half of them are men, a tenth were
    assert ("Age", "missing, change in share") not in rows  # none were missing, and none are


def test_values_that_went_missing_are_listed():
    study, parts = with_card(dated(1200), CARD)
    study.cohort.features.loc[parts[1].rows, "age"] = np.nan
    (table,) = input_shift(study, parts)
    rows = {(row[0], row[1]): row[2:] for row in table.rows}
    assert rows["Age", "missing, change in share"][1:] == ("0.00", "1.00 *")
    assert rows["Age", "SMD"][2] == "–"


@pytest.mark.parametrize(
    ("card", "told"),
    [
        (None, "predictions came with the data"),
        (ModelCard(name="m", version="1", outcome="binary"), "no summary of its development data"),
    ],
)
def test_without_a_summary_there_is_a_row_with_the_reason(card, told):
    study, parts = with_card(dated(100), card)
    (table,) = input_shift(study, parts)
    assert len(table.rows) == 1 and told in table.rows[0][0]


def test_predictions_are_compared_with_the_first_window():
    study, parts = with_card(dated(1200), CARD)
    (table,) = score_shift(study, parts)
    assert table.rows[0][4] == "reference"
    assert float(table.rows[1][4]) < 0.1  # nothing happened to the predictions
    assert float(table.rows[1][3]) > float(table.rows[0][3]) + 0.1  # but to the outcomes
    assert "0.300" in table.note


def test_small_windows_are_not_shown():
    study, _ = with_card(dated(60), CARD)
    (table,) = score_shift(study, windows(study.cohort.dates, "month"))
    hidden = [row for row in table.rows if row[1] == "under 11"]
    assert hidden and all(set(row[2:]) == {"–"} for row in hidden)
