"""Writing scenario files and reading what is said about them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
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


WHOLE = """\
name: Whole
horizon_days: 730
market:
  segments:
    - {name: families, share: 0.5}
    - {name: students, share: 0.5}
channels:
  - {name: street, kind: earned, share: 1}
journey:
  order: [engage, lead_magnet, tripwire, excite, core_offer, profit_maximizers]
  engage:
    content:
      - {name: film, style: entertain, unit_cost: 0.02, trust: 0.1}
      - {name: article, style: educate, reach: 0.9, conversion: {unaware: 0.2}}
    targeting: 0.8
    conversion: {matched: 0.4}
    lift: 0.25
    exposures: 3
    every: {kind: exponential, mean_days: 4}
  lead_magnet: {name: guide, conversion: 0.2, trust: 0.5, consumed: 0.6}
  tripwire: {name: webinar, commitment: time, conversion: 0.3, trust: 2, TURN_UP}
  excite: {name: first_call, conversion: 0.5, trust: 0.8, unit_cost: 2}
  core_offer: {name: thing, price: 249, conversion: 0.5, trust: 1}
  profit_maximizers:
    - {kind: upsell, name: gold_case, price: 79, conversion: 0.25, aim: {segments: [families]}}
    - {kind: affiliate, name: insurance, price: 50, commission: 0.2, conversion: 0.1}
    - {kind: joint_venture, name: trip, price: 500, commission: 0.3, conversion: 0.05}
    - kind: subscription
      name: club
      price: 9
      conversion: 0.2
      period_days: 30
      trial_days: 14
      trial_conversion: 0.6
      contract: {cycles: 12, notice_days: 30}
      churn: {kind: geometric, probability: 0.2}
  repeat_purchases:
    frequency: {model: mbg_nbd, r: 0.5, alpha_days: 30, a: 0.8, b: 2.4}
    spend: {model: fixed, amount: 20}
    margin: 0.5
  experience:
    delivery: {kind: gamma, mean_days: 3, shape: 4}
    satisfaction: {mean: 7.8, sd: 1.8}
    effort: {mean: 2.4, sd: 0.9}
    ticket: {probability: 0.08, resolved: 0.85, unresolved_effect: -2.5}
    returned: {probability: 0.04}
    effects: {trust: 0.15, drop_out: -0.08}
  loyalty:
    measure: spend
    tiers:
      - {name: silver, from: 300, drop_out: 0.85, reward_share: 0.02}
      - {name: gold, from: 1000, drop_out: 0.7}
  referral:
    advocates: {promoter: 0.3}
    invitations: {mean: 0.6, delay: {kind: exponential, mean_days: 30}}
    testimonials: 0.2
    partner: {probability: 0.1, invitations: 5}
    effects: {lead_magnet: 1}
    reward: {advocate: 10, friend: 5, at: core_offer}
  return_path:
    - {kind: follow_up, name: mails, at: [tripwire, core_offer], days: [1, 3], MAIL}
    - {kind: win_back, name: we_miss_you, after_days: 180, days: [0, 14], MAIL}
    - {kind: anniversary, name: a_year_on, open: 0.5, conversion: 0.04, aim: {tiers: [gold]}}
    - {kind: birthday, name: happy_day, open: 0.5, conversion: 0.05, aim: {min_orders: 2}}
""".replace("MAIL}", "open: 0.3, click: 0.1, conversion: 0.1}").replace(
    "TURN_UP", "attendance: 0.4, starts_after: {kind: uniform, low_days: 1, high_days: 8}"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, so that messages hold bare file names."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def shop() -> str:
    """A scenario with every section, in which each test spoils one thing."""
    return SHOP


@pytest.fixture(scope="session")
def whole() -> str:
    """A scenario whose journey has every section that there is."""
    return WHOLE


@pytest.fixture
def spoilt(folder: Path) -> Callable[[str, str], list[str]]:
    """What is said about the shop when one piece of its text is replaced by another.

    An arrow ``→`` in the new piece is left out of the file; a problem at the place where it
    stood begins with ``→`` instead of file, line and column.
    """
    return partial(spoiling, folder, SHOP)


@pytest.fixture
def whole_spoilt(folder: Path) -> Callable[[str, str], list[str]]:
    """The same for the scenario whose journey has every section."""
    return partial(spoiling, folder, WHOLE)


def spoiling(folder: Path, text: str, old: str, new: str) -> list[str]:
    assert text.count(old) == 1, f"{old!r} stands once in the text"
    before, arrow, _ = text.replace(old, new).partition(ARROW)
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    lines = complaints(folder, text.replace(old, new).replace(ARROW, ""))
    place = f"s.yaml:{line}:{column}: " if arrow else "nowhere"
    return [said.replace(place, ARROW, 1) for said in lines]


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
