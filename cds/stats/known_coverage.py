"""Where intervals miss: coverage outside 93–97 % at 500 patients in the project's own simulations."""

from __future__ import annotations

from collections.abc import Mapping

PATIENTS, LEVEL = 500, 95
NAMES = {"analytic": "the analytic interval", "percentile": "the percentile bootstrap", "BCa": "the BCa bootstrap"}
Range = tuple[float, float]
OUTSIDE: Mapping[tuple[str, str], Mapping[str, Range]] = {
    ("binary", "auroc"): {"percentile": (92.5, 93.5)},
    ("binary", "average_precision"): {"percentile": (92.25, 93.75)},
    ("binary", "brier"): {"percentile": (92, 93.75)},
    ("binary", "calibration_in_the_large"): {"analytic": (92.1, 95.2), "percentile": (92.25, 94.5)},
    ("binary", "calibration_slope"): {"percentile": (90.75, 95)},
    ("binary", "net_benefit"): {"percentile": (91.75, 93.75)},
    ("binary", "net_benefit_gain"): {"analytic": (94.9, 97.7), "percentile": (93.5, 97.5)},
    ("binary", "net_benefit_treat_all"): {"percentile": (91.75, 94.5)},
    ("binary", "npv"): {"percentile": (91.75, 95)},
    ("binary", "observed_expected"): {"percentile": (92.5, 94.5)},
    ("binary", "ppv"): {"percentile": (91.75, 94.5)},
    ("binary", "sensitivity"): {"percentile": (91.5, 94.25)},
    ("binary", "specificity"): {"percentile": (92.25, 94.25)},
    ("binary", "standardized_net_benefit"): {"BCa": (92, 95.5), "percentile": (91, 94)},
    ("continuous", "calibration_intercept"): {"percentile": (92, 95.5)},
    ("continuous", "interval_coverage"): {"percentile": (95, 97.25)},
    ("nominal", "log_loss"): {"BCa": (91, 97), "percentile": (92, 96)},
    ("nominal", "multinomial_recalibration_slope"): {"percentile": (90, 98)},
    ("ordinal", "brier"): {"percentile": (92, 92)},
    ("ordinal", "multinomial_recalibration_intercept"): {"percentile": (91, 95)},
    ("ordinal", "polytomous_discrimination_index"): {"percentile": (92, 92)},
}
"""By outcome kind and measure: the lowest and highest coverage in % of a method that left 93–97 % somewhere.

From ``benchmarks/coverage/results.csv``, which stands beside its Monte Carlo errors in ``results.md``; a test compares
the two.
"""


def coverage_told(kind: str, measure: str) -> str:
    """The sentence that ``cds measures`` prints; empty where every interval stayed within 93–97 %.

    >>> coverage_told("binary", "hosmer_lemeshow")
    ''
    """
    found = OUTSIDE.get((kind, measure), {})
    if not found:
        return ""
    ranges = "; ".join(f"{NAMES[method]} {_range(*ends)}" for method, ends in found.items())
    return f"in simulations with {PATIENTS} patients {ranges}, where {LEVEL} % is meant"


def _range(low: float, high: float) -> str:
    return f"covered {low:.1f} %" if low == high else f"covered {low:.1f} to {high:.1f} %"
