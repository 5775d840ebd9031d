"""The rules' file: editable, and refused where it could hide a flag."""

from __future__ import annotations

from pathlib import Path

import pytest

from cds.core.errors import InputError
from cds.safety.red_flags import screen
from cds.safety.rules import SHIPPED, read_rules

TEXT = SHIPPED.read_text(encoding="utf-8")


def edited(tmp_path: Path, old: str, new: str) -> Path:
    assert old in TEXT
    file = tmp_path / "rules.toml"
    file.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    return file


def test_a_signed_file_is_approved(tmp_path: Path) -> None:
    signed = edited(
        tmp_path, 'approved_by = ""\napproved_on = ""', 'approved_by = "Dr A. Example"\napproved_on = "2026-11-20"'
    )
    rules = read_rules(signed)
    assert rules.approved
    assert rules.sha256 != read_rules().sha256


def test_another_column_can_be_read(tmp_path: Path) -> None:
    file = edited(tmp_path, 'id = "trauma"', 'id = "trauma"\ncolumn = "recent_fall"')
    found = screen({"recent_fall": "yes"}, rules=read_rules(file))
    assert [flag.id for flag in found.present] == ["trauma"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("emergency = true\naction", "emergancy = true\naction", "emergancy"),
        ('urgency = "now"', 'urgency = "later"', "now"),
        ('id = "trauma"', 'id = "weight_loss"', "named twice: weight_loss"),
        ('sources = ["AAGBI_OAA"]', 'sources = ["NOWHERE"]', "NOWHERE"),
        ('approved_by = ""', 'approved_by = "Dr A. Example"', "both approved_by and approved_on"),
        ('approved_by = ""\napproved_on = ""', 'approved_by = "A"\napproved_on = "soon"', "must be a date"),
        ("schema =", "schema", "not TOML"),
        ('\ncolumns = ["epds_item_10", "epds_10", "epds10"]', "\ncolumns = []", "columns"),
    ],
)
def test_a_faulty_file_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_rules(edited(tmp_path, old, new))


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_rules(tmp_path / "none.toml")
