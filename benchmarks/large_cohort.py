"""154,167 patients, the largest cohort of the field: six measures with 1,000 bootstrap replicates."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from benchmarks.plain_loop import replicate_seconds
from benchmarks.printing import figure
from cds import catalog
from cds.core.protocol import MeasuresSection
from cds.core.sample_binary import BinarySample
from cds.core.study import Request
from cds.stats.resampling import Plan, Task, bootstrap

PATIENTS, REPLICATES, PEER_REPLICATES, JOBS = 154_167, 1000, 3, 2
MEASURES = ("auroc", "calibration_slope", "calibration_in_the_large", "observed_expected", "brier", "ici")


def cohort() -> tuple[np.ndarray, np.ndarray]:
    """A simulated cohort: 12 % events, risks a little too extreme."""
    rng = np.random.default_rng(20261120)
    linear = rng.normal(-2.4, 1.1, PATIENTS)
    outcome = (rng.random(PATIENTS) < 1 / (1 + np.exp(-(0.05 + 0.9 * linear)))).astype(float)
    return outcome, 1 / (1 + np.exp(-linear))


def peak_gigabytes() -> float:
    """Peak resident sets of this process and its living children, from /proc, added up."""
    import psutil

    kilobytes = 0
    for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
        kilobytes += next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    return kilobytes / 2**20


def main() -> None:
    """Print the figure beside the plain loop."""
    outcome, risk = cohort()
    started = time.perf_counter()
    sample = BinarySample(outcome=outcome, risk=risk)
    measures, settings = catalog.measures("binary"), MeasuresSection()
    tasks = []
    for name in MEASURES:
        smoother = settings.smoother if "smoother" in measures[name].parameters else None
        request = Request(name, smoother=smoother)
        measures[name].compute(sample, **request.parameters)
        tasks.append(Task(0, measures[name], request.parameters))
    plan = Plan([sample], [np.arange(PATIENTS)], sample.patient_codes, tasks)
    values = bootstrap(plan, replicates=REPLICATES, seed=1, jobs=JOBS)
    seconds = time.perf_counter() - started
    if not np.isfinite(values).all():
        raise RuntimeError("a replicate was not estimable")
    gigabytes = peak_gigabytes()
    peer = replicate_seconds(outcome, risk, PEER_REPLICATES)
    figure(
        "n = 154,167: AUROC, slope, calibration-in-the-large, O:E, Brier, ICI (rcs), 1,000 replicates",
        seconds=seconds,
        peer=f"plain loop of roc_auc_score and GLM, {PEER_REPLICATES} replicates measured, times {REPLICATES}",
        peer_seconds=peer * REPLICATES,
        target="<= 40 s, <= 1.5 GB on two cores, >= 50 times the plain loop",
        gigabytes=round(gigabytes, 2),
        gigabytes_are="the sum of the peak resident sets of the parent and its workers",
        patients=PATIENTS,
        replicates=REPLICATES,
        jobs=JOBS,
    )


if __name__ == "__main__":
    main()
