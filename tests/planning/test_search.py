"""The smallest study that is narrow enough."""

import pytest

from cds.core.errors import InputError
from cds.planning.search import smallest


@pytest.mark.parametrize("width", [0.11, 0.5, 1.0, 7.0])
def test_one_patient_fewer_would_not_do(width: float) -> None:
    n = smallest(lambda n: 10 / n**0.5, width)
    assert 10 / n**0.5 <= width and (n == 2 or 10 / (n - 1) ** 0.5 > width)


@pytest.mark.parametrize("width", [0.0, -1.0, float("nan")])
def test_a_width_that_is_none_is_refused(width: float) -> None:
    with pytest.raises(InputError, match="must be above 0"):
        smallest(lambda n: 1 / n, width)


def test_a_width_that_no_study_reaches_is_refused() -> None:
    with pytest.raises(InputError, match="no study of fewer than"):
        smallest(lambda _: 1.0, 0.5)
