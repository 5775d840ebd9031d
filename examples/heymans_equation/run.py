"""Register a published equation, validate it on public data, explain two people.

    python examples/heymans_equation/run.py [--out DIR]

The data are read from ``data/lbp_heymans/lbpmilr.csv`` in the folder that CDS_SHARED names, or in ``shared``
beside the checkout. Everything is written to ``--out`` (default: reports/heymans_equation), which must not
exist.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import pandas as pd

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
SHARED = Path(os.environ.get("CDS_SHARED", REPOSITORY.parent / "shared"))
DATA = SHARED / "data" / "lbp_heymans" / "lbpmilr.csv"
INPUTS = ["Gender", "Carrying", "Function", "Tampascale", "Age"]
MODEL = "heymans-chronic-lbp@1"


def main(arguments: list[str] | None = None) -> int:
    """Run the example; 0 when all is written, 2 when the data are absent or the folder is taken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=REPOSITORY / "reports" / "heymans_equation")
    out: Path = parser.parse_args(arguments).out
    if not DATA.is_file():
        print(f"{DATA}: no such file. Name the folder that holds data/ in CDS_SHARED", file=sys.stderr)
        return 2
    if out.exists():
        print(f"{out}: exists already. Name another folder with --out", file=sys.stderr)
        return 2
    return run(out)


def run(out: Path) -> int:
    """Register, validate, explain."""
    import cds

    registry, cohort_file = out / "registry", out / "imputation_1.csv"
    registry.mkdir(parents=True)
    imputations = pd.read_csv(DATA)
    cohort = imputations.loc[imputations["Impnr"] == 1, ["ID", "Chronic", *INPUTS]]
    cohort.to_csv(cohort_file, index=False)

    # Nobody published the development rows, so contributions are told against the people validated here.
    cds.registry.add(HERE / "equation.toml", HERE / "card.toml", background=cohort[INPUTS], root=registry)
    finished = cds.validate(cds.load_model(MODEL, root=registry), cohort_file, HERE / "protocol.toml")
    report = finished.save(out / "validation")
    print(f"First imputation: {finished.readiness.replace('_', ' ')} – {report / 'report.html'}")
    pooled = cds.validate(cds.load_model(MODEL, root=registry), DATA, HERE / "ten_imputations.toml")
    report = pooled.save(out / "ten_imputations")
    print(f"Ten imputations: {pooled.readiness.replace('_', ' ')} – {report / 'report.html'}")

    model = cds.load_model(MODEL, root=registry)  # again: it now knows how its validation went
    for person in (1, 2):
        page = cds.explain(model, cohort, patient=str(person), id_column="ID")
        print(f"Person {person}: {page.save(out / 'people')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
