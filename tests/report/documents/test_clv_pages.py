"""Reports of an order log: CDNOW, whose numbers are published."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.cdnow import END, write_cdnow
from helpers.command_line import CommandLine
from helpers.html_page import embedded
from helpers.pages import Page, page_of, told

from cvosim.clv import OrderLog
from cvosim.clv.models.order_fit import fit_orders
from cvosim.clv.orders.reading import read_orders
from cvosim.clv.retention.study import RetentionSettings, retention_study
from cvosim.report.customers_exhibits import retention_exhibits
from cvosim.report.documents.clv_fit import fit_verdict
from cvosim.report.documents.clv_orders import orders_document


@pytest.fixture(scope="module")
def cdnow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The orders, in a folder that no report may name."""
    return write_cdnow(tmp_path_factory.mktemp("data") / "cdnow.csv")


@pytest.fixture
def shop(cli: CommandLine) -> Path:
    """A small shop."""
    orders = [(i, day) for i in range(30) for day in range(i, 90, 7 + i * i)]
    lines = [f"c{i},2025-{1 + day // 28:02d}-{1 + day % 28:02d},{10 + i}" for i, day in orders]
    path = Path("shop.csv")
    path.write_text("\n".join(["customer,date,amount", *lines]) + "\n", "utf-8")
    return path


def _twice(cli: CommandLine, *command: object) -> Page:
    page = page_of(cli, *command)
    assert page_of(cli, *command).less_command == page.less_command
    return page


def test_backtest_tracks_what_came(cli: CommandLine, cdnow: Path) -> None:
    words = ("clv", "backtest", cdnow, "--until", END, "--model", "bg_nbd", "--model", "pareto_nbd")
    page = _twice(cli, *words)
    assert str(cdnow.parent) not in page.text
    assert "BG/NBD expects 1,653, 12.1 % too few" in page.verdict
    assert "they made 1,882 more" in page.verdict
    assert page.figures() == 4
    so_far, _, classes, chances = page.descriptions
    assert "1,882 purchases came in the days held out; expected were 1,653 by BG/NBD" in so_far
    assert "Customers with 7+ repeat purchases before made 6.36 each" in classes
    assert "of 10 groups of BG/NBD" in chances
    assert page.said.count("held out") > 2 * 38, "weeks in the tables"
    assert embedded(page.tree)["actual"] == 1882


def test_fit_names_the_model_first(cli: CommandLine, cdnow: Path) -> None:
    page = _twice(cli, "clv", "fit", cdnow, "--until", END)
    said = cli("clv", "fit", cdnow, "--until", END).out.replace(str(cdnow), cdnow.name)
    for line in said.splitlines():
        assert told(line) in page.said
    counts, alive = page.descriptions
    assert "1,411 customers never came back" in counts
    assert "Mean probability of still being a customer: " in alive
    assert "file sha256" in page.said.replace("_", " ")


def test_projection_by_tenth(cli: CommandLine, cdnow: Path) -> None:
    page = page_of(cli, "clv", "project", cdnow, "--model", "bg_nbd", "--no-intervals")
    first, second = page.descriptions
    assert "The most valuable tenth of 2,357 customers is expected to bring" in first
    assert "in the most valuable tenth" in second
    assert "Expected revenue of 2,357 customers:" in page.verdict
    assert embedded(page.tree)["expected_purchases"] > 1000


def test_projection_with_intervals(cli: CommandLine, shop: Path) -> None:
    page = _twice(cli, "clv", "project", shop, "--model", "bg_nbd", "--refits", 20)
    assert "How sure that is" in page.said


def test_segments(cli: CommandLine, cdnow: Path) -> None:
    page = _twice(cli, "clv", "rfm", cdnow)
    assert "The best 20 % of the customers bring 67 % of the revenue" in page.verdict
    assert "champions: 14.2 % of the customers, 50.8 % of the revenue" in page.descriptions[0]
    assert "Limits of the scores" in page.said


def test_retention(cli: CommandLine, cdnow: Path) -> None:
    page = _twice(cli, "clv", "retention", cdnow)
    assert "Still buying 90 days later: 23 % (22 to 25 %)" in page.verdict
    cohorts, survival, back = page.descriptions
    assert "2,357 customers by the month of their first purchase" in cohorts
    assert "15 % 1 month later" in cohorts
    assert "still buying after 349 days" in survival
    assert "New customers who come back in time. all customers: " in back
    assert "1,448" in page.said, "who left at the first purchase"


def test_one_report_of_all(cli: CommandLine, shop: Path) -> None:
    page = page_of(cli, "report", shop)
    assert "What customers are worth" in page.said
    assert "Would the models have known" in page.said
    assert "Tested on the past: " in page.verdict
    assert page.figures() == 2 + 1 + 3 + 4 + 2
    parts = {"projection", "rfm", "retention", "backtest", "fit"}
    assert parts < set(embedded(page.tree))


def test_parts_that_are_not_possible_say_why() -> None:
    twins = OrderLog.of([("ann", 0, 5.0), ("bob", 1, 5.0), ("cis", 40, 5.0)])
    made = orders_document(twins)
    why = [one.words for one in made.sections if one.words.startswith("Not possible with these")]
    assert why
    assert any(one.exhibits for one in made.sections), "what is possible is there"


def test_many_doubts_stand_at_the_end_and_few_in_the_verdict() -> None:
    """A verdict that is mostly warnings is not read; a subject is named where it stands first."""
    rows = [
        (f"c{i}", day, 10.0 + i) for i in range(30) for day in range(i, 90, 7 + i * i) for _ in "ab"
    ]
    made = orders_document(OrderLog.of(rows))
    assert made.verdict.startswith("The 30 customers are expected to buy ")
    assert "Warning:" not in made.verdict
    *_, last = made.sections
    said = last.words.splitlines()
    assert last.title == "What to doubt"
    assert f"There are {len(said)} warnings: see “What to doubt”, at the end." in made.verdict
    assert len(said) > 2


def test_each_forecast_of_several_models_names_its_own(cdnow: Path) -> None:
    several = fit_orders(read_orders(cdnow), END)
    lines = [line for line in fit_verdict(several).splitlines() if "Hold-out of" in line]
    assert len(lines) == 3
    for name, forecast in (
        ("BG/NBD", "1,653.4"),
        ("MBG/NBD", "1,576.7"),
        ("Pareto/NBD", "1,665.5"),
    ):
        (own,) = (line for line in lines if line.startswith(f"{name}: "))
        assert forecast in own


def test_half_that_never_came_back_do_not_buy_for_0_days() -> None:
    rows = [(f"c{i}", i, 9.0) for i in range(30)] + [(f"c{i}", i + 5, 9.0) for i in range(9)]
    study = retention_study(OrderLog.of(rows), RetentionSettings(gap=10, until=90))
    _, survival, *_ = retention_exhibits(study)
    assert "At least half never come back." in survival.alt
    assert "0 days" not in survival.alt
