"""The arguments that every command with a run folder shares."""

from __future__ import annotations

import argparse
import datetime
import re
from pathlib import Path


def run_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the run is written, and how."""
    parser.add_argument("--out", type=Path, help="the run folder (default: reports/PROTOCOL-DATE-TIME)")
    parser.add_argument("--jobs", type=positive, help="worker processes (default: as many as processors)")
    parser.add_argument("--seed", type=seed, help="instead of the protocol's; the report says so")
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier run in --out")


def default_folder(name: str) -> Path:
    """Where a run is written unless told: reports/PROTOCOL-DATE-TIME."""
    slug = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip(".-") or "run"
    now = datetime.datetime.now(tz=datetime.UTC)
    return Path("reports") / f"{slug}-{now:%Y%m%d-%H%M%S}"


def positive(text: str) -> int:
    """A whole number of 1 or more."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of 1 or more, got {text!r}")
    return int(text)


def seed(text: str) -> int:
    """A whole number of 0 or more."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"must be a whole number of 0 or more, got {text!r}")
    return int(text)
