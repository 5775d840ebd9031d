"""Train a model of three pain mechanisms on half of a public data set, register it, validate it on the other half.

    python examples/smart_classes/run.py [--out DIR]

The data are read from ``data/lbp_smart_classes/lowbackpain_36criteria.csv`` in the folder that CDS_SHARED names, or in
``shared`` beside the checkout. Everything is written to ``--out`` (default: reports/smart_classes), which must not
exist.
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
PATIENTS = SHARED / "data" / "lbp_smart_classes" / "lowbackpain_36criteria.csv"
OUTCOME = "group"
SEED = 20261120


def halves(patients: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A random half to learn from and the other half to be judged on."""
    order = np.random.default_rng(SEED).permutation(len(patients))
    middle = len(patients) // 2
    return patients.iloc[np.sort(order[:middle])], patients.iloc[np.sort(order[middle:])]


def train(development: pd.DataFrame) -> Any:
    """A ridge multinomial logistic regression; a criterion that was not recorded counts as its commoner answer."""
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    criteria = [name for name in development if str(name).startswith("Criterion")]
    model = make_pipeline(SimpleImputer(strategy="most_frequent"), LogisticRegression(C=1.0, max_iter=2000))
    return model.fit(development[criteria], development[OUTCOME])


def main(arguments: list[str] | None = None) -> int:
    """Run the example; 0 when all is written, 2 when the data are absent or the folder is taken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=REPOSITORY / "reports" / "smart_classes")
    out: Path = parser.parse_args(arguments).out
    if not PATIENTS.is_file():
        print(f"{PATIENTS}: no such file. Name the folder that holds data/ in CDS_SHARED", file=sys.stderr)
        return 2
    if out.exists():
        print(f"{out}: exists already. Name another folder with --out", file=sys.stderr)
        return 2
    return run(out)


def run(out: Path) -> int:
    """Train, register, validate."""
    import cds

    development, validation = halves(pd.read_csv(PATIENTS))
    registry, validation_file = out / "registry", out / "validation_half.csv"
    registry.mkdir(parents=True)
    validation.to_csv(validation_file, index=False)

    cds.registry.add(
        train(development), HERE / "card.toml", background=development, development=development, root=registry
    )
    model = cds.load_model("pain-mechanism@1", root=registry)
    finished = cds.validate(model, validation_file, HERE / "protocol.toml")
    report = finished.save(out / "validation")
    print(f"Validation: {finished.readiness.replace('_', ' ')} – {report / 'report.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
