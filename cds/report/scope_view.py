"""What a verdict is about and who answers for it: scope, lock, responsibility, provenance."""

from __future__ import annotations

from collections.abc import Sequence

from cds.core.record import RunRecord
from cds.core.verdict import bearing_analysis
from cds.report.rounding import count, number
from cds.report.wording import Sentences

Pairs = tuple[tuple[str, str], ...]


Rows = tuple[Pairs, ...]
WIDE = frozenset({"model", "use", "predicts", "question", "population", "not_for", "limits", "outcomes"})


def scope(record: RunRecord, words: Sentences) -> Rows:
    """What the verdict is about: model, use, question, patients, data, protocol; a pair or two to a row."""
    card, protocol = record.card, record.protocol
    undeclared = words("scope.undeclared")
    adapter = record.adapter.replace("_", " ")
    pairs = [
        (
            "model",
            _model(record, adapter, words),
        ),
        ("use", (card.intended_use if card else "") or undeclared),
        ("predicts", _predicts(record, words)),
        ("question", protocol.question),
        ("population", protocol.population or undeclared),
        ("site", protocol.site or undeclared),
        ("time_zero", protocol.time_zero or (card.time_origin if card else "") or undeclared),
        ("design", _design(record, words)),
        ("data", words("scope.synthetic" if record.synthetic else "scope.real")),
        ("size", _size(record, words)),
        *([("imputations", words("scope.imputed", n=record.imputations))] if record.imputations > 1 else []),
        *([("outcomes", _outcomes(record, words))] if record.observed else []),
        ("protocol", words("scope.protocol_text", name=protocol.name, version=protocol.version)),
    ]
    return _rows([(key, words(f"scope.{key}"), text) for key, text in pairs])


def _size(record: RunRecord, words: Sentences) -> str:
    """Patients, rows, and events where the outcome has them."""
    parts = {"patients": record.patients, "rows": record.rows}
    told = {k: words(f"scope.size_{k}{'_one' if n == 1 else ''}", n=count(n)) for k, n in parts.items()}
    if record.events is None:
        return words("scope.size_plain", **told)
    return words("scope.size_events", events=count(record.events), **told)


def _rows(told: Sequence[tuple[str, str, str]]) -> Rows:
    """Long texts in a row of their own, then short ones two to a row; a last one that is left over alone."""
    wide = [((label, text),) for key, label, text in told if key in WIDE]
    short = [(label, text) for key, label, text in told if key not in WIDE]
    return (*wide, *(tuple(short[i : i + 2]) for i in range(0, len(short), 2)))


def _model(record: RunRecord, adapter: str, words: Sentences) -> str:
    """Which model, with its adapter and hash; a trial may have none."""
    if record.protocol.trial is not None and record.card is None:
        return words("scope.model_text_trial")
    sha256 = record.model_sha256[:16] or words("scope.undeclared")
    return words("scope.model_text", name=full_name(record, words), adapter=adapter, hash=sha256)


def _design(record: RunRecord, words: Sentences) -> str:
    protocol = record.protocol
    design = "held_out" if protocol.held_out else protocol.design
    plain = words(f"design.{design}")
    return plain if protocol.trial is None else words.get(f"design.{design}_trial", plain)


def full_name(record: RunRecord, words: Sentences) -> str:
    """The model and, where it has one, its version."""
    if not record.model_version:
        return record.model_name
    return words("scope.name", name=record.model_name, version=record.model_version)


def _outcomes(record: RunRecord, words: Sentences) -> str:
    """How the outcome came out beside its events: by category, mean and spread in its unit, or other events."""
    observed = record.observed
    if "counts" in observed:
        told = [words("scope.outcome_count", category=k, n=count(n)) for k, n in observed["counts"].items()]
        return words("scope.outcome_counts", counts="; ".join(told))
    if "arms" in observed:
        told = [words("scope.outcome_count", category=arm, n=count(n)) for arm, n in observed["arms"].items()]
        return words("scope.arms", counts="; ".join(told))
    if "other_events" in observed:
        others, censored = (count(observed[name]) for name in ("other_events", "censored"))
        return words("scope.other_events", other_events=others, censored=censored)
    unit = f" {record.unit}" if record.unit else ""
    if "sd" not in observed:
        return words("scope.outcome_number_plain", mean=number(observed["mean"], 1), unit=unit)
    return words("scope.outcome_number", mean=number(observed["mean"], 1), sd=number(observed["sd"], 1), unit=unit)


def _predicts(record: RunRecord, words: Sentences) -> str:
    card = record.card
    if card is None or not card.predicts:
        return words("scope.undeclared")
    if not card.horizon or card.horizon in card.predicts:
        return card.predicts
    return words("scope.predicts_at", predicts=card.predicts, horizon=card.horizon)


def warnings(record: RunRecord, words: Sentences) -> tuple[str, ...]:
    """What a reader of the first page must know before the numbers: not locked, out of reach, weighted."""
    case_control, prevalence = record.protocol.sampling == "case_control", record.protocol.prevalence
    column = record.protocol.cohort.weight
    told = {
        "unlocked": not record.locked,
        "apparent": record.protocol.design == "apparent",
        "internal": bearing_analysis(record.protocol) == "optimism_corrected",
        "internal_sites": bearing_analysis(record.protocol) == "leave_one_site_out",
        "case_control": case_control and prevalence is None,
        "case_control_weighted": case_control and prevalence is not None,
        "weighted": record.weighted and (bool(column) or not case_control),
    }
    by = words("warning.by_column", column=column) if column else ""
    share = "" if prevalence is None else f"{100 * prevalence:g}%"
    return tuple(words(f"warning.{key}", by=by, prevalence=share) for key, is_so in told.items() if is_so)


def lock_state(record: RunRecord, words: Sentences) -> str:
    """That the protocol was locked, by whom and when; empty where it was not, which is a warning."""
    protocol = record.protocol
    if not record.locked:
        return ""
    if not protocol.locked_by:
        return words("protocol.locked")
    if not protocol.locked_on:
        return words("protocol.locked_by", by=protocol.locked_by)
    return words("protocol.locked_by_on", by=protocol.locked_by, on=protocol.locked_on)


def responsibility(record: RunRecord, words: Sentences) -> Rows:
    """What the card declares about limits and responsibility; what is missing is said to be."""
    card, undeclared = record.card, words("scope.undeclared")
    told = {
        "not_for": "; ".join(card.not_for) if card else "",
        "limits": card.limits if card else words("responsibility.no_card"),
        "responsible": card.responsible if card else "",
        "contact": card.contact if card else "",
        "review_by": card.review_by if card else "",
        "monitoring": "",
        "regulatory": card.regulatory_status if card else "",
        "recomputation": words("responsibility.not_run"),
    }
    return _rows([(key, words(f"responsibility.{key}"), text or undeclared) for key, text in told.items()])


def provenance(record: RunRecord, words: Sentences) -> Pairs:
    """Versions, hashes and seed."""
    pairs = [
        ("run", record.run_id),
        ("created", record.created),
        ("seed", str(record.seed)),
        ("cds", record.cds_version),
        ("model_hash", record.model_sha256),
        ("data_source", record.data_source),
        ("data_hash", record.data_sha256),
        ("protocol_hash", record.protocol_sha256),
    ]
    named = [(words(f"provenance.{key}"), text or words("scope.undeclared")) for key, text in pairs]
    versions = ", ".join(f"{library} {version}" for library, version in record.versions.items())
    return (*named, (words("provenance.versions"), versions or words("scope.undeclared")))
