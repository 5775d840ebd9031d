"""Every check on every set of claims."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cds.claims.accuracy import accuracy_claims
from cds.claims.averages import average_claims
from cds.claims.discrimination import discrimination_claims, evaluation_claims
from cds.claims.feasibility import feasibility_claims
from cds.claims.finding import JUDGEMENTS, WRONG, ClaimFinding
from cds.claims.population import brier_claims, rebalanced_claims
from cds.claims.reported import ClaimSet, Reported, read_claims

if TYPE_CHECKING:  # a file of claims needs no card, and the card's module is slow to load
    from cds.core.model_card import ModelCard

AUDIT_SCHEMA = "cds.claims-audit/1"
CHECKS: tuple[Callable[[ClaimSet], Iterator[ClaimFinding]], ...] = (
    evaluation_claims,
    rebalanced_claims,
    accuracy_claims,
    feasibility_claims,
    average_claims,
    discrimination_claims,
    brier_claims,
)
INTERNAL = ("apparent", "split", "cv", "rebalanced")


@dataclass(frozen=True)
class Audit:
    """What was found about the claims of one model or paper; ``remarks`` say how numbers were read."""

    name: str
    source: str
    findings: tuple[ClaimFinding, ...]
    remarks: tuple[str, ...] = ()

    @property
    def wrong(self) -> tuple[ClaimFinding, ...]:
        """The claims that are impossible, misleading or implausible."""
        return tuple(f for f in self.findings if f.judgement in WRONG)

    def record(self) -> dict[str, Any]:
        """The audit as ``cds claims --json`` prints it."""
        return {
            "schema": AUDIT_SCHEMA,
            "name": self.name,
            "source": self.source,
            "counts": {j: sum(f.judgement == j for f in self.findings) for j in JUDGEMENTS},
            "findings": [f.record() for f in self.findings],
            "remarks": list(self.remarks),
        }


def audit_claims(claims: Mapping[str, Any], *, name: str = "", source: str = "", where: str = "") -> Audit:
    """Check a table of claims, as ``[claims]`` of a card or of a file of its own holds it.

    Raises:
        CardError: lists every value that cannot be read.
    """
    return _audited(read_claims(claims, where=where), name, source)


def audit_card(card: ModelCard) -> Audit:
    """Check a card's claims; its own prevalence, or that of its development data, is the population's.

    The development data stand for the population only where the evaluation was made in them.

    Raises:
        CardError: lists every value that cannot be read.
    """
    sets = read_claims(card.claims, where=card.identity)
    return _audited([_with_population(one, card) for one in sets], card.identity, card.source)


def _audited(sets: Sequence[ClaimSet], name: str, source: str) -> Audit:
    findings = [f for one in sets for f in _checked(one)]
    # The wrong ones first, each kind in the order found.
    ordered = sorted(findings, key=lambda f: JUDGEMENTS.index(f.judgement))
    return Audit(name, source, tuple(ordered), tuple(dict.fromkeys(r for one in sets for r in one.remarks)))


def _checked(claims: ClaimSet) -> Iterator[ClaimFinding]:
    for check in CHECKS:
        for finding in check(claims):
            yield replace(finding, set_name=claims.name)
    for other in claims.others:
        yield ClaimFinding(other, "cannot be checked", "No check reads this number.", set_name=claims.name)


def _with_population(claims: ClaimSet, card: ModelCard) -> ClaimSet:
    if "population_prevalence" in claims.shares:
        return claims
    development = card.development
    share: Reported | None = None
    if card.prevalence is not None:
        share = Reported(f"{card.prevalence:g}", card.prevalence, card.prevalence, card.prevalence, 0)
    elif development is not None and development.events is not None and claims.evaluation in INTERNAL:
        exact = development.events / development.rows
        share = Reported(f"{development.events:,}/{development.rows:,} in development", exact, exact, exact, 0)
    return claims if share is None else replace(claims, shares={**claims.shares, "population_prevalence": share})
