"""Random effects: REML, Hartung–Knapp, prediction and Q-profile intervals are metafor's."""

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.stats.meta_analysis import random_effects
from tests.samples import EXPECTED

# R 4.2.2, metafor:
#   f  <- rma(y, v, method = "REML", test = "knha", control = list(threshold = 1e-14, maxiter = 10000))
#   ci <- confint(f, control = list(tol = 1e-12))$random["tau^2", ]
#   c(f$b, f$se, f$tau2, f$ci.lb, f$ci.ub, f$b + c(-1, 1) * qt(.975, f$k - 2) * sqrt(f$tau2 + f$se^2),
#     f$I2, f$QE, f$QEp, ci[2:3])
BCG = (  # metafor's dat.bcg, log relative risks
    [-0.889311333920, -1.585388657201, -1.348073148300, -1.441551190021, -0.217547322211, -0.786115585819,
     -1.620898223598, 0.011952333524, -0.469417648738, -1.371344803473, -0.339358828338, 0.445913400571,
     -0.017313948217],
    [0.325584765004, 0.194581121398, 0.415367965368, 0.020010031902, 0.051210172170, 0.006905618456, 0.223017247572,
     0.003961579298, 0.056434210463, 0.073024793613, 0.012412213972, 0.532505845200, 0.071404659684],
    [-0.7145323422, 0.1807917441, 0.3132432581, -1.1084437137, -0.3206209706, -2.0090576504, 0.5799929661,
     92.2213845213, 152.2330080824, 0.0, 0.1197183611, 1.1114790841],
)  # fmt: skip
UNEQUAL = (
    [-1.2, 0.4, 0.5, 0.3, 2.5, 0.45],
    [0.5, 0.01, 0.02, 0.9, 1.2, 0.0005],
    [0.4480230069, 0.0294469378, 0.0, 0.3723272435, 0.5237187703, 0.3662652006, 0.5297808132, 0.0, 9.3386646377,
     0.0962948367, 0.0, 7.4527218820],
)  # fmt: skip
THREE = (
    [0.1, 0.3, 0.8],
    [0.04, 0.05, 0.04],
    [0.4023956893, 0.2103540141, 0.0924721319, -0.5026845836, 1.3074759622, -4.2958245529, 5.1006159315, 68.2204179995,
     6.4464285714, 0.0398268375, 0.0, 5.0943415813],
)  # fmt: skip
ALIKE = (
    [0.10, 0.12, 0.08, 0.11, 0.09],
    [0.04, 0.05, 0.03, 0.06, 0.02],
    [0.0958620690, 0.0066328911, 0.0, 0.0774462111, 0.1142779269, 0.0747532493, 0.1169708886, 0.0, 0.0255172414,
     0.9999192978, 0.0, 0.0],
)  # fmt: skip


@pytest.mark.parametrize(("values", "variances", "expected"), [BCG, UNEQUAL, THREE, ALIKE])
def test_every_number_is_metafors(values, variances, expected):
    found = random_effects(values, variances, level=0.95)
    assert [
        found.mean, found.se, found.tau2, found.low, found.high, *found.prediction, 100 * found.i2, found.q, found.q_p,
        *found.tau2_interval,
    ] == pytest.approx(expected, rel=1e-6, abs=1e-9)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "variance"), [("logit_auroc", "logit_auc", "v_logit_auc"), ("citl", "citl", "v_citl")]
)
def test_the_reference_sites_are_r_s(name, value, variance):
    sites, expected = EXPECTED["sites"]["per_site"], EXPECTED["sites"][name]
    found = random_effects([s[value] for s in sites], [s[variance] for s in sites], level=0.95)
    assert (found.mean, found.se, found.tau2) == pytest.approx(
        (expected["mean"], expected["se_hksj"], expected["tau2"]), rel=1e-8
    )
    assert (found.low, found.high) == pytest.approx(expected["ci"], rel=1e-8)
    assert found.prediction == pytest.approx(expected["prediction_interval_t_k_minus_2"], rel=1e-8)


def test_two_equal_sites_have_their_mean_and_no_variance_between():
    found = random_effects([0.5, 0.5], [0.1, 0.3], level=0.95)
    assert (found.mean, found.tau2, found.weights.tolist()) == (0.5, 0.0, pytest.approx([0.75, 0.25]))


def test_two_sites_have_an_interval_with_one_degree_of_freedom_and_none_for_a_new_site():
    found = random_effects([0.2, 0.9], [0.03, 0.05], level=0.95)
    # R as above: -3.9077513949 to 4.9791799664
    assert (found.low, found.high) == pytest.approx((-3.9077513949, 4.9791799664), rel=1e-9)
    assert isinstance(found.prediction, NotEstimable) and "three" in found.prediction.reason


def test_one_site_has_no_mean():
    assert isinstance(random_effects([0.2], [0.1], level=0.95), NotEstimable)


def test_sites_more_alike_than_chance_are_pointed_out():
    assert random_effects(*ALIKE[:2], level=0.95).narrow
    assert not random_effects(*BCG[:2], level=0.95).narrow


def test_a_shift_moves_the_mean_and_nothing_else():
    plain, moved = (random_effects(np.array(BCG[0]) + shift, BCG[1], level=0.95) for shift in (0.0, 3.0))
    assert moved.mean == pytest.approx(plain.mean + 3, rel=1e-10)
    assert (moved.se, moved.tau2, moved.q) == pytest.approx((plain.se, plain.tau2, plain.q), rel=1e-8)
