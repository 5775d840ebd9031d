"""``cds measures`` prints what each number means."""

import pytest

from cds import catalog
from cds.cli import main
from cds.dataquality.validator import CHECKS


def test_every_measure_and_check_is_listed_with_formula_interval_and_source(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["measures"]) == 0
    blocks = capsys.readouterr().out.strip().split("\n\n")
    assert len(blocks) == len(catalog.all_measures()) + len(CHECKS)
    for block in blocks:
        assert "  source " in block
        assert "(data check)" in block or ("  formula " in block and "  interval " in block)


@pytest.mark.parametrize("name", ["calibration_slope", "DQ002", "input_constant"])
def test_one_is_printed_by_name_or_code(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert main(["measures", name]) == 0
    assert name in capsys.readouterr().out.splitlines()[0]


def test_an_unknown_name_suggests_others(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["measures", "slope"]) == 2
    told = capsys.readouterr().err
    assert "Did you mean" in told and "calibration_slope or discrimination_slope" in told
    assert main(["measures", "auorc"]) == 2
    assert "Did you mean 'auroc'?" in capsys.readouterr().err
