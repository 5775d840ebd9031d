"""The exceptions: what, where, what to do; several at once; and that they survive a worker process."""

import pickle

import pytest

from cds.core import errors
from cds.core.errors import (
    CdsError,
    DataError,
    InputError,
    NoEstimateError,
    ResourceError,
    all_at_once,
    located,
    nearest,
    row_list,
)


def test_a_message_says_what_where_and_what_to_do():
    error = DataError("the column is text", where="data.csv", do="Write numbers")
    assert str(error) == "data.csv: the column is text. Write numbers"
    assert str(DataError("the column is text")) == "the column is text"


def test_several_faults_are_listed_under_the_firsts_kind():
    joined = all_at_once([DataError("a", where="x.csv"), InputError("b", do="Do c"), DataError("d")])
    assert isinstance(joined, DataError)
    assert str(joined).split("\n") == ["x.csv: a", "b. Do c", "d"]


def test_joining_joined_faults_keeps_them_all():
    joined = all_at_once([all_at_once([DataError("a"), DataError("b")]), DataError("c")])
    assert str(joined).split("\n") == ["a", "b", "c"]


def test_every_error_survives_a_worker_process():
    joined = all_at_once([DataError("a", where="x.csv", do="Do"), InputError("b")])
    back = pickle.loads(pickle.dumps(joined))
    assert (type(back), str(back)) == (DataError, str(joined))


@pytest.mark.parametrize(
    "name", ["ProtocolError", "CardError", "DataError", "PredictionError", "ArtifactError", "RegistryError"]
)
def test_the_users_mistakes_are_one_family(name):
    assert issubclass(getattr(errors, name), InputError)


def test_a_missing_estimate_and_missing_resources_are_no_input_errors():
    for kind in (NoEstimateError, ResourceError):
        assert issubclass(kind, CdsError) and not issubclass(kind, InputError)


def test_the_nearest_name_or_all_of_them():
    assert nearest("aroc", ["auroc", "brier"]) == "Did you mean 'auroc'?"
    assert nearest("zzz", ["brier", "auroc"]) == "Known: auroc, brier"
    assert nearest("zzz", []) == "None is known"


def test_row_lists_are_cut_after_ten():
    assert row_list([5]) == "row 5"
    assert row_list(range(12)) == "rows 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more"


def test_the_nearest_name_does_not_mind_the_case_and_is_truly_near():
    assert nearest("CHRONIC", ["chronic", "age"]) == "Did you mean 'chronic'?"
    assert nearest("patient", ["pain", "age"]) == "Known: age, pain"


def test_a_long_list_of_known_names_is_cut_and_read_once():
    names = [f"column{k:02}" for k in range(20)]
    known = nearest("zzz", names)
    assert known.endswith("column11 and 8 more")
    joined = all_at_once([DataError("a", do=known), DataError("b", do=known), DataError("c", do="Do c")])
    assert str(joined).split("\n") == [f"a. {known}", "b", "c. Do c"]


def test_every_line_of_several_faults_says_the_file():
    joined = all_at_once([DataError("a"), InputError("b", where="card.toml"), DataError("c", do="Do c")])
    placed = located(joined, "x.csv")
    assert isinstance(placed, DataError)
    assert str(placed).split("\n") == ["x.csv: a", "card.toml: b", "x.csv: c. Do c"]
    assert str(located(placed, "y.csv", before="x.csv")).split("\n") == ["y.csv: a", "card.toml: b", "y.csv: c. Do c"]
