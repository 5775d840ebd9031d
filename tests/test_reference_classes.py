"""R's answers about the multiclass reference case, from the array interface and the command line alike.

R 4.2.2: Rscript tests/reference/make_expected.R tests/reference/cases expected.json
"""

import json

import pytest

import cds
from cds.cli import main
from tests.class_samples import CATEGORIES, WANTED, reference_rows
from tests.samples import REFERENCE

EXACT, ERROR = 1e-8, 1e-6  # relative
PROTOCOL = """
schema = "cds.protocol/1"
name = "classes"
version = "1"
question = "Does the command line agree with R?"

[outcome]
kind = "KIND"
column = "outcome"
categories = ["self_care", "physiotherapy", "specialist"]

[cohort]
patient = "patient"

[predictions]
probabilities = {self_care = "p_self_care", physiotherapy = "p_physiotherapy", specialist = "p_specialist"}

[measures]
thresholds = [0.3]
replicates = 0

[[criteria]]
measure = "multinomial_recalibration_slope"
category = "physiotherapy"
within = [0.9, 1.1]
rationale = "a tenth too extreme or too narrow"

[[criteria]]
measure = "net_benefit_gain"
category = "specialist"
threshold = 0.3
at_least = 0.0
rationale = "better than referring everybody or nobody"
"""


@pytest.fixture(scope="module")
def from_arrays():
    rows = reference_rows()
    found = cds.evaluate.nominal(
        rows["outcome"],
        rows[[f"p_{c}" for c in CATEGORIES]],
        classes=CATEGORIES,
        thresholds=(0.3,),
        replicates=0,
        jobs=1,
    )
    return [finding.record() for finding in found]


def validated(folder, kind):
    protocol, out = folder / "p.toml", folder / "run"
    protocol.write_text(PROTOCOL.replace("KIND", kind), encoding="utf-8")
    data = str(REFERENCE / "cases" / "multiclass.csv")
    arguments = ["validate", "--protocol", str(protocol), "--model", "predictions:", "--data", data, "--out", str(out)]
    assert main([*arguments, "--jobs", "1"]) == 1  # physiotherapy's slope of .65 (.42 to .87) lies below .9
    return json.loads((out / "results.json").read_text(encoding="utf-8"))["findings"]


@pytest.fixture(scope="module")
def from_the_command_line(tmp_path_factory):
    return validated(tmp_path_factory.mktemp("nominal"), "nominal")


@pytest.fixture(params=["from_arrays", "from_the_command_line"])
def rows(request):
    return request.getfixturevalue(request.param)


def the(rows, measure, category=None):
    (found,) = [
        row
        for row in rows
        if (row["measure"], row["category"]) == (measure, category)
        and row["analysis"] == "primary"
        and row["kind"] == "estimate"
    ]
    return found


def close(value, wanted, tolerance=EXACT):
    assert value == pytest.approx(wanted, rel=tolerance, abs=1e-13)


@pytest.mark.parametrize("category", CATEGORIES)
def test_each_category_against_the_rest(rows, category):
    close(the(rows, "auroc", category)["estimate"], WANTED["ovr_auroc"][category])
    close(the(rows, "observed_expected", category)["estimate"], WANTED["ovr_observed_expected"][category])
    row = the(rows, "auroc", category)
    assert (row["n"], row["events"]) == (450, WANTED["counts"][category])


@pytest.mark.parametrize(
    ("measure", "key"), [("hand_till_m", "hand_till_m"), ("brier", "brier_sum"), ("log_loss", "log_loss_mean")]
)
def test_measures_of_all_categories(rows, measure, key):
    close(the(rows, measure)["estimate"], WANTED[key])


@pytest.mark.parametrize(("category", "k"), [("physiotherapy", 1), ("specialist", 2)])
@pytest.mark.parametrize(("measure", "key"), [("intercept", "(Intercept):{}"), ("slope", "L{}")])
def test_multinomial_recalibration(rows, category, k, measure, key):
    row = the(rows, f"multinomial_recalibration_{measure}", category)
    close(row["estimate"], WANTED["multinomial_recalibration"]["coef"][key.format(k)])
    close(row["se"], WANTED["multinomial_recalibration"]["se"][key.format(k)], ERROR)
    assert row["details"]["fewest_events"] == 140


def test_both_ways_give_the_same_numbers(from_arrays, from_the_command_line):
    keys = ("measure", "kind", "analysis", "category", "threshold", "estimate", "se", "low", "high")
    both = [
        sorted((tuple(row[key] for key in keys) for row in rows if row["family"] != "dataquality"), key=repr)
        for rows in (from_arrays, from_the_command_line)
    ]
    assert both[0] == both[1]


def test_an_ordinal_outcome_has_the_same_numbers_and_two_more(tmp_path, from_the_command_line):
    ordinal = validated(tmp_path, "ordinal")
    for measure in ("hand_till_m", "brier", "log_loss"):
        assert the(ordinal, measure)["estimate"] == the(from_the_command_line, measure)["estimate"]
    # R 4.2.2, survival: concordance(y ~ round(as.vector(P %*% 1:3), 12)); mean(y <= 2) / mean(P[, 1] + P[, 2])
    close(the(ordinal, "ordinal_c")["estimate"], 0.6903717145875, 1e-10)
    close(the(ordinal, "cumulative_observed_expected", "physiotherapy")["estimate"], 0.8971138271698, 1e-10)
    assert (tmp_path / "run" / "curves" / "cumulative_calibration.csv").is_file()


def test_a_criterion_on_a_category_is_judged_printed_and_told_apart(tmp_path, capsys):
    findings = validated(tmp_path, "nominal")
    judged = {(f["measure"], f["category"]): f["verdict"] for f in findings if f["verdict"]}
    assert judged == {
        ("multinomial_recalibration_slope", "physiotherapy"): "fails",
        ("net_benefit_gain", "specialist"): "meets",
    }
    assert "multinomial_recalibration_slope (physiotherapy): 0.647" in capsys.readouterr().out
    report = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "Multinomial recalibration slope, physiotherapy" in report
    assert "Net benefit gained by the model at threshold 0.3, specialist" in report
