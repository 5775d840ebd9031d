"""154,167 patients, three attributes and their pairwise intersections: core measures, gaps, Q, pooling and widths."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from itertools import combinations

import numpy as np

from benchmarks.coverage.combined import bare_study
from benchmarks.large_cohort import PATIENTS, cohort, peak_gigabytes
from benchmarks.large_groups import groups
from benchmarks.printing import figure
from cds import catalog
from cds.core.study import Study
from cds.fairness.gap import gaps, reference_of
from cds.fairness.heterogeneity import validate_heterogeneity
from cds.fairness.partial_pooling import validate_partial_pooling
from cds.fairness.widths import validate_widths
from cds.stats.estimation import answer

MEASURES = (
    "auroc", "calibration_slope", "calibration_in_the_large", "observed_expected", "brier", "net_benefit_gain",
)  # fmt: skip
THRESHOLD, CROSS = 0.2, "×"
Metric = Callable[[np.ndarray, np.ndarray], float]


def crossed(attributes: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The attributes and their pairwise intersections: six attributes, 41 groups."""
    pairs = {
        f"{a}{CROSS}{b}": np.char.add(np.char.add(attributes[a], CROSS), attributes[b])
        for a, b in combinations(attributes, 2)
    }
    return {**attributes, **pairs}


def validated(study: Study) -> int:
    """Everything that the fairness section computes of these measures; how many findings and tables there are."""
    attributes = list(dict.fromkeys(str(s.attribute) for s in study.groups))
    answered = answer(study, jobs=1)
    count = len(answered.answers)
    for attribute in attributes:
        count += len(list(gaps(answered, attribute, reference_of(answered, attribute)[0])))
    for validate in (validate_heterogeneity, validate_partial_pooling, validate_widths):
        count += len(list(validate(answered, attributes)))
    return count


def main() -> None:
    """Print the figure beside an analyst's loop over the same groups, with fairlearn where it is installed."""
    outcome, risk = cohort()
    attributes = crossed(groups(PATIENTS))
    measures = {name: m for name, m in catalog.measures("binary").items() if name in MEASURES}
    started = time.perf_counter()
    count = validated(bare_study_of(outcome, risk, attributes, measures))
    seconds = time.perf_counter() - started
    gigabytes = peak_gigabytes()
    peer, peer_seconds = peers(outcome, risk, attributes)
    figure(
        "n = 154,167: six core measures in three attributes and their intersections, analytic intervals, gaps, "
        "heterogeneity, partial pooling, widths",
        seconds=seconds,
        peer=peer,
        peer_seconds=peer_seconds,
        target="<= 30 s on two cores",
        gigabytes=round(gigabytes, 2),
        groups=sum(len(np.unique(labels)) for labels in attributes.values()),
        numbers=count,
        jobs=1,
    )


def bare_study_of(
    outcome: np.ndarray, risk: np.ndarray, attributes: dict[str, np.ndarray], measures: dict[str, object]
) -> Study:
    """The study, its sample checked as every sample is."""
    from cds.core.sample_binary import BinarySample

    return bare_study(BinarySample(outcome=outcome, risk=risk), attributes, measures, THRESHOLD)  # type: ignore[arg-type]


def peers(outcome: np.ndarray, risk: np.ndarray, attributes: dict[str, np.ndarray]) -> tuple[str, float]:
    """Point estimates by fairlearn's MetricFrame where it can be imported, else by a loop; with errors where free."""
    metrics = {
        "auroc": auroc, "slope": slope, "in_the_large": in_the_large, "observed_expected": observed_expected,
        "brier": brier, "net_benefit_gain": net_benefit_gain,
    }  # fmt: skip
    started = time.perf_counter()
    try:
        from fairlearn.metrics import MetricFrame
    except ImportError:
        for labels in attributes.values():
            for level in np.unique(labels):
                inside = labels == level
                for metric in metrics.values():
                    metric(outcome[inside], risk[inside])
        told = "a plain loop over groups with scikit-learn and statsmodels: point estimates, no gaps, no intervals"
        return told, time.perf_counter() - started
    started = time.perf_counter()
    for labels in attributes.values():
        frame = MetricFrame(metrics=metrics, y_true=outcome, y_pred=risk, sensitive_features=labels)
        frame.by_group, frame.difference()
    told = "fairlearn MetricFrame of the same six functions (scikit-learn, statsmodels): point estimates, max − min"
    return told, time.perf_counter() - started


def auroc(y: np.ndarray, p: np.ndarray) -> float:
    """Scikit-learn's."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(y, p))


def slope(y: np.ndarray, p: np.ndarray) -> float:
    """Statsmodels' logistic regression on the logit."""
    import statsmodels.api as sm

    y, p = np.asarray(y), np.asarray(p)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(sm.GLM(y, sm.add_constant(np.log(p / (1 - p))), family=sm.families.Binomial()).fit().params[1])


def in_the_large(y: np.ndarray, p: np.ndarray) -> float:
    """Statsmodels' logistic regression with the logit as offset."""
    import statsmodels.api as sm

    y, p = np.asarray(y), np.asarray(p)
    offset = np.log(p / (1 - p))
    return float(sm.GLM(y, np.ones((len(y), 1)), family=sm.families.Binomial(), offset=offset).fit().params[0])


def observed_expected(y: np.ndarray, p: np.ndarray) -> float:
    """Events by expected events."""
    return float(np.mean(y) / np.mean(p))


def brier(y: np.ndarray, p: np.ndarray) -> float:
    """Mean squared error."""
    return float(np.mean((np.asarray(y) - np.asarray(p)) ** 2))


def net_benefit_gain(y: np.ndarray, p: np.ndarray) -> float:
    """Beyond the better of treating all and none."""
    y, treated, odds = np.asarray(y), np.asarray(p) >= THRESHOLD, THRESHOLD / (1 - THRESHOLD)
    return float(np.mean(treated * (y - (1 - y) * odds)) - max(0.0, float(np.mean(y - (1 - y) * odds))))


if __name__ == "__main__":
    main()
