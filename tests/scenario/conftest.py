"""Writing scenario files and reading what is said about them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from cvosim.errors import ScenarioError
from cvosim.scenario import load_scenario

Lines = Callable[..., list[str]]

ARROW = "→"
SHOP = """\
name: Shop
horizon_days: 100
market:
  segments:
    - {name: all_of_them, share: 1}
channels:
  - {name: street, kind: earned, share: 1}
journey:
  lead_magnet: {name: guide, conversion: 0.2, trust: 0.5, consumed: 0.6}
  tripwire: {name: sample, price: 29, conversion: 0.1, trust: 3}
  core_offer: {name: thing, price: 249, conversion: 0.5}
  profit_maximizers:
    - {kind: upsell, name: gold, price: 79, conversion: 0.25}
  repeat_purchases:
    frequency: {model: poisson, mean_days: 30}
    spend: {model: fixed, amount: 20}
    margin: 0.5
  return_path:
    - {kind: exit_offer, name: ten_off, at: [tripwire], discount: 0.1, conversion: 0.03}
    - {kind: follow_up, name: mails, at: [tripwire, core_offer, gold], days: [1, 3], MAILS}
""".replace("MAILS", "open: 0.3, click: 0.1, conversion: 0.1")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, so that messages hold bare file names."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def shop() -> str:
    """A scenario with every section, in which each test spoils one thing."""
    return SHOP


@pytest.fixture
def spoilt(folder: Path) -> Callable[[str, str], list[str]]:
    """What is said about the shop when one piece of its text is replaced by another.

    An arrow ``→`` in the new piece is left out of the file; a problem at the place where it
    stood begins with ``→`` instead of file, line and column.
    """

    def say(old: str, new: str) -> list[str]:
        assert SHOP.count(old) == 1, f"{old!r} stands once in the shop"
        before, arrow, _ = SHOP.replace(old, new).partition(ARROW)
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        lines = complaints(folder, SHOP.replace(old, new).replace(ARROW, ""))
        place = f"s.yaml:{line}:{column}: " if arrow else "nowhere"
        return [said.replace(place, ARROW, 1) for said in lines]

    return say


@pytest.fixture
def said(folder: Path) -> Lines:
    """What is said about a text, given overrides and further files."""

    def say(text: str | bytes, overrides: Iterable[str] = (), **files: str) -> list[str]:
        for name, content in files.items():
            (folder / f"{name}.yaml").write_text(content, "utf-8")
        return complaints(folder, text, overrides)

    return say


def complaints(folder: Path, text: str | bytes, overrides: Iterable[str] = ()) -> list[str]:
    data = text if isinstance(text, bytes) else text.encode()
    (folder / "s.yaml").write_bytes(data)
    try:
        load_scenario("s.yaml", overrides)
    except ScenarioError as error:
        return [str(problem) for problem in error.problems]
    return []
