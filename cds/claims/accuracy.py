"""Is the accuracy better than that of always giving the commoner answer?"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

from cds.claims.finding import ClaimFinding
from cds.claims.reported import ClaimSet, Reported
from cds.stats.intervals import normal_quantile

SOURCE = (
    "no-information rate: Kuhn 2008, doi:10.18637/jss.v028.i05; "
    "interval: Wilson 1927, doi:10.1080/01621459.1927.10502953"
)


def accuracy_claims(claims: ClaimSet) -> Iterator[ClaimFinding]:
    """The accuracy (or error) against the no-information rate max(π, 1 − π), within rounding and sampling."""
    accuracy = _accuracy(claims)
    if accuracy is None:
        return
    name, reported, (low, high) = accuracy
    claim, share = f"{name} {reported.text}", claims.prevalence
    if share is None:
        reason = "the share of patients with the outcome is not reported (prevalence, or events and n)"
        yield ClaimFinding(claim, "cannot be checked", f"Without {reason}, an accuracy says nothing.", SOURCE)
        return
    answer = "no" if share.value <= 0.5 else "yes"
    trivial = (
        f"Always saying '{answer}' is right in {100 * _rate(share.value):.1f} % of these patients "
        f"(share with the outcome: {share.text})"
    )
    value = (low + high) / 2
    margin = f"; the model in {100 * value:.1f} %"
    if claims.n is not None:
        below = _wilson_low(low, claims.n, claims.level)
        margin += f" (lower {100 * claims.level:g} % bound {100 * below:.1f} %, {claims.n:,} patients)"
        low = below
    if low > _rate(share.value):
        yield ClaimFinding(claim, "consistent", f"{trivial}{margin}.", SOURCE)
    else:
        told = "so the accuracy does not show that it tells patients apart"
        yield ClaimFinding(claim, "misleading", f"{trivial}{margin}, {told}.", SOURCE)


def _accuracy(claims: ClaimSet) -> tuple[str, Reported, tuple[float, float]] | None:
    """The accuracy's name, text and bounds, from the error where only that is reported."""
    if "accuracy" in claims.shares:
        reported = claims.shares["accuracy"]
        return "accuracy", reported, reported.bounds
    if "error" in claims.shares:
        reported = claims.shares["error"]
        return "error", reported, (1 - reported.high, 1 - reported.low)
    return None


def _rate(prevalence: float) -> float:
    return max(prevalence, 1 - prevalence)


def _wilson_low(share: float, n: int, level: float) -> float:
    """The lower Wilson bound of a share of n."""
    z = normal_quantile(level)
    centre, spread = share + z * z / (2 * n), z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (centre - spread) / (1 + z * z / n)
