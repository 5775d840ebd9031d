"""Owen values and interactions against their definitions (brute force over orders) and shap's trees."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd
import pytest

from cds.core.arrays import FloatArray
from cds.core.explanation import Explanation
from cds.core.explanation_settings import ExplanationSettings
from cds.core.model import RegisteredModel
from cds.core.model_card import Feature, ModelCard
from cds.core.prediction import Risk, Value
from cds.explanation.owen_values import held_to
from cds.explanation.shap_values import explain_output, explain_outputs
from cds.explanation.unions import together
from tests.explanation.brute_force import interaction, owen
from tests.explanation.fakes import Formula, numbers, registered, sigmoid

NAMES = ("a", "b", "c", "d", "e")
DOMAINS = {"a": "body", "b": "mind", "c": "body", "e": "mind"}  # d stands alone


def twisted(x: FloatArray) -> FloatArray:
    a, b, c, d, e = x.T
    return a * b + 2 * np.sin(c) * d - 0.7 * e * a * c + 0.4 * b * b * e + d


def model_of(background: pd.DataFrame, *, domains: bool = True, **settings: object) -> RegisteredModel:
    inputs = tuple(Feature(name=n, type="number", domain=DOMAINS.get(n, "") if domains else "") for n in NAMES)
    card = ModelCard(
        name="twisted", version="1", outcome="continuous", inputs=inputs,
        explanation=ExplanationSettings.model_validate(settings),
    )  # fmt: skip
    formula = Formula(card, lambda features: Value(twisted(features[list(NAMES)].to_numpy())))
    return RegisteredModel(formula, "0" * 64, "memory", background, background_sha256="b" * 64)


@pytest.fixture
def background() -> pd.DataFrame:
    rows = pd.DataFrame(np.random.default_rng(4).integers(0, 4, size=(12, 5)).astype(float), columns=list(NAMES))
    rows.iloc[3] = [2.0, 1.0, 3.0, 1.0, 2.0]  # the patient herself: a game without players
    return rows


ROW = pd.DataFrame([[2.0, 1.0, 3.0, 1.0, 2.0]], columns=list(NAMES))


def by_definition(background: pd.DataFrame, unions: Sequence[Sequence[int]]) -> FloatArray:
    patient = ROW.to_numpy()[0]
    found = []
    for z in background.to_numpy():
        found.append(owen(lambda s, z=z: float(twisted(_mixed(patient, z, s))[0]), unions))
    return np.mean(found, axis=0)


def _mixed(patient: FloatArray, z: FloatArray, taken: frozenset[int]) -> FloatArray:
    return np.array([[patient[i] if i in taken else z[i] for i in range(5)]])


def explained(found: object) -> Explanation:
    assert isinstance(found, Explanation), found
    return found


def test_owen_values_over_domains_are_the_mean_over_orders_that_keep_domains_together(background: pd.DataFrame) -> None:
    found = explained(explain_output(model_of(background, players="domains"), ROW, space="value"))
    expected = by_definition(background, [[0, 2], [1, 4], [3]])
    assert list(found.values.values()) == pytest.approx(expected.tolist(), abs=1e-12)
    assert found.exact and found.withheld is None
    assert found.players == "domains"
    assert [(group.domain, group.inputs) for group in found.groups] == [
        ("body", ("a", "c")), ("mind", ("b", "e")), ("", ("d",)),
    ]  # fmt: skip


def test_a_domain_has_the_shapley_value_of_the_game_of_domains_and_its_inputs_add_up_to_it(
    background: pd.DataFrame,
) -> None:
    found = explained(explain_output(model_of(background, players="domains"), ROW, space="value"))
    patient, unions = ROW.to_numpy()[0], [(0, 2), (1, 4), (3,)]
    quotient = []
    for z in background.to_numpy():

        def payoff(s: frozenset[int], z: FloatArray = z) -> float:
            return float(twisted(_mixed(patient, z, frozenset(i for k in s for i in unions[k])))[0])

        quotient.append(owen(payoff, [[0], [1], [2]]))
    assert [group.value for group in found.groups] == pytest.approx(np.mean(quotient, axis=0).tolist(), abs=1e-12)
    for group in found.groups:
        assert sum(found.values[name] for name in group.inputs) == pytest.approx(group.value, abs=1e-12)


def test_owen_values_differ_from_shapley_values_where_domains_interact(background: pd.DataFrame) -> None:
    apart = explained(explain_output(model_of(background), ROW, space="value"))
    shapley = by_definition(background, [[0], [1], [2], [3], [4]])
    assert list(apart.values.values()) == pytest.approx(shapley.tolist(), abs=1e-12)
    together_ = explained(explain_output(model_of(background, players="domains"), ROW, space="value"))
    assert max(abs(apart.values[n] - together_.values[n]) for n in NAMES) > 0.01
    assert apart.players == "inputs" and apart.groups == ()


def test_domains_that_can_be_enumerated_stay_exact_where_their_inputs_are_sampled(background: pd.DataFrame) -> None:
    model = model_of(background, players="domains")
    exact = explained(explain_output(model, ROW, space="value"))
    # The game of domains has at most 12 · 2³ coalitions, that of the inputs more than 96.
    sampled = explained(explain_outputs(model, ROW, exact_rows=96)["value", "value"])
    assert not sampled.exact
    for one, other in zip(exact.groups, sampled.groups, strict=True):
        assert other.value == pytest.approx(one.value, abs=1e-9)
        assert other.monte_carlo_se is None
    for name in NAMES:
        error = sampled.details["monte_carlo_se"][name]
        assert sampled.values[name] == pytest.approx(exact.values[name], abs=5 * error + 1e-9)
    assert abs(sampled.residual) < 1e-9 and sampled.withheld is None


def test_sampled_domains_converge_with_a_standard_error(background: pd.DataFrame) -> None:
    model = model_of(background, players="domains")
    exact = explained(explain_output(model, ROW, space="value"))
    sampled = explained(explain_outputs(model, ROW, exact_rows=0)["value", "value"])
    for one, other in zip(exact.groups, sampled.groups, strict=True):
        assert other.monte_carlo_se is not None
        assert other.value == pytest.approx(one.value, abs=5 * other.monte_carlo_se + 1e-9)
        assert sum(sampled.values[name] for name in other.inputs) == pytest.approx(other.value, abs=1e-9)


def test_values_held_to_totals_add_up_and_leave_inputs_that_agree_alone() -> None:
    class Game:
        differs = np.array([[True, True, False], [True, False, True]])

    class Pair:
        members = ((0, 1), (2,))

    moved = held_to(np.array([[5.0, 0.0], [3.0, 2.0]]), np.array([[1.0, 2.0, 0.0], [2.0, 0.0, 1.0]]), Game(), Pair())  # type: ignore[arg-type]
    assert moved.tolist() == [[2.0, 3.0, 0.0], [3.0, 0.0, 2.0]]


def correlated_background() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    first, second = rng.normal(size=(2, 40))
    columns = {"a": first, "b": second, "c": -first + 0.1 * rng.normal(size=40), "d": rng.normal(size=40),
               "e": second + 0.1 * rng.normal(size=40)}  # fmt: skip
    return pd.DataFrame(columns)


def test_owen_values_over_clusters_of_related_inputs_are_those_by_definition() -> None:
    background = correlated_background()
    model = model_of(background, domains=False, correlated="owen")
    found = explained(explain_output(model, ROW, space="value"))
    assert [group.inputs for group in found.groups] == [("a", "c"), ("b", "e"), ("d",)]
    expected = by_definition(background, [[0, 2], [1, 4], [3]])
    assert list(found.values.values()) == pytest.approx(expected.tolist(), abs=1e-12)
    assert found.players == "clusters"
    assert "clusters" in found.method and "clusters" in found.details["caution"]


def test_a_higher_threshold_leaves_every_input_alone() -> None:
    model = model_of(correlated_background(), domains=False, correlated="owen", cluster_from=1.0)
    unions = together(model).unions
    assert unions is not None
    assert unions.members == ((0,), (1,), (2,), (3,), (4,))


def test_forty_inputs_in_domains_are_explained_exactly() -> None:
    rng = np.random.default_rng(3)
    names = [f"x{k}" for k in range(24)]
    weights = rng.normal(size=24) / 6
    inputs = tuple(Feature(name=n, type="number", domain=f"d{k // 4}") for k, n in enumerate(names))
    card = ModelCard(name="wide", version="1", outcome="binary", inputs=inputs,
                     explanation=ExplanationSettings(players="domains"))  # fmt: skip
    formula = Formula(card, lambda f: Risk(sigmoid(f[names].to_numpy() @ weights)))
    rows = pd.DataFrame(rng.normal(size=(10, 24)), columns=names)
    model = RegisteredModel(formula, "0" * 64, "memory", rows, background_sha256="b" * 64)
    row = pd.DataFrame(rng.normal(size=(1, 24)), columns=names)
    found = explain_outputs(model, row)
    assert all(explained(each).exact for each in found.values())
    # Of a model that adds up in log-odds, every value there is β(x − mean), whoever enters together.
    values = explained(found["event", "log_odds"]).values
    assert list(values.values()) == pytest.approx((weights * (row - rows.mean()).to_numpy()[0]).tolist(), abs=1e-10)


def test_the_interaction_of_a_product_is_the_one_counted_by_hand() -> None:
    # v(ab) − v(a) − v(b) + v(∅) = 15 − 3 − 5 + 1 = 8; SHAP's interaction values are 4 and 4.
    model = registered(
        lambda f: Value(f["a"].to_numpy() * f["b"].to_numpy() + f["c"].to_numpy()), numbers("a", "b", "c"),
        pd.DataFrame({"a": [1.0], "b": [1.0], "c": [0.0]}),
    )  # fmt: skip
    found = explained(explain_output(model, pd.DataFrame({"a": [3.0], "b": [5.0], "c": [9.0]}), space="value"))
    assert found.interaction is not None
    assert found.interaction.inputs == ("a", "b")
    assert found.interaction.value == pytest.approx(8.0, abs=1e-12)
    assert found.interaction.space == "value"


def test_the_strongest_interaction_is_that_by_definition(background: pd.DataFrame) -> None:
    found = explained(explain_output(model_of(background), ROW, space="value"))
    patient = ROW.to_numpy()[0]
    index = np.zeros((5, 5))
    for z in background.to_numpy():
        for i in range(5):
            for j in range(i + 1, 5):
                index[i, j] += interaction(lambda s, z=z: float(twisted(_mixed(patient, z, s))[0]), 5, i, j) / 12
    i, j = np.unravel_index(int(np.argmax(np.abs(index))), index.shape)
    assert found.interaction is not None
    assert found.interaction.inputs == (NAMES[i], NAMES[j])
    assert found.interaction.value == pytest.approx(index[i, j], abs=1e-12)


def test_the_interaction_in_a_tree_is_twice_the_one_of_shap() -> None:
    import shap
    from sklearn.tree import DecisionTreeRegressor

    # Over a full factorial, each row once, shap's path-dependent expectation is the one over the rows.
    rows = np.array(list(product((0.0, 1.0), repeat=4)))
    outcome = 3 * rows[:, 0] * rows[:, 1] + rows[:, 2] - 2 * rows[:, 0] * rows[:, 2] * rows[:, 3]
    tree = DecisionTreeRegressor(random_state=0).fit(rows, outcome)
    theirs = shap.TreeExplainer(tree, feature_perturbation="tree_path_dependent").shap_interaction_values(rows[-1:])[0]
    names = list("abcd")
    model = registered(lambda f: Value(tree.predict(f.to_numpy())), numbers(*names), pd.DataFrame(rows, columns=names))
    found = explained(explain_output(model, pd.DataFrame(rows[-1:], columns=names), space="value"))
    assert found.interaction is not None
    i, j = (names.index(name) for name in found.interaction.inputs)
    assert found.interaction.value == pytest.approx(2 * theirs[i, j], abs=1e-9)
    assert found.interaction.inputs == ("a", "b")


def test_an_additive_model_has_no_interaction(background: pd.DataFrame) -> None:
    model = registered(lambda f: Value(f.sum(axis=1).to_numpy()), numbers(*NAMES), background)
    found = explained(explain_output(model, ROW, space="value"))
    assert found.interaction is not None
    assert found.interaction.value == pytest.approx(0.0, abs=1e-12)


def test_sampled_values_have_no_interaction(background: pd.DataFrame) -> None:
    assert explained(explain_outputs(model_of(background), ROW, exact_rows=0)["value", "value"]).interaction is None


def test_values_too_uncertain_to_print_are_named(background: pd.DataFrame) -> None:
    model = model_of(background)
    rough = explained(explain_outputs(model, ROW, exact_rows=0, sampled_rows=1)["value", "value"])
    assert rough.imprecise
    assert not rough.details["precise"]
    fine = explained(explain_outputs(model, ROW, exact_rows=0)["value", "value"])
    assert fine.details["precise"] == (fine.imprecise == ())


@pytest.mark.parametrize(
    "settings", [{"players": "domains", "correlated": "owen"}, {"cluster_from": 0.4}, {"players": "all"}]
)
def test_settings_that_contradict_each_other_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"explanation|players|cluster_from"):
        ExplanationSettings.model_validate(settings)


def test_domains_as_players_need_a_domain() -> None:
    with pytest.raises(ValueError, match="no input has a domain"):
        model_of(pd.DataFrame(columns=list(NAMES)), domains=False, players="domains")
