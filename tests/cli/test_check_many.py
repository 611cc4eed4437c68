"""`cvosim check` over many scenarios that extend one, as an agency keeps them."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from helpers.changed_file import change
from helpers.command_line import CommandLine

from cvosim.report.junit import READABLE

BASE = "funnels/shop.yaml"
ALL = (BASE, "funnels/variants/cheap.yaml", "funnels/variants/daily.yaml")
CHECK = ("check", "baseline.json", *ALL)
CHEAP = "extends: ../shop.yaml\nname: Cheap\nchanges: {journey.tripwire.price: 19}\n"
DAILY = """extends: ../shop.yaml
name: Counted
changes:
  channels.search_ads.arrivals: {kind: daily, file: visits.csv, column: visits}
"""


@pytest.fixture
def base(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A base file, two that extend it from another folder, and their baseline."""
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    Path("funnels/variants").mkdir(parents=True)
    cli("init", "carpet_cleaning", "-o", BASE)
    file = Path(BASE)
    change(file, "customers: 100000", "customers: 2000")
    channel = next(
        line.partition("name:")[2].strip(" }").split(",")[0]
        for line in file.read_text("utf-8").split("channels:")[1].splitlines()
        if "name:" in line
    )
    Path(ALL[1]).write_text(CHEAP, "utf-8")
    Path(ALL[2]).write_text(DAILY.replace("search_ads", channel), "utf-8")
    days = "".join(f"{day},{100 + day}\n" for day in range(60))
    Path("funnels/variants/visits.csv").write_text(f"day,visits\n{days}", "utf-8")
    assert cli(*CHECK, "--update").code == 0
    return file


def test_one_edit_is_told_once(cli: CommandLine, base: Path) -> None:
    line = change(base, "cost_per_prospect: 0.45", "cost_per_prospect: 0.4")
    code, out, err = cli(*CHECK, "--github")
    assert code == 1
    told = " ".join(out.split("\n\n")[1].split())
    assert told.startswith(f"{BASE}, line {line}: ")
    assert "changes 3 scenarios: " in told
    assert out.count(f"{BASE}:{line}") == 1
    assert ".." not in out.partition("If it was meant")[0].replace("...", "")
    assert err.count("::error ") == 1
    assert f"file={BASE},line={line},title=3 scenarios%3A changed" in err


def test_a_number_in_a_csv_file_is_told_with_that_file(cli: CommandLine, base: Path) -> None:
    assert base.exists()
    change(Path("funnels/variants/visits.csv"), "39,139\n", "39,900\n")
    code, out, _ = cli(*CHECK)
    assert code == 1
    told = " ".join(out.split("\n\n")[1].split())
    assert "line 4 (funnels/variants/visits.csv): channels." in told
    assert "1 of 60 values, the 40th: 139 -> 900" in told


def test_a_broken_base_is_told_once_and_to_every_machine(cli: CommandLine, base: Path) -> None:
    line = change(base, "price: 29", "price: nothing")
    code, out, err = cli(*CHECK, "--github", "--junit", "check.xml", "--json")
    assert code == 2
    remark, wrote, problem = err.splitlines()
    assert remark.startswith(f"::error file={BASE},line={line},title=cvosim cannot read this::")
    assert wrote == "Wrote check.xml"
    assert problem.startswith(f"{BASE}:{line}:")
    (suite,) = ElementTree.parse("check.xml").getroot()
    assert (suite.get("name"), suite.get("errors"), suite.get("failures")) == (BASE, "1", "0")
    (case,) = suite.findall("testcase")
    assert case.get("name") == READABLE
    error = case.find("error")
    assert error is not None
    assert error.text == problem
    found = json.loads(out)
    assert (found["ok"], found["verdict"]) == (False, [problem])
    assert (found["problems"][0]["file"], found["problems"][0]["line"]) == (BASE, line)


def test_a_junit_file_is_written_anew_each_time(cli: CommandLine, base: Path) -> None:
    assert cli(*CHECK, "--junit", "check.xml").code == 0
    before = Path("check.xml").read_text("utf-8")
    change(base, "price: 29", "price: 28")
    assert cli(*CHECK, "--junit", "check.xml").code == 1
    assert Path("check.xml").read_text("utf-8") != before
    declared = "<?xml version='1.0' encoding='utf-8'?>\n"
    foreign = "<testsuites><testsuite/></testsuites>"
    for words in ("<svg/>", f"{declared}<testsuites><a/>", foreign, declared + foreign, ""):
        Path("check.xml").write_text(words, "utf-8")
        told = cli.refused(*CHECK, "--junit", "check.xml")
        assert told == (
            "--junit check.xml: exists already and is no report of a check; name another file, or "
            "add --force"
        )
        assert Path("check.xml").read_text("utf-8") == words
    assert cli(*CHECK, "--junit", "check.xml", "--force").code == 1


def test_json_is_short_for_the_form(cli: CommandLine, base: Path) -> None:
    assert base.exists()
    assert cli(*CHECK, "--json").out == cli(*CHECK, "-f", "json").out
    assert "two forms" in cli.refused(*CHECK, "--json", "-f", "csv")


@pytest.mark.usefixtures("base", "no_simulation")
def test_what_is_no_scenario_is_told_at_once(cli: CommandLine) -> None:
    told = cli.refused("check", "baseline.json", "funnels")
    assert told == "funnels: is a folder; name its files: funnels/*.yaml"
    told = cli.refused("check", "baseline.json", "baseline.json")
    assert told == "baseline.json: is a baseline, not a scenario"


def test_an_edited_number_is_not_a_fault_of_the_machine(cli: CommandLine, base: Path) -> None:
    assert base.exists()
    file = json.loads(Path("baseline.json").read_text("utf-8"))
    file["records"][BASE]["metrics"]["cac"]["value"] *= 1.1
    Path("baseline.json").write_text(json.dumps(file), "utf-8")
    code, out, _ = cli(*CHECK)
    assert code == 1
    told = " ".join(out.split())
    assert "the baseline's numbers were edited, or come from other software" in told
    assert "fault" not in told
