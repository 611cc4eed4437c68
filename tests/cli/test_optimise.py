from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from helpers.command_line import CommandLine, here
from helpers.one_price import best_price, cac, contribution, write_scenario

PRICE = "journey.core_offer.price"
QUICK = ("-n", 2000, "--indifference", 0.6, "--executor", "serial")


def file(lever: object, **further: object) -> Path:
    return write_scenario(Path("one.yaml"), {PRICE: lever}, **further)


def flat(text: str) -> str:
    return text.replace("\n", " ")


def test_the_price_found_is_in_the_indifference_zone_of_the_best(cli: CommandLine) -> None:
    """A continuous lever; how good a price truly is, is known in closed form."""
    zone = 0.2
    path = file({"low": 15, "high": 90})
    words = ("optimise", path, "-n", 12_000, "--trials", 24, "--indifference", zone)
    code, out, err = cli(*words, "--executor", "serial", "-f", "json", "--variant", "best.yaml")
    assert (code, err) == (0, "Wrote best.yaml\n")
    found = json.loads(out)
    price = found["changes"][PRICE] if found["changes"] else 40.0
    assert contribution(best_price()) - contribution(price) <= zone
    assert found["decided"] is True
    assert cli("validate", "best.yaml").code == 0
    assert f"{PRICE}: {price}" in Path("best.yaml").read_text("utf-8")


def test_answer_first_then_the_candidates(cli: CommandLine) -> None:
    path = file([20, 25, 40], outcomes=["cac"])
    code, out, err = cli("optimise", path, "-S", f"{PRICE}=70", *QUICK,
                         "--subject-to", "cac <= 5.5", "--subject-to", "budget <= 1")  # fmt: skip
    assert (code, err) == (0, "")
    words = flat(out)
    assert words.startswith(f"Set {PRICE} to 40: it earns USD ")
    assert "more a prospect than with the scenario as written" in words
    assert "95 % interval +USD " in words
    assert "customers who are new to both" in words
    assert "With a probability of at least 95 % it is the best of 3 candidates" in words
    assert "It meets cac <= 5.5 and budget <= 1, with 95 % confidence." in words
    assert "The scenario as written does not." in words
    assert "All combinations of the levers were tried" in words
    assert "not allowed, as written" in words
    assert max(map(len, out.split("One price: candidates")[0].splitlines())) <= 92


def test_csv_json_and_markdown_hold_the_same(cli: CommandLine) -> None:
    words = ("optimise", file([20, 60]), *QUICK, "--subject-to", "cac <= 9", "-f")
    rows = list(csv.DictReader(io.StringIO(cli(*words, "csv").out)))
    found = json.loads(cli(*words, "json").out)
    markdown = cli(*words, "md").out
    assert {float(row[PRICE]) for row in rows} == {20.0, 40.0, 60.0}
    by_price = {one["levers"][PRICE]: one for one in found["candidates"]}
    for row in rows:
        one = by_price[float(row[PRICE])]
        assert row["place"] == one["place"]
        assert row["cac <= 9"] == one["constraints"][0]["state"]
        assert float(row["cac <= 9 value"]) == one["constraints"][0]["value"]
    assert (found["schema_version"], found["constraints"]) == (1, ["cac <= 9"])
    assert f"| {PRICE} | contribution_per_prospect behind the best |" in markdown
    assert found["customers_simulated"] > 3 * 2000


def test_nothing_meets_the_constraint(cli: CommandLine) -> None:
    code, out, _ = cli("optimise", file([20, 60]), *QUICK, "--subject-to", "cac <= 1")
    words = flat(out)
    assert code == 1
    assert words.startswith("No plan was found that surely meets cac <= 1. cac <= 1: no candidate")
    near = float(words.split("the nearest has USD ")[1].split(". ")[0])
    assert abs(near - cac(20.0)) < 0.3


def test_a_front_and_its_picture(cli: CommandLine) -> None:
    goals = ("--maximise", "contribution_per_prospect", "--minimise", "cac")
    out = cli("optimise", file([20, 28, 70]), *QUICK, *goals, "--picture", "front.svg").out
    assert flat(out).startswith("Between more contribution_per_prospect and less cac there is a")
    assert "on the front" in out
    assert Path("front.svg").stat().st_size > 5000


def test_another_outcome_in_its_own_words(cli: CommandLine) -> None:
    out = flat(cli("optimise", file([20, 60]), *QUICK, "--minimise", "cac").out)
    assert out.startswith(f"Set {PRICE} to 20: cac is USD ")
    assert " lower than with the scenario as written (USD 2." in out


def test_the_same_seed_says_the_same(cli: CommandLine) -> None:
    words = ("optimise", file([20, 60]), "-n", 1000, "-f", "json")
    one = cli(*words, "--executor", "serial").out
    assert cli(*words, "--executor", "threads:2", "--store", "kept").out == one
    assert cli(*words, "--seed", 8).out != one


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--subject-to", "cac < 40"), "'cac < 40': write <= in place of <"),
        (("--subject-to", "cca <= 40"), "no outcome is called cca; did you mean cac?"),
        (("--maximise", "profit"), "cvosim run prints all metrics, and docs/metrics.md explains"),
        (("--maximise", "revenu"), "no outcome is called revenu; did you mean revenue?"),
        (("--confidence", "95"), "95 % is 0.95"),
        (("--indifference", "0"), "indifference: must be above 0"),
        (("--quantile", "0.1"), "say how many (--robust)"),
        (("--robust", "4"), "no uncertainties"),
        (("--maximise", "cac", "--minimise", "cac"), "two different outcomes"),
        (("--variant", "one.txt"), "must end in .yaml or .yml"),
        (("--executor", "thread:x"), "thread:x"),
        (("--variant", "b.yaml", "-S", "customers=9"), "would lose the -S changes"),
    ],
)
def test_mistakes_in_one_line(cli: CommandLine, words: tuple[str, ...], said: str) -> None:
    problem = cli.refused("optimise", file([20, 60]), "-n", 500, *words)
    assert said in problem
    assert len(problem.splitlines()) == 1
    assert here() == ["one.yaml"]


def test_a_scenario_without_a_sweep(cli: CommandLine) -> None:
    problem = cli.refused("optimise", "carpet_cleaning")
    assert "has no `sweep:` section" in problem
    assert "write one, such as `sweep: {levers: " in problem


def test_the_scenario_as_written_is_one_of_the_plans(cli: CommandLine) -> None:
    """Whole numbers in a list are the same days, and a price of 29 is 29.0."""
    days = "journey.return_path.nurture.days"
    Path("days.yaml").write_text(
        "extends: carpet_cleaning\nname: Days\nsweep:\n  levers:\n"
        f"    journey.tripwire.price: [9, 29]\n    {days}: [[1, 3, 7], [1, 3, 7, 14, 30]]\n",
        encoding="utf-8",
    )
    words = ("optimise", "days.yaml", "-n", 500, "--indifference", 2, "--executor", "serial")
    found = json.loads(cli(*words, "-f", "json").out)
    assert (len(found["candidates"]), len(found["search"]["tried"])) == (4, 4)
    [written] = [one["levers"] for one in found["candidates"] if one["as_written"]]
    assert written == {"journey.tripwire.price": 29, days: [1, 3, 7, 14, 30]}


def test_a_store_of_somebody_else_is_refused(cli: CommandLine) -> None:
    path = file([20, 60])
    assert cli("sweep", path, "-n", 100, "--store", "swept", "--executor", "serial").code == 0
    Path("mine").mkdir()
    Path("mine/letter.txt").write_text("Dear", encoding="utf-8")
    for folder, holds in (("swept", "design.json and 3 more"), ("mine", "letter.txt")):
        problem = cli.refused("optimise", path, "-n", 100, "--store", folder)
        assert f"{folder}: is no store of cvosim optimise, and not empty (it holds {holds})" in (
            problem
        )


def test_a_variant_that_would_not_load_is_refused_before_the_work(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("far", "work"):
        Path(folder).mkdir()
    write_scenario(Path("far", "one.yaml"), {PRICE: [20, 40]})
    monkeypatch.chdir("work")
    words = ("optimise", "../far/one.yaml", "--trials", 10**6)
    said = flat(cli.refused(*words, "--variant", "b.yaml"))
    assert "b.yaml: could not be loaded: it would name ../far/one.yaml" in said
    assert "write it into ../far" in said
    assert here() == []
