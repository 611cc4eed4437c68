"""The report of a sweep."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from helpers.command_line import CommandLine
from helpers.html_page import embedded
from helpers.pages import page_of, told

from cvosim.experiment.sweeps.manifest import Column, Outline, SweepManifest
from cvosim.experiment.sweeps.result import SweepTable
from cvosim.report.documents.sweep import sweep_document
from cvosim.report.html import html_of

SWEEP = """\
extends: carpet_cleaning
name: Prices
sweep:
  levers: {journey.tripwire.price: [9, 19, 29]}
  uncertainties: {journey.core_offer.conversion: {kind: uniform, low: 0.1, high: 0.4}}
  design: {kind: latin_hypercube, points: 12}
  customers: 500
  outcomes: [clv_per_prospect, conversion.core_offer]
"""
PRICE, WORLD = "journey.tripwire.price", "journey.core_offer.conversion"


@pytest.fixture
def prices(cli: CommandLine) -> str:
    Path("prices.yaml").write_text(SWEEP, "utf-8")
    return "prices.yaml"


def many(points: int, factors: int) -> SweepTable:
    """A sweep of so many points and factors, by hand."""
    draws = (np.arange(points)[:, None] * np.sqrt(np.arange(2, factors + 2))) % 1.0
    columns = tuple(Column(f"journey.stage{i}.price", "uncertainty") for i in range(factors))
    outline = Outline("Many", "0", "USD", 1, columns, tuple(map(tuple, draws.tolist())),
                      ("clv_per_prospect",), 100, 1, True)  # fmt: skip
    found = draws.sum(axis=1)[:, None]
    return SweepTable(outline=outline, values=found[:, None], pooled=found,
                      standard_errors=0.1 * np.ones_like(found), units=("USD",), errors={},
                      manifest=SweepManifest.of(outline))  # fmt: skip


def test_says_what_the_command_prints(cli: CommandLine, prices: str) -> None:
    page = page_of(cli, "sweep", prices)
    assert told(cli("sweep", prices).out.split("\n\n")[0]) in page.said
    assert page.figures() == 2
    exact = embedded(page.tree)
    means = {
        price: np.mean([p["outcomes"]["clv_per_prospect"]["value"] for p in exact["points"]
                        if p["factors"][PRICE] == price])
        for price in (9, 19, 29)
    }  # fmt: skip
    best = max(means, key=lambda price: means[price])
    over_price, _ = page.descriptions
    assert "How its means differ is not certain with so few customers." in over_price
    assert f"{means[best]:.2f}" in page.said
    assert "12 points over tripwire.price" in over_price
    assert "The same settings, seed and version" in page.said


def test_the_same_bytes_whoever_computes(cli: CommandLine, prices: str) -> None:
    first = page_of(cli, "sweep", prices, "--executor", "serial")
    assert (
        page_of(cli, "sweep", prices, "--executor", "threads:2").less_command == first.less_command
    )
    shard = page_of(cli, "sweep", prices, "--store", "parts", "--shard", "1/2")
    assert "Shard 1/2 of Prices is done" in shard.said
    assert "`cvosim sweep merge FOLDER` joins them" in shard.said
    assert shard.figures() == 0
    assert cli("sweep", prices, "--store", "parts", "--shard", "2/2").code == 0
    assert page_of(cli, "sweep", "merge", "parts").less_command == first.less_command


def test_nothing_is_reported_of_a_dry_run(cli: CommandLine, prices: str) -> None:
    refused = cli("sweep", prices, "--dry-run", "-o", "no.html")
    assert refused.code == 2
    assert "--dry-run has no results to report" in refused.err
    assert not Path("no.html").exists()


def test_points_that_all_fail_leave_words(cli: CommandLine) -> None:
    Path("failing.yaml").write_text(
        "extends: pizza_chain\nname: Failing\nsweep:\n"
        "  levers: {journey.referral.invitations.mean: [49, 50]}\n"
        "  customers: 1000\n  outcomes: [cac]\n",
        "utf-8",
    )
    page = page_of(cli, "sweep", "failing.yaml", code=4)
    assert "No point has a cac." in page.said
    assert "2 points failed" in page.said
    assert page.figures() == 0


def test_many_points_of_many_factors_stay_small() -> None:
    """Nine factors: eight are drawn as images, the ninth is named as left out."""
    document = sweep_document(many(3000, 9))
    text = html_of(document)
    assert len(text) < 500_000
    assert text.count("<image") == 8
    assert "The first 8 factors are drawn, 1 not." in text
    assert "Drawn: 1,024 of 3,000 points" in text
    again = sweep_document(many(3000, 9)).sections[0].exhibits[0].svg()
    assert "<image" in again
    assert again in text, "an image has the same bytes"


def test_of_some_points_all_are_drawn() -> None:
    (exhibit,) = sweep_document(many(201, 1)).sections[0].exhibits
    assert len(exhibit.data.x) == 201
    assert "Drawn:" not in exhibit.note


def test_dots_that_are_drawn_are_of_all_worlds() -> None:
    """Whatever the period of the points, no value of a factor is left out."""
    found = many(4096, 2)
    levels = tuple((i % 16, 0.5) for i in range(4096))
    outline = Outline(**{**vars(found.outline), "points": levels})
    table = SweepTable(**{**vars(found), "outline": outline})
    section, _ = sweep_document(table).sections
    drawn = section.exhibits[0].data.x
    counts = np.bincount(np.array(drawn, int), minlength=16)
    assert len(drawn) == 1024
    assert counts.min() > 50
    assert counts.max() < 78


def test_the_highest_is_named_where_it_is_beyond_its_error() -> None:
    """Of the same points, once known well and once not."""
    found = many(256, 1)
    (exhibit,) = sweep_document(found).sections[0].exhibits
    assert "Its mean is highest at 0.8772 to 0.997, USD 0.94" in exhibit.alt
    assert "(typically ± USD 0.20, 95 %)" in exhibit.alt
    noisy = SweepTable(**{**vars(found), "standard_errors": 9.0 * found.standard_errors})
    (exhibit,) = sweep_document(noisy).sections[0].exhibits
    assert "highest" not in exhibit.alt
    assert "How its means differ is not certain" in exhibit.alt
