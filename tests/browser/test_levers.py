"""Levers of the what-if page: parts, numbers without a value, shares, percent."""

from __future__ import annotations

import pytest
from helpers.page_in_browser import AT_START, END, RIGHT, Page

pytestmark = pytest.mark.browser

TRIPWIRE = "journey.tripwire"
PRICE = f"{TRIPWIRE}.price"
CONVERSION = "journey.core_offer.conversion"
CYCLES = "journey.profit_maximizers.quarterly_care.max_cycles"
CHANNELS = {f"channels.{name}.share": share for name, share in
            {"facebook": 60, "search": 25, "organic": 15}.items()}  # fmt: skip


def value(page: Page, path: str) -> str:
    return str(page.field(path).get_attribute("value"))


def state(page: Page) -> str:
    page.settle()
    return str(page.do("return document.querySelector('main').dataset.state"))


def shown(page: Page, path: str) -> bool:
    return bool(page.lever(path).is_displayed())


def test_a_stage_is_taken_out_and_put_back(page: Page) -> None:
    page.open("a=carpet_cleaning&b=carpet_cleaning_no_tripwire&n=10000")
    without = page.exact()["clv_per_prospect"][1]
    start = page.open(AT_START).numbers()
    page.type(PRICE, "19")
    page.lever(TRIPWIRE).click()
    assert state(page) == "ready"
    page.until(f"return window.location.hash.includes('set.{TRIPWIRE}=null')")
    assert "price" not in page.state(), "what is changed in it goes with it"
    assert not shown(page, PRICE)
    assert "left out" in page.text("#changes")
    assert page.exact()["clv_per_prospect"][1] != start["clv_per_prospect"][1]
    assert isinstance(without, float)
    page.open(page.state())
    assert not page.lever(TRIPWIRE).is_selected(), "the link knows it"
    page.lever(TRIPWIRE).click()
    assert page.settle().numbers() == start
    assert shown(page, PRICE)
    assert page.do("return document.querySelectorAll('#changes li').length") == 0


def test_a_program_that_goes_with_its_stage_is_no_error(page: Page) -> None:
    """The program serves the tripwire alone; whatever comes first, the answer is the same."""
    program = "journey.return_path.ten_percent_off"
    page.lever(TRIPWIRE).click()
    assert state(page) == "ready"
    alone = page.numbers()
    page.type(f"{program}.discount", "15")
    assert state(page) == "ready"
    page.lever(program).click()
    assert state(page) == "ready"
    assert page.numbers() == alone


def test_a_number_without_a_value_can_be_set_and_taken_away(page: Page) -> None:
    start = page.numbers()
    field = page.field(CYCLES)
    assert field.get_attribute("value") == ""
    assert field.get_attribute("placeholder") == "not set"
    field.send_keys("2")
    page.lever(CYCLES, "button[aria-label^=Set]").click()
    assert state(page) == "ready"
    assert page.numbers() != start
    assert "not set → 2 bills" in page.text("#changes")
    page.lever(CYCLES, "button[aria-label^=Reset]").click()
    assert page.settle().numbers() == start
    assert value(page, CYCLES) == ""


def test_a_share_moves_its_siblings_in_proportion_in_one_step(page: Page) -> None:
    start = page.numbers()
    first, *others = CHANNELS
    page.type(first, "20")
    assert state(page) == "ready"
    found = [float(value(page, path)) for path in CHANNELS]
    assert found == pytest.approx([20, 50, 30])
    assert page.numbers() != start
    page.one("#undo").click()
    assert page.settle().numbers() == start
    assert not page.one("#undo").is_enabled(), "one step"
    page.lever(others[0]).send_keys(END)
    assert state(page) == "ready"
    assert [float(value(page, path)) for path in CHANNELS] == [0, 100, 0]
    page.type(others[0], "25")
    assert [float(value(page, path)) for path in CHANNELS] == pytest.approx([60, 25, 15])
    assert page.numbers() == start
    page.type(first, "70")
    page.one("#changes button[aria-label^=Undo]").click()
    assert page.settle().numbers() == start, "those that moved with it go back with it"


def test_shares_are_said_in_percent(page: Page) -> None:
    assert value(page, CONVERSION) == "25"
    row = f'.lever[data-path="{CONVERSION}"]'
    assert page.text(f"{row} .unit") == "%"
    assert page.text(f"{row} .beside") == "A 25 %"
    for text in ("21", "22%", "20 %"):
        page.type(CONVERSION, text)
        assert value(page, CONVERSION) == text.strip(" %")
    page.until(f"return window.location.hash.endsWith('&set.{CONVERSION}=0.2')")
    assert value(page, CONVERSION) == "20"
    assert "25 % → 20 %" in page.text("#changes")
    slider = page.lever(CONVERSION)
    assert slider.get_attribute("aria-valuetext") == "20 %"
    slider.send_keys(RIGHT)
    assert value(page.settle(), CONVERSION) not in ("20", "25")


def test_all_of_the_help_can_be_read(page: Page) -> None:
    page.lever(CONVERSION)
    cut = page.do(
        "return [...document.querySelectorAll('details[open] .help')]"
        ".filter((one) => one.scrollWidth > one.clientWidth + 1).length"
    )
    assert cut == 0
    assert "loyalty program" in page.text(".controls"), "and what is no lever is said"


def test_the_end_of_a_slider_is_answered(page: Page) -> None:
    """Of one group of each sort; the scenario's tests look at all."""
    for path in (PRICE, "channels.facebook.arrivals.over_days", "market.segments.households.share"):
        page.lever(path).send_keys(END)
        assert state(page) == "ready", path
