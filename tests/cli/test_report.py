from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from helpers.command_line import CommandLine, here
from helpers.html_page import check, embedded, words

from cvosim.clv import OrderLog
from cvosim.report.document import Document
from cvosim.report.documents.clv_shared import LogRead

SWEEP = """\
extends: carpet_cleaning
name: Prices
sweep:
  levers: {journey.tripwire.price: [9, 19, 29]}
  design: {kind: grid}
  customers: 200
  outcomes: [clv_per_prospect]
"""
ORDERS = "customer_id,date,amount\na,2025-01-01,5\na,2025-02-01,6\nb,2025-03-01,7\n"
PAIR = ("carpet_cleaning", "carpet_cleaning_no_tripwire")


def read(name: str) -> str:
    return Path(name).read_text(encoding="utf-8")


def test_one_scenario_alone_is_a_run(cli: CommandLine) -> None:
    code, out, err = cli("report", "carpet_cleaning", "-n", 500)
    assert (code, err) == (0, "Wrote report.html\n")
    assert out.startswith("Carpet cleaning: a prospect ")
    page = check(read("report.html"))
    assert words(next(page.iter("h1"))) == "Carpet cleaning"
    printed = json.loads(cli("run", "carpet_cleaning", "-n", 500, "-f", "json").out)
    for passing in ("started", "seconds", "compile_seconds", "threads"):
        printed["manifest"].pop(passing)
    assert embedded(page) == printed


def test_variants_or_changes_make_a_comparison(cli: CommandLine) -> None:
    out = cli("report", *PAIR, "-n", 500, "--seed", 5, "-o", "pair.html").out
    assert "Straight to the core offer" in out
    data = embedded(check(read("pair.html")))
    printed = json.loads(cli("compare", *PAIR, "-n", 500, "--seed", 5, "-f", "json").out)
    for manifest in printed["manifests"].values():
        for passing in ("started", "seconds", "compile_seconds", "threads"):
            manifest.pop(passing)
    assert data == printed
    cli("report", "carpet_cleaning", "-S", "journey.tripwire=null", "-n", 500, "-o", "two.html")
    assert embedded(check(read("two.html")))["variants"] == [
        "Carpet cleaning with journey.tripwire=null"
    ]


@pytest.mark.parametrize("words", [("run", "carpet_cleaning"), ("compare", *PAIR)])
def test_run_and_compare_write_the_same_report(cli: CommandLine, words: tuple[str, ...]) -> None:
    assert cli(*words, "-n", 300, "-o", "one.html").code == 0
    assert cli("report", *words[1:], "-n", 300, "-o", "two.html").code == 0
    assert read("one.html") == read("two.html")
    assert cli(*words, "-n", 300, "-f", "html").out == read("one.html")


def test_bytes_depend_on_nothing_but_the_question(cli: CommandLine, tmp_path: Path) -> None:
    """Nor on the process, the order of its sets, its threads, the folder and the time."""
    source = cli("init", "carpet_cleaning", "-o", "mine.yaml")
    assert source.code == 0, source
    asked = ("report", "mine.yaml", "-S", "journey.tripwire.price=9", "-n", "400")
    assert cli(*asked, "-o", "here.html").code == 0
    other = tmp_path / "another folder"
    other.mkdir()
    command = [sys.executable, "-m", "cvosim", asked[0], str(tmp_path / "mine.yaml"), *asked[2:]]
    environment = {**os.environ, "PYTHONHASHSEED": "12345", "TZ": "Asia/Tokyo"}
    subprocess.run(
        [*command, "--threads", "1", "-o", "there.html"], cwd=other, env=environment, check=True,
        capture_output=True,
    )  # fmt: skip
    assert (other / "there.html").read_bytes() == Path("here.html").read_bytes()
    assert str(tmp_path) not in read("here.html")


def test_the_command_in_a_report_makes_it_again(cli: CommandLine) -> None:
    cli("report", "carpet_cleaning", "-S", "journey.tripwire.price=9", "-n", 300, "-o", "a.html")
    row = re.search(r"<th scope=\"row\">command</th><td>cvosim ([^<]*)</td>", read("a.html"))
    assert row is not None
    assert cli(*row[1].split()).code == 0
    assert read("report.html") == read("a.html")


def test_names_of_a_person_are_text(cli: CommandLine) -> None:
    name = "<script>alert(1)</script>"
    cli("report", "carpet_cleaning", "-S", f"name={name}", "-n", 300)
    text = read("report.html")
    assert "<script>alert" not in text
    assert name in words(check(text))
    cli("report", "carpet_cleaning", "-S", f"name={name}", "-n", 300, "-o", "evil.md")
    assert "\\<script\\>" in read("evil.md")
    assert "<script>" not in read("evil.md").replace("\\<", "")
    for picture in Path("evil_pictures").iterdir():
        ElementTree.parse(picture)
        assert "<script" not in picture.read_text(encoding="utf-8")


def test_markdown_has_its_pictures_beside_it(cli: CommandLine) -> None:
    code, out, err = cli("report", *PAIR, "-n", 300, "-o", "my report.md")
    assert (code, err) == (0, "Wrote my report_pictures\nWrote my report.md\n")
    assert out.strip()
    links = re.findall(r"!\[[^\]]*\]\(<([^>]*)>\)", read("my report.md"))
    files = {f"my report_pictures/{one.name}" for one in Path("my report_pictures").iterdir()}
    assert set(links) == files
    assert "my report_pictures/funnel.svg" in files
    again = ("report", *PAIR, "-n", 300, "-o", "my report.md")
    assert "--force" in cli.refused(*again)
    Path("my report.md").unlink()
    assert cli.refused(*again) == "my report_pictures: exists already; --force overwrites"
    assert cli(*again, "--force").code == 0


def test_on_standard_output_pictures_are_told_in_words(cli: CommandLine) -> None:
    code, out, err = cli("report", "carpet_cleaning", "-n", 300, "-f", "md", "-o", "-")
    assert (code, err) == (0, "")
    assert out.startswith("# Carpet cleaning\n")
    assert "![" not in out
    assert "### Who takes each step" in out
    assert here() == []
    page = check(cli("report", "carpet_cleaning", "-n", 300, "-o", "-").out)
    assert words(next(page.iter("h1"))) == "Carpet cleaning"


def test_what_cannot_be_written_is_refused_first(cli: CommandLine, no_simulation: None) -> None:
    Path("report.html").write_text("mine", encoding="utf-8")
    assert cli.refused("report", *PAIR) == "report.html: exists already; --force overwrites"
    Path("a_pictures").write_text("mine", encoding="utf-8")
    assert cli.refused("report", *PAIR, "-o", "a.md", "--force") == (
        "a_pictures: is a file; the pictures need a folder of this name"
    )
    assert "does not exist" in cli.refused("report", *PAIR, "-o", "no/where.html")
    assert "html, md" in cli.refused("report", *PAIR, "-f", "pdf")
    assert "--engine reference" in cli.refused(
        "run", "carpet_cleaning", "--engine", "reference", "-o", "x.html"
    )
    assert read("report.html") == "mine"


def test_html_is_no_form_of_what_has_no_report(cli: CommandLine) -> None:
    assert "must be one of table, json, csv, md" in cli.refused(
        "validate", "carpet_cleaning", "-f", "html"
    )


def test_a_sweep_is_reported_from_its_store(cli: CommandLine) -> None:
    Path("prices.yaml").write_text(SWEEP, encoding="utf-8")
    cli("sweep", "prices.yaml", "--store", "prices", "-o", "x.csv")
    code, _, err = cli("report", "prices", "-o", "sweep.html")
    assert (code, err) == (0, "Wrote sweep.html\n")
    check(read("sweep.html"))
    assert cli("report", "prices", "-o", "sweep.md").code == 0
    for picture in Path("sweep_pictures").iterdir():
        ElementTree.parse(picture)
    assert "nothing in it" in cli.refused("report", "prices", "-n", 5, "-o", "y.html")
    assert "reported alone" in cli.refused("report", "prices", "carpet_cleaning", "-o", "y.html")
    Path("empty").mkdir()
    assert "no store of a sweep" in cli.refused("report", "empty", "-o", "y.html")


def test_an_order_log_is_reported_by_its_customers(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through what makes the report, which has tests of its own and takes its time."""

    def document(log: OrderLog, read: LogRead) -> Document:
        assert read.file == Path("orders.csv")
        return Document(f"{log.n_customers} customers", "Two came.", ())

    monkeypatch.setattr("cvosim.report.documents.clv_orders.orders_document", document)
    Path("orders.csv").write_text(ORDERS, encoding="utf-8")
    code, out, err = cli("report", "orders.csv", "-o", "customers.html")
    assert (code, out) == (0, "Two came.\n"), err
    assert "Wrote customers.html" in err
    assert words(next(check(read("customers.html")).iter("h1"))) == "2 customers"
    assert "would be overwritten" in cli.refused("report", "orders.csv", "-o", "orders.csv")


def test_more_than_memory_holds_is_refused(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cvosim.experiment.table_memory.memory_there", lambda: 200_000_000)
    said = cli.refused("report", "carpet_cleaning", "-n", 200_000)
    assert "a report on 200,000 customers takes about" in said
    assert "ask for fewer customers" in said
    assert cli("run", "carpet_cleaning", "-n", 200_000, "-o", "x.json").code == 0
