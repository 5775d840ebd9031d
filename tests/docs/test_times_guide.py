"""The guide to times, visits, landmarks and trials: its commands, its rows of data and its Python run as they stand."""

import re
import shlex
from pathlib import Path

import pytest

from cds.cli import main
from cds.core.finding import Findings
from cds.protocol import new

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "guides" / "times_to_an_event.md").read_text(encoding="utf-8")
KINDS = ("survival", "competing_risks", "repeated", "landmark", "trial")  # in the order of the guide
ROWS = re.findall(r"```csv\n(.*?)```", TEXT, flags=re.DOTALL)
COMMANDS = [line for line in TEXT.splitlines() if line.startswith("cds validate") and "tests/reference" in line]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_run_and_say_what_the_guide_prints(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    words = shlex.split(command)[1:]
    words[words.index("--out") + 1] = str(tmp_path / "run")
    assert main(words) in (1, 3)
    printed = re.findall(r"^  fails .*$", TEXT, flags=re.MULTILINE)
    shown = capsys.readouterr().out
    assert len(printed) == 1 and (printed[0] in shown) == ("recovery" in command)


@pytest.mark.parametrize(("kind", "rows"), list(zip(KINDS, ROWS, strict=True)))
def test_the_rows_of_the_guide_are_read_with_a_new_protocol_of_the_kind(kind, rows, tmp_path, monkeypatch):
    protocol, data = new(kind, tmp_path / "p.toml"), tmp_path / "rows.csv"
    text = protocol.read_text(encoding="utf-8").replace("replicates = 1000", "replicates = 0")
    for key in ("[predictions]", "risk =", "value =", "dated =") if kind != "trial" else ():
        text = text.replace(f"# {key}", key)
    protocol.write_text(text, encoding="utf-8")
    data.write_text(rows, encoding="utf-8")
    words = ["validate", "--protocol", str(protocol), "--model", "predictions:", "--data", str(data)]
    assert main([*words, "--out", str(tmp_path / "run")]) in (1, 3)  # so few patients decide nothing


def test_the_python_runs(monkeypatch):
    monkeypatch.chdir(ROOT)
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)
    seen: dict[str, object] = {}
    exec(code, seen)
    assert isinstance(seen["found"], Findings)


def test_every_kind_of_the_guide_has_a_new_protocol():
    listed = re.findall(r"^\| .* \| `(\w+)` \| .* \|$", TEXT, flags=re.MULTILINE)
    assert sorted(listed) == sorted(KINDS)
