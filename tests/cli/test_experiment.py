from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from helpers.command_line import CommandLine

NAME = "tripwire_price_test"


def test_money_first_then_the_truth_then_tables(cli: CommandLine) -> None:
    code, out, err = cli("experiment", NAME, "-n", 20_000)
    assert (code, err) == (0, "")
    verdict = out.split("\n\ntripwire price: ")[0]
    assert "lower_price" in verdict.split(".")[0]
    assert "per customer who comes" in verdict.replace("\n", " ")
    assert "The true effect, which only a simulation knows, is" in verdict.replace("\n", " ")
    assert "for all of them" in verdict
    assert "Guardrail orders" in verdict
    assert max(map(len, verdict.splitlines())) <= 92
    for words in ("conversion.tripwire", "Looks at contribution", "Sample ratio: p = "):
        assert words in out


def test_json_and_csv_hold_every_finding(cli: CommandLine) -> None:
    found = json.loads(cli("experiment", NAME, "-n", 5000, "-f", "json").out)
    assert (found["schema_version"], found["arms"]) == (1, ["control", "lower_price"])
    assert found["enrolled"] == sum(found["sample_ratio"]["counts"]) == found["eligible"]
    rows = list(csv.DictReader(io.StringIO(cli("experiment", NAME, "-n", 5000, "-f", "csv").out)))
    assert [row["metric"] for row in rows] == [one["metric"] for one in found["findings"]]
    for row, one in zip(rows, found["findings"], strict=True):
        assert float(row["difference"]) == one["difference"]
        assert float(row["truth"]) == one["truth"]["value"]
        assert row["verdict"] == one["judgement"]
    last = found["looks"]["lower_price"][-1]
    assert (last["day"], last["fraction"]) == (300.0, 1.0)


def test_the_same_seed_says_the_same(cli: CommandLine) -> None:
    words = ("experiment", NAME, "-n", 2000, "-f", "json")
    one = cli(*words).out
    assert cli(*words, "--threads", 1).out == one
    assert cli(*words, "--seed", 8).out != one


def test_markdown(cli: CommandLine) -> None:
    out = cli("experiment", NAME, "-n", 2000, "-f", "md").out
    assert "| metric | treatment | control value |" in out
    assert len(out.split("\n\n")[0].splitlines()) == 1


def test_twins(cli: CommandLine) -> None:
    out = cli("experiment", NAME, "--twins", "-n", 20_000).out
    assert out.startswith("On the same ")
    assert "pet_owners −USD" in out.replace("\n", " ")
    found = json.loads(cli("experiment", NAME, "--twins", "-n", 3000, "-f", "json").out)
    split = json.loads(cli("experiment", NAME, "-n", 3000, "-f", "json").out)
    truths = [one["truth"]["value"] for one in found["effects"][:4]]
    assert truths == [one["truth"]["value"] for one in split["findings"]]
    rows = list(csv.DictReader(io.StringIO(
        cli("experiment", NAME, "--twins", "-n", 3000, "-f", "csv").out)))  # fmt: skip
    assert {row["segment"] for row in rows} == {"everybody", "pet_owners", "households"}


@pytest.mark.parametrize("file", ["cohort.csv", "cohort.parquet"])
def test_data_of_a_real_experiment(cli: CommandLine, file: str) -> None:
    """What is saved can be analysed as anybody's data, and says the same."""
    looks = ("-S", "experiment.looks={kind: none}")
    words = ("experiment", NAME, "-n", 20_000, *looks, "-f", "json")
    found = json.loads(cli(*words, "--data", file).out)
    assert Path(file).stat().st_size > 10_000
    metrics = ("--metric", "contribution", "--metric", "conversion.tripwire")
    code, out, _ = cli("abtest", file, "--variant", "variant", "--control", "control", *metrics,
                       "-f", "json")  # fmt: skip
    assert code == 0
    theirs = {one["metric"]: one for one in json.loads(out)["effects"]}
    ours = {one["metric"]: one for one in found["findings"]}
    assert theirs["contribution"]["difference"] == pytest.approx(ours["contribution"]["difference"])
    assert theirs["contribution"]["low"] == pytest.approx(ours["contribution"]["low"])


def test_pictures(cli: CommandLine) -> None:
    assert cli("experiment", NAME, "-n", 3000, "--picture", "a.png").err == "Wrote a.png\n"
    cli("experiment", NAME, "--twins", "-n", 3000, "--picture", "b.svg")
    assert all(Path(name).stat().st_size > 5000 for name in ("a.png", "b.svg"))


def test_factors(cli: CommandLine) -> None:
    factors = (
        "[{name: price, levels: [{name: p29}, {name: p9, changes: {journey.tripwire.price: 9}}]},"
        " {name: course, levels: [{name: dear},"
        " {name: mild, changes: {journey.core_offer.price: 219}}]}]"
    )
    changes = {"arms": "[]", "factors": factors, "looks": "{kind: none}", "guardrails": "[]"}
    sets = [word for key, value in changes.items() for word in ("-S", f"experiment.{key}={value}")]
    out = cli("experiment", NAME, "-n", 20_000, *sets).out
    flat = " ".join(out.split())
    assert flat.startswith("price: ")
    assert "price x course: p9 and mild" in flat
    assert "Factors: main effects and interactions" in out
    assert "p9+mild" in out


def test_few_customers_are_no_reason_to_fail(cli: CommandLine) -> None:
    """Nothing may differ, and nobody may buy."""
    code, out, err = cli("experiment", NAME, "-n", 150, "-f", "json")
    assert (code, err) == (0, "")
    assert json.loads(out)["enrolled"] < 40


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("carpet_cleaning",), "has no `experiment:` section"),
        ((NAME, "-n", "100", "-S", "experiment.start_day=430"), "nobody reaches tripwire"),
        ((NAME, "-n", "2"), "customers who reach tripwire; simulate more customers"),
        ((NAME, "-S", "experiment.assign_at=core"), "experiment.assign_at: no stage"),
        ((NAME, "-S", "experiment.arms.lower_price.changes={journey.lead_magnet.conversion: 0.5}",
          "-n", "500"), '"lower_price" acts before the assignment'),
        ((NAME, "--data", "x.xlsx"), "--data x.xlsx: must end in .csv or .parquet"),
        ((NAME, "--twins", "--data", "x.csv"), "--data is for split tests"),
        (("nowhere",), "nowhere"),
    ],
)  # fmt: skip
def test_mistakes_are_explained_in_a_line(
    cli: CommandLine, words: tuple[str, ...], said: str
) -> None:
    line = cli.refused("experiment", *words)
    assert said in line
    assert len(line.splitlines()) == 1


def test_nothing_is_overwritten_by_accident(cli: CommandLine) -> None:
    Path("x.csv").write_text("mine", "utf-8")
    assert "exists already" in cli.refused("experiment", NAME, "--data", "x.csv", "-n", 500)
    assert Path("x.csv").read_text("utf-8") == "mine"
    same = cli.refused("experiment", NAME, "--data", "y.csv", "-o", "y.csv")
    assert "would be overwritten" in same
