"""Interval widths of a binary outcome's measures in n patients, and the n that reaches a target width.

Every width is upper minus lower bound of the Wald interval on the measure's scale, as Riley et al. plan them:
Riley et al. 2021, doi:10.1002/sim.9025; Riley et al. 2024, doi:10.1136/bmj-2023-074821. The published programs use
1.96 for the normal quantile and step the standard error by .0001; here the quantile is exact and n the smallest
that reaches the width.
"""

from __future__ import annotations

from math import sinh, sqrt

from cds.core.errors import InputError
from cds.planning.risks import Risks, auroc_above_half, share_between
from cds.planning.search import smallest
from cds.stats.auroc_variance import auroc_variance
from cds.stats.intervals import normal_quantile


def width_of_observed_expected(n: float, *, prevalence: float, ratio: float = 1.0, level: float = 0.95) -> float:
    """Width of the O:E interval, on the ratio scale: 2·OE·sinh(z·se), se of log OE = √((1−φ)/(n·φ)).

    ``ratio`` is the O:E that is expected.
    """
    se = sqrt((1 - prevalence) / (n * prevalence))
    return 2 * ratio * sinh(min(normal_quantile(level) * se, 700))


def size_for_observed_expected(prevalence: float, width: float, *, ratio: float = 1.0, level: float = 0.95) -> int:
    """The smallest n whose O:E interval is no wider than ``width`` on the ratio scale.

    >>> size_for_observed_expected(0.018, 1)
    906
    """
    share_between(prevalence, "the prevalence")
    return smallest(lambda n: width_of_observed_expected(n, prevalence=prevalence, ratio=ratio, level=level), width)


def width_of_auroc(n: float, *, prevalence: float, auroc: float, level: float = 0.95) -> float:
    """Width of the AUROC's Wald interval, 2z·se with Newcombe's variance."""
    return 2 * normal_quantile(level) * sqrt(auroc_variance(auroc, prevalence=prevalence, n=n))


def size_for_auroc(prevalence: float, auroc: float, width: float, *, level: float = 0.95) -> int:
    """The smallest n whose AUROC interval is no wider than ``width``.

    >>> size_for_auroc(0.018, 0.8, 0.1)
    4252
    """
    share_between(prevalence, "the prevalence")
    auroc_above_half(auroc)
    return smallest(lambda n: width_of_auroc(n, prevalence=prevalence, auroc=auroc, level=level), width)


def width_of_calibration_slope(n: float, risks: Risks, *, level: float = 0.95) -> float:
    """Width of the slope's interval: 2z·√(I₀₀ / (n(I₀₀I₁₁ − I₀₁²))), I the expected information of one patient.

    The risks are taken to be right (intercept 0, slope 1).

    Raises:
        InputError: risks that hardly differ.
    """
    if not risks.slope_information > 0:
        raise InputError("the calibration slope cannot be planned from risks that hardly differ")
    return 2 * normal_quantile(level) / sqrt(n * risks.slope_information)


def size_for_calibration_slope(risks: Risks, width: float, *, level: float = 0.95) -> int:
    """The smallest n whose interval of the calibration slope is no wider than ``width``.

    >>> from cds.planning.risks import beta
    >>> size_for_calibration_slope(beta(1.33, 1.75), 0.3)
    949
    """
    return smallest(lambda n: width_of_calibration_slope(n, risks, level=level), width)


def width_of_calibration_in_the_large(n: float, risks: Risks, *, level: float = 0.95) -> float:
    """Width of the intercept's interval, the slope held at 1: 2z/√(n·E[p(1−p)]), the same information as the slope."""
    return 2 * normal_quantile(level) / sqrt(n * risks.information[0])


def size_for_calibration_in_the_large(risks: Risks, width: float, *, level: float = 0.95) -> int:
    """The smallest n whose interval of calibration-in-the-large is no wider than ``width`` in log-odds."""
    return smallest(lambda n: width_of_calibration_in_the_large(n, risks, level=level), width)


def width_of_standardized_net_benefit(
    n: float, *, prevalence: float, sensitivity: float, specificity: float, threshold: float, level: float = 0.95
) -> float:
    """Width of the interval of net benefit / prevalence at a threshold t.

    The variance is [Se(1−Se)/φ + w²·Sp(1−Sp)/(1−φ) + w²(1−Sp)²/(φ(1−φ))] / n with w = (1−φ)/φ · t/(1−t).
    Marsh et al. 2020, doi:10.1111/biom.13190.
    """
    odds = (1 - prevalence) / prevalence * threshold / (1 - threshold)
    variance = (
        sensitivity * (1 - sensitivity) / prevalence
        + odds**2 * specificity * (1 - specificity) / (1 - prevalence)
        + odds**2 * (1 - specificity) ** 2 / (prevalence * (1 - prevalence))
    )
    return 2 * normal_quantile(level) * sqrt(variance / n)


def size_for_standardized_net_benefit(
    prevalence: float,
    width: float,
    *,
    sensitivity: float,
    specificity: float,
    threshold: float,
    level: float = 0.95,
) -> int:
    """The smallest n whose interval of the standardised net benefit is no wider than ``width``."""
    share_between(prevalence, "the prevalence")
    return smallest(
        lambda n: width_of_standardized_net_benefit(
            n,
            prevalence=prevalence,
            sensitivity=sensitivity,
            specificity=specificity,
            threshold=threshold,
            level=level,
        ),
        width,
    )


def width_of_net_benefit(
    n: float, *, prevalence: float, sensitivity: float, specificity: float, threshold: float, level: float = 0.95
) -> float:
    """Width of the interval of net benefit, per patient, at a threshold t.

    A patient contributes 1 (found), −t/(1−t) (wrongly flagged) or 0; the variance of the mean is
    [Se·φ + (t/(1−t))²(1−Sp)(1−φ) − NB²] / n, as the measure net_benefit estimates it.
    """
    odds = threshold / (1 - threshold)
    found, flagged = sensitivity * prevalence, (1 - specificity) * (1 - prevalence)
    variance = found + odds**2 * flagged - (found - odds * flagged) ** 2
    return 2 * normal_quantile(level) * sqrt(variance / n)


def size_for_net_benefit(
    prevalence: float,
    width: float,
    *,
    sensitivity: float,
    specificity: float,
    threshold: float,
    level: float = 0.95,
) -> int:
    """The smallest n whose interval of the net benefit, per patient, is no wider than ``width``."""
    share_between(prevalence, "the prevalence")
    return smallest(
        lambda n: width_of_net_benefit(
            n,
            prevalence=prevalence,
            sensitivity=sensitivity,
            specificity=specificity,
            threshold=threshold,
            level=level,
        ),
        width,
    )
