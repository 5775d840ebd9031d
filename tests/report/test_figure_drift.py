"""Drift drawn: every panel's axis is named, hollow points where events are few, the signal's date in words."""

import numpy as np
import pytest

from cds.core.finding import Curve
from cds.report.figure_drift import by_window, cusum
from cds.report.validation import CATALOGUE
from cds.report.wording import sentences

WORDS = sentences(CATALOGUE)
LABELS = ("Calibration slope", "Area under the ROC curve")


def windows(count=5, *, few=(), missing=()):
    names = [f"2025-{k + 1:02d}" for k in range(count)]
    at = np.tile(np.arange(count), 2)
    value = np.where(np.isin(at, missing), np.nan, np.repeat([1.0, 0.7], count) + 0.01 * at)
    columns = {
        "measure": np.repeat(["calibration_slope", "auroc"], count), "label": np.repeat(LABELS, count),
        "window": np.tile(names, 2), "at": at, "estimate": value, "low": value - 0.1, "high": value + 0.1,
        "few": np.isin(at, few), "ideal": np.repeat([1.0, np.nan], count),
    }  # fmt: skip
    return Curve("by_window", "drift", "Performance by calendar window", columns, facts={"windows": names})


def paths(count=200, signals=(None, None, None)):
    day = np.datetime64("2024-01-01").astype(int) + 3 * np.arange(count)
    rng = np.random.default_rng(1)
    columns = {
        "day": day, "patients": 11 * np.arange(1, count + 1), "doubled": np.abs(rng.normal(0, 2, count)),
        "halved": -np.abs(rng.normal(0, 2, count)), "observed_minus_expected": np.cumsum(rng.normal(0, 1, count)),
    }  # fmt: skip
    facts = {"limits": [7.0, 7.0, 40.0], "signals": list(signals)}
    return Curve("cusum", "drift", "When outcomes began to differ", columns, x_label="Date", facts=facts)


def test_each_measure_has_a_panel_and_a_first_and_last_value_in_words():
    figure = by_window(windows(), None, name="w", words=WORDS)
    assert figure.section == "drift"
    for label in LABELS:
        assert f">{label}</text>" in figure.svg
    assert "Calibration slope 1.000 in 2025-01, 1.040 in 2025-05" in figure.alternative


def test_windows_with_few_events_are_hollow():
    plain, hollow = (by_window(windows(few=few), None, name="w", words=WORDS).svg for few in ((), (2, 3)))
    assert plain.count('fill="#ffffff"') == 0
    assert hollow.count('fill="#ffffff"') == 4


def test_a_window_without_a_value_leaves_a_gap():
    assert by_window(windows(missing=(0,)), None, name="w", words=WORDS).svg.count("<circle") == 8


def test_many_windows_do_not_write_over_each_other():
    svg = by_window(windows(36), None, name="w", words=WORDS).svg
    assert svg.count(">2025-") <= 12


def test_without_any_value_there_is_no_figure():
    assert by_window(windows(missing=tuple(range(5))), None, name="w", words=WORDS) is None


def test_the_first_signal_is_dated_in_the_drawing_and_in_words():
    figure = cusum(paths(signals=("2024-11-02", None, "2025-01-15")), None, name="c", words=WORDS)
    assert "first signal 2024-11-02" in figure.svg and "first signal 2025-01-15" in figure.svg
    assert "Twice the odds: 2024-11-02. Half the odds: no signal." in figure.alternative


@pytest.mark.parametrize("count", [2, 30, 4000])
def test_the_dates_under_the_chart_are_few_enough_to_read(count):
    svg = cusum(paths(count), None, name="c", words=WORDS).svg
    assert svg.count('font-size="9"') <= 16


def test_one_point_is_no_chart():
    assert cusum(paths(1), None, name="c", words=WORDS) is None
