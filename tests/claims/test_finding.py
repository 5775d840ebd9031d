"""What the audit says of a claim, as data."""

from cds.claims.finding import WRONG, ClaimFinding


def test_a_finding_is_printed_with_all_its_keys() -> None:
    record = ClaimFinding("auroc 0.9", "consistent", "Because.").record()
    assert set(record) == {"claim", "judgement", "sentence", "source", "set_name"}
    assert record["judgement"] not in WRONG
