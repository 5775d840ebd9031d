"""The plan of a validation with a binary outcome."""

from __future__ import annotations

from collections.abc import Sequence

from cds.core.errors import InputError, all_at_once
from cds.planning import binary
from cds.planning.plan import RILEY_2024, Plan, Width, level_and_size_faults, row_of
from cds.planning.risks import Risks, from_auroc, share_between
from cds.planning.targets import Target, target_faults

RILEY_2021 = "Riley et al. 2021, doi:10.1002/sim.9025"
MARSH_2020 = "Marsh et al. 2020, doi:10.1111/biom.13190"
FAR_APART = 0.1  # relative difference between the prevalence given and the one that the risks imply


def plan_binary(
    targets: Sequence[Target],
    *,
    prevalence: float | None = None,
    auroc: float | None = None,
    risks: Risks | None = None,
    ratio: float = 1.0,
    level: float = 0.95,
    n: int | None = None,
) -> Plan:
    """The plan of a validation with a binary outcome.

    Args:
        targets: what to reach; each measure's threshold where it has one.
        prevalence: expected share of events; without it, what ``risks`` imply.
        auroc: expected C-statistic; without it, what ``risks`` imply.
        risks: the expected distribution of risks; without it, the one that prevalence and C imply.
        ratio: the expected O:E.
        level: of the intervals.
        n: a number of patients whose widths to tell.

    Raises:
        InputError: targets that cannot be planned, or too little given to plan them.
    """
    faults = [*_expected_faults(prevalence, auroc), *target_faults(targets, "binary")]
    faults += level_and_size_faults(level, n, ratio)
    if prevalence is None and risks is None:
        faults.append(InputError("the prevalence is not known", do="Give the prevalence, or a distribution of risks"))
    if faults:
        raise all_at_once(faults)
    remarks = _told_apart(prevalence, auroc, risks)
    if risks is None and prevalence is not None and auroc is not None:
        risks = from_auroc(prevalence, auroc)
    share = prevalence if prevalence is not None else risks.prevalence if risks else 0.0
    c = auroc if auroc is not None else risks.auroc if risks else None
    widths = {
        target: _binary_width(target, share=share, c=c, risks=risks, ratio=ratio, level=level) for target in targets
    }
    rows = tuple(row_of(target, width, share, n) for target, width in widths.items())
    assumed = (
        f"a share of {share:.4g} of the patients has the outcome",
        *((f"the C-statistic is {c:.4g}",) if c is not None else ()),
        *((risks.told,) if risks else ()),
        f"the risks are right: slope 1, O:E {ratio:g}",
        "patients are independent, and nobody's outcome is missing",
    )
    sources = (RILEY_2021, RILEY_2024, *((MARSH_2020,) if any(t.threshold for t in targets) else ()))
    return Plan(
        kind="binary",
        level=level,
        rows=rows,
        asked_about=n,
        assumed=assumed,
        remarks=(*remarks, *_wide(targets, share)),
        sources=sources,
    )


def _expected_faults(prevalence: float | None, auroc: float | None) -> list[InputError]:
    faults = []
    if prevalence is not None:
        try:
            share_between(prevalence, "the prevalence")
        except InputError as fault:
            faults.append(fault)
    if auroc is not None and not 0.5 < auroc < 1:
        faults.append(InputError(f"the C-statistic must lie above 0.5 and below 1, got {auroc:g}"))
    return faults


def _binary_width(
    target: Target, *, share: float, c: float | None, risks: Risks | None, ratio: float, level: float
) -> Width:
    if target.measure == "observed_expected":
        return lambda n: binary.width_of_observed_expected(n, prevalence=share, ratio=ratio, level=level)
    if target.measure == "auroc":
        if c is None:
            raise InputError("auroc needs the C-statistic that is expected", do="Give it, or a distribution of risks")
        return lambda n: binary.width_of_auroc(n, prevalence=share, auroc=c, level=level)
    if risks is None:
        raise InputError(
            f"{target.measure} depends on how the risks are spread",
            do="Give the C-statistic as well, or a distribution of risks",
        )
    if target.measure == "calibration_slope":
        return lambda n: binary.width_of_calibration_slope(n, risks, level=level)
    if target.measure == "calibration_in_the_large":
        return lambda n: binary.width_of_calibration_in_the_large(n, risks, level=level)
    return _net_benefit_width(target, share, risks, level)


def _net_benefit_width(target: Target, share: float, risks: Risks, level: float) -> Width:
    threshold = target.threshold or 0.5
    sensitivity, specificity = risks.at(threshold)
    formula = (
        binary.width_of_net_benefit if target.measure == "net_benefit" else binary.width_of_standardized_net_benefit
    )
    return lambda n: formula(
        n, prevalence=share, sensitivity=sensitivity, specificity=specificity, threshold=threshold, level=level
    )


def _told_apart(prevalence: float | None, auroc: float | None, risks: Risks | None) -> tuple[str, ...]:
    """Where the prevalence or C given is not the one that the distribution of risks implies."""
    given = (("prevalence", prevalence), ("C-statistic", auroc))
    if risks is None:
        return ()
    implied = (risks.prevalence, risks.auroc)
    return tuple(
        f"The risks, were they right, imply a {name} of {other:.3g}; {value:g} was given and is used where it stands."
        for (name, value), other in zip(given, implied, strict=True)
        if value is not None and abs(value - other) > FAR_APART * other
    )


def _wide(targets: Sequence[Target], share: float) -> tuple[str, ...]:
    """A width of net benefit that says nothing: net benefit never exceeds the prevalence."""
    return tuple(
        f"{t.name}: a width of {t.width:g} is as wide as all that net benefit per patient can be (at most the "
        f"prevalence, {share:.3g}). standardized_net_benefit, which is net benefit / prevalence, may be meant."
        for t in targets
        if t.measure == "net_benefit" and t.width is not None and t.width >= share
    )
