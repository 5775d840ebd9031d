"""The ROC curve and the distribution of predicted risks, beyond what tests of the validator say."""

import numpy as np

from cds.discrimination.roc import risk_distribution, roc_curve
from tests.samples import small


def test_the_curve_never_falls_and_the_bins_hold_everybody():
    columns = roc_curve(small()).columns
    assert all((np.diff(values) >= 0).all() for values in columns.values())
    spread = risk_distribution(small()).columns
    assert spread["events"].sum() == 11 and spread["non_events"].sum() == 13
