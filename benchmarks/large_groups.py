"""154,167 patients in ten groups of three attributes: the core measures, overall and by group, 1,000 replicates."""

from __future__ import annotations

import time

import numpy as np

from benchmarks.large_cohort import JOBS, MEASURES, PATIENTS, REPLICATES, cohort, peak_gigabytes
from benchmarks.plain_loop import replicate_seconds
from benchmarks.printing import figure
from cds import catalog
from cds.core.protocol import MeasuresSection
from cds.core.sample_binary import BinarySample
from cds.core.study import OVERALL, Request, subgroups
from cds.stats.resampling import Plan, Task, bootstrap

LEVELS = {"sex": 2, "education": 3, "age_group": 5}
PEER_REPLICATES = 2


def groups(patients: int) -> dict[str, np.ndarray]:
    """Three attributes with ten levels between them, of unequal sizes."""
    rng = np.random.default_rng(7)
    return {
        name: rng.choice(levels, patients, p=np.arange(1, levels + 1) / np.arange(1, levels + 1).sum()).astype(str)
        for name, levels in LEVELS.items()
    }


def plan_of(outcome: np.ndarray, risk: np.ndarray, attributes: dict[str, np.ndarray]) -> Plan:
    """Every core measure in everyone and in each group, groups as samples of their own."""
    measures, settings = catalog.measures("binary"), MeasuresSection()
    masks = subgroups(attributes)
    everyone = BinarySample(outcome=outcome, risk=risk)
    samples = [everyone, *(everyone.where(mask) for mask in masks.values())]
    tasks = []
    for k, (subgroup, sample) in enumerate(zip([OVERALL, *masks], samples, strict=True)):
        for name in MEASURES:
            smoother = settings.smoother if "smoother" in measures[name].parameters else None
            request = Request(name, subgroup, smoother=smoother)
            measures[name].compute(sample, **request.parameters)
            tasks.append(Task(k, measures[name], request.parameters))
    rows = [np.arange(len(outcome)), *(np.flatnonzero(mask) for mask in masks.values())]
    return Plan(samples, rows, everyone.patient_codes, tasks)


def main() -> None:
    """Print the figure beside the plain loop over everyone and each group."""
    outcome, risk = cohort()
    attributes = groups(PATIENTS)
    started = time.perf_counter()
    values = bootstrap(plan_of(outcome, risk, attributes), replicates=REPLICATES, seed=1, jobs=JOBS)
    seconds = time.perf_counter() - started
    if not np.isfinite(values).all():
        raise RuntimeError("a replicate was not estimable")
    gigabytes = peak_gigabytes()
    # Each attribute splits all patients once, so that the loop goes over everyone four times.
    peer = replicate_seconds(outcome, risk, PEER_REPLICATES) * (1 + len(LEVELS))
    figure(
        "n = 154,167: six core measures overall and in ten groups of three attributes, 1,000 replicates",
        seconds=seconds,
        peer=f"plain loop of roc_auc_score and GLM, {PEER_REPLICATES} replicates measured overall, times four",
        peer_seconds=peer * REPLICATES,
        target="<= 150 s, <= 2 GB on two cores",
        gigabytes=round(gigabytes, 2),
        gigabytes_are="the sum of the peak resident sets of the parent and its workers",
        numbers=len(values),
        jobs=JOBS,
    )


if __name__ == "__main__":
    main()
