"""``cds update``: a model fitted to new patients as a new version, judged on others, before and after in one report."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cds.cli.options import default_folder, run_arguments
from cds.cli.validate import EXIT, told

if TYPE_CHECKING:
    from cds.core.cohort import Cohort
    from cds.core.model import RegisteredModel
    from cds.core.protocol import ValidationProtocol
    from cds.updating.updating import Updated

METHODS = ("intercept", "recalibrate", "isotonic", "beta", "refit")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The model, the method, the patients to update on and those to judge on."""
    parser.add_argument("model", metavar="MODEL", help="NAME@VERSION, NAME@ALIAS or a model folder")
    parser.add_argument("--method", required=True, choices=METHODS, help="what is fitted")
    parser.add_argument("--data", required=True, type=Path, help="the patients to update on (.csv or .parquet)")
    parser.add_argument("--protocol", required=True, help="a path or the name of a shipped protocol")
    judged = parser.add_mutually_exclusive_group(required=True)
    judged.add_argument("--judge-data", type=Path, help="other patients, on whom the update is judged")
    judged.add_argument(
        "--split", type=_share, metavar="SHARE", help="update on this share of --data, judge on the rest (such as 0.5)"
    )
    parser.add_argument("--new-version", default="", help="of the updated model (default: VERSION-METHOD)")
    parser.add_argument("--registry", type=Path, help="the registry (default: the model's own, else $CDS_REGISTRY)")
    run_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Fit, register, judge on other patients, print both; 0 ready, 1 not ready, 3 inconclusive."""
    from cds import run as runs
    from cds.cli.comparing import lines
    from cds.cli.progress import progress
    from cds.protocol import read_protocol
    from cds.registry import load_model
    from cds.report.pdf import warm_up
    from cds.run_folder import refuse_occupied
    from cds.updating.updating import update

    loaded = read_protocol(args.protocol)
    out = args.out or default_folder(loaded.protocol.name)
    refuse_occupied(out, overwrite=args.overwrite)
    parent = load_model(args.model, root=args.registry)
    to_update, judge, apart = _cohorts(args, parent, loaded.protocol)
    warm_up()
    made = update(
        parent,
        to_update,
        loaded.protocol,
        method=args.method,
        version=args.new_version,
        root=args.registry,
        split=args.split,
    )
    try:
        finished = runs.validate(
            made.model, judge, loaded, against=[parent], jobs=args.jobs, seed=args.seed,
            progress=progress("resampling"),
        )  # fmt: skip
        folder = finished.save(out, overwrite=args.overwrite)
    except BaseException:
        made.withdraw()  # a version that was never judged must not stay
        raise
    print("\n".join([*_done(made, apart), "", *told(finished.record, folder), ""]))
    print("\n".join(lines(finished.record, other=f"{parent.card.identity}, before the update")))
    return EXIT[finished.readiness]


def _cohorts(
    args: argparse.Namespace, parent: RegisteredModel, protocol: ValidationProtocol
) -> tuple[Cohort, Cohort, str]:
    """The patients to update on, those to judge on, and how it is known that they are not the same."""
    from cds.run import read_cohort
    from cds.updating.apart import divided, refuse_overlap

    whole = read_cohort(args.data, protocol, parent)
    if args.split is not None:
        drawn = protocol.measures.seed if args.seed is None else args.seed
        to_update, judge = divided(whole, args.split, drawn)
        return to_update, judge, f"{len(to_update)} of {len(whole)} rows drawn by seed {drawn}, by outcome"
    judge = read_cohort(args.judge_data, protocol, parent)
    return whole, judge, refuse_overlap(whole, judge, protocol, parent.card)


def _done(made: Updated, apart: str) -> Iterator[str]:
    from cds.updating.fitting import SOURCES

    card = made.model.card
    summary = card.update
    if summary is None:
        raise TypeError("an updated model says how it was updated")
    events = "" if summary.events is None else f", {summary.events} with the outcome"
    yield f"{card.identity} registered in {made.model.source}"
    yield f"  from {card.parent} by {summary.method}: {SOURCES[summary.method]}"
    yield f"  on {summary.n} patients{events}; judged on others: {apart}"
    numbers = ", ".join(f"{name} {value:.4g}" for name, value in summary.parameters.items())
    if numbers:
        yield f"  {numbers}"


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share < 1:
        raise argparse.ArgumentTypeError(f"must lie between 0 and 1, got {text!r}")
    return share
