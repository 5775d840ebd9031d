"""The drawing of the chance over time: where its points stand, what it says, what it leaves out."""

import re
from typing import Any

from cds.report.risk_curve import BOTTOM, LEFT, RIGHT, TOP, Series, curve_key, risk_curve

SHOWN = Series((42.0, 90.0, 365.0), (22, 36, 63), (22, 36, 63), ("22", "36", "63"))
AVERAGE = Series((42.0, 90.0, 365.0), (35, 52, 81), (35, 52, 81))


def drawn(shown: Series = SHOWN, average: Series | None = None, **more: Any) -> str:
    told: dict[str, Any] = {"ticks": shown.times, "axis": "days from birth", "scale": "of 100 women", "alt": "told"}
    return str(risk_curve(shown, average, **{**told, **more}))


def texts(svg: str) -> list[str]:
    return re.findall(r">([^<]+)</text>", svg)


def test_the_line_starts_at_nobody_and_stands_at_the_chances() -> None:
    line = re.search(r'<polyline points="([^"]+)"', drawn())
    assert line
    points = [tuple(map(float, pair.split(","))) for pair in line[1].split()]
    assert points[0] == (LEFT, BOTTOM)
    assert points[-1][0] == RIGHT
    heights = [100 * (BOTTOM - y) / (BOTTOM - TOP) for _, y in points]
    assert [round(height) for height in heights] == [0, 22, 36, 63]


def test_axes_are_labelled_with_unit_and_scale_and_points_with_their_numbers() -> None:
    told = texts(drawn())
    assert {"days from birth", "of 100 women", "0", "50", "100", "42", "90", "365", "22", "36", "63"} <= set(told)
    assert "<title>told</title>" in drawn()


def test_the_average_has_dashes_and_squares_so_that_no_colour_is_needed() -> None:
    both = drawn(average=AVERAGE)
    assert both.count("stroke-dasharray") == 1 and both.count("<circle") == 3
    assert "stroke-dasharray" not in drawn()


def test_a_range_is_a_band_with_a_bar_at_every_horizon_and_no_line() -> None:
    spread = Series((42.0, 90.0), (10, 20), (25, 35), ("10–25", "20–35"))
    band = drawn(spread)
    assert "<polygon" in band and "<polyline" not in band and "<circle" not in band
    assert texts(band).count("20–35") == 1


def test_numbers_that_would_touch_are_left_out_the_latest_first_kept() -> None:
    close = Series((7.0, 14.0, 365.0), (10, 20, 60), (10, 20, 60), ("10", "20", "60"))
    assert "60" in texts(drawn(close)) and "20" in texts(drawn(close))
    assert "10" not in texts(drawn(close))
    assert "7" not in texts(drawn(close))


def baseline(svg: str, text: str) -> float:
    return float(re.findall(rf'y="([0-9.]+)"[^>]*>{text}</text>', svg)[-1])


def test_a_number_keeps_clear_of_the_average() -> None:
    # The average lies just above the points: below them where there is room, else above the average.
    near = Series((90.0, 365.0), (8, 50), (8, 50), ("8", "50"))
    svg = drawn(near, Series((90.0, 365.0), (13, 55), (13, 55)), ticks=())
    height = (BOTTOM - TOP) / 100
    assert baseline(svg, "8") < BOTTOM - 13 * height
    assert baseline(drawn(near, ticks=()), "8") < BOTTOM - 8 * height
    assert BOTTOM - 50 * height < baseline(svg, "50") < BOTTOM


def test_text_from_cards_is_escaped_and_cut() -> None:
    svg = drawn(axis="<script>" * 20, alt="<b>")
    assert "<script>" not in svg and "<b>" not in svg
    assert "…" in svg


def test_a_horizon_of_zero_is_drawn() -> None:
    assert "<svg" in drawn(Series((0.0,), (5,), (5,), ("5",)))


def test_each_series_has_a_key_of_its_own_shape() -> None:
    keys = {str(curve_key(kind, alt="x")) for kind in ("shown", "range", "average")}
    assert len(keys) == 3
