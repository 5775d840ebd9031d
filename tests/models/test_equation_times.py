"""What a parametric survival equation must say, and what is refused."""

from typing import Any

import pytest

from cds.core.errors import ArtifactError, CardError
from cds.core.model_card import ModelCard
from cds.models.equation import EquationModel
from cds.models.equation_reading import parse_equation
from cds.models.equation_times import Aft

TERMS = [{"input": "x", "coefficient": 1}]
CARD = {
    "name": "m",
    "version": "1",
    "outcome": "survival",
    "horizons": (1.0,),
    "time_unit": "years",
    "inputs": [{"name": "x", "type": "number"}],
}


def parsed(**given: Any) -> Any:
    return parse_equation({"schema": "cds.equation/1", "terms": TERMS} | given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"model": "aft", "distribution": "weibull"}, "give scale"),
        ({"model": "aft", "distribution": "exponential", "scale": 1}, "exponential has none"),
        ({"model": "aft", "distribution": "weibull", "scale": 0}, "scale: input should be greater than 0"),
        ({"model": "aft", "distribution": "weibull", "scale": 1, "shape": 2}, "weibull's shape is 1 / scale"),
        ({"model": "aft", "distribution": "generalized_gamma", "scale": 1}, "shape is the Q"),
        ({"model": "aft", "distribution": "gompertz", "scale": 1}, "distribution: input should be 'weibull'"),
        ({"model": "aft", "distribution": "weibull", "scale": "1"}, "scale: input should be a valid number"),
        ({"model": "aft", "distribution": "weibull", "scal": 1, "scale": 1}, "Did you mean 'scale'"),
        ({"model": "proportional_hazards", "distribution": "weibull"}, "give shape"),
        ({"model": "proportional_hazards", "distribution": "exponential", "shape": 1}, "exponential has none"),
        ({"model": "proportional_hazards", "distribution": "weibull", "shape": -1}, "must be positive"),
    ],
)
def test_each_distribution_has_its_own_parameters(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ArtifactError, match=message):
        parsed(**given)


def test_a_parametric_equation_needs_a_survival_card() -> None:
    equation = parsed(model="aft", distribution="exponential")
    with pytest.raises(CardError, match="aft equation needs a card with outcome survival, got competing_risks"):
        EquationModel(ModelCard.model_validate(CARD | {"outcome": "competing_risks"}), equation)


def test_a_location_is_turned_so_that_a_higher_linear_predictor_is_an_earlier_event() -> None:
    equation = parsed(model="aft", distribution="weibull", scale=0.5)
    assert isinstance(equation, Aft)
    assert equation.stretch == -2
    assert parsed(model="proportional_hazards", distribution="gompertz", shape=-0.1).stretch == 1
