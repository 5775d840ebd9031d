"""Were the numbers measured among patients like those whom the model is for?"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

from cds.claims.finding import ClaimFinding
from cds.claims.reported import ClaimSet

SOURCE = "van den Goorbergh et al. 2022, doi:10.1093/jamia/ocac093"
FAR = 3.29  # standard errors: p < .001
RELATIVE = 0.2  # without n: this share of the population's prevalence
DEPENDENT = ("accuracy", "error", "ppv", "npv", "f1", "brier")


def rebalanced_claims(claims: ClaimSet) -> Iterator[ClaimFinding]:
    """Evaluation on rebalanced data, and copies of patients on both sides of a split."""
    named = [name for name in (*DEPENDENT, "auroc") if name in claims.shares]
    told = ", ".join(f"{name} {claims.shares[name].text}" for name in named) or "the numbers"
    if claims.rebalanced == "before_split":
        sentence = (
            "Patients were copied or synthesised (SMOTE or the like) before the data were split, so near copies of "
            "the same patients were used to develop and to test: every number is too good."
        )
        yield ClaimFinding(told, "misleading", sentence, SOURCE)
    elif claims.rebalanced == "evaluation" or claims.evaluation == "rebalanced":
        sentence = (
            "The model was tested on rebalanced data. Accuracy, predictive values, F1 and calibration depend on how "
            f"many patients have the outcome, and no clinic has that share.{_at_home(claims)}"
        )
        yield ClaimFinding(told, "misleading", sentence, SOURCE)
    elif claims.rebalanced == "training":
        sentence = (
            "It was developed on rebalanced data: its risks are too high unless they were recalibrated. Ask for the "
            "calibration in patients as they come."
        )
        yield ClaimFinding("developed on rebalanced data", "cannot be checked", sentence, SOURCE)
    else:
        yield from _other_prevalence(claims)


def _other_prevalence(claims: ClaimSet) -> Iterator[ClaimFinding]:
    """Another share with the outcome than in the population that the model is for, beyond rounding and chance."""
    here, there = claims.prevalence, claims.shares.get("population_prevalence")
    if here is None or there is None:
        return
    claim = f"prevalence {here.text} in the evaluation"
    gap = max(here.low - there.high, there.low - here.high)
    allowed = RELATIVE * there.value
    if claims.n is not None:
        allowed = FAR * sqrt(there.value * (1 - there.value) / claims.n)
    if gap <= allowed:
        yield ClaimFinding(claim, "consistent", f"It is that of the population ({there.text}), as far as n tells.")
        return
    named = ", ".join(name for name in DEPENDENT if name in claims.shares)
    sentence = (
        f"In the population that the model is for, {100 * there.value:.3g} % of the patients have the outcome, in the "
        f"evaluation {100 * here.value:.3g} %.{f' {named} depend on that share.' if named else ''}{_at_home(claims)}"
    )
    yield ClaimFinding(claim, "misleading", sentence, SOURCE)


def _at_home(claims: ClaimSet) -> str:
    """The predictive values and the accuracy in the population, by Bayes' rule from sensitivity and specificity."""
    needed = ("sensitivity", "specificity", "population_prevalence")
    if not set(needed) <= claims.shares.keys():
        return ""
    se, sp, pi = (claims.shares[name].value for name in needed)
    found, left = se * pi, sp * (1 - pi)
    flagged = found + 1 - pi - left
    ppv = f"ppv {found / flagged:.3f}, " if flagged > 0 else ""
    return (
        f" With sensitivity {se:g} and specificity {sp:g}, {1000 * pi:.0f} of 1,000 patients having the outcome, "
        f"it would be: {ppv}accuracy {found + left:.3f} (always 'no': {1 - pi:.3f})."
    )


def brier_claims(claims: ClaimSet) -> Iterator[ClaimFinding]:
    """A Brier score against that of telling everyone the average risk, π(1 − π)."""
    brier, share = claims.shares.get("brier"), claims.prevalence
    if brier is None:
        return
    claim = f"Brier score {brier.text}"
    if share is None:
        yield ClaimFinding(claim, "cannot be checked", "It means nothing without the share with the outcome.")
        return
    # π(1 − π) is greatest at ½.
    middle = min(max(0.5, share.low), share.high)
    useless = share.value * (1 - share.value)
    told = f"Telling everyone the average risk gives {share.value:.3g} × {1 - share.value:.3g} = {useless:.4f}"
    if brier.low >= middle * (1 - middle):
        yield ClaimFinding(claim, "misleading", f"{told}, no worse than the model.")
    else:
        yield ClaimFinding(claim, "consistent", f"{told}; lower is better.")
