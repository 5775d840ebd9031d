"""Makes everything in reports/sample anew: ``python scripts/sample_reports.py [FOLDER]``. All of it is SYNTHETIC.

The demonstration, eight patient pages that each show one thing, models of three categories, of a time to recovery and
of a number, and two runs on frozen predictions of the tests' reference cases.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import cds.demo.models as demo
from cds.demo.patients import FLAGS, VISIT
from cds.demo.simulation import DEVELOPMENT, EXTERNAL, draw, log_odds
from cds.demo.walkthrough import run_demo
from cds.patients import explain
from cds.registry import add, load_model
from cds.run import validate

ROOT = Path(__file__).resolve().parents[1]
DEMO_PROTOCOL = ROOT / "validation_protocols" / "demo-postpartum-lbp.toml"
CATEGORIES = ("no pain", "some pain", "limiting pain")
HORIZONS = (30, 90, 180)
NUMBERS = ("pain_at_birth", "epds_total", "social_support", "bmi", "age")
NAMES = {"settled": "demo-postpartum-lbp", "inconclusive": "demo-postpartum-lbp-few"}
REFITS = 50  # of the model on resampled women, for the range of an estimate
FEW = 250  # women of the small validation that settles nothing

SITES = """
schema = "cds.protocol/1"
name = "sample-sites"
version = "1"
synthetic = true
question = "SYNTHETIC: are the predicted risks right enough in six clinics?"
population = "SYNTHETIC: simulated patients of six clinics"
time_zero = "first visit"
design = "external"
[outcome]
kind = "binary"
column = "outcome"
positive = 1
missing = "refuse"
[predictions]
risk = "risk"
[cohort]
patient = "patient"
site = "site"
groups = ["sex"]
references = {sex = "male"}
[measures]
thresholds = [0.2, 0.3]
replicates = 500
[[criteria]]
measure = "observed_expected"
within = [0.8, 1.25]
rationale = "Places are planned from the expected count."
[[criteria]]
measure = "calibration_slope"
within = [0.7, 1.4]
rationale = "Symmetric on the log scale."
[[criteria]]
measure = "auroc"
at_least = 0.7
rationale = "Better than one question."
[[criteria]]
measure = "net_benefit_gain"
threshold = 0.3
at_least = 0.0
rationale = "Not worse than treating all or none."
"""
TIMES = """
schema = "cds.protocol/1"
name = "sample-times"
version = "1"
synthetic = true
question = "SYNTHETIC: are the predicted risks by 90, 180 and 365 days right enough?"
population = "SYNTHETIC: simulated patients"
time_zero = "first visit"
design = "external"
time_unit = "days"
[outcome]
kind = "survival"
time = "days"
event = "event"
happened = 1
censored = 0
competing = "none: everybody can have the event"
missing = "refuse"
[predictions]
risk = {"90" = "risk_90", "180" = "risk_180", "365" = "risk_365"}
[cohort]
patient = "patient"
[measures]
horizons = [90, 180, 365]
thresholds = [0.3]
replicates = 500
[[criteria]]
measure = "observed_expected"
horizon = 365
within = [0.8, 1.25]
rationale = "Reviews are planned from the expected count."
[[criteria]]
measure = "calibration_slope"
horizon = 365
within = [0.8, 1.2]
rationale = "Symmetric on the log scale."
[[criteria]]
measure = "uno_c"
horizon = 365
at_least = 0.65
rationale = "Better than chance by a margin."
[[criteria]]
measure = "net_benefit_gain"
horizon = 365
threshold = 0.3
at_least = 0.0
rationale = "Not worse than treating all or none."
"""


@dataclass(frozen=True)
class Sample:
    """A model of another kind than the demonstration's: its card, its cohorts and its protocol's own sections."""

    name: str
    card: Mapping[str, Any]
    protocol: str
    development: pd.DataFrame
    external: pd.DataFrame
    estimator: Any


def main(out: Path) -> None:
    """Write all samples into ``out``; folders of the same name are replaced."""
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        run_demo(place / "demo")
        _of_the_demo(place / "demo", out)
        _fixtures(place, out / "reader-test")
        for sample in (categories(), recovery(), pain_score()):
            _of_another_kind(sample, place / sample.name, out)
        _frozen(place, out)


def _of_the_demo(demo_folder: Path, out: Path) -> None:
    for source, name in (
        ("patients/boosting", "patients"), ("patients/untamed", "patients-not-ready"),
        ("validation/boosting", "validation-ready"), ("validation/untamed", "validation-not-ready"),
    ):  # fmt: skip
        _replace(demo_folder / source, out / name)


def _fixtures(place: Path, out: Path) -> None:
    """The eight pages of the reader test, by registered models as a clinic would get them."""
    women = pd.read_csv(place / "demo" / "data" / "patients.csv", dtype={"tsk_11": "Int64", "pain_at_birth": "Int64"})
    roots = {name: place / name for name in ("settled", "inconclusive")}
    roots["ready"] = place / "demo" / "registry"
    external = place / "demo" / "data" / "external.csv"
    for name, data, protocol in (
        ("settled", external, DEMO_PROTOCOL),
        ("inconclusive", _few_women(place), _few_protocol(place)),
    ):
        identity = _register_demo(roots[name], NAMES[name])
        run = validate(load_model(identity, root=roots[name]), data, protocol)
        run.save(place / f"run-{name}")
        print(f"reader test, {name}: {run.readiness}")
    pages = (
        ("1-normal", "settled", "demo-postpartum-lbp@1", "P002"),
        ("2-red-flag", "settled", "demo-postpartum-lbp@1", "P006"),
        ("3-flags-unrecorded", "settled", "demo-postpartum-lbp@1", "P007"),
        ("4-missing", "settled", "demo-postpartum-lbp@1", "P005"),
        ("5-out-of-range", "settled", "demo-postpartum-lbp@1", "P004"),
        ("6-explanation-withheld", "settled", "demo-postpartum-lbp@1", "P001"),
        ("7-inconclusive", "inconclusive", "demo-postpartum-lbp-few@1", "P003"),
        ("8-not-ready", "ready", "demo-postpartum-lbp-untamed@1", "P002"),
    )
    shutil.rmtree(out, ignore_errors=True)
    for name, root, model, patient in pages:
        explain(load_model(model, root=roots[root]), women, patient=patient).save(out / name)


def _register_demo(root: Path, name: str) -> str:
    """The demonstration's model with refits, which the demonstration itself leaves out for the time they take."""
    development, card = draw(DEVELOPMENT), demo.card(demo.MAIN).model_copy(update={"name": name})
    add(
        demo.train(demo.MAIN, development), card, background=demo.background(development),
        development=development, instability=REFITS, fingerprints=False, root=root,
    )  # fmt: skip
    return card.identity


def _few_women(place: Path) -> Path:
    path = place / "few.csv"
    draw(EXTERNAL).iloc[:FEW].astype({"tsk_11": "Int64"}).to_csv(path, index=False)
    return path


def _few_protocol(place: Path) -> Path:
    text = DEMO_PROTOCOL.read_text(encoding="utf-8").replace('name = "demo-postpartum-lbp"', 'name = "demo-few-women"')
    head, *criteria = text.split("[[criteria]]")
    kept = [c for c in criteria if "across" not in c]
    path = place / "few.toml"
    path.write_text("[[criteria]]".join([head, *kept]), encoding="utf-8")
    return path


def _shared_card(names: tuple[str, ...], **own: Any) -> dict[str, Any]:
    shared = demo.card(demo.MAIN).model_dump(exclude_none=True, by_alias=True)
    inputs = [one for one in shared["inputs"] if one["name"] in names]
    dropped = ("positive", "event_phrase", "no_event_phrase", "horizon", "development", "translations")
    limits = "A demonstration on five inputs. Nobody was measured; it says nothing about real women."
    return {**{k: v for k, v in shared.items() if k not in dropped}, "inputs": inputs, "limits": limits, **own}


def _cohorts() -> tuple[pd.DataFrame, pd.DataFrame]:
    return draw(DEVELOPMENT), draw(EXTERNAL)


def _true(women: pd.DataFrame, plan: Any) -> np.ndarray[Any, Any]:
    filled = women.fillna({"tsk_11": 23, "walking_speed": 1.2, "sleep_hours": 6})
    return log_odds(filled, women["site"].to_numpy(dtype=str), plan)


def categories() -> Sample:
    """No, some or limiting pain at six months: multinomial logistic regression on five numbers."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rng, cohorts = np.random.default_rng(11), _cohorts()
    for women, plan in zip(cohorts, (DEVELOPMENT, EXTERNAL), strict=True):
        latent = _true(women, plan) + rng.logistic(size=len(women))
        women["pain_6_months"] = np.array(CATEGORIES)[np.digitize(latent, [-1.3, 0.2])]
    fitted = make_pipeline(StandardScaler(), LogisticRegression(C=np.inf, max_iter=2000))
    fitted.fit(cohorts[0][list(NUMBERS)], cohorts[0]["pain_6_months"])
    card = _shared_card(
        NUMBERS, name="demo-pain-category", outcome="nominal", outcome_column="pain_6_months",
        categories=list(CATEGORIES), predicts="no, some or limiting low back pain, 6 months after birth",
        horizon="6 months after birth",
    )  # fmt: skip
    protocol = f"""
[outcome]
kind = "nominal"
column = "pain_6_months"
categories = {list(CATEGORIES)!r}
missing = "refuse"
[cohort]
patient = "patient"
minimum_events = 50
[measures]
thresholds = [0.3]
replicates = 200
[explanation]
patients = 100
[[criteria]]
measure = "observed_expected"
category = "limiting pain"
within = [0.75, 1.33]
rationale = "Places are planned from the expected count."
[[criteria]]
measure = "auroc"
category = "limiting pain"
at_least = 0.6
rationale = "Better than one question."
[[criteria]]
measure = "net_benefit_gain"
category = "limiting pain"
threshold = 0.3
at_least = -0.01
rationale = "Not clearly worse than inviting all or none."
"""
    return Sample("categories", card, protocol, *cohorts, fitted)


def recovery() -> Sample:
    """Days to recovery: Cox regression on five numbers, followed for up to 300 days."""
    from lifelines import CoxPHFitter

    rng, cohorts = np.random.default_rng(12), _cohorts()
    for women, plan in zip(cohorts, (DEVELOPMENT, EXTERNAL), strict=True):
        rate = 0.012 * np.exp(-0.7 * (_true(women, plan) + 1))
        days, seen = rng.exponential(1 / rate), rng.uniform(120, 300, len(women))
        women["days"], women["recovered"] = np.ceil(np.minimum(days, seen)), (days <= seen).astype(int)
    fitted = CoxPHFitter().fit(cohorts[0][[*NUMBERS, "days", "recovered"]], "days", "recovered")
    card = _shared_card(
        NUMBERS, name="demo-recovery", outcome="survival", outcome_column="recovered", horizons=list(HORIZONS),
        time_unit="days", predicts="recovery from low back pain within 30, 90 and 180 days", horizon="180 days",
        event_phrase="have recovered from low back pain", no_event_phrase="have not",
    )  # fmt: skip
    protocol = f"""
time_unit = "days"
[outcome]
kind = "survival"
time = "days"
event = "recovered"
happened = 1
censored = 0
competing = "none: everybody can recover"
missing = "refuse"
[cohort]
patient = "patient"
minimum_events = 50
[measures]
horizons = {list(HORIZONS)!r}
thresholds = [0.5]
replicates = 200
[explanation]
patients = 100
[[criteria]]
measure = "observed_expected"
horizon = 180
within = [0.85, 1.18]
rationale = "Reviews are planned from the expected count."
[[criteria]]
measure = "calibration_slope"
horizon = 90
within = [0.7, 1.4]
rationale = "Symmetric on the log scale."
[[criteria]]
measure = "net_benefit_gain"
horizon = 90
threshold = 0.5
at_least = -0.02
rationale = "Not clearly worse than a review for all or none."
"""
    return Sample("recovery", card, protocol, *cohorts, fitted)


def pain_score() -> Sample:
    """A pain score at six months: linear regression on five numbers."""
    from sklearn.linear_model import LinearRegression

    rng, cohorts = np.random.default_rng(13), _cohorts()
    for women, plan in zip(cohorts, (DEVELOPMENT, EXTERNAL), strict=True):
        score = 45 + 14 * _true(women, plan) + 12 * rng.standard_normal(len(women))
        women["score"] = np.clip(np.round(score), 0, 100)
    fitted = LinearRegression().fit(cohorts[0][list(NUMBERS)], cohorts[0]["score"])
    card = _shared_card(
        NUMBERS, name="demo-pain-score", outcome="continuous", outcome_column="score", unit="points of 100",
        predicts="the pain score (0 none, 100 worst) 6 months after birth", horizon="6 months after birth",
    )  # fmt: skip
    protocol = """
[outcome]
kind = "continuous"
column = "score"
unit = "points of 100"
missing = "refuse"
[cohort]
patient = "patient"
[measures]
replicates = 200
[explanation]
patients = 100
[[criteria]]
measure = "calibration_slope"
within = [0.8, 1.25]
rationale = "Symmetric on the log scale."
[[criteria]]
measure = "mae"
at_most = 15
rationale = "Fifteen points is the smallest change that patients notice."
"""
    return Sample("pain-score", card, protocol, *cohorts, fitted)


def _of_another_kind(sample: Sample, place: Path, out: Path) -> None:
    place.mkdir()
    background = sample.development.sample(100, random_state=1)
    add(sample.estimator, sample.card, background=background, development=sample.development, fingerprints=False,
        root=place / "registry")  # fmt: skip
    data, protocol = place / "external.csv", place / "protocol.toml"
    sample.external.astype({"tsk_11": "Int64"}).to_csv(data, index=False)
    head = (
        f'schema = "cds.protocol/1"\nname = "{sample.card["name"]}"\nversion = "1"\nsynthetic = true\n'
        'question = "SYNTHETIC: is the model right enough at two other simulated units?"\n'
        'population = "SYNTHETIC: simulated women at two other simulated maternity units"\n'
        'time_zero = "first postnatal visit"\ndesign = "external"\n'
    )
    protocol.write_text(head + sample.protocol, encoding="utf-8")
    identity = f"{sample.card['name']}@1"
    run = validate(load_model(identity, root=place / "registry"), data, protocol)
    run.save(place / "run")
    print(f"{identity}: {run.readiness}")
    _replace(place / "run", out / f"validation-{sample.name}")
    woman = sample.external.iloc[[4]].assign(**VISIT, **dict.fromkeys(FLAGS, "no"), patient="P101")
    page = explain(load_model(identity, root=place / "registry"), woman, patient="P101")
    page.save(place / "patients")
    _replace(place / "patients", out / f"patients-{sample.name}")


def _frozen(place: Path, out: Path) -> None:
    """Runs on frozen predictions: six sites, and times to an event."""
    for name, data, kept in (("sites", "binary.csv", SITES), ("times", "survival.csv", TIMES)):
        protocol = place / f"sample-{name}.toml"
        protocol.write_text(kept, encoding="utf-8")
        run = validate("predictions:", ROOT / "tests" / "reference" / "cases" / data, protocol)
        run.save(place / name)
        print(f"validation-{name}: {run.readiness}")
        _replace(place / name, out / f"validation-{name}")


def _replace(source: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "reports" / "sample")
