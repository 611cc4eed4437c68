"""Reading an HTML report strictly, and what must hold for every one."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import Element

import html5lib

SVG = "{http://www.w3.org/2000/svg}"
LIMIT = 500_000
"""Bytes of a report, at most."""


def less_command(text: str) -> str:
    """The page without the command that made it, of which there must be one."""
    row = r"<th scope=\"row\">command</th><td>cvosim [^<]*</td>"
    less, count = re.subn(row, "", text)
    assert count == 1
    return less


def parsed(text: str) -> Element:
    """The page as a tree; fails at the first thing that is no HTML5."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    tree: Element = parser.parse(text)
    return tree


def embedded(page: Element) -> dict[str, Any]:
    """The results in full that the page carries."""
    (script,) = page.iter("script")
    assert script.get("type") == "application/json"
    found: dict[str, Any] = json.loads(script.text or "")
    return found


def words(element: Element) -> str:
    """All text in an element."""
    return " ".join("".join(element.itertext()).split())


def check(text: str) -> Element:
    """Hold a page against everything that every report promises."""
    page = parsed(text)
    assert text.startswith("<!DOCTYPE html>")
    assert page.get("lang") == "en"
    assert len(text.encode()) < LIMIT
    _check_references(page)
    _check_outline(page)
    _check_figures(page)
    _check_tables(page)
    assert embedded(page)["schema_version"] == 1
    return page


def _check_references(page: Element) -> None:
    """Names are unique, what is referred to is there, and nothing is elsewhere."""
    names = [element.get("id") for element in page.iter() if element.get("id")]
    assert len(set(names)) == len(names)
    for element in page.iter():
        for name in ("aria-labelledby", "aria-describedby"):
            assert set((element.get(name) or "").split()) <= set(names), element.attrib
        for name, value in element.attrib.items():
            if name.rsplit("}")[-1] in {"href", "src", "srcset", "action", "data"}:
                if element.tag == f"{SVG}image":
                    assert value.startswith("data:image/png;base64,")
                    continue
                assert value.startswith("#"), (element.tag, name, value)
                assert value[1:] in names
            assert not name.startswith("on"), "a script in disguise"
            for target in re.findall(r"url\(([^)]*)\)", value):
                assert target.startswith("#"), target
                assert target[1:] in names, target
    style = "".join(element.text or "" for element in page.iter("style"))
    assert "url(" not in style
    assert "@import" not in style
    assert not list(page.iter("link"))


def _check_outline(page: Element) -> None:
    """One title, and no level of heading is skipped."""
    levels = [int(one.tag[1]) for one in page.iter() if re.fullmatch("h[1-6]", str(one.tag))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert len(list(page.iter("main"))) == 1


def _check_figures(page: Element) -> None:
    """Every figure has a title, words and a table; every picture is in a figure."""
    figures = list(page.iter("figure"))
    assert len(list(page.iter(f"{SVG}svg"))) == len(figures)
    for figure in figures:
        (svg,) = figure.iter(f"{SVG}svg")
        assert svg.get("role") == "img"
        for tag in ("title", "desc"):
            assert words(next(svg.iter(f"{SVG}{tag}")))
        (table,) = figure.iter("table")
        assert list(table.iter("tr"))[1:], "an empty table"


def _check_tables(page: Element) -> None:
    for table in page.iter("table"):
        assert words(next(table.iter("caption")))
        heads = list(table.iter("th"))
        assert heads
        assert {one.get("scope") for one in heads} <= {"col", "row"}
