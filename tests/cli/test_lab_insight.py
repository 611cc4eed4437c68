from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from helpers.command_line import CommandLine, here

from cvosim.cli.rendering import WIDTH

SHOP = "lead_magnet_checklist"
STAGES = (
    "lab", "stages", SHOP, "-S", "journey.tripwire.price=9", "-S", "journey.core_offer.price=169",
    "-n", 2000,
)  # fmt: skip
SEGMENTS = (
    "lab", "segments", "carpet_cleaning", "-S", "journey.tripwire.price=19", "-n", 4000,
    "--units", 2000, "--replications", 50,
)  # fmt: skip
SURROGATES = (
    "lab", "surrogates", SHOP, "-n", 2000, "--days", 120, "--early", "14,28", "--units", 1000,
    "--replications", 20, "--lever", "cheap: journey.tripwire.price=9",
    "--lever", "dear: journey.core_offer.price=199",
)  # fmt: skip


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def assert_told(verdict: list[str], out: str) -> None:
    """Every sentence is printed, on lines that a terminal shows whole."""
    said = " ".join(out.split())
    assert verdict
    assert [line for line in verdict if line not in said] == []
    last = out[: out.index("---")].splitlines()[:-2]  # the table's head and rule come next
    assert [line for line in last if len(line) > WIDTH] == []


def test_stages_in_each_form(cli: CommandLine) -> None:
    code, out, err = cli(*STAGES, "--picture", "stages.png")
    assert (code, err) == (0, "Wrote stages.png\n")
    first = " ".join(out.split("\n\n")[0].split())
    assert "per prospect" in first or "No difference" in first
    assert out.count("journey.core_offer.price=169") == 1, "named once, then it is the change"
    assert "without a remainder" in " ".join(out.split())
    assert "Next test" in out
    exact = json.loads(cli(*STAGES, "-f", "json").out)
    assert_told(exact["verdict"], out)
    shares = [stage["value"] for stage in exact["stages"]]
    assert sum(shares) == pytest.approx(exact["difference"], abs=1e-12)
    assert exact["scenarios"] == 4
    rows = rows_of(cli(*STAGES, "-f", "csv").out)
    assert [row["stage"] for row in rows] == ["tripwire", "core_offer", "total"]
    assert [float(row["share"]) for row in rows[:2]] == pytest.approx(shares)
    assert float(rows[-1]["share"]) == pytest.approx(exact["difference"])
    assert "| tripwire |" in cli(*STAGES, "-f", "md", "--improve", 0).out


def test_stages_of_a_variant_file_and_put_together(cli: CommandLine) -> None:
    words = ("carpet_cleaning", "carpet_cleaning_no_tripwire", "-n", 1000, "--improve", 0)
    out = cli("lab", "stages", *words, "-f", "json").out
    assert [stage["name"] for stage in json.loads(out)["stages"]] == ["tripwire"]
    one = cli(*STAGES, "--improve", 0, "--together", "tripwire, core_offer", "-f", "json").out
    assert [stage["name"] for stage in json.loads(one)["stages"]] == ["tripwire + core_offer"]


def test_segments_in_each_form(cli: CommandLine) -> None:
    code, out, err = cli(*SEGMENTS, "--picture", "segments.svg")
    assert (code, err) == (0, "Wrote segments.svg\n")
    assert "True effects on contribution: pet_owners" in out
    exact = json.loads(cli(*SEGMENTS, "-f", "json").out)
    assert_told(exact["verdict"], out)
    assert (exact["units"], exact["replications"]) == (2000, 50)
    rows = rows_of(cli(*SEGMENTS, "-f", "csv").out)
    effects = [segment["effect"] for segment in exact["segments"]]
    assert [float(row["effect"]) for row in rows] == pytest.approx(effects)
    assert "| oracle |" in cli(*SEGMENTS, "-f", "md").out


def test_surrogates_in_each_form(cli: CommandLine) -> None:
    code, out, err = cli(*SURROGATES, "--picture", "surrogates.pdf")
    assert (code, err) == (0, "Wrote surrogates.pdf\n")
    exact = json.loads(cli(*SURROGATES, "-f", "json").out)
    assert_told(exact["verdict"], out)
    assert {score["lever"] for score in exact["scores"]} == {"cheap", "dear"}
    assert exact["early"] == [14.0, 28.0]
    rows = rows_of(cli(*SURROGATES, "-f", "csv").out)
    assert len(rows) == len(exact["scores"])
    assert float(rows[0]["true"]) == pytest.approx(exact["scores"][0]["true"])
    assert "| cheap |" in cli(*SURROGATES, "-f", "md").out


def test_overrides_of_one_lever_belong_together(cli: CommandLine) -> None:
    both = ("--lever", "cheap: journey.core_offer.price=99")
    one, two = (
        json.loads(cli(*SURROGATES, *more, "-f", "json").out)["scores"] for more in ((), both)
    )
    assert len(one) == len(two)
    assert one[0]["true"] != two[0]["true"]
    assert one[-1] == two[-1]


EXPERIMENT = """extends: carpet_cleaning
name: Shop
experiment:
  name: first price
  enrol_days: 120
  metrics: [contribution]
  assign_at: tripwire
  arms:
    - {name: control, share: 0.8}
    - {name: cheap, share: 0.1, changes: {journey.tripwire.price: 19}}
    - {name: dear, share: 0.1, changes: {journey.tripwire.price: 59}}
  follow_days: 90
"""


def test_the_files_own_experiment_is_what_is_compared(cli: CommandLine) -> None:
    Path("shop.yaml").write_text(EXPERIMENT, "utf-8")
    stages = cli("lab", "stages", "shop.yaml", "-n", 500, "--improve", 0, "-f", "json")
    words = ("-n", 2000, "--replications", 2, "--units", 2000, "-f", "json")
    segments = cli("lab", "segments", "shop.yaml", *words)
    for found in (stages, segments):
        exact = json.loads(found.out)
        assert (exact["baseline"], exact["variant"]) == ("control", "cheap")
    other = cli("lab", "stages", "shop.yaml", "-S", "journey.core_offer.price=9", "-n", 500,
                "--improve", 0, "-f", "json")  # fmt: skip
    assert [stage["name"] for stage in json.loads(other.out)["stages"]] == ["core_offer"]


def test_too_few_prospects_tell_nothing(cli: CommandLine) -> None:
    words = ("-S", "journey.tripwire.price=19", "-n", 10, "--replications", 2)
    out = cli("lab", "segments", "carpet_cleaning", *words).out
    assert out.startswith("Nothing can be said yet: 10 prospects are too few")
    assert "no effect" not in out
    assert "never" not in out


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["stages", SHOP], "nothing to compare with"),
        (["stages", "nowhere", "-S", "journey.tripwire.price=9"], "nowhere"),
        (["stages", SHOP, "-S", "name=Other"], '"Other" changes no stage'),
        (["stages", *STAGES[2:], "--metric", "aovv"], 'no metric "aovv"'),
        (["stages", *STAGES[2:], "--together", "tripwier"], '"tripwier" is no part that differs'),
        (["stages", *STAGES[2:], "--improve", "2"], "improvement: must be at least 0"),
        (["segments", "carpet_cleaning"], "nothing to compare with"),
        (["segments", *SEGMENTS[2:], "--metric", "contributoin"], 'did you mean "contribution"?'),
        (["segments", *SEGMENTS[2:], "--units", "30"], "units: must be at least"),
        (["segments", *SEGMENTS[2:], "--replications", "1"], "must be at least 2"),
        (["segments", "cdnow", "-S", "journey.core_offer.price=9", "-n", "200"], "fewer than two"),
        (["surrogates", SHOP], "days: must be below the horizon, 365"),
        (["surrogates", *SURROGATES[2:], "--early", "soon"], "--early: must be days such as"),
        (["surrogates", *SURROGATES[2:], "--early", "14,200"], "early: must be days above 0"),
        (["surrogates", SHOP, "--lever", "cheap"], '--lever: must be "NAME: PATH=VALUE"'),
        (["surrogates", SHOP, "--lever", "x: journey.tripwire.prize=1"], "journey.tripwire"),
        (["surrogates", SHOP, "-o", "no/x.json"], "the folder no does not exist"),
    ],
)
def test_bad_input_is_one_line(cli: CommandLine, words: list[object], answer: str) -> None:
    refusal = cli.refused("lab", *words)
    assert answer in refusal
    assert len(refusal.splitlines()) == 1
    assert here() == []


def test_one_listed_variant_is_taken_several_are_refused(cli: CommandLine) -> None:
    text = f"extends: {SHOP}\nname: Shop\nvariants:\n"
    variant = "  - {{name: {}, changes: {{journey.tripwire.price: {}}}}}\n"
    Path("one.yaml").write_text(text + variant.format("Cheap", 9))
    Path("two.yaml").write_text(text + variant.format("Cheap", 9) + variant.format("Dear", 19))
    out = cli("lab", "stages", "one.yaml", "-n", 500, "--improve", 0, "-f", "json").out
    assert json.loads(out)["variant"] == "Cheap"
    refusal = cli.refused("lab", "stages", "two.yaml")
    assert 'lists several variants ("Cheap", "Dear")' in refusal
