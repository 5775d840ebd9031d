"""``cds plan`` as one types it."""

import json
from pathlib import Path

import pytest

from cds.cli import main
from cds.cli.plan_expected import option
from tests.protocol.test_reading import GOOD, written

SURVIVAL = ["--kind", "survival", "--prevalence", ".1", "--c", ".7", "--n", "500"]

SIZES = ["--prevalence", ".018", "--c", ".8", "--width", "observed_expected=1", "--width", "auroc=.1"]


def test_published_sizes_are_printed_with_what_was_assumed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", *SIZES]) == 0
    out = capsys.readouterr().out
    assert "906" in out and "4,252" in out
    assert "The largest decides: 4,252 patients, 77 events (auroc)." in out
    assert "Assumed:" in out and "doi:10.1002/sim.9025" in out


def test_the_same_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", *SIZES, "--json", "--n", "500"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert (plan["schema"], plan["patients"], plan["asked_about"]) == ("cds.plan/1", 4252, 500)


def test_a_size_alone_tells_the_widths(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--prevalence", ".3", "--c", ".7", "--n", "500"]) == 0
    out = capsys.readouterr().out
    assert "width in 500" in out and "largest decides" not in out


def test_a_protocol_sets_the_widths_and_the_level(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = '[[precision]]\nmeasure = "{}"\nwidth = 0.2\n'
    text = GOOD.replace("[measures]", "[measures]\nlevel = 0.9") + wanted.format("auroc") + wanted.format("eci")
    path = str(written(tmp_path, text))
    assert main(["plan", "--protocol", path, "--prevalence", ".3", "--c", ".7"]) == 0
    out = capsys.readouterr().out
    assert "intervals of 90 %" in out and "No size can be planned for eci" in out
    assert main(["plan", "--protocol", path, "--prevalence", ".3", "--c", ".7", "--width", "auroc=.1"]) == 2
    assert main(["plan", "--protocol", path, "--prevalence", ".3", "--c", ".7", "--kind", "continuous"]) == 2
    bare = str(written(tmp_path, GOOD, "bare.toml"))
    assert main(["plan", "--protocol", bare, "--prevalence", ".3"]) == 2
    assert "sets no target widths" in capsys.readouterr().err


def test_risks_come_from_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "risks.csv"
    path.write_text("id,p\n" + "\n".join(f"{i},{(i + 1) / 101}" for i in range(100)), encoding="utf-8")
    assert main(["plan", "--risks", f"{path}:p", "--width", "calibration_slope=.3"]) == 0
    assert "the risks are the 100 of" in capsys.readouterr().out
    assert main(["plan", "--risks", f"{path}:q", "--width", "calibration_slope=.3"]) == 2
    assert "there is no column 'q'" in capsys.readouterr().err
    path.write_text("p\n0.1\n1.0\n", encoding="utf-8")
    assert main(["plan", "--risks", f"{path}:p", "--width", "calibration_slope=.3"]) == 2
    assert "at row 1" in capsys.readouterr().err


def test_a_card_gives_what_it_knows(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--model", "epds", "--prevalence", ".3", "--c", ".7", "--width", "auroc=.1"]) == 0
    assert "From the card of epds: neither prevalence nor C." in capsys.readouterr().out


def test_continuous_and_survival_outcomes_have_plans(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--kind", "continuous", "--r-squared", ".5", "--width", "calibration_slope=.2"]) == 0
    assert "386" in capsys.readouterr().out
    given = ["--kind", "survival", "--prevalence", ".3", "--c", ".7", "--cohorts", "5"]
    assert main(["plan", *given, "--width", "harrell_c=.2"]) == 0
    assert "± simulation" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--prevalence", "1.2", "--c", ".4", "--width", "auroc=-1"], "got 1.2\n"),
        (["--prevalence", ".2", "--width", "auroc=.1", "--kind", "continuous"], "--prevalence says nothing"),
        (["--lp-mean", "1", "--width", "auroc=.1"], "belong together"),
        (["--lp-mean", "1", "--lp-sd", "1", "--risk-beta", "1", "2", "--width", "auroc=.1"], "contradict"),
        (["--prevalence", ".2", "--c", ".7"], "no target width is given"),
        (["--kind", "survival", "--prevalence", ".2", "--width", "harrell_c=.1"], "one of --c and --lp-sd"),
        (["--kind", "survival", "--c", ".7", "--width", "harrell_c=.1"], "needs --prevalence"),
        (["--kind", "continuous", "--width", "r_squared=.1"], "needs --r-squared"),
        (["--risks", "nowhere", "--width", "auroc=.1"], "names no column"),
        (["--risk-beta", "1e-9", "1e9", "--width", "auroc=.1"], "first parameter of the beta law must lie between"),
        (["--lp-mean", "0", "--lp-sd", "1e-300", "--width", "auroc=.1"], "must lie between 0.001 and 20"),
        (["--lp-mean=-1e6", "--lp-sd", "1", "--width", "auroc=.1"], "between −30 and 30, got −1e+06"),
        (["--prevalence", ".2", "--c", ".7", "--n", "1" + "0" * 400], "at most 10¹² patients"),
        (["--kind", "continuous", "--r-squared", ".5", "--sd", "inf", "--n", "500"], "must be above 0 and finite"),
        ([*SURVIVAL, "--censored", "1"], "the censored share must lie between 0 and 0.95"),
        ([*SURVIVAL, "--shape", "0"], "the Weibull shape must lie between 0.1 and 20"),
        ([*SURVIVAL, "--shape", "1e300"], "the Weibull shape must lie between 0.1 and 20"),
        ([*SURVIVAL, "--cohorts", "100000000"], "--cohorts must be at most 10,000"),
        ([*SURVIVAL, "--seed", "-1"], "--seed must be at least 0"),
    ],
)
def test_bad_input_is_told_in_words(given: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", *given]) == 2
    assert told in capsys.readouterr().err


def test_a_size_in_other_than_digits_is_refused_by_its_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", *SURVIVAL[:-1], "1e12"]) == 2
    assert "argument --n: must be a whole number of patients in digits, got '1e12'" in capsys.readouterr().err


def test_a_study_of_everybody_has_narrow_intervals(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", *SURVIVAL[:-1], str(10**12), "--cohorts", "5"]) == 0
    assert "width in 1,000,000,000,000" in capsys.readouterr().out


def test_what_was_assumed_fits_a_terminal_and_has_minus_signs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", *SIZES]) == 0
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 100
    assert "means −3.29 and −4.71" in " ".join(out.split())


def test_an_option_is_written_as_typed() -> None:
    assert option("r_squared") == "--r-squared"
