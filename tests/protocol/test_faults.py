"""A fault is told in plain words: the place, the rule, and the nearest known key."""

from pathlib import Path

import pytest

from cds.core.errors import ProtocolError
from cds.protocol import read_protocol

GOOD = """\
schema = "cds.protocol/1"
name = "p"
version = "1"
question = "q"
[outcome]
kind = "binary"
column = "outcome"
[cohort]
groups = ["sex"]
minimum_events = 50
[measures]
thresholds = [0.2]
smoother = "rcs"
[[criteria]]
measure = "auroc"
within = [0.6, 1.0]
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('version = "1"', "version = 1", "version must be text in quotes"),
        ("minimum_events = 50", 'minimum_events = "50"', "cohort.minimum_events must be a whole number"),
        ("minimum_events = 50", "minimum_events = 5.5", "cohort.minimum_events must be a whole number"),
        ("minimum_events = 50", "minimum_events = 0", "cohort.minimum_events must be at least 1"),
        ('groups = ["sex"]', 'groups = "sex"', "cohort.groups must be a list in brackets"),
        ("thresholds = [0.2]", "thresholds = [1.0]", "measures.thresholds[0] must be less than 1"),
        ("thresholds = [0.2]", "thresholds = [nan]", "measures.thresholds[0] must be a finite number"),
        ('smoother = "rcs"', 'smoother = "loes"', "'rcs', 'lowess' or 'loess'. Did you mean 'loess'?"),
        ('kind = "binary"', 'kind = "binry"', "Did you mean 'binary'?"),
        ('kind = "binary"', "", "outcome.kind is missing"),
        ("[cohort]", "[cohrt]", "unknown key cohrt. Did you mean 'cohort'?"),
        ("[cohort]", "[cohort]\nseed = 1", "unknown key cohort.seed. It belongs to [measures]"),
        ('column = "outcome"', 'column = "outcome"\npositive = [1]', "outcome.positive has a value of the wrong type"),
        ("[measures]", "[predictions]\nrisk = 3\n[measures]", "predictions.risk has a value of the wrong type"),
        ("within = [0.6, 1.0]", "within = [0.6]", 'criteria[0].within (measure "auroc") must hold two numbers'),
        ("within = [0.6, 1.0]", "within = [1, 2, 3]", 'criteria[0].within (measure "auroc") must hold at most 2'),
        ("within = [0.6, 1.0]", "", "needs exactly one tolerance"),
        ("within = [0.6, 1.0]", "within = [1.0, 0.6]", "the lower bound lies above the upper bound"),
        ("within = [0.6, 1.0]", "withn = [0.6, 1.0]", "Did you mean 'within'?"),
        ('schema = "cds.protocol/1"', 'schema = "cds.protocol/2"', "Did you mean 'cds.protocol/1'?"),
    ],
)
def test_each_fault_names_the_place_and_the_rule(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in GOOD
    path = tmp_path / "p.toml"
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ProtocolError) as error:
        read_protocol(path)
    assert told in str(error.value)
    assert "Input should" not in str(error.value)


def test_a_type_is_refused_once_however_many_types_would_do(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text(GOOD.replace('column = "outcome"', 'column = "outcome"\npositive = [1]'), encoding="utf-8")
    with pytest.raises(ProtocolError) as error:
        read_protocol(path)
    assert str(error.value).count("outcome.positive") == 1


def test_criteria_that_contradict_the_cohort_are_told_together(tmp_path: Path) -> None:
    text = GOOD + (
        '[[criteria]]\nmeasure = "auroc"\ndifference_within = [-0.1, 0.1]\nacross = "sexx"\n'
        '[[criteria]]\nmeasure = "brier"\ndifference_within = [-0.1, 0.1]\nacross = "sex"\n'
        '[[criteria]]\nmeasure = "net_benefit"\nthreshold = 0.3\nat_least = 0\n'
    )
    path = tmp_path / "p.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ProtocolError) as error:
        read_protocol(path)
    told = str(error.value)
    assert "across = 'sexx' is not among groups. Did you mean 'sex'?" in told
    assert "name the reference group of 'sex' in references" in told
    assert "threshold 0.3 is not among thresholds [0.2]" in told
