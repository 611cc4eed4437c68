"""Reports as files in a real browser: no script, no request, a table under every figure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from helpers.judges import invalid, serious, unfold
from helpers.page_in_browser import complaints, requested

pytestmark = pytest.mark.browser


def test_reports_open_from_a_file_and_ask_for_nothing(driver: Any, reports: list[Path]) -> None:
    for file in reports:
        complaints(driver), requested(driver)
        driver.get(file.as_uri())
        assert complaints(driver) == [], file.name
        outside = [one for one in requested(driver) if not one.startswith("data:")]
        assert outside == [file.as_uri()], file.name
        without_table = driver.execute_script(
            "return [...document.querySelectorAll('figure')]"
            ".filter((figure) => !figure.querySelector('svg') || !figure.querySelector('table'))"
            ".map((figure) => figure.id);"
        )
        assert without_table == [], file.name
        assert driver.execute_script("return document.querySelectorAll('figure').length") > 0
        assert driver.execute_script("return document.querySelector('.verdict').textContent")


def test_reports_fit_a_narrow_window(driver: Any, reports: list[Path]) -> None:
    size = {"width": 360, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    for file in reports:
        driver.get(file.as_uri())
        width, room = driver.execute_script(
            "const e = document.documentElement; return [e.scrollWidth, e.clientWidth];"
        )
        assert width <= room, file.name


def test_print_opens_every_table(driver: Any, reports: list[Path]) -> None:
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        driver.get(reports[0].as_uri())
        hidden = driver.execute_script(
            "return [...document.querySelectorAll('figure table')]"
            ".filter((table) => table.getBoundingClientRect().height < 5).length;"
        )
        assert hidden == 0
    finally:
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_reports_are_for_everybody(driver: Any, reports: list[Path], node_modules: Path) -> None:
    for file in reports:
        driver.get(file.as_uri())
        unfold(driver)
        assert serious(driver, node_modules) == [], file.name


def test_reports_are_valid_html(reports: list[Path], node_modules: Path) -> None:
    assert invalid(node_modules, *reports) == ""
