"""Run as a script in a child process: read a booster that may crash the interpreter, and try it out.

``python -I xgboost_child.py FILE`` answers with one line of JSON (objective, feature names and types) and
exit code 0; anything else, a signal included, means that the file must not be read in the parent. It imports
nothing of ``cds``, so that it also runs where the package is not installed.
"""

from __future__ import annotations

import json
import sys
from typing import Any

MEMORY_BYTES = 4 * 2**30
CPU_SECONDS = 60


def main(path: str) -> int:
    """Read, check and try the booster; print what it says about itself."""
    _limit()
    import numpy as np
    import xgboost

    booster = xgboost.Booster(model_file=path)
    structure = json.loads(booster.save_raw(raw_format="json"))["learner"]
    if structure["gradient_booster"]["name"] != "gblinear":
        for tree in _trees(structure["gradient_booster"]):
            _check_tree(tree, int(structure["learner_model_param"]["num_feature"]))
    width, rng = booster.num_features(), np.random.default_rng(0)
    rows = np.vstack([np.full((1, width), np.nan), np.zeros((1, width)), rng.integers(0, 3, (64, width))])
    # The category store makes XGBoost read the codes; only what is declared categorical is tried as such.
    matrix = xgboost.DMatrix(rows, feature_names=booster.feature_names, feature_types=booster.feature_types)
    predicted = booster.predict(matrix)
    if not np.isfinite(predicted).all():
        raise ValueError("predictions are not finite")
    told = {
        "objective": structure["objective"]["name"],
        "names": booster.feature_names,
        "types": booster.feature_types,
    }
    sys.stdout.write(json.dumps(told) + "\n")
    return 0


def _limit() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits; the parent's clock still ends the child
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _trees(gradient_booster: dict[str, Any]) -> list[dict[str, Any]]:
    held = gradient_booster.get("gbtree", gradient_booster)  # dart keeps its trees one level down
    return list(held["model"]["trees"])


def _check_tree(tree: dict[str, Any], features: int) -> None:
    """Refuse children outside the tree, walks in a circle, and splits on features that do not exist."""
    left, right, split = tree["left_children"], tree["right_children"], tree["split_indices"]
    size = len(left)
    waiting, seen = [0], set()
    while waiting:
        node = waiting.pop()
        if node in seen or not 0 <= node < size:
            raise ValueError("a tree's nodes circle or point outside the tree")
        seen.add(node)
        if left[node] != -1:
            if not 0 <= split[node] < features:
                raise ValueError("a tree splits on a feature that does not exist")
            waiting += [left[node], right[node]]
    start, length = tree["categories_segments"], tree["categories_sizes"]
    if any(a < 0 or n < 0 or a + n > len(tree["categories"]) for a, n in zip(start, length, strict=True)):
        raise ValueError("a tree splits on levels that do not exist")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
