"""One server and one browser; without them all is skipped, or fails: CVOSIM_BROWSER=required."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers.page_in_browser import AT_START, Page, browser, complaints, missing, requested, server


def without(words: str) -> Any:
    """Skip with a reason, or fail where a browser is required."""
    if os.environ.get("CVOSIM_BROWSER") == "required":
        pytest.fail(f"{words}; CVOSIM_BROWSER=required")
    pytest.skip(words)


@pytest.fixture(scope="session")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="session")
def driver(downloads: Path) -> Iterator[Any]:
    lacking = missing()
    if lacking:
        without(f"no browser test without {', '.join(lacking)}")
    with browser(downloads) as made:
        yield made


@pytest.fixture(scope="session")
def address(driver: Any) -> Iterator[str]:
    with server("carpet_cleaning", "carpet_cleaning_no_tripwire") as found:
        yield found


@pytest.fixture
def page(driver: Any, address: str) -> Iterator[Page]:
    """The page as it opens; afterwards nothing was complained of, and no other host asked."""
    complaints(driver), requested(driver)
    made = Page(driver, address)
    made.resize(1280, 900)
    yield made.open(AT_START)
    assert complaints(driver) == []
    elsewhere = [one for one in requested(driver) if not _here(one, address)]
    assert elsewhere == []


def _here(url: str, address: str) -> bool:
    return url.startswith((f"{address}/", "about:", "data:", f"blob:{address}/"))


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """Where npm put axe-core and html-validate."""
    folder = os.environ.get("CVOSIM_NODE_MODULES")
    if not folder:
        without("CVOSIM_NODE_MODULES does not say where axe-core and html-validate are")
    assert folder is not None
    return Path(folder)


REPORTS = {
    "compare": ("compare", "carpet_cleaning", "carpet_cleaning_no_tripwire", "-n", "2000"),
    "experiment": ("experiment", "tripwire_price_test", "-n", "2000"),
    "sweep": ("sweep", "run", "carpet_cleaning_prices", "-n", "200"),
}
"""Commands that write a report."""


@pytest.fixture(scope="session")
def reports(driver: Any, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Reports of several commands as HTML files."""
    folder = tmp_path_factory.mktemp("reports")
    files = [folder / f"{name}.html" for name in REPORTS]
    commands = [
        [*words, "-o", file.name] for words, file in zip(REPORTS.values(), files, strict=True)
    ]
    # one process: half of each command's time is its start
    program = [sys.executable, "-c", ONE_AFTER_THE_OTHER, json.dumps(commands)]
    subprocess.run(program, check=True, capture_output=True, cwd=folder)
    return files


ONE_AFTER_THE_OTHER = """
import json, sys
from cvosim.cli import main
for words in json.loads(sys.argv[1]):
    try:
        main(words)
    except SystemExit as end:
        if end.code:
            raise
"""
