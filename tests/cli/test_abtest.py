from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from helpers.command_line import CommandLine, here

WORDS = ("abtest", "shop.csv", "--variant", "group", "--metric", "spend")


def shop(path: str = "shop.csv", effect: float = 2.0) -> None:
    """600 customers, half of them treated; those treated spend `effect` more."""
    i = np.arange(600)
    u, v = (i * 0.754877666) % 1.0, (i * 0.569840291) % 1.0
    before = np.round(20 * u, 2)
    treated = v < 0.5
    spend = np.round(before + 5 * ((i * 0.618033989) % 1.0) + effect * treated, 2)
    lines = ["user,group,spend,before,visit,orders,joined"]
    for k in i:
        visit, orders = int(u[k] < 0.4 + 0.1 * treated[k]), 1 + k % 3
        day = f"2026-01-{1 + k % 28:02d}"
        arm = "new" if treated[k] else "control"
        lines.append(f"u{k},{arm},{spend[k]},{before[k]},{visit},{orders},{day}")
    Path(path).write_text("\n".join(lines) + "\n", "utf-8")


def test_each_form_tells_the_same(cli: CommandLine) -> None:
    shop()
    words = (*WORDS, "--metric", "visit", "--ratio", "spend/orders", "--quantile", "spend@0.9")
    code, out, err = cli(*words)
    assert (code, err) == (0, "")
    assert out.startswith("new earns USD ")
    assert "For all 600 customers of this experiment that is USD" in out
    assert "P-values corrected for 4 comparisons (Holm" in out
    exact = json.loads(cli(*words, "-f", "json").out)
    assert exact["schema_version"] == 1
    spend = exact["effects"][0]
    assert (spend["metric"], spend["treatment"], spend["method"]) == ("spend", "new", "Welch's t")
    assert spend["low"] < spend["difference"] < spend["high"]
    assert exact["sample_ratio"]["mismatch"] is False
    rows = list(csv.DictReader(io.StringIO(cli(*words, "-f", "csv").out)))
    assert [row["metric"] for row in rows] == ["spend", "visit", "spend/orders", "spend@0.9"]
    assert float(rows[0]["difference"]) == spend["difference"]
    assert "| spend | new |" in cli(*words, "-f", "md").out


def test_a_covariate_narrows_the_interval_and_is_named(cli: CommandLine) -> None:
    shop()
    plain, adjusted = (
        json.loads(cli(*WORDS, *more, "-f", "json").out)["effects"][0]
        for more in ((), ("--covariate", "before"))
    )
    assert adjusted["standard_error"] < 0.5 * plain["standard_error"]
    assert adjusted["adjustments"][0].startswith("CUPED by before: variance -")


def test_arms_of_unequal_size_get_a_slope_each(cli: CommandLine) -> None:
    """Lin (2013): with one slope for all, adjusting could hurt."""
    shop()
    lines = Path("shop.csv").read_text("utf-8").splitlines()
    kept = [line for n, line in enumerate(lines) if ",new," not in line or n % 3 == 0]
    Path("shop.csv").write_text("\n".join(kept) + "\n", "utf-8")
    words = (*WORDS, "--ratio", "spend/orders", "--covariate", "before")
    more = ("--ratio-covariate", "before/orders", "-f", "json")
    for one in json.loads(cli(*words, *more).out)["effects"]:
        assert "CUPED with a slope for each arm by before" in one["adjustments"][0]


def test_no_effect_is_no_verdict(cli: CommandLine) -> None:
    shop(effect=0.0)
    out = cli(*WORDS).out
    assert "cannot tell whether spend is higher or lower than with control" in out.replace(
        "\n", " "
    )
    assert "to ship it all the same risks USD" in out.replace("\n", " ")


def test_a_further_metric_says_its_interval_and_whether_it_is_shown(cli: CommandLine) -> None:
    shop()
    words = ("abtest", "shop.csv", "--variant", "group")

    def line(*metrics: str) -> str:
        asked = [word for one in metrics for word in ("--metric", one)]
        said = [" ".join(one.split()) for one in cli(*words, *asked).out.split("\n\n")]
        return next(one for one in said if one.startswith(f"{metrics[-1]} ("))

    better = r"with new \(95 % interval .* to .*\), which is better\."
    assert re.search(better, line("before", "spend"))
    assert re.search(
        r"\(95 % interval .*\); that it changes at all is not shown", line("spend", "before")
    )


def test_mismatched_arms_are_the_first_thing_said(cli: CommandLine) -> None:
    shop()
    out = cli(*WORDS, "--shares", "70/30").out
    assert out.startswith("Do not trust this experiment yet")


def test_windows_leave_out_the_young(cli: CommandLine) -> None:
    shop()
    words = (*WORDS, "--assigned", "joined", "--until", "2026-02-03", "--window", 14)
    one = json.loads(cli(*words, "-f", "json").out)["effects"][0]
    assert one["excluded"] > 0
    assert "observed for less than 14 days left out" in one["adjustments"][0]


def test_guardrails_are_judged(cli: CommandLine) -> None:
    shop()
    out = cli(*WORDS, "--metric", "visit", "--guardrail", "visit=2%").out
    assert "Guardrail visit is better with new" in out


def test_draws_a_picture(cli: CommandLine) -> None:
    shop()
    assert cli(*WORDS, "--picture", "effects.svg").err == "Wrote effects.svg\n"
    assert "Every treatment against control" in Path("effects.svg").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["--metric", "spent"], 'no column "spent"; did you mean "spend"?'),
        (["--control", "old"], 'no row is in "old"'),
        (["--ratio", "spend"], "--ratio spend: write NUM/DEN"),
        (["--ratio", "spend/refunds"], 'no column "refunds"'),
        (["--quantile", "spend"], "write COLUMN@Q, such as spend@0.9"),
        (["--quantile", "spend@x"], "write COLUMN@Q"),
        (["--quantile", "spend@7"], "q: must be between 0 and 1 (got 7.0)"),
        (["--survival", "spend"], "write DAYS/ENDED"),
        (["--covariate", "spend"], "is a metric, too"),
        (["--window", "14"], "--window needs --assigned COLUMN and --until DATE"),
        (["--covariate-date", "joined"], "--covariate-date needs --assigned COLUMN"),
        (["--shares", "1"], "write one number above 0 an arm"),
        (["--shares", "1/2/3"], "shares: 3 for 2 arms (control, new)"),
        (["--ratio-covariate", "before/orders"], "--ratio-covariate needs --ratio"),
        (["--guardrail", "visit"], "write METRIC=MARGIN"),
        (["--guardrail", "visit=2%"], 'guardrail: "visit" is not among the metrics: spend'),
        (["--level", "95"], "level: must be at least 0.5 and below 1 (got 95.0)"),
        (["--cap", "0.99"], "cap: must be between 50 and 100"),
        (["--alternative", "more"], "must be one of two-sided, greater, less"),
        (["--metric", "user"], "'u0' is no number (and 599 more)"),
        (["--unit", "group"], ""),
        (["-o", "no/x.json"], "the folder no does not exist"),
    ],
)
def test_mistakes_are_explained(cli: CommandLine, words: list[str], answer: str) -> None:
    shop()
    said = cli.refused(*WORDS, *words)
    assert answer in said
    assert len(said.splitlines()) == 1
    assert here() == ["shop.csv"]


def test_a_metric_must_be_named(cli: CommandLine) -> None:
    shop()
    assert "name at least one --metric" in cli.refused("abtest", "shop.csv", "--variant", "group")
    assert "missing option --variant" in cli.refused("abtest", "shop.csv", "--metric", "spend")
    assert "no such file" in cli.refused("abtest", "nowhere.csv", *WORDS[2:])


def test_a_constant_covariate_is_left_out(cli: CommandLine) -> None:
    shop()
    text = Path("shop.csv").read_text("utf-8").splitlines()
    Path("shop.csv").write_text(
        "\n".join(f"{line},{'one' if not n else 1}" for n, line in enumerate(text))
    )
    words = ("abtest", "shop.csv", "--variant", "group", "--metric", "visit")
    code, out, err = cli(*words, "--covariate", "one")
    assert (code, err) == (0, "Warning: one is the same for everybody, and left out.\n")
    assert out == cli(*words).out


def test_an_arm_misspelt_is_refused(cli: CommandLine) -> None:
    shop()
    text = Path("shop.csv").read_text("utf-8").replace(",control,", ",Contrl,", 2)
    Path("shop.csv").write_text(text, "utf-8")
    said = cli.refused(*WORDS)
    assert '"Contrl" (2 rows) looks like "control" written otherwise' in said


def test_rows_of_units_are_called_rows(cli: CommandLine) -> None:
    shop()
    assert " a row than control" in cli(*WORDS, "--unit", "user").out.replace("\n", " ")


def test_one_sided_questions_get_a_bound(cli: CommandLine) -> None:
    shop()
    out = cli(*WORDS, "--alternative", "greater").out.replace("\n", " ")
    assert "95 % bound: at least +USD" in out


@pytest.mark.parametrize("name", ["README.md", "notes.txt"])
def test_a_text_is_no_table(cli: CommandLine, name: str) -> None:
    Path(name).write_text("# A shop\n\nWords.\n", "utf-8")
    said = cli.refused("abtest", name, *WORDS[2:])
    assert "is no table of customers: found one column only, '# A shop'" in said
