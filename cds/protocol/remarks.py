"""What a protocol does not ask, and whether it can ever say *ready*."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cds.core.protocol import LANDMARK, CategoricalOutcome, ContinuousOutcome, RepeatedOutcome, ValidationProtocol
from cds.protocol.reading import read_protocol
from cds.protocol.scope import refuse_unsupported
from cds.protocol.unfilled import unfilled

LOWEST_LEVEL = 0.9
OF_INTERVALS = frozenset({"interval_coverage", "interval_score"})  # say nothing of the predicted value itself


def can_be_ready(protocol: ValidationProtocol) -> bool:
    """Whether *ready* is within reach.

    It takes a calibration and a net-benefit criterion, intervals of at least 90 %, and a design that is not
    apparent. Where no decision threshold applies, as with a continuous outcome, a criterion on the size of the error
    or on discrimination takes the place of net benefit. Only criteria on all patients count; a contrast between
    groups says nothing about the whole.
    """
    return not _why_never_ready(protocol)


def _why_never_ready(protocol: ValidationProtocol) -> str:
    asked = _asked(protocol, of_all=True)
    if protocol.design == "apparent":
        return "the design is apparent"
    if protocol.measures.level < LOWEST_LEVEL:
        return f"its intervals are of {protocol.measures.level:g}; ready needs at least {LOWEST_LEVEL:g}"
    if protocol.trial is not None:
        return "" if "treatment_effect" in asked else "that needs a criterion on treatment_effect"
    if not _has_net_benefit(protocol):
        if not {"calibration", "error"} <= asked:
            return (
                "that needs a calibration criterion and one on the error (mae, rmse, r_squared) or on discrimination "
                "(pearson), both on all patients"
            )
    elif "calibration" not in asked or "net_benefit_gain" not in asked:
        return "that needs a calibration criterion and one on net_benefit_gain, both on all patients"
    return ""


def not_set(protocol: ValidationProtocol) -> tuple[str, ...]:
    """One sentence per kind of criterion that the protocol did not set, for the report."""
    asked, across = _asked(protocol, of_all=True), _asked(protocol, of_all=False)
    missing = [
        sentence.replace(" was set:", " of all patients together was set, only across groups:")
        if name in across
        else sentence
        for name, sentence in _sentences(protocol).items()
        if name not in asked
    ]
    missing += _categories_not_judged(protocol)
    if protocol.measures.level < LOWEST_LEVEL:
        missing.append(f"Intervals of {protocol.measures.level:g} are too narrow to say ready.")
    return (*missing, *_groups_not_judged(protocol))


def _sentences(protocol: ValidationProtocol) -> dict[str, str]:
    """What was not judged where the protocol has no criterion of this name or family."""
    gain = (
        "No criterion on net_benefit_gain was set: whether using the model is better than treating everyone or no one "
        "was not judged."
    )
    if protocol.trial is not None:
        return {
            "treatment_effect": "No criterion on treatment_effect was set: whether the trial shows an effect was not "
            "judged."
        }
    if not _has_net_benefit(protocol):
        return {
            "calibration": "No criterion on calibration was set: whether the predicted values are right on average, "
            "low and high, was not judged.",
            "error": "No criterion on the error or on discrimination was set: whether the predictions are close enough "
            "to be of use was not judged.",
        }
    if protocol.outcome.kind in ("nominal", "ordinal"):
        return {
            "calibration": "No criterion on calibration was set: whether the probabilities are right was not judged.",
            "net_benefit_gain": gain,
            "discrimination": "No criterion on discrimination was set: whether patients of a category get higher "
            "probabilities of it than others was not judged.",
        }
    return {
        "calibration": "No criterion on calibration was set: whether the risks are right was not judged.",
        "net_benefit_gain": gain,
        "discrimination": "No criterion on discrimination was set: whether patients with the outcome get "
        "higher risks than those without was not judged.",
    }


def check(path: str | Path) -> list[str]:
    """Read a protocol and return plain remarks about it; an empty list where there is nothing to say.

    Raises
    ------
    ProtocolError
        The protocol cannot be read, or asks for what this version does not analyse.
    """
    loaded = read_protocol(path)
    refuse_unsupported(loaded.protocol, where=loaded.path.name)
    remarks = [*not_set(loaded.protocol), *_remarks(loaded.protocol)]
    if not loaded.locked:
        remarks.append("It is not locked: the report will say that it could have been changed after seeing the data.")
        if loaded.protocol.locked_by or loaded.protocol.locked_on:
            remarks.append("It names who locked it, but there is no lock file, so it counts as unlocked.")
    return remarks


def _asked(protocol: ValidationProtocol, *, of_all: bool) -> set[str]:
    """The families and names of the measures that have a criterion on all patients, or else across groups.

    ``error`` is among them where any tells how close the predictions are, or whether they rank patients rightly.
    """
    from cds import catalog

    known = catalog.measures(protocol.analysed_kind)
    whole = (None, LANDMARK)  # each landmark's patients are all who are then at risk
    names = {criterion.measure for criterion in protocol.criteria if (criterion.across in whole) == of_all}
    families: set[str] = {known[name].family for name in names - OF_INTERVALS if name in known}
    return names | families | ({"error"} if families & {"overall", "discrimination"} else set())


def _has_net_benefit(protocol: ValidationProtocol) -> bool:
    """Whether outcomes of this kind have decisions at a threshold: not where the outcome is a number."""
    return protocol.analysed_kind not in ("continuous", "repeated")


def _categories_not_judged(protocol: ValidationProtocol) -> Iterator[str]:
    """The categories of whose probabilities no calibration criterion speaks, where there is one at all."""
    from cds import catalog

    known = catalog.measures(protocol.analysed_kind)
    mine = [c for c in protocol.criteria if c.across is None and known[c.measure].family == "calibration"]
    judged = {c.category for c in mine}
    if not isinstance(protocol.outcome, CategoricalOutcome) or not mine or None in judged:
        return
    left = [category for category in protocol.outcome.categories if category not in judged]
    if left:
        told = "whether its probabilities are right was not judged"
        yield f"No calibration criterion is about {', '.join(left)}: {told}."


def _groups_not_judged(protocol: ValidationProtocol) -> Iterator[str]:
    if not protocol.cohort.groups:
        yield "No groups were declared: whether it serves some patients worse was not examined."
    judged = {criterion.across for criterion in protocol.criteria}
    for attribute in protocol.cohort.attributes:
        if attribute not in judged:
            yield f"No criterion looks across {attribute}: its groups are described but not judged."


def _of_the_design(protocol: ValidationProtocol) -> Iterator[str]:
    if protocol.sampling == "case_control" and protocol.prevalence is None:
        yield "A case-control design without a prevalence: no absolute risk is judged, so it can never say ready."
    if protocol.design == "internal":
        yield "The design is internal: it says little about another clinic."
    if protocol.held_out:
        yield "That the patients were held out is declared, not verified."


def _remarks(protocol: ValidationProtocol) -> Iterator[str]:
    for name in unfilled(protocol):
        yield f"{name} still has … to be filled in; it cannot be locked so."
    reason = _why_never_ready(protocol)
    if reason:
        yield f"The best it can say is inconclusive, never ready: {reason}."
    yield from _of_the_design(protocol)
    for criterion in protocol.criteria:
        if not criterion.rationale.strip():
            yield f"The criterion on {criterion.measure} has no rationale; it needs one to be locked."
        if criterion.measure == "net_benefit_gain" and criterion.at_least is not None and criterion.at_least < 0:
            yield "A net_benefit_gain below 0 is accepted: it may be worse than treating all or none."
    yield from _of_a_number(protocol)
    if protocol.measures.replicates and protocol.measures.replicates < 200:
        yield f"{protocol.measures.replicates} replicates are few for an interval; 1000 is usual."
    for attribute in protocol.cohort.attributes:
        if attribute not in protocol.cohort.named_references:
            yield f"No reference is named for {attribute}: the largest group will be it."
    if not protocol.population:
        yield "The population is not described."
    if not protocol.time_zero:
        yield "time_zero, the moment of prediction, is not described."


def _of_a_number(protocol: ValidationProtocol) -> Iterator[str]:
    """What only an outcome that is a number needs, and what means nothing for one."""
    if not isinstance(protocol.outcome, ContinuousOutcome | RepeatedOutcome):
        return
    if "minimum_events" in protocol.cohort.model_fields_set and protocol.trial is None:  # a trial has responders
        kind = protocol.outcome.kind
        yield f"minimum_events says nothing about a {kind} outcome, which has no events; it is not applied."
    if not protocol.outcome.unit:
        yield "The outcome has no unit: a reader cannot tell how large an error of 1 is."
