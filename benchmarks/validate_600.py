"""``cds validate`` on 600 rows with two groups and 1,000 replicates, start-up and both reports included."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.plain_loop import replicate_seconds
from benchmarks.printing import figure

PROTOCOL = """
schema = "cds.protocol/1"
name = "bench-600"
version = "1"
question = "How long does a validation take?"
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
thresholds = [0.2, 0.3]
replicates = 1000
[[criteria]]
measure = "calibration_slope"
within = [0.8, 1.2]
[[criteria]]
measure = "net_benefit_gain"
threshold = 0.3
at_least = 0.0
[[criteria]]
measure = "auroc"
difference_within = [-0.15, 0.15]
across = "sex"
"""
RUNS, PEER_REPLICATES, REPLICATES = 3, 20, 1000


def cohort() -> pd.DataFrame:
    """600 simulated patients of two sexes."""
    rng = np.random.default_rng(20261120)
    linear = rng.normal(-0.9, 1.1, 600)
    return pd.DataFrame(
        {
            "patient": np.arange(1, 601),
            "sex": rng.choice(["female", "male"], 600, p=[0.6, 0.4]),
            "risk": 1 / (1 + np.exp(-linear)),
            "outcome": (rng.random(600) < 1 / (1 + np.exp(-linear))).astype(int),
        }
    )


def run(folder: Path, out: str) -> float:
    """Wall time of one command."""
    command = [sys.executable, "-m", "cds", "validate", "--protocol", "p.toml", "--model", "predictions:"]
    started = time.perf_counter()
    done = subprocess.run(
        [*command, "--data", "d.csv", "--out", out], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode not in (0, 1, 3):
        raise RuntimeError(done.stderr)
    return time.perf_counter() - started


def main() -> None:
    """Print the figure beside a plain loop over the cohort and its two groups, which draws no report."""
    frame = cohort()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "p.toml").write_text(PROTOCOL, encoding="utf-8")
        frame.to_csv(folder / "d.csv", index=False)
        seconds = min(run(folder, f"run{k}") for k in range(RUNS))
    parts = [frame, *(frame[frame.sex == sex] for sex in ("female", "male"))]
    peer = sum(replicate_seconds(part.outcome.to_numpy(float), part.risk.to_numpy(), PEER_REPLICATES) for part in parts)
    figure(
        "cds validate: 600 rows, two groups, 1,000 replicates, HTML and PDF report",
        seconds=seconds,
        peer=f"plain loop of roc_auc_score and GLM for six measures, no report; {PEER_REPLICATES} replicates measured",
        peer_seconds=peer * REPLICATES,
        target="<= 5 s",
        measures=24,
    )


if __name__ == "__main__":
    main()
