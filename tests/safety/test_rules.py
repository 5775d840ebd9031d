"""The rules' file: editable, and refused where it could hide a flag."""

from __future__ import annotations

from pathlib import Path

import pytest

from cds.core.errors import InputError
from cds.safety.red_flags import screen
from cds.safety.rules import SHIPPED, read_rules, write_rules

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
        ('urgency = "now"', 'urgency = "later"', r"flags\.bladder_bowel\.urgency: .*now"),
        ("emergency = true\naction", "emergancy = true\naction", r"flags\.bladder_bowel\.emergancy: no such key"),
        ("[flags.in.de]\nname", "[flags.in.german]\nname", "german"),
        ('concern = "Verdacht auf Wirbelfraktur"\n', "", r"flags\.trauma\.in\.de\.concern"),
        ('\nset = "postpartum"', '\nset = "birth"', "postpartum"),
        ('id = "trauma"', 'id = "weight_loss"', "named twice: weight_loss"),
        ('sources = ["AAGBI_OAA"]', 'sources = ["NOWHERE"]', "NOWHERE"),
        ('approved_by = ""', 'approved_by = "Dr A. Example"', "both approved_by and approved_on"),
        ('approved_by = ""\napproved_on = ""', 'approved_by = "A"\napproved_on = "soon"', "must be a date"),
        ("schema =", "schema", "not TOML"),
        ('concern = "Possible malignancy"', 'concern = ""', r"flags\.weight_loss\.concern: must not be empty"),
        ('action = "Arrange same-day assessment for fracture."\n', "", r"flags\.trauma\.action: is missing"),
        ('action = "Arrange same-day assessment for fracture."', 'action = " "', r"flags\.trauma\.action"),
        ('id = "trauma"', 'id = "Trauma!"', "small letters, digits and _ only"),
        ('\ncolumns = ["epds_item_10", "epds_10", "epds10"]', "\ncolumns = []", "columns"),
    ],
)
def test_a_faulty_file_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_rules(edited(tmp_path, old, new))


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_rules(tmp_path / "none.toml")


def test_the_shipped_rules_are_worded_in_german_throughout() -> None:
    english, german = read_rules(), read_rules().in_language("de")
    assert german.untranslated == ()
    for one, other in zip((*english.flags, *english.items), (*german.flags, *german.items), strict=True):
        assert one.id == other.id
        assert {one.label, one.concern, one.action}.isdisjoint({other.label, other.concern, other.action})
        assert other.name != one.name or other.name == "Trauma"


def test_a_rule_without_the_language_keeps_its_own_words_and_is_named(tmp_path: Path) -> None:
    german = TEXT[TEXT.index("\n[flags.in.de]") : TEXT.index('[[flags]]\nid = "saddle_numbness"')]
    rules = read_rules(edited(tmp_path, german, "")).in_language("de")
    assert rules.untranslated == ("bladder_bowel",)
    assert rules.flags[0].name == "Bladder or bowel change"
    assert rules.flags[1].name == "Reithosenanästhesie"


def test_the_postpartum_set_is_marked() -> None:
    assert read_rules().of_set("postpartum") == ("post_block_pain_or_deficit", "venous_thrombosis", "epds_item_10")


def test_an_emergency_that_is_left_out_or_weakened_is_told(tmp_path: Path) -> None:
    assert read_rules().left_out == ()
    weaker = edited(tmp_path, "emergency = true\naction", "emergency = false\naction")
    assert [flag.id for flag in read_rules(weaker).left_out] == ["bladder_bowel"]
    assert [flag.name for flag in read_rules(weaker).in_language("de").left_out] == ["Blasen- oder Darmstörung"]
    renamed = edited(tmp_path, 'id = "saddle_numbness"', 'id = "saddle"')
    assert [flag.id for flag in read_rules(renamed).left_out] == ["saddle_numbness"]


def test_the_shipped_rules_are_written_as_a_start_and_never_over_a_file(tmp_path: Path) -> None:
    file = tmp_path / "clinic.toml"
    write_rules(file)
    assert read_rules(file).sha256 == read_rules().sha256
    file.write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="exists already"):
        write_rules(file)
    assert file.read_text(encoding="utf-8") == "mine"
    with pytest.raises(InputError, match="cannot be written"):
        write_rules(tmp_path / "none" / "clinic.toml")
