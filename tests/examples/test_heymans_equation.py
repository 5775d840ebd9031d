"""The Heymans example, from its one command, against R on the same 159 people.

R 4.2.2, base package stats::

    d  <- subset(read.csv("lbpmilr.csv"), Impnr == 1)
    lp <- with(d, -10 - .35*Gender + (Carrying == 2) + (Carrying == 3)
                  - .04*Function + .26*Tampascale - .01*Age)
    tight <- glm.control(epsilon = 1e-15, maxit = 100)  # the default stops four digits early
    summary(glm(d$Chronic ~ lp, family = binomial, control = tight))          # slope
    summary(glm(d$Chronic ~ offset(lp), family = binomial, control = tight))  # calibration-in-the-large
    mean(d$Chronic) / mean(plogis(lp))                       # observed / expected
    x  <- outer(lp[d$Chronic == 1], lp[d$Chronic == 0], function(a, b) (a > b) + .5 * (a == b)); mean(x)
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "heymans_equation" / "run.py"
pytestmark = [pytest.mark.shared, pytest.mark.slow]


@pytest.fixture(scope="module")
def out(tmp_path_factory, shared_folder):
    folder = tmp_path_factory.mktemp("heymans") / "out"
    subprocess.run(
        [sys.executable, str(SCRIPT), "--out", str(folder)],
        check=True,
        cwd=folder.parent,
        env={**os.environ, "CDS_SHARED": str(shared_folder)},
    )
    return folder


@pytest.fixture(scope="module")
def results(out):
    return json.loads((out / "validation" / "results.json").read_text(encoding="utf-8"))


def overall(results, measure):
    (found,) = (
        f
        for f in results["findings"]
        if (f["measure"], f["analysis"], f["attribute"], f["kind"]) == (measure, "primary", None, "estimate")
    )
    return found


# The Wald bounds are R's estimate ± qnorm(.975)·se.
@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        (
            "calibration_slope",
            {
                "estimate": 0.9167641477669,
                "se": 0.145230186146,
                "low": 0.632118213453,
                "high": 1.201410082080,
            },
        ),
        ("calibration_in_the_large", {"estimate": -0.0865618941994, "se": 0.203882443717}),
        ("observed_expected", {"estimate": 0.97063800592}),
        ("auroc", {"estimate": 0.843558776167}),
    ],
)
def test_the_numbers_are_those_of_r(results, measure, expected):
    found = overall(results, measure)
    assert {key: found[key] for key in expected} == pytest.approx(expected, rel=1e-8)


def test_the_size_is_that_of_the_imputation(results):
    assert (results["data"]["rows"], overall(results, "calibration_slope")["events"]) == (159, 69)


def test_it_is_inconclusive_because_the_slope_is_unsettled(results):
    assert results["readiness"] == "inconclusive"
    assert overall(results, "calibration_slope")["verdict"] == "inconclusive"


def test_the_report_and_two_pages_are_written(out):
    assert {"report.html", "report.pdf", "manifest.json"} <= {p.name for p in (out / "validation").iterdir()}
    assert len(list((out / "people").rglob("*.pdf"))) == 2


def test_pages_give_no_estimate_because_no_flag_was_asked(out):
    from pypdf import PdfReader

    for page in (out / "people").rglob("*.pdf"):
        assert "ASK FIRST" in PdfReader(page).pages[0].extract_text()


def test_ten_imputations_are_pooled_and_patients_counted_once(out):
    results = json.loads((out / "ten_imputations" / "results.json").read_text(encoding="utf-8"))
    assert results["data"]["rows"] == results["data"]["patients"] == 159
    assert overall(results, "calibration_slope")["details"]["imputations"] == 10
    assert "10 imputations" in (out / "ten_imputations" / "report.html").read_text(encoding="utf-8")


# psfmi, mivalext_lr on imputations 1 to 5 of lbpmilr, its reference page; psfmi's own degrees of freedom give the
# bounds of C as .7854 and .9048, Barnard and Rubin's those here.
def test_imputations_1_to_5_are_those_of_psfmi_through_the_command_line(out, shared_folder, tmp_path):
    import pandas as pd

    from cds.cli import main

    rows = pd.read_csv(shared_folder / "data" / "lbp_heymans" / "lbpmilr.csv")
    rows[rows["Impnr"] <= 5].to_csv(tmp_path / "five.csv", index=False)
    protocol = (SCRIPT.parent / "ten_imputations.toml").read_text(encoding="utf-8")
    (tmp_path / "p.toml").write_text(protocol.replace("replicates = 1000", "replicates = 0"), encoding="utf-8")
    model = str(next((out / "registry").glob("heymans-chronic-lbp/1")))
    arguments = ["--protocol", str(tmp_path / "p.toml"), "--model", model, "--data", str(tmp_path / "five.csv")]
    assert main(["validate", *arguments, "--out", str(tmp_path / "run"), "--jobs", "1"]) == 3
    results = json.loads((tmp_path / "run" / "results.json").read_text(encoding="utf-8"))
    slope, area = overall(results, "calibration_slope"), overall(results, "auroc")
    assert [slope[k] for k in ("estimate", "low", "high")] == pytest.approx([0.9818332, 0.6645742, 1.2990921], abs=5e-6)
    # mice::pool.scalar(n = 159, k = 1) of the same fits with the tight control above
    assert [slope[k] for k in ("estimate", "low", "high")] == pytest.approx(
        [0.9818331722, 0.6645711464, 1.2990951979], rel=1e-8
    )
    assert overall(results, "calibration_in_the_large")["estimate"] == pytest.approx(-0.0768418, abs=5e-7)
    assert [round(area[k], 4) for k in ("estimate", "low", "high")] == [0.8551, 0.7848, 0.9052]
