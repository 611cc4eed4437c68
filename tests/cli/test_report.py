from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import pytest
from helpers.command_line import CommandLine, here
from helpers.html_page import check, embedded, less_command, words

from cvosim.clv import OrderLog
from cvosim.report.document import Document
from cvosim.report.documents.clv_shared import LogRead
from cvosim.report.exhibit import Exhibit

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
    assert "Carpet cleaning" in out
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
    assert less_command(read("one.html")) == less_command(read("two.html"))
    out = cli(*words, "-n", 300, "-f", "html").out
    assert less_command(out) == less_command(read("one.html"))


def test_bytes_depend_on_nothing_but_the_question(cli: CommandLine, tmp_path: Path) -> None:
    """Nor on the process, the order of its sets, its threads, the folder and the time."""
    source = cli("init", "carpet_cleaning", "-o", "mine.yaml")
    assert source.code == 0, source
    asked = ("report", "mine.yaml", "-S", "journey.tripwire.price=9", "-n", "400")
    assert cli(*asked, "-o", "a.html").code == 0
    other = tmp_path / "another folder"
    other.mkdir()
    command = [sys.executable, "-m", "cvosim", asked[0], str(tmp_path / "mine.yaml"), *asked[2:]]
    environment = {
        **os.environ, "PYTHONHASHSEED": "12345", "TZ": "Asia/Tokyo", "NUMBA_NUM_THREADS": "1",
    }  # fmt: skip
    subprocess.run(
        [*command, "-o", "a.html"], cwd=other, env=environment, check=True, capture_output=True
    )
    assert (other / "a.html").read_bytes() == Path("a.html").read_bytes()
    assert str(tmp_path) not in read("a.html")


@pytest.mark.parametrize(
    "words",
    [
        ("report", "carpet_cleaning", "-S", "name=My own", "-n", "300", "-o", "a.html"),
        ("report", *PAIR, "-n", "300", "-o", "a.md"),
        ("report", "orders.csv", "-o", "a.html"),
        ("clv", "retention", "orders.csv", "-o", "a.html"),
        ("run", "cdnow", "-n", "300", "--stream", "-o", "a.html"),
        ("explain", "cdnow", "-o", "a.html"),
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_a_report_says_how_it_was_made_and_that_makes_it_again(
    cli: CommandLine, words: tuple[str, ...]
) -> None:
    days = (f"{k * k % 40},2025-{1 + k % 12:02}-{1 + k % 28:02},{5 + k % 7}" for k in range(240))
    Path("orders.csv").write_text("\n".join(["customer_id,date,amount", *days]), "utf-8")
    assert cli(*words).code == 0
    before = read(words[-1])
    row = re.search(r"command(?:</th><td>| \| )cvosim (.*?)(?:</td>| \|)", before)
    assert row is not None
    typed = shlex.split(unescape(row[1]).replace("\\", ""))
    assert tuple(typed) == words
    assert cli(*typed, "--force").code == 0
    assert less_typed(read(words[-1])) == less_typed(before)


def less_typed(page: str) -> str:
    return re.sub(r"cvosim (report|clv|run|explain) .*", "", page)


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
    Path("my report_pictures/of_before.svg").write_text("stale", encoding="utf-8")
    assert cli(*again, "--force").code == 0
    assert {
        f"my report_pictures/{one.name}" for one in Path("my report_pictures").iterdir()
    } == files
    Path("my report_pictures/holiday.jpg").write_text("mine", encoding="utf-8")
    assert "holds holiday.jpg" in cli.refused(*again, "--force")
    assert here() == ["my report.md", "my report_pictures"]


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("mishap", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_stop_while_drawing_leaves_what_was_there(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, mishap: BaseException, before: bool
) -> None:
    if before:
        Path("a_pictures").mkdir()
        Path("a_pictures/funnel.svg").write_text("of before", encoding="utf-8")
    drawn: list[str] = []

    def draw(exhibit: Exhibit) -> str:
        drawn.append(exhibit.key)
        if len(drawn) == 2:
            raise mishap
        return "<svg/>"

    monkeypatch.setattr("cvosim.report.markdown.standalone_svg", draw)
    code, out, err = cli("report", "carpet_cleaning", "-n", 300, "-o", "a.md", "--force")
    assert code != 0
    assert out == ""
    assert "Wrote" not in err
    if isinstance(mishap, OSError):
        assert err == "a_pictures: cannot be written (No space left on device)\n"
    assert len(drawn) == 2
    assert here() == (["a_pictures"] if before else [])
    if before:
        assert read("a_pictures/funnel.svg") == "of before"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("report", "-o", "x.pdf"), "any browser prints it to a PDF"),
        (("report", "-o", "x.txt"), "must end in .html, .htm or .md"),
        (("report", "-o", "x"), "write x.html or x.md"),
        (("report", "-o", "x.html", "-f", "md"), "must end in .md with --format md: write x.md"),
        (("report", "-o", "x.md", "-f", "html"), "must end in .html or .htm with --format html"),
        (("run", "-o", "x.pdf"), "words and numbers go there; --picture x.pdf draws them"),
        (("run", "-o", "x.SVG", "-f", "json"), "--picture x.SVG draws them"),
        (("run", "-o", "x.json", "-f", "csv"), "must end in .csv with --format csv: write x.csv"),
        (("run", "-o", "x.json", "-f", "table"), "must end in .txt with --format table"),
        (("run", "-o", "x.xlsx"), "must end in .txt, .json, .csv, .md, .html or .htm"),
        (("explain", "-o", "x.html", "--mermaid"), "must end in .mmd, .mermaid or .txt"),
    ],
)
def test_an_ending_that_says_another_form_is_refused(
    cli: CommandLine, no_simulation: None, words: tuple[str, ...], said: str
) -> None:
    error = cli.refused(words[0], "carpet_cleaning", *words[1:])
    assert error.startswith(f"--output {words[2]}: ")
    assert said in error
    assert "\n" not in error
    assert here() == []


@pytest.mark.parametrize("name", ["plain", "run-0.05", "x.txt", "x.TXT", "v1.2 (final)"])
def test_a_name_that_says_nothing_holds_what_was_asked_for(cli: CommandLine, name: str) -> None:
    assert cli("explain", "carpet_cleaning", "-o", name).code == 0
    assert read(name).startswith(cli("explain", "carpet_cleaning").out[:40])
    if not name.lower().endswith(".txt"):
        assert cli("explain", "carpet_cleaning", "-o", name, "-f", "json", "--force").code == 0
        assert json.loads(read(name))


def test_devices_take_any_form(cli: CommandLine) -> None:
    os.mkfifo("pipe.pdf")
    assert cli("explain", "carpet_cleaning", "-o", "/dev/null", "-f", "csv").code == 0
    with subprocess.Popen(["cat", "pipe.pdf"], stdout=subprocess.PIPE, text=True) as cat:
        assert cli("explain", "carpet_cleaning", "-o", "pipe.pdf", "-f", "csv").code == 0
        assert cat.communicate(timeout=60)[0] == cli("explain", "carpet_cleaning", "-f", "csv").out
    assert cli("report", "carpet_cleaning", "-n", 300, "-f", "md", "-o", "/dev/null").code == 0
    assert here() == ["pipe.pdf"]


def test_names_in_letters_that_no_font_has(cli: CommandLine) -> None:
    """Are no reason to warn of: a reader's browser has them."""
    name = "name=Pizza \N{SLICE OF PIZZA} \U0001f9ff"
    code, _, err = cli("report", "carpet_cleaning", "-S", name, "-n", 300)
    assert (code, err) == (0, "Wrote report.html\n")
    code, _, err = cli("run", "carpet_cleaning", "-S", name, "-n", 300, "--picture", "x.png")
    assert (code, err) == (0, "Wrote x.png\n")


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
    assert "must end in .html" in cli.refused("report", "orders.csv", "-o", "orders.csv")


def test_more_than_memory_holds_is_refused(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cvosim.experiment.table_memory.memory_there", lambda: 200_000_000)
    said = cli.refused("report", "carpet_cleaning", "-n", 200_000)
    assert "a report on 200,000 customers takes about" in said
    assert "ask for fewer customers" in said
    assert cli("run", "carpet_cleaning", "-n", 200_000, "-o", "x.json").code == 0
