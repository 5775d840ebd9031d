"""How fast the demonstration's gradient boosting model is explained to 200 patients, and on what the time is spent."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pandas as pd
import psutil

from benchmarks.printing import figure

PATIENTS, TIMED, JOBS = 200, 20, 2
MIB = 1024**2


def main() -> None:
    """Print the figures; the batch runs as a user starts it, from the command line."""
    from cds.demo import run_demo

    with tempfile.TemporaryDirectory() as scratch:
        demo = Path(scratch) / "demo"
        run_demo(demo, say=lambda _: None)
        patients_figures(demo, Path(scratch) / "out")


def patients_figures(demo: Path, out: Path) -> None:
    """Print the figures of a demonstration's folder, writing reports into ``out``."""
    data = out.parent / "patients.csv"
    women(demo).to_csv(data, index=False)
    model = demo / "registry" / "demo-postpartum-lbp" / "1"
    command = [sys.executable, "-m", "cds", "explain", "--model", str(model), "--data", str(data), "--out"]
    before = _cpu_of_children()
    seconds, peaks = _watched([*command, str(out), "--all", "--jobs", str(JOBS)])
    cpu_seconds = _cpu_of_children() - before
    written = len(list(out.glob("*.pdf")))
    figure(
        f"{PATIENTS} patients: explanation with all checks, PDF and JSON, {JOBS} jobs",
        seconds=seconds,
        peer="none: no other program writes these pages",
        peer_seconds=None,
        target="<= 100 s, <= 450 MiB per process",
        cpu_seconds=round(cpu_seconds, 1),  # of all its processes: what the clock would say per core, left alone
        pdfs=written,
        pdfs_per_second=round(written / seconds, 2),
        mib_per_process=[round(peak / MIB) for peak in peaks],
    )
    again, _ = _watched([*command, str(out), "--all", "--jobs", str(JOBS)])
    one = statistics.median(_watched([*command, str(out) + str(k), "--patient", "B-0"])[0] for k in range(3))
    figure(
        "one patient from the command line, cold",
        seconds=one,
        peer="none: no other program writes these pages",
        peer_seconds=None,
        target="<= 8 s",
        all_again_unchanged_seconds=round(again, 2),
    )
    _shares(model, women(demo).head(TIMED))


def women(demo: Path) -> pd.DataFrame:
    """Women of the external cohort of whom no red flag is present, so that each gets an estimate and its reasons."""
    from cds.safety.red_flags import read_rules

    cohort = pd.read_csv(demo / "data" / "external.csv").head(PATIENTS)
    flags = {flag.column: "no" for flag in read_rules().flags}
    return cohort.assign(patient=[f"B-{k}" for k in range(len(cohort))], recorded_on="2026-03-12", **flags)


def _cpu_of_children() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _watched(command: list[str]) -> tuple[float, list[int]]:
    """Seconds of a command, and the greatest resident size of each of its processes, the greatest first."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peaks: dict[int, int] = {}
    watched = psutil.Process(process.pid)
    while process.poll() is None:
        try:
            for each in [watched, *watched.children(recursive=True)]:
                peaks[each.pid] = max(peaks.get(each.pid, 0), each.memory_info().rss)
        except psutil.Error:
            pass
        time.sleep(0.2)
    if process.returncode:
        raise RuntimeError(f"{command[3]} ended with {process.returncode}")
    return time.perf_counter() - started, sorted(peaks.values(), reverse=True)


def _shares(model_folder: Path, frame: pd.DataFrame) -> None:
    """Print the shares of the time of one process: explanation, figures (view, drawings, HTML), layout (PDF)."""
    from cds.explanation import lime_values, shap_values
    from cds.patients import report, single
    from cds.patients.making import Task, made
    from cds.registry import load_model
    from cds.report import page_fit
    from cds.report.patient import PatientView
    from cds.safety.red_flags import read_rules

    model = load_model(model_folder)
    asked = {"allow_unvalidated": False, "seed": 1, "language": "en", "rules": read_rules()}
    tasks = [Task(k, frame.iloc[[k]].reset_index(drop=True), f"B-{k}", f"b-{k}", "") for k in range(len(frame))]
    made(model, tasks[0], asked)
    spent: dict[str, float] = {}
    with ExitStack() as stack:
        for owner, name, what in (
            (single, "gather", "explanation"),
            (shap_values, "explain_outputs", "of it SHAP"),
            (lime_values, "local_surrogate", "of it LIME"),
            (single, "patient_view", "figures"),
            (PatientView, "html", "figures"),
            (page_fit, "count_pages", "layout"),
            (report, "render_pdf", "layout"),
        ):
            stack.enter_context(patch.object(owner, name, _timed(getattr(owner, name), what, spent)))
        started = time.perf_counter()
        for task in tasks:
            made(model, task, asked)
        total = time.perf_counter() - started
    figure(
        f"one patient after another in one process, mean of {len(tasks)}",
        seconds=total / len(tasks),
        peer="none: no other program writes these pages",
        peer_seconds=None,
        target="none",
        share_of_time={what: round(seconds / total, 2) for what, seconds in spent.items()},
    )


def _timed(function: Callable[..., Any], what: str, spent: dict[str, float]) -> Callable[..., Any]:
    def timed(*args: Any, **kwargs: Any) -> Any:
        with _clock(what, spent):
            return function(*args, **kwargs)

    return timed


@contextmanager
def _clock(what: str, spent: dict[str, float]) -> Iterator[None]:
    started = time.perf_counter()
    try:
        yield
    finally:
        spent[what] = spent.get(what, 0.0) + time.perf_counter() - started


if __name__ == "__main__":
    if len(sys.argv) > 1:  # a demonstration's folder that is there already
        with tempfile.TemporaryDirectory() as folder:
            patients_figures(Path(sys.argv[1]), Path(folder) / "out")
    else:
        main()
