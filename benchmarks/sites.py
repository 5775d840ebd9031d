"""Fifteen sites, 11,022 patients: every measure with its cluster-robust interval, and a logistic model without each."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from benchmarks.printing import figure

PATIENTS, SITES, THRESHOLDS = 11_022, 15, (0.2, 0.5)
INPUTS = [f"x{k}" for k in range(8)]


def cohort() -> pd.DataFrame:
    """A simulated cohort: 8 inputs, 26 % events, sites that differ in their level."""
    rng = np.random.default_rng(20261120)
    frame = pd.DataFrame(rng.normal(size=(PATIENTS, len(INPUTS))), columns=INPUTS)
    site = rng.integers(0, SITES, PATIENTS)
    linear = frame.to_numpy() @ np.linspace(0.1, 0.6, len(INPUTS)) + rng.normal(-1.3, 0.4, SITES)[site]
    event = (rng.random(PATIENTS) < 1 / (1 + np.exp(-linear))).astype(int)
    return frame.assign(event=event, site=[f"S{k:02d}" for k in site], patient=np.arange(PATIENTS))


def protocol() -> dict[str, object]:
    """Internal design, sites left out; no other refits."""
    return {
        "schema": "cds.protocol/1",
        "name": "bench-sites",
        "version": "1",
        "question": "How long do sites take?",
        "design": "internal",
        "outcome": {"kind": "binary", "column": "event"},
        "cohort": {"patient": "patient", "site": "site"},
        "measures": {"thresholds": THRESHOLDS, "replicates": 200},
        "refitting": {"leave_one_site_out": True, "bootstrap": 0, "repeats": 1, "folds": 2},
        "criteria": [{"measure": "calibration_slope", "within": [0.8, 1.2]}],
    }


def plain_loop(frame: pd.DataFrame) -> float:
    """Seconds of the analyst's loop: refit without each site, six measures there, and the same without each site."""
    from sklearn.linear_model import LogisticRegression

    from benchmarks.plain_loop import six_measures

    started = time.perf_counter()
    risk = LogisticRegression(C=float("inf")).fit(frame[INPUTS], frame.event).predict_proba(frame[INPUTS])[:, 1]
    for name in frame.site.unique():
        inside = (frame.site == name).to_numpy()
        fitted = LogisticRegression(C=float("inf")).fit(frame.loc[~inside, INPUTS], frame.event[~inside])
        six_measures(frame.event[inside].to_numpy(float), fitted.predict_proba(frame.loc[inside, INPUTS])[:, 1])
        six_measures(frame.event[~inside].to_numpy(float), risk[~inside])
    return time.perf_counter() - started


def main() -> None:
    """Print the figure beside the plain loop, which gives six measures and no report."""
    import tempfile
    from pathlib import Path

    from sklearn.linear_model import LogisticRegression

    import cds
    from cds.core.protocol import ValidationProtocol

    frame = cohort()
    card = cds.ModelCard.model_validate(
        {
            "schema": "cds.card/1",
            "name": "bench",
            "version": "1",
            "outcome": "binary",
            "outcome_column": "event",
            "inputs": [{"name": name, "type": "number"} for name in INPUTS],
        }
    )
    model = cds.wrap(LogisticRegression(C=float("inf")).fit(frame[INPUTS], frame.event), card)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        frame.to_csv(folder / "d.csv", index=False)
        started = time.perf_counter()
        done = cds.validate(model, folder / "d.csv", ValidationProtocol.model_validate(protocol()), jobs=2)
        done.save(folder / "run")
        seconds = time.perf_counter() - started
    found = [f for f in done.findings if f.analysis == "leave_one_site_out"]
    figure(
        "cds validate: 15 sites, 11,022 patients, cluster-robust, each site left out of the fit, HTML and PDF report",
        seconds=seconds,
        peer="plain loop over sites of LogisticRegression, roc_auc_score and GLM: six measures, no report",
        peer_seconds=plain_loop(frame),
        target="<= 60 s",
        findings_left_out=len(found),
    )


if __name__ == "__main__":
    main()
