from collections.abc import Callable
from pathlib import Path

import pytest

from cds import resources


def test_a_checkout_finds_its_own_templates_and_protocols() -> None:
    root = Path(resources.__file__).resolve().parent.parent
    assert resources.template_folder() == root / "templates"
    assert resources.protocol_folder() == root / "validation_protocols"


def test_every_shipped_font_comes_with_its_licence() -> None:
    fonts = resources.template_folder() / "fonts"
    assert (fonts / "OFL.txt").is_file()
    assert {file.name for file in fonts.glob("*.ttf")} == {
        "IBMPlexSans-Bold.ttf",
        "IBMPlexSans-Italic.ttf",
        "IBMPlexSans-Regular.ttf",
        "IBMPlexSans-SemiBold.ttf",
        "NotoSansSymbols2-Subset.ttf",
    }


def test_a_wheel_prefers_what_it_carries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "cds"
    for folder in (package / "_shipped" / "templates", tmp_path / "templates"):
        folder.mkdir(parents=True)
    monkeypatch.setattr(resources, "_PACKAGE", package)
    assert resources.template_folder() == package / "_shipped" / "templates"


def test_protocols_are_listed_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "validation_protocols"
    folder.mkdir()
    for name in ("survival.toml", "binary.toml", "binary.toml.lock", "README.md"):
        (folder / name).touch()
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "cds")
    protocols = resources.shipped_protocols()
    assert list(protocols) == ["binary", "survival"]
    assert protocols["binary"] == folder / "binary.toml"


def test_data_lie_inside_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path)
    assert resources.data_folder() == tmp_path / "data"


@pytest.mark.parametrize("find", [resources.template_folder, resources.protocol_folder, resources.data_folder])
def test_a_missing_folder_is_named_with_what_to_do(
    find: Callable[[], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "cds")
    with pytest.raises(FileNotFoundError, match=r"no folder .*cds.*; install cds-suite again"):
        find()
