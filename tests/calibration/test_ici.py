"""ICI, E50, E90 and Emax by three smoothers."""

import numpy as np
import pytest

from cds.calibration.ici import E50, E90, EMAX, ICI, distances, smoother_details
from cds.core.measure import NotEstimable
from tests.samples import drawn, small

MEASURES = (ICI, E50, E90, EMAX)
# R 4.2.2 (p, y in tests/samples.py; o: the smoothed risks in tests/stats/test_smoothing.py):
# d <- abs(p - o); c(mean(d), quantile(d, c(.5, .9), type = 7), max(d))
R = {
    "rcs": [0.0965143533475, 0.0817449941702, 0.1997262584990, 0.4073325381631],
    "lowess": [0.0819589601659, 0.0488550809453, 0.1715647484391, 0.2682183513710],
    "loess": [0.0915440586244, 0.0567349847608, 0.1661664118473, 0.4237097154132],
}


@pytest.mark.parametrize("smoother", R)
def test_the_distances_are_those_of_r(smoother):
    found = [measure.compute(small(), smoother=smoother) for measure in MEASURES]
    assert found == pytest.approx(R[smoother], rel=1e-9)


def test_lowess_distances_are_those_of_rms():
    # R 4.2.2, rms 6.5.0: val.prob(p, y, pl = FALSE)[c("Emax", "E90", "Eavg")], lowess with iter = 0
    found = [measure.compute(small(), smoother="lowess") for measure in (EMAX, E90, ICI)]
    assert found == pytest.approx([0.2682183513710, 0.1715647484391, 0.0819589601659], rel=1e-9)


def test_a_flat_curve_by_hand():
    # Outcomes that alternate within each risk: o = ½ everywhere, so the distance is |p − ½|.
    risks = np.repeat([0.1, 0.2, 0.3, 0.5, 0.6, 0.7, 0.9], 20)
    sample = small(np.tile([0, 1], 70), risks)
    far = np.abs(np.array([0.1, 0.2, 0.3, 0.5, 0.6, 0.7, 0.9]) - 0.5)
    for smoother in R:
        assert ICI.compute(sample, smoother=smoother) == pytest.approx(far.mean(), abs=1e-9)
        assert E50.compute(sample, smoother=smoother) == pytest.approx(np.median(far), abs=1e-9)
        assert EMAX.compute(sample, smoother=smoother) == pytest.approx(0.4, abs=1e-9)


@pytest.mark.parametrize("smoother", R)
def test_they_come_in_their_order(smoother):
    ici, e50, e90, emax = (measure.compute(drawn(200, 3), smoother=smoother) for measure in MEASURES)
    assert e50 <= e90 <= emax and ici <= emax


def test_a_patient_without_weight_does_not_count():
    sample = small()
    heavy = sample.reweight((distances_of(sample) < 0.4).astype(float))
    found = distances(heavy, "lowess")
    assert not isinstance(found, NotEstimable)
    assert EMAX.compute(heavy, smoother="lowess") == found.values[heavy.weights > 0].max()


def distances_of(sample):
    found = distances(sample, "rcs")
    assert not isinstance(found, NotEstimable)
    return found.values


def test_perfect_calibration_leaves_little_and_never_less_than_nothing():
    for smoother in R:
        value = ICI.compute(drawn(4000, 4), smoother=smoother)
        assert 0 < value < 0.02


def test_the_details_name_the_smoother_its_knots_and_what_was_truncated():
    assert smoother_details(small())["smoother"] == "rcs"
    assert len(smoother_details(small())["knots_logit"]) == 5
    assert smoother_details(small(), "loess") == {"smoother": "loess", "truncated_to_0_1": 0}
    assert smoother_details(small(np.zeros(24))) == {}


def test_few_distinct_risks_have_a_reason():
    assert isinstance(ICI.compute(small([0, 1, 0, 1], [0.1, 0.1, 0.6, 0.6])), NotEstimable)
