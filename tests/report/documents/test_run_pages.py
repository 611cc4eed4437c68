"""Reports of streamed runs, of precise ones, and of a plan."""

from __future__ import annotations

from helpers.command_line import CommandLine
from helpers.html_page import embedded
from helpers.pages import page_of, told

TRIPWIRE = ("run", "carpet_cleaning", "--metric", "conversion.tripwire")
BOTH = ("compare", "carpet_cleaning", "carpet_cleaning_no_tripwire")


def test_streamed(cli: CommandLine) -> None:
    words = ("run", "carpet_cleaning", "--stream", "-n", 20_000, "--cohorts", 90)
    page = page_of(cli, *words, "--executor", "threads:2")
    assert page_of(cli, *words, "--executor", "serial").less_command == page.less_command
    first = cli(*words).out.splitlines()[0]
    assert first in page.verdict
    assert "Carpet cleaning: a prospect earns USD " in page.verdict
    assert page.figures() == 2
    funnel, cohorts = page.descriptions
    assert "20,000" in funnel
    assert "ordered again 90 to 180 days later" in cohorts
    assert "started" not in embedded(page.tree)["manifest"]


def test_as_precise_as_asked(cli: CommandLine) -> None:
    words = (*TRIPWIRE, "--precision", "5%")
    page = page_of(cli, *words)
    assert told(cli(*words).out.split("\n\n")[0]) in page.verdict
    assert page_of(cli, *words).less_command == page.less_command
    assert page.figures() == 1
    assert embedded(page.tree)["precision"]["reached"] is True


def test_difference_as_precise_as_asked(cli: CommandLine) -> None:
    words = (*BOTH, "--precision", "30%", "--executor", "threads:2")
    page = page_of(cli, *words)
    assert told(cli(*words).out.split("\n\n")[0]) in page.verdict
    (alt,) = page.descriptions
    assert alt.startswith("Carpet cleaning earns USD ")
    assert "journey.tripwire" in page.said, "what differs"


def test_precision_that_is_not_reached_is_reported(cli: CommandLine) -> None:
    words = (*TRIPWIRE, "--precision", "0.01%", "--most-customers", 5000)
    page = page_of(cli, *words, code=1)
    assert "not as narrow as asked" in page.verdict


def test_plan_is_drawn(cli: CommandLine) -> None:
    page = page_of(cli, "explain", "carpet_cleaning")
    assert page_of(cli, "explain", "carpet_cleaning").less_command == page.less_command
    assert "goes through lead magnet, tripwire, core offer, stain guard" in page.verdict
    (alt,) = page.descriptions
    assert "tripwire (conversion 6 %)" in alt
    assert "ten_percent_off" in page.said
    assert len(embedded(page.tree)["journey"]) > 12
