from pathlib import Path

import jinja2
import pytest
from markupsafe import Markup

from cds.report import html


@pytest.fixture
def templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(html, "template_folder", lambda: tmp_path)
    html._environment.cache_clear()
    yield tmp_path
    html._environment.cache_clear()


def test_text_is_escaped_and_loses_what_could_hide_or_reorder_it(templates: Path) -> None:
    (templates / "t.html").write_text("<p>{{ name }}</p>")
    name = "<b>\u202edrow\u202c\x00{{ 7 * 7 }}</b>\u200b\n\u2066x"
    assert html.render("t.html", name=name) == "<p>&lt;b&gt;drow{{ 7 * 7 }}&lt;/b&gt; x</p>"


def test_only_markup_of_ours_passes_as_it_is(templates: Path) -> None:
    (templates / "t.html").write_text("{{ drawing }}")
    assert html.render("t.html", drawing=Markup("<svg></svg>")) == "<svg></svg>"


def test_a_long_text_is_cut_with_an_ellipsis(templates: Path) -> None:
    (templates / "t.html").write_text("{{ text }}")
    printed = html.render("t.html", text="x" * 5000)
    assert len(printed) == html.LONGEST_TEXT
    assert printed.endswith("x…")


def test_a_name_that_the_view_lacks_is_an_error(templates: Path) -> None:
    (templates / "t.html").write_text("{{ absent }}")
    with pytest.raises(jinja2.UndefinedError):
        html.render("t.html")


def test_none_is_never_printed(templates: Path) -> None:
    (templates / "t.html").write_text("{{ value }}")
    with pytest.raises(TypeError, match="printed None"):
        html.render("t.html", value=None)


def test_the_sandbox_refuses_to_reach_into_python(templates: Path) -> None:
    (templates / "t.html").write_text("{{ x.__class__.__mro__ }}")
    with pytest.raises(jinja2.exceptions.SecurityError):
        html.render("t.html", x="a")
