"""Main measures under each way of dealing with missing inputs."""

from dataclasses import replace

from cds.dataquality.missing_analyses import analyses_side_by_side
from cds.stats.estimation import answer
from tests.samples import drawn
from tests.studies import answered


def test_without_further_analyses_there_is_no_table():
    assert list(analyses_side_by_side(answered())) == []


def test_each_analysis_has_a_column_and_each_main_measure_a_row():
    study = answered(thresholds=(0.2,))
    study = answer(replace(study, analyses={"complete_case": (drawn(120, 5),)}), jobs=1)
    (table,) = analyses_side_by_side(study)
    assert table.section == "missing"
    assert table.header == ("measure", "the model's own rule (primary)", "complete cases")
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows["patients"] == ("240", "120")
    assert {"Calibration slope", "Net benefit gained by the model, 0.2"} <= set(rows)
    assert all(" to " in cell for cell in rows["Calibration slope"])


def test_an_analysis_of_another_name_is_no_business_of_this_table():
    study = replace(answered(), analyses={"without_overlap": (drawn(50, 1),)})
    assert list(analyses_side_by_side(study)) == []
