"""What the options of ``cds plan`` say of the patients: a distribution of risks, or a model's card."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from cds.core.errors import DataError, InputError, RegistryError, located, nearest

if TYPE_CHECKING:
    from cds.core.model_card import ModelCard
    from cds.planning.risks import Risks


def risks_of(args: argparse.Namespace) -> Risks | None:
    """The distribution that the options name; contradictory ones are refused."""
    from cds.planning import risks

    named = [name for name in ("risk_beta", "risks") if getattr(args, name) is not None]
    lp = (args.lp_mean, args.lp_sd)
    if lp != (None, None):
        if None in lp:
            raise InputError("--lp-mean and --lp-sd belong together")
        named.append("lp_mean")
    if len(named) > 1:
        raise InputError(f"{' and '.join(map(option, named))} contradict each other", do="Give one distribution")
    if args.risk_beta is not None:
        return risks.beta(*args.risk_beta)
    if args.lp_mean is not None:
        return risks.normal(args.lp_mean, args.lp_sd)
    return None if args.risks is None else _risks_of_file(args.risks)


def _risks_of_file(named: str) -> Risks:
    import numpy as np
    import pandas as pd

    from cds.planning.risks import observed
    from cds.tabular import read_table

    file, colon, column = named.rpartition(":")
    if not (colon and file and column):
        raise InputError(f"{named!r} names no column", do="Write --risks FILE:COLUMN")
    table = read_table(Path(file)).frame
    if column not in table.columns:
        raise DataError(f"there is no column {column!r}", where=file, do=nearest(column, map(str, table.columns)))
    values = np.asarray(pd.to_numeric(pd.Series(table[column]), errors="coerce"), dtype=np.float64)
    try:
        return observed(values, told=f"the risks are the {len(values):,} of {file}")
    except InputError as fault:
        raise located(fault, f"{file}, column {column}") from None


def card_of(reference: str) -> ModelCard:
    """The card of a registered or shipped model."""
    from cds.registry import show

    found = show(reference)
    if found.card is None:
        raise RegistryError(f"{reference} has no card that can be read: {found.problem}")
    return found.card


def expected_from(card: ModelCard) -> dict[str, float]:
    """The prevalence of the development data and the AUROC that is claimed, where the card has them."""
    from cds.claims.reported import read_claims

    found, development = {}, card.development
    if development is not None and development.events is not None and development.rows:
        found["prevalence"] = development.events / development.rows
    for one in read_claims(card.claims, where=card.identity)[:1]:
        if "auroc" in one.shares:
            found["c"] = one.shares["auroc"].value
    return found


def option(name: str) -> str:
    """An argument as one types it.

    >>> option("lp_sd")
    '--lp-sd'
    """
    return "--" + name.replace("_", "-")
