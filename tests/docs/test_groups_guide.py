"""The guide to groups and data faults: its protocol is one, and it lists every data check that there is."""

import re
import tomllib
from pathlib import Path

from cds.core.model_card import Feature
from cds.dataquality.validator import CHECKS
from cds.protocol import new, read_protocol

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "guides" / "groups_and_data.md").read_text(encoding="utf-8")
COHORT, CRITERIA, CARD, ACCEPTED = re.findall(r"```toml\n(.*?)```", TEXT, flags=re.DOTALL)


def test_what_the_guide_writes_is_read_as_a_protocol(tmp_path):
    path = new("binary", tmp_path / "p.toml")
    written = path.read_text(encoding="utf-8")
    head, tail = written.split("[cohort]\n")
    cohort, population = COHORT.removeprefix("[cohort]\n").split("[target_population]")
    measures = tail[tail.index("[measures]") :]
    texts = (
        f'{head}[cohort]\npatient = "patient"\n{cohort}',
        f"[target_population]{population}",
        measures,
        CRITERIA,
        ACCEPTED,
    )
    path.write_text("\n".join(texts), encoding="utf-8")
    read = read_protocol(path).protocol
    assert read.cohort.attributes == ("sex", "education", "age", "sex×education")
    assert read.cohort.named_references["sex×education"] == "female×high"
    assert [c.across for c in read.criteria if c.across] == ["sex", "education", "sex×education"]
    assert read.accept[0].code == "DQ008" and read.target_population is not None


def test_every_data_check_is_listed_once_in_order():
    assert re.findall(r"^\| (DQ\d{3}) \|", TEXT, flags=re.MULTILINE) == [check.code for check in CHECKS]


def test_no_severity_is_listed_that_the_rule_does_not_name():
    rows = re.findall(r"^\| (DQ\d{3}) \|.*?\| ((?:blocking|warning|info)[^|]*) \|", TEXT, flags=re.MULTILINE)
    listed = dict(rows)
    assert len(listed) == len(CHECKS)
    wrong = [
        (check.code, word)
        for check in CHECKS
        for word in ("blocking", "warning", "info")
        if (word in listed[check.code]) and word not in check.what
    ]
    assert wrong == []


def test_the_inputs_of_the_card_are_inputs():
    inputs = [Feature.model_validate(table) for table in tomllib.loads(CARD)["inputs"]]
    assert inputs[0].missing_codes == (-9,) and inputs[1].total_of == ("odi_1", "odi_2", "odi_3")


def test_the_example_in_python_compares_every_group_with_its_reference(monkeypatch):
    monkeypatch.chdir(ROOT)
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)
    names: dict[str, object] = {}
    exec(code.replace("intersections=", "replicates=20, intersections="), names)
    gaps = names["gaps"]
    slopes = gaps[gaps.measure == "calibration_slope"]
    assert slopes.groupby("attribute").size().to_dict() == {"sex": 1, "age": 2, "sex×age": 5}
    assert set(slopes[slopes.attribute == "sex"].reference_group) == {"male"}


def test_what_the_guide_names_in_the_report_is_there():
    sentences = (ROOT / "templates" / "sentences" / "validation_en.toml").read_text(encoding="utf-8")
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "cds" / "fairness").glob("*.py"))
    for words in (
        "What each criterion says of each group", "group-specific recalibration or thresholds would change",
        "raw and partially pooled", "Widths of the intervals in the groups of",
        "The cohort beside the population it is meant for", "Could not be checked",
    ):  # fmt: skip
        assert words in TEXT and (words in sentences or words in code), words
