"""Conformal scores: MAPIE and counting by hand are the oracles; what is stored, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from cds.core.errors import ArtifactError, DataError, RegistryError
from cds.core.prediction import ClassProbabilities, Value
from cds.core.spread import Conformal
from cds.registry import add, load_model
from cds.registry.conformal import CONFORMAL_FILE, conformal_of, parse_conformal, scores_of

INPUTS = [{"name": "age", "type": "number"}, {"name": "pain", "type": "number"}]
VALUE = {"outcome": "continuous", "outcome_column": "disability", "unit": "points"}
NOMINAL = {"outcome": "nominal", "outcome_column": "course", "categories": ["better", "same", "worse"]}


def card(**about):
    return {"schema": "cds.card/1", "name": "apart", "version": "1", "inputs": INPUTS, **about}


def draw(rows, seed):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"age": rng.normal(45, 12, rows), "pain": rng.integers(0, 11, rows).astype(float)})
    frame["disability"] = 10 + 3 * frame["pain"] + rng.normal(0, 5, rows)
    odds = np.column_stack([np.ones(rows), 0.2 * frame["pain"], 0.4 * frame["pain"] - 2]) + rng.gumbel(size=(rows, 3))
    frame["course"] = np.array(NOMINAL["categories"])[odds.argmax(axis=1)]
    return frame


def arrays(frame, outcome):
    return frame[["age", "pain"]].to_numpy(), frame[outcome].to_numpy()


@pytest.fixture(scope="module")
def regression():
    held = draw(200, 1)
    return LinearRegression().fit(held[["age", "pain"]], held["disability"])


@pytest.fixture(scope="module")
def classifier():
    held = draw(300, 1)
    return LogisticRegression(max_iter=1000).fit(held[["age", "pain"]], held["course"])


def test_the_interval_of_a_value_is_mapies(regression, tmp_path):
    from mapie.regression import SplitConformalRegressor

    apart, new = draw(150, 2), draw(5, 3)
    added = add(regression, card(**VALUE), conformal=apart, root=tmp_path)
    nameless = LinearRegression().fit(*arrays(draw(200, 1), "disability"))  # MAPIE tries a row of zeros without names
    mapie = SplitConformalRegressor(nameless, confidence_level=0.95, prefit=True)
    mapie.conformalize(*arrays(apart, "disability"))
    _, theirs = mapie.predict_interval(arrays(new, "disability")[0])
    for k in range(5):
        ours = added.conformal.interval(added.predict(new.iloc[[k]]))
        assert (ours.low, ours.high) == (pytest.approx(theirs[k, 0, 0]), pytest.approx(theirs[k, 1, 0]))


def test_the_sets_of_categories_are_mapies(classifier, tmp_path):
    from mapie.classification import SplitConformalClassifier

    apart, new = draw(150, 4), draw(60, 5)
    added = add(classifier, card(**NOMINAL), conformal=apart, root=tmp_path)
    nameless = LogisticRegression(max_iter=1000).fit(*arrays(draw(300, 1), "course"))
    mapie = SplitConformalClassifier(nameless, confidence_level=0.95, conformity_score="lac", prefit=True)
    mapie.conformalize(*arrays(apart, "course"))
    _, theirs = mapie.predict_set(arrays(new, "course")[0])
    sizes = set()
    for k in range(60):
        ours = added.conformal.category_set(added.predict(new.iloc[[k]]), ordered=False)
        assert ours.categories == tuple(classifier.classes_[theirs[k, :, 0]])
        sizes.add(len(ours.categories))
    assert len(sizes) > 1


def test_the_score_is_the_96th_smallest_of_100_as_counted(regression):
    # k = ceil(101 * .95) = 96
    from cds.registry import wrap

    apart = draw(100, 6)
    model = wrap(regression, card(**VALUE)).model
    residuals = sorted(abs(apart["disability"] - regression.predict(apart[["age", "pain"]])))
    assert conformal_of(model, apart).score == pytest.approx(residuals[95])


def test_new_patients_are_covered_as_often_as_promised(regression):
    # expected: 96/101. sd of one calibration sample .0215 (beta), so .0034 of their mean; of 2,000 new patients .0049
    from cds.registry import wrap

    model = wrap(regression, card(**VALUE)).model
    new = draw(2000, 7)
    errors = scores_of(model.predict(new), new["disability"].to_numpy())
    covered = [(errors <= conformal_of(model, draw(100, 100 + seed)).score).mean() for seed in range(40)]
    assert np.mean(covered) == pytest.approx(96 / 101, abs=3 * np.hypot(0.0034, 0.0049))


def test_it_is_stored_hashed_and_versioned_and_the_rows_are_not(regression, tmp_path):
    apart = draw(130, 8)
    apart.loc[[0, 1], "disability"] = np.nan
    apart.loc[[2], "pain"] = np.nan
    added = add(regression, card(**VALUE), conformal=apart, root=tmp_path)
    loaded = load_model("apart@1", root=tmp_path)
    assert loaded.conformal == added.conformal
    assert (loaded.conformal.rows, loaded.conformal.left_out) == (127, 3)
    assert loaded.sha256 == added.sha256 != add(regression, card(**VALUE), root=tmp_path / "without").sha256
    path = tmp_path / "apart" / "1" / CONFORMAL_FILE
    assert path.stat().st_size < 200
    path.write_text(path.read_text(encoding="utf-8").replace('"level": 0.95', '"level": 0.99'), encoding="utf-8")
    with pytest.raises(RegistryError, match=CONFORMAL_FILE):
        load_model("apart@1", root=tmp_path)


def test_too_few_patients_another_outcome_and_development_rows_are_refused(regression, cohort, fitted, tmp_path):
    with pytest.raises(DataError, match="100 patients with outcome and required inputs are needed, 99"):
        add(regression, card(**VALUE), conformal=draw(99, 1), root=tmp_path)
    with pytest.raises(DataError, match="200 of 200 rows are development rows"):
        add(regression, card(**VALUE), conformal=draw(200, 1), development=draw(200, 1), root=tmp_path)
    with pytest.raises(DataError, match="no outcome column 'disability'"):
        add(regression, card(**VALUE), conformal=draw(150, 2).drop(columns="disability"), root=tmp_path)
    assert not (tmp_path / "apart").exists()


def test_risks_have_no_conformal_interval(cohort, card, fitted, tmp_path):
    with pytest.raises(DataError, match="is for outcomes continuous, nominal, ordinal"):
        add(fitted, card, conformal=cohort, root=tmp_path)


def test_a_set_is_never_empty_and_one_of_ordered_categories_has_no_gap():
    chances = ClassProbabilities(np.array([[0.45, 0.1, 0.45]]), ("mild", "moderate", "severe"))
    narrow, wide = (Conformal(score=s, level=0.95, rows=100, left_out=0) for s in (0.2, 0.6))
    assert narrow.category_set(chances, ordered=False).categories == ("mild",)
    assert wide.category_set(chances, ordered=False).categories == ("mild", "severe")
    assert wide.category_set(chances, ordered=True).categories == ("mild", "moderate", "severe")


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"schema": "cds.conformal/2"}', b'{"schema": "cds.conformal/1"}'])
def test_a_damaged_score_is_refused(content):
    with pytest.raises(ArtifactError, match="damaged"):
        parse_conformal(content)


def test_the_command_line_says_what_it_promises(regression, tmp_path, capsys):
    from cds.cli import main
    from cds.core.model_card import ModelCard
    from cds.models.sklearn_pipeline import ADAPTER
    from cds.registry.card_file import card_text

    (tmp_path / "card.toml").write_text(card_text(ModelCard.model_validate(card(**VALUE))), encoding="utf-8")
    ADAPTER.save(regression, tmp_path / "model.skops")
    draw(120, 9).to_csv(tmp_path / "apart.csv", index=False)
    given = ["--card", "card.toml", "--artifact", "model.skops", "--conformal", "apart.csv", "--root", "r"]
    named = [str(tmp_path / part) if part[0] != "-" else part for part in given]
    assert main(["registry", "add", *named]) == 0
    assert "holds the outcome of 95% of patients like them, on average" in capsys.readouterr().out
    assert isinstance(load_model("apart@1", root=tmp_path / "r").predict(draw(1, 1)), Value)


def test_an_update_does_not_inherit_the_score(regression, tmp_path):
    from cds.models.update_file import Linear
    from cds.registry.updates import add_update

    parent = add(regression, card(**VALUE), conformal=draw(120, 2), root=tmp_path)
    about = parent.card.model_copy(update={"version": "2", "parent": parent.card.identity})
    assert add_update(parent, about, Linear(method="intercept", intercept=4.0), root=tmp_path).conformal is None
