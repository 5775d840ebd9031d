import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.core.errors import CardError
from cds.registry.toml_text import toml_text

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
PLAIN = st.one_of(
    TEXT, st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3))


@given(st.dictionaries(TEXT, VALUES, max_size=5))
def test_what_is_written_is_read_back_unchanged(table):
    assert tomllib.loads(toml_text(table)) == table


def test_none_is_left_out_and_other_types_are_refused():
    assert toml_text({"a": None, "b": 1}) == "b = 1\n"
    for value in (float("nan"), float("inf"), object()):
        with pytest.raises(CardError):
            toml_text({"a": value})
