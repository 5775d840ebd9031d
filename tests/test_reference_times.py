"""R's answers about the survival and competing-risks reference cases, from arrays and from the command line alike.

R 4.2.2: Rscript tests/reference/make_expected.R tests/reference/cases expected.json
"""

import json

import pandas as pd
import pytest

import cds
from cds.cli import main
from cds.core.finding import Findings
from tests.samples import EXPECTED, REFERENCE

EXACT, SMOOTH, ERROR, WEIGHTED = 1e-8, 1e-6, 1e-6, 1e-6  # relative; WEIGHTED: influence errors, allowed 2 %
SURVIVAL, COMPETING = EXPECTED["survival"], EXPECTED["competing"]
HORIZONS = (90.0, 180.0, 365.0)
THRESHOLDS = (0.2, 0.3, 0.4, 0.5)
PROTOCOL = """
schema = "cds.protocol/1"
name = "times"
version = "1"
question = "Does the command line agree with R?"
time_unit = "days"

[outcome]
OUTCOME
[cohort]
patient = "patient"

[predictions]
PREDICTIONS
[measures]
horizons = HORIZONS
thresholds = [0.2, 0.3, 0.4, 0.5]
replicates = 0
follow_up = "FOLLOW_UP"

[[criteria]]
measure = "observed_expected"
horizon = 365
within = [0.8, 1.25]
rationale = "a quarter too low or too high"
"""
OF_SURVIVAL = (
    'kind = "survival"\ntime = "days"\nevent = "event"\ncompeting = "none: made-up data have no other event"\n',
    'risk = {"90" = "risk_90", "180" = "risk_180", "365" = "risk_365"}\nlinear_predictor = "lp"\n',
    "[90, 180, 365]",
)
OF_COMPETING = (
    'kind = "competing_risks"\ntime = "days"\nstatus = "status"\ncause = 1\ncensored = 0\n',
    'risk = {"365" = "risk_365"}\n',
    "[365]",
)


def rows(name):
    return pd.read_csv(REFERENCE / "cases" / f"{name}.csv")


def survival_from_arrays(follow_up):
    data = rows("survival")
    return cds.evaluate.survival(
        data["days"], data["event"], {h: data[f"risk_{h:g}"] for h in HORIZONS}, linear_predictor=data["lp"],
        thresholds=THRESHOLDS, follow_up=follow_up, replicates=0, jobs=1,
    )  # fmt: skip


def competing_from_arrays():
    data = rows("competing")
    return cds.evaluate.competing_risks(
        data["days"], data["status"], {365: data["risk_365"]}, cause=1, thresholds=THRESHOLDS, replicates=0, jobs=1
    )


class FromFile:
    """Findings of results.json, asked for as ``Findings`` are."""

    def __init__(self, found):
        self.found = [f for f in found if f["attribute"] is None and f["analysis"] == "primary"]

    def get(self, measure, *, horizon=None, threshold=None):
        wanted = (measure, horizon, threshold)
        [one] = [f for f in self.found if (f["measure"], f["horizon"], f["threshold"]) == wanted]
        return one


def validated(folder, case, declared, follow_up="to_horizon"):
    text = PROTOCOL.replace("FOLLOW_UP", follow_up)
    for key, value in zip(("OUTCOME", "PREDICTIONS", "HORIZONS"), declared, strict=True):
        text = text.replace(key, value)
    protocol, out = folder / "p.toml", folder / "run"
    protocol.write_text(text, encoding="utf-8")
    data = str(REFERENCE / "cases" / f"{case}.csv")
    arguments = ["validate", "--protocol", str(protocol), "--model", "predictions:", "--data", data, "--out", str(out)]
    assert main([*arguments, "--jobs", "1"]) == 3
    return FromFile(json.loads((out / "results.json").read_text(encoding="utf-8"))["findings"])


@pytest.fixture(scope="module", params=["arrays", "command line"])
def to_horizon(request, tmp_path_factory):
    if request.param == "arrays":
        return survival_from_arrays("to_horizon")
    return validated(tmp_path_factory.mktemp("survival"), "survival", OF_SURVIVAL)


@pytest.fixture(scope="module", params=["arrays", "command line"])
def competing(request, tmp_path_factory):
    if request.param == "arrays":
        return competing_from_arrays()
    return validated(tmp_path_factory.mktemp("competing"), "competing", OF_COMPETING)


def numbers(found, measure, **where):
    """Estimate, standard error and bounds, whichever way the findings came."""
    one = (
        found.get(measure, **{"horizon": None, "threshold": None, **where})
        if isinstance(found, Findings)
        else (found.get(measure, **where))
    )
    record = one.record() if isinstance(found, Findings) else one
    return record["estimate"], record["se"], record["low"], record["high"]


def near(value, wanted, rel):
    assert value == pytest.approx(wanted, rel=rel)


def test_concordance_and_the_slope_over_all_follow_up(to_horizon):
    for measure, where, name in (
        ("harrell_c", {}, "harrell_c"),
        ("uno_c", {"horizon": 365}, "uno_c_tau365"),
        ("calibration_slope", {}, "calibration_slope"),
    ):
        estimate, se, _, _ = numbers(to_horizon, measure, **where)
        near(estimate, SURVIVAL[name]["estimate"], EXACT)
        near(se, SURVIVAL[name]["se"], ERROR)


@pytest.mark.parametrize("wanted", SURVIVAL["horizons"], ids=lambda w: f"{w['horizon']} days")
def test_each_horizon(to_horizon, wanted):
    at = {"horizon": wanted["horizon"]}
    ratio = wanted["observed_expected"]
    estimate, _, low, high = numbers(to_horizon, "observed_expected", **at)
    near([estimate, low, high], [ratio["estimate"], ratio["low"], ratio["high"]], EXACT)
    for measure, name in (("dynamic_auroc", "auc_ipcw"), ("brier", "brier_ipcw")):
        estimate, se, _, _ = numbers(to_horizon, measure, **at)
        near(estimate, wanted[name]["estimate"], EXACT)
        near(se, wanted[name]["se"], WEIGHTED)
    near(numbers(to_horizon, "ipa", **at)[0], wanted["ipa"], EXACT)
    for row in wanted["net_benefit"]:
        where = {**at, "threshold": row["threshold"]}
        near(numbers(to_horizon, "net_benefit", **where)[0], row["model"], EXACT)
        near(numbers(to_horizon, "net_benefit_treat_all", **where)[0], row["all"], EXACT)
        gain = row["model"] - max(row["all"], 0.0)
        assert numbers(to_horizon, "net_benefit_gain", **where)[0] == pytest.approx(gain, rel=EXACT, abs=1e-12)


@pytest.mark.parametrize("wanted", SURVIVAL["horizons"], ids=lambda w: f"{w['horizon']} days")
@pytest.mark.parametrize("follow_up", ["to_horizon", "all"])
def test_calibration_with_follow_up_to_the_horizon_and_with_all_of_it(wanted, follow_up, tmp_path):
    expected = wanted[f"calibration_{'to_horizon' if follow_up == 'to_horizon' else 'all_follow_up'}"]
    at = {"horizon": wanted["horizon"]}
    for found in (survival_from_arrays(follow_up), validated(tmp_path, "survival", OF_SURVIVAL, follow_up)):
        estimate, se, _, _ = numbers(found, "calibration_slope", **at)
        near(estimate, expected["calibration_slope"]["estimate"], EXACT)
        near(se, expected["calibration_slope"]["se"], ERROR)
        for measure, name in (("ici", "ICI"), ("e50", "E50"), ("e90", "E90"), ("emax", "Emax")):
            near(numbers(found, measure, **at)[0], expected[name], SMOOTH)


def test_competing_risks(competing):
    at, ratio = {"horizon": 365}, COMPETING["observed_expected"]
    estimate, _, low, high = numbers(competing, "observed_expected", **at)
    near([estimate, low, high], [ratio["estimate"], ratio["low"], ratio["high"]], EXACT)
    for measure, name in (("dynamic_auroc", "auc_ipcw"), ("brier", "brier_ipcw")):
        estimate, se, _, _ = numbers(competing, measure, **at)
        near(estimate, COMPETING[name]["estimate"], EXACT)
        near(se, COMPETING[name]["se"], WEIGHTED)
    near(numbers(competing, "ipa", **at)[0], COMPETING["ipa"], EXACT)
    for row in COMPETING["net_benefit"]:
        where = {**at, "threshold": row["threshold"]}
        near(numbers(competing, "net_benefit", **where)[0], row["model"], EXACT)
        near(numbers(competing, "net_benefit_treat_all", **where)[0], row["all"], EXACT)


def test_counting_the_competing_event_as_censored_gives_another_number():
    data = rows("competing")
    wrong = cds.evaluate.survival(data["days"], data["status"] == 1, {365: data["risk_365"]}, replicates=0, jobs=1)
    assert wrong["observed_expected"].estimate > 1.1 * COMPETING["observed_expected"]["estimate"]


def test_a_finding_names_the_cause():
    [finding] = [f for f in competing_from_arrays() if f.measure == "brier"]
    assert finding.record()["parameters"] == {"cause": 1}


def test_where_several_horizons_match_the_error_lists_them():
    with pytest.raises(KeyError, match=r"horizon=90\.0; horizon=180\.0; horizon=365\.0"):
        survival_from_arrays("to_horizon")["brier"]
