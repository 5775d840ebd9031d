"""The guide to groups and data faults: its protocol is one, and it lists every data check that there is."""

import re
from pathlib import Path

from cds.protocol import new, read_protocol

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "guides" / "groups_and_data.md").read_text(encoding="utf-8")
COHORT, CRITERIA, ACCEPTED = re.findall(r"```toml\n(.*?)```", TEXT, flags=re.DOTALL)


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
    declared = sorted(
        set(
            re.findall(r'code="(DQ\d{3})"', "".join(p.read_text() for p in (ROOT / "cds" / "dataquality").glob("*.py")))
        )
    )
    assert re.findall(r"^\| (DQ\d{3}) \|", TEXT, flags=re.MULTILINE) == declared
