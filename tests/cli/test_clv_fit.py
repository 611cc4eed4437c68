"""``cvosim clv fit`` and ``cvosim clv project`` on the CDNOW orders."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from helpers.cdnow import END, write_cdnow
from helpers.command_line import CommandLine


@pytest.fixture
def cdnow_orders(cli: CommandLine) -> Path:
    """The CDNOW orders, in the folder that the command line works in."""
    return write_cdnow(Path("orders.csv"))


def test_fit_compares_the_models(cli: CommandLine, cdnow_orders: Path) -> None:
    code, out, err = cli("clv", "fit", cdnow_orders, "--until", END, "--picture", "fit.png")
    assert code == 0
    assert "8 amounts are 0 or below" in err
    for words in (
        "BG/NBD: r = 0.2426",
        "log-likelihood -9,582.429",
        "MBG/NBD: r = 0.5248",
        "Pareto/NBD: r = 0.5533",
        "1,653.4 repeat purchases forecast",
        "1,882 happened",
        "MBG/NBD explains these orders hardly better than BG/NBD (AIC lower by 0.59)",
        "the models differ: 45 % by Pareto/NBD, 81 % by BG/NBD",
    ):
        assert words in out
    assert Path("fit.png").read_bytes().startswith(b"\x89PNG")


def test_fit_for_machines(cli: CommandLine, cdnow_orders: Path) -> None:
    words = ("clv", "fit", cdnow_orders, "--until", END, "--model", "bg_nbd")
    exact = json.loads(cli(*words, "-f", "json").out)
    assert exact["schema_version"] == 1
    (model,) = exact["models"]
    assert model["params"]["alpha_days"] / 7 == pytest.approx(4.413602, rel=1e-5)
    assert model["holdout"]["actual"] == 1882
    assert model["share_alive"] == pytest.approx(0.81344, abs=1e-5)
    assert exact["spend"]["params"]["q"] == pytest.approx(3.744225, rel=1e-4)
    rows = list(csv.DictReader(io.StringIO(cli(*words, "-f", "csv").out)))
    by_name = {(row["model"], row["parameter"]): row for row in rows}
    assert float(by_name["bg_nbd", "aic"]["value"]) == pytest.approx(19_172.858, abs=1e-3)
    assert float(by_name["bg_nbd", "r"]["standard_error"]) == pytest.approx(0.0126, rel=0.02)
    assert cli(*words, "-f", "md").out.startswith("| model | parameter |")


def test_project_ranks_the_customers(cli: CommandLine, cdnow_orders: Path) -> None:
    words = ("clv", "project", cdnow_orders, "--until", END, "--model", "bg_nbd", "--days", 273)
    code, out, _ = cli(*words, "--refits", 30, "--picture", "value.png")
    assert code == 0
    assert "By BG/NBD, 1,917 of 2,357 customers (81 %)" in out
    assert "expected to buy 1,653 times in the next 273 days" in out
    assert "with 90 % probability, if the model is right" in out
    assert Path("value.png").read_bytes().startswith(b"\x89PNG")
    rows = list(csv.DictReader(io.StringIO(cli(*words, "--no-intervals", "-f", "csv").out)))
    assert len(rows) == 2357
    values = [float(row["value"]) for row in rows]
    assert values == sorted(values, reverse=True)
    total = sum(float(row["expected_purchases"]) for row in rows)
    assert total == pytest.approx(1653.41, abs=0.01)
    exact = json.loads(cli(*words, "--no-intervals", "-f", "json").out)
    assert exact["lifetime_value"]["value"] == pytest.approx(sum(values))
    assert exact["expected_purchases"] == pytest.approx(total)


def test_intervals_are_the_same_each_time(cli: CommandLine, cdnow_orders: Path) -> None:
    words = ("clv", "project", cdnow_orders, "--model", "bg_nbd", "--refits", 20, "-f", "csv")
    first = cli(*words).out
    assert first == cli(*words).out
    assert first != cli(*words, "--seed", 2).out
    top = next(csv.DictReader(io.StringIO(first)))
    assert float(top["low"]) <= float(top["value"]) <= float(top["high"])


def test_without_end_and_discount_value_has_no_bound(cli: CommandLine, cdnow_orders: Path) -> None:
    words = ("clv", "project", cdnow_orders, "--model", "bg_nbd", "--days", "inf")
    message = cli.refused(*words, "--discount-rate", 0, "--no-intervals").splitlines()[-1]
    assert "discount" in message


def test_a_season_and_a_covariate(cli: CommandLine, cdnow_orders: Path) -> None:
    lines = cdnow_orders.read_text("ascii").splitlines()
    shops = [f"{line},{'web' if int(line[:4]) % 3 else 'shop'}" for line in lines[1:]]
    cdnow_orders.write_text("\n".join([f"{lines[0]},shop", *shops]) + "\n", "ascii")
    season = ",".join(["1"] * 11 + ["1.6"])
    words = ("--model", "bg_nbd", "--covariate", "shop", "--season", season)
    exact = json.loads(cli("clv", "fit", cdnow_orders, *words, "-f", "json").out)
    found = exact["models"][0]
    effect, error = (found[key]["purchase.shop=shop"] for key in ("params", "standard_errors"))
    assert abs(effect) < 4.5 * error, "the shop is a remainder of the number: it means nothing"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--season", "1,2"), "is not twelve numbers"),
        (("--until", "1990-01-01"), "the first order"),
        (("--model", "bgnbd"), "bg_nbd"),
        (("--covariate", "shopp"), "shopp"),
        (("--timezone", "Europe/Berln"), "Europe/Berlin"),
    ],
)
def test_a_mistake_is_explained(
    cli: CommandLine, cdnow_orders: Path, words: tuple[str, ...], said: str
) -> None:
    assert said in cli.refused("clv", "fit", cdnow_orders, *words).splitlines()[-1]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["a,2025-01-01,5", "a,2025-02-01,5"], "only one customer"),
        (["a,2025-01-01,5", "b,2025-02-01,5"], "there is no repeat buying to fit"),
    ],
)
def test_orders_that_say_nothing(cli: CommandLine, rows: list[str], said: str) -> None:
    Path("few.csv").write_text("\n".join(["customer,date,amount", *rows]) + "\n", "ascii")
    assert said in cli.refused("clv", "fit", "few.csv")


def test_files_are_looked_at_before_the_orders(cli: CommandLine) -> None:
    said = cli.refused("clv", "project", "nowhere.csv", "--picture", "value.doc")
    assert "--picture value.doc: must end in .png or .svg or .pdf" in said


def test_a_shop_that_was_watched_longer_than_it_sold(cli: CommandLine, cdnow_orders: Path) -> None:
    """Half a year without any order: fewer are still customers, and nothing is held out."""
    words = ("clv", "fit", cdnow_orders, "--model", "bg_nbd", "-f", "json")
    last, later = (
        json.loads(cli(*words, *until).out)["models"][0]
        for until in ((), ("--until", "1998-12-31"))
    )
    assert later["holdout"] is None
    assert later["share_alive"] < last["share_alive"]
