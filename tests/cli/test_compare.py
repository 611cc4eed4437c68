from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from helpers.command_line import CommandLine

PAIR = ("carpet_cleaning", "carpet_cleaning_no_tripwire")
VARIANT = "Straight to the core offer"


def test_table_opens_with_the_verdict(cli: CommandLine) -> None:
    code, out, err = cli("compare", *PAIR, "-n", 20_000)
    assert (code, err) == (0, "")
    assert out.startswith("Carpet cleaning earns USD")
    assert max(map(len, out.split("\n\n")[0].splitlines())) <= 92
    assert "monetary_value" in out
    assert "recoveries" not in out
    assert "recoveries.nurture" in cli("compare", *PAIR, "-n", 2000, "--all").out


def test_json_and_csv_hold_every_difference(cli: CommandLine) -> None:
    found = json.loads(cli("compare", *PAIR, "-n", 2000, "-f", "json").out)
    assert found["schema_version"] == 1
    assert found["verdict"].startswith("Carpet cleaning earns USD ")
    assert (found["baseline"], found["variants"]) == ("Carpet cleaning", [VARIANT])
    differences = found["differences"][VARIANT]
    assert differences["conversion.tripwire"]["variant"] is None
    rows = list(csv.DictReader(io.StringIO(cli("compare", *PAIR, "-n", 2000, "-f", "csv").out)))
    assert {row["scenario"] for row in rows} == {VARIANT}
    assert [row["metric"] for row in rows] == list(differences)
    for row in rows:
        exact = differences[row["metric"]]["difference"]
        assert (float(row["difference"]) if row["difference"] else None) == exact


def test_markdown_is_one_paragraph_and_tables(cli: CommandLine) -> None:
    out = cli("compare", *PAIR, "-n", 2000, "-f", "md").out
    assert "| metric | baseline | variant |" in out
    assert len(out.split("\n\n")[0].splitlines()) == 1


def test_changes_alone_make_a_variant(cli: CommandLine) -> None:
    words = ("compare", "carpet_cleaning", "-n", 1000, "-f", "json")
    found = json.loads(cli(*words, "-S", "journey.tripwire=null").out)
    assert found["variants"] == ["Carpet cleaning with journey.tripwire=null"]
    twin = json.loads(cli("compare", *PAIR, "-n", 1000, "-f", "json").out)
    ours, theirs = (one["metrics"][one["variants"][0]]["clv_per_prospect"] for one in (found, twin))
    assert ours == theirs, "the library's variant drops the tripwire and nothing else"


def test_with_variants_changes_are_for_all(cli: CommandLine) -> None:
    words = ("compare", *PAIR, "-n", 500, "-S", "currency=EUR", "-f", "json")
    assert json.loads(cli(*words).out)["currency"] == "EUR"


def test_scenarios_of_one_name_are_told_apart_by_their_files(cli: CommandLine) -> None:
    cli("init", "cdnow", "-o", "mine.yaml")
    found = json.loads(cli("compare", "cdnow", "mine.yaml", "-n", 200, "-f", "json").out)
    assert (found["baseline"], found["variants"]) == ("CDNOW (cdnow)", ["CDNOW (mine.yaml)"])
    assert found["verdict"].startswith("CDNOW (mine.yaml) changes nothing")


@pytest.mark.parametrize(("option", "name"), [("-o", "x.txt"), ("--picture", "x.png")])
def test_nothing_is_overwritten_by_accident(cli: CommandLine, option: str, name: str) -> None:
    Path(name).write_text("mine", "utf-8")
    refusal = cli.refused("compare", *PAIR, option, name)
    assert refusal == f"{name}: exists already; --force overwrites"
    assert cli("compare", *PAIR, "-n", 50, option, name, "--force").code == 0
    assert Path(name).read_bytes() != b"mine"


@pytest.mark.parametrize(("name", "start"), [("a.json", "{"), ("b.csv", "scen"), ("c.md", "Carp")])
def test_the_ending_of_the_output_chooses_the_format(
    cli: CommandLine, name: str, start: str
) -> None:
    assert cli("compare", *PAIR, "-n", 20_000, "-o", name).code == 0
    assert Path(name).read_text("utf-8").startswith(start)


def test_variants_listed_in_the_file(cli: CommandLine) -> None:
    cli("init", "carpet_cleaning")
    file = Path("carpet_cleaning.yaml")
    listed = """
variants:
  - {name: Cheaper, changes: {journey.tripwire.price: 19}}
  - {name: Dearer, changes: {journey.tripwire.price: 39}}
"""
    file.write_text(file.read_text("utf-8") + listed, "utf-8")
    code, out, err = cli("compare", file, "-n", 500, "-f", "json", "--picture", "three.png")
    assert (code, err) == (0, "Wrote three.png\n")
    assert json.loads(out)["variants"] == ["Cheaper", "Dearer"]
    assert Path("three.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["cdnow", "cdnow"], 'two scenarios are named "CDNOW"'),
        (["cdnow", "cdnw"], 'did you mean "cdnow"?'),
        (["carpet_cleaning", "cdnow", "-S", "currency=EUR"], "must have the horizon of"),
        ([*PAIR, "--picture", "no/x.png"], "the folder no does not exist"),
        ([*PAIR, "-o", "."], "is a folder"),
    ],
)
def test_what_cannot_be_compared(cli: CommandLine, words: list[str], answer: str) -> None:
    assert answer in cli.refused("compare", *words)


def test_demo_says_two_sentences_and_draws(cli: CommandLine) -> None:
    code, out, err = cli("demo", "-n", 20_000)
    assert code == 0
    assert " ".join(out.split()).count(". ") == 1, "two sentences"
    assert "USD" in out
    assert err.startswith("Wrote cvosim-demo.png\n")
    assert "cvosim init" in err
    assert Path("cvosim-demo.png").read_bytes().startswith(b"\x89PNG")
    assert cli("demo", "-n", 100).code == 0, "its own picture is renewed"
    assert "--force" in cli.refused("demo", "-o", "cvosim-demo.png")
    assert cli("demo", "-n", 100, "-o", "other.pdf").code == 0
    assert "must end in" in cli.refused("demo", "-o", "other.txt")
