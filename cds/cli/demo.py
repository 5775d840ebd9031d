"""``cds demo``: the whole way on an embedded cohort."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the demonstration is written."""
    parser.add_argument("--out", type=Path, default=Path("reports/demo"), help="folder (default: reports/demo)")


def run(args: argparse.Namespace) -> int:
    """Run the demonstration; 0 when every output is written."""
    from cds.demo import run_demo

    return run_demo(args.out)
