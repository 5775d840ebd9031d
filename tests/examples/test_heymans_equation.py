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
