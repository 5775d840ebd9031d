import numpy as np
import pytest

from cds.demo import models
from cds.demo.simulation import DEVELOPMENT, EXTERNAL, OUTCOME, draw


@pytest.fixture(scope="module")
def cohorts():
    return draw(DEVELOPMENT), draw(EXTERNAL)


@pytest.mark.parametrize("name", models.MODELS)
def test_every_card_says_synthetic(name):
    card = models.card(models.MODELS[name])
    assert card.synthetic
    assert card.name == name
    for text in (card.intended_use, card.population, card.disclaimer):
        assert text.startswith("SYNTHETIC")


def test_the_models_take_every_input_of_the_card_once():
    assert sorted(models.inputs()) == sorted([*models.LEVELS, *models.NUMBERS])


@pytest.mark.parametrize("name", models.MODELS)
def test_training_twice_gives_the_same_risks_whatever_the_order_of_columns(name, cohorts):
    development, external = cohorts
    one, other = (models.train(models.MODELS[name], development) for _ in range(2))
    columns = models.inputs()
    np.testing.assert_array_equal(one.predict_proba(external[columns]), other.predict_proba(external[columns[::-1]]))


def test_the_logistic_comparator_has_no_penalty(cohorts):
    from sklearn.linear_model import LogisticRegression

    development, _ = cohorts
    fitted = models.train(models.COMPARATOR, development)
    assert isinstance(fitted.steps[-1][1], LogisticRegression)
    # without a penalty the score equation of the intercept holds: mean risk equals the outcome's frequency
    assert fitted.predict_proba(development[models.inputs()])[:, 1].mean() == pytest.approx(
        development[OUTCOME].mean(), abs=1e-4
    )


def test_the_background_is_a_hundred_women_with_their_outcomes(cohorts):
    development, _ = cohorts
    sample = models.background(development)
    assert sample.shape == (100, len(models.inputs()) + 1)
    assert OUTCOME in sample
