"""A study over two years whose outcomes leave the risks in the second."""

import numpy as np
import pandas as pd

from cds import catalog
from cds.core.cohort import Cohort
from cds.core.protocol import ValidationProtocol
from cds.core.sample_binary import BinarySample
from cds.core.study import Study
from cds.stats.estimation import answer


def dated(n=800, *, drift=1.0, seed=1, window="quarter", start="2024-01-01", days=730, sample=None, **changes):
    """``drift`` is what the second year adds to the log odds."""
    rng = np.random.default_rng(seed)
    dates = np.datetime64(start) + np.sort(rng.integers(0, days, n))
    logit = rng.normal(-0.8, 1.0, n)
    later = (dates - dates[0]).astype(int) > 365
    outcome = (rng.random(n) < 1 / (1 + np.exp(-(logit + drift * later)))).astype(float)
    made = BinarySample(outcome=outcome, risk=1 / (1 + np.exp(-logit))) if sample is None else sample
    raw = {
        "schema": "cds.protocol/1", "name": "p", "version": "1", "question": "q",
        "outcome": {"kind": "binary", "column": "y"}, "cohort": {"date": "seen"}, "drift": {"window": window},
        "measures": {"thresholds": [0.3], "replicates": 0}, "criteria": [{"measure": "auroc", "at_least": 0.5}],
    }  # fmt: skip
    protocol = ValidationProtocol.model_validate({**raw, **changes})
    features = pd.DataFrame({"age": rng.normal(50 + 5 * later, 10), "sex": rng.choice(["f", "m"], n)})
    cohort = Cohort(patients=np.arange(n).astype(str), features=features, dates=dates)
    study = Study(
        cohort=cohort, samples=(made,), measures=catalog.measures(made.kind), settings=protocol.measures,
        minimum_events=protocol.cohort.minimum_events, protocol=protocol,
    )  # fmt: skip
    return answer(study, jobs=1)
