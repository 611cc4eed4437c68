from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from helpers.cdnow import END, write_cdnow
from helpers.command_line import CommandLine, here


@pytest.fixture
def cdnow(cli: CommandLine) -> Path:
    """CDNOW with a campaign by the customer's number."""
    path = write_cdnow(Path("cdnow.csv"))
    header, *rows = path.read_text("ascii").splitlines()
    names = ("spring", "summer")
    lines = [f"{row},{names[int(row.split(',')[0]) % 2]}" for row in rows]
    path.write_text("\n".join([f"{header},campaign", *lines]) + "\n", "ascii")
    return path


def test_cohorts_survival_hazard_and_stickiness(cli: CommandLine, cdnow: Path) -> None:
    words = ("clv", "retention", cdnow, "--campaign", "campaign")
    code, out, err = cli(*words)
    assert code == 0
    assert "8 amounts are 0 or below" in err
    assert out.startswith("Warning: 425 of the 2,148 customers who count as gone after 196 days")
    assert "1997-01             781  100 %  16 %" in out
    assert "A customer counts as gone after 196 days without a purchase (nine of ten gaps" in out
    assert "Still buying after the first purchase: 39 % (37 to 41 %)" in out
    assert "first purchase         2,357  1,448                0  61.4 %" in out
    assert "\nspring " in out
    assert "2,357 customers were seen for that long; 2,148 are gone.\nGone is a rule of" in out
    assert "P(alive) of cvosim clv fit and project is another answer" in out
    assert "\nLeave: gone out of still buying. Customers seen no further (their next 196 d" in out
    exact = json.loads(cli(*words, "-f", "json").out)
    assert exact["schema_version"] == 1
    assert exact["cohorts"]["size"][:3] == [781, 857, 719]
    assert exact["cohorts"]["share"][1][-1] is None
    assert exact["survival"]["curve"]["share"][0] == pytest.approx(909 / 2357)
    assert sum(one["customers"] for one in exact["stickiness"] if one["within"] == 30) == 2357
    table = cli(*words, "-f", "csv")
    assert "Warning: 425 of the 2,148 customers" in table.err
    rows = list(csv.DictReader(io.StringIO(table.out)))
    assert {row["part"] for row in rows} == {"cohort", "survival", "hazard", "stickiness"}
    assert sum(row["part"] == "cohort" for row in rows) == 18 + 17 + 16
    assert cli(*words, "-f", "md").out.count("| first bought | customers |") == 1


def test_until_ends_the_log(cli: CommandLine, cdnow: Path) -> None:
    words = ("clv", "retention", cdnow, "--by", "week", "--gap", "60", "--until", END)
    out = cli(*words).out
    assert "seen until 1997-09-30" in out
    assert "after 60 days without a purchase (as asked)" in out
    assert "\n1996-12-30          100  100 %" in out
    assert "ages from 13 in JSON and CSV" in out


def test_a_picture(cli: CommandLine, cdnow: Path) -> None:
    assert cli("clv", "retention", cdnow, "--picture", "kept.png").code == 0
    assert Path("kept.png").read_bytes().startswith(b"\x89PNG")


def test_once_each(cli: CommandLine) -> None:
    Path("once.csv").write_text("customer,date,amount\na,2024-01-01,5\nb,2024-02-09,5\n", "utf-8")
    code, out, _ = cli("clv", "retention", "once.csv", "--picture", "once.png")
    assert code == 0
    assert out.startswith("Warning: No survival curve: nobody bought on a second day")
    assert json.loads(cli("clv", "retention", "once.csv", "-f", "json").out)["survival"] is None
    refusal = cli.refused("clv", "retention", "once.csv", "--gap", "50")
    assert refusal.endswith("give a shorter gap (--gap)")


def test_one_is_one(cli: CommandLine) -> None:
    rows = "a,2024-01-01,5\na,2024-01-02,5\nb,2024-01-02,5\n"
    Path("one.csv").write_text(f"customer,date,amount\n{rows}", "utf-8")
    out = cli("clv", "retention", "one.csv", "--gap", "1").out
    assert "Nobody was silent for 1 day: nobody counts as gone." in out
    assert "gone after 1 day without a purchase (as asked)" in out
    assert "1 customer was seen for that long, 1 was not; 0 are gone." in out
    assert "\nHow long customers keep buying one alone cannot tell.\n" in out
    assert " n/a    too few to tell" in out
    assert "(their next day is not over)" in out


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["--campaign", "campain"], "campain"),
        (["--by", "day"], "must be one of week, month"),
        (["--gap", "0"], "must be at least 1"),
        (["--gap", "5000"], "no customer was observed for 5,000 days, the longest for 545"),
        (["--until", "never"], "never"),
    ],
)
def test_bad_input_is_one_line(
    cli: CommandLine, cdnow: Path, words: list[str], answer: str
) -> None:
    refusal = cli.refused("clv", "retention", cdnow, *words).splitlines()
    assert answer in refusal[-1]
    assert here() == ["cdnow.csv"]
