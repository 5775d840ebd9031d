"""Register a Cox equation, judge it on ten imputations, explain two people.

    python examples/heymans_recovery/run.py [--out DIR]

The data are read from ``data/lbp_heymans/lbpmicox.csv`` in the folder that CDS_SHARED names, or in ``shared``
beside the checkout. Everything is written to ``--out`` (default: reports/heymans_recovery), which must not
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
DATA = SHARED / "data" / "lbp_heymans" / "lbpmicox.csv"
INPUTS = ["Duration", "Radiation", "Function", "Age", "Tampascale", "Expectation"]
MODEL = "heymans-recovery@1"


def main(arguments: list[str] | None = None) -> int:
    """Run the example; 0 when all is written, 2 when the data are absent or the folder is taken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=REPOSITORY / "reports" / "heymans_recovery")
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

    registry = out / "registry"
    registry.mkdir(parents=True)
    imputations = pd.read_csv(DATA)
    people = imputations.loc[imputations["Impnr"] == 1, ["patnr", *INPUTS]]
    cds.registry.add(HERE / "equation.toml", HERE / "card.toml", background=people[INPUTS], root=registry)
    finished = cds.validate(cds.load_model(MODEL, root=registry), DATA, HERE / "protocol.toml")
    report = finished.save(out / "validation")
    print(f"Ten imputations: {finished.readiness.replace('_', ' ')} – {report / 'report.html'}")
    model = cds.load_model(MODEL, root=registry)  # again: it now knows how its validation went
    for person in (1, 2):
        page = cds.explain(model, people, patient=str(person), id_column="patnr")
        print(f"Person {person}: {page.save(out / 'people')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
