"""Comparison: other models on the very same patients, and a regression on the same inputs, differences paired."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from cds.comparison.curves import TO_FILE, differences, label, model_curves
from cds.comparison.paired import Paired, compared
from cds.comparison.refitted import OutOfFold, out_of_fold, wants_comparator
from cds.core.finding import Curve, Finding, Table
from cds.core.measure import Estimate, Interval, NotEstimable, Result
from cds.core.sample import Sample
from cds.core.study import Study

RIVAL, COMPARISON, REFITTED = "rival", "comparison", "comparison_refitted"
NO_RECLASSIFICATION = (
    "The net reclassification improvement (NRI) and the integrated discrimination improvement (IDI) are not computed: "
    "both can favour a model that adds nothing or is miscalibrated (Hilden & Gerds 2014, doi:10.1002/sim.5804; "
    "Pepe 2015, doi:10.1007/s12561-014-9118-0). The difference in net benefit answers their question."
)
REST = "All measures, distances and shares by threshold included, stand in estimates.csv."
NOT_ADJUSTED = "Intervals are not adjusted for the number of measures and models compared."
NEITHER_SIDE = (
    "For slope, calibration-in-the-large and observed / expected no side is the better one as such: better is the "
    "model whose value lies nearer to the ideal."
)
OWN_DATA = "A model that was developed in these patients is flattered by them."
BOTH, BEFORE = "both refitted", ", before the update"
SAME_FOLDS = (
    "Both models were developed anew in the same {folds} parts of the patients and judged on the part left out. The "
    "intervals do not count that other patients would have given other models."
)


def validate(study: Study) -> Iterable[Finding | Curve | Table]:
    """Every rival's own numbers and the paired differences; then the comparator on the same inputs, both refitted."""
    yield from _rivals(study)
    if wants_comparator(study):
        yield from _comparator(study)


def model_name(study: Study) -> str:
    """What the model that is judged is called."""
    return study.card.identity if study.card is not None else "frozen predictions"


def shown_name(study: Study, name: str) -> str:
    """A rival as the report calls it; the parent of an updated model is what it was before."""
    if study.card is not None and study.card.parent and study.card.parent == name:
        return f"{name}{BEFORE}"
    return name


def _rivals(study: Study) -> Iterator[Finding | Curve | Table]:
    found: dict[str, list[Paired]] = {}
    for name, samples in study.rivals.items():
        found[name] = compared(study, study.samples, samples, COMPARISON)
        yield from _findings(study, found[name], name, analysis=COMPARISON, theirs=RIVAL)
    firsts = {shown_name(study, name): samples[0] for name, samples in study.rivals.items()}
    named = {shown_name(study, name): pairs for name, pairs in found.items()}
    yield from _shown(study, named, {model_name(study): study.sample, **firsts}, "")


def _comparator(study: Study) -> Iterator[Finding | Curve | Table]:
    made = out_of_fold(study)
    if isinstance(made, NotEstimable):
        yield Table(
            "comparison_refitted", "comparison", "Regression on the same inputs", ("", ""),
            (("not compared", made.reason),), section="comparison",
        )  # fmt: skip
        return
    pairs = compared(study, made.ours, made.theirs, REFITTED)
    yield from _findings(study, pairs, made.name, analysis=REFITTED, theirs=REFITTED, counts=made.counts)
    both = {f"{model_name(study)}, refitted": made.ours[0], made.name: made.theirs[0]}
    yield from _shown(study, {made.name: pairs}, both, _refitted_note(made), both=True)


def _refitted_note(made: OutOfFold) -> str:
    return " ".join([SAME_FOLDS.format(folds=made.folds), made.recipe])


def _findings(
    study: Study,
    pairs: Sequence[Paired],
    name: str,
    *,
    analysis: str,
    theirs: str,
    counts: Mapping[str, int] | None = None,
) -> Iterator[Finding]:
    """Per measure the rival's own number, ours where it was refitted, and the difference."""
    refitted = analysis == REFITTED
    for one in pairs:
        if refitted:
            yield _finding(study, one, _counted(one.ours, counts), analysis, {"model": model_name(study)})
        yield _finding(study, one, _counted(one.theirs, counts), theirs, {"against" if not refitted else "model": name})
        kind = "ratio" if one.is_ratio else "difference"
        difference = _counted(one.difference, counts)
        yield _finding(study, one, difference, analysis, {"against": name}, kind=kind, reference=name)


def _finding(
    study: Study,
    one: Paired,
    result: Result,
    analysis: str,
    parameters: Mapping[str, str],
    *,
    kind: str = "estimate",
    reference: str | None = None,
) -> Finding:
    request, measure = one.request, study.measures[one.request.measure]
    smoother = {} if request.smoother is None else {"smoother": request.smoother}
    return Finding(
        measure=measure.name, family=measure.family, result=result, kind=kind, analysis=analysis,  # type: ignore[arg-type]
        reference_group=reference, threshold=request.threshold, category=request.category,
        horizon=request.horizon, parameters={**parameters, **smoother},
    )  # fmt: skip


def _counted(result: Result, counts: Mapping[str, int] | None) -> Result:
    """With how many refits there were and how many failed, where there were any."""
    if not counts or not isinstance(result, Estimate):
        return result
    details = {**result.details, **counts}
    return Estimate(result.value, result.interval, result.scale, result.n, result.events, details)


def _shown(
    study: Study,
    found: Mapping[str, Sequence[Paired]],
    samples: Mapping[str, Sample],
    note: str,
    *,
    both: bool = False,
) -> Iterator[Curve | Table]:
    if not found:
        return
    told = BOTH if both else ""
    yield from model_curves(study, samples, told)
    forest = differences(study, found, f"{NOT_ADJUSTED} {NEITHER_SIDE}", told)
    if forest is not None:
        yield forest
    for name, pairs in found.items():
        yield _table(study, name, pairs, next(iter(samples)), note)


def _table(study: Study, name: str, pairs: Sequence[Paired], ours: str, note: str) -> Table:
    rows = tuple(
        (label(study, one), _number(one.ours), _number(one.theirs), *_difference(one))
        for one in pairs
        if one.request.measure not in TO_FILE
    )
    header = (
        "measure",
        "this model",
        "the other model",
        "difference (× ratio)",
        f"{study.settings.level:.0%} interval",
    )
    notes = (note or OWN_DATA, NOT_ADJUSTED, REST, NO_RECLASSIFICATION)
    return Table("comparison", "comparison", f"{ours} against {name}", header, rows, " ".join(notes), "comparison")


def _number(result: Result) -> str:
    return f"{result.value:.4f}" if isinstance(result, Estimate) else f"not estimable: {result.reason}"


def _difference(one: Paired) -> tuple[str, str]:
    result = one.difference
    if not isinstance(result, Estimate):
        return "not estimable", result.reason
    told = f"× {result.value:.4f}" if one.is_ratio else f"{result.value:+.4f}"
    interval = result.interval
    if not isinstance(interval, Interval):
        return told, interval.reason
    return told, f"{interval.low:.4f} to {interval.high:.4f}".replace("-", "−")
