from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from helpers.command_line import CommandLine, here
from helpers.single_offer import written

from cvosim.cli.rendering import WIDTH

CONVERSION, COST = "journey.core_offer.conversion", "journey.core_offer.unit_cost"
SERIAL = ("--executor", "serial")


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    return written(tmp_path, customers=2000)


def test_what_moves_most_in_each_form(cli: CommandLine, plan: Path) -> None:
    words = ("sensitivity", plan, *SERIAL)
    code, out, err = cli(*words, "--picture", "moves.svg")
    assert (code, err) == (0, "Wrote moves.svg\n")
    assert out.startswith(f"What moves clv_per_prospect most is {COST}: from 4.5 to 40.5 it goes")
    assert "One percent more of" in out
    assert max(map(len, out[: out.index("---")].splitlines()[:-2])) <= WIDTH
    exact = json.loads(cli(*words, "-f", "json").out)
    assert exact["schema_version"] == 1
    assert exact["tornado"]["factors"][0]["path"] == COST
    assert exact["elasticity"]["factors"][0]["elasticity"]["value"] == pytest.approx(1.0, abs=0.4)
    rows = list(csv.DictReader(io.StringIO(cli(*words, "-f", "csv").out)))
    swing = next(row for row in rows if row["quantity"] == "swing")
    assert float(swing["value"]) == exact["tornado"]["factors"][0]["swing"]["value"]
    assert cli(*words, "-f", "md").out.count(f"| {CONVERSION} |") == 2
    assert "What one percent of each number does" in Path("moves.svg").read_text("utf-8")
    assert here() == ["moves.svg", "single.yaml"]


def test_all_methods_on_one_sample(cli: CommandLine, plan: Path) -> None:
    methods = ("--method", "sobol", "--method", "dependence", "--method", "discover")
    losing = ("--losing", "clv_per_prospect < 5", "--points", 64, "-n", 500)
    words = ("sensitivity", plan, *SERIAL, *methods, *losing)
    exact = json.loads(cli(*words, "-f", "json").out)
    assert list(exact) == ["schema_version", "sobol", "dependence", "discover"]
    assert exact["sobol"]["points"] == 256
    assert exact["dependence"]["points"] == 128
    assert exact["discover"]["points"] == 64
    assert f"{COST} above" in exact["discover"]["boxes"][0]["text"]
    out = cli(*words).out
    assert "Most of the variance of clv_per_prospect" in out
    assert "The plan loses (clv_per_prospect < 5)" in out


@pytest.mark.parametrize("method", ["elasticity", "sobol", "dependence", "discover"])
def test_a_picture_of_each_method(cli: CommandLine, plan: Path, method: str) -> None:
    points = () if method == "elasticity" else ("--points", 64)
    words = (*SERIAL, "--method", method, *points, "-n", 200, "--picture", "one.png")
    code, _, err = cli("sensitivity", plan, *words)
    assert (code, err) == (0, "Wrote one.png\n")


def test_paths_without_a_section_and_other_luck(cli: CommandLine) -> None:
    words = ("sensitivity", "carpet_cleaning", *SERIAL, "--path", "journey.core_offer.price", "-n",
             1000, "--outcome", "aov", "-f", "json")  # fmt: skip
    one, other = (json.loads(cli(*words, "--seed", seed).out) for seed in (1, 2))
    assert one["tornado"]["outcome"] == "aov"
    assert one["tornado"]["base"] != other["tornado"]["base"]
    assert other["tornado"]["seed"] == 2
    assert [bar["path"] for bar in one["tornado"]["factors"]] == ["journey.core_offer.price"]


def test_a_store_goes_on_and_levers_stand(cli: CommandLine, tmp_path: Path) -> None:
    sweep = (
        "sweep: {levers: {journey.core_offer.price: [40, 60]}, uncertainties: "
        f"{{{COST}: {{kind: uniform, low: 10, high: 20}}}}}}"
    )
    words = ("sensitivity", written(tmp_path, sweep, 400), "--executor", "threads:2", "--store",
             "kept", "--fix-levers", "--method", "tornado")  # fmt: skip
    first, again = cli(*words), cli(*words)
    assert first.out == again.out
    assert "journey.core_offer.price" not in first.out
    assert (tmp_path / "kept" / "tornado").is_dir()


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["carpet_cleaning"], "has no `sweep:` section"),
        (["nowhere"], "nowhere"),
        (["single.yaml", "--method", "tornadoes"], 'did you mean "tornado"'),
        (["single.yaml", "--outcome", "clv_per_prospet"], 'did you mean "clv_per_prospect"'),
        (["single.yaml", "--path", "journey.core_offer.prise"], 'did you mean "price"'),
        (["single.yaml", "--losing", "clv"], "such as"),
        (["single.yaml", "--losing", "clv < 0"], 'no metric is called "clv"'),
        (["single.yaml", "--method", "sobol", "--losing", "cac > 1"], "--method discover"),
        (["single.yaml", "--losing", "clv < 0"], '--losing: no metric is called "clv"; did you '
         'mean "clv_per_prospect"?'),
        (["single.yaml", "--outcome", "clv"], '--outcome: no metric is called "clv"; did you mean'),
        (["single.yaml", "--outcome", "zzz"], "docs/metrics.md lists all"),
        (["single.yaml", "--method", "sobol", "--points", "100"], "64 or 128"),
        (["single.yaml", "--method", "tornado", "--points", "8"], "--points: is for --method"),
        (["single.yaml", "--fresh"], "--fresh needs --store"),
        (["single.yaml", "--retry-failed"], "--retry-failed needs --store"),
        (["single.yaml", "--store", "."], "is no store of cvosim sensitivity, and not empty (it "
         "holds single.yaml)"),
        (["single.yaml", "--store", "single.yaml"], "is a file"),
        (["single.yaml", "--executor", "thread:x"], "thread"),
        (["single.yaml", "-n", "10"], "10 customers do not make 20 sections"),
        (["single.yaml", "-o", "single.yaml"], "must end in"),
        (["single.yaml", "--method", "sobol", "--method", "discover", "--picture", "a.png"],
         "one --method at a time"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line(cli: CommandLine, plan: Path, words: list[str], answer: str) -> None:
    refusal = cli.refused("sensitivity", *words)
    assert answer in refusal
    assert len(refusal.splitlines()) == 1
    assert here() == [plan.name]
