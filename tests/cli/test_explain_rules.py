"""``cds explain`` in another language, and by a clinic's own red-flag rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from cds.cli import main
from cds.safety.rules import SHIPPED
from tests.patients import made


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr("cds.registry.loading.load_model", lambda reference: made.model())
    monkeypatch.setenv("CDS_REGISTRY", str(tmp_path / "registry"))
    data = tmp_path / "patients.csv"
    made.patients().to_csv(data, index=False)
    return ["explain", "--model", "m@1", "--data", str(data), "--patient", "P-2", "--out", str(tmp_path / "out")]


def test_the_shipped_rules_are_written_without_model_or_data(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "clinic.toml"
    assert main(["explain", "--write-rules", str(file)]) == 0
    assert file.read_bytes() == SHIPPED.read_bytes()
    assert "sign approved_by" in capsys.readouterr().out
    assert main(["explain", "--write-rules", str(file)]) == 2
    assert "the file exists already. Name a new one" in capsys.readouterr().err


def test_rules_are_named_and_those_beside_the_registry_are_taken(
    asked: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(asked) == 0
    told = capsys.readouterr().out
    assert "red-flag rules: shipped (lbp-red-flags 2, " in told
    assert "translations" not in told
    own = tmp_path / "registry" / "red_flags.toml"
    own.parent.mkdir()
    own.write_text(
        SHIPPED.read_text(encoding="utf-8").replace('name = "lbp-red-flags"', 'name = "klinik-nord"'), "utf-8"
    )
    assert main([*asked, "--language", "de"]) == 0
    told = capsys.readouterr().out
    assert f"red-flag rules: {own} (klinik-nord 2, " in told
    assert "not clinically approved" in told
    assert "it lacks some of [translations.de]" in told
    assert "STOPP, no estimate: ein Warnzeichen ist als vorhanden erfasst" in told


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["--language", "fr"], "no patient's page can be written in the language 'fr'. There are: de, en"),
        (["--rules", "none.toml"], "none.toml: the red-flag rules cannot be read"),
    ],
)
def test_an_unknown_language_or_file_is_exit_code_2(
    asked: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: list[str], said: str
) -> None:
    assert main([*asked, *wrong]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_faults_of_the_rules_name_file_rule_and_key(
    asked: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "clinic.toml"
    file.write_text(SHIPPED.read_text(encoding="utf-8").replace('urgency = "soon"', 'urgency = "later"'), "utf-8")
    assert main([*asked, "--rules", str(file)]) == 2
    told = capsys.readouterr().err
    assert f"{file}: flags.weight_loss.urgency: must be 'now', 'same_day' or 'soon'" in told
    assert f"{file}: flags.steroids_or_osteoporosis.urgency" in told
