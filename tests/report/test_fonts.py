import shutil
from pathlib import Path

import pytest

from cds.core.errors import ResourceError
from cds.report import fonts, pdf
from cds.resources import template_folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(template_folder() / "fonts", tmp_path / "fonts")
    monkeypatch.setattr(fonts, "_folder", lambda: tmp_path / "fonts")
    return tmp_path / "fonts"


def test_the_fonts_of_the_package_are_those_expected_and_no_other_is_there(folder: Path) -> None:
    fonts.check_fonts()
    assert {file.name for file in folder.glob("*.ttf")} == set(fonts.SHA256)


def test_every_font_that_is_missing_or_another_is_named_and_nothing_is_drawn(folder: Path) -> None:
    (folder / "IBMPlexSans-Bold.ttf").unlink()
    (folder / "NotoSansSymbols2-Subset.ttf").write_bytes(b"not a font")
    pdf.close_renderer()
    with pytest.raises(ResourceError, match=r"IBMPlexSans-Bold\.ttf is missing.*Subset\.ttf is not the one") as refusal:
        pdf.pdf_bytes("<html><title>a</title></html>", identifier="a")
    assert "Install cds-suite again" in str(refusal.value)
    assert str(folder) not in str(refusal.value)
