"""Sizes for a binary outcome: published ones are reproduced, and no smaller study would do."""

from statistics import NormalDist

import numpy as np
import pytest

from cds.core.errors import InputError
from cds.planning import binary
from cds.planning.risks import beta, from_auroc, normal
from cds.utility.net_benefit import net_benefit
from tests.samples import small

# The published programs take 1.96 for the normal quantile.
AT_196 = 2 * NormalDist().cdf(1.96) - 1


def test_the_size_for_observed_expected_is_pmvalsampsizes_but_for_its_grid() -> None:
    # pmvalsampsize 0.1.0 (R), prevalence = .018, oeciwidth = 1: 905, its standard error being stepped by .0001.
    assert binary.size_for_observed_expected(0.018, 1, level=AT_196) == 906
    assert binary.width_of_observed_expected(905, prevalence=0.018, level=AT_196) > 1
    # Riley et al. 2024, doi:10.1136/bmj-2023-074821: prevalence .43, width .22.
    assert binary.size_for_observed_expected(0.43, 0.22, level=AT_196) == 423


@pytest.mark.parametrize(
    ("prevalence", "c", "size"),
    # pmvalsampsize 0.1.0 and the examples of Riley et al. 2021, doi:10.1002/sim.9025, width .1.
    [(0.018, 0.8, 4252), (0.018, 0.75, 5125), (0.1, 0.7, 1154), (0.5, 0.8, 302), (0.048, 0.743, 2027)],
)
def test_the_size_for_the_auroc_is_the_published_one(prevalence: float, c: float, size: int) -> None:
    assert binary.size_for_auroc(prevalence, c, 0.1, level=AT_196) == size
    assert binary.width_of_auroc(size - 1, prevalence=prevalence, auroc=c, level=AT_196) > 0.1


def test_the_size_for_the_slope_is_the_published_one() -> None:
    # Riley et al. 2024: risks beta(1.33, 1.75), width .3: 949 patients.
    assert binary.size_for_calibration_slope(beta(1.33, 1.75), 0.3, level=AT_196) == 949
    # pmvalsampsize (Python), a million simulated patients: 4,544 for lpnormal (−5, 2.5), 17,080 for prevalence
    # .018 and C .8; by quadrature (and R's integrate) 4,553.7 and 17,127.9.
    assert binary.size_for_calibration_slope(normal(-5, 2.5), 0.2) == 4554
    assert binary.size_for_calibration_slope(from_auroc(0.018, 0.8), 0.2) == 17128


def test_calibration_in_the_large_takes_the_information_on_the_intercept() -> None:
    risks = beta(2, 3)
    # E[p(1 − p)] of a beta(a, b) law is ab / ((a + b)(a + b + 1)).
    n = binary.size_for_calibration_in_the_large(risks, 0.3)
    assert n == np.ceil((2 * 1.959963984540054 / 0.3) ** 2 / (6 / 30))


def test_the_width_of_net_benefit_is_the_measures_own() -> None:
    # 100 patients: 12 found, 8 missed, 10 wrongly flagged, 70 rightly left, at a threshold of .2.
    outcome = np.repeat([1, 1, 0, 0], [12, 8, 10, 70])
    sample = small(outcome, np.repeat([0.3, 0.1, 0.3, 0.1], [12, 8, 10, 70]))
    each = np.repeat([1, 0, -0.25, 0], [12, 8, 10, 70])
    width = binary.width_of_net_benefit(100, prevalence=0.2, sensitivity=0.6, specificity=0.875, threshold=0.2)
    assert net_benefit(sample, 0.2) == pytest.approx(each.mean())
    assert width == pytest.approx(2 * 1.959963984540054 * each.std() / 10)


def test_the_standardised_net_benefits_variance_is_that_of_a_ratio() -> None:
    # Delta method for NB / prevalence from the four counts: an independent derivation of the published formula.
    pi, se, sp, t = 0.3, 0.7, 0.8, 0.25
    cells = np.array([pi * se, pi * (1 - se), (1 - pi) * (1 - sp), (1 - pi) * sp])
    odds, events = t / (1 - t), cells[0] + cells[1]
    value = (cells[0] - odds * cells[2]) / events
    gradient = np.array([(1 - value), -value, -odds, 0]) / events
    variance = gradient**2 @ cells - (gradient @ cells) ** 2
    width = binary.width_of_standardized_net_benefit(1, prevalence=pi, sensitivity=se, specificity=sp, threshold=t)
    assert width == pytest.approx(2 * 1.959963984540054 * variance**0.5, rel=1e-12)
    n = binary.size_for_standardized_net_benefit(pi, 0.2, sensitivity=se, specificity=sp, threshold=t)
    assert n == np.ceil((width / 0.2) ** 2)
    assert binary.size_for_net_benefit(pi, 0.02, sensitivity=se, specificity=sp, threshold=t) > n


def test_impossible_expectations_are_refused() -> None:
    with pytest.raises(InputError, match="strictly between 0 and 1, got 0"):
        binary.size_for_observed_expected(0, 1)
    with pytest.raises(InputError, match=r"above 0\.5 and below 1, got 0\.5"):
        binary.size_for_auroc(0.2, 0.5, 0.1)
    with pytest.raises(InputError, match="a target width must be above 0, got -1"):
        binary.size_for_observed_expected(0.2, -1)
