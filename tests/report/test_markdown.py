from __future__ import annotations

from xml.etree import ElementTree

from cvosim.report.document import Document, Section
from cvosim.report.exhibit import Exhibit
from cvosim.report.figures import Funnel, FunnelBar, funnel
from cvosim.report.markdown import markdown_of, standalone_svg
from cvosim.report.tables import Table

EVIL = "<script>alert(1)</script> | [here](x) *b* # h"


def an_exhibit(name: str = "now") -> Exhibit:
    data = Funnel((name,), ("prospects",), ((FunnelBar(1000, None),),))
    table = Table(("step", name), (("prospects", 1000),), (("prospects", "1,000"),))
    return Exhibit("funnel", f"Steps of {name}", f"{name}: 1,000.", funnel, data, table, "A note.")


def test_the_order_is_that_of_the_page() -> None:
    table = Table(("price", "value"), (("tripwire", 9),), (("tripwire", "9"),))
    sections = (Section("Pictures", "Look.", (an_exhibit(),)),)
    verdict = "B earns more.\nIt sells more."
    document = Document("A and B", verdict, sections, (table,), {"seed": 7})
    text = markdown_of(document)
    parts = ("# A and B", "B earns more.", "It sells more.", "## Pictures", "Look.",
             "### Steps of now", "A note.", "now: 1,000.", "| step | now |",
             "## What was assumed", "| tripwire | 9 |", "## How to do this again", "| seed | 7 |",
             )  # fmt: skip
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert "![" not in text


def test_pictures_are_linked_where_there_are_any() -> None:
    document = Document("A", "", (Section("Pictures", "", (an_exhibit(),)),))
    text = markdown_of(document, {"funnel": "a_pictures/funnel.svg"})
    assert "![Steps of now](a_pictures/funnel.svg)" in text


def test_what_others_wrote_is_text_everywhere() -> None:
    document = Document(
        EVIL, f"1. {EVIL}", (Section(EVIL, f"- {EVIL}", (an_exhibit(EVIL),)),), manifest={"x": EVIL}
    )
    text = markdown_of(document)
    assert "<script>" not in text.replace("\\<", "")
    assert "[here]" not in text.replace("\\[", "")
    assert "\n1\\. \\<script" in text
    assert "\n\\- \\<script" in text
    rows = [line for line in text.splitlines() if line.startswith("| prospects")]
    assert rows == ["| prospects | 1,000 |"]


def test_a_picture_stands_alone() -> None:
    text = standalone_svg(an_exhibit("<b>&"))
    tree = ElementTree.fromstring(text)
    assert tree.tag == "{http://www.w3.org/2000/svg}svg"
    assert str(tree.get("width")).endswith("pt")
    assert "<b>" not in text
