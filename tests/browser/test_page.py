"""The what-if page as a person uses it, against what the command line says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from helpers.page_in_browser import (
    AT_START,
    CONTROL,
    ENTER,
    RIGHT,
    SHIFT,
    TAB,
    Page,
    complaints,
    saved,
)

pytestmark = pytest.mark.browser

PRICE = "journey.tripwire.price"
CONVERSION = "journey.core_offer.conversion"
BOTH = "a=carpet_cleaning&b=carpet_cleaning_no_tripwire&n=10000"


def compared(*words: object) -> str:
    """What ``cvosim compare`` prints, in a process of its own."""
    command = [sys.executable, "-m", "cvosim", "compare", *map(str, words), "--all"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_a_key_moves_the_numbers_and_the_yaml_gives_them_again(page: Page, downloads: Path) -> None:
    before = page.numbers()
    slider = page.lever(CONVERSION)
    slider.send_keys(RIGHT, RIGHT)
    page.settle()
    after = page.numbers()
    assert before["clv_per_prospect"][0] == after["clv_per_prospect"][0], "A stays as it is"
    assert before["clv_per_prospect"][1] != after["clv_per_prospect"][1]
    assert page.text("#verdict") != ""
    file = saved(downloads, page.one('[data-export="variant.yaml"]').click)
    words = ("carpet_cleaning", file, "-n", 10_000, "--seed", 7)
    found = json.loads(compared(*words, "-f", "json"))
    differences = found["differences"][found["variants"][0]]
    for metric, exact in page.exact().items():
        told = differences[metric]
        assert exact == [told["baseline"], told["variant"], told["difference"]], metric
    assert found["verdict"] == page.text("#verdict")
    shown = shown_rows(compared(*words, "-f", "md"))
    for metric, cells in after.items():
        assert [cell.replace("–", "-") for cell in cells] == shown[metric], metric


def shown_rows(markdown: str) -> dict[str, list[str]]:
    """Baseline, variant, difference and interval by metric, as they are printed."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in markdown.splitlines()]
    return {row[0]: row[1:5] for row in rows if len(row) > 5}


def test_every_figure_of_the_report_is_there_in_its_order(page: Page) -> None:
    from cvosim import load_scenario
    from cvosim.experiment.illustrated import illustrate
    from cvosim.report.exhibits import exhibits_of

    names = ("carpet_cleaning", "carpet_cleaning_no_tripwire")
    found = illustrate([load_scenario(name) for name in names], customers=10_000)
    page.open(BOTH).pictured()
    assert page.figures() == [exhibit.key for exhibit in exhibits_of(found)]
    assert page.do("return document.querySelectorAll('#figures figure table').length") >= len(
        page.figures()
    ), "a table under every figure"


def test_figures_that_are_no_more_go_away(page: Page) -> None:
    before = page.pictured().figures()
    page.do(
        "const s = document.querySelector('#source-a'); s.value = 'cdnow';"
        "s.dispatchEvent(new Event('change'));"
    )
    assert set(before) - set(page.pictured().figures())


def test_an_open_table_and_the_focus_stay_when_figures_are_replaced(page: Page) -> None:
    page.pictured()
    summary = page.one("#figures [data-figure='funnel'] summary")
    summary.send_keys(ENTER)
    turn = page.do("return document.querySelector('[data-figure=funnel]').dataset.turn")
    page.do("document.querySelector('[data-figure=funnel] summary').focus({preventScroll: true})")
    where = page.do("return document.activeElement.getBoundingClientRect().top")
    page.do(
        "const s = document.querySelector(arguments[0]); s.value = s.max;"
        "s.dispatchEvent(new Event('input'));",
        f'.lever[data-path="{CONVERSION}"] input[type=range]',
    )
    page.pictured()
    assert page.do("return document.querySelector('[data-figure=funnel]').dataset.turn") != turn
    assert page.do("return document.querySelector('[data-figure=funnel] details').open")
    assert page.do("return document.activeElement.closest('[data-figure]')?.dataset.figure") == (
        "funnel"
    )
    now = page.do("return document.activeElement.getBoundingClientRect().top")
    assert now == pytest.approx(where, abs=4), "what somebody reads stays where it is"


def test_two_tabs_know_nothing_of_each_other(page: Page, driver: Any, address: str) -> None:
    first = driver.current_window_handle
    driver.switch_to.new_window("tab")
    other = Page(driver, address).open("a=carpet_cleaning&n=10000")
    start = other.numbers()
    try:
        driver.switch_to.window(first)
        page.lever(CONVERSION).send_keys(RIGHT)
        page.settle()
        moved = page.numbers()
        driver.switch_to.window(other_handle(driver, first))
        assert other.numbers() == start
        other.lever(PRICE).send_keys(RIGHT)
        other.settle()
        driver.switch_to.window(first)
        assert page.numbers() == moved != start
    finally:
        driver.switch_to.window(other_handle(driver, first))
        driver.close()
        driver.switch_to.window(first)


def other_handle(driver: Any, first: str) -> str:
    (handle,) = (one for one in driver.window_handles if one != first)
    return str(handle)


@pytest.mark.parametrize(("text", "sent"), [("140 %", "1.4"), ("ten", "ten")])
def test_what_is_wrong_stands_beside_its_field_in_the_loaders_words(
    page: Page, text: str, sent: str
) -> None:
    before = page.numbers()
    page.type(CONVERSION, text)
    command = [sys.executable, "-m", "cvosim", "validate", "carpet_cleaning", "-S"]
    told = subprocess.run(
        [*command, f"{CONVERSION}={sent}"], capture_output=True, text=True, check=False
    )
    problem = page.text(f'.lever[data-path="{CONVERSION}"] .problem')
    assert problem
    assert problem in " ".join(told.stderr.split())
    field = page.field(CONVERSION)
    assert field.get_attribute("aria-invalid") == "true"
    about = field.get_attribute("aria-describedby").split()[0]
    assert page.text(f"#{about}") == problem
    assert page.numbers() == before, "the last good numbers stay"
    assert "Not updated" in page.text("#status")
    page.type(CONVERSION, "30")
    assert page.text(f'.lever[data-path="{CONVERSION}"] .problem') == ""
    assert field.get_attribute("aria-invalid") is None
    assert page.numbers() != before


def test_a_problem_of_a_section_stands_beside_what_was_changed_in_it(page: Page) -> None:
    share = "market.segments.households.share"
    page.open(f"{AT_START}&set.{share}=0.9")
    assert "must add to 1" in page.text(f'.lever[data-path="{share}"] .problem')
    page.one("#reset-all").click()
    page.until("return document.querySelector('main').dataset.state === 'ready'")
    assert page.text(f'.lever[data-path="{share}"] .problem') == ""


@pytest.mark.parametrize("seed", ["-3", "9007199254740993"])
def test_a_seed_that_this_page_cannot_send_is_refused_beside_its_field(
    page: Page, seed: str
) -> None:
    page.one("#seed").send_keys(seed + ENTER)
    page.until("return document.querySelector('main').dataset.state === 'problems'")
    assert "whole number from 0 to 9,007,199,254,740,991" in page.text("#seed-problem")
    assert page.one("#seed").get_attribute("aria-invalid") == "true"
    page.until(f"return window.location.hash.includes('seed={seed}')")
    assert page.one("#seed").get_attribute("value") == seed, "no digit of it is lost"


def test_undo_redo_and_reset(page: Page) -> None:
    start = page.numbers()
    page.type(PRICE, "19")
    cheap = page.numbers()
    page.type(CONVERSION, "30")
    both = page.numbers()
    assert page.do("return document.querySelectorAll('#changes li').length") == 2
    page.keys(CONTROL + "z")
    assert page.settle().numbers() == cheap
    page.keys(CONTROL + SHIFT + "z")
    assert page.settle().numbers() == both
    page.one("#undo").click()
    assert page.settle().numbers() == cheap
    page.one("#redo").click()
    page.settle()
    page.one('#changes button[aria-label^="Undo"]').click()
    assert page.settle().numbers() not in (start, both)
    page.one("#reset-all").click()
    assert page.settle().numbers() == start
    assert page.do("return document.querySelectorAll('#changes li').length") == 0
    assert page.field(PRICE).get_attribute("value") == "29"


def test_the_address_holds_the_state(page: Page) -> None:
    page.type(PRICE, "19")
    page.until("return window.location.hash.includes('price')")
    numbers, fragment = page.numbers(), page.state()
    page.open(fragment)
    assert page.numbers() == numbers
    assert page.field(PRICE).get_attribute("value") == "19"


def test_back_goes_to_the_scenarios_before(page: Page) -> None:
    start = page.numbers()
    page.do(
        "const s = document.querySelector('#source-b'); s.value = 'carpet_cleaning_no_tripwire';"
        "s.dispatchEvent(new Event('change'));"
    )
    page.settle()
    page.until("return window.location.hash.includes('b=carpet')")
    assert page.numbers() != start
    page.driver.back()
    page.until("return document.querySelector('#source-b').value === ''")
    assert page.settle().numbers() == start


def test_a_file_that_is_too_large_is_refused_where_it_was_chosen(
    page: Page, tmp_path: Path
) -> None:
    file = tmp_path / "large.yaml"
    file.write_text("# a\n" * (16 * 1024 + 1))
    fragment = page.state()
    page.one("#file-a").send_keys(str(file))
    page.until("return document.querySelector('.source.a .problem').textContent !== ''")
    assert page.text(".source.a .problem") == (
        "large.yaml is too large: a scenario has at most 64 KiB."
    )
    assert page.state() == fragment
    assert not page.one("#undo").is_enabled()


def test_an_uploaded_scenario_is_read_and_kept_in_the_link(page: Page, tmp_path: Path) -> None:
    from cvosim.scenario.library import library_path

    file = tmp_path / "mine.yaml"
    text = library_path("carpet_cleaning").read_text(encoding="utf-8")
    file.write_text(text.replace("price: 29", "price: 23"), encoding="utf-8")
    turn = page.do("return Number(document.querySelector('main').dataset.turn)")
    page.one("#file-b").send_keys(str(file))
    page.until("return window.location.hash.includes('b.text')")
    # its numbers and its levers come when they are ready, neither waits for the other
    page.until(f"return Number(document.querySelector('main').dataset.turn) > {turn}")
    page.settle()
    field = f".lever[data-path='{PRICE}'] input[type=text]"
    page.until(f'return document.querySelector("{field}").value === "23"')
    numbers = page.numbers()
    page.open(page.state())
    assert page.numbers() == numbers
    assert "mine.yaml" in page.text("#source-b option:checked")


def test_an_uploaded_file_that_is_no_scenario_is_refused_in_words(
    page: Page, tmp_path: Path
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("schema_version: 1\nname: Mine\njourny: {}\n")
    before, fragment = page.numbers(), page.state()
    page.one("#file-b").send_keys(str(file))
    page.until("return document.querySelector('.source.b .problem').textContent !== ''")
    assert "journy" in page.text(".source.b .problem")
    assert page.text(".source.a .problem") == ""
    refused = complaints(page.driver)
    assert page.numbers() == before
    assert page.state() == fragment, "it never comes into the link"
    assert not page.one("#undo").is_enabled(), "nor into the history"
    page.type(PRICE, "19")
    assert page.text(".source.b .problem") == ""
    assert refused
    assert all("422" in one for one in refused), "the browser notes what the server refuses"


def test_narrow_windows_need_no_sideways_scrolling(page: Page) -> None:
    page.resize(360, 800)
    page.open(f"{BOTH}&set.{CONVERSION}=0.3")
    page.do("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    width = page.do("return document.documentElement.scrollWidth")
    assert width <= page.do("return document.documentElement.clientWidth") <= 360


def test_keys_alone_reach_and_move_a_lever(page: Page) -> None:
    before = page.numbers()
    page.do("document.activeElement.blur(); window.scrollTo(0, 0)")
    for _ in range(60):
        page.keys(TAB)
        if page.focused().get_attribute("type") == "range":
            break
    slider = page.focused()
    assert slider.get_attribute("type") == "range"
    worded = slider.get_attribute("aria-valuetext")
    page.keys(RIGHT, RIGHT, RIGHT)
    page.settle()
    assert page.numbers() != before
    assert page.focused() == slider
    assert slider.get_attribute("aria-valuetext") != worded
    page.keys(TAB)
    assert page.focused() != slider, "no trap"


def test_the_newest_of_many_quick_moves_wins(page: Page) -> None:
    page.lever(CONVERSION).send_keys(*[RIGHT] * 12)
    page.until("return document.querySelector('main').dataset.state === 'ready'")
    share = round(float(page.field(CONVERSION).get_attribute("value")) / 100, 10)
    page.until(f"return window.location.hash.endsWith('={share}')")
    quick, fragment = page.numbers(), page.state()
    page.open(fragment)
    assert page.numbers() == quick


def test_a_server_that_is_gone_is_said_in_words(page: Page) -> None:
    page.do("window.kept = window.fetch; window.fetch = () => Promise.reject(new TypeError());")
    page.lever(CONVERSION).send_keys(RIGHT)
    page.until("return document.querySelector('main').dataset.state === 'failed'")
    assert "does not answer" in page.text("#banner")
    assert "Not updated" in page.text("#status")
    page.do("window.fetch = window.kept;")
    page.one("#banner button").click()
    page.settle()
    assert page.text("#banner") == ""
    assert page.text("#status") == "Up to date"
