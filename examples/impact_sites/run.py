"""Train on 15 studies, register, validate: each study's own results, and the model refitted without each study.

    python examples/impact_sites/run.py [--out DIR]

The data are read from ``data/tbi_impact_sites/impact.csv`` in the folder that CDS_SHARED names, or in ``shared``
beside the checkout. Everything is written to ``--out`` (default: reports/impact_sites), which must not exist.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import pandas as pd

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
SHARED = Path(os.environ.get("CDS_SHARED", REPOSITORY.parent / "shared"))
DATA = SHARED / "data" / "tbi_impact_sites" / "impact.csv"
OUTCOME, STUDY = "mort", "study"
LEVELS = ["motor_score", "pupil", "ct"]
INPUTS = ["age", *LEVELS, "hypox", "hypots", "tsah", "edh"]


def cohort() -> pd.DataFrame:
    """One row per person; the level None of the pupils is a finding, not a missing value."""
    raw = pd.read_csv(DATA, keep_default_na=False)
    pupil = raw["pupil"].map({"Both": "both", "One": "one", "None": "neither"})
    return raw.assign(pupil=pupil, study=raw["name"], patient=[f"row-{i:05d}" for i in range(len(raw))])[
        ["patient", STUDY, *INPUTS, OUTCOME]
    ]


def train(people: pd.DataFrame) -> Any:
    """Logistic regression by maximum likelihood, categories as indicators."""
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    prepare = ColumnTransformer([("levels", OneHotEncoder(drop="first"), LEVELS)], remainder="passthrough")
    fit = LogisticRegression(C=float("inf"), solver="newton-cholesky", tol=1e-10, max_iter=200)
    return make_pipeline(prepare, fit).fit(people[INPUTS], people[OUTCOME])


def main(arguments: list[str] | None = None) -> int:
    """Run the example; 0 when all is written, 2 when the data are absent or the folder is taken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=REPOSITORY / "reports" / "impact_sites")
    out: Path = parser.parse_args(arguments).out
    if not DATA.is_file():
        print(f"{DATA}: no such file. Name the folder that holds data/ in CDS_SHARED", file=sys.stderr)
        return 2
    if out.exists():
        print(f"{out}: exists already. Name another folder with --out", file=sys.stderr)
        return 2
    return run(out)


def run(out: Path) -> int:
    """Train, register, validate, and say what to expect of a study that took no part."""
    import cds

    people = cohort()
    registry, file = out / "registry", out / "cohort.csv"
    registry.mkdir(parents=True)
    people.to_csv(file, index=False)
    cds.registry.add(
        train(people), HERE / "card.toml", background=people[INPUTS].sample(100, random_state=1), root=registry
    )
    model = cds.load_model("impact-mortality@1", root=registry)
    finished = cds.validate(model, file, HERE / "protocol.toml")
    report = finished.save(out / "validation")
    print(f"Validation: {finished.readiness.replace('_', ' ')} – {report / 'report.html'}")
    for measure in ("auroc", "calibration_slope", "observed_expected"):
        mean = finished.findings.get(measure, analysis="leave_one_site_out_random_effects")
        told = mean.result.details
        print(
            f"{measure}: {mean.estimate:.3f} ({mean.low:.3f} to {mean.high:.3f}) in studies that took no part; "
            f"in a new one {told['prediction_low']:.3f} to {told['prediction_high']:.3f}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
