"""``cds plan``: how many patients a validation study needs, or how precise a study of given size will be."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from cds.cli.plan_expected import card_of, expected_from, option, risks_of

if TYPE_CHECKING:
    from cds.core.protocol import PrecisionSection, ValidationProtocol
    from cds.planning.plan import Plan
    from cds.planning.targets import Target

KINDS = ("binary", "continuous", "survival")
MOST_COHORTS = 10_000
# Options that say nothing about an outcome of the other kinds; given there they are refused, never ignored.
ONLY = {
    "c": ("binary", "survival"),
    "prevalence": ("binary", "survival"),
    "oe": ("binary", "survival"),
    "model": ("binary",),
    "lp_mean": ("binary",),
    "lp_sd": ("binary", "survival"),
    "risk_beta": ("binary",),
    "risks": ("binary",),
    "r_squared": ("continuous",),
    "sd": ("continuous",),
    "slope": ("continuous",),
    "residual_margin": ("continuous",),
    "censored": ("survival",),
    "shape": ("survival",),
    "cohorts": ("survival",),
    "seed": ("survival",),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Targets, what is expected of the model and the patients, and the form of the answer."""
    parser.add_argument(
        "--width",
        action="append",
        default=[],
        metavar="MEASURE=WIDTH[@THRESHOLD]",
        help="target width of an interval, upper less lower bound; may be repeated",
    )
    parser.add_argument("--protocol", help="take the targets from [[precision]] of a protocol")
    parser.add_argument("--kind", choices=KINDS, help="outcome kind (default: the protocol's, else binary)")
    parser.add_argument("--n", type=_patients, help="also tell the widths that so many patients give")
    parser.add_argument("--level", type=float, help="of the intervals (default: the protocol's, else 0.95)")
    _expected(parser)
    parser.add_argument("--json", action="store_true", help="print the plan as JSON")


def _patients(text: str) -> int:
    """A number of patients as typed."""
    try:
        return int(text)
    except ValueError:
        told = f"must be a whole number of patients in digits, got {text[:20]!r}"
        raise argparse.ArgumentTypeError(told) from None


def _expected(parser: argparse.ArgumentParser) -> None:
    shared = parser.add_argument_group("what is expected (binary, survival)")
    shared.add_argument("--prevalence", type=float, help="share with the outcome; survival: by the horizon")
    shared.add_argument("--c", type=float, help="C-statistic")
    shared.add_argument("--oe", type=float, help="O:E ratio (default 1)")
    shared.add_argument("--lp-sd", type=float, help="standard deviation of the normal linear predictor")
    binary = parser.add_argument_group("distribution of risks (binary): one of these, or --prevalence with --c")
    binary.add_argument("--lp-mean", type=float, help="mean of the normal linear predictor, with --lp-sd")
    binary.add_argument("--risk-beta", type=float, nargs=2, metavar=("A", "B"), help="risks follow a beta law")
    binary.add_argument("--risks", metavar="FILE:COLUMN", help="risks of a CSV or Parquet file")
    binary.add_argument("--model", help="prevalence and C from a model's card: its development and its claims")
    continuous = parser.add_argument_group("what is expected (continuous)")
    continuous.add_argument("--r-squared", type=float, help="R²")
    continuous.add_argument("--sd", type=float, help="the outcome's standard deviation")
    continuous.add_argument("--slope", type=float, help="calibration slope (default 1)")
    continuous.add_argument("--residual-margin", type=float, help="of the residual standard deviation (default 1.1)")
    survival = parser.add_argument_group("simulation (survival)")
    survival.add_argument("--censored", type=float, help="share censored before the horizon (default 0)")
    survival.add_argument("--shape", type=float, help="of the Weibull hazard (default 1: constant)")
    survival.add_argument("--cohorts", type=int, help="simulated cohorts (default 100)")
    survival.add_argument("--seed", type=int, help="of the simulation (default 1)")


def run(args: argparse.Namespace) -> int:
    """Print the plan; 0, or an input error."""
    from cds.cli.plan_lines import lines

    protocol = _protocol(args.protocol)
    kind = _kind(args, protocol)
    targets = _targets(args, protocol, kind)
    level = args.level if args.level is not None else protocol.measures.level if protocol else 0.95
    plan = {"binary": _binary, "continuous": _continuous, "survival": _survival}[kind](args, targets, level)
    plan = _with_remarks(plan, _left_out(protocol, kind))
    if args.json:
        import json

        print(json.dumps(plan.record(), ensure_ascii=False, indent=2))
    else:
        print("\n".join(lines(plan)))
    return 0


def _protocol(name: str | None) -> ValidationProtocol | None:
    from cds.core.errors import ProtocolError

    if name is None:
        return None
    from cds.protocol import read_protocol

    loaded = read_protocol(name)
    if not loaded.protocol.precision:
        raise ProtocolError("has no [[precision]] section, so it sets no target widths", where=loaded.path.name)
    return loaded.protocol


def _kind(args: argparse.Namespace, protocol: ValidationProtocol | None) -> str:
    from cds.core.errors import InputError, all_at_once

    declared = None if protocol is None else protocol.outcome.kind
    if declared is not None and declared not in KINDS:
        raise InputError(f"no size can be planned for {declared} outcomes", do=f"Plans exist for {', '.join(KINDS)}")
    if declared and args.kind and args.kind != declared:
        raise InputError(f"--kind {args.kind} contradicts the protocol, whose outcome is {declared}")
    kind: str = args.kind or declared or "binary"
    strange = [name for name, kinds in ONLY.items() if kind not in kinds and getattr(args, name) is not None]
    if strange:
        raise all_at_once([InputError(f"{option(n)} says nothing about a {kind} outcome") for n in strange])
    return kind


def _targets(args: argparse.Namespace, protocol: ValidationProtocol | None, kind: str) -> tuple[Target, ...]:
    from cds.core.errors import InputError
    from cds.planning.targets import Target, all_targets, read_target

    targets = [read_target(text) for text in args.width]
    if protocol is not None:
        if targets:
            raise InputError("--width contradicts --protocol, which sets the widths", do="Give one of them")
        targets = [Target(p.measure, p.width, p.threshold) for p in _plannable(protocol, kind)]
    if not targets and args.n is None and kind != "continuous":
        raise InputError("no target width is given", do="Add --width MEASURE=WIDTH, --protocol P, or --n PATIENTS")
    return tuple(targets) or all_targets(kind)


def _plannable(protocol: ValidationProtocol, kind: str) -> list[PrecisionSection]:
    """The protocol's targets that a formula answers; an error where none does."""
    from cds.core.errors import InputError
    from cds.planning.targets import PLANNED

    found = [target for target in protocol.precision if target.measure in PLANNED[kind]]
    if not found:
        named = ", ".join(dict.fromkeys(target.measure for target in protocol.precision))
        raise InputError(f"no size can be planned for {named}", do=f"Sizes exist for {', '.join(PLANNED[kind])}")
    return found


def _left_out(protocol: ValidationProtocol | None, kind: str) -> list[str]:
    from cds.planning.targets import PLANNED

    targets = () if protocol is None else protocol.precision
    named = dict.fromkeys(t.measure for t in targets if t.measure not in PLANNED[kind])
    return [f"No size can be planned for {name}, which the protocol names too." for name in named]


def _binary(args: argparse.Namespace, targets: tuple[Target, ...], level: float) -> Plan:
    from cds.planning.plan_binary import plan_binary

    prevalence, c, remarks = args.prevalence, args.c, []
    if args.model is not None:
        found = expected_from(card_of(args.model))
        prevalence = prevalence if prevalence is not None else found.get("prevalence")
        c = c if c is not None else found.get("c")
        remarks = [f"{name} {value:g}" for name, value in found.items()]
    return _with_remarks(
        plan_binary(
            targets,
            prevalence=prevalence,
            auroc=c,
            risks=risks_of(args),
            ratio=1.0 if args.oe is None else args.oe,
            level=level,
            n=args.n,
        ),
        [f"From the card of {args.model}: {', '.join(remarks) or 'neither prevalence nor C'}."] if args.model else [],
    )


def _with_remarks(plan: Plan, remarks: list[str]) -> Plan:
    from dataclasses import replace

    return replace(plan, remarks=(*remarks, *plan.remarks))


def _continuous(args: argparse.Namespace, targets: tuple[Target, ...], level: float) -> Plan:
    from cds.core.errors import InputError
    from cds.planning.plan_continuous import plan_continuous

    if args.r_squared is None:
        raise InputError("a continuous outcome needs --r-squared, the R² that is expected")
    if not args.width and args.sd is None:
        targets = tuple(t for t in targets if t.measure != "calibration_in_the_large")
    given = {"slope": args.slope, "residual_margin": args.residual_margin}
    options: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    return plan_continuous(targets, r_squared=args.r_squared, sd=args.sd, level=level, n=args.n, **options)


def _survival(args: argparse.Namespace, targets: tuple[Target, ...], level: float) -> Plan:
    from cds.core.errors import InputError
    from cds.planning.plan_survival import plan_survival
    from cds.planning.survival import SurvivalSetting, lp_sd_from_c

    if args.prevalence is None:
        raise InputError("a survival outcome needs --prevalence, the share with the event by the horizon")
    if (args.lp_sd is None) == (args.c is None):
        raise InputError("a survival outcome needs one of --c and --lp-sd: how far the linear predictor spreads")
    setting = SurvivalSetting(
        risk=args.prevalence,
        lp_sd=args.lp_sd if args.lp_sd is not None else lp_sd_from_c(args.c),
        censored=0.0 if args.censored is None else args.censored,
        shape=1.0 if args.shape is None else args.shape,
    )
    if args.cohorts is not None and args.cohorts > MOST_COHORTS:
        raise InputError(f"--cohorts must be at most {MOST_COHORTS:,}, got {args.cohorts:,}: it would take hours")
    if args.seed is not None and args.seed < 0:
        raise InputError(f"--seed must be at least 0, got {args.seed}")
    given = {"cohorts": args.cohorts, "seed": args.seed, "ratio": args.oe}
    options: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    return plan_survival(targets, setting=setting, level=level, n=args.n, **options)
