"""What a template left open is named, and keeps a protocol from being locked."""

from pathlib import Path

import pytest

from cds.core.errors import ProtocolError
from cds.protocol import check, lock, new
from tests.protocol.test_reading import GOOD, written


def test_a_new_protocol_is_unfilled_and_check_says_where(tmp_path: Path) -> None:
    remarks = check(new("binary", tmp_path / "p.toml"))
    assert "question still has … to be filled in; it cannot be locked so." in remarks


def test_an_unfilled_text_cannot_be_locked(tmp_path: Path) -> None:
    text = GOOD.replace('question = "q"', 'question = "Does … here?"').replace('rationale = "r"', 'rationale = "…"')
    with pytest.raises(ProtocolError, match=r"… is not filled in under question, criteria\[0\].rationale"):
        lock(written(tmp_path, text), "A", "2026-11-20")
    assert not (tmp_path / "p.toml.lock").exists()


def test_a_filled_protocol_has_no_such_remark(tmp_path: Path) -> None:
    assert not any("…" in remark for remark in check(written(tmp_path, GOOD)))
