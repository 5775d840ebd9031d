"""Analyse a published randomised trial by intention to treat, as its protocol says.

    python examples/prt_trial/run.py [--out DIR]

The data are read from ``data/lbp_prt_trial/Ashar2022_outcomes_demographics.csv`` in the folder that CDS_SHARED names,
or in ``shared`` beside the checkout. Everything is written to ``--out`` (default: reports/prt_trial), which must not
exist.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
SHARED = Path(os.environ.get("CDS_SHARED", REPOSITORY.parent / "shared"))
DATA = SHARED / "data" / "lbp_prt_trial" / "Ashar2022_outcomes_demographics.csv"


def main(arguments: list[str] | None = None) -> int:
    """Run the example; 0 when all is written, 2 when the data are absent or the folder is taken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=REPOSITORY / "reports" / "prt_trial")
    out: Path = parser.parse_args(arguments).out
    if not DATA.is_file():
        print(f"{DATA}: no such file. Name the folder that holds data/ in CDS_SHARED", file=sys.stderr)
        return 2
    if out.exists():
        print(f"{out}: exists already. Name another folder with --out", file=sys.stderr)
        return 2
    return run(out)


def run(out: Path) -> int:
    """Analyse the trial and say what it showed."""
    import cds

    finished = cds.validate(None, DATA, HERE / "protocol.toml")
    for arm in ("pain reprocessing therapy", "placebo"):
        effect = finished.findings.get("treatment_effect", category=arm)
        print(f"{arm} against usual care: {effect.record()['details']['in_words']}")
    report = finished.save(out)
    print(f"Trial: {finished.readiness.replace('_', ' ')} – {report / 'report.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
