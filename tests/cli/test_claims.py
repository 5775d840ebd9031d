"""``cds claims`` as one types it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cds.cli import main

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "claims"


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("accuracy_at_the_base_rate", "! misleading: accuracy 94.8%"),
        ("f1_out_of_reach", "✗ impossible: F1 0.851"),
        ("auroc_too_good", "? implausible: AUROC 0.997"),
    ],
)
def test_the_three_published_claims_are_caught(
    file: str, told: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "audit.json"
    assert main(["claims", str(EXAMPLES / f"{file}.toml"), "--out", str(out)]) == 1
    assert told in capsys.readouterr().out
    assert json.loads(out.read_text(encoding="utf-8"))["schema"] == "cds.claims-audit/1"


def test_a_shipped_card_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["claims", "breast-recurrence"]) == 0
    assert "✓ consistent: Harrell's C 0.65" in capsys.readouterr().out


def test_a_named_card_needs_no_slow_library() -> None:
    code = (
        "import sys; from cds.cli import main; main(['claims', 'breast-recurrence']); "
        "sys.exit(' '.join(m for m in ('pandas', 'scipy', 'sklearn', 'pyarrow') if m in sys.modules) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_card_file_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "card.toml"
    path.write_text(
        'schema = "cds.card/1"\nname = "m"\nversion = "1"\noutcome = "binary"\n[claims]\nauroc = 0.81\n',
        encoding="utf-8",
    )
    assert main(["claims", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"]["consistent"] == 1


def test_a_card_without_claims_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["claims", "epds"]) == 0
    assert "nothing to check" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('schema = "cds.claims/1"\n', "needs a [claims] table"),
        ('schema = "cds.claims/1"\nclaim = 1\n[claims]\nauroc = 0.8\n', "Did you mean 'claims'?"),
        ('schema = "cds.claims/1"\n[claims]\naccuracy = 94.8\n', "must lie in [0, 1], got 94.8"),
        ("[claims]\nauroc = 0.8\n", "name is missing"),
        ('schema = "cds.claims/1"\n[claims]\nauroc = "1e99999999"\n', "with at most 20 digits"),
        ('schema = "cds.claims/1"\n[claims]\nauroc = "1e-99999999"\n', "with at most 20 digits"),
        ("[claims\n", "is not valid TOML"),
    ],
)
def test_files_that_cannot_be_read_are_refused(
    text: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c.toml"
    path.write_text(text, encoding="utf-8")
    assert main(["claims", str(path)]) == 2
    assert told in capsys.readouterr().err


def test_what_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["claims", "nowhere.toml"]) == 2
    assert main(["claims", "no-such-model"]) == 2
    assert "no-such-model" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["claims", "epds", "--out", str(tmp_path / "no" / "a.json")]) == 4
    assert "cannot be written" in capsys.readouterr().err
