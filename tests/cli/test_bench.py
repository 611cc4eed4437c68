from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from helpers.command_line import CommandLine
from helpers.readable import assert_readable

from cvosim.engine.driver import run_kernel

QUICK = ("--customers", 1_000, "--rounds", 1, "--threads", 1)


def test_the_verdict_comes_first_in_plain_english(cli: CommandLine) -> None:
    code, out, err = cli("bench", *QUICK)
    assert (code, err) == (0, "")
    said = " ".join(out.split())
    assert re.match(r"1,000 prospects of Carpet cleaning take \d+\.\d+ s here", said)
    assert " s here on 1 thread: " in said
    assert "times less than in the reference engine, which does the same to the bit." in said
    assert "times what its random numbers and formulas alone cost on this machine" in said
    rows = [line.split("  ")[0] for line in out.splitlines()]
    for row in ("kernel", "kernel, one thread", "reference engine", "floor", "efficiency", "memory",
                "bytes of a customer", "random numbers", "exp"):  # fmt: skip
        assert row in rows
    assert "threads against one" not in out, "there was but one"
    assert max(map(len, out.splitlines())) < 120


def test_two_threads_are_told_beside_what_they_could_give(cli: CommandLine) -> None:
    words = ("--customers", 1_000, "--rounds", 1, "--threads", 2)
    out = cli("bench", "cdnow", *words).out
    if "on 1 thread:" in out:
        pytest.skip("one core")
    assert "2 threads are" in " ".join(out.split())
    assert "2 threads against one" in out
    assert "what they could give" in out


def test_people_whom_referral_brings_are_counted(cli: CommandLine) -> None:
    out = " ".join(cli("bench", "pizza_chain", *QUICK).out.split())
    assert out.startswith("1,000 prospects of Pizza chain and the ")
    assert " people whom they bring take " in out


def test_json_has_everything_exactly(cli: CommandLine) -> None:
    short = json.loads(cli("bench", *QUICK, "--json").out)
    long = json.loads(cli("bench", *QUICK, "--format", "json").out)
    assert set(short) == set(long)
    assert short["schema_version"] == 1
    assert short["verdict"].startswith("1,000 prospects of Carpet cleaning")
    for same in ("trajectory_hash", "operations_per_customer", "bytes_per_customer", "seed"):
        assert short[same] == long[same]
    for measured in ("customers_per_second", "ns_per_customer", "floor_ns_per_customer"):
        assert short[measured] > 0.0
    assert short["efficiency"] == short["floor_ns_per_customer"] / short["ns_per_customer"]


def test_csv_markdown_and_html(cli: CommandLine) -> None:
    lines = list(csv.DictReader(io.StringIO(cli("bench", *QUICK, "-f", "csv").out)))
    by_name = {line["measured"]: line for line in lines}
    assert float(by_name["bytes of a customer"]["value"]) == 215.0
    assert by_name["floor"]["unit"] == "ns/customer"
    assert "| kernel, one thread |" in cli("bench", *QUICK, "-f", "md").out
    code, out, err = cli("bench", *QUICK, "-o", "speed.html", "--picture", "speed.svg")
    assert (code, out, err) == (0, "", "Wrote speed.svg\nWrote speed.html\n")
    page = Path("speed.html").read_text("utf-8")
    assert "How fast cvosim simulates Carpet cleaning here" in page
    assert "cvosim bench --customers 1000" in page
    assert "Where the nanoseconds of a customer go" in Path("speed.svg").read_text("utf-8")


def test_settings_change_what_is_timed(cli: CommandLine) -> None:
    plain = json.loads(cli("bench", *QUICK, "--json").out)
    changed = json.loads(
        cli("bench", *QUICK, "--json", "-S", "journey.return_path=[]", "-S", "seed=8").out
    )
    assert changed["seed"] == 8
    assert changed["trajectory_hash"] != plain["trajectory_hash"]
    blocks = [one["operations_per_customer"]["block"] for one in (changed, plain)]
    assert blocks[0] < blocks[1], "nobody is followed up"


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("--json", "--format", "csv"), "--json and --format csv are two forms; leave one out"),
        (("--rounds", "0"), "0: must be at least 1"),
        (("--customers", "none"), "none: must be a whole number"),
        (("--output", "speed.png"), "--picture speed.png draws them"),
        (("no_such",), "no_such: no such file"),
    ],
)
def test_mistakes_are_explained_in_a_line(
    cli: CommandLine, words: tuple[str, ...], answer: str
) -> None:
    explained = cli.refused("bench", *words)
    assert answer in explained
    assert len(explained.splitlines()) == 1


def test_engines_that_disagree_are_a_finding_in_words(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(*arguments: Any, **options: Any) -> Any:
        run = run_kernel(*arguments, **options)
        run.customers.revenue[3] += 1e-9
        return run

    monkeypatch.setattr("cvosim.engine.speed.subject.run_kernel", careless)
    explained = cli.refused("bench", *QUICK)
    assert explained.startswith("the engines disagree on the first 1,000 customers (")
    assert explained.endswith("see cvosim doctor")


def test_the_picture_is_readable() -> None:
    from cvosim.report.bench_picture import Bar, Bars, costs

    parts = ("random numbers", "exp", "log", "sqrt", "all else")
    bars = (
        Bar("kernel", (111.0, 22.0, 9.0, 1.0, 210.0), "353 ns"),
        Bar("floor, draws waiting", (290.0, 22.0, 9.0, 1.0, 0.0), "322 ns"),
    )
    assert_readable(costs(Bars("Where the nanoseconds of a customer go", parts, bars)).figure)


def test_more_than_memory_holds_is_refused(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With advice that can be followed: a bench has no --stream."""
    monkeypatch.setattr("cvosim.experiment.table_memory.memory_there", lambda: 200_000_000)
    said = cli.refused("bench", "saas", "-n", 100_000_000_000)
    assert "customers: 100,000,000,000 customers take about" in said
    assert "ask for fewer --customers" in said
    assert "--stream" not in said
