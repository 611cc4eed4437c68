from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from helpers.certified import WORLDS, heavy
from helpers.command_line import CommandLine, here

from cvosim.experiment.pool import Pool

QUICK = ("--replications", 500, "--tolerance", "4%")


def write(pool: Pool, path: str, rows: int) -> None:
    """Some customers as a file, evenly taken."""
    table = pool.values[0][:: len(pool) // rows]
    lines = [",".join(pool.columns), *(",".join(f"{x:.6g}" for x in row) for row in table)]
    Path(path).write_text("\n".join(lines) + "\n", "utf-8")


@pytest.fixture
def data(cli: CommandLine) -> CommandLine:
    """A command line in a folder with two files of customers."""
    write(WORLDS["gamma"], "good.csv", 2000)
    write(heavy(), "heavy.csv", 20_000)
    return cli


def test_a_sound_test_passes(data: CommandLine) -> None:
    code, out, err = data("certify", "good.csv", "--metric", "y", "--effect", "10%", *QUICK)
    assert (code, err) == (0, "")
    assert out.startswith("Welch's t keeps its promise here: false alarms in ")
    assert "2,000 customers, 50 % control and 50 %" in " ".join(out.split())
    assert out.count("\nwelch ") == 1
    assert "permutation" not in out


def test_a_trap_fails_and_the_way_out_is_named(data: CommandLine) -> None:
    words = ("certify", "heavy.csv", "--metric", "clv", "--share", "10%", "-n", 10_000)
    words = (*words, "--replications", 1500, "--tolerance", "2%")
    code, out, err = data(*words, "--effect", "50%", "--picture", "a.svg")
    assert (code, err) == (1, "Wrote a.svg\n")
    plain = " ".join(out.split())
    assert plain.startswith("Do not use Welch's t here: it raises a false alarm in 1")
    assert "not 5 %, nearly all saying that the treatment is worse. Use " in plain
    assert "False alarms on clv of heavy.csv" in Path("a.svg").read_text("utf-8")
    table = [line.split()[0] for line in out.splitlines()[-6:]]
    assert table[0] == "welch", "what was asked about comes first"
    assert "permutation" in table
    passing = data(*words, "--recommend", "-f", "json")
    assert passing.code == 0
    assert json.loads(passing.out)["recommended"].startswith("permutation")


def test_a_share_is_tested_as_abtest_does_and_told_in_points(data: CommandLine) -> None:
    out = " ".join(data("certify", "good.csv", "--metric", "one", *QUICK).out.split())
    assert out.startswith("The automatic test of shares keeps its promise here")
    assert re.search(
        r"the true effect, \+[0-9.]+ points \(\+(10|9\.9|10\.)[0-9]* %\), is found", out
    )
    assert "a customer" not in out


def test_each_form_tells_the_same(data: CommandLine) -> None:
    words = ("certify", "good.csv", "--ratio", "revenue/orders", *QUICK)
    exact = json.loads(data(*words, "-f", "json").out)
    (one,) = exact["candidates"]
    assert (exact["schema_version"], one["procedure"], one["metric"]) == (
        1, "ratio_delta", "revenue/orders",
    )  # fmt: skip
    assert one["truth"]["treatment"] == pytest.approx(1.1 * one["truth"]["control"])
    (row,) = csv.DictReader(io.StringIO(data(*words, "-f", "csv").out))
    assert float(row["false_alarms"]) == one["false_alarms"]["all"]["value"]
    assert float(row["above_high"]) == one["false_alarms"]["above"]["high"]
    assert "| ratio_delta | passes" in data(*words, "-f", "md").out
    assert exact["verdict"][0] in data(*words, "-f", "md").out
    assert data(*words, "-o", "a.json").out == ""
    assert json.loads(Path("a.json").read_text("utf-8")) == exact


@pytest.mark.parametrize(
    ("words", "procedure"),
    [
        (("--metric", "y", "--covariate", "x"), "cuped"),
        (("--metric", "y", "--looks", 3), "group_sequential"),
        (("--metric", "y", "--quantile", "90%"), "quantile"),
        (("--survival", "days/left"), "restricted_mean"),
        (("--metric", "one"), "proportion"),
    ],
)
def test_the_usual_procedure(data: CommandLine, words: tuple[object, ...], procedure: str) -> None:
    settings = ("-n", 500, "--replications", 100, "--tolerance", "14%", "-f", "json")
    found = data("certify", "good.csv", *words, *settings)
    assert found.code == 0
    assert json.loads(found.out)["recommended"] == procedure


def test_variants_and_experiments_bring_their_own_effect(cli: CommandLine) -> None:
    settings = ("--customers", 4000, "-n", 1000, "--replications", 60, "-f", "json")
    price = ("certify", "carpet_cleaning", "-S", "journey.tripwire.price=19")
    one = json.loads(cli(*price, "--metric", "conversion.tripwire", *settings).out)
    first = one["candidates"][0]
    assert "with journey.tripwire.price=19" in first["treatment"]
    assert first["truth"]["treatment"] > first["truth"]["control"]
    other = json.loads(cli("certify", "tripwire_price_test", *settings).out)["candidates"][0]
    assert (other["control"], other["treatment"]) == ("control", "lower_price")
    assert other["design"]["effect"] is None
    none = json.loads(cli("certify", "carpet_cleaning", *settings).out)["candidates"][0]
    assert none["design"]["effect"] == {"lift": 0.1, "kind": "multiply"}


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("good.csv", "--metric", "why"), 'no column "why"'),
        (("good.csv", "--metric", "y", "--procedure", "welsh"), 'did you mean "welch"'),
        (("good.csv", "--metric", "y", "--procedure", "peek"), "needs several looks"),
        (("good.csv", "--metric", "y", "--share", "10"), "did you mean 10%?"),
        (("good.csv", "--metric", "y", "--share", "0%"), "must be between 0 and 100 %"),
        (("good.csv", "--metric", "y", "--effect", "ten"), "must be a part such as 10% or 0.1"),
        (("good.csv", "--metric", "y", "--assign-at", "order"), "is for scenarios"),
        (("good.csv", "--ratio", "revenue"), "must be like revenue/orders"),
        (("good.csv", "--ratio", "y/orders", "--covariate", "x"), "is for means only"),
        (("good.csv", "--metric", "y", "-n", "15"), "leave 8 for the smaller arm"),
        (("good.csv", "--metric", "y", "--looks", "2", "--spending", "pocok"), '"pocock"'),
        (("holes.csv", "--metric", "y"), "holes.csv: line 3: y: missing, as in 1 of 30 rows"),
        (("holes.csv", "--metric", "x"), "x: is 1 for every customer"),
        (("holes.csv", "--ratio", "x/zero"), "x/zero: the denominator adds up to 0"),
        (("good.csv", "--ratio", "y/y"), "y/y: is 1 for every customer"),
        (("good.csv", "--metric", "one", "--quantile", "5%"), "has no spread; ask for a higher"),
        (("nowhere.csv", "--metric", "y"), "nowhere.csv"),
        (("heavy_tall",), 'did you mean "heavy_tail"'),
        (("heavy_tail", "--metric", "contributed"), "contribution"),
    ],
)
def test_bad_input_is_one_line(data: CommandLine, words: tuple[str, ...], answer: str) -> None:
    Path("holes.csv").write_text("y,x,zero\n1,1,0\n,1,0\n" + "3,1,0\n" * 28, "utf-8")
    refusal = data.refused("certify", *words, "--replications", 50)
    assert answer in refusal
    assert len(refusal.splitlines()) == 1
    assert here() == ["good.csv", "heavy.csv", "holes.csv"]
