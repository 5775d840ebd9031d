"""Dates that cannot be, against the day of the run."""

import numpy as np
import pandas as pd
import pytest

from cds.core.outcome import Survival
from cds.dataquality.dates import dates
from tests.dataquality.planted import faults, rows, study, told

TODAY = "1790000000"  # 2026-09-21


@pytest.fixture(autouse=True)
def day_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", TODAY)


def dated(**columns: object) -> pd.DataFrame:
    return rows().assign(seen=[f"2025-{1 + k % 12:02d}-{1 + k % 28:02d}" for k in range(400)], **columns)


def judged(frame: pd.DataFrame, **parts: object):
    made = frame["seen"].to_numpy(dtype="datetime64[D]")
    return study(frame, section={"date": "seen"}, dates=made, **parts)


def test_nothing_is_raised_on_dates_that_can_be_nor_without_dates() -> None:
    [row] = dates(judged(dated(y_date=["2026-01-31"] * 400)))
    assert row.severity is None and row.details == {"columns": 2}
    [row] = dates(study(rows()))
    assert row.severity is None and row.details == {"columns": 0}


def test_dates_in_the_future_block_where_the_protocol_uses_them() -> None:
    frame = dated()
    frame.loc[:29, "seen"] = "2062-03-01"
    [fault] = faults(dates(judged(frame)))
    assert fault.severity == "blocking" and fault.details == {"rows": 30}
    assert str(fault.verdict_reason).startswith(
        "Dates in 'seen' lie after the day of this run (2026-09-21) in 30 of 400 rows. Likely cause: day and month"
    )
    assert "2062" not in str(fault.record())


def test_dates_that_the_protocol_does_not_use_are_a_warning_and_few_rows_are_not_counted() -> None:
    frame = dated(born=["1975-06-30"] * 395 + ["1875-06-30"] * 5, answered=["2025-12-01"] * 350 + ["9999-12-31"] * 50)
    born, answered = faults(dates(judged(frame)))
    assert (born.severity, answered.severity) == ("warning", "warning")
    assert "Dates in 'born' lie before 1900 in fewer than 11 of 400 rows" in str(born.verdict_reason)
    assert "Dates in 'answered' lie after the day of this run (2026-09-21) in 50 of 400 rows" in str(
        answered.verdict_reason
    )


def test_dates_as_a_column_type_and_with_a_time_of_day_are_read_too() -> None:
    stamped = pd.to_datetime(["2030-01-01"] * 20 + ["2025-01-01"] * 379 + [None])
    frame = dated(stamped=stamped, timed=["2031-01-01T08:00:00Z"] * 20 + ["2025-01-01 08:00"] * 380)
    assert [f.parameters["input"] for f in faults(dates(judged(frame)))] == ["stamped", "timed"]


def test_tomorrow_may_be_today_elsewhere() -> None:
    frame = dated()
    frame.loc[0, "seen"] = "2026-09-22"
    assert not faults(dates(judged(frame)))


def test_a_prediction_after_the_outcome_blocks() -> None:
    frame = dated(y_date=["2024-12-01"] * 40 + ["2026-01-31"] * 360)
    [fault] = faults(dates(judged(frame)))
    assert fault.severity == "blocking"
    assert "The date of prediction ('seen') lies after that in 'y_date' in 40 of 400 rows" in str(fault.verdict_reason)


def test_follow_up_that_has_not_happened_yet_is_told() -> None:
    time, event = np.full(400, 100.0), np.zeros(400, dtype=int)
    time[:60] = 3000
    frame = dated()
    sentence = told(dates(judged(frame, outcome=Survival(time, event, "days"))))
    assert sentence.startswith("Follow-up from 'seen' on would end after the day of this run in 60 of 400 rows")
    assert not faults(dates(judged(frame, outcome=Survival(np.full(400, 100.0), event, "days"))))
