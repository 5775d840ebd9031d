"""Can the AUROC be that high, that precise, and agree with sensitivity and specificity?"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

from cds.claims.finding import ClaimFinding
from cds.claims.reported import ClaimSet
from cds.stats.auroc_variance import auroc_variance
from cds.stats.intervals import normal_quantile

NEARLY_PERFECT, LOWER_LIMIT = 0.99, 0.95
TOO_NARROW = 0.5  # of the width that the variance of an AUROC in so many patients gives
DENTED = 0.02  # how far below the two lines through its point an AUROC may fall before it is told
FIELD = (
    "screening instruments validated in low back pain reach pooled AUROCs of 0.59 to 0.83 "
    "(Karran et al. 2017, doi:10.1186/s12916-016-0774-4)"
)
NAMES = {"auroc": "AUROC", "harrell_c": "Harrell's C", "uno_c": "Uno's C"}
APPARENT = "Steyerberg and Harrell 2016, doi:10.1016/j.jclinepi.2015.04.005"


def discrimination_claims(claims: ClaimSet) -> Iterator[ClaimFinding]:
    """A concordance against what models reach, its interval against n, and the ROC point against the area."""
    for name in NAMES:
        if name in claims.shares:
            yield _height(name, claims)
    yield from _interval(claims)
    yield from _point(claims)


def evaluation_claims(claims: ClaimSet) -> Iterator[ClaimFinding]:
    """Performance in the very patients that the model was developed in is no performance."""
    if claims.evaluation == "apparent":
        told = (
            "The numbers were measured in the patients that the model was developed in. They are optimistic by an "
            "amount that is not reported, and say nothing of other patients."
        )
        yield ClaimFinding("evaluation: apparent", "misleading", told, APPARENT)


def _height(name: str, claims: ClaimSet) -> ClaimFinding:
    reported, lower = claims.shares[name], claims.shares.get("auroc_low") if name == "auroc" else None
    claim = f"{NAMES[name]} {reported.text}"
    high = reported.value >= NEARLY_PERFECT or (lower is not None and lower.value > LOWER_LIMIT)
    pairs = (
        f"It says that of 1,000 pairs of a patient with and one without the outcome, the former has the higher risk "
        f"in {1000 * reported.value:.0f}"
    )
    if not high:
        return ClaimFinding(claim, "consistent", f"{pairs}: no value that arithmetic can refute.")
    if claims.evaluation == "external":
        told = f"{pairs}, in other patients. {FIELD[0].upper()}{FIELD[1:]}; look for leakage before believing it."
        return ClaimFinding(claim, "cannot be checked", told)
    where = {"not declared": "where it was measured is not declared"}.get(
        claims.evaluation, f"it was measured by {claims.evaluation}, not in other patients"
    )
    told = (
        f"{pairs}; {where}. {FIELD[0].upper()}{FIELD[1:]}. Leakage of the outcome into the predictors, or performance "
        "in the development patients, explains it better than skill."
    )
    return ClaimFinding(claim, "implausible", told)


def _interval(claims: ClaimSet) -> Iterator[ClaimFinding]:
    if not {"auroc", "auroc_low", "auroc_high"} <= claims.shares.keys():
        return
    value, low, high = (claims.shares[name] for name in ("auroc", "auroc_low", "auroc_high"))
    claim = f"AUROC interval {low.text} to {high.text}"
    if not low.low <= value.high or not value.low <= high.high:
        yield ClaimFinding(claim, "impossible", f"The value itself, {value.text}, lies outside its interval.")
        return
    share, n = claims.prevalence, claims.n
    if share is None or n is None or not 0 < share.value < 1 or not 0 < value.value < 1:
        yield ClaimFinding(
            claim, "cannot be checked", "Its width needs n, the share with the outcome, and a value < 1."
        )
        return
    se = sqrt(auroc_variance(value.value, prevalence=share.value, n=n))
    expected, widest = 2 * normal_quantile(claims.level) * se, high.high - low.low
    told = (
        f"In {n:,} patients, {share.value * n:,.0f} of them with the outcome, an interval of "
        f"{100 * claims.level:g} % is about {expected:.3f} wide; the one reported is {high.value - low.value:.3f}"
    )
    source = "Newcombe 2006, doi:10.1002/sim.2324"
    if widest < TOO_NARROW * expected:
        yield ClaimFinding(claim, "implausible", f"{told}, less than half of that: n does not allow it.", source)
    else:
        yield ClaimFinding(claim, "consistent", f"{told}.", source)


def _point(claims: ClaimSet) -> Iterator[ClaimFinding]:
    """A ROC curve through (1 − Sp, Se) has an area between Se·Sp and 1 − (1 − Se)(1 − Sp)."""
    if not {"auroc", "sensitivity", "specificity"} <= claims.shares.keys():
        return
    auroc, se, sp = (claims.shares[name] for name in ("auroc", "sensitivity", "specificity"))
    least, most = se.low * sp.low, 1 - (1 - se.high) * (1 - sp.high)
    lines = (se.low + sp.low) / 2
    claim = f"AUROC {auroc.text} with sensitivity {se.text} and specificity {sp.text}"
    point = "A ROC curve that passes through this sensitivity and specificity"
    if auroc.high < least or auroc.low > most:
        told = f"{point} has an area between Se × Sp = {least:.3f} and 1 − (1 − Se)(1 − Sp) = {most:.3f}."
        yield ClaimFinding(claim, "impossible", told)
    elif auroc.high < lines - DENTED:
        told = (
            f"{point} has, where it bulges upwards as of any useful score, an area of at least "
            f"(Se + Sp) / 2 = {lines:.3f}. The threshold was probably chosen in the same patients, or the numbers "
            "belong to different ones."
        )
        yield ClaimFinding(claim, "implausible", told)
    else:
        yield ClaimFinding(claim, "consistent", f"{point} can have this area ({least:.3f} to {most:.3f}).")
