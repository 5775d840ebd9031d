"""The main measures under each way of dealing with missing inputs, side by side."""

from __future__ import annotations

from collections.abc import Iterator

from cds.core.finding import Table
from cds.core.headlines import HEADLINES
from cds.core.measure import Estimate, Interval, Result
from cds.core.study import Answer, Request, Study

NAMES = {
    "imputed": "multiple imputation",
    "complete_case": "complete cases",
    "model_rule": "the model's own rule",
}
PRIMARY = {"impute": "imputed", "complete_case": "complete_case", "model": "model_rule"}
Key = tuple[str, float | None, float | None, str | None]


def analyses_side_by_side(study: Study) -> Iterator[Table]:
    """One column per analysis, the primary one first; one row per main measure or measure with a criterion."""
    others = [name for name in study.analyses if name in NAMES]
    if not others:
        return
    method = "impute" if len(study.samples) > 1 else study.protocol.missing_inputs.method if study.protocol else "model"
    columns = {"primary": f"{NAMES[PRIMARY[method]]} (primary)", **{name: NAMES[name] for name in others}}
    found: dict[Key, dict[str, Answer]] = {}
    for answer in study.answers.values():
        request = answer.request
        if request.subgroup.overall and request.analysis in columns and _shown(study, request):
            found.setdefault(_key(request), {})[request.analysis] = answer
    rows = tuple(
        (_label(study, key), *(_cell(answers[name].result) if name in answers else "–" for name in columns))
        for key, answers in found.items()
    )
    patients = [study.samples[0], *(study.analyses[name][0] for name in others)]
    small = study.small_cell
    counts, most = [len(sample) for sample in patients], max(len(sample) for sample in patients)
    told = ["×" if n < small or 0 < most - n < small else str(n) for n in counts]  # nor how few were left out
    rows = (("patients", *told), *rows)
    note = (
        "Estimates with their intervals. Where the columns disagree, the verdict depends on what is assumed about "
        "the missing inputs."
    )
    yield Table(
        "missing_inputs_side_by_side", "dataquality", "Main measures by how missing inputs are dealt with",
        ("measure", *columns.values()), rows, note, section="missing",
    )  # fmt: skip


def _shown(study: Study, request: Request) -> bool:
    asked = {c.measure for c in study.protocol.criteria} if study.protocol else set()
    return request.measure in HEADLINES | asked


def _key(request: Request) -> Key:
    return request.measure, request.horizon, request.threshold, request.category


def _label(study: Study, key: Key) -> str:
    name, horizon, threshold, category = key
    told = [category or "", "" if threshold is None else f"{threshold:g}", "" if horizon is None else f"{horizon:g}"]
    return ", ".join([study.measures[name].label, *(t for t in told if t)])


def _cell(result: Result) -> str:
    if not isinstance(result, Estimate):
        return result.reason
    interval = result.interval
    bounds = f" ({interval.low:.3f} to {interval.high:.3f})" if isinstance(interval, Interval) else ""
    return f"{result.value:.3f}{bounds}".replace("-", "−")
