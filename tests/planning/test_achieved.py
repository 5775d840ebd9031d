"""The widths of a finished study beside the widths aimed at."""

import dataclasses

from cds.core.finding import Table
from cds.core.protocol import ValidationProtocol
from cds.planning.achieved import HEADER, Asked, _name, precision_table
from cds.stats.widths import number_needed
from tests.studies import answered
from tests.survival.tied import reference_survival

RAW = {
    "schema": "cds.protocol/1",
    "name": "p",
    "version": "1",
    "question": "q",
    "outcome": {"kind": "binary", "column": "y"},
    "measures": {"thresholds": [0.2, 0.4]},
    "criteria": [
        {"measure": "calibration_slope", "within": [0.8, 1.2]},
        {"measure": "net_benefit_gain", "threshold": 0.2, "at_least": 0},
    ],
}


def table(*precision: dict[str, object]) -> Table:
    protocol = ValidationProtocol.model_validate({**RAW, "precision": precision})
    found = precision_table(dataclasses.replace(answered(), protocol=protocol), protocol)
    assert found is not None
    return found


def test_an_interval_that_is_too_wide_tells_how_many_patients_it_takes() -> None:
    found = table({"measure": "calibration_slope", "width": 0.2}, {"measure": "auroc", "width": 0.5})
    assert (found.section, found.header) == ("precision", HEADER)
    slope, auroc = found.rows
    low, high = (float(bound) for bound in slope[2].split(" to "))
    assert slope[3] == f"{high - low:.3f}" or abs(float(slope[3]) - (high - low)) < 0.002
    assert slope[4:6] == ("0.200", "no") and slope[6].startswith("about ")
    needed = int(slope[6].removeprefix("about ").replace(",", ""))
    assert abs(needed / (240 * (float(slope[3]) / 0.2) ** 2) - 1) < 0.01
    assert auroc[5:] == ("yes", "–")


def test_a_measure_at_a_threshold_is_taken_there() -> None:
    found = table({"measure": "net_benefit", "width": 0.2, "threshold": 0.4})
    assert found.rows[0][0].endswith("at threshold 0.4")


def test_an_interval_that_is_not_there_tells_why() -> None:
    found = table({"measure": "ici", "width": 0.02})  # without replicates
    assert "replicates" in found.rows[0][2] or "bootstrap" in found.rows[0][2]
    assert found.rows[0][5] == "not known"


def test_without_targets_the_criteria_are_described_and_it_is_said() -> None:
    found = table()
    assert len(found.rows) == 2 and len(found.header) == 4
    assert "set no target widths" in found.note


def test_needed_patients_go_with_the_square_of_the_width() -> None:
    assert number_needed(100, 0.3, 0.1) == 900
    assert number_needed(100, 0.1, 0.2) == 25


def test_a_horizon_is_named_with_its_unit() -> None:
    sample = reference_survival()
    asked = Asked("harrell_c", horizon=365.0)
    assert _name(asked, dataclasses.replace(answered(), samples=(sample,))).endswith(" by 365 days")
