"""The what-if page in a real browser: from a key press to what a person sees."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from benchmarks.rows import Row, at_most
from benchmarks.subjects import Size, subject

SCENARIO = "carpet_cleaning"
LEVER = "journey.core_offer.conversion"
ASKED = (
    ("load", "s", at_most(1)),
    ("load, all that is sent", "kB", at_most(300)),
    ("key press to new numbers", "ms", at_most(100)),
    ("key press to new figures", "ms", at_most(350)),
)
_PROGRAMS = ("chromium", "chromedriver")
_MODULES = ("selenium", "starlette", "uvicorn")
_WAIT = 60.0


def rows(size: Size) -> Iterator[Row]:
    """Wall times as the browser's own clock has them: waiting is the point."""
    lacking = [name for name in _PROGRAMS if shutil.which(name) is None]
    lacking += [name for name in _MODULES if importlib.util.find_spec(name) is None]
    if lacking:
        note = f"skipped: no {', '.join(lacking)}"
        for what, unit, bound in ASKED:
            yield Row("page_browser", what, None, unit, bound, note)
        return
    trajectory = subject(SCENARIO, size).trajectory
    presses = 20 if size.compiles else 2
    with _server() as address, _browser() as driver:
        yield from _loaded(driver, f"{address}/#a={SCENARIO}&n={size.compared}", trajectory)
        yield from _pressed(driver, presses, size, trajectory)


def _loaded(driver: Any, address: str, trajectory: str) -> Iterator[Row]:
    """Load it twice: the first time warms the server, of the second all is new but A's numbers."""
    for _ in range(2):
        driver.get("about:blank")
        driver.get_log("performance")
        driver.get(address)
        _until(driver, _SETTLED)
    found = driver.execute_script(_LOADED)
    note = (
        f"wall, from asking for the page to its first numbers; its last figure at "
        f"{found['figures']:.0f} ms, its own files at {found['files']:.0f} ms"
    )
    (loaded, seconds, soon), (sent, kilobytes, little) = ASKED[:2]
    yield Row("page_browser", loaded, found["numbers"] / 1e3, seconds, soon, note, trajectory)
    time.sleep(1.0)  # the last answer ends a little after its last line
    carried, files = _carried(driver)
    note = f"{files} answers over the wire, their headings and the first figures included"
    yield Row("page_browser", sent, carried / 1e3, kilobytes, little, note, trajectory)


def _pressed(driver: Any, presses: int, size: Size, trajectory: str) -> Iterator[Row]:
    """Every press is another scenario, which nobody has simulated before."""
    times = [_press(driver) for _ in range(presses + 1)][1:]
    numbers = sorted(one["numbers"] for one in times)
    figures = sorted(one["figures"] for one in times)
    shared = f"wall, median of {presses}, {size.compared:,} customers"
    for (what, unit, bound), found in zip(ASKED[2:], (numbers, figures), strict=True):
        note = f"{shared}; from {found[0]:.0f} to {found[-1]:.0f} ms"
        yield Row("page_browser", what, median(found), unit, bound, note, trajectory)


def _press(driver: Any) -> dict[str, float]:
    """One arrow key on a slider; milliseconds to the frame with new numbers, and with figures."""
    driver.execute_script(_WATCH, LEVER)
    driver.switch_to.active_element.send_keys("\ue014")
    _until(driver, "return window.measured.figures !== undefined;")
    time.sleep(0.1)  # the server's pictures of the turn are all done, and so is its rest
    found: dict[str, float] = driver.execute_script("return window.measured;")
    return found


def _until(driver: Any, script: str) -> None:
    end = time.monotonic() + _WAIT
    while not driver.execute_script(script):
        if time.monotonic() > end:
            raise RuntimeError("the page does not get ready")
        time.sleep(0.05)


def _carried(driver: Any) -> tuple[float, int]:
    """Bytes of all answers since the log was read, and how many."""
    messages = [json.loads(one["message"])["message"] for one in driver.get_log("performance")]
    sizes = [
        float(one["params"]["encodedDataLength"])
        for one in messages
        if one["method"] == "Network.loadingFinished"
    ]
    return sum(sizes), len(sizes)


@contextmanager
def _server() -> Iterator[str]:
    command = [sys.executable, "-m", "cvosim", "app", SCENARIO, "--port", "0"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    )
    try:
        assert process.stdout is not None
        found = None
        for line in process.stdout:
            found = re.search(r"http:\S+?:\d+", line)
            if found:
                break
        if found is None:
            raise RuntimeError("the server of the page did not start")
        yield found[0]
    finally:
        process.terminate()
        process.communicate(timeout=30)


@contextmanager
def _browser() -> Iterator[Any]:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service

    options = Options()
    options.binary_location = str(shutil.which("chromium"))
    words = ["--headless=new", "--disable-dev-shm-usage", "--window-size=1280,900"]
    words.append("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        words.append("--no-sandbox")  # Chromium has none for root
    for word in words:
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


_SETTLED = """
const { turn, state, done } = document.querySelector("main").dataset;
return state === "ready" && done === turn
  && document.querySelectorAll("#levers .lever").length > 0;
"""

_LOADED = """
const marks = Object.fromEntries(["numbers", "figures"].map((name) =>
  [name, performance.getEntriesByName(`cvosim-${name}`)[0].startTime]));
return {...marks, files: performance.getEntriesByType("navigation")[0].loadEventEnd};
"""

_WATCH = """
const slider = document.querySelector(`.lever[data-path="${arguments[0]}"] input[type=range]`);
slider.closest("details").open = true;
slider.focus();
const measured = window.measured = {};
slider.addEventListener("keydown", (event) => {
  const main = document.querySelector("main");
  const numbers = document.querySelector("#numbers");
  const turn = Number(main.dataset.turn) + 1;
  const seen = (name) => requestAnimationFrame(() => {
    measured[name] = performance.now() - event.timeStamp;
  });
  const watcher = new MutationObserver(() => {
    if (Number(numbers.dataset.turn) === turn && !watcher.numbers) {
      watcher.numbers = true;
      seen("numbers");
    }
    if (Number(main.dataset.done) === turn) {
      watcher.disconnect();
      seen("figures");
    }
  });
  watcher.observe(document.body, { attributes: true, subtree: true, attributeFilter:
    ["data-turn", "data-done"] });
}, { once: true, capture: true });
"""
