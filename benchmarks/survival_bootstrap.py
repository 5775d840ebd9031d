"""1,000 bootstrap replicates of five survival measures at three horizons, beside a loop of other libraries.

The loop does what a user of scikit-survival and lifelines writes: resample the rows, ask each function again.
"""

from __future__ import annotations

import time
from importlib.util import find_spec

import numpy as np

from benchmarks.concordance import Rows
from benchmarks.printing import figure
from cds import catalog
from cds.core.sample_times import SurvivalSample
from cds.stats.resampling import Plan, Task, bootstrap

PATIENTS, REPLICATES, PEER_REPLICATES, JOBS = 10_000, 1000, 2, 2
MEASURES = ("uno_c", "dynamic_auroc", "brier", "observed_expected", "ici")


def tasks_of(sample: SurvivalSample) -> list[Task]:
    """Every measure at every horizon."""
    known = catalog.measures("survival")
    return [Task(0, known[name], {"horizon": h}) for name in MEASURES for h in sample.horizons]


def peer_seconds(rows: Rows, horizons: tuple[float, ...]) -> float | None:
    """Seconds per replicate of the same five measures with scikit-survival and lifelines; None where one is absent."""
    if find_spec("sksurv") is None:
        return None
    import pandas as pd
    from lifelines import CoxPHFitter, KaplanMeierFitter
    from sksurv.metrics import brier_score, concordance_index_ipcw, cumulative_dynamic_auc
    from sksurv.util import Surv

    rng = np.random.default_rng(1)
    started = time.perf_counter()
    for _ in range(PEER_REPLICATES):
        drawn = rng.integers(0, PATIENTS, PATIENTS)
        time_, event, risk = rows.time[drawn], rows.event[drawn].astype(bool), rows.risk[drawn]
        seen = Surv.from_arrays(event, time_)
        for k, horizon in enumerate(horizons):
            concordance_index_ipcw(seen, seen, risk[:, k], tau=horizon)
            cumulative_dynamic_auc(seen, seen, risk[:, k], [horizon])
            brier_score(seen, seen, 1 - risk[:, [k]], [horizon])
            observed = 1 - float(KaplanMeierFitter().fit(time_, event).predict(horizon))
            observed / risk[:, k].mean()
            linear = np.log(-np.log1p(-np.clip(risk[:, k], 1e-9, 1 - 1e-9)))
            bent = np.maximum(linear - np.median(linear), 0) ** 3
            frame = pd.DataFrame({"t": time_, "e": event, "a": linear, "b": bent / bent.std()})
            fitted = CoxPHFitter().fit(frame, "t", "e")
            smooth = 1 - fitted.predict_survival_function(frame, times=[horizon]).to_numpy()[0]
            np.abs(smooth - risk[:, k]).mean()
    return (time.perf_counter() - started) / PEER_REPLICATES


def main() -> None:
    """Print the figure beside the loop."""
    rows = Rows(PATIENTS)
    started = time.perf_counter()
    sample = rows.sample()
    plan = Plan([sample], [np.arange(PATIENTS)], sample.patient_codes, tasks_of(sample))
    values = bootstrap(plan, replicates=REPLICATES, seed=1, jobs=JOBS)
    seconds = time.perf_counter() - started
    if not np.isfinite(values).all():
        raise RuntimeError("a replicate was not estimable")
    peer = peer_seconds(rows, sample.horizons)
    figure(
        "n = 10,000: Uno's C, dynamic AUC, Brier, O:E and ICI at three horizons, 1,000 replicates by patient",
        seconds=seconds,
        peer="absent: scikit-survival is not installed"
        if peer is None
        else f"scikit-survival and lifelines in a loop, {PEER_REPLICATES} replicates measured, times {REPLICATES}",
        peer_seconds=None if peer is None else peer * REPLICATES,
        target="<= 60 s on two cores",
        patients=PATIENTS,
        replicates=REPLICATES,
        jobs=JOBS,
    )


if __name__ == "__main__":
    main()
