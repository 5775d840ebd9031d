import pytest

from cds.core.errors import InputError
from cds.demo.folder import MARKER, all_or_nothing


def test_a_new_folder_is_made_with_its_parents_and_marked(tmp_path):
    out = tmp_path / "a" / "b"
    with all_or_nothing(out) as folder:
        (folder / "file").write_text("new")
    assert sorted(p.name for p in out.iterdir()) == sorted([MARKER, "file"])
    assert "SYNTHETIC" in (out / MARKER).read_text()
    assert [p.name for p in out.parent.iterdir()] == ["b"]


def test_an_earlier_demonstration_is_replaced(tmp_path):
    for content in ("first", "second"):
        with all_or_nothing(tmp_path / "demo") as folder:
            (folder / content).touch()
    assert not (tmp_path / "demo" / "first").exists()
    assert (tmp_path / "demo" / "second").exists()


@pytest.mark.parametrize("existed", [True, False])
def test_a_failure_leaves_everything_as_it_was(tmp_path, existed):
    out = tmp_path / "demo"
    if existed:
        with all_or_nothing(out) as folder:
            (folder / "kept").touch()

    def fail() -> None:
        with all_or_nothing(out) as folder:
            (folder / "half").touch()
            raise RuntimeError("disk full")

    with pytest.raises(RuntimeError):
        fail()
    assert out.exists() == existed
    assert not existed or sorted(p.name for p in out.iterdir()) == sorted([MARKER, "kept"])


def test_files_of_somebody_else_are_never_replaced(tmp_path):
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(InputError, match="no demonstration wrote"), all_or_nothing(tmp_path):
        pass
    assert (tmp_path / "thesis.txt").exists()


def test_a_file_in_the_way_is_refused(tmp_path):
    (tmp_path / "demo").touch()
    with pytest.raises(InputError, match="not a folder"), all_or_nothing(tmp_path / "demo"):
        pass
