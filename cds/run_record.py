"""A finished study as the record that the report prints and the run folder holds."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import numpy as np

from cds import __version__
from cds.core.errors import InputError
from cds.core.finding import Curve, Finding, Findings, Table
from cds.core.measure import Estimate
from cds.core.model import RegisteredModel
from cds.core.protocol import LANDMARK
from cds.core.record import RunRecord
from cds.core.sample import Sample
from cds.core.sample_kinds import ContinuousSample, NominalSample
from cds.core.sample_repeated import RepeatedSample
from cds.core.sample_times import CompetingRisksSample
from cds.core.sample_trial import TrialSample
from cds.core.study import Study
from cds.core.verdict import accept_faults, apply_criteria, readiness
from cds.dataquality.counts import counted
from cds.fairness.representativeness import unlike
from cds.protocol import LoadedProtocol, can_be_ready, not_set

LIBRARIES = ("numpy", "pandas", "pydantic", "scipy", "scikit-learn", "weasyprint")
SEVERAL_SITES = 2
EPOCH_DIGITS = 11  # until the year 5138


def record_of(
    loaded: LoadedProtocol,
    study: Study,
    outputs: Sequence[Finding | Curve | Table],
    notes: Sequence[str] = (),
) -> RunRecord:
    """The record of a study and its validators' outputs, criteria applied; ``notes`` of how it was put together."""
    protocol, cohort, card, model = loaded.protocol, study.cohort, study.card, study.model
    found = apply_criteria([o for o in outputs if isinstance(o, Finding)], protocol, study.measures, cohort.absent)
    findings = Findings(accept_faults(found, protocol))
    created = _now()
    registered = model if isinstance(model, RegisteredModel) else None
    happened = study.sample.event_rows
    return RunRecord(
        run_id=f"{protocol.name}-{created:%Y%m%dT%H%M%SZ}",
        created=f"{created:%Y-%m-%dT%H:%M:%SZ}",
        seed=protocol.measures.seed,
        cds_version=__version__,
        model_name=card.name if card else "a randomised trial" if protocol.trial is not None else "frozen predictions",
        model_version=card.version if card else "",
        adapter=registered.adapter if registered else "none" if protocol.trial is not None else "predictions_file",
        model_sha256=registered.sha256 if registered else "",
        card=card,
        rows=len(cohort),
        patients=_patients(study),
        events=None if happened is None else len(np.unique(study.sample.patient_codes[happened])),
        data_source=cohort.source,
        data_sha256=cohort.sha256,
        protocol=protocol,
        protocol_sha256=loaded.sha256,
        locked=loaded.locked,
        readiness=readiness(findings, can_be_ready=can_be_ready(protocol)),
        findings=findings,
        curves=tuple(o for o in outputs if isinstance(o, Curve)),
        tables=tuple(o for o in outputs if isinstance(o, Table)),
        flow=cohort.flow,
        not_set=not_set(protocol),
        notes=(*notes, *_notes(study, findings)),
        weighted=study.sample.weights is not None,
        imputations=len(study.samples),
        observed=_observed(study.sample),
        definitions=study.measures,
        versions={
            "python": platform.python_version(),
            "cds": __version__,
            **{name: version(name) for name in LIBRARIES},
        },
    )


def _observed(sample: Sample) -> dict[str, Any]:
    """How else the outcome came out, unweighted: by category, mean and standard deviation, or other events."""
    if isinstance(sample, CompetingRisksSample):
        others = int(((sample.status > 0) & (sample.status != sample.cause)).sum())
        return {"other_events": others, "censored": int((sample.status == 0).sum())} if others else {}
    if isinstance(sample, TrialSample):
        counts = np.bincount(sample.arm, minlength=len(sample.arms))
        return {"arms": {name: int(n) for name, n in zip(sample.arms, counts, strict=True)}}
    if isinstance(sample, RepeatedSample):
        sample = sample.at(None)
    if isinstance(sample, NominalSample):
        counts = np.bincount(sample.code, minlength=len(sample.categories))
        return {"counts": {name: int(n) for name, n in zip(sample.categories, counts, strict=True)}}
    if isinstance(sample, ContinuousSample):
        spread = {"sd": float(np.std(sample.observed, ddof=1))} if len(sample) > 1 else {}
        return {"mean": float(sample.observed.mean()), **spread}
    return {}


def _notes(study: Study, findings: Findings) -> list[str]:
    """What was clipped, left out, sampled or chosen for lack of a declaration."""
    notes = []
    settings = study.settings
    if not settings.replicates:
        notes.append("No bootstrap: measures without an analytic interval have none.")
    for attribute in dict.fromkeys(str(s.attribute) for s in study.groups):
        if attribute not in study.references and attribute != LANDMARK:
            notes.append(f"No reference group is named for {attribute}: its largest group was taken.")
    told = {
        "left_out": "risks of exactly 0 or 1 were left out of",
        "clipped": "risks beyond the declared bounds were clipped for",
    }
    for name, happened in told.items():
        hit = [
            f for f in findings if f.is_overall_primary and isinstance(f.result, Estimate) and name in f.result.details
        ]
        if hit and isinstance(hit[0].result, Estimate):
            count = hit[0].result.details[name]
            notes.append(f"{count} {happened}: {', '.join(f.measure for f in hit)}.")
    if isinstance(study.sample, ContinuousSample):
        notes.append("The minimum of events was not applied: the outcome is a number and has no events.")
    if study.sample.weights is not None and len(study.sites) < SEVERAL_SITES:
        notes.append("Rows are weighted: intervals come from the bootstrap by patient.")
    notes += _without_weight(study)
    if _clustered(study):
        clusters = len(np.unique(study.sample.patient_codes))
        notes.append(
            f"{_patients(study)} patients in {clusters} clusters, which were randomised and are what is drawn."
        )
    if len(study.sites) >= SEVERAL_SITES:
        notes.append(
            f"{len(study.sites)} sites: the intervals of overall results and of groups allow for patients of one site "
            "being alike (leaving out one site at a time); those of a single site are by patient."
        )
    elif study.sites:
        notes.append(
            "All patients come from one site: intervals are by patient, and nothing can be said about other sites."
        )
    return [*notes, *unlike(study)]


def _now() -> datetime.datetime:
    """The time of the run, or SOURCE_DATE_EPOCH where it is set."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch is None:
        return datetime.datetime.now(tz=datetime.UTC)
    if not (epoch.isascii() and epoch.isdecimal() and len(epoch) <= EPOCH_DIGITS):
        raise InputError("the environment variable SOURCE_DATE_EPOCH is no whole number of seconds", do="Unset it")
    return datetime.datetime.fromtimestamp(int(epoch), tz=datetime.UTC)


def _patients(study: Study) -> int:
    """How many patients there are, also where clusters of them were randomised."""
    return len(np.unique(study.cohort.patients if _clustered(study) else study.sample.patient_codes))


def _clustered(study: Study) -> bool:
    return isinstance(study.sample, TrialSample) and study.sample.clustered


def _without_weight(study: Study) -> list[str]:
    """How many patients no weight leaves in any result, although they are counted among the patients."""
    weights = study.sample.weights
    if weights is None or weights.all():
        return []
    patients = study.cohort.patients
    none = len(set(patients.tolist()) - set(patients[weights > 0].tolist()))
    if not none:
        return []
    told = counted(none, study.small_cell)
    who = "1 patient has" if told == 1 else f"{str(told).capitalize()} patients have"
    return [
        f"{who} weight 0 and count{'s' if told == 1 else ''} for nothing, though among the patients of the headline."
    ]
