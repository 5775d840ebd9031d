"""The card's claims beside what was found."""

import dataclasses

from cds.claims.validator import validate
from cds.core.finding import Table
from cds.core.model_card import ModelCard
from tests.studies import answered, parts


def tables(**claims: object) -> list[Table]:
    card = ModelCard.model_validate({"name": "m", "version": "1", "outcome": "binary", "claims": claims})
    return parts(validate(dataclasses.replace(answered(), card=card)))[2]


def test_a_claimed_number_stands_beside_the_one_found() -> None:
    (compared,) = tables(auroc="0.95", calibration_slope="1.0", harrell_c=0.6)
    assert compared.section == "other" and len(compared.rows) == 2
    assert compared.rows[0][1] == "0.95" and compared.rows[0][3] == "above the interval"
    assert compared.rows[1][3] == "inside"


def test_a_claim_at_a_threshold_is_compared_there() -> None:
    assert tables(sensitivity="0.60") == []
    (compared,) = tables(sensitivity="0.60", threshold=0.4)
    assert len(compared.rows) == 1


def test_a_distance_without_replicates_has_no_interval() -> None:
    (compared,) = tables(ici="0.02")
    assert "no interval" in compared.rows[0][2] and compared.rows[0][3] == "–"


def test_claims_that_do_not_hold_up_are_listed() -> None:
    compared, audited = tables(auroc="0.997")
    assert (compared.name, audited.name) == ("claims_compared", "claims_audit")
    assert audited.rows[0][1] == "implausible"


def test_claims_that_cannot_be_read_do_not_stop_a_validation() -> None:
    (audited,) = tables(auroc="high")
    assert audited.rows[0][1] == "cannot be read" and "claims.auroc must be a number" in audited.rows[0][2]


def test_other_spellings_are_known() -> None:
    assert tables(auc="0.70")[0].rows[0][0] == "Area under the ROC curve"


def test_without_claims_there_is_nothing() -> None:
    assert tables() == [] and list(validate(answered())) == []
