"""The report of an optimisation."""

from __future__ import annotations

from pathlib import Path

from helpers.command_line import CommandLine
from helpers.html_page import embedded
from helpers.one_price import write_scenario
from helpers.pages import page_of, told

PRICE = "journey.core_offer.price"
QUICK = ("-n", 2000, "--indifference", 0.6, "--executor", "serial")


def test_best_price(cli: CommandLine) -> None:
    path = write_scenario(Path("one.yaml"), {PRICE: [20, 25, 70]}, outcomes=["cac"])
    words = ("optimise", path, *QUICK, "--subject-to", "cac <= 9")
    page = page_of(cli, *words)
    assert page_of(cli, *words).less_command == page.less_command
    assert told(embedded(page.tree)["verdict"]) in page.said
    assert told(cli(*words).out.split("\n\n")[0]) in page.said
    assert page.figures() == 1
    (alt,) = page.descriptions
    chosen = embedded(page.tree)["changes"].get(PRICE, 40)
    assert f"contribution_per_prospect of 4 plans over {PRICE}" in alt
    assert f"Chosen is {chosen:g}; as written it is 40." in alt
    assert "cac <= 9" in page.said


def test_front(cli: CommandLine) -> None:
    path = write_scenario(Path("one.yaml"), {PRICE: {"low": 20, "high": 60, "step": 20}})
    words = ("--maximise", "contribution_per_prospect", "--minimise", "cac")
    page = page_of(cli, "optimise", path, *QUICK, *words)
    assert page.figures() == 1
    assert "On the front, or perhaps: USD " in page.descriptions[0]
    assert "20 to 60 in steps of 20" in page.said
