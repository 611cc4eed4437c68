"""The report of what moves an outcome."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from helpers.command_line import CommandLine
from helpers.html_page import embedded
from helpers.pages import page_of, told

PRICES = "carpet_cleaning_prices"
QUICK = ("sensitivity", PRICES, "-n", 200, "--executor", "serial")


def test_tornado_and_elasticities(cli: CommandLine) -> None:
    words = (*QUICK, "--store", "kept", "--method", "tornado", "--method", "elasticity")
    page = page_of(cli, *words)
    assert page_of(cli, *words).less_command == page.less_command
    exact = json.loads(cli(*words, "-f", "json").out)
    assert {name: embedded(page.tree)[name] for name in ("tornado", "elasticity")} == {
        name: exact[name] for name in ("tornado", "elasticity")
    }
    printed = cli(*words).out.split("\n\n")
    trust = '"Tripwire: trust" (journey.tripwire.trust)'
    assert f"most is {trust}: from" in page.verdict
    assert page.verdict.count('"Tripwire: trust"') == 1
    bare = re.sub(r'"[^"]*" \(([a-z_.]+)\)', r"\1", page.verdict)
    assert told(printed[0]) in bare, "the same words, but for those of paths"
    assert page.figures() == 2
    tornado, elasticity = page.descriptions
    widest = exact["tornado"]["factors"][0]
    assert tornado.startswith("clv_per_prospect is USD ")
    assert f". {widest['path']} from " in tornado
    assert "4 more factors move it less." in tornado
    first = exact["elasticity"]["factors"][0]
    assert f"{first['path']} {first['elasticity']['value']:+.2f} %".replace("-", "−") in elasticity


def test_all_factors_at_once(cli: CommandLine) -> None:
    pytest.importorskip("sklearn")
    words = (*QUICK, "--points", 64, "--method", "sobol", "--method", "dependence")
    page = page_of(cli, *words, "--method", "discover", "--losing", "clv_per_prospect < 1")
    exact = embedded(page.tree)
    assert page.figures() == 1 + 7 + 1
    sobol, *along, lost = page.descriptions
    assert sobol.startswith(f"Parts of the variance of clv_per_prospect: "
                            f"{exact['sobol']['factors'][0]['path']} ")  # fmt: skip
    assert f"along {exact['dependence']['factors'][0]['path']}: lowest " in along[0]
    share = exact["discover"]["share"]["value"]
    assert f"The plan loses (clv_per_prospect < 1) at {100 * share:.0f} % of " in lost


def test_nothing_moves_where_nothing_can_be_said(cli: CommandLine) -> None:
    Path("flat.yaml").write_text(
        "extends: carpet_cleaning\nname: Flat\ncustomers: 200\nsweep:\n"
        "  levers: {journey.core_offer.price: [249]}\n  outcomes: [clv_per_prospect]\n",
        "utf-8",
    )
    page = page_of(cli, "sensitivity", "flat.yaml", "--method", "sobol", "--points", 8)
    assert "No factor moves clv_per_prospect" in page.said
    assert page.figures() == 0
