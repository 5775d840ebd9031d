"""What every figure has to be: XML, told in words, its text and lines on the board."""

import re
import xml.etree.ElementTree as ET

from cds.report.drawing import Figure
from cds.report.html import clean
from cds.report.wording import sentences

WORDS = sentences("validation_en")
SVG = "{http://www.w3.org/2000/svg}"
LETTER = 0.53  # the width of an average letter, of the font's size


def texts(figure: Figure) -> list[str]:
    """Every text of the drawing, in the order written."""
    return [element.text or "" for element in ET.fromstring(figure.svg).iter(f"{SVG}text")]


def assert_on_the_board(figure: Figure) -> None:
    """The drawing is whole: its alternative is its title, nothing is missing for a number, nothing leaves the board."""
    root = ET.fromstring(figure.svg)
    assert root[0].text == clean(figure.alternative)
    assert "nan" not in figure.svg and "nan" not in figure.alternative
    width, height = (float(v) for v in root.attrib["viewBox"].split()[2:])
    for path in root.iter(f"{SVG}path"):
        numbers = [float(v) for v in re.findall(r"-?\d+\.?\d*", path.attrib["d"])]
        assert min(numbers) >= -1 and max(numbers[::2]) <= width + 1 and max(numbers[1::2]) <= height + 1
    for text in root.iter(f"{SVG}text"):
        x, y = float(text.attrib["x"]), float(text.attrib["y"])
        assert 0 <= x <= width and 0 <= y <= height, text.text
        if "transform" in text.attrib:
            continue
        long = LETTER * float(text.attrib["font-size"]) * len(text.text or "")
        before = {"middle": long / 2, "end": long}.get(text.get("text-anchor", "start"), 0.0)
        assert x - before >= -2, text.text
        assert x - before + long <= width + 2, text.text
