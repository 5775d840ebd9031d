"""The section on precision."""

import dataclasses

from cds.core.protocol import ValidationProtocol
from cds.planning.validator import validate
from tests.planning.test_achieved import RAW
from tests.studies import answered, parts


def test_a_study_with_a_protocol_gets_one_table() -> None:
    study = dataclasses.replace(answered(), protocol=ValidationProtocol.model_validate(RAW))
    findings, curves, tables = parts(validate(study))
    assert (len(findings), len(curves), [t.name for t in tables]) == (0, 0, ["precision"])


def test_a_study_without_one_gets_nothing() -> None:
    assert list(validate(answered())) == []
