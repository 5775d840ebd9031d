"""Target widths that nothing can answer are refused in words."""

from pathlib import Path

import pytest

from cds.core.errors import ProtocolError
from cds.core.protocol import ValidationProtocol
from cds.protocol import read_protocol, refuse_unanswerable
from tests.protocol.test_reading import GOOD, refused, written


def aimed(**target: object) -> str:
    lines = [
        f"{key} = {value if not isinstance(value, str) else chr(34) + value + chr(34)}" for key, value in target.items()
    ]
    return GOOD + "\n".join(["[[precision]]", *lines, ""])


def test_a_target_is_read(tmp_path: Path) -> None:
    loaded = read_protocol(written(tmp_path, aimed(measure="calibration_slope", width=0.2)))
    assert loaded.protocol.precision[0].width == 0.2


def test_an_unknown_measure_suggests_the_nearest(tmp_path: Path) -> None:
    assert "Did you mean 'calibration_slope'?" in refused(tmp_path, aimed(measure="calibration_slop", width=0.2))


def test_a_threshold_must_be_declared_and_fit(tmp_path: Path) -> None:
    told = refused(tmp_path, aimed(measure="net_benefit", width=0.2, threshold=0.3))
    assert "threshold 0.3 is not among thresholds [0.2]" in told
    assert "needs a threshold" in refused(tmp_path, aimed(measure="net_benefit", width=0.2))
    assert "'auroc' has no threshold" in refused(tmp_path, aimed(measure="auroc", width=0.2, threshold=0.2))


def test_a_width_above_zero_and_known_keys_are_demanded(tmp_path: Path) -> None:
    assert 'precision[0].width (measure "auroc") must be greater than 0' in refused(
        tmp_path, aimed(measure="auroc", width=0)
    )
    assert "Did you mean 'width'?" in refused(tmp_path, aimed(measure="auroc", widht=0.1))


def test_two_widths_for_one_measure_are_refused(tmp_path: Path) -> None:
    twice = aimed(measure="auroc", width=0.1) + '[[precision]]\nmeasure = "auroc"\nwidth = 0.2\n'
    assert "two target widths for 'auroc'" in refused(tmp_path, twice)


def test_an_unknown_key_in_other_sections_is_told_in_words(tmp_path: Path) -> None:
    assert "unknown key drift.windw" in refused(tmp_path, GOOD + '[drift]\nwindw = "year"\n')


def test_a_protocol_made_in_python_is_checked_alike() -> None:
    protocol = ValidationProtocol.model_validate(
        {
            "schema": "cds.protocol/1",
            "name": "p",
            "version": "1",
            "question": "q",
            "outcome": {"kind": "binary", "column": "y"},
            "criteria": [{"measure": "auroc", "at_least": 0.6}],
            "precision": [{"measure": "aurok", "width": 0.1}],
        }
    )
    with pytest.raises(ProtocolError, match="unknown measure 'aurok'"):
        refuse_unanswerable(protocol)
