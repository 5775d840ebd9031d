"""The three kinds of row of a data check."""

from cds.dataquality.check import DataCheck

CHECK = DataCheck("DQ999", "name", "what", "source")


def test_a_fault_has_its_sentence_counts_and_input() -> None:
    row = CHECK.fault("warning", "Something.", {"rows": 3}, about="age").record()
    assert (row["measure"], row["family"], row["kind"]) == ("name", "dataquality", "data_fault")
    assert (row["code"], row["severity"], row["reason"]) == ("DQ999", "warning", "Something.")
    assert (row["details"], row["parameters"], row["status"]) == ({"rows": 3}, {"input": "age"}, "checked")


def test_a_clear_row_has_no_severity_and_one_that_did_not_run_its_reason() -> None:
    assert CHECK.clear().record()["severity"] is None
    row = CHECK.not_run("why").record()
    assert (row["status"], row["reason"], row["severity"]) == ("not_estimable", "why", None)
