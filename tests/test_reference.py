"""R's answers about the binary reference case (tests/reference), from the array interface and the command line alike.

R 4.2.2: Rscript tests/reference/make_expected.R tests/reference/cases expected.json
"""

import json

import pytest

import cds
from cds.cli import main
from tests.samples import EXPECTED, REFERENCE, reference_rows

THRESHOLDS = (0.1, 0.2, 0.3, 0.4)
SMOOTHERS = {"rcs": "rcs5_logit", "lowess": "lowess", "loess": "loess_direct"}
EXACT, SMOOTHED, ERROR = 1e-8, 1e-6, 1e-6  # relative; R's file rounds at 1e-12
PROTOCOL = """
schema = "cds.protocol/1"
name = "reference"
version = "1"
question = "Does the command line agree with R?"

[outcome]
kind = "binary"
column = "outcome"

[cohort]
patient = "patient"
groups = ["sex"]
references = {sex = "male"}

[predictions]
risk = "risk"

[measures]
thresholds = [0.1, 0.2, 0.3, 0.4]
replicates = 0

[[criteria]]
measure = "calibration_slope"
within = [0.8, 1.2]
rationale = "a fifth too extreme or too narrow"
"""


@pytest.fixture(scope="module")
def from_arrays():
    rows = reference_rows()
    found = cds.evaluate.binary(
        rows["outcome"],
        rows["risk"],
        thresholds=THRESHOLDS,
        groups={"sex": rows["sex"]},
        references={"sex": "male"},
        replicates=0,
    )
    return [finding.record() for finding in found]


@pytest.fixture(scope="module")
def from_the_command_line(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reference")
    protocol, out = folder / "reference.toml", folder / "run"
    protocol.write_text(PROTOCOL, encoding="utf-8")
    data = str(REFERENCE / "cases" / "binary.csv")
    arguments = ["validate", "--protocol", str(protocol), "--model", "predictions:", "--data", data, "--out", str(out)]
    assert main([*arguments, "--jobs", "1"]) == 3  # no criterion on net benefit: never ready, and the slope's interval
    return json.loads((out / "results.json").read_text(encoding="utf-8"))["findings"]


@pytest.fixture(params=["from_arrays", "from_the_command_line"])
def rows(request):
    return request.getfixturevalue(request.param)


def the(rows, measure, *, kind="estimate", analysis="primary", group=None, threshold=None, smoother=None):
    found = [
        row
        for row in rows
        if (row["measure"], row["kind"], row["group"], row["threshold"]) == (measure, kind, group, threshold)
        and (row["analysis"] == analysis if smoother is None else row["parameters"].get("smoother") == smoother)
    ]
    assert len(found) == 1, f"{len(found)} findings of {measure}"
    return found[0]


def close(value, wanted, tolerance):
    assert value == pytest.approx(wanted, rel=tolerance, abs=1e-13)


@pytest.mark.parametrize("measure", ["calibration_in_the_large", "calibration_slope", "auroc"])
@pytest.mark.parametrize("group", [None, "female", "male"])
def test_estimates_with_standard_errors(rows, measure, group):
    wanted = (EXPECTED["binary"] if group is None else EXPECTED["by_sex"][group])[measure]
    row = the(rows, measure, group=group)
    close(row["estimate"], wanted["estimate"], EXACT)
    close(row["se"], wanted["se"], ERROR)


@pytest.mark.parametrize("group", [None, "female", "male"])
def test_the_auroc_has_delong_on_the_logit_scale_and_the_plain_wald_beside_it(rows, group):
    wanted = (EXPECTED["binary"] if group is None else EXPECTED["by_sex"][group])["auroc"]
    row = the(rows, "auroc", group=group)
    close([row["low"], row["high"]], [wanted["low"], wanted["high"]], ERROR)
    close([row["details"]["low_wald"], row["details"]["high_wald"]], [wanted["low_wald"], wanted["high_wald"]], ERROR)


@pytest.mark.parametrize("group", [None, "female", "male"])
def test_observed_over_expected_has_the_ratios_variance_and_the_binomial_beside_it(rows, group):
    wanted = (EXPECTED["binary"] if group is None else EXPECTED["by_sex"][group])["observed_expected"]
    row = the(rows, "observed_expected", group=group)
    close(row["estimate"], wanted["estimate"], EXACT)
    close([row["low"], row["high"]], [wanted["low"], wanted["high"]], ERROR)
    binomial = [row["details"]["low_binomial"], row["details"]["high_binomial"]]
    close(binomial, [wanted["low_binomial"], wanted["high_binomial"]], ERROR)


@pytest.mark.parametrize("group", [None, "female", "male"])
def test_the_brier_score_and_the_counts(rows, group):
    wanted = EXPECTED["binary"] if group is None else EXPECTED["by_sex"][group]
    row = the(rows, "brier", group=group)
    close(row["estimate"], wanted["brier"], EXACT)
    assert (row["n"], row["events"]) == (wanted["n"], wanted["events"])


def test_the_error_of_the_brier_score(rows):
    close(the(rows, "brier")["se"], EXPECTED["binary"]["brier_se"], ERROR)


@pytest.mark.parametrize(
    ("measure", "key"),
    [
        ("scaled_brier", "scaled_brier"),
        ("log_loss", "log_loss_mean"),
        ("nagelkerke_r2", "nagelkerke_r2_of_predictions"),
        ("discrimination_slope", "discrimination_slope"),
    ],
)
def test_closed_forms(rows, measure, key):
    close(the(rows, measure)["estimate"], EXPECTED["binary"][key], EXACT)


def test_spiegelhalters_z_and_its_p_value(rows):
    row, wanted = the(rows, "spiegelhalter_z"), EXPECTED["binary"]["spiegelhalter"]
    close(row["estimate"], wanted["z"], EXACT)
    close(row["details"]["p_value"], wanted["p"], EXACT)


def test_the_intercept_that_goes_with_the_slope(rows):
    found = the(rows, "calibration_slope")["details"]["intercept_with_slope"]
    close(found, EXPECTED["binary"]["calibration_intercept_with_slope"], EXACT)


@pytest.mark.parametrize("smoother", SMOOTHERS)
@pytest.mark.parametrize("measure", ["ici", "e50", "e90", "emax"])
def test_distances_by_each_smoother(rows, measure, smoother):
    wanted = EXPECTED["binary"][SMOOTHERS[smoother]][{"ici": "ICI"}.get(measure, measure.capitalize())]
    close(the(rows, measure, smoother=smoother)["estimate"], wanted, SMOOTHED)


def test_the_knots_of_the_spline(rows):
    close(the(rows, "ici")["details"]["knots_logit"], EXPECTED["binary"]["rcs5_knots_logit"], EXACT)


def test_the_estimated_calibration_index(rows):
    close(the(rows, "eci")["estimate"], EXPECTED["binary"]["eci_loess_direct_times_100"], SMOOTHED)


@pytest.mark.parametrize("k", range(4))
@pytest.mark.parametrize(
    ("measure", "key"),
    [
        ("net_benefit", "model"),
        ("net_benefit_treat_all", "all"),
        ("net_benefit_gain", "gain"),
        ("sensitivity", "sensitivity"),
        ("specificity", "specificity"),
        ("ppv", "ppv"),
        ("npv", "npv"),
    ],
)
def test_what_happens_at_each_threshold(rows, k, measure, key):
    close(the(rows, measure, threshold=THRESHOLDS[k])["estimate"], EXPECTED["binary"]["decision"][k][key], EXACT)


@pytest.mark.parametrize("k", range(4))
@pytest.mark.parametrize(("measure", "key"), [("net_benefit", "model_se"), ("net_benefit_gain", "gain_se")])
def test_errors_of_the_net_benefit(rows, k, measure, key):
    close(the(rows, measure, threshold=THRESHOLDS[k])["se"], EXPECTED["binary"]["decision"][k][key], ERROR)


@pytest.mark.parametrize("k", range(4))
def test_the_standardised_net_benefit_is_the_net_benefit_over_the_prevalence(rows, k):
    wanted = EXPECTED["binary"]["decision"][k]["model"] / EXPECTED["binary"]["prevalence"]
    close(the(rows, "standardized_net_benefit", threshold=THRESHOLDS[k])["estimate"], wanted, EXACT)


def test_the_gap_between_women_and_men(rows):
    row = the(rows, "auroc", kind="difference", group="female")
    assert row["reference_group"] == "male"
    close(row["estimate"], EXPECTED["gap"]["auroc_female_minus_male"], EXACT)
    close(row["se"], EXPECTED["gap"]["se"], ERROR)


def test_both_ways_give_the_same_numbers(from_arrays, from_the_command_line):
    keys = ("measure", "kind", "analysis", "group", "threshold", "estimate", "se", "low", "high")
    both = [
        sorted((tuple(row[key] for key in keys) for row in rows if row["family"] != "dataquality"), key=repr)
        for rows in (from_arrays, from_the_command_line)
    ]
    assert both[0] == both[1]
