from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from helpers.command_line import CommandLine

SCENARIO = ("plan", "carpet_cleaning", "-n", 20_000)


def test_units_for_a_change_in_plain_english(cli: CommandLine) -> None:
    code, out, err = cli("plan", "--rate", 0.05, "--effect", "20%")
    assert (code, err) == (0, "")
    assert " ".join(out.split()).startswith(
        "To find a change of 1.00 points (20.0 %, from 5 % to 6 %) with 80 % power you need "
        "16,316 units: 8,158 in control and 8,158 in treatment."
    )
    assert max(map(len, out.split("\n\n")[0].splitlines())) <= 92


def test_units_the_change_and_power_are_inverses(cli: CommandLine) -> None:
    known = ("plan", "--mean", 12.5, "--sd", 80, "--share", 0.1, "--looks", 3, "-f", "json")
    sample = json.loads(cli(*known, "--effect", "5%", "--power", 0.9).out)
    assert sample["treatment"] / sample["total"] == pytest.approx(0.1)
    n = round(sample["total"])
    effect = json.loads(cli(*known, "--n", n, "--power", 0.9).out)
    assert effect["relative"] == pytest.approx(0.05, rel=1e-4)
    power = json.loads(cli(*known, "--n", n, "--effect", 0.625).out)
    assert power["power"] == pytest.approx(0.9, abs=1e-4)
    assert power["inflation"] > 1.0


def test_days_from_traffic(cli: CommandLine) -> None:
    words = ("plan", "--rate", 0.05, "--per-day", 350)
    out = " ".join(cli(*words, "--effect", "20%").out.split())
    assert "At 350 units a day that takes 47 days (7 whole weeks)" in out
    by_days = json.loads(cli(*words, "--days", 47, "-f", "json").out)
    assert by_days["total"] == 47 * 350
    assert by_days["relative"] == pytest.approx(0.2, abs=0.002)


def test_several_treatments_and_a_covariate_are_said(cli: CommandLine) -> None:
    out = " ".join(
        cli("plan", "--rate", 0.05, "--n", 9000, "--arms", 3, "--correlation", 0.5).out.split()
    )
    assert "2 treatments share the error rate: 0.025 for each comparison (Bonferroni)" in out
    assert "The covariate takes 25 % off the variance" in out


def test_days_from_a_scenario(cli: CommandLine) -> None:
    words = ("--metric", "conversion.tripwire", "--assign-at", "tripwire", "--effect", "10%")
    code, out, err = cli(*SCENARIO, *words)
    assert (code, err) == (0, "")
    assert " ".join(out.split()).startswith("To find a change of 10 % (1.5")
    assert "run the test for" in out
    found = json.loads(cli(*SCENARIO, *words, "--days", 60, "-f", "json").out)
    assert found["schema_version"] == 1
    assert found["days_needed"] > 60 > found["follow_days"]
    assert found["at_days"]["power"] < 0.8
    rows = list(csv.DictReader(io.StringIO(cli(*SCENARIO, *words, "-f", "csv").out)))
    assert len(rows) == 730
    assert float(rows[-1]["power"]) == found["curve"]["power"][-1]
    assert "| days | entered |" in cli(*SCENARIO, *words, "-f", "md").out


def test_a_ratio_and_other_prospects(cli: CommandLine) -> None:
    words = ("--ratio", "revenue/orders", "--assign-at", "order", "--market", 1_000_000)
    found = json.loads(cli(*SCENARIO, *words, "--start-day", 100, "-f", "json").out)
    assert found["scale"] == 50
    assert found["metric"] == "revenue/orders"


def test_the_files_experiment_gives_defaults(cli: CommandLine) -> None:
    words = ("plan", "tripwire_price_test", "-n", 20_000, "-f", "json", "-S",
             "experiment.enrol_days=90", "-S", "experiment.follow_days=120")  # fmt: skip
    found = json.loads(cli(*words).out)
    assert (found["assign_at"], found["follow_days"], found["looks"]) == ("tripwire", 120, 13)
    assert found["days"] == 210
    other = json.loads(cli(*words, "--follow-days", 30, "--looks", 1).out)
    assert (other["assign_at"], other["follow_days"], other["looks"]) == ("tripwire", 30, 1)


def test_a_picture_and_a_file(cli: CommandLine) -> None:
    code, out, _ = cli(*SCENARIO, "--days", 60, "--picture", "a.png", "-o", "a.json")
    assert (code, out) == (0, "")
    assert Path("a.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads(Path("a.json").read_text("utf-8"))["days"] == 60
    assert "exists already" in cli.refused(*SCENARIO, "--picture", "a.png")


def own_customers() -> None:
    rows = [f"{i % 7},{1 + i % 3},{int(i % 5 == 0)},3" for i in range(1050)]
    Path("own.csv").write_text("\n".join(["spend,orders,bought,same", *rows]) + "\n", "utf-8")


def test_numbers_from_a_file(cli: CommandLine) -> None:
    """Means and deviations of 0 to 6, of a fifth, and of a linearised ratio, by hand."""
    own_customers()
    words = ("--effect", "5%", "-f", "json")
    spend = json.loads(cli("plan", "own.csv", "--metric", "spend", *words).out)
    assert spend["value"] == pytest.approx(3.0)
    assert spend["sd"] == pytest.approx(2.0, rel=1e-3)
    bought = json.loads(cli("plan", "own.csv", "--metric", "bought", *words).out)
    by_hand = json.loads(cli("plan", "--rate", 0.2, *words).out)
    assert (bought["sd"], bought["total"]) == (None, pytest.approx(by_hand["total"]))
    ratio = json.loads(cli("plan", "own.csv", "--ratio", "spend/orders", *words).out)
    pairs = [(i % 7, 1 + i % 3) for i in range(1050)]
    errors = [(y - 1.5 * x) / 2.0 for y, x in pairs]
    assert ratio["value"] == pytest.approx(1.5)
    assert ratio["sd"] ** 2 == pytest.approx(sum(e * e for e in errors) / 1049)
    out = " ".join(cli("plan", "own.csv", "--metric", "spend", "--effect", "5%").out.split())
    assert "Known: spend of own.csv, 1,050 customers: mean 3, standard deviation 2.0" in out


RATE = ("--rate", 0.05)


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ((), "cvosim plan: nothing to plan: name a SCENARIO, or give --mean and --sd"),
        (RATE, "cvosim plan: nothing to plan: give --effect"),
        ((*RATE, "--effect", 0), "--effect 0: must not be 0"),
        ((*RATE, "--effect", "five"), "--effect five: must be a change such as 5% or 0.62"),
        (("--rate", 5, "--effect", "5%"), "--rate 5: must be above 0 and below 1; 5 % is 0.05"),
        ((*RATE, "--effect", "5%", "--share", 1), "--share 1: must be above 0 and below 1"),
        ((*RATE, "--effect", "5%", "--power", 0.05), "--power 0.05: must be above 0.05"),
        ((*RATE, "--effect", "5%", "--level", 0.05), "--level 0.05: must be above 0.5"),
        ((*RATE, "--n", 100, "--days", 3), "--days: goes without --n"),
        ((*RATE, "--days", 3), "--days: needs --per-day"),
        ((*RATE, "--n", 99, "--effect", "5%", "--power", 0.8), "--power: follows from --effect"),
        ((*RATE, "--sd", 3, "--n", 99), "--sd: goes without --rate"),
        ((*RATE, "--n", 99, "--metric", "orders"), "--metric: goes with a SCENARIO"),
        ((*RATE, "--n", 99, "--picture", "a.png"), "--picture: goes with a SCENARIO"),
        ((*RATE, "--effect", "3000%"),
         "effect: +3000 % of 5 % would make it 155 %, and a share cannot be above 100 %"),
        (("--rate", 0.9, "--effect", "20%"),
         "effect: +20 % of 90 % would make it 108 %, and a share cannot be above 100 %: "
         "ask for less than 11.11 % (10 points)"),
        (("--rate", 0.9, "--effect", "-120%"), "effect: -120 % of 90 % would make it -18 %"),
        (("--mean", 5, "--n", 99), "--mean: needs --sd"),
        (("--sd", 5, "--effect", "5%"), "--effect: a change in percent needs a --mean"),
        ((*RATE, "--effect", "5%", "--arms", 4, "--share", 0.4), "share: 3 treatments with 0.4"),
        ((*RATE, "--effect", "-5%", "--alternative", "greater"), "effect: must be above 0"),
        (("carpet_cleaning", *RATE), "--rate: goes without a SCENARIO"),
        (("carpet_cleaning", "--ratio", "orders"), "--ratio orders: must be NUM/DEN"),
        (("carpet_cleaning", "--days", 20), "days: must be more than follow_days, 30"),
        (("carpet_cleaning", "--power", 0.01), "--power 0.01: must be above 0.05"),
        (("carpet_cleaning", "--metric", "contributoin"), 'no outcome is called "contributoin"'),
        (("carpet_claening",), "carpet_claening"),
        (("own.csv", "--effect", "5%"), "own.csv: name its column to plan for by --metric"),
        (("own.csv", "--metric", "spent"), 'own.csv: no column "spent"; did you mean "spend"?'),
        (("own.csv", "--metric", "same"), "same: is 3 for every customer"),
        (("own.csv", "--ratio", "spend/"), "--ratio spend/: must be NUM/DEN"),
        (("own.csv", "--metric", "spend", "--sd", 3), "--sd: goes without own.csv, which knows"),
        (("own.csv", "--metric", "spend"), "cvosim plan: nothing to plan: give --effect"),
        (("own.csv", "--metric", "spend", "--market", 9), "--market: goes with a SCENARIO; own"),
    ],
)  # fmt: skip
def test_mistakes_are_explained(cli: CommandLine, words: tuple[object, ...], refusal: str) -> None:
    own_customers()
    found = cli.refused("plan", *words)
    assert found.startswith(refusal)
    assert "\n" not in found
