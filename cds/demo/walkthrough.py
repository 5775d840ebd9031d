"""Runs the demonstration step by step: simulate, train, register, validate, explain, say what came out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from cds.demo.folder import all_or_nothing
from cds.demo.models import COMPARATOR, MAIN, MODELS, UNTAMED, DemoModel, background, card, inputs, train
from cds.demo.patients import CASES, HIGH, contrasting_patients
from cds.demo.simulation import DEVELOPMENT, EXTERNAL, OUTCOME, draw

if TYPE_CHECKING:
    from cds.run import Run

PROTOCOL = "demo-postpartum-lbp"
RUN_FOLDERS = {MAIN.name: "boosting", COMPARATOR.name: "logistic", UNTAMED.name: "untamed"}
Say = Callable[[str], None]


def run_demo(out: Path, *, say: Say = print) -> int:
    """Do everything that ``cds`` does, on simulated women, into ``out``; 0 when every output is written.

    ``out`` is created; an earlier demonstration there is replaced. When a step fails, ``out`` is as before.

    Raises:
        InputError: ``out`` holds something that is not a demonstration.
    """
    started = time.monotonic()
    with all_or_nothing(out):
        say("SYNTHETIC demonstration: every woman in it is simulated.")
        development, external = _write_cohorts(out / "data", say)
        estimators = _register(development, out / "registry", say)
        patients = _write_patients(out / "data", external, development, estimators[MAIN.name])
        runs = {name: _validate(model, out, say) for name, model in MODELS.items()}
        pages = [_explain(MAIN, case.patient, patients, out, shows=case.shows, say=say) for case in CASES]
        for model in (COMPARATOR, UNTAMED):
            readiness = runs[model.name].readiness.replace("_", " ")
            shows = f"the same woman, by the {RUN_FOLDERS[model.name]} model, found {readiness}"
            pages.append(_explain(model, HIGH, patients, out, shows=shows, say=say))
    _conclude(runs, pages, out, time.monotonic() - started, say)
    return 0


def _write_cohorts(folder: Path, say: Say) -> tuple[pd.DataFrame, pd.DataFrame]:
    folder.mkdir()
    cohorts = {plan.name: draw(plan) for plan in (DEVELOPMENT, EXTERNAL)}
    for name, women in cohorts.items():
        # Whole numbers with blanks are floats in memory; in a file a person expects 23, not 23.0.
        women.astype({"tsk_11": "Int64"}).to_csv(folder / f"{name}.csv", index=False)
        say(f"1. Simulated  {len(women):>5,} women ({name}), {int(women[OUTCOME].sum())} with {OUTCOME}")
    return cohorts["development"], cohorts["external"]


def _register(development: pd.DataFrame, registry: Path, say: Say) -> Mapping[str, Any]:
    from cds.registry import add

    reference = background(development)
    estimators = {}
    for name, model in MODELS.items():
        estimators[name] = train(model, development)
        # Nothing is written outside the folder, so no key is made either, and every run gives the same files.
        add(
            estimators[name], card(model), background=reference, development=development, fingerprints=False,
            root=registry,
        )  # fmt: skip
        say(f"2. Trained and registered  {model.identity}")
    return estimators


def _write_patients(folder: Path, external: pd.DataFrame, development: pd.DataFrame, main: Any) -> pd.DataFrame:
    risk = main.predict_proba(external[inputs()])[:, 1]
    patients = contrasting_patients(external, risk, development)
    patients.to_csv(folder / "patients.csv", index=False)
    return patients


def _validate(model: DemoModel, out: Path, say: Say) -> Run:
    from cds.registry import load_model
    from cds.run import validate

    registered = load_model(model.identity, root=out / "registry")
    run = validate(registered, out / "data" / "external.csv", Path(PROTOCOL))
    run.save(out / "validation" / RUN_FOLDERS[model.name])
    say(f"3. Validated  {model.identity}: {run.readiness.replace('_', ' ')}")
    return run


def _explain(
    model: DemoModel, patient: str, patients: pd.DataFrame, out: Path, *, shows: str, say: Say
) -> tuple[Path, str]:
    from cds.patients import explain
    from cds.registry import load_model

    # Loaded again: the registry now knows how its validation went.
    registered = load_model(model.identity, root=out / "registry")
    page = explain(registered, patients, patient=patient).save(out / "patients" / RUN_FOLDERS[model.name])
    say(f"4. Explained  {patient} – {shows}")
    return page, f"{patient} – {shows}"


def _conclude(runs: Mapping[str, Run], pages: list[tuple[Path, str]], out: Path, seconds: float, say: Say) -> None:
    say("")
    for name, run in runs.items():
        report = out / "validation" / RUN_FOLDERS[name] / "report.html"
        say(f"{run.readiness.replace('_', ' ').upper():<13} {MODELS[name].identity}  {report}")
    for page, shows in pages:
        say(f"{'PATIENT PAGE':<13} {page}  {shows}")
    say(f"SYNTHETIC. Written in {seconds:.0f} s to {out}")
