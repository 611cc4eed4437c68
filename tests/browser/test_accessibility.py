"""The page is for everybody: axe-core finds nothing serious, and it is valid HTML."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.judges import invalid, serious, unfold
from helpers.page_in_browser import Page

pytestmark = pytest.mark.browser

CONVERSION = "journey.core_offer.conversion"


def test_the_page_as_it_opens(page: Page, node_modules: Path) -> None:
    assert serious(page.driver, node_modules) == []


def test_the_page_with_a_change_an_error_and_all_unfolded(page: Page, node_modules: Path) -> None:
    page.type("journey.tripwire.price", "19")
    page.type(CONVERSION, "140")
    unfold(page.driver)
    assert serious(page.driver, node_modules) == []


def test_the_page_in_a_narrow_window(page: Page, node_modules: Path) -> None:
    page.resize(360, 800)
    page.type("journey.tripwire.price", "19")
    unfold(page.driver)
    assert serious(page.driver, node_modules) == []


def test_the_page_is_valid_html(page: Page, node_modules: Path, tmp_path: Path) -> None:
    static, living = tmp_path / "static.html", tmp_path / "living.html"
    page.pictured().type(CONVERSION, "1.4")
    static.write_text(page.do(FETCHED), encoding="utf-8")
    whole = page.do("return document.documentElement.outerHTML")
    living.write_text(f"<!DOCTYPE html>\n{whole}", encoding="utf-8")
    assert invalid(node_modules, static, living) == ""


FETCHED = """
const request = new XMLHttpRequest();
request.open("GET", "/", false);
request.send();
return request.responseText;
"""
