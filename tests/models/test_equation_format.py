"""What an equation file may say: everything else is refused, with the place and the nearest known word."""

from typing import Any

import pytest

from cds.core.errors import ArtifactError
from cds.models.equation_reading import parse_equation

GOOD: dict[str, Any] = {
    "schema": "cds.equation/1",
    "model": "logistic",
    "terms": [{"input": "age", "coefficient": 0.1}],
}


def with_term(**term: Any) -> dict[str, Any]:
    return GOOD | {"terms": [term]}


@pytest.mark.parametrize("attack", ["0.1 * age", "__import__('os').system('true')", "0.1", True])
def test_an_expression_in_place_of_a_number_is_refused(attack: object) -> None:
    with pytest.raises(ArtifactError, match=r"terms\[0\]\.coefficient: input should be a valid number"):
        parse_equation(with_term(input="age", coefficient=attack))


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (GOOD | {"intercpt": 1}, r"intercpt: unknown key 'intercpt'. Did you mean 'intercept'\?"),
        (with_term(input="age", coeficient=1), r"unknown key 'coeficient'. Did you mean 'coefficient'\?"),
        (
            with_term(product=[{"input": "age", "centr": 1}, {"input": "age"}], coefficient=1),
            r"terms\[0\]\.product\[0\]\.centr: unknown key 'centr'. Did you mean 'centre'\?",
        ),
        (GOOD | {"model": "logistics"}, r"unknown model 'logistics'. Did you mean 'logistic'\?"),
        ({k: v for k, v in GOOD.items() if k != "model"}, "model is missing: logistic, cox"),
        ({k: v for k, v in GOOD.items() if k != "schema"}, "schema: field required"),
        (GOOD | {"terms": []}, "give at least one term"),
        (GOOD | {"intercept": float("inf")}, "intercept: input should be a finite number"),
        (with_term(coefficient=1), "give either input or product"),
        (with_term(input="age"), "term on 'age': give one of coefficient, levels and coefficients"),
        (with_term(input="age", coefficient=1, levels={"1": 1}), "give one of coefficient, levels"),
        (with_term(input="age", coefficient=1, power=1, log=True), "give one of power, log and a comparison"),
        (with_term(input="age", coefficient=1, times_log=True), "times_log goes with power"),
        (with_term(input="age", coefficient=1, divide=0), "divide and scale must not be 0"),
        (with_term(input="age", coefficient=1, minimum=3, maximum=3), "minimum must be less than maximum"),
        (with_term(input="age", knots=[0, 1, 9]), "give one of coefficient"),
        (with_term(input="age", knots=[0, 1, 9], coefficients=[1]), "3 knots take 2 coefficients"),
        (with_term(input="age", knots=[0, 9, 1], coefficients=[1, 1]), "three increasing numbers"),
        (with_term(input="age", levels={"1": 1}, centre=1), "take no transform beside them"),
        (with_term(product=[{"input": "age"}], coefficient=1), "at least two factors"),
    ],
)
def test_a_fault_is_named_with_its_place(document: dict[str, Any], message: str) -> None:
    with pytest.raises(ArtifactError, match=message):
        parse_equation(document)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"model": "cox"}, "baseline: field required"),
        (
            {"model": "cox", "baseline": {"horizons": [1, 5], "survival": [0.8, 0.9]}},
            "survival must lie in \\(0, 1\\] and never rise.*of a risk or cumulative incidence F give 1 − F",
        ),
        ({"model": "cox", "baseline": {"horizons": [5, 1], "survival": [0.9, 0.8]}}, "horizons must be"),
        ({"model": "cox", "baseline": {"horizons": [5], "survival": [0.9, 0.8]}}, "one survival per horizon"),
        ({"model": "ordered_probit", "thresholds": [1, 0]}, "thresholds must increase"),
        ({"model": "linear", "interval": {"level": 1.5, "t": 2, "residual_variance": 1}}, "less than 1"),
        ({"model": "score", "groups": [{"name": "a", "when": [{"score": "total"}]}]}, "a condition needs"),
        (
            {"model": "score", "groups": [{"name": "a", "when": [{"score": "total", "above": 1}]}]},
            "the last group, and no other",
        ),
        (
            {
                "model": "score",
                "groups": [{"name": "a", "when": [{"score": "sum", "above": 1}]}, {"name": "b"}],
            },
            "group on score 'sum': known are total",
        ),
        ({"model": "score", "subscores": {"s": ["weight"]}}, "subscore 's' names \\['weight'\\]"),
    ],
)
def test_each_kind_checks_what_it_needs(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ArtifactError, match=message):
        parse_equation(GOOD | given)


def test_every_fault_of_a_file_is_listed() -> None:
    with pytest.raises(ArtifactError) as caught:
        parse_equation(with_term(input="age", coefficient="x") | {"intercept": "y", "colour": 1})
    assert len(str(caught.value).splitlines()) == 3
