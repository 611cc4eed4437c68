from __future__ import annotations

import csv
import io
import json
import re

import pytest
from helpers.command_line import CommandLine, here

RUN = ("run", "carpet_cleaning", "--metric", "conversion.tripwire")
PAIR = ("compare", "carpet_cleaning", "carpet_cleaning_no_tripwire")
PRICE = ("compare", "carpet_cleaning", "-S", "journey.tripwire.price=49")


def test_run_until_it_is_known(cli: CommandLine) -> None:
    code, out, err = cli(*RUN, "--precision", "5%")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("conversion.tripwire: ")
    assert "95 % interval" in lines[0]
    words = " ".join(lines)
    assert (
        "After 131,072 customers, as narrow as asked: 5 % of the value either way. It is" in words
    )
    assert max(map(len, lines[:4])) <= 92
    assert "Carpet cleaning: 131,072 prospects streamed, seed 7" in lines


def test_run_says_what_theory_and_controls_know(cli: CommandLine) -> None:
    out = cli("run", "cdnow", "--precision", "0.5%").out
    assert "Theory, without simulating: 27.80" in out
    words = " ".join(out.split())
    assert "What theory knows of this funnel makes it as narrow as " in words
    assert " times as many customers would; without, it would have taken " in words
    found = json.loads(cli("run", "cdnow", "--precision", "0.5%", "-f", "json").out)
    precision = found["precision"]
    assert precision["metric"] == "clv_per_prospect"
    assert precision["gain"] > 20
    assert precision["customers_saved"] > 10**5
    assert precision["reached"] is True
    assert precision["low"] < precision["value"] < precision["high"]
    assert found["metrics"]["prospects"]["value"] == precision["customers"]


def test_run_says_that_it_gave_up(cli: CommandLine) -> None:
    code, out, err = cli(*RUN, "--precision", "0.01%", "--most-customers", 5000)
    assert code == 1
    assert err.startswith("precision not reached with 5,000 customers; raise --most-customers")
    words = "After 5,000 customers, not as narrow as asked (0.01 % of the value either way): "
    assert f"{words}no more than 5,000 were allowed." in " ".join(out.split())


def test_run_says_that_few_decide(cli: CommandLine) -> None:
    rare = ("-S", "journey.core_offer.conversion=0.0005", "-S", "market.propensity_sd=0.7")
    words = ("run", "heavy_tail", *rare, "--precision", "60%", "--most-customers", 200_000)
    out = " ".join(cli(*words).out.split())
    assert "not to be believed as asked (60 % of the value either way)" in out
    assert "rare big spenders, decide it. The interval may well be too narrow." in out


def test_compare_until_the_difference_is_known(cli: CommandLine) -> None:
    code, out, err = cli(*PAIR, "--precision", "10%", "--executor", "serial")
    assert (code, err) == (0, "")
    first, *_ = out.split("\n\n")
    verdict = (
        r"Carpet cleaning earns USD \d\.\d+ ± 0\.\d+ more per prospect than Straight to the core"
    )
    assert re.match(verdict, " ".join(first.split()))
    assert "(95 % interval from USD " in " ".join(first.split())
    assert "10 % of Carpet cleaning's clv_per_prospect either way" in " ".join(first.split())
    assert max(map(len, first.splitlines())) <= 92
    assert "clv_per_prospect USD, against Carpet cleaning" in out


def test_both_sides_are_rounded_by_their_own_errors(cli: CommandLine) -> None:
    change = ("-S", "channels.search.cost_per_prospect=0.8")
    out = cli("compare", "carpet_cleaning", *change, "--precision", "2%").out
    row = out.splitlines()[-1]
    assert re.search(r" 6\.\d\d ± 0\.\d\d  +6\.\d\d ± 0\.\d\d  +\+0\.07\d{3}  ", row)
    words = " ".join(out.split())
    assert "It is narrower still: the least it looks at is 131,072 customers." in words
    assert "Pairing, the same customers in both, makes it as narrow as " in words
    assert "Known shares of channels and segments do not make it narrower here." in words


def test_no_visible_difference_and_a_metric_that_is_not_earned(cli: CommandLine) -> None:
    change = ("compare", "carpet_cleaning", "-S", "journey.tripwire.price=30")
    out = " ".join(cli(*change, "--precision", "1%", "--most-customers", 20_000).out.split())
    assert re.match("No difference is visible between .*: the first earns USD .* more per", out)
    assert "(95 % interval from −USD " in out
    out = cli(*PRICE, "--precision", "10%", "--metric", "conversion.tripwire").out
    assert "conversion.tripwire −" in " ".join(out.split())


def test_compare_that_gives_up_is_a_failed_check(cli: CommandLine) -> None:
    code, out, err = cli(*PAIR, "--precision", "0.1%", "--most-customers", 5000, "-f", "json")
    assert code == 1
    assert json.loads(out)["reached"] is False
    assert err.startswith("precision not reached with 5,000 customers")


@pytest.mark.parametrize("command", ["run", "compare"])
def test_help_names_the_exit_code(cli: CommandLine, command: str) -> None:
    assert "gives up, with exit code 1." in " ".join(cli(command, "--help").out.split())


def test_compare_in_json_and_csv(cli: CommandLine) -> None:
    words = (*PRICE, "--precision", "10%", "--metric", "conversion.tripwire")
    found = json.loads(cli(*words, "-f", "json").out)
    (one,) = found["differences"].values()
    assert one["high"] < 0
    assert found["reached"] is True
    (row,) = csv.DictReader(io.StringIO(cli(*words, "-f", "csv").out))
    assert float(row["difference"]) == one["difference"]
    assert int(row["customers"]) == found["customers"]


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ((*RUN,), "--metric belongs to --precision"),
        (("run", "carpet_cleaning", "--most-customers", 5), "--most-customers belongs to"),
        ((*RUN, "--precision", "1%", "-n", 5), "leave --customers out"),
        ((*RUN, "--precision", "1%", "--events", "e.parquet"), "--events needs --stream"),
        ((*RUN, "--precision", "narrow"), "must be a percentage above 0"),
        (("run", "carpet_cleaning", "--precision", "1%", "--metric", "cacc"), "did you mean"),
        (
            ("run", "carpet_cleaning", "--precision", "1%", "--metric", "median_clv"),
            "cvosim run prints all metrics, docs/metrics.md explains them",
        ),
        ((*PAIR, "--precision", "1%", "--all"), "--all shows many metrics"),
        ((*PAIR, "--precision", "1%", "--picture", "p.png"), "--picture shows many"),
        ((*PAIR, "--executor", "serial"), "--executor belongs to --precision"),
        ((*PAIR, "--precision", "1%", "--metric", "conversion.tripwire"), "there is no"),
    ],
)
def test_what_makes_no_sense_is_said(
    cli: CommandLine, words: tuple[object, ...], answer: str
) -> None:
    line = cli.refused(*words)
    assert answer in line
    assert len(line.splitlines()) == 1
    assert here() == []
