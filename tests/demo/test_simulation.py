import dataclasses

import numpy as np
import pandas as pd
import pytest

from cds.core.model_card import level_key
from cds.demo import models, simulation
from cds.demo.simulation import DEVELOPMENT, EXTERNAL, OUTCOME, draw


@pytest.fixture(scope="module")
def development() -> pd.DataFrame:
    return draw(DEVELOPMENT)


@pytest.fixture(scope="module")
def external() -> pd.DataFrame:
    return draw(EXTERNAL)


@pytest.fixture(scope="module")
def many() -> pd.DataFrame:
    """Forty thousand development women, so that a bound tells the simulation from its noise."""
    women = {"site_1": 20_000, "site_2": 10_000, "site_3": 10_000}
    return draw(dataclasses.replace(DEVELOPMENT, women_by_site=women), seed=7)


def test_the_same_seed_draws_the_same_women(development):
    pd.testing.assert_frame_equal(development, draw(DEVELOPMENT))


def test_another_seed_draws_other_women(development):
    assert not development["bmi"].equals(draw(DEVELOPMENT, seed=1)["bmi"])


def test_the_cohorts_have_their_sizes_sites_and_no_woman_in_common(development, external):
    assert (len(development), len(external)) == (1200, 900)
    assert development["site"].nunique() + external["site"].nunique() == 5
    assert not set(development["patient"]) & set(external["patient"])
    assert pd.concat([development, external])["patient"].is_unique


@pytest.mark.parametrize(
    # the means of 100 draws, seeds 1000 to 1099
    ("plan", "share"),
    [(DEVELOPMENT, 0.271), (EXTERNAL, 0.282)],
    ids=["development", "external"],
)
def test_the_documented_share_has_the_outcome(plan, share):
    women = {site: 40 * number for site, number in plan.women_by_site.items()}
    many = draw(dataclasses.replace(plan, women_by_site=women), seed=7)
    assert many[OUTCOME].mean() == pytest.approx(share, abs=0.01)


@pytest.mark.parametrize(
    ("column", "low", "high"),
    [
        # the margin's mean ± 2 %: for the beta margins low + width·a/(a + b), for care hours shape·scale
        ("age", 30.4, 31.6),
        ("pain_at_birth", 4.13, 4.29),
        ("epds_total", 7.74, 8.05),
        ("tsk_11", 22.9, 23.9),
        ("social_support", 64.4, 67.0),
        ("care_hours", 4.70, 4.90),
        ("walking_speed", 1.16, 1.20),
        ("sleep_hours", 5.70, 5.90),
    ],
)
def test_margins_have_the_documented_means(many, column, low, high):
    assert low <= many[column].mean() <= high


def test_proportions_are_the_documented_ones(many):
    assert (many["earlier_pgp"] == "yes").mean() == pytest.approx(0.34, abs=0.01)
    assert many["mode_of_birth"].value_counts(normalize=True)["caesarean"] == pytest.approx(0.28, abs=0.01)
    assert (many["parity"] == 1).mean() == pytest.approx(0.44, abs=0.01)
    for column, probability in simulation.MISSING.items():
        assert many[column].isna().mean() == pytest.approx(probability, abs=0.005)


def test_correlations_have_the_documented_signs(many):
    numbers = many[[c for c in simulation.VARIABLES if pd.api.types.is_numeric_dtype(many[c])]]
    found = numbers.corr(method="spearman")
    for (one, other), value in simulation.CORRELATIONS.items():
        if one in found and other in found:
            # Spearman's ρ of a Gaussian copula is 6/π·asin(r/2); rounding to whole numbers takes a little off
            assert found.loc[one, other] == pytest.approx(6 / np.pi * np.arcsin(value / 2), abs=0.05)


def test_the_outcome_follows_its_equation(many):
    complete = many[many[list(simulation.MISSING)].notna().all(axis=1)]
    log_odds = simulation.log_odds(complete, complete["site"].to_numpy(), DEVELOPMENT)
    expected = 1 / (1 + np.exp(-log_odds))
    tenths = pd.qcut(expected, 10, labels=False)
    observed = complete[OUTCOME].groupby(tenths).mean()
    assert np.abs(observed - pd.Series(expected).groupby(tenths).mean().to_numpy()).max() < 0.03


def test_a_woman_countable_by_hand_has_her_log_odds():
    woman = pd.DataFrame(
        {
            "age": [31], "bmi": [26.0], "parity": [2], "earlier_pgp": ["yes"], "pain_at_birth": [4],
            "epds_total": [8], "tsk_11": [33.0], "sleep_hours": [5.0], "social_support": [66],
            "care_hours": [5.0], "walking_speed": [1.2], "mode_of_birth": ["vaginal"],
        }
    )  # fmt: skip
    # −1.95 + site 0 + 0.80 + 0.04·10 + 0.04·10 + 0.15 + 0.25·1
    assert simulation.log_odds(woman, np.array(["site_2"]), DEVELOPMENT) == pytest.approx([0.05])


def test_every_value_is_plausible_by_the_card(development, external):
    card = models.card(models.MAIN)
    for women in (development, external):
        for feature in card.inputs:
            values = women[feature.name].dropna()
            if feature.levels:
                assert set(values.map(level_key)) <= set(feature.levels)
            else:
                assert values.between(*feature.range).all(), feature.name
            assert not (feature.required and women[feature.name].isna().any())


def test_column_names_are_snake_case(external):
    assert all(name == name.lower() and name.isidentifier() for name in external.columns)
