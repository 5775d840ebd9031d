"""What moves the model in this cohort, and whose explanation would be withheld: only where the protocol asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from cds.core.arrays import BoolArray
from cds.core.finding import Curve, Finding, Table
from cds.core.measure import Interval, NotEstimable
from cds.core.model import RegisteredModel
from cds.core.model_card import Feature, ModelCard, level_key
from cds.core.small_cells import hidden_crossed
from cds.core.study import Study
from cds.explanation.cohort import CohortExplanation, explain_cohort, importances
from cds.explanation.what_if import average_curves
from cds.stats.group_sizes import patients_kept_back
from cds.stats.intervals import wilson

FAMILY = "explanation"
MOST_INPUTS, MOST_DEPENDENCE, BINS = 12, 4, 8
ROOM = 1.3  # times the smallest bin: ties make bins unequal
NOT_CAUSES = "These describe the model, not causes: nothing here says what changing an input would do."
HIDDEN = "×"


def validate(study: Study) -> Iterable[Finding | Curve | Table]:
    """Importance, contributions, dependence and withheld explanations of patients drawn from the cohort.

    Nothing where the protocol's ``[explanation]`` asks for no patients; where they cannot be explained, a table that
    says why.
    """
    asked = study.protocol.explanation.patients if study.protocol else 0
    if not asked:
        return
    if not isinstance(study.model, RegisteredModel):
        yield _unexplained("the predictions came with the data: there is no model to explain")
        return
    found = explain_cohort(study, study.model, asked)
    if isinstance(found, NotEstimable):
        yield _unexplained(found.reason)
    else:
        yield from _told(study, study.model, found)


def _told(study: Study, model: RegisteredModel, found: CohortExplanation) -> Iterator[Curve | Table]:
    yield _withheld(study, found)
    if not found.stands.any():
        return
    yield _importance(study, model.card, found)
    yield _contributions(model.card, found)
    yield from _dependence(study, model.card, found)
    yield from average_curves(model, found.inputs, found.output, FAMILY)


def _unexplained(reason: str) -> Table:
    return Table(
        "explanation_withheld", FAMILY, "Explanations of the cohort", ("explanations",), ((f"none: {reason}",),)
    )


def _about(found: CohortExplanation, unit: str) -> str:
    where = {"probability": "percentage points", "log_odds": "log-odds"}.get(found.space, "the outcome's unit")
    output = "" if found.output in ("event", "value", "score") else f" to the chance of {found.output}"
    if found.horizon is not None:
        output = f" to the risk by {found.horizon:g} {unit}".rstrip()
    drawn = f"{int(found.stands.sum())} patients" + ("" if found.asked >= found.of else f", drawn from {found.of}")
    return f"Contributions{output} in {where}, of {drawn}, against {found.background_rows} reference rows. {NOT_CAUSES}"


def _importance(study: Study, card: ModelCard, found: CohortExplanation) -> Curve:
    """Inputs and domains with the mean size of their contribution; drawn as bars with intervals."""
    ranked = list(importances(found, card, study.settings.level, study.settings.seed))
    titles = {feature.name: feature.title for feature in card.inputs}
    named = [titles.get(one.name, one.name) if one.kind == "input" else one.name for one in ranked]
    return Curve(
        "explanation_importance",
        FAMILY,
        "What moves the model most in these patients",
        {
            "name": np.array(named),
            "kind": np.array([one.kind for one in ranked]),
            "domain": np.array([one.domain for one in ranked]),
            "mean": np.array([one.mean for one in ranked]),
            "low": np.array([one.low for one in ranked]),
            "high": np.array([one.high for one in ranked]),
            "first": np.array([one.first for one in ranked]),
        },
        x_label=_axis(found, "mean size of the contribution"),
        note=_about(found, card.time_unit or ""),
        facts={"level": study.settings.level, "method": found.method},
    )


def _axis(found: CohortExplanation, what: str) -> str:
    return f"{what} ({'percentage points' if found.space == 'probability' else 'unit of the outcome'})"


def _contributions(card: ModelCard, found: CohortExplanation) -> Curve:
    """Every patient's contribution of the leading inputs, with the input's rank among them instead of its value."""
    sizes = np.nanmean(np.abs(found.values), axis=0)
    order = np.argsort(-sizes, kind="stable")[:MOST_INPUTS]
    titles = {feature.name: feature.title for feature in card.inputs}
    kept = found.stands
    names, values, ranks = [], [], []
    for k in order:
        name = found.names[k]
        names += [titles.get(name, name)] * int(kept.sum())
        values.append(found.values[kept, k] * found.factor)
        ranks.append(_ranks(card, found.inputs[kept], name))
    return Curve(
        "explanation_contributions",
        FAMILY,
        "The contributions patient by patient",
        {"name": np.array(names), "value": np.concatenate(values), "rank": np.concatenate(ranks)},
        x_label=_axis(found, "contribution"),
        note="Dark: a high value of the input among these patients, light: a low one; hollow: a level or none recorded",
    )


def _ranks(card: ModelCard, inputs: pd.DataFrame, name: str) -> np.ndarray:
    """The rank of each patient's value from 0 to 1; NaN for levels, missing values and groups of inputs."""
    feature = next((f for f in card.inputs if f.name == name), None)
    if feature is None or feature.type not in ("number", "integer"):
        return np.full(len(inputs), np.nan)
    values = pd.Series(inputs[name].to_numpy(dtype=np.float64, na_value=np.nan))
    ranks = values.rank()
    return ((ranks - 1) / max(ranks.max() - 1, 1)).to_numpy()


def _dependence(study: Study, card: ModelCard, found: CohortExplanation) -> Iterator[Curve]:
    """How the contribution of the leading inputs goes with their value: means of bins, and where 80 % lie."""
    order = np.argsort(-np.nanmean(np.abs(found.values), axis=0), kind="stable")
    features = {feature.name: feature for feature in card.inputs}
    columns: dict[str, list[object]] = {k: [] for k in ("name", "at", "label", "mean", "low", "high", "n")}
    for k in [k for k in order if found.names[k] in features][:MOST_DEPENDENCE]:
        feature = features[found.names[k]]
        values = found.values[found.stands, k] * found.factor
        given = found.inputs[found.stands][feature.name].reset_index(drop=True)
        numeric = feature.type in ("number", "integer")
        parts = _bins(given, study.small_cell) if numeric else _by_level(feature, given)
        for place, (level, inside) in enumerate(parts.items()):
            if inside.sum() < study.small_cell:
                continue
            low, high = np.quantile(values[inside], [0.1, 0.9])
            at = float(given[inside].astype(float).mean()) if numeric else float(place)
            title = f"{feature.title} ({feature.unit})" if feature.unit else feature.title
            told = (
                title,
                at,
                "" if numeric else feature.shown(level),
                float(values[inside].mean()),
                low,
                high,
                int(inside.sum()),
            )
            for column, value in zip(columns, told, strict=True):
                columns[column].append(value)
    if columns["name"]:
        yield Curve(
            "explanation_dependence",
            FAMILY,
            "How the contribution goes with the input",
            {name: np.array(column) for name, column in columns.items()},
            y_label=_axis(found, "contribution"),
            note="Line or mark: the mean of each part; band or bar: where 80% of its patients lie; "
            f"parts of fewer than {study.small_cell} patients are not drawn",
        )


def _bins(given: pd.Series, fewest: int) -> dict[object, BoolArray]:
    """Bins of about equal size, so many that the smallest is likely to hold ``fewest``."""
    values = pd.Series(given.to_numpy(dtype=np.float64, na_value=np.nan))
    count = min(max(int(values.notna().sum()) // max(int(ROOM * fewest), 1), 2), BINS)
    codes = pd.qcut(values, count, labels=False, duplicates="drop")
    return {int(code): (codes == code).to_numpy() for code in sorted(codes.dropna().unique())}


def _by_level(feature: Feature, given: pd.Series) -> dict[object, BoolArray]:
    """The rows of each level, in the card's order."""
    order = {level: k for k, level in enumerate(feature.levels or {})}
    levels = sorted(pd.unique(given.dropna()).tolist(), key=lambda level: order.get(level_key(level), len(order)))
    return {level: (given == level).to_numpy(dtype=bool) for level in levels}


def _withheld(study: Study, found: CohortExplanation) -> Table:
    """How often an explanation would be withheld, by the check that it fails, in all and in each group."""
    rows = [_share("all", "", found.withheld, found.unexplained, study)]
    rows += [
        _share(
            str(group.attribute),
            str(group.level),
            [w for w, k in zip(found.withheld, inside, strict=True) if k],
            {},
            study,
        )
        for group, mask in study.groups.items()
        if group.attribute in study.cohort.groups and (inside := mask[found.rows]).any()
    ]
    small = _small_rows(rows, study)
    printed = tuple(
        (a, g, HIDDEN, HIDDEN, HIDDEN, HIDDEN) if k in small else (a, g, *told) for k, (a, g, *told) in enumerate(rows)
    )
    note = _about(found, study.protocol.time_unit if study.protocol else "") + (
        f" × stands for fewer than {study.small_cell} patients." if small else ""
    )
    header = ("attribute", "group", "patients", "withheld", "interval", "why")
    return Table("explanation_withheld", FAMILY, "Explanations that would be withheld", header, printed, note)


def _share(
    attribute: str, group: str, withheld: Sequence[str], unexplained: Mapping[str, int], study: Study
) -> tuple[str, ...]:
    n = len(withheld) + sum(unexplained.values())
    failed = [why for why in withheld if why]
    count = len(failed) + sum(unexplained.values())
    interval = wilson(float(count), float(n), study.settings.level)
    told = f"{100 * interval.low:.1f}% to {100 * interval.high:.1f}%" if isinstance(interval, Interval) else "–"
    reasons = [f"{name}: {failed.count(name)}" for name in dict.fromkeys(failed)]
    reasons += [f"{reason}: {k}" for reason, k in unexplained.items()]
    return attribute, group, str(n), str(count), told, "; ".join(reasons) or "–"


def _small_rows(rows: list[tuple[str, ...]], study: Study) -> set[int]:
    """The rows of groups whose counts no other table prints either, and of those too few among the drawn."""
    drawn: dict[str, dict[str, int | None]] = {}
    for attribute, group, patients, *_ in rows[1:]:
        drawn.setdefault(attribute, {})[group] = int(patients)
    few = patients_kept_back(study)
    few |= hidden_crossed(drawn, {}, study.small_cell, anyway=few)
    return {k for k, (attribute, group, *_) in enumerate(rows) if (attribute, group) in few}
