"""``cds compare``: several models on the same patients; the verdict stays that of the first one."""

from __future__ import annotations

import argparse
from pathlib import Path

from cds.cli.options import default_folder, run_arguments
from cds.cli.validate import EXIT, told


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The model that is judged, those it is compared with, the protocol, the data."""
    parser.add_argument("--protocol", required=True, help="a path or the name of a shipped protocol")
    parser.add_argument("--model", required=True, help="the model that is judged, as in cds validate")
    parser.add_argument(
        "--against",
        action="append",
        default=[],
        metavar="MODEL",
        help="a model to compare with, predictions:COLUMN, or logistic: for a regression on the same inputs, both "
        "refitted; may be given several times (default: logistic:)",
    )
    parser.add_argument("--data", required=True, type=Path, help="a .csv or .parquet file")
    run_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Validate and compare, write the run folder, print both; 0 ready, 1 not ready, 3 inconclusive."""
    from cds import run as runs
    from cds.assembly.rivals import LOGISTIC
    from cds.cli.comparing import lines
    from cds.cli.progress import progress
    from cds.protocol import read_protocol
    from cds.report.pdf import warm_up
    from cds.run_folder import refuse_occupied

    loaded = read_protocol(args.protocol)
    out = args.out or default_folder(loaded.protocol.name)
    refuse_occupied(out, overwrite=args.overwrite)
    warm_up()
    finished = runs.validate(
        args.model,
        args.data,
        loaded,
        against=args.against or [LOGISTIC],
        jobs=args.jobs,
        seed=args.seed,
        progress=progress("resampling"),
    )
    folder = finished.save(out, overwrite=args.overwrite)
    print("\n".join([*told(finished.record, folder), "", *lines(finished.record)]))
    return EXIT[finished.readiness]
