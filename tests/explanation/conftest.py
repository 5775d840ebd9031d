"""Proves around every test that no explanation touches NumPy's global random state."""

from collections.abc import Iterator

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def global_random_state_is_left_alone() -> Iterator[None]:
    np.random.seed(20261120)
    before = np.random.get_state()[1].tolist()
    yield
    assert np.random.get_state()[1].tolist() == before
