"""An equation file is read safely and fits its card, or every fault is named."""

from pathlib import Path
from typing import Any

import pytest

from cds.core.errors import ArtifactError, CardError
from cds.core.model_card import Feature, ModelCard
from cds.models.equation import EquationModel, load
from cds.models.equation_reading import LARGEST_FILE, parse_equation, read_equation

GOOD: dict[str, Any] = {
    "schema": "cds.equation/1",
    "model": "logistic",
    "terms": [{"input": "age", "coefficient": 0.1}],
}


def with_term(**term: Any) -> dict[str, Any]:
    return GOOD | {"terms": [term]}


def test_a_file_in_toml_becomes_a_model(tmp_path: Path) -> None:
    file = tmp_path / "equation.toml"
    file.write_text('schema = "cds.equation/1"\nmodel = "logistic"\nterms = [{input = "age", coefficient = 1}]\n')
    card = ModelCard(name="m", version="1", outcome="binary", inputs=(Feature(name="age", type="number"),))
    model = load(file, card)
    assert (model.adapter, model.card, model.equation.model) == ("equation", card, "logistic")


def test_a_file_that_is_no_toml_says_where(tmp_path: Path) -> None:
    file = tmp_path / "equation.toml"
    file.write_text("model = logistic")
    with pytest.raises(ArtifactError, match=r"^equation\.toml: not readable as TOML \(Invalid value"):
        read_equation(file)


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "equation.toml"
    file.write_bytes(b"#" * (LARGEST_FILE + 1))
    with pytest.raises(ArtifactError, match="more than"):
        read_equation(file)


def test_a_file_of_endless_brackets_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "equation.toml"
    file.write_text("terms = " + "[" * 100_000)
    with pytest.raises(ArtifactError, match="not readable as TOML"):
        read_equation(file)


AGE = Feature(name="age", type="number")
SEX = Feature(name="sex", type="category", levels={"f": "female", "m": "male"})


@pytest.mark.parametrize(
    ("document", "inputs", "message"),
    [
        (
            GOOD,
            (Feature(name="Age", type="number"),),
            "input 'age', which the card lacks. Did you mean 'Age'",
        ),
        (GOOD | {"limits": {"ages": [0, 1]}}, (AGE,), "input 'ages', which the card lacks"),
        (with_term(input="sex", coefficient=1), (SEX,), "'sex' is a category with text levels"),
        (with_term(input="age", levels={"1": 1}), (AGE,), "'age' is a number: levels need a category"),
        (
            with_term(input="sex", levels={"f": 1, "w": 1}),
            (SEX,),
            "level 'w' of input 'sex' is not on the card",
        ),
        (with_term(input="sex", levels={"f": 1}), (SEX,), "level 'm' of input 'sex' has no coefficient"),
        (
            GOOD,
            (Feature(name="age", type="number", required=False),),
            "'age' is not required: its term must say what missing counts as",
        ),
    ],
)
def test_an_equation_must_fit_its_cards_inputs(
    document: dict[str, Any], inputs: tuple[Feature, ...], message: str
) -> None:
    card = ModelCard(name="m", version="1", outcome="binary", inputs=inputs)
    with pytest.raises(CardError, match=message):
        EquationModel(card, parse_equation(document))


@pytest.mark.parametrize(
    ("given", "card", "message"),
    [
        ({}, {"outcome": "continuous"}, "logistic equation needs a card with outcome binary, got continuous"),
        (
            {"model": "cox", "baseline": {"horizons": [1], "survival": [0.9]}},
            {"outcome": "survival", "horizons": (1.0, 2.0), "time_unit": "years"},
            "horizon 2 is not in the equation's baseline",
        ),
        (
            {"model": "ordered_probit", "thresholds": [0, 1]},
            {"outcome": "ordinal", "categories": ("a", "b")},
            "2 thresholds need 3 categories",
        ),
        (
            {
                "model": "linear",
                "interval": {"level": 0.9, "t": 2, "residual_variance": 1, "covariance": [[1]]},
            },
            {"outcome": "continuous"},
            "must have 2 rows and columns",
        ),
        (
            {
                "model": "linear",
                "interval": {"level": 0.9, "t": 2, "residual_variance": 1, "covariance": [[1, 2], [2, 1]]},
            },
            {"outcome": "continuous"},
            "positive semi-definite",
        ),
        (
            {
                "model": "score",
                "groups": [{"name": "a", "when": [{"input": "agee", "above": 1}]}, {"name": "b"}],
            },
            {"outcome": "score"},
            "a group compares input 'agee', which the card lacks. Did you mean 'age'",
        ),
    ],
)
def test_an_equation_must_fit_its_cards_outcome(given: dict[str, Any], card: dict[str, Any], message: str) -> None:
    with pytest.raises(CardError, match=message):
        EquationModel(ModelCard(name="m", version="1", inputs=(AGE,), **card), parse_equation(GOOD | given))
