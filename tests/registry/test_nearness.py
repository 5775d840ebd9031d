"""What the card holds of how near development patients are to the background."""

import numpy as np
import pandas as pd
import pytest

from cds.core.model_card import DevelopmentSummary, ModelCard
from cds.registry.development import with_nearness

CARD = {
    "schema": "cds.card/1", "name": "m", "version": "1", "outcome": "binary",
    "inputs": [{"name": "a", "type": "number"}, {"name": "b", "type": "number"}],
}  # fmt: skip


def card() -> ModelCard:
    return ModelCard.model_validate(CARD).model_copy(update={"development": DevelopmentSummary(rows=60)})


def test_percentiles_are_of_the_mean_distance_to_the_five_nearest_others() -> None:
    rng = np.random.default_rng(5)
    rows = pd.DataFrame(rng.uniform(size=(60, 2)), columns=["a", "b"])
    background = rows.iloc[:25].reset_index(drop=True)
    width = background.max() - background.min()
    means = []
    for k in range(60):
        apart = sorted((abs(rows.iloc[k] - background.iloc[j]) / width).mean() for j in range(25) if j != k)
        means.append(np.mean(apart[:5]))
    found = with_nearness(card(), background, rows).development.nearness
    assert found == pytest.approx(np.quantile(means, np.linspace(0, 1, 101)), abs=1e-12)


def test_few_complete_rows_say_nothing() -> None:
    rows = pd.DataFrame({"a": np.arange(60.0), "b": [np.nan] * 45 + [1.0] * 15})
    assert with_nearness(card(), rows.iloc[:30], rows).development.nearness == ()
