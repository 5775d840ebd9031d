"""Can accuracy, sensitivity, specificity, predictive values and F1 be true together?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import ceil, floor

from cds.claims.averages import explained_by
from cds.claims.confusion import Bounds, Counts, conflict, reach, whole_table
from cds.claims.finding import ClaimFinding, joined
from cds.claims.reported import ClaimSet

SOURCE = (
    "joint feasibility of reported scores: Kovács and Fazekas 2024, doi:10.1016/j.neucom.2024.127556; "
    "here by the corners of the linear inequalities, and by whole patients where n is known"
)
AT_THRESHOLD = ("accuracy", "error", "sensitivity", "specificity", "ppv", "npv", "f1")
CELLS = ("tp", "fp", "tn", "fn")
# Of numbers that contradict each other, the one that is derived most is told as the impossible one.
BLAMED = ("f1", "f1_negative", "ppv", "npv", "accuracy", "error", "specificity", "sensitivity", "prevalence", *CELLS)
LABELS = {"f1_negative": "F1 of the patients without the outcome", "f1": "F1"}
FEWEST = 3  # numbers without which nothing can contradict anything


def feasibility_claims(claims: ClaimSet) -> Iterator[ClaimFinding]:
    """Whether any table of patients, whole ones where n is known, agrees with everything that is reported."""
    known, texts = known_numbers(claims)
    if not any(name in claims.shares for name in AT_THRESHOLD) or len(known) < FEWEST:
        return
    listed = joined([f"{_label(name)} {texts[name]}" for name in known])
    if claims.averaged:
        reason = "They are averages over folds or repeats, which need not agree with any one table of patients."
        yield ClaimFinding(listed, "cannot be checked", reason, SOURCE)
        return
    names = conflict(known)
    if names:
        yield _impossible(names, known, texts, claims)
        return
    n = claims.n
    table = None if n is None else whole_table(known, n)
    if n is not None and table is None:
        told = f"Shares with these values exist, but no table of {n:,} whole patients rounds to all of them"
        yield ClaimFinding(listed, "impossible", f"{told}.", SOURCE)
    else:
        yield ClaimFinding(listed, "consistent", f"They can be true together{_example(table)}.", SOURCE)


def known_numbers(claims: ClaimSet) -> tuple[dict[str, Bounds], dict[str, str]]:
    """The intervals of the numbers at one threshold, and their texts; an F1 by the average that it is said to be."""
    known: dict[str, Bounds] = {}
    texts: dict[str, str] = {}
    if claims.prevalence is not None:
        known["prevalence"], texts["prevalence"] = claims.prevalence.bounds, claims.prevalence.text
    f1 = {"negative": "f1_negative", "micro": "accuracy", "macro": "", "weighted": ""}.get(claims.f1_average, "f1")
    for reported in AT_THRESHOLD:
        name = f1 if reported == "f1" else reported
        if reported in claims.shares and name and name not in known:
            known[name], texts[name] = claims.shares[reported].bounds, claims.shares[reported].text
    if claims.n:
        for cell in CELLS:
            if cell in claims.counts:
                share = claims.counts[cell] / claims.n
                known[cell], texts[cell] = (share, share), f"{claims.counts[cell]:,}"
    return known, texts


def _impossible(
    names: tuple[str, ...], known: Mapping[str, Bounds], texts: Mapping[str, str], claims: ClaimSet
) -> ClaimFinding:
    blamed = min(names, key=BLAMED.index)
    rest = {name: bounds for name, bounds in known.items() if name != blamed}
    if reach(blamed, rest) is None:  # the others contradict each other too
        rest = {name: known[name] for name in names if name != blamed}
    given = joined([f"{_label(name)} {texts[name]}" for name in rest])
    allowed = reach(blamed, rest)
    if allowed is None:
        between = "cannot take any value"
    else:
        low, high = floor(1000 * allowed[0]) / 1000, ceil(1000 * allowed[1]) / 1000
        between = f"lies between {low:.3f} and {high:.3f}, whatever the model does"
    rounded = any(bounds[0] < bounds[1] for bounds in rest.values())
    taken = ", each taken as any value that is printed so," if rounded else ","
    by_hand = _arithmetic(blamed, rest)
    told = f" With the numbers as printed: {by_hand}" if rounded and by_hand else f" {by_hand}" if by_hand else ""
    sentence = f"With {given}{taken} {_label(blamed)} {between}; {texts[blamed]} is reported.{told}"
    if blamed == "f1":
        sentence += explained_by(rest, known["f1"], declared=claims.f1_average != "not declared")
    return ClaimFinding(f"{_label(blamed)} {texts[blamed]}", "impossible", sentence, SOURCE)


def _arithmetic(blamed: str, rest: Mapping[str, Bounds]) -> str:
    """The calculation by hand, from the reported values, where the contradiction has a short one."""
    value = {name: (low + high) / 2 for name, (low, high) in rest.items()}
    if "accuracy" in value and "error" not in value:
        value["error"] = 1 - value["accuracy"]
    pi, wrong = value.get("prevalence"), value.get("error")
    se, sp, ppv = value.get("sensitivity"), value.get("specificity"), value.get("ppv")
    if blamed == "f1" and pi is not None and wrong is not None:
        best = 2 * pi / (2 * pi + wrong)
        return (
            f"F1 is greatest when nobody with the outcome is missed, "
            f"2 × {pi:.3g} / (2 × {pi:.3g} + {wrong:.3g}) = {best:.3f}."
        )
    if blamed == "f1" and se is not None and ppv is not None and se + ppv > 0:
        return f"F1 = 2 × {se:.3g} × {ppv:.3g} / ({se:.3g} + {ppv:.3g}) = {2 * se * ppv / (se + ppv):.3f}."
    if pi is None or se is None or sp is None:
        return ""
    found, left = se * pi, sp * (1 - pi)
    if blamed == "ppv":
        return (
            f"Of 1,000 patients {1000 * found:.0f} are found and {1000 * (1 - pi - left):.0f} wrongly flagged: "
            f"ppv = {found / (found + 1 - pi - left):.3f}."
        )
    if blamed == "npv":
        return (
            f"Of 1,000 patients {1000 * left:.0f} are rightly left and {1000 * (pi - found):.0f} missed: "
            f"npv = {left / (left + pi - found):.3f}."
        )
    if blamed in ("accuracy", "error"):
        right = found + left
        return f"Accuracy = {se:.3g} × {pi:.3g} + {sp:.3g} × {1 - pi:.3g} = {right:.3f}, error {1 - right:.3f}."
    return ""


def _example(table: Counts | str | None) -> str:
    if isinstance(table, Counts):
        return (
            f": for example {table.found:,} found, {table.missed:,} missed, {table.wrongly_flagged:,} wrongly flagged "
            f"and {table.rightly_left:,} rightly left"
        )
    return f" ({table})" if table else ""


def _label(name: str) -> str:
    return LABELS.get(name, name)
