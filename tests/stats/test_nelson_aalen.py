"""The Nelson–Aalen estimate, against survival."""

import numpy as np
import pytest

from cds.stats.nelson_aalen import nelson_aalen

TIME = np.array([5.0, 3, 3, 8, 2, 8])
EVENT = np.array([1.0, 1, 0, 1, 0, 1])


def test_each_row_has_the_hazard_of_its_own_time():
    # R 4.2.2, survival 3.5.3: f <- survfit(Surv(time, event) ~ 1, stype = 2); cbind(f$time, f$cumhaz)
    # (at 8 survfit's default ctype = 1 gives .5333 + 2/2)
    assert nelson_aalen(TIME, EVENT) == pytest.approx([8 / 15, 0.2, 0.2, 23 / 15, 0.0, 23 / 15])


def test_delayed_entry_leaves_the_risk_set_before_it():
    entry = np.array([0.0, 0, 0, 4, 0, 0])
    # at 3 there are five at risk less the one who enters at 4
    assert nelson_aalen(TIME, EVENT, entry=entry)[1] == pytest.approx(1 / 4)


def test_permuting_rows_permutes_the_hazard():
    order = np.array([3, 1, 5, 0, 2, 4])
    assert nelson_aalen(TIME[order], EVENT[order]) == pytest.approx(nelson_aalen(TIME, EVENT)[order])
