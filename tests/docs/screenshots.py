"""Renews the pictures of the page and of a report: ``python tests/docs/screenshots.py``.

Needs Chromium and its driver, as the tests in ``tests/browser`` do.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
PAIR = ("carpet_cleaning", "carpet_cleaning_no_tripwire")
sys.path.insert(0, str(ROOT / "tests"))


def saved(driver: Any, name: str) -> None:
    """Save what the window shows, with fewer colours: a picture of letters and bars."""
    from PIL import Image

    file = IMAGES / name
    driver.save_screenshot(str(file))
    with Image.open(file) as picture:
        picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(file, optimize=True)
    print(f"Wrote {file.relative_to(ROOT)}")  # noqa: T201


def main() -> None:
    from helpers.page_in_browser import Page, browser, server

    with tempfile.TemporaryDirectory() as folder, browser(Path(folder)) as driver:
        with server(PAIR[0]) as address:
            page = Page(driver, address)
            page.resize(1280, 1000)
            page.open(f"a={PAIR[0]}&n=100000&set.journey.tripwire.price=19").pictured()
            saved(driver, "page.png")
        report = Path(folder) / "report.html"
        command = [sys.executable, "-m", "cvosim", "report", *PAIR, "-o", str(report)]
        subprocess.run(command, check=True)
        driver.set_window_size(1000, 1500)
        driver.get(report.as_uri())
        saved(driver, "report.png")


if __name__ == "__main__":
    main()
