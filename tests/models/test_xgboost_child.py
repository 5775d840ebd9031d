import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cds.models import xgboost_child

xgboost = pytest.importorskip("xgboost")


@pytest.fixture
def stored(tmp_path):
    X = np.random.default_rng(1).normal(size=(60, 2))
    matrix = xgboost.DMatrix(X, X[:, 0] > 0, feature_names=["a", "b"])
    path = tmp_path / "model.json"
    xgboost.train({"objective": "binary:logistic", "nthread": 1}, matrix, 2).save_model(path)
    return path


def run(path):
    script = str(Path(xgboost_child.__file__))
    return subprocess.run([sys.executable, "-I", script, str(path)], capture_output=True, text=True, check=False)


def test_it_tells_the_objective_and_the_names_of_a_sound_booster(stored):
    done = run(stored)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"objective": "binary:logistic", "names": ["a", "b"], "types": None}


@pytest.mark.parametrize(("key", "value"), [("left_children", 10**6), ("left_children", 0), ("split_indices", 99)])
def test_a_tree_that_leads_outside_itself_ends_the_child(key, value, stored):
    held = json.loads(stored.read_text())
    held["learner"]["gradient_booster"]["model"]["trees"][0][key][0] = value
    stored.write_text(json.dumps(held))
    assert run(stored).returncode != 0


def test_walks_in_a_circle_and_levels_that_do_not_exist_are_refused():
    tree = {
        "left_children": [1, -1, -1], "right_children": [2, -1, -1], "split_indices": [0, 0, 0],
        "categories": [0], "categories_segments": [0], "categories_sizes": [1],
    }  # fmt: skip
    xgboost_child._check_tree(tree, 1)
    with pytest.raises(ValueError, match="circle or point outside"):
        xgboost_child._check_tree({**tree, "right_children": [0, -1, -1]}, 1)
    with pytest.raises(ValueError, match="levels that do not exist"):
        xgboost_child._check_tree({**tree, "categories_sizes": [5]}, 1)
