"""Which inputs enter a coalition together: the domains that the card names, or clusters of related inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from cds.core.explanation import PlayerKind
from cds.core.model import RegisteredModel
from cds.core.model_card import Feature, ModelCard
from cds.explanation.association import Association, associations, strongest
from cds.stats.inputs import prepare_inputs


@dataclass(frozen=True)
class Unions:
    """A partition of the inputs by kind: positions of each union's inputs, and its domain (empty where it has none)."""

    kind: PlayerKind
    members: tuple[tuple[int, ...], ...]
    domains: tuple[str, ...]


@dataclass(frozen=True)
class Together:
    """What of a model's background is the same for every patient: the unions, and the most closely related inputs."""

    unions: Unions | None
    strongest: Association | None


_KNOWN: WeakKeyDictionary[RegisteredModel, Together] = WeakKeyDictionary()


def together(model: RegisteredModel) -> Together:
    """The unions that the model's card asks for, None for inputs by themselves, and the strongest association.

    Worked out once per model; without a background there is neither.
    """
    if model not in _KNOWN:
        _KNOWN[model] = _together(model)
    return _KNOWN[model]


def _together(model: RegisteredModel) -> Together:
    card = model.card
    if model.background is None:
        return Together(None, None)
    names = [feature.name for feature in card.inputs]
    rows = prepare_inputs(card, model.background.reindex(columns=names))
    found = associations(card.inputs, rows)
    return Together(_unions(card, found), strongest(found))


def _unions(card: ModelCard, found: Sequence[Association]) -> Unions | None:
    if card.explanation.players == "domains":
        return by_domain(card.inputs)
    if card.explanation.correlated == "owen":
        return by_association(card.inputs, found, card.explanation.cluster_from)
    return None


def by_domain(features: Sequence[Feature]) -> Unions:
    """One union per domain, in the order of their first inputs; an input without a domain is its own."""
    keys = [(feature.domain, "" if feature.domain else feature.name) for feature in features]
    each = list(dict.fromkeys(keys))
    members = tuple(tuple(place for place, own in enumerate(keys) if own == key) for key in each)
    return Unions("domains", members, tuple(domain for domain, _ in each))


def by_association(features: Sequence[Feature], found: Sequence[Association], threshold: float) -> Unions:
    """Clusters by average linkage of 1 − |association|, cut where the mean association falls below ``threshold``.

    Source: average linkage, Sokal & Michener 1958, University of Kansas Science Bulletin 38.
    """
    from scipy.cluster.hierarchy import fcluster, linkage

    if len(features) < 2:
        return Unions("clusters", tuple((place,) for place in range(len(features))), ("",) * len(features))
    # Condensed distances: pairs in the order of ``associations``, as scipy has them.
    apart = np.array([1 - abs(each.value) for each in found])
    label = fcluster(linkage(apart, "average"), 1 - threshold + 1e-12, criterion="distance")
    members = tuple(tuple(np.flatnonzero(label == one).tolist()) for one in dict.fromkeys(label.tolist()))
    return Unions("clusters", members, ("",) * len(members))
