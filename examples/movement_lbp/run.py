"""Train on half of a public survey, register, validate on the other half, explain three people.

    python examples/movement_lbp/run.py [--out DIR]

The survey is read from ``data/lbp_movement/bpd.csv`` in the folder that CDS_SHARED names, or in ``shared``
beside the checkout. Everything is written to ``--out`` (default: reports/movement_lbp), which must not exist.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
SHARED = Path(os.environ.get("CDS_SHARED", REPOSITORY.parent / "shared"))
SURVEY = SHARED / "data" / "lbp_movement" / "bpd.csv"
OUTCOME = "LBP_sufferer"
NUMBERS = ["Time_Sleep", "Time_Sedentary", "Time_LPA", "Time_MVPA", "age", "bmi"]
LEVELS = ["sex", "stress", "smoking", "education", "ses"]
SEED = 20261120


def halves(survey: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A random half to learn from and the other half to be judged on; people are named by their row."""
    named = survey[[*NUMBERS, *LEVELS, OUTCOME]].assign(person=[f"row-{i:04d}" for i in range(len(survey))])
    order = np.random.default_rng(SEED).permutation(len(named))
    middle = len(named) // 2
    return named.iloc[np.sort(order[:middle])], named.iloc[np.sort(order[middle:])]


def train(development: pd.DataFrame) -> Any:
    """A ridge logistic regression: the times add up to a day, so without a penalty there is no one answer."""
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    prepare = ColumnTransformer(
        [("numbers", StandardScaler(), NUMBERS), ("levels", OneHotEncoder(drop="first"), LEVELS)]
    )
    model = make_pipeline(prepare, LogisticRegression(C=1.0))
    return model.fit(development[NUMBERS + LEVELS], development[OUTCOME])


def main(arguments: list[str] | None = None) -> int:
    """Run the example; 0 when all is written, 2 when the survey is absent or the folder is taken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=REPOSITORY / "reports" / "movement_lbp")
    out: Path = parser.parse_args(arguments).out
    if not SURVEY.is_file():
        print(f"{SURVEY}: no such file. Name the folder that holds data/ in CDS_SHARED", file=sys.stderr)
        return 2
    if out.exists():
        print(f"{out}: exists already. Name another folder with --out", file=sys.stderr)
        return 2
    return run(out)


def run(out: Path) -> int:
    """Train, register, validate, explain."""
    import cds

    development, validation = halves(pd.read_csv(SURVEY))
    registry, validation_file = out / "registry", out / "validation_half.csv"
    registry.mkdir(parents=True)
    validation.to_csv(validation_file, index=False)

    background = development.sample(100, random_state=1)
    cds.registry.add(
        train(development), HERE / "card.toml", background=background, development=development, root=registry
    )
    model = cds.load_model("movement-lbp@1", root=registry)
    finished = cds.validate(model, validation_file, HERE / "protocol.toml")
    report = finished.save(out / "validation")
    print(f"Validation: {finished.readiness.replace('_', ' ')} – {report / 'report.html'}")

    model = cds.load_model("movement-lbp@1", root=registry)  # again: it now knows how its validation went
    for person in validation["person"].iloc[[0, 500, 1000]]:
        page = cds.explain(model, validation, patient=person, id_column="person")
        print(f"{person}: {page.save(out / 'people')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
