from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from helpers.cdnow import END, write_cdnow
from helpers.command_line import CommandLine, here


@pytest.fixture
def orders(cli: CommandLine) -> Path:
    """Some weeks of a small shop, in the folder that the command line works in."""
    rows = ["customer,date,amount"]
    for customer in range(60):
        gap = 3 + customer % 17
        for order in range(1 + customer % 5):
            day = (customer % 20) + order * gap
            rows.append(f"c{customer},2025-{1 + day // 28:02d}-{1 + day % 28:02d},{20 + order}")
    path = Path("orders.csv")
    path.write_text("\n".join(rows) + "\n", "utf-8")
    return path


WORDS = ("clv", "backtest", "orders.csv", "--model", "bg_nbd", "--until", "2025-02-20")


def test_cdnow_says_what_was_published(cli: CommandLine) -> None:
    write_cdnow(Path("cdnow.csv"))
    models = ("--model", "bg_nbd", "--model", "pareto_nbd")
    code, out, err = cli("clv", "backtest", "cdnow.csv", "--until", END, *models)
    assert code == 0
    assert err.startswith("Warning: 8 amounts are 0"), "what is odd about the file"
    assert out.startswith("Warning: BG/NBD says that 81 % of the customers are still customers")
    assert "BG/NBD expects 1,653, 12.1 % too few" in out
    assert "Pareto/NBD expects 1,666, 11.5 % too few" in out
    assert "1,882 purchases came in the 273 days held out" in out
    rows = [
        line.split() for line in out.splitlines() if line.startswith(("BG/NBD ", "Pareto/NBD "))
    ]
    assert [row[-2] for row in rows[-2:]] == ["81.3", "44.6"]


@pytest.mark.usefixtures("orders")
def test_each_form(cli: CommandLine) -> None:
    text = cli(*WORDS).out
    assert "Orders: orders.csv, fitted from 2025-01-01 to 2025-02-20." in text
    exact = json.loads(cli(*WORDS, "-f", "json").out)
    assert exact["schema_version"] == 1
    assert [model["name"] for model in exact["models"]] == ["bg_nbd"]
    rows = list(csv.DictReader(io.StringIO(cli(*WORDS, "-f", "csv").out)))
    assert float(rows[0]["expected"]) == pytest.approx(exact["models"][0]["expected"])
    assert [row["method"] for row in rows] == [
        "BG/NBD", "last period", "own rate", "population mean", "hiatus",
    ]  # fmt: skip
    assert "| method | expected |" in cli(*WORDS, "-f", "md").out


@pytest.mark.usefixtures("orders")
def test_draws_and_never_overwrites(cli: CommandLine) -> None:
    assert cli(*WORDS, "--picture", "test.png").err == "Wrote test.png\n"
    assert Path("test.png").read_bytes().startswith(b"\x89PNG")
    assert "exists already" in cli.refused(*WORDS, "--picture", "test.png")
    assert "would be overwritten" in cli.refused(*WORDS, "-o", "orders.csv", "--force")
    assert here() == ["orders.csv", "test.png"]


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["gone.csv"], "gone.csv"),
        (["orders.csv", "--model", "bgnbd"], "bg_nbd"),
        (["orders.csv", "--until", "yesterday"], "yesterday"),
        (["orders.csv", "--until", "2026-01-01"], "before the last"),
        (["orders.csv", "--hiatus", "-1"], "--hiatus"),
        (["orders.csv", "--model", "bg_nbd", "--model", "bg_nbd"], "named twice"),
        (["orders.csv", "--picture", "x.txt"], "must end in"),
    ],
)
@pytest.mark.usefixtures("orders")
def test_bad_input_is_one_line(cli: CommandLine, words: list[str], answer: str) -> None:
    refusal = cli.refused("clv", "backtest", *words)
    assert answer in refusal
    assert len(refusal.splitlines()) == 1
    assert here() == ["orders.csv"]
