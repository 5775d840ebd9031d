"""A run's record: the verdicts in the protocol's order, made-up data declared, the contract's keys."""

import pytest

from cds.core.finding import Finding, Findings
from cds.core.measure import Estimate, Interval
from cds.core.model_card import ModelCard
from cds.core.protocol import ValidationProtocol
from cds.core.record import RunRecord

ESTIMATE = Estimate(1.0, Interval(0.9, 1.1, 0.95, "wald", se=0.05), n=100, events=40)


def record(findings=(), **more) -> RunRecord:
    protocol = ValidationProtocol.model_validate(
        {
            "schema": "cds.protocol/1", "name": "p", "version": "1", "question": "?", "deviations": ["one"],
            "outcome": {"kind": "binary", "column": "y"}, "measures": {"thresholds": [0.2, 0.3]},
            "criteria": [
                {"measure": "net_benefit_gain", "threshold": 0.3, "at_least": 0},
                {"measure": "auroc", "at_least": 0.6},
                {"measure": "net_benefit_gain", "threshold": 0.2, "at_least": 0},
            ],
        }
    )  # fmt: skip
    told = {
        "run_id": "r", "created": "2026-11-20T00:00:00Z", "seed": 1, "cds_version": "0", "model_name": "m",
        "model_version": "1", "adapter": "a", "model_sha256": "", "card": None, "rows": 100, "patients": 100,
        "events": 40, "data_source": "d.csv", "data_sha256": "", "protocol": protocol, "protocol_sha256": "",
        "locked": False, "readiness": "ready", "findings": Findings(list(findings)),
    }  # fmt: skip
    return RunRecord(**{**told, **more})


def test_judged_findings_come_in_the_protocols_order_and_no_others():
    gain = {"family": "utility", "result": ESTIMATE, "verdict": "meets"}
    found = record(
        [
            Finding("auroc", "discrimination", ESTIMATE, verdict="fails", criterion={"at_least": 0.6}),
            Finding("brier", "overall", ESTIMATE),
            Finding("net_benefit_gain", threshold=0.2, criterion={"at_least": 0.0, "threshold": 0.2}, **gain),
            Finding("net_benefit_gain", threshold=0.3, criterion={"at_least": 0.0, "threshold": 0.3}, **gain),
        ]
    ).judged
    assert [(f.measure, f.threshold) for f in found] == [
        ("net_benefit_gain", 0.3),
        ("auroc", None),
        ("net_benefit_gain", 0.2),
    ]


def test_made_up_data_are_declared_by_the_card_or_the_protocol():
    assert not record().synthetic
    assert record(card=ModelCard(name="m", version="1", outcome="binary", synthetic=True)).synthetic


def test_the_results_have_the_contracts_keys():
    found = record([Finding("brier", "overall", ESTIMATE)]).results()
    assert list(found) == ["schema", "run", "model", "data", "protocol", "readiness", "notes", "findings"]
    assert found["schema"] == "cds.results/1"
    assert found["notes"] == []
    assert found["protocol"] == {"name": "p", "version": "1", "sha256": "", "locked": False, "deviations": ["one"]}
    assert found["findings"][0]["estimate"] == pytest.approx(1.0)
