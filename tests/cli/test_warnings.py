"""What is allowed and seldom meant is said on standard error; what cannot end is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from helpers.command_line import CommandLine, here
from helpers.whole_journey import WHOLE_JOURNEY, endless_growth

from cvosim.errors import CvosimError

LONG_TRIAL = "journey.profit_maximizers.quarterly_care.trial_days=900"
SAID = "journey.profit_maximizers.quarterly_care.trial_days: a trial of 900 days "
SMALL = ("-n", 50, "--engine", "reference")


def changed(overrides: list[str]) -> list[str]:
    return [word for override in overrides for word in ("-S", override)]


def test_a_run_says_it_first_and_runs(cli: CommandLine) -> None:
    code, out, err = cli("run", "carpet_cleaning", *SMALL, "-S", LONG_TRIAL)
    assert code == 0
    assert err.startswith(f"warning: {SAID}")
    assert len(err.splitlines()) == 1
    assert out.startswith("Carpet cleaning: 50 prospects")
    found = cli("run", "carpet_cleaning", *SMALL, "-S", LONG_TRIAL, "-f", "json")
    assert (found.code, found.err) == (0, err)
    assert json.loads(found.out)["schema_version"] == 1


def test_a_comparison_names_whom_it_is_about(cli: CommandLine) -> None:
    pair = ("carpet_cleaning", "carpet_cleaning_no_tripwire", "-n", 50)
    code, _, err = cli("compare", *pair, "-S", LONG_TRIAL)
    assert code == 0
    assert [line.startswith(f"warning: {SAID}") for line in err.splitlines()] == [True]
    one_sided = cli("compare", "carpet_cleaning", "-n", 50, "-S", LONG_TRIAL).err
    assert one_sided.startswith(f"warning: Carpet cleaning with {LONG_TRIAL}: {SAID}")


def test_validate_tells_warnings_from_problems(cli: CommandLine) -> None:
    code, out, err = cli("validate", "carpet_cleaning", "-S", LONG_TRIAL)
    assert (code, out) == (0, "carpet_cleaning: valid\n")
    assert err.startswith(f"warning: carpet_cleaning: {SAID}")
    code, out, err = cli("validate", "carpet_cleaning", "-S", LONG_TRIAL, "-f", "json")
    assert (code, err) == (0, "")
    (file,) = json.loads(out)["files"]
    assert (file["valid"], file["problems"]) == (True, [])
    assert [text.startswith(SAID) for text in file["warnings"]] == [True]
    (fine,) = json.loads(cli("validate", "cdnow", "-f", "json").out)["files"]
    assert fine["warnings"] == []
    assert cli("validate", "cdnow").err == ""


def test_what_cannot_be_compiled_is_a_problem(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise CvosimError("too many to tabulate")

    monkeypatch.setattr("cvosim.plan.compile_plan", refuse)
    assert cli.refused("validate", "cdnow") == "cdnow: too many to tabulate"


@pytest.mark.parametrize("engine", ["kernel", "reference"])
def test_growth_without_end_is_foretold_and_stopped(cli: CommandLine, engine: str) -> None:
    Path("e.yaml").write_text(WHOLE_JOURNEY, "utf-8")
    words = ["run", "e.yaml", *changed(endless_growth()), "-n", 60, "--engine", engine]
    files = ["-o", "x.json", "--events", "e.parquet", "--customer-table", "c.parquet"]
    code, out, err = cli(*words, *files, "--picture", "p.svg")
    assert (code, out) == (2, "")
    warning, refusal = err.splitlines()
    assert warning.startswith("warning: journey.referral: ")
    assert "3.00" in warning
    assert "10 people per market prospect" in warning
    assert "K" in refusal
    assert "cap" in refusal
    assert "Traceback" not in err
    assert here() == ["e.yaml"], "nothing is written, not even in part"


def test_referred_people_are_counted_in_the_title(cli: CommandLine) -> None:
    Path("e.yaml").write_text(WHOLE_JOURNEY, "utf-8")
    shared = [one for one in endless_growth() if "invitations" not in one]
    words = ["run", "e.yaml", *changed([*shared, "journey.referral.invitations.mean=0.5"])]
    words += ["-n", 200, "--engine", "reference"]
    title = cli(*words).out.splitlines()[0]
    metrics = json.loads(cli(*words, "-f", "json").out)["metrics"]
    referred = round(metrics["referred_people"]["value"])
    assert referred > 10
    assert title == f"Everything at once: 200 prospects, {referred} referred, seed 3"
