"""What an explanation says beside its values: its groups, the pair that interacts most, what is too uncertain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from cds.core.arrays import BoolArray, FloatArray
from cds.core.explanation import Group, Interaction
from cds.core.model import RegisteredModel
from cds.explanation.games import FEWEST_ROUNDS, Game, Played
from cds.explanation.owen_values import union_sums
from cds.explanation.unions import Unions, together

CAUTION = (
    "Inputs are varied independently of each other, so some of the combinations evaluated may not occur in people."
)
_CAUTIONS = {
    "domains": "Inputs of one domain enter together; domains, and inputs inside them, are varied independently of each "
    "other, so some of the combinations evaluated may not occur in people.",
    "clusters": "Related inputs enter together as clusters; clusters, and inputs inside them, are varied independently "
    "of each other, so some of the combinations evaluated may not occur in people.",
}


def particulars(
    key: Game, played: Played, names: Sequence[str], values: FloatArray, unions: Unions | None
) -> dict[str, Any]:
    """The Explanation's ``players``, ``groups``, ``imprecise`` and ``interaction``.

    ``names`` and ``values`` are the inputs' in the card's order.
    """
    told: dict[str, Any] = {"interaction": _interaction(key, played, names)}
    told["imprecise"] = imprecise(key, played, names)
    if unions is not None:
        told |= {"players": unions.kind, "groups": _groups(key, played, names, values, unions)}
    return told


def imprecise(key: Game, played: Played, names: Sequence[str]) -> tuple[str, ...]:
    """The inputs whose sampled value is too uncertain to print; none where values are exact.

    A value is where its Monte Carlo standard error is above the tolerance of its space; the error of fewer than 10
    rounds is itself uncertain and is widened as Student's t is.
    """
    if played.exact:
        return ()
    uncertain = _uncertain(key, played, played.errors[key])
    return tuple(name for name, too in zip(names, uncertain, strict=True) if too)


def related(model: RegisteredModel) -> dict[str, Any]:
    """The caution about related inputs, and the two that are most closely related in the background (or None)."""
    known = together(model)
    caution = CAUTION if known.unions is None else _CAUTIONS[known.unions.kind]
    return {"caution": caution, "correlated": None if known.strongest is None else asdict(known.strongest)}


def _interaction(key: Game, played: Played, names: Sequence[str]) -> Interaction | None:
    if key not in played.pairs:
        return None
    one, other, index = played.pairs[key]
    return Interaction((names[one], names[other]), index, key[1])


def _groups(key: Game, played: Played, names: Sequence[str], values: FloatArray, unions: Unions) -> tuple[Group, ...]:
    sums, errors = union_sums(values, unions), played.union_errors.get(key)
    if errors is None and not played.exact and len(sums) == len(values):
        errors = played.errors[key][[members[0] for members in unions.members]]
    uncertain = np.zeros(len(sums), dtype=bool) if errors is None else _uncertain(key, played, errors)
    return tuple(
        Group(
            tuple(names[place] for place in members),
            float(sums[number]),
            domain,
            None if errors is None else float(errors[number]),
            not uncertain[number],
        )
        for number, (members, domain) in enumerate(zip(unions.members, unions.domains, strict=True))
    )


def _uncertain(key: Game, played: Played, errors: FloatArray) -> BoolArray:
    return np.asarray(errors * _widening(played.rounds or 0) > played.tolerances[key])


def _widening(rounds: int) -> float:
    if rounds >= FEWEST_ROUNDS:
        return 1.0
    from scipy.special import ndtri, stdtrit

    return float(stdtrit(rounds - 1, 0.975) / ndtri(0.975))
