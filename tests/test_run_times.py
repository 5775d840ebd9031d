"""Times, competing events, visits and trials through the command line: whole runs, and every bad input in words."""

import json
import math
import re

import jsonschema
import numpy as np
import pandas as pd
import pytest

from cds.cli import main
from cds.run_folder import results_schema

N = 300
HEAD = """
schema = "cds.protocol/1"
name = "tried"
version = "1"
question = "Do the predictions hold?"
time_unit = "UNIT"
"""
SURVIVAL = """
[outcome]
kind = "survival"
time = "days"
event = "event"
competing = "none: made-up data have no other event"
"""
COMPETING = """
[outcome]
kind = "competing_risks"
time = "days"
status = "status"
cause = 1
censored = 0
others = [2]
"""
PREDICTIONS = """
[predictions]
risk = {"90" = "risk_90", "365" = "risk_365"}
"""
COHORT = """
[cohort]
patient = "patient"
minimum_events = 20
"""
GROUPED = """groups = ["sex"]
references = {sex = "f"}
site = "centre"
date = "seen"
"""
MEASURES = """
[measures]
horizons = [HORIZONS]
thresholds = [0.3]
replicates = REPLICATES
"""
CRITERIA = """
[[criteria]]
measure = "observed_expected"
horizon = AT
within = [0.6, 1.6]
rationale = "tried"
[[criteria]]
measure = "uno_c"
horizon = AT
at_least = 0.5
rationale = "tried"
[[criteria]]
measure = "net_benefit_gain"
horizon = AT
threshold = 0.3
at_least = -0.2
rationale = "tried"
"""
GAP = """
[[criteria]]
measure = "observed_expected"
horizon = 365
ratio_within = [0.2, 5.0]
across = "sex"
rationale = "tried"
"""


def protocol(outcome=SURVIVAL, *, unit="days", horizons="90, 365", at="365", replicates=0, cohort=COHORT, more=""):
    text = HEAD + outcome + PREDICTIONS + cohort + MEASURES + CRITERIA + more
    for key, value in {"UNIT": unit, "HORIZONS": horizons, "AT": at, "REPLICATES": str(replicates)}.items():
        text = re.sub(rf"\b{key}\b", value, text)
    return text


def patients(n=N, seed=20261120):
    """Made-up patients with constant hazards of two events; the risks are the true ones of the first."""
    rng = np.random.default_rng(seed)
    rate, other = np.exp(rng.normal(0, 0.8, n)) / 300, 1 / 900
    event, second, censored = rng.exponential(1 / rate), rng.exponential(1 / other, n), rng.uniform(100, 900, n)
    first = np.minimum(event, second)
    frame = pd.DataFrame(
        {
            "patient": [f"P{k}" for k in range(n)],
            "days": np.ceil(np.minimum(event, censored)).astype(int),
            "event": (event <= censored).astype(int),
            "days_of_either": np.ceil(np.minimum(first, censored)).astype(int),
            "status": np.where(censored < first, 0, np.where(event <= second, 1, 2)),
            "sex": rng.choice(["f", "m"], n), "centre": rng.choice(["north", "south", "west"], n),
            "seen": pd.date_range("2020-01-01", periods=n).strftime("%Y-%m-%d"),
        }
    )  # fmt: skip
    for horizon in (90, 365):
        frame[f"risk_{horizon}"] = 1 - np.exp(-rate * horizon)
        frame[f"cif_{horizon}"] = rate / (rate + other) * (1 - np.exp(-(rate + other) * horizon))
    return frame


def validated(folder, text, frame, *more, out="run", pdf=False, jobs="1"):
    """The exit code of a run in the folder, the PDF drawn only where it is looked at."""
    (folder / "p.toml").write_text(text, encoding="utf-8")
    frame.to_csv(folder / "data.csv", index=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1800000000")
        patch.setattr("cds.stats.resampling.PARALLEL_FROM", 0)
        if not pdf:
            patch.setattr("cds.report.validation.pdf_bytes", lambda html, **_: b"%PDF-1.7")
        paths = ["--protocol", str(folder / "p.toml"), "--data", str(folder / "data.csv"), "--out", str(folder / out)]
        return main(["validate", "--model", "predictions:", *paths, "--jobs", jobs, *more])


def results(folder, out="run"):
    """What the run wrote: as the schema says, and every number finite."""
    text = (folder / out / "results.json").read_text(encoding="utf-8")
    found = json.loads(text, parse_constant=lambda constant: pytest.fail(f"{constant} in results.json"))
    jsonschema.Draft202012Validator(results_schema()).validate(found)
    return found


def finding(found, measure, **wanted):
    blank = {"attribute": None, "kind": "estimate", "analysis": "primary"}
    [one] = [f for f in found["findings"] if f["measure"] == measure and {**blank, **wanted}.items() <= f.items()]
    return one


def fault(found, code):
    [one] = [f for f in found["findings"] if f["code"] == code and f["severity"] is not None]
    return one


def refused(folder, text, frame, capsys, *, code=2):
    assert validated(folder, text, frame) == code
    told = capsys.readouterr().err
    assert not (folder / "run").exists() and "Traceback" not in told
    return told


@pytest.fixture(scope="module")
def survival_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("survival")
    text = protocol(replicates=50, cohort=COHORT + GROUPED, more=GAP)
    return folder, validated(folder, text, patients(), pdf=True)


def test_a_survival_model_with_groups_sites_and_dates_is_judged(survival_run):
    folder, code = survival_run
    found = results(folder)
    assert (code, found["readiness"]) == (0, "ready")
    assert [f["verdict"] for f in found["findings"] if f["criterion"]] == ["meets"] * 4
    for horizon in (90, 365):
        for measure in ("observed_expected", "calibration_slope", "uno_c", "dynamic_auroc", "brier", "ipa", "ici"):
            one = finding(found, measure, horizon=horizon)
            assert one["low"] < one["estimate"] < one["high"], measure
    assert finding(found, "harrell_c", horizon=None)["n"] == N
    gap = finding(found, "observed_expected", horizon=365, kind="ratio", attribute="sex", group="m")
    assert gap["reference_group"] == "f" and gap["verdict"] == "meets"
    assert {f["group"] for f in found["findings"] if f["analysis"] == "by_site"} == {"north", "south", "west"}
    assert 365 in {f["horizon"] for f in found["findings"] if f["analysis"] == "by_window"}


def test_its_folder_holds_figures_curves_and_a_report_that_says_what_is_assumed(survival_run):
    folder, _ = survival_run
    run = folder / "run"
    figures = {file.stem for file in (run / "figures").iterdir()}
    assert {"calibration", "decision", "brier_over_time", "risk_groups", "by_window"} <= figures
    curves = {file.stem for file in (run / "curves").iterdir()}
    assert {"calibration-90_days", "calibration-365_days", "decision-365_days", "calibration-sex-m-90_days"} <= curves
    assert (run / "report.pdf").stat().st_size > 20_000
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "censoring is independent of everything" in page


def test_estimates_csv_has_a_row_per_finding_and_no_missing_number_written_as_text(survival_run):
    folder, _ = survival_run
    rows = pd.read_csv(folder / "run" / "estimates.csv")
    assert len(rows) == len(results(folder)["findings"])
    assert "nan" not in (folder / "run" / "estimates.csv").read_text(encoding="utf-8").lower().split(",")


def test_the_number_of_jobs_changes_no_byte(survival_run):
    folder, _ = survival_run
    text = (folder / "p.toml").read_text(encoding="utf-8")
    for out, jobs in (("one", "1"), ("two", "2")):
        assert validated(folder, text, patients(), out=out, jobs=jobs) == 0
    files = sorted(file.relative_to(folder / "one") for file in (folder / "one").rglob("*") if file.is_file())
    assert files == sorted(f.relative_to(folder / "two") for f in (folder / "two").rglob("*") if f.is_file())
    for file in files:
        one, two = ((folder / out / file).read_bytes() for out in ("one", "two"))
        if file.name == "manifest.json":  # seconds differ
            one, two = ({k: v for k, v in json.loads(raw).items() if k != "timings"} for raw in (one, two))
        assert one == two, file


def test_competing_risks_are_judged_by_cause(tmp_path, capsys):
    frame = patients().drop(columns=["days", "risk_90", "risk_365"])
    frame = frame.rename(columns={"days_of_either": "days", "cif_90": "risk_90", "cif_365": "risk_365"})
    assert validated(tmp_path, protocol(COMPETING, replicates=50), frame, pdf=True) == 0
    assert "ready: " in capsys.readouterr().out
    found = results(tmp_path)
    for horizon in (90, 365):
        one = finding(found, "observed_expected", horizon=horizon)
        assert one["parameters"] == {"cause": 1} and one["low"] < 1 < one["high"]
        assert finding(found, "ici", horizon=horizon)["low"] is not None
    assert finding(found, "harrell_c")["estimate"] > 0.5
    assert "Aalen–Johansen" in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")


REPEATED = """
[outcome]
kind = "repeated"
column = "pain"
unit = "points"
responder = {baseline = "pain_0", relative_change = 0.3}
[cohort]
patient = "patient"
visit = "week"
groups = ["sex"]
references = {sex = "f"}
[predictions]
value = "predicted"
[measures]
horizons = [4, 12]
replicates = 0
[[criteria]]
measure = "calibration_in_the_large"
horizon = 12
within = [-1.0, 1.0]
rationale = "tried"
[[criteria]]
measure = "calibration_slope"
within = [0.5, 1.5]
rationale = "tried"
[[criteria]]
measure = "mae"
at_most = 3.0
rationale = "tried"
"""


def followed(n=120, seed=3):
    rng = np.random.default_rng(seed)
    before, own = rng.uniform(4, 9, n), rng.normal(0, 1, n)
    parts = []
    for week, share in ((4, 0.8), (12, 0.6)):
        parts.append(
            pd.DataFrame(
                {
                    "patient": np.arange(n), "week": week, "pain_0": before.round(1),
                    "predicted": (share * before).round(2), "pain": share * before + own + rng.normal(0, 1, n),
                    "sex": np.where(np.arange(n) % 2, "m", "f"),
                }
            )
        )  # fmt: skip
    frame = pd.concat(parts, ignore_index=True)
    frame.loc[(frame["week"] == 12) & (rng.random(2 * n) < 0.2), "pain"] = np.nan
    return frame


def test_outcomes_over_visits_are_judged_by_patient_and_the_missed_visits_counted(tmp_path):
    frame = followed()
    assert validated(tmp_path, HEAD.replace("UNIT", "weeks") + REPEATED, frame, pdf=True) == 0
    found = results(tmp_path)
    assert found["data"]["patients"] == 120 and found["data"]["rows"] == frame["pain"].notna().sum()
    assert finding(found, "mae", horizon=4)["n"] == 120
    assert finding(found, "mae", horizon=12)["n"] == frame["pain"].notna().sum() - 120
    assert finding(found, "calibration_in_the_large", horizon=12)["verdict"] == "meets"
    gap = finding(found, "mae", horizon=12, kind="difference", attribute="sex", group="m")
    assert gap["low"] < gap["estimate"] < gap["high"]
    figures = {file.stem for file in (tmp_path / "run" / "figures").iterdir()}
    assert {"trajectory", "trajectory_bins", "trajectory_errors"} <= figures
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "Responders by rule" in page and "a decrease of 30% or more from baseline" in page


TRIAL = """
[outcome]
kind = "continuous"
column = "pain"
unit = "points"
missing = "exclude"
[cohort]
patient = "patient"
VISIT
groups = ["sex"]
references = {sex = "f"}
[trial]
arm = "arm"
control = 0
labels = {"0" = "usual care", "1" = "exercise"}
BASELINE
responder = {relative_change = 0.3}
risk = "score"
[measures]
replicates = 0
[[criteria]]
measure = "treatment_effect"
category = "exercise"
at_most = 0.0
rationale = "tried"
"""


def randomised(n=160, seed=4, effect=-1.5):
    rng = np.random.default_rng(seed)
    before, arm, score = rng.normal(6, 1.2, n).round(1), rng.integers(0, 2, n), rng.normal(0, 1, n).round(2)
    after = 1.5 + 0.6 * before + arm * effect + rng.normal(0, 1.5, n)
    after[rng.random(n) < 0.1] = np.nan
    return pd.DataFrame(
        {
            "patient": np.arange(n), "arm": arm, "pain_0": before, "pain": after.round(2), "score": score,
            "sex": rng.choice(["f", "m"], n),
        }
    )  # fmt: skip


def trial_text(visit="", baseline='baseline = "pain_0"'):
    return HEAD.replace("UNIT", "weeks") + TRIAL.replace("VISIT", visit).replace("BASELINE", baseline)


def test_a_trial_is_analysed_by_intention_to_treat(tmp_path, capsys):
    frame = randomised()
    assert validated(tmp_path, trial_text(), frame, pdf=True) in (0, 3)
    found = results(tmp_path)
    effect = finding(found, "treatment_effect", category="exercise")
    assert effect["verdict"] == "meets" and effect["low"] < -1.5 < effect["high"]
    assert effect["n"] == frame["pain"].notna().sum() and found["data"]["rows"] == len(frame)
    assert finding(found, "responder_risk_difference", category="exercise")["estimate"] > 0
    assert finding(found, "number_needed_to_treat", category="exercise")["low"] > 1
    assert finding(found, "treatment_effect", category="exercise", attribute="sex", group="m")["estimate"] < 0
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "What the trial showed" in page and "Effect by subgroup, against usual care" in page
    assert "exercise" in capsys.readouterr().out


def test_a_trial_without_an_effect_is_told_as_such_and_has_no_number_needed_to_treat(tmp_path):
    frame = randomised(effect=0.0)
    assert validated(tmp_path, trial_text(), frame) in (1, 3)
    found = results(tmp_path)
    effect = finding(found, "treatment_effect", category="exercise")
    assert effect["low"] < 0 < effect["high"] and effect["verdict"] == "inconclusive"
    assert finding(found, "number_needed_to_treat", category="exercise")["status"] == "not_estimable"
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "did not show an effect" in page and "equivalen" not in page.split("did not show an effect")[1][:200]


def test_an_eligible_patient_without_an_arm_is_a_warning_in_the_report_and_on_the_terminal(tmp_path, capsys):
    frame = randomised().assign(ok=1)
    frame["arm"] = frame["arm"].astype(float).mask(frame["patient"] < 12)
    text = trial_text().replace("[trial]", '[trial]\neligible = {column = "ok", value = 1}')
    assert validated(tmp_path, text, frame) in (0, 3)
    told = "12 eligible patients have no arm in column"
    assert f"warning: DQ023 {told}" in capsys.readouterr().out
    assert told in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")


def test_a_model_beside_a_trial_is_refused(tmp_path, capsys):
    assert validated(tmp_path, trial_text(), randomised(), "--model", "demo@1") == 2
    assert "a trial compares arms and judges no model" in capsys.readouterr().err


def test_a_small_trial_over_visits_whose_arms_cannot_be_shown_has_a_report_all_the_same(tmp_path):
    small = randomised(16)
    rows = [small.assign(week=week, pain=pain) for week, pain in
            ((0, small["pain_0"]), (4, small["pain"] + 1), (12, small["pain"]))]  # fmt: skip
    text = trial_text('visit = "week"', "baseline_visit = 0").replace(
        "[measures]\n", "[measures]\nhorizons = [4, 12]\n"
    )
    assert validated(tmp_path, text, pd.concat(rows, ignore_index=True)) in (0, 1, 3)
    assert results(tmp_path)["data"]["patients"] == 16
    assert "trial_course" not in {file.stem for file in (tmp_path / "run" / "figures").iterdir()}


@pytest.mark.parametrize("n", [2, 4])
def test_a_handful_of_randomised_patients_has_reasons_and_no_crash(tmp_path, n):
    assert validated(tmp_path, trial_text(), randomised(40)[:n]) == 3
    assert finding(results(tmp_path), "treatment_effect", category="exercise")["verdict"] in (
        "not_assessable",
        "inconclusive",
    )


def spoilt(**changes):
    frame = patients(60).astype(object)
    for column, value in changes.items():
        frame.loc[5, column] = value
    return frame


@pytest.mark.parametrize(
    ("frame", "told"),
    [
        (spoilt(days=-3), "time column 'days' must not be negative; it is at row 5"),
        (spoilt(days="late"), "time column 'days' must hold numbers; it does not at row 5"),
        (spoilt(days=np.inf), "time column 'days' must be finite; it is not at row 5"),
        (spoilt(event=2), "event column 'event' holds codes other than 1 (the event) and 0 (censored), at row 5"),
        (spoilt(event="CANARY"), "event column 'event' holds codes other than 1 (the event) and 0 (censored)"),
        (spoilt(risk_90=0.999), "a risk must not fall with the horizon"),
        (spoilt(risk_90=1.2), "row 5"),
        (spoilt(risk_90=None), "row 5"),
    ],
    ids=["negative", "text", "infinite", "third code", "strange code", "falls", "above one", "missing risk"],
)  # fmt: skip
def test_data_that_cannot_be_are_refused_by_row(tmp_path, capsys, frame, told):
    found = refused(tmp_path, protocol(), frame, capsys)
    assert told in found and "row 5" in found
    assert "CANARY" not in found


@pytest.mark.parametrize("column", ["days", "event"])
def test_a_missing_time_or_event_is_refused_or_excluded_and_counted(tmp_path, capsys, column):
    frame = patients(120).astype({column: object})
    frame.loc[5, column] = None
    assert "row 5" in refused(tmp_path, protocol(), frame, capsys)
    excluded = protocol(SURVIVAL + 'missing = "exclude"\n')
    assert validated(tmp_path, excluded, frame) in (0, 1, 3)
    assert results(tmp_path)["data"]["rows"] == 119


def test_a_status_that_was_not_declared_is_refused(tmp_path, capsys):
    frame = spoilt(status=7).drop(columns="days").rename(columns={"days_of_either": "days"})
    told = refused(tmp_path, protocol(COMPETING), frame, capsys)
    assert "status column 'status' holds codes that the protocol does not declare" in told and "row 5" in told


def test_every_fault_is_told_at_once(tmp_path, capsys):
    told = refused(tmp_path, protocol(), spoilt(days=-3, event=2), capsys)
    assert "must not be negative" in told and "holds codes other than" in told


def test_survival_probabilities_are_suspected_and_refused(tmp_path, capsys):
    frame = patients(60)
    frame[["risk_90", "risk_365"]] = 1 - frame[["risk_90", "risk_365"]]
    told = refused(tmp_path, protocol(), frame, capsys)
    assert "These look like survival probabilities: risk = 1 − survival" in told


@pytest.mark.parametrize(("horizons", "absent"), [("90, 365, 730", "730"), ("90, 180, 365, 5000", "180, 5000")])
def test_a_horizon_without_a_risk_is_refused_with_those_there_are(tmp_path, capsys, horizons, absent):
    told = refused(tmp_path, protocol(horizons=horizons), patients(60), capsys)
    assert f"there is no predicted risk by {absent} days" in told and "Risks are given at 90, 365" in told


def test_a_criterion_at_a_horizon_that_is_not_judged_is_refused(tmp_path, capsys):
    told = refused(tmp_path, protocol(horizons="90"), patients(60), capsys)
    assert "criterion on 'observed_expected': horizon 365 is not among horizons [90.0]" in told


@pytest.mark.parametrize(
    ("competing", "told"),
    [
        ('competing = ""', 'needs competing = "none: …"'),
        ('competing = "none"', 'needs competing = "none: …"'),
        ('competing = "death is censored"', 'needs competing = "none: …"'),
    ],
)
def test_a_survival_outcome_without_its_reason_is_refused(tmp_path, capsys, competing, told):
    text = protocol(SURVIVAL.replace('competing = "none: made-up data have no other event"', competing))
    assert told in refused(tmp_path, text, patients(60), capsys)


def ended(at):
    """The patients with follow-up cut at a day."""
    frame = patients()
    return frame.assign(event=np.where(frame["days"] > at, 0, frame["event"]), days=np.minimum(frame["days"], at))


def test_a_horizon_beyond_follow_up_has_a_reason_that_names_the_latest_usable_one(tmp_path, capsys):
    assert validated(tmp_path, protocol(), ended(300)) == 3
    found = results(tmp_path)
    reason = finding(found, "observed_expected", horizon=365)["reason"]
    assert reason == "no follow-up reaches 365 days; the latest usable horizon is 300 days"
    weighted = finding(found, "brier", horizon=365)["reason"]
    assert weighted == "nobody is followed beyond 365 days; the latest usable horizon lies before 300 days"
    assert finding(found, "observed_expected", horizon=90)["status"] == "estimated"
    judged = [f for f in found["findings"] if f["criterion"]]
    assert [f["verdict"] for f in judged] == ["not_assessable"] * 3
    assert "the latest usable horizon is 300 days" in capsys.readouterr().out


def test_at_exactly_the_end_of_follow_up_observed_risk_is_known_and_weighted_numbers_are_not(tmp_path):
    assert validated(tmp_path, protocol(), ended(365)) == 0
    found = results(tmp_path)
    assert finding(found, "observed_expected", horizon=365)["low"] > 0.6
    assert finding(found, "uno_c", horizon=365)["low"] > 0.5  # its weights end before the last event
    assert math.isfinite(finding(found, "calibration_slope", horizon=365)["estimate"])
    for measure in ("brier", "ipa", "dynamic_auroc"):
        told = finding(found, measure, horizon=365)["reason"]
        assert told == "nobody is followed beyond 365 days; the latest usable horizon lies before 365 days", measure


def test_when_all_are_censored_nothing_is_ever_ready(tmp_path, capsys):
    assert validated(tmp_path, protocol(), patients().assign(event=0)) == 3
    found = results(tmp_path)
    assert found["readiness"] == "inconclusive"
    assert fault(found, "DQ006")["severity"] == "blocking"
    assert finding(found, "calibration_slope", horizon=365)["status"] == "not_estimable"
    assert "DQ006" in capsys.readouterr().out
    accepted = protocol(more='\n[[accept]]\ncode = "DQ006"\nreason = "tried"\n')
    assert validated(tmp_path, accepted, patients().assign(event=0), out="again") == 3


@pytest.mark.parametrize(("unit", "factor", "suspected"), [("days", 1 / 30.4375, "months"), ("months", 1, "days")])
def test_follow_up_in_another_unit_than_the_horizons_is_suspected(tmp_path, capsys, unit, factor, suspected):
    frame = patients()
    text = protocol(unit=unit)
    if unit == "months":  # horizons of 3 and 12 months, follow-up in days
        text = protocol(unit=unit, horizons="3, 12", at="12").replace('"90" =', '"3" =').replace('"365" =', '"12" =')
    validated(tmp_path, text, frame.assign(days=(frame["days"] * factor).round(2)))
    one = fault(results(tmp_path), "DQ009")
    assert one["severity"] == "blocking" and one["details"]["suspected"] == suspected
    assert results(tmp_path)["readiness"] != "ready"
    assert f"read in {suspected}" in capsys.readouterr().out
