"""What group-specific recalibration or a group-specific threshold would change, and what it would cost each group.

Shown, not done: nothing here alters the model or bears a verdict.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cds.core.arrays import BoolArray, FloatArray, IntArray
from cds.core.finding import Table
from cds.core.measure import NotEstimable
from cds.core.sample_binary import BinarySample
from cds.core.study import Study, Subgroup
from cds.fairness.gap import reference_of
from cds.fairness.kept_back import events_kept_back
from cds.stats.logistic import expit, fit_logistic
from cds.stats.resampling import child

FOLDS = 10
STREAM = 2**31 + 7
FEWEST = 20  # events and non-events for two coefficients of a group
NOTE = (
    "Shown, not done. Recalibrated: intercept and slope of the group's own risks, each patient's from the other nine "
    "tenths of the group. Own threshold: the one that finds as large a share of the group's events as the common "
    "threshold finds in the reference group; it is chosen in these very patients, which flatters it. Net benefit is "
    "counted at the common threshold's exchange rate, so that a group whose threshold moves pays for it: a lower value "
    "is harm to that group. Whether to treat groups by different rules is for people to decide."
)


@dataclass(frozen=True)
class Option:
    """What acting on the risks at a threshold does in one group, per 1,000 of its patients."""

    flagged: float
    sensitivity: float
    net_benefit: float


def mitigation(study: Study, attribute: str) -> Iterator[Table]:
    """One table per threshold: as it is, recalibrated, and with an own threshold, group by group.

    Binary outcomes at the protocol's thresholds; nothing for others. Net benefit: Vickers & Elkin 2006,
    doi:10.1177/0272989X06295361; equal sensitivity: Hardt, Price & Srebro 2016, doi:10.48550/arXiv.1610.02413.
    """
    sample = study.sample
    title = f"{attribute}: what group-specific recalibration or thresholds would change"
    if not isinstance(sample, BinarySample) or not study.settings.thresholds:
        return
    groups = {s: mask for s, mask in study.groups.items() if s.attribute == attribute and mask.any()}
    reference = reference_of(study, attribute)[0]
    for threshold in study.settings.thresholds:
        rows = list(_rows(study, sample, groups, reference, threshold))
        header = (
            "group", "events", "net benefit", "recalibrated", "own threshold", "net benefit with it", "sensitivity",
            "flagged per 1,000",
        )  # fmt: skip
        note = NOTE + (" Drawn from the first imputation." if len(study.samples) > 1 else "")
        yield Table(
            f"mitigation_{attribute}_{threshold:g}", "fairness", f"{title}, at {threshold:g}", header, tuple(rows), note
        )


def _rows(
    study: Study,
    sample: BinarySample,
    groups: dict[Subgroup, BoolArray],
    reference: str,
    threshold: float,
) -> Iterator[tuple[str, ...]]:
    parts = {s: sample.where(mask) for s, mask in groups.items()}
    few = events_kept_back(study)
    wanted = next(
        (_acting(p, threshold, threshold).sensitivity for s, p in parts.items() if s.level == reference), None
    )
    for subgroup, part in parts.items():
        name = f"{subgroup.level}{' (reference)' if subgroup.level == reference else ''}"
        if (subgroup.attribute, subgroup.level) in few:
            yield (name, "×", *("×",) * 6)
            continue
        asis = _acting(part, threshold, threshold)
        again = recalibrated(part, study.settings.seed)
        after = again.reason if isinstance(again, NotEstimable) else f"{_net_benefit(part, again, threshold):.3f}"
        given = subgroup.level == reference or wanted is None or np.isnan(wanted)
        own = None if given or wanted is None else equal_sensitivity(part, wanted)
        moved = None if own is None else _acting(part, own, threshold)
        yield (
            name,
            f"{part.events:.0f}",
            f"{asis.net_benefit:.3f}",
            after,
            "–" if own is None else f"{own:.3f}",
            "–" if moved is None else f"{moved.net_benefit:.3f}",
            f"{asis.sensitivity:.2f}" if moved is None else f"{asis.sensitivity:.2f} to {moved.sensitivity:.2f}",
            f"{1000 * asis.flagged:.0f}"
            if moved is None
            else f"{1000 * asis.flagged:.0f} to {1000 * moved.flagged:.0f}",
        )


def recalibrated(sample: BinarySample, seed: int) -> FloatArray | NotEstimable:
    """Each patient's risk with intercept and slope fitted in the other nine tenths of the sample, shape (n,).

    Patients, not rows, are divided, from a child of the seed.
    """
    part = sample.logit_sample
    if len(part) < len(sample):
        return NotEstimable("risks of exactly 0 or 1")
    if sample.smallest_class < FEWEST:
        return NotEstimable(f"fewer than {FEWEST} events or non-events")
    fold = _folds(sample.patient_codes, seed)
    risk = np.empty(len(sample))
    for k in range(FOLDS):
        inside = fold == k
        if not inside.any():
            continue
        design = np.vstack([np.ones((~inside).sum()), sample.logit[~inside]])
        fit = fit_logistic(design, sample.outcome[~inside], weights=sample.weight[~inside])
        if isinstance(fit, NotEstimable):
            return fit
        risk[inside] = expit(fit.coefficients[0] + fit.coefficients[1] * sample.logit[inside])
    return risk


def _folds(codes: IntArray, seed: int) -> IntArray:
    """A fold for each row, the same for all rows of a patient."""
    patients, place = np.unique(codes, return_inverse=True)
    order = child(seed, STREAM).permutation(len(patients))
    return np.asarray((order % FOLDS)[place])


def equal_sensitivity(sample: BinarySample, wanted: float) -> float | None:
    """The highest threshold that finds at least the wanted share of the events; None without events."""
    event = (sample.outcome == 1) & (sample.weight > 0)
    if not event.any():
        return None
    order = np.argsort(-sample.risk[event], kind="stable")
    found = np.cumsum(sample.weight[event][order]) / sample.weight[event].sum()
    place = min(int(np.searchsorted(found, wanted - 1e-12)), len(order) - 1)
    return float(sample.risk[event][order][place])


def _acting(sample: BinarySample, acted_at: float, exchange: float) -> Option:
    """What flagging risks of at least ``acted_at`` does, at the exchange rate of the threshold ``exchange``."""
    flagged = sample.risk >= acted_at
    hit = float(sample.weight @ (flagged * sample.outcome))
    share = float(sample.weight @ flagged) / sample.total
    sensitivity = hit / sample.events if sample.events else np.nan
    return Option(share, sensitivity, _benefit(sample, flagged, exchange))


def _net_benefit(sample: BinarySample, risk: FloatArray, threshold: float) -> float:
    return _benefit(sample, risk >= threshold, threshold)


def _benefit(sample: BinarySample, flagged: BoolArray, threshold: float) -> float:
    odds = threshold / (1 - threshold)
    return float(sample.weight @ (flagged * (sample.outcome - (1 - sample.outcome) * odds))) / sample.total
