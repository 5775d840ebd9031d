"""Curves pooled point by point."""

import numpy as np
import pytest

from cds.core.finding import Curve
from cds.stats.intervals import normal_quantile
from cds.stats.pooled_curves import pooled_curve, stacked
from cds.stats.pooling import pooled_interval, rubin
from tests.samples import drawn


def curve(values, half):
    x = np.linspace(0, 1, len(values))
    values = np.asarray(values, float)
    return Curve("c", "utility", "C", {"x": x, "model": values, "low": values - half, "high": values + half})


def test_a_point_is_what_rubin_s_rules_give():
    pooled = pooled_curve([curve([0.1, 0.2], 0.05), curve([0.2, 0.2], 0.07)], "model", "identity", level=0.95,
                          independent=80)  # fmt: skip
    variances = [(h / normal_quantile(0.95)) ** 2 for h in (0.05, 0.07)]
    interval = pooled_interval(rubin([0.1, 0.2], variances, independent=80), 0.95, "identity")
    assert pooled.columns["model"][0] == pytest.approx(0.15)
    assert (pooled.columns["low"][0], pooled.columns["high"][0]) == pytest.approx((interval.low, interval.high))
    assert pooled.facts["imputations"] == 2 and "Rubin" in pooled.note


def test_without_a_band_in_one_imputation_there_is_none():
    pooled = pooled_curve([curve([0.1], 0.05), curve([0.3], np.nan)], "model", "identity", level=0.95, independent=9)
    assert pooled.columns["model"] == pytest.approx([0.2])
    assert np.isnan(pooled.columns["low"]).all() and np.isnan(pooled.columns["high"]).all()


def test_a_value_at_the_edge_of_the_logit_is_averaged():
    pooled = pooled_curve([curve([0.0], 0.0), curve([0.5], 0.1)], "model", "logit", level=0.95, independent=9)
    assert pooled.columns["model"] == pytest.approx([0.25]) and np.isnan(pooled.columns["low"][0])


def test_stacked_imputations_weigh_as_one():
    parts = [drawn(50, 1), drawn(50, 2)]
    whole = stacked(parts)
    assert whole.total == pytest.approx(50)
    assert whole.events == pytest.approx(np.mean([p.events for p in parts]))
    assert stacked(parts[:1]) is parts[0]
