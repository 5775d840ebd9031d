"""The command line turns what happened into words on stderr and an exit code."""

import io
import subprocess
import sys
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from types import SimpleNamespace

import pytest

from cds import __version__, cli
from cds.cli import COMMANDS, main
from cds.core.errors import DataError, InputError, ResourceError


def python(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False, cwd=cwd)


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    told = capsys.readouterr().out
    assert all(f"  {name}" in told for name in COMMANDS)


def test_help_needs_no_heavy_library() -> None:
    heavy = "numpy pandas pydantic scipy sklearn matplotlib jinja2 weasyprint pyarrow shap"
    code = (
        "import sys; from cds.cli import main; main(['--help']); "
        f"sys.exit(' '.join(m for m in {heavy.split()!r} if m in sys.modules) or 0)"
    )
    done = python("-c", code)
    assert (done.returncode, done.stderr) == (0, "")


def test_each_command_has_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    for name in COMMANDS:
        assert main([name, "--help"]) == 0
        assert f"usage: cds {name}" in capsys.readouterr().out


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"cds {__version__}\n"


def test_an_unknown_command_suggests_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["valdate"]) == 2
    assert "there is no command 'valdate'. Did you mean 'validate'?" in capsys.readouterr().err


def test_no_command_is_a_usage_error_with_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage: cds" in capsys.readouterr().err


def test_an_unknown_option_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "--protcol", "x"]) == 2
    assert main(["--verbose"]) == 2
    assert "usage: cds" in capsys.readouterr().err


def command(monkeypatch: pytest.MonkeyPatch, outcome: BaseException | int) -> None:
    def run(args: object) -> int:
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    module = SimpleNamespace(add_arguments=lambda parser: None, run=run)
    monkeypatch.setattr(cli.importlib, "import_module", lambda name: module)


@pytest.mark.parametrize(
    ("outcome", "code", "told"),
    [
        (0, 0, ""),
        (3, 3, ""),
        (InputError("the risk column is missing", where="t.csv", do="Add it"), 2, "t.csv: the risk column is missing"),
        (DataError("a", others=(DataError("b"),)), 2, "cds: a\nb\n"),
        (ResourceError("the disk is full"), 4, "the disk is full"),
        (MemoryError(), 4, "not enough memory"),
        (BrokenProcessPool("CANARY"), 4, "a worker process died"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (ValueError("CANARY"), 4, "this is a fault in cds, not in your input (ValueError)"),
    ],
)
def test_each_outcome_has_its_exit_code(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    outcome: BaseException | int,
    code: int,
    told: str,
) -> None:
    command(monkeypatch, outcome)
    assert main(["validate"]) == code
    error = capsys.readouterr().err
    assert told in error
    assert "Traceback" not in error
    assert "CANARY" not in error


def test_debug_shows_where_a_fault_arose_but_never_its_values(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command(monkeypatch, ValueError("CANARY"))
    for arguments in (["--debug", "validate"], ["validate", "--debug"]):
        assert main(arguments) == 4
        error = capsys.readouterr().err
        assert "line" in error
        assert "in run" in error
        assert "CANARY" not in error


def test_a_reader_that_leaves_early_is_no_error() -> None:
    done = subprocess.run(
        f"{sys.executable} -m cds measures | head -1", shell=True, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_signs_that_a_terminal_lacks_are_spelt_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    held = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(held, encoding="cp1252"))
    assert main(["--help"]) == 0
    sys.stdout.write("−0.22 – 3 × 4 ◐\n")
    sys.stdout.flush()
    assert held.getvalue().decode("cp1252").splitlines()[-1] == "-0.22 – 3 × 4 ?"
