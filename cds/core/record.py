"""One validation run as data: what the report prints and the run folder holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cds.core.cohort import FlowStep
from cds.core.finding import Curve, Finding, Findings, Readiness, Table
from cds.core.measure import Measure
from cds.core.model_card import ModelCard
from cds.core.protocol import ValidationProtocol

RESULTS_SCHEMA = "cds.results/1"


@dataclass(frozen=True, eq=False, kw_only=True)
class RunRecord:
    """A finished validation: verdict, findings, curves, tables, and where everything came from.

    ``not_set`` holds one sentence per kind of criterion that the protocol did not set; ``notes`` whatever was
    skipped, clipped or limited; ``definitions`` the measures by name; ``weighted`` says that rows had weights;
    ``rows``, ``patients`` and ``events`` count each patient once, whatever the number of ``imputations``;
    ``events`` is None where the outcome has none to count; ``observed`` tells how else the outcome came out:
    ``counts`` by category, or ``mean`` and ``sd``, unweighted.
    """

    run_id: str
    created: str
    seed: int
    cds_version: str
    model_name: str
    model_version: str
    adapter: str
    model_sha256: str
    card: ModelCard | None
    rows: int
    patients: int
    events: int | None
    data_source: str
    data_sha256: str
    protocol: ValidationProtocol
    protocol_sha256: str
    locked: bool
    readiness: Readiness
    findings: Findings
    curves: tuple[Curve, ...] = ()
    tables: tuple[Table, ...] = ()
    flow: tuple[FlowStep, ...] = ()
    not_set: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    weighted: bool = False
    imputations: int = 1
    observed: Mapping[str, Any] = field(default_factory=dict)
    definitions: Mapping[str, Measure] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def synthetic(self) -> bool:
        """Whether the card or the protocol declares made-up data."""
        return self.protocol.synthetic or bool(self.card and self.card.synthetic)

    @property
    def unit(self) -> str:
        """The unit of an outcome that is a number, as the protocol declares it, or else the card; empty otherwise."""
        if self.protocol.outcome.kind not in ("continuous", "repeated"):
            return ""
        return self.protocol.outcome.unit or (self.card.unit if self.card else "")

    @property
    def judged(self) -> tuple[Finding, ...]:
        """The findings that bear a verdict, in the protocol's order."""
        asked = [(c.measure, c.shown()) for c in self.protocol.criteria]
        bearing = [f for f in self.findings if f.verdict is not None]
        place = {
            id(f): asked.index(key) if (key := (f.measure, dict(f.criterion or {}))) in asked else len(asked)
            for f in bearing
        }
        return tuple(sorted(bearing, key=lambda f: place[id(f)]))

    def results(self) -> dict[str, Any]:
        """The results.json contract."""
        return {
            "schema": RESULTS_SCHEMA,
            "run": {"id": self.run_id, "created": self.created, "seed": self.seed, "cds": self.cds_version},
            "model": {
                "name": self.model_name,
                "version": self.model_version,
                "adapter": self.adapter,
                "sha256": self.model_sha256,
            },
            "data": {"rows": self.rows, "patients": self.patients, "sha256": self.data_sha256},
            "protocol": {
                "name": self.protocol.name,
                "version": self.protocol.version,
                "sha256": self.protocol_sha256,
                "locked": self.locked,
                "deviations": list(self.protocol.deviations),
            },
            "readiness": self.readiness,
            "notes": list(self.notes),
            "findings": [finding.record() for finding in self.findings],
        }
