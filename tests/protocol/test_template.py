"""A new protocol is valid from the start."""

from pathlib import Path

import pytest

from cds.core.errors import ProtocolError
from cds.protocol import can_be_ready, check, new, read_protocol


def test_a_new_protocol_is_named_after_its_file_and_can_be_ready(tmp_path: Path) -> None:
    loaded = read_protocol(new("binary", tmp_path / "our clinic.toml"))
    assert loaded.protocol.name == "our-clinic"
    assert can_be_ready(loaded.protocol)


@pytest.mark.parametrize("kind", ["nominal", "ordinal", "continuous"])
def test_each_kind_has_a_protocol_that_can_be_ready(tmp_path: Path, kind: str) -> None:
    path = new(kind, tmp_path / f"{kind}.toml")
    loaded = read_protocol(path)
    assert loaded.protocol.outcome.kind == kind
    assert can_be_ready(loaded.protocol)
    check(path)
    text = path.read_text(encoding="utf-8")
    named = "value" if kind == "continuous" else "probabilities"
    assert f"# {named} = " in text and "risk = " not in text
    assert ("minimum_events" in text) == (kind != "continuous")
    # With the predictions opened, every line is a key that a protocol has.
    keys = ("[predictions]", "value =", "low =", "high =", "interval_level =", "probabilities =")
    for key in keys:
        text = text.replace(f"# {key}", key)
    path.write_text(text, encoding="utf-8")
    assert getattr(read_protocol(path).protocol.predictions, named)


def test_an_existing_file_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text("mine")
    with pytest.raises(ProtocolError, match="exists already"):
        new("binary", path)
    assert path.read_text() == "mine"


def test_a_kind_that_is_not_analysed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProtocolError, match="no protocol for 'survival' outcomes"):
        new("survival", tmp_path / "p.toml")
    with pytest.raises(ProtocolError, match="Did you mean 'binary'"):
        new("binray", tmp_path / "p.toml")


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProtocolError, match="there is no folder"):
        new("binary", tmp_path / "absent" / "p.toml")


def test_every_choice_that_people_look_for_is_in_the_template(tmp_path: Path) -> None:
    import tomllib

    path = new("binary", tmp_path / "p.toml")
    text = path.read_text(encoding="utf-8")
    for key in ("negative", "deviations", "clip", "synthetic", "weight"):
        assert f"# {key} = " in text
    assert "deviations = []" in text
    # With its comments opened, every line is a key that a protocol has.
    opened = text.replace("# clip =", "clip =").replace("# negative =", "negative =")
    opened = opened.replace("# synthetic =", "synthetic =").replace("# deviations =", "deviations =")
    path.write_text(opened, encoding="utf-8")
    assert tomllib.loads(opened)["synthetic"] is True
    assert read_protocol(path).protocol.measures.clip == (0.001, 0.999)
