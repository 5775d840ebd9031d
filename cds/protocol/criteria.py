"""What may be asked of which measure; refuses unknown measures, and what does not fit a known one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cds.core.errors import ProtocolError, all_at_once, nearest
from cds.core.measure import Measure
from cds.core.protocol import ValidationProtocol
from cds.protocol.precision import precision_faults

# Numbers that people ask for by habit and that decide nothing here; the reason is what they are told.
# Van Calster et al., Lancet Digital Health 2025, doi:10.1016/j.landig.2025.100916.
REFUSED = {
    "hosmer_lemeshow": "the Hosmer–Lemeshow test depends on arbitrary groups, has little power in small "
    "samples and rejects every model in large ones; ask for calibration_slope and calibration_in_the_large",
    "accuracy": "accuracy rewards always predicting the commoner outcome and is improper; ask for "
    "net_benefit_gain at the threshold that the clinic acts on",
    "balanced_accuracy": "balanced accuracy weighs errors as no clinic does; ask for net_benefit_gain",
    "f1": "F1 ignores the patients rightly left alone and is improper; ask for net_benefit_gain",
    "mcc": "the Matthews correlation weighs errors as no clinic does; ask for net_benefit_gain",
    "youden": "Youden's index weighs a missed and a wrongly flagged patient by prevalence alone; ask for "
    "net_benefit_gain at the threshold that the clinic acts on",
    "kappa": "Cohen's kappa is improper and depends on prevalence; ask for net_benefit_gain",
    "nri": "the net reclassification improvement rewards miscalibrated models; ask for net_benefit_gain",
    "idi": "the integrated discrimination improvement rewards miscalibrated models; ask for net_benefit_gain",
    "p_value": "a p-value measures sample size as much as the model; ask for the quantity itself",
}
_ALIASES = {
    "hosmer_lemeshow_test": "hosmer_lemeshow",
    "hl_test": "hosmer_lemeshow",
    "f1_score": "f1",
    "f_score": "f1",
    "matthews": "mcc",
    "youden_index": "youden",
    "youden_j": "youden",
    "cohen_kappa": "kappa",
}
Fault = tuple[str, str]


def refuse_unanswerable(protocol: ValidationProtocol, *, where: str = "") -> None:
    """Refuse criteria that no measure of the outcome's kind can answer; ``where`` names the file, if there is one.

    Raises
    ------
    ProtocolError
        Lists all such criteria at once.
    """
    raw = protocol.model_dump(mode="json", exclude_none=True)
    unfit = [*criterion_faults(raw), *target_faults(raw), *accept_faults(raw)]
    faults = [ProtocolError(what, where=where, do=do) for what, do in unfit]
    if faults:
        raise all_at_once(faults)


def criterion_faults(raw: Mapping[str, Any]) -> list[Fault]:
    """(what is wrong, what to do) per criterion; reads the raw file, so that all faults are told at once."""
    outcome = raw.get("outcome")
    kind = "trial" if "trial" in raw else outcome.get("kind") if isinstance(outcome, Mapping) else None
    criteria = raw.get("criteria")
    known = _measures(kind)
    if not known or not isinstance(criteria, Sequence):
        return []
    named = [c for c in criteria if isinstance(c, Mapping) and isinstance(c.get("measure"), str)]
    categories = outcome.get("categories") if isinstance(outcome, Mapping) and kind != "trial" else None
    faults = [fault for criterion in named for fault in _faults(criterion, known, str(kind))]
    return [*faults, *(fault for criterion in named for fault in _unknown_category(criterion, known, categories))]


def target_faults(raw: Mapping[str, Any]) -> list[Fault]:
    """(what is wrong, what to do) per target width of [[precision]]."""
    outcome = raw.get("outcome")
    return precision_faults(raw, _measures(outcome.get("kind") if isinstance(outcome, Mapping) else None))


def accept_faults(raw: Mapping[str, Any]) -> list[Fault]:
    """(what is wrong, what to do) per accepted data fault whose code no check has."""
    from cds.dataquality.validator import CHECKS

    accepted = raw.get("accept")
    known = [check.code for check in CHECKS]
    given = [a.get("code") for a in accepted if isinstance(a, Mapping)] if isinstance(accepted, list) else []
    return [
        (f"no data check has the code {code!r}, which accept names", nearest(code, known))
        for code in given
        if isinstance(code, str) and code not in known
    ]


def _measures(kind: object) -> dict[str, Measure]:
    from cds import catalog
    from cds.protocol.faults import OUTCOMES

    return catalog.measures(kind) if isinstance(kind, str) and kind in (*OUTCOMES, "trial") else {}


def _faults(criterion: Mapping[str, Any], known: Mapping[str, Measure], kind: str) -> Iterator[Fault]:
    name = criterion["measure"]
    if name not in known:
        yield _unknown(name, known, kind)
    elif known[name].refused_as_criterion:
        yield f"{name} is refused as a criterion: {known[name].refused_as_criterion}", ""
    else:
        yield from _unfit_tolerance(criterion, known[name])
        yield from _unfit_parameters(criterion, known[name])


def _unknown(name: str, known: Mapping[str, Measure], kind: str) -> Fault:
    plain = name.lower().replace("-", "_").replace(" ", "_")
    plain = _ALIASES.get(plain, plain)
    if plain in REFUSED:
        return f"{name} is refused as a criterion: {REFUSED[plain]}", ""
    usable = [measure.name for measure in known.values() if not measure.refused_as_criterion]
    return f"unknown measure {name!r} for a {kind} outcome", nearest(name, usable)


def _unfit_tolerance(criterion: Mapping[str, Any], measure: Measure) -> Iterator[Fault]:
    given = [
        key for key in ("at_least", "within", "difference_within", "ratio_within") if criterion.get(key) is not None
    ]
    if measure.is_distance and given:
        yield (
            f"{measure.name} is a distance, above 0 even under perfect calibration: {given[0]} does not fit",
            "Give it at_most",
        )
    ratio = criterion.get("ratio_within")
    # A contrast lives on the measure's scale; the other kind is never computed, so nothing could answer it.
    if ratio is not None and measure.scale != "log":
        yield (
            f"groups are compared in {measure.name} by their difference: ratio_within does not fit",
            ("Give it difference_within"),
        )
    if criterion.get("difference_within") is not None and measure.scale == "log":
        yield (
            f"groups are compared in {measure.name} by their ratio: difference_within does not fit",
            ("Give it ratio_within"),
        )
    if isinstance(ratio, Sequence) and any(isinstance(bound, (int, float)) and bound <= 0 for bound in ratio):
        yield f"criterion on {measure.name!r}: the bounds of ratio_within must be greater than 0", ""


def _unfit_parameters(criterion: Mapping[str, Any], measure: Measure) -> Iterator[Fault]:
    for parameter in ("threshold", "horizon", "category"):
        wanted, given = parameter in measure.parameters, criterion.get(parameter) is not None
        optional = parameter == "horizon" and measure.also_without_horizon
        if wanted and not given and not optional and parameter != "category":  # it names the categories, see below
            yield f"criterion on {measure.name!r} needs a {parameter}", _how(parameter)
        if given and not wanted:
            yield f"{measure.name!r} has no {parameter}", f"Remove {parameter} from its criterion"


def _unknown_category(criterion: Mapping[str, Any], known: Mapping[str, Measure], declared: object) -> Iterator[Fault]:
    """No category where one is needed, or one that the outcome does not have or the measure is not computed for."""
    measure, category = known.get(criterion["measure"]), criterion.get("category")
    if measure is None or "category" not in measure.parameters or not isinstance(category, str | None):
        return
    if not isinstance(declared, Sequence) or isinstance(declared, str):
        return
    categories = tuple(str(name) for name in declared)
    asked = measure.categories(categories) if measure.categories else categories
    if category is None:
        listed = " or ".join(f'"{name}"' for name in asked)
        yield f"criterion on {measure.name!r} needs a category", f"Add category = {listed} to it"
    elif category not in categories:
        yield f"criterion on {measure.name!r}: the outcome has no category {category!r}", nearest(category, categories)
    elif category not in asked:
        yield f"{measure.name!r} is not computed for {category!r}, only for {', '.join(asked)}", ""


def _how(parameter: str) -> str:
    return f"Add {parameter} = … to it, and the same value to {parameter}s under [measures]"
