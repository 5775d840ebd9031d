"""Categories and probabilities that cannot be right: refused in plain words, from arrays and from files."""

import numpy as np
import pandas as pd
import pytest

import cds
from cds.cli import main
from cds.core.errors import DataError, PredictionError
from cds.core.model_card import ModelCard
from tests.class_samples import drawn_classes
from tests.test_reference_classes import PROTOCOL

P = np.array([[0.2, 0.3, 0.5], [0.1, 0.2, 0.7], [0.3, 0.3, 0.4]])


def evaluated(outcome, probabilities=P, classes=("a", "b", "c"), **more):
    return cds.evaluate.nominal(outcome, probabilities, classes=classes, replicates=0, jobs=1, **more)


@pytest.mark.parametrize(
    ("arguments", "error", "told"),
    [
        ({"outcome": ["a", "b", "x"]}, DataError, r"one of a, b, c, it is not at row 2"),
        ({"outcome": ["a", "b", None]}, DataError, r"it is not at row 2"),
        ({"outcome": ["a", "b"]}, DataError, r"same number of rows"),
        (
            {"outcome": ["a", "b", "c"], "classes": ("a", "a", "c")},
            DataError,
            r"classes names 'a' more than once",
        ),
        ({"outcome": ["a", "b", "c"], "probabilities": P[:, :2]}, PredictionError, r"one column per category \(3\)"),
        (
            {"outcome": ["a", "b", "c"], "probabilities": P * [[1], [1.1], [1]]},
            PredictionError,
            r"must sum to 1 at row 1",
        ),
        (
            {"outcome": ["a", "b", "c"], "probabilities": -P},
            PredictionError,
            r"must lie in \[0, 1\]; it does not at rows 0",
        ),
    ],
)
def test_from_arrays(arguments, error, told):
    with pytest.raises(error, match=told):
        evaluated(**arguments)


def test_a_category_absent_from_the_data_leaves_the_others_their_numbers():
    sample = drawn_classes(150, 1)
    found = evaluated(np.array(list("ab"))[np.minimum(sample.code, 1)], sample.probability)
    assert found.get("auroc", category="a").estimate > 0.5
    absent = [found.get(m, category="c") for m in ("auroc", "multinomial_recalibration_slope")]
    whole = [found["hand_till_m"], found["polytomous_discrimination_index"]]
    assert all("nobody in the data has the category 'c'" in f.record()["reason"] for f in [*absent, *whole])


def test_probabilities_of_0_are_not_silently_flattered():
    # Of a quarter of the patients the model says that c cannot be: logs exist only for the others.
    sample = drawn_classes(400, 2)
    p = np.array(sample.probability)
    p[:100] = np.column_stack([p[:100, 0] + p[:100, 2], p[:100, 1], np.zeros(100)])
    outcome = np.array(list("abc"))[sample.code]
    found = evaluated(outcome, p)
    assert "infinite" in found["log_loss"].record()["reason"]
    for measure in ("multinomial_recalibration_slope", "ici"):
        where = {"parameters": {"smoother": "rcs"}} if measure == "ici" else {}
        details = found.get(measure, category="c", **where).record()["details"]
        assert details["left_out"] == 100 and "flatters" in details["descriptive"]
    bounded = evaluated(outcome, p, clip=(0.01, 0.99))
    assert bounded["log_loss"].estimate > 0
    assert "descriptive" not in bounded.get("multinomial_recalibration_slope", category="c").record()["details"]


def reading(tmp_path, *, protocol=("", ""), data=lambda frame: frame):
    frame = pd.DataFrame(P[[0, 1, 2] * 20], columns=["p_self_care", "p_physiotherapy", "p_specialist"])
    frame["patient"] = np.arange(60)
    frame["outcome"] = ["self_care", "physiotherapy", "specialist"] * 20
    data(frame).to_csv(tmp_path / "d.csv", index=False)
    text = PROTOCOL.replace("KIND", "nominal")
    assert protocol[0] in text
    (tmp_path / "p.toml").write_text(text.replace(*protocol, 1) if protocol[0] else text, encoding="utf-8")
    files = ["--protocol", str(tmp_path / "p.toml"), "--data", str(tmp_path / "d.csv"), "--out", str(tmp_path / "out")]
    return main(["validate", "--model", "predictions:", *files])


@pytest.mark.parametrize(
    ("protocol", "told"),
    [
        (
            ('categories = ["self_care", "physiotherapy", "specialist"]', 'categories = ["self_care", "self_care"]'),
            "outcome.categories names 'self_care' more than once",
        ),
        (('category = "physiotherapy"\n', ""), 'category = "physiotherapy" or "specialist"'),
        (('category = "physiotherapy"', 'category = "physio"'), "no category 'physio'"),
        (('category = "physiotherapy"', 'category = "self_care"'), "physiotherapy, specialist"),
        ((', specialist = "p_specialist"}', "}"), "probabilities lack category 'specialist'"),
        (('specialist = "p_specialist"}', 'surgeon = "p_specialist"}'), "'surgeon', which is no category"),
    ],
)
def test_from_a_protocol(tmp_path, capsys, protocol, told):
    assert reading(tmp_path, protocol=protocol) == 2
    said = capsys.readouterr().err
    assert told in said and "Traceback" not in said and not (tmp_path / "out").exists()


def spoilt(column, row, value):
    def change(frame):
        frame.loc[row, column] = value
        return frame

    return change


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (spoilt("p_self_care", 7, 0.9), "must sum to 1 at row 7"),
        (spoilt("outcome", 7, "surgery"), "no declared category, at row 7"),
        (spoilt("p_specialist", 7, 1.2), "must lie in [0, 1]; it does not at row 7"),
    ],
)
def test_from_a_file(tmp_path, capsys, data, told):
    assert reading(tmp_path, data=data) == 2
    said = capsys.readouterr().err
    assert told in said and "d.csv" in said and "surgery" not in said and "Traceback" not in said


def test_a_category_that_nobody_in_the_file_has_is_not_assessed_and_the_rest_is_judged(tmp_path, capsys):
    def without(frame):
        rng = np.random.default_rng(1)
        frame[["p_self_care", "p_physiotherapy", "p_specialist"]] = rng.dirichlet((2, 2, 2), 60)
        return frame.assign(outcome=np.where(rng.random(60) < 0.5, "self_care", "specialist"))

    assert reading(tmp_path, data=without) in (1, 3)
    said = capsys.readouterr().out
    assert "nobody in the data has the category 'physiotherapy'" in said


def test_a_card_that_names_a_category_twice_is_refused():
    with pytest.raises(ValueError, match="categories named twice: a"):
        ModelCard(name="m", version="1", outcome="nominal", categories=("a", "a", "b"))
