import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from cds.core.errors import InputError, StorageError
from cds.patients import manifest
from cds.patients.manifest import Entry, Manifest, completed


def finished(folder: Path, name: str, inputs: str = "i") -> Entry:
    contents = {f"{name}.pdf": b"%PDF " + name.encode(), f"{name}.json": b"{}"}
    for file, content in contents.items():
        (folder / file).write_bytes(content)
    return completed(name, inputs, contents)


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / manifest.NAME).read_text(encoding="utf-8").splitlines()]


def test_each_report_is_noted_at_once_with_the_hashes_of_its_files(tmp_path: Path) -> None:
    Manifest(tmp_path).add(finished(tmp_path, "b"))
    told = lines(tmp_path)
    assert told[0] == {"schema": "cds.manifest/1"}
    assert told[1]["files"]["b.pdf"] == hashlib.sha256(b"%PDF b").hexdigest()
    assert "finished" not in told[-1]


def test_a_report_is_trusted_only_with_its_inputs_and_both_files_unharmed(tmp_path: Path) -> None:
    Manifest(tmp_path).add(finished(tmp_path, "b"))
    assert Manifest(tmp_path).holds("b", "i")
    assert not Manifest(tmp_path).holds("b", "other")
    assert not Manifest(tmp_path).holds("a", "i")
    (tmp_path / "b.json").write_bytes(b"{} ")
    assert not Manifest(tmp_path).holds("b", "i")
    (tmp_path / "b.json").unlink()
    assert not Manifest(tmp_path).holds("b", "i")


def test_a_failed_report_is_not_held_and_its_later_success_replaces_it(tmp_path: Path) -> None:
    found = Manifest(tmp_path)
    found.add(Entry("b", "failed", "i", row=3, reason="pain is text"))
    assert not found.holds("b", "i")
    found.add(finished(tmp_path, "b"))
    assert Manifest(tmp_path).holds("b", "i")


def test_a_line_torn_by_a_kill_is_cut_and_the_lines_before_it_count(tmp_path: Path) -> None:
    Manifest(tmp_path).add(finished(tmp_path, "b"))
    with (tmp_path / manifest.NAME).open("ab") as file:
        file.write(b'{"report": "c", "stat')
    again = Manifest(tmp_path)
    assert again.holds("b", "i")
    again.add(finished(tmp_path, "c"))
    assert [line.get("report") for line in lines(tmp_path)] == [None, "b", "c"]


def test_the_finished_list_is_sorted_and_keeps_other_runs_reports_that_are_unharmed(tmp_path: Path) -> None:
    earlier = Manifest(tmp_path)
    for name in ("d", "e"):
        earlier.add(finished(tmp_path, name))
    earlier.add(Entry("f", "failed", "i", row=0, reason="no"))
    (tmp_path / "e.pdf").unlink()
    found = Manifest(tmp_path)
    found.add(finished(tmp_path, "c"))
    found.add(Entry("a", "failed", "i", row=1, reason="pain is text"))
    found.finish(["a", "c"])
    told = lines(tmp_path)
    assert [line["report"] for line in told[1:-1]] == ["a", "c", "d"]
    assert told[-1] == {"finished": {"complete": 2, "failed": 1}}
    assert told[1] == {"input_sha256": "i", "reason": "pain is text", "report": "a", "row": 1, "status": "failed"}


def test_a_file_of_that_name_which_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / manifest.NAME).write_text('{"somebody": "else"}\n', encoding="utf-8")
    with pytest.raises(InputError, match="no list of patients' reports"):
        Manifest(tmp_path)
    assert lines(tmp_path) == [{"somebody": "else"}]


def test_names_that_lead_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (tmp_path / "a").write_bytes(b"x")
    entry = {
        "report": "a",
        "status": "complete",
        "input_sha256": "i",
        "files": {"../a": hashlib.sha256(b"x").hexdigest()},
    }
    text = json.dumps({"schema": "cds.manifest/1"}) + "\n" + json.dumps(entry) + "\n"
    (folder / manifest.NAME).write_text(text, encoding="utf-8")
    assert not Manifest(folder).holds("a", "i")


def test_a_full_disk_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Manifest(tmp_path)
    before = (tmp_path / manifest.NAME).read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(manifest.os, "fsync", full)
    with pytest.raises(StorageError, match="No space left"):
        found.add(finished(tmp_path, "b"))
    assert (tmp_path / manifest.NAME).read_bytes() == before
