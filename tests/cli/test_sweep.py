from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pandas
import pytest
from helpers.command_line import CommandLine

NAME = "carpet_cleaning_prices"
SWEEP = """\
extends: carpet_cleaning
name: Prices
sweep:
  levers: {journey.tripwire.price: [9, 19, 29]}
  uncertainties: {journey.core_offer.conversion: {kind: uniform, low: 0.1, high: 0.4}}
  design: {kind: latin_hypercube, points: 12}
  customers: 1000
  outcomes: [clv_per_prospect, conversion.core_offer]
"""


@pytest.fixture
def prices(cli: CommandLine) -> str:
    Path("prices.yaml").write_text(SWEEP, "utf-8")
    return "prices.yaml"


@pytest.fixture
def failing(cli: CommandLine) -> str:
    """So many invitations that everybody brings more people, who bring more, beyond the cap."""
    Path("failing.yaml").write_text(
        "extends: pizza_chain\nname: Failing\nsweep:\n"
        "  levers: {journey.referral.invitations.mean: [1, 50, 2]}\n"
        "  customers: 1000\n  outcomes: [cac]\n",
        "utf-8",
    )
    return "failing.yaml"


def test_words_then_levers_then_points(cli: CommandLine, prices: str) -> None:
    code, out, err = cli("sweep", prices)
    assert (code, err) == (0, "")
    verdict, tables = out.split("\n\n", 1)
    levers, hint = tables.rsplit("\n\n", 1)
    assert verdict.startswith("12 points of 1 lever and 1 uncertainty, 1,000 customers each.")
    assert "Its mean over the uncertainties is highest" in verdict.replace("\n", " ")
    assert max(map(len, verdict.splitlines())) <= 92
    assert "each setting of the levers" in levers
    assert len(levers.splitlines()) == 2 + 2 + 3
    assert hint.startswith("Every point: --format csv, or results.parquet")


def test_run_is_meant_when_no_command_is_named(cli: CommandLine, prices: str) -> None:
    assert cli("sweep", "run", prices).out == cli("sweep", prices).out


def test_one_line_opens_the_store(cli: CommandLine, prices: str) -> None:
    first = cli("sweep", prices, "--store", "there", "-f", "json")
    found = pandas.read_parquet("there/results.parquet")
    assert len(found) == 12
    points = json.loads(first.out)["points"]
    assert found["clv_per_prospect"].tolist() == [
        point["outcomes"]["clv_per_prospect"]["value"] for point in points
    ]
    again = cli("sweep", prices, "--store", "there", "-f", "json", "--executor", "serial")
    assert json.loads(again.out)["manifest"]["hash"] == json.loads(first.out)["manifest"]["hash"]


def test_csv_holds_every_point(cli: CommandLine, prices: str) -> None:
    rows = list(csv.DictReader(io.StringIO(cli("sweep", prices, "-f", "csv").out)))
    assert [row["point"] for row in rows] == [str(i) for i in range(12)]
    assert {row["journey.tripwire.price"] for row in rows} == {"9", "19", "29"}
    assert all(float(row["clv_per_prospect.standard_error"]) > 0.0 for row in rows)


def test_failed_points_are_rows_and_the_exit_code_says_so(cli: CommandLine, failing: str) -> None:
    outcome = cli("sweep", failing, "-f", "csv")
    assert outcome.code == 4
    rows = list(csv.DictReader(io.StringIO(outcome.out)))
    assert ["the cap of" in row["error"] for row in rows] == [False, True, False]
    assert [bool(row["cac"]) for row in rows] == [True, False, True]
    assert "1 point failed; the first, point 1:" in cli("sweep", failing).out.replace("\n", " ")


def test_shards_are_merged(cli: CommandLine, prices: str) -> None:
    whole = json.loads(cli("sweep", prices, "-f", "json").out)
    first = cli("sweep", prices, "--store", "parts", "--shard", "1/2")
    assert "Shard 1/2 of Prices is done: 6 of the sweep's 12 tasks." in first.out.replace("\n", " ")
    assert "2" in cli.refused("sweep", "merge", "parts")
    cli("sweep", prices, "--store", "parts", "--shard", "2/2")
    merged = json.loads(cli("sweep", "merge", "parts", "-f", "json").out)
    assert merged["manifest"]["hash"] == whole["manifest"]["hash"]
    assert merged["points"] == whole["points"]


def test_a_dry_run_simulates_next_to_nothing(cli: CommandLine, prices: str) -> None:
    words = cli("sweep", prices, "--dry-run", "-n", 1_000_000).out.replace("\n", " ")
    assert words.startswith("12 points in 96 tasks: 12,000,000 customers in all. About")
    found = json.loads(cli("sweep", prices, "--dry-run", "-f", "json").out)
    assert (found["points"], found["customers"], found["done"]) == (12, 12_000, 0)
    assert found["seconds"] > 0.0
    assert not list(Path().glob("*.parquet"))


def test_a_picture(cli: CommandLine) -> None:
    cli("sweep", NAME, "-n", 50, "--picture", "sweep.svg")
    drawn = Path("sweep.svg").read_text("utf-8")
    for name in ("core_offer.price", "tripwire.trust", "facebook.cost_per_prospect"):
        assert name in drawn


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["carpet_cleaning"], "carpet_cleaning: has no `sweep:` section that says what may differ; "
         "write one, such as `sweep: {levers: "),
        ([NAME, "--shard", "1/2"], "--shard needs --store FOLDER: a shard without one is lost"),
        ([NAME, "--fresh"], "--fresh needs --store FOLDER"),
        ([NAME, "--retry-failed"], "--retry-failed needs --store FOLDER"),
        ([NAME, "-S", "sweep.outcomes=[cac, clv]"],
         '-S sweep.outcomes: sweep.outcomes.1: no metric is called "clv"; did you mean "clv_per'),
        (["x.yaml"], "no such file"),
        ([NAME, "--executor", "thread:2"], 'did you mean "threads'),
        ([NAME, "--shard", "3/2"], "i/N with i from 1 to N"),
        ([NAME, "--store", "x/y/z"], "folder"),
    ],
)  # fmt: skip
def test_mistakes_are_explained(cli: CommandLine, words: list[str], said: str) -> None:
    Path("x").write_text("a file", "utf-8")
    assert said in cli.refused("sweep", *words)


def test_an_outcome_that_there_is_not_is_shown_where_it_stands(
    cli: CommandLine, prices: str
) -> None:
    Path(prices).write_text(SWEEP.replace("conversion.core_offer]", "cacc]"), "utf-8")
    said = cli.refused("sweep", prices)
    place = "prices.yaml:8:32: sweep.outcomes.1"
    assert said == f'{place}: no metric is called "cacc"; did you mean "cac"?'
