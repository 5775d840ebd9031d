"""``cds protocol new``, ``check`` and ``lock``."""

from __future__ import annotations

import argparse
from pathlib import Path

KINDS = (
    "what it is about: binary, nominal, ordinal, continuous; survival, competing_risks (times to an event); repeated "
    "(an outcome over visits); landmark (predictions of a time, renewed over visits); trial (default: binary)"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The three actions and what each needs."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="new | check | lock")
    new = actions.add_parser("new", help="write a commented protocol to fill in", allow_abbrev=False)
    new.add_argument("out", type=Path, help="the TOML file to write")
    new.add_argument("--kind", default="binary", help=KINDS)
    check = actions.add_parser("check", help="read a protocol and tell what it does not ask", allow_abbrev=False)
    check.add_argument("protocol", help="a path or the name of a shipped protocol")
    lock = actions.add_parser("lock", help="fix a protocol before the data are seen", allow_abbrev=False)
    lock.add_argument("protocol", help="a path")
    lock.add_argument("--by", required=True, help="who locks it")
    lock.add_argument("--on", help="the day, YYYY-MM-DD (default: today)")


def run(args: argparse.Namespace) -> int:
    """Do the chosen action; 0, or an input error."""
    actions = {"new": _new, "check": _check, "lock": _lock}
    actions[args.action](args)
    return 0


def _new(args: argparse.Namespace) -> None:
    from cds.protocol import new

    path = new(args.kind, args.out)
    print(f"{path} written; fill it in, then: cds protocol check {path}")


def _check(args: argparse.Namespace) -> None:
    from cds.protocol import can_be_ready, check, read_protocol

    remarks = check(args.protocol)
    loaded = read_protocol(args.protocol)
    criteria = len(loaded.protocol.criteria)
    reach = "can say ready" if can_be_ready(loaded.protocol) else "can never say ready"
    print(f"{loaded.path.name}: readable, {criteria} criteri{'on' if criteria == 1 else 'a'}, {reach}")
    for remark in remarks:
        print(f"  - {remark}")


def _lock(args: argparse.Namespace) -> None:
    from cds.protocol import lock

    print(f"{lock(args.protocol, args.by, args.on)} written; the protocol is locked")
