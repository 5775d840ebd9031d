"""What a protocol may ask of a randomised trial: its outcome, its settings, and which numbers may decide."""

from __future__ import annotations

from collections.abc import Iterator

from cds.core.errors import nearest
from cds.core.model_card import level_key
from cds.core.protocol import CriterionSection, ValidationProtocol
from cds.core.protocol_trial import TrialSection

Fault = tuple[str, str]
ANALYSED = ("continuous", "repeated", "binary")
RESPONDERS, EFFECT = "responder_risk_difference", "treatment_effect"


def trial_faults(protocol: ValidationProtocol) -> list[Fault]:
    """(what is wrong, what to do) about the [trial] section and what does not fit it; none without one."""
    if protocol.trial is None:
        return []
    faults = list(_of_outcome(protocol, protocol.trial))
    return faults if protocol.outcome.kind not in ANALYSED else [*faults, *_of_settings(protocol, protocol.trial)]


def trial_criteria_faults(protocol: ValidationProtocol) -> list[Fault]:
    """(what is wrong, what to do) per criterion of a trial.

    A criterion on responders stands only beside one on the treatment effect of the same arm and visit: they are cut
    from the outcome and are secondary to it. The arm is named as category, by its label where it has one.
    """
    if protocol.trial is None:
        return []
    return [fault for criterion in protocol.criteria for fault in _of_criterion(criterion, protocol, protocol.trial)]


def _of_criterion(criterion: CriterionSection, protocol: ValidationProtocol, trial: TrialSection) -> Iterator[Fault]:
    on = f"criterion on {criterion.measure!r}"
    arms = arms_named(trial)
    if criterion.category is None:
        example = f'"{arms[0]}"' if arms else "…"
        yield f"{on} needs an arm, which is compared with the control", f"Add category = {example} to it"
    elif arms and criterion.category not in arms:
        yield f"{on}: there is no arm {criterion.category!r} beside the control", nearest(criterion.category, arms)
    if criterion.measure in (EFFECT, "mixed_model_effect"):
        yield from _of_direction(criterion, trial)
    if criterion.measure != RESPONDERS:
        return
    if trial.responder is None:
        yield f"{on}: the protocol declares no responder rule", "Add responder = {at_most = …} to [trial]"
    elif not any(_beside(other, criterion) for other in protocol.criteria):
        yield (
            f"{on} stands alone: responders are cut from the outcome and are secondary to it",
            f"Add a criterion on {EFFECT} of the same arm and visit",
        )


def _of_direction(criterion: CriterionSection, trial: TrialSection) -> Iterator[Fault]:
    """A criterion that only a harmful effect meets."""
    low, high = criterion.at_least, criterion.at_most
    harmful = high is not None and high < 0 if trial.better == "higher" else low is not None and low > 0
    if harmful:
        bound = "at_most below 0" if trial.better == "higher" else "at_least above 0"
        yield (
            f'criterion on {criterion.measure!r}: {bound} asks for a harmful effect where better = "{trial.better}"',
            "Turn the criterion's bound round, or correct trial.better",
        )


def _beside(other: CriterionSection, criterion: CriterionSection) -> bool:
    same = (other.category, other.horizon, other.across) == (criterion.category, criterion.horizon, criterion.across)
    return other.measure == EFFECT and same


def arms_named(trial: TrialSection) -> list[str]:
    """The arms beside the control, as far as the labels name them; empty where they do not name the control."""
    control = level_key(trial.control)
    if control not in trial.labels:
        return []
    return [label for level, label in trial.labels.items() if level != control]


def _of_outcome(protocol: ValidationProtocol, trial: TrialSection) -> Iterator[Fault]:
    outcome = protocol.outcome
    if outcome.kind not in ANALYSED:
        kind = outcome.kind.replace("_", " ")
        yield (
            f"trial: trials with a {kind} outcome are not analysed",
            'Choose a number ("continuous", "repeated") or an event ("binary") at a visit',
        )
        return
    column = getattr(outcome, "column", "")
    if trial.baseline == column:
        yield (
            f"trial.baseline is the outcome's own column {column!r}: an outcome adjusted for itself shows no effect",
            "Name the column measured before randomisation, or the baseline visit: baseline_visit = …",
        )
    if column in (trial.arm, trial.cluster, trial.risk, *trial.stratified_by):
        yield f"trial: the outcome's column {column!r} also serves as arm, cluster, risk or covariate", "Name another"
    if outcome.missing == "weight":
        yield (
            'outcome.missing = "weight" is not done in trials, whose effect is estimated in those with an outcome',
            'Write "exclude": everyone stays in their arm, and those missing are counted and shown otherwise',
        )
    if outcome.kind == "repeated" and outcome.responder is not None:
        yield "outcome.responder: a trial's rule stands in its own section", "Write it as trial.responder"
    if outcome.kind == "binary" and trial.responder is not None:
        yield "trial.responder: the outcome is already an event or none", "Remove responder"


def _of_settings(protocol: ValidationProtocol, trial: TrialSection) -> Iterator[Fault]:
    cohort = protocol.cohort
    if cohort.visit is None:
        for name in ("baseline_visit", "primary_visit"):
            if getattr(trial, name) is not None:
                yield f"trial.{name} is a visit, and no column holds the visits", "Name it as visit under [cohort]"
        if protocol.measures.horizons:
            yield (
                "measures.horizons are a trial's visits, and no column holds them",
                "Name cohort.visit, or remove them",
            )
    elif cohort.patient is None:
        yield "cohort.visit: the rows of a patient are told by their name", "Name the patients' column: cohort.patient"
    if trial.baseline_visit is not None and trial.baseline_visit in protocol.measures.horizons:
        yield "measures.horizons holds the baseline visit, where no treatment had begun", "Remove it from horizons"
    horizons = protocol.measures.horizons
    if trial.primary_visit is not None and horizons and trial.primary_visit not in horizons:
        yield "trial.primary_visit is not among measures.horizons", "Add it to them"
    if cohort.site is not None:
        yield (
            "cohort.site: centres of a trial enter as a covariate of its randomisation, or as clusters",
            "Name the column in trial.stratified_by (or trial.cluster), and remove site",
        )
    if protocol.sampling != "simple":
        yield f"sampling = {protocol.sampling!r} does not fit a randomised trial", "Remove sampling"
    if protocol.landmark is not None:
        yield "landmark: a trial is analysed by arm and visit, not at landmarks", "Remove [landmark]"
