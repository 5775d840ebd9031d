"""``cds registry add``, ``list``, ``show``, ``verify`` and ``alias``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cds.core.model import RegisteredModel
    from cds.core.model_card import Feature
    from cds.registry.listing import Listed

NOT_VALIDATED = ("score",)  # points without a probability: cds validate cannot judge them, but all can be explained
ALIKE = 0.5  # of the development rows like another one, from which on it is said


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The five actions and what each needs."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="add | list | show | verify | alias")
    add = actions.add_parser("add", help="register a model file under its card", allow_abbrev=False)
    add.add_argument("--card", required=True, type=Path, help="the model card (TOML)")
    add.add_argument("--artifact", required=True, type=Path, help="the model: .skops, .json, .ubj or .toml")
    add.add_argument("--background", type=Path, help="reference rows for explanations (CSV, Parquet); stored")
    add.add_argument("--development", type=Path, help="development rows; summarised and fingerprinted, not stored")
    add.add_argument(
        "--no-fingerprints", action="store_true",
        help="store no fingerprints: a validation cannot tell whether its patients were among the development rows",
    )  # fmt: skip
    add.add_argument(
        "--instability", type=int, default=0, metavar="B",
        help="store B refits on resampled development rows (50 to 1000): how far each patient's estimate could move",
    )  # fmt: skip
    add.add_argument(
        "--conformal", type=Path, metavar="FILE",
        help="patients the model was not developed on, with outcomes (100 or more): intervals of a value, sets of "
        "categories that hold the outcome of 95 %% of patients; one score of theirs is stored",
    )  # fmt: skip
    add.add_argument("--allow-pickle", action="store_true", help="take a pickle, which runs the code it holds")
    listed = actions.add_parser("list", help="list the registered and the shipped models", allow_abbrev=False)
    show = actions.add_parser("show", help="tell what is known about a model", allow_abbrev=False)
    show.add_argument("model", help="NAME@VERSION, NAME@ALIAS or a model folder")
    verify = actions.add_parser("verify", help="check the files of one model, or of all", allow_abbrev=False)
    verify.add_argument("model", nargs="?", help="NAME@VERSION, NAME@ALIAS or a model folder (default: all)")
    alias = actions.add_parser("alias", help="let NAME@ALIAS mean a version", allow_abbrev=False)
    alias.add_argument("model", help="NAME@VERSION")
    alias.add_argument("alias", help="such as production")
    for action in (add, listed, show, verify, alias):
        action.add_argument("--root", type=Path, help="the registry (default: $CDS_REGISTRY, else ./registry)")


def run(args: argparse.Namespace) -> int:
    """Do the chosen action; 0, or an input error."""
    actions = {"add": _add, "list": _list, "show": _show, "verify": _verify, "alias": _alias}
    actions[args.action](args)
    return 0


def _add(args: argparse.Namespace) -> None:
    from cds.core.errors import InputError, located
    from cds.registry import add
    from cds.tabular import read_table

    samples = {"background": args.background, "development": args.development, "conformal": args.conformal}
    frames = {name: read_table(path).frame for name, path in samples.items() if path is not None}
    try:
        added = add(
            args.artifact, args.card, **frames, instability=args.instability,
            fingerprints=not args.no_fingerprints, root=args.root, allow_pickle=args.allow_pickle,
        )  # fmt: skip
    except InputError as fault:
        for name in frames:
            fault = located(fault, f"{name} {samples[name].name}", before=name)
        raise fault from None
    print(f"{added.card.identity} registered in {added.source}")
    print(f"  adapter {added.adapter}, sha256 {added.sha256}")
    for remark in (*_lacking(added), *_refits(added, args.instability), *_set_apart(added), *_fingerprinted(added)):
        print(f"  - {remark}")


def _fingerprinted(added: RegisteredModel) -> list[str]:
    """Where the key is, and whether the development rows can be told from each other."""
    from cds.registry.fingerprint_key import key_path

    if added.load_fingerprints is None:
        return []
    whole = next(iter(added.load_fingerprints()))
    alike = 1 - sum(many for times, many in whole.shared if times == 1) / max(whole.rows, 1)
    remarks = [f"fingerprints stored; the key is {key_path()}: keep it, apart from the registry"]
    if alike >= ALIKE:
        remarks.append(
            f"{alike:.0%} of the development rows are like another one in every input: if a patient has several, name "
            "patient_column in the card, or a validation cannot tell overlap from chance"
        )
    return remarks


def _refits(added: RegisteredModel, asked: int) -> list[str]:
    """How many refits were stored, from which a page takes a range."""
    if not asked:
        return []
    return [f"{len(added.refits)} of {asked} refits stored: a patient's page gives the range that they span"]


def _set_apart(added: RegisteredModel) -> list[str]:
    """What the stored conformal score promises, and of how many patients it is."""
    found = added.conformal
    if found is None:
        return []
    left_out = f" ({found.left_out} without outcome or required input left out)" if found.left_out else ""
    return [
        f"conformal score {found.score:.4g} from {found.rows} patients{left_out}: holds the outcome of "
        f"{found.level:.0%} of patients like them, on average and not in every group"
    ]


def _lacking(added: RegisteredModel) -> list[str]:
    remarks = []
    if added.background is None:
        remarks.append("no background sample: the model's estimates cannot be explained (--background)")
    if added.card.development is None:
        remarks.append("no development data: inputs unlike those seen cannot be noticed (--development)")
    return remarks


def _list(args: argparse.Namespace) -> None:
    from cds.registry import list_models

    header = ("model", "aliases", "outcome", "can be", "adapter", "source", "background", "latest validation")
    for line in _aligned([header, *(_row(entry) for entry in list_models(root=args.root))]):
        print(line)


def _row(entry: Listed) -> tuple[str, ...]:
    if entry.card is None:
        return (entry.identity, "", "", "", "", "registry", "", f"DAMAGED: {entry.problem.splitlines()[0]}")
    return (
        entry.identity,
        ", ".join(entry.aliases) or "-",
        entry.card.outcome,
        "explained only" if entry.card.outcome in NOT_VALIDATED else "validated, explained",
        entry.adapter,
        "shipped" if entry.source == "shipped" else "registry",
        "yes" if entry.has_background else "none",
        entry.standing.readiness if entry.standing else "never validated",
    )


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _show(args: argparse.Namespace) -> None:
    from cds.core.errors import RegistryError
    from cds.registry import show

    entry = show(args.model, root=args.root)
    if entry.card is None:
        raise RegistryError(entry.problem)
    for line in _aligned([*_facts(entry)]):
        print(line)
    print("inputs")
    for line in _aligned([_input(feature) for feature in entry.card.inputs] or [("none",)]):
        print(f"  {line}")


def _facts(entry: Listed) -> list[tuple[str, str]]:
    card, missing = entry.card, "not given"
    if card is None:
        return []
    held, standing = card.development, entry.standing
    seen = f"{held.rows} rows" + (f", {held.events} events" if held.events is not None else "") if held else missing
    return [
        ("model", entry.identity),
        ("aliases", ", ".join(entry.aliases) or "none"),
        ("source", entry.source),
        ("adapter", entry.adapter),
        ("sha256", entry.sha256),
        ("outcome", card.outcome),
        ("predicts", card.predicts or missing),
        ("horizon", card.horizon or missing),
        ("intended use", card.intended_use or missing),
        ("not for", ", ".join(card.not_for) or missing),
        ("population", card.population or missing),
        ("development", seen),
        *([("updated from", f"{card.parent} by {card.update.method}, n {card.update.n}")] if card.update else []),
        ("background", "yes" if entry.has_background else "none: its estimates cannot be explained"),
        ("responsible", card.responsible or missing),
        ("contact", card.contact or missing),
        ("review by", card.review_by or missing),
        ("source of it", card.source or missing),
        ("licence", card.licence or missing),
        ("validation", f"{standing.readiness} ({standing.created}, n {standing.n})" if standing else "never validated"),
    ]


def _input(feature: Feature) -> tuple[str, str, str, str]:
    if feature.levels:
        allowed = ", ".join(f"{key} = {label}" for key, label in feature.levels.items())
    else:
        allowed = f"{feature.range[0]:g} to {feature.range[1]:g} {feature.unit}" if feature.range else feature.unit
    needed = "required" if feature.required else "optional"
    return feature.name, feature.type, needed, allowed.strip()


def _verify(args: argparse.Namespace) -> None:
    from cds.registry import verify

    matching = verify(args.model, root=args.root)
    for identity in matching:
        print(f"{identity}: every file matches its recorded sha256")
    if not matching:
        print("no model is registered here; shipped models come with the package and have no recorded sums")


def _alias(args: argparse.Namespace) -> None:
    from cds.registry import set_alias

    set_alias(args.model, args.alias, root=args.root)
    print(f"{args.model.partition('@')[0]}@{args.alias} now means {args.model}")
