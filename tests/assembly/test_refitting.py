"""Refits that a protocol demands are refused before anything is computed where they cannot be."""

import pytest

from cds.assembly.refitting import refuse_unrefittable
from cds.core.errors import ProtocolError
from cds.core.protocol import ValidationProtocol


def protocol(*, demanded, site="clinic"):
    return ValidationProtocol.model_validate(
        {
            "schema": "cds.protocol/1",
            "name": "p",
            "version": "1",
            "question": "q",
            "outcome": {"kind": "binary", "column": "y"},
            "cohort": {"site": site},
            "refitting": {"leave_one_site_out": demanded},
            "criteria": [{"measure": "brier", "at_most": 0.2}],
        }
    )


def test_nothing_is_refused_that_was_not_demanded():
    for demanded in (None, False):
        refuse_unrefittable(protocol(demanded=demanded), None)


def test_frozen_predictions_have_nothing_to_refit():
    with pytest.raises(ProtocolError, match="there is no model to refit"):
        refuse_unrefittable(protocol(demanded=True), None)


def test_without_a_declared_site_there_is_nothing_to_leave_out():
    with pytest.raises(ProtocolError, match="names no site"):
        refuse_unrefittable(protocol(demanded=True, site=None), None)
