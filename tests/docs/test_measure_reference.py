import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_measure_reference_is_what_the_code_says():
    written = (ROOT / "docs" / "measures.md").read_text(encoding="utf-8")
    made = runpy.run_path(str(ROOT / "scripts" / "measure_reference.py"))["reference"]()
    assert written == made, "run: python scripts/measure_reference.py"
