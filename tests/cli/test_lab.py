from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from helpers.command_line import CommandLine, here

WORDS = ("lab", "clv", "cdnow", "-n", 500, "--model", "bg_nbd", "--model", "pareto_nbd")
QUICK = (*WORDS, "--refits", 0)


def test_each_form_tells_the_same(cli: CommandLine) -> None:
    code, out, err = cli(*QUICK)
    assert (code, err) == (0, "")
    assert "In this world, where customers leave right after a repeat" in out
    assert "BG/NBD comes nearest to who is still a customer" in out
    exact = json.loads(cli(*QUICK, "-f", "json").out)
    assert (exact["schema_version"], exact["until"], exact["horizon"]) == (1, 273, 546)
    assert exact["world"]["model"] == "bg_nbd"
    assert [line for line in exact["verdict"] if line not in out] == []
    (one,) = exact["rounds"]
    assert one["customers"] == 500
    assert one["models"][0]["value_low"] is None, "no refits, no intervals of value"
    rows = list(csv.DictReader(io.StringIO(cli(*QUICK, "-f", "csv").out)))
    assert [row["model"] for row in rows] == ["truth", "BG/NBD", "Pareto/NBD"]
    assert float(rows[0]["alive"]) == pytest.approx(one["alive"])
    assert (rows[0]["log_likelihood"], float(rows[1]["expected"])) == (
        "",
        pytest.approx(one["models"][0]["expected"]),
    )
    assert cli(*QUICK, "-f", "md").out.count("| truth |") == 1


def test_logs_have_luck_of_their_own_and_the_seed_decides(cli: CommandLine) -> None:
    words = (*QUICK, "--replications", 2, "--until", 200, "-f", "json")
    first, again = (json.loads(cli(*words, "--seed", seed).out) for seed in (5, 6))
    assert [one["seed"] for one in first["rounds"]] == [5, 6]
    assert first["rounds"][1] == again["rounds"][0]
    assert first["rounds"][0]["came"] != first["rounds"][1]["came"]


def test_draws_both_worlds(cli: CommandLine) -> None:
    pareto = "{model: pareto_nbd, r: 0.55, alpha_days: 74, s: 0.6, beta_days: 82}"
    world = ("-S", f"journey.repeat_purchases.frequency={pareto}", "--picture", "pareto.svg")
    assert cli(*QUICK, *world).err == "Wrote pareto.svg\n"
    assert "a Pareto/NBD world, day 273" in Path("pareto.svg").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["nowhere"], "nowhere"),
        (["cdnow", "--until", "546"], "horizon, day 546"),
        (["cdnow", "--model", "bgnbd"], "bg_nbd"),
        (["cdnow", "-S", "journey.repeat_purchases=null"], "no journey.repeat_purchases"),
        (["cdnow", "-o", "no/x.json"], "the folder no does not exist"),
    ],
)
def test_bad_input_is_one_line(cli: CommandLine, words: list[str], answer: str) -> None:
    refusal = cli.refused("lab", "clv", *words)
    assert answer in refusal
    assert len(refusal.splitlines()) == 1
    assert here() == []
