"""The what-if page in a real browser: what is missing for it, its server, and a hand on it."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

TAB, ENTER, CONTROL, SHIFT, RIGHT = "\ue004", "\ue007", "\ue009", "\ue008", "\ue014"
END = "\ue010"
AT_START = "a=carpet_cleaning&n=10000"
"""The state that most tests start with: A from the library, B the same, few customers."""
PROGRAMS = {"chromium": "chromium", "chromedriver": "chromium-driver"}
"""Programs and the packages of Debian that bring them."""
MODULES = {"selenium": "test", "starlette": "app", "uvicorn": "app"}
"""Modules and the extras that bring them."""


def missing() -> list[str]:
    """What this machine lacks, in words."""
    programs = [
        f"{name} (Debian's package {package})"
        for name, package in PROGRAMS.items()
        if shutil.which(name) is None
    ]
    modules = [
        f"{name} (pip install 'cvosim[{extra}]')"
        for name, extra in MODULES.items()
        if importlib.util.find_spec(name) is None
    ]
    return programs + modules


@contextmanager
def browser(folder: Path) -> Iterator[Any]:
    """A browser that knows no host but this one and saves into a folder."""
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service

    options = Options()
    options.binary_location = str(shutil.which("chromium"))
    words = [
        "--headless=new", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
        "--disable-background-networking", "--window-size=1280,900",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ]  # fmt: skip
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        words.append("--no-sandbox")  # Chromium has none for root
    for word in words:
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        driver.set_script_timeout(30)
        driver.set_page_load_timeout(30)
        where = {"behavior": "allow", "downloadPath": str(folder)}
        driver.execute_cdp_cmd("Browser.setDownloadBehavior", where)
        yield driver
    finally:
        driver.quit()


@contextmanager
def server(*words: str) -> Iterator[str]:
    """``cvosim app`` in a process of its own; its address."""
    command = [sys.executable, "-m", "cvosim", "app", *words, "--port", "0"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    )
    try:
        yield _address(process)
    finally:
        process.terminate()
        process.communicate(timeout=30)


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        found = re.search(r"http:\S+?:\d+", line)
        if found:
            return found[0]
    raise AssertionError(f"the server did not start:\n{said}")


class Page:
    """One tab with the page in it."""

    def __init__(self, driver: Any, address: str) -> None:
        self.driver = driver
        self.address = address

    def open(self, fragment: str) -> Page:
        """Load it anew with a state in its address, and wait for its numbers."""
        self.driver.get("about:blank")
        self.driver.get(f"{self.address}/#{fragment}")
        return self.settle()

    def settle(self) -> Page:
        """Wait until the numbers of the newest turn are there, or words why not."""
        self.until(
            "const d = document.querySelector('main').dataset;"
            "return d.turn !== undefined && ['ready', 'problems', 'failed'].includes(d.state)"
            " && document.querySelectorAll('#levers .lever').length > 0;"
        )
        return self

    def pictured(self) -> Page:
        """Wait until the figures of the newest turn are there."""
        self.settle().until(
            "const d = document.querySelector('main').dataset; return d.done === d.turn;"
        )
        return self

    def until(self, script: str) -> None:
        """Wait until a script says that something holds."""
        end = time.monotonic() + 30.0
        while not self.driver.execute_script(script):
            assert time.monotonic() < end, f"never came true: {script}"
            time.sleep(0.03)

    def do(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def one(self, selector: str) -> Any:
        return self.driver.find_element("css selector", selector)

    def text(self, selector: str) -> str:
        """Text as it stands in the document, whether it is scrolled into sight or not."""
        return str(self.do("return document.querySelector(arguments[0]).textContent;", selector))

    def lever(self, path: str, control: str = "input") -> Any:
        """The first control of a lever, its group opened."""
        selector = f'.lever[data-path="{path}"]'
        self.do(
            "const e = document.querySelector(arguments[0]); e.closest('details').open = true;"
            "e.scrollIntoView({block: 'center'});",
            selector,
        )
        return self.one(f"{selector} {control}")

    def field(self, path: str) -> Any:
        return self.lever(path, 'input[type="text"]')

    def type(self, path: str, text: str) -> Page:
        """Put a value into the field of a lever."""
        field = self.field(path)
        field.send_keys(CONTROL + "a")
        field.send_keys(text + ENTER)
        return self.settle()

    def focused(self) -> Any:
        return self.driver.switch_to.active_element

    def keys(self, *keys: str) -> None:
        """Press keys where the focus is."""
        self.focused().send_keys(*keys)

    def numbers(self) -> dict[str, list[str]]:
        """Shown text by metric: A, B, difference, interval."""
        found = self.do(
            "return [...document.querySelectorAll('#numbers tr[data-metric]')].map((row) =>"
            " [row.dataset.metric, ['va', 'vb', 'gap', 'range'].map((name) =>"
            " row.querySelector('.' + name).textContent)]);"
        )
        return dict(found)

    def exact(self) -> dict[str, list[float | None]]:
        """All digits by metric: A, B, difference."""
        found = self.do(
            "return [...document.querySelectorAll('#numbers tr[data-metric]')].map((row) =>"
            " [row.dataset.metric, ['va', 'vb', 'gap'].map((name) =>"
            " row.querySelector('.' + name).dataset.exact ?? null)]);"
        )
        return {key: [None if t is None else float(t) for t in texts] for key, texts in found}

    def figures(self) -> list[str]:
        found: list[str] = self.do(
            "return [...document.querySelectorAll('#figures figure svg')]"
            ".map((svg) => svg.closest('[data-figure]').dataset.figure);"
        )
        return found

    def state(self) -> str:
        """The state in the address."""
        address: str = self.driver.current_url
        return address.partition("#")[2]

    def resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def complaints(driver: Any) -> list[str]:
    """What the browser's console complained of since the last call."""
    return [entry["message"] for entry in driver.get_log("browser") if entry["level"] != "INFO"]


def requested(driver: Any) -> list[str]:
    """Addresses that were asked for since the last call."""
    messages = (json.loads(entry["message"])["message"] for entry in driver.get_log("performance"))
    return [
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    ]


def saved(folder: Path, click: Callable[[], None]) -> Path:
    """The file that a click brings."""
    before = set(folder.iterdir())
    click()
    for _ in range(600):
        new = {one for one in set(folder.iterdir()) - before if one.suffix != ".crdownload"}
        if new and next(iter(new)).stat().st_size > 0:
            return new.pop()
        time.sleep(0.05)
    raise AssertionError("no file was saved")
