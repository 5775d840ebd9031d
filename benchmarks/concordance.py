"""Harrell's and Uno's C of 154,167 patients in whole days, beside R's survival, lifelines and scikit-survival.

Every timing begins with plain arrays and shares nothing with the one before. Nothing is compiled. R measures itself.
"""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from benchmarks.printing import figure
from cds.core.sample_times import SurvivalSample
from cds.survival.concordance import harrell_c, harrell_influence, uno_c, uno_influence

PATIENTS, FEWER, HORIZON, RUNS, REPLICATES = 154_167, 10_000, 365.0, 11, 100
MEASURED = {
    "Harrell's C": (harrell_c, "std.err = FALSE"),
    "Harrell's C with its standard error": (harrell_influence, ""),
    "Uno's C": (partial(uno_c, horizon=HORIZON), f'timewt = "n/G2", ymax = {HORIZON:g}, std.err = FALSE'),
    "Uno's C with its standard error": (
        partial(uno_influence, horizon=HORIZON),
        f'timewt = "n/G2", ymax = {HORIZON:g}',
    ),
}
R_SCRIPT = """
suppressMessages(library(survival)); d <- read.csv(commandArgs(TRUE)[1]); S <- Surv(d$time, d$event)
run <- function(...) {
  seconds <- numeric(%d)
  for (i in seq_along(seconds)) seconds[i] <- system.time(k <- concordance(S ~ d$lp, reverse = TRUE, ...))[["elapsed"]]
  cat(sprintf("%%.6f %%.15g %%.15g\\n", min(seconds), k$concordance, if (is.null(k$var)) NA else sqrt(k$var)))
}
"""


class Rows:
    """A simulated cohort: days to the event and to censoring, many of them tied, and a linear predictor."""

    def __init__(self, patients: int) -> None:
        rng = np.random.default_rng(20261120)
        self.lp = rng.normal(0, 0.8, patients).round(3)
        days = np.ceil(rng.exponential(900 * np.exp(-0.9 * self.lp)))
        censored = rng.integers(30, 1500, patients)
        self.time, self.event = np.minimum(days, censored), (days <= censored).astype(np.int64)
        self.risk = np.clip(np.exp(self.lp - 3)[:, None] * [0.1, 0.2, 0.3], 0, 1)

    def sample(self) -> SurvivalSample:
        """The cohort as the measures see it."""
        return SurvivalSample(
            time=self.time,
            status=self.event,
            risk=self.risk,
            horizons=(90.0, 180.0, HORIZON),
            linear_predictor=self.lp,
        )


def best_of(run: Callable[[], object]) -> tuple[float, object]:
    """The shortest of several runs in seconds, and what it gave."""
    seconds = []
    for _ in range(RUNS):
        started = time.perf_counter()
        found = run()
        seconds.append(time.perf_counter() - started)
    return min(seconds), found


def in_r(rows: Rows) -> list[list[float]] | None:
    """Seconds, value and standard error of each measured figure in R; None where R or its survival is absent."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as name:
        script, data = Path(name) / "run.R", Path(name) / "d.csv"
        script.write_text(
            R_SCRIPT % RUNS + "".join(f"run({arguments})\n" for _, arguments in MEASURED.values()), encoding="utf-8"
        )
        with data.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("time", "event", "lp"), *zip(rows.time, rows.event, rows.lp, strict=True)])
        done = subprocess.run(["Rscript", script, data], check=False, capture_output=True, text=True)
    if done.returncode:
        return None
    return [[float("nan") if x == "NA" else float(x) for x in line.split()] for line in done.stdout.splitlines()]


def beside(name: str, seconds: float, peer: str, peer_seconds: float | None, target: str, **more: object) -> None:
    """The figure beside its peer, or a line that says that the peer is not here."""
    if peer_seconds is None:
        print(json.dumps({"figure": name, "seconds": round(seconds, 4), "peer": f"{peer}: absent", **more}), flush=True)
        return
    figure(name, seconds=seconds, peer=peer, peer_seconds=peer_seconds, target=target, **more)


def large() -> None:
    """All four figures beside R, Harrell's C beside lifelines as well."""
    rows = Rows(PATIENTS)
    theirs = in_r(rows)
    for k, (name, (measure, _)) in enumerate(MEASURED.items()):
        seconds, found = best_of(lambda measure=measure: measure(rows.sample()))
        value = float(np.sqrt(np.square(found).sum())) if isinstance(found, np.ndarray) else float(found)
        more = {} if theirs is None else {"difference": float(f"{abs(value - theirs[k][1 + (k % 2)]):.1e}")}
        peer = None if theirs is None else theirs[k][0]
        beside(f"n = 154,167: {name}", seconds, "R, survival::concordance", peer, "faster than R", **more)
        if k == 0:
            beside_lifelines(rows, seconds)


def beside_lifelines(rows: Rows, seconds: float) -> None:
    """Harrell's C beside lifelines."""
    from lifelines.utils import concordance_index

    started = time.perf_counter()
    concordance_index(rows.time, -rows.lp, rows.event)
    peer = time.perf_counter() - started
    beside("n = 154,167: Harrell's C", seconds, "lifelines.utils.concordance_index", peer, "faster than lifelines")


def small() -> None:
    """Uno's C once, and in bootstrap replicates at three horizons, beside scikit-survival."""
    rows = Rows(FEWER)
    seconds, value = best_of(lambda: uno_c(rows.sample(), HORIZON))
    name, peer, theirs, more = "scikit-survival, concordance_index_ipcw", None, None, {}
    if find_spec("sksurv") is not None:
        from sksurv.metrics import concordance_index_ipcw
        from sksurv.util import Surv

        outcome = Surv.from_arrays(rows.event, rows.time)
        # It truncates before tau, R and we at tau.
        peer, theirs = best_of(lambda: concordance_index_ipcw(outcome, outcome, rows.lp, tau=HORIZON + 0.5))
        more = {"difference": float(f"{abs(float(value) - theirs[0]):.1e}")}
    beside("n = 10,000: Uno's C", seconds, name, peer, ">= 20 times faster", **more)
    each, times = replicate_seconds(rows), 3 * REPLICATES
    beside(
        f"n = 10,000: Uno's C at three horizons in {REPLICATES} bootstrap replicates, ranked by the risks",
        each * times,
        f"{name}, measured once, times {times}",
        None if peer is None else peer * times,
        "<= 5 ms per replicate and horizon",
        milliseconds_per_replicate_and_horizon=round(1000 * each, 2),
    )


def replicate_seconds(rows: Rows) -> float:
    """Seconds per replicate and horizon where each horizon has a ranking of its own, the dearer case."""
    full = rows.sample()
    sample = SurvivalSample(time=full.time, status=full.status, risk=full.risk, horizons=full.horizons)
    rng = np.random.default_rng(1)
    started = time.perf_counter()
    for _ in range(REPLICATES):
        replicate = sample.resample(rng.multinomial(FEWER, np.full(FEWER, 1 / FEWER)).astype(float))
        for horizon in sample.horizons:
            uno_c(replicate, horizon)
    return (time.perf_counter() - started) / REPLICATES / len(sample.horizons)


def peak_megabytes() -> float:
    """Peak resident set of a fresh process that computes both, with their errors."""
    command = [sys.executable, "-m", "benchmarks.concordance", "memory"]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def memory() -> None:
    """Compute both here, and print this process's peak resident set in megabytes."""
    sample = Rows(PATIENTS).sample()
    harrell_influence(sample)
    uno_influence(sample, HORIZON)
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    print(next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024)


def main() -> None:
    """Print every figure, then the memory."""
    large()
    small()
    name = "n = 154,167: both with their errors in a fresh process"
    print(json.dumps({"figure": name, "megabytes": round(peak_megabytes()), "target": "<= 300 MB"}), flush=True)


if __name__ == "__main__":
    if sys.argv[1:] == ["memory"]:
        memory()
    else:
        main()
