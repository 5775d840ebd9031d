"""The reference case's six sites through the command line: `sites` of expected.json, the report, and bad input."""

import json

import pandas as pd
import pytest

from cds.cli import main
from tests.samples import EXPECTED, REFERENCE

PROTOCOL = """
schema = "cds.protocol/1"
name = "six-sites"
version = "1"
question = "Does it hold in every site?"
[outcome]
kind = "binary"
column = "outcome"
[cohort]
site = "site"
[predictions]
risk = "risk"
[measures]
thresholds = [0.3]
replicates = 0
{more}
[[criteria]]
measure = "calibration_slope"
within = [0.8, 1.2]
"""


def validated(folder, rows, more=""):
    """Exit code, results and report of the command."""
    (folder / "p.toml").write_text(PROTOCOL.format(more=more), encoding="utf-8")
    rows.to_csv(folder / "d.csv", index=False)
    code = main(["validate", "--protocol", str(folder / "p.toml"), "--model", "predictions:",
                 "--data", str(folder / "d.csv"), "--out", str(folder / "out")])  # fmt: skip
    if code == 2:
        return code, None, ""
    results = json.loads((folder / "out" / "results.json").read_text(encoding="utf-8"))
    return code, results["findings"], (folder / "out" / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    rows = pd.read_csv(REFERENCE / "cases" / "binary.csv")
    return validated(tmp_path_factory.mktemp("sites"), rows)


def of(findings, measure, analysis, group=None):
    (found,) = (f for f in findings if (f["measure"], f["analysis"], f["group"]) == (measure, analysis, group))
    return found


def test_the_mean_over_sites_is_that_of_expected_json(reference):
    found, expected = of(reference[1], "calibration_in_the_large", "random_effects"), EXPECTED["sites"]["citl"]
    assert [found["estimate"], found["se"], found["low"], found["high"]] == pytest.approx(
        [expected["mean"], expected["se_hksj"], *expected["ci"]], rel=1e-8
    )
    new = [found["details"]["prediction_low"], found["details"]["prediction_high"]]
    assert new == pytest.approx(expected["prediction_interval_t_k_minus_2"], rel=1e-8)


@pytest.mark.parametrize("site", EXPECTED["sites"]["per_site"], ids=lambda s: f"site {s['site']}")
def test_each_site_is_that_of_expected_json(reference, site):
    found = of(reference[1], "calibration_in_the_large", "by_site", str(site["site"]))
    assert (found["estimate"], found["se"] ** 2) == pytest.approx((site["citl"], site["v_citl"]), rel=1e-8)


def test_the_report_shows_a_new_site_beside_the_criterion_and_says_what_the_intervals_allow_for(reference):
    _, findings, page = reference
    assert of(findings, "calibration_slope", "primary")["method"] == "jackknife over sites"
    assert "in a new site: −0.199 to 2.332" in page
    assert "6 sites: the intervals of overall results" in page
    assert "Calibration slope by site" in page


def test_one_site_has_intervals_by_patient_and_a_note(tmp_path):
    rows = pd.read_csv(REFERENCE / "cases" / "binary.csv").assign(site="A")
    _, findings, page = validated(tmp_path, rows)
    assert of(findings, "calibration_slope", "primary")["method"] == "wald"
    assert "All patients come from one site" in page
    assert not [f for f in findings if f["analysis"] == "random_effects"]


def test_a_missing_site_is_an_error_with_row_positions(tmp_path, capsys):
    rows = pd.read_csv(REFERENCE / "cases" / "binary.csv").astype({"site": object})
    rows.loc[3, "site"] = None
    assert validated(tmp_path, rows)[0] == 2
    assert "site column 'site' is missing at row 3" in capsys.readouterr().err


def test_refits_without_each_site_demanded_of_frozen_predictions_are_refused(tmp_path, capsys):
    rows = pd.read_csv(REFERENCE / "cases" / "binary.csv")
    assert validated(tmp_path, rows, "[refitting]\nleave_one_site_out = true")[0] == 2
    assert "there is no model to refit" in capsys.readouterr().err
