"""`cvosim check`: what a company's CI sees."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shlex
import signal
from pathlib import Path
from xml.etree import ElementTree

import pytest
from helpers.changed_file import change
from helpers.command_line import CommandLine, here
from helpers.guarded_shop import guarded_shop
from helpers.html_page import check as check_page

BASELINE = "baseline.json"
UPDATE = ("check", BASELINE, "shop.yaml", "--update")
CHECK = ("check", BASELINE, "shop.yaml")
LISTED = """
variants:
  - {name: Cheaper, changes: {journey.tripwire.price: 19}}
"""


@pytest.fixture
def shop(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A scenario file and its baseline."""
    return guarded_shop(cli, monkeypatch, 2000)


def test_what_is_as_it_was_passes(cli: CommandLine, shop: Path) -> None:
    assert cli(*CHECK) == (0, f"{shop} is identical.\n", "")
    before = Path(BASELINE).read_bytes()
    code, out, err = cli(*UPDATE)
    assert (code, err) == (0, f"{BASELINE} is as it was\n")
    assert out.startswith(f"{BASELINE} holds 1 scenario: 1 as before.\n")
    assert Path(BASELINE).read_bytes() == before


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("price: 29", "price: 19", "journey.tripwire.price 29 -> 19"),
        ("cost_per_prospect: 1.10", "cost_per_prospect: 1.2", "cost_per_prospect 1.1 -> 1.2"),
        ("horizon_days: 730", "horizon_days: 365", "horizon_days 730 -> 365"),
    ],
)
def test_a_planted_line_is_found_and_named(
    cli: CommandLine, shop: Path, old: str, new: str, named: str
) -> None:
    line = change(shop, old, new)
    code, out, err = cli(*CHECK)
    assert (code, err) == (1, "")
    verdict = " ".join(out.split("\n\n")[0].split())
    assert verdict.startswith(f"shop.yaml changed in line {line}: ")
    assert named in verdict
    assert re.search(r"A prospect is worth USD [\d.]+ (less|more)", verdict)
    assert f"shop.yaml:{line}" in out
    assert f"If it was meant: cvosim check {BASELINE} shop.yaml --update" in out


def test_what_to_do_next_works_as_typed(cli: CommandLine, shop: Path) -> None:
    Path("AS_IT_WAS.yaml").write_bytes(shop.read_bytes())
    change(shop, "price: 29", "price: 19")
    out = cli(*CHECK).out
    steps = re.findall(r": cvosim (.*)", out)
    assert len(steps) == 2
    for step in reversed(steps):  # look first, then accept
        assert cli(*shlex.split(step)).code == 0, step
    assert cli(*CHECK).code == 0


def test_the_effect_is_that_of_compare(cli: CommandLine, shop: Path) -> None:
    Path("old.yaml").write_bytes(shop.read_bytes())
    change(shop, "price: 29", "price: 19")
    found = json.loads(cli(*CHECK, "-f", "json").out)
    (scenario,) = found["scenarios"]
    (cause,) = scenario["causes"]
    twin = json.loads(cli("compare", "old.yaml", "shop.yaml", "-f", "json").out)
    (differences,) = twin["differences"].values()
    theirs = differences["clv_per_prospect"]
    assert cause["effect"] == theirs
    value = scenario["metrics"]["clv_per_prospect"]
    assert (value["before"]["value"], value["now"]["value"]) == (
        theirs["baseline"],
        theirs["variant"],
    )


def test_words_alone_change_nothing(cli: CommandLine, shop: Path) -> None:
    line = change(shop, "name: Carpet cleaning", "name: Carpets")
    code, out, _ = cli(*CHECK)
    assert code == 0
    told = " ".join(out.split("\n\n")[0].split())
    expected = f'shop.yaml is identical. Without effect: line {line}: name "Carpet cleaning" -> '
    assert told == f"{expected}Carpets."


def test_the_customers_of_the_file_are_not_those_of_the_baseline(
    cli: CommandLine, shop: Path
) -> None:
    line = change(shop, "customers: 2000", "customers: 3000")
    code, out, _ = cli(*CHECK)
    assert code == 0
    told = (
        f"Not used: shop.yaml, line {line}: customers 2000 -> 3000. The baseline's is simulated; "
        "take it over with --update --customers 3000."
    )
    assert " ".join(out.split()) == f"shop.yaml is identical. {told}"
    code, out, _ = cli(*UPDATE, "--customers", 1000)
    assert code == 0
    assert "customers 2000 -> 1000" in out
    assert cli(*UPDATE, "--seed", 8).code == 0
    (record,) = json.loads(Path(BASELINE).read_text("utf-8"))["records"].values()
    numbers = (record["settings"]["customers"], record["settings"]["seed"])
    assert numbers == (1000, 8), "what is not given anew stays"


def test_tolerances(cli: CommandLine, shop: Path) -> None:
    change(shop, "cost_per_prospect: 0.45", "cost_per_prospect: 0.4501")
    assert cli(*CHECK).code == 1
    code, out, _ = cli(*CHECK, "--tolerance", "1%")
    assert code == 0
    assert out.startswith("shop.yaml changed within tolerance in line ")
    assert cli(*CHECK, "--tolerance", "1%", "--tolerance", "cac=0%").code == 1
    assert cli(*CHECK).code == 1, "for one run only"
    file = json.loads(Path(BASELINE).read_text("utf-8"))
    file["tolerances"] = {"every": 0.01, "of": {}}
    Path(BASELINE).write_text(json.dumps(file), "utf-8")
    assert cli(*CHECK).code == 0
    assert cli(*CHECK, "--tolerance", "0%").code == 1


def test_an_update_keeps_tolerances_and_other_scenarios(cli: CommandLine, shop: Path) -> None:
    assert cli("check", BASELINE, "cdnow", "--update", "--tolerance", "cac=5%").code == 0
    change(shop, "price: 29", "price: 19")
    code, out, err = cli(*UPDATE)
    assert (code, err) == (0, f"Wrote {BASELINE}\n")
    assert out.startswith(
        f"{BASELINE} holds 2 scenarios: 1 changed, 1 as before. Tolerance: none (cac 5 %)."
    )
    assert "journey.tripwire.price 29 -> 19" in out
    file = json.loads(Path(BASELINE).read_text("utf-8"))
    assert sorted(file["records"]) == ["cdnow", "shop.yaml"]
    assert file["tolerances"]["of"] == {"cac": 0.05}
    assert cli("check", BASELINE, "shop.yaml", "cdnow").code == 0


def test_variants_in_the_file_are_held_too(cli: CommandLine, shop: Path) -> None:
    shop.write_text(shop.read_text("utf-8") + LISTED, "utf-8")
    code, out, _ = cli(*CHECK)
    assert code == 1
    assert "shop.yaml: Cheaper is not in the baseline." in out
    assert cli(*UPDATE).code == 0
    assert cli(*CHECK).code == 0
    change(shop, "price: 19", "price: 18")
    code, out, _ = cli(*CHECK)
    assert code == 1
    assert "shop.yaml: Cheaper changed in line" in out
    change(shop, LISTED.replace("19", "18"), "")
    code, out, err = cli(*CHECK, "--github", "--junit", "check.xml")
    assert code == 1, "what was guarded is not there any more"
    gone = "shop.yaml: Cheaper is in the baseline, but its file lists no such variant any more."
    assert " ".join(out.split()).startswith(f"{gone} shop.yaml is identical.")
    assert f"If it was meant: cvosim check {BASELINE} shop.yaml --update" in out
    assert f"::error file=shop.yaml,line=1,title=shop.yaml%3A Cheaper%3A gone::{gone}\n" in err
    suites = {one.attrib["name"]: one for one in ElementTree.parse("check.xml").getroot()}
    assert [one.attrib["failures"] for one in suites.values()] == ["0", "1"]
    assert "shop.yaml: Cheaper" in suites
    assert "shop.yaml: Cheaper: no longer in the baseline." in cli(*UPDATE).out
    assert cli(*CHECK).out == "shop.yaml is identical.\n"


def test_every_form(cli: CommandLine, shop: Path) -> None:
    change(shop, "price: 29", "price: 19")
    rows = list(csv.DictReader(io.StringIO(cli(*CHECK, "-f", "csv").out)))
    found = json.loads(cli(*CHECK, "-f", "json").out)
    assert [row["metric"] for row in rows] == list(found["scenarios"][0]["metrics"])
    assert (found["schema_version"], found["ok"]) == (1, False)
    assert "| metric | before | now |" in cli(*CHECK, "-f", "md").out
    code, out, err = cli(*CHECK, "-o", "check.html", "--picture", "check.png")
    assert (code, out) == (1, "")
    assert err == "Wrote check.png\nWrote check.html\n"
    page = Path("check.html").read_text("utf-8")
    check_page(page)
    assert str(Path.cwd()) not in page
    assert cli(*CHECK, "-o", "again.html").code == 1
    kept = [
        re.sub(r"<th.*?command</th>.*", "", text)
        for text in (page, Path("again.html").read_text("utf-8"))
    ]
    assert kept[0] == kept[1], "the same bytes every time"


def test_ci_systems_are_told_also_of_a_failure(cli: CommandLine, shop: Path) -> None:
    line = change(shop, "price: 29", "price: 19")
    code, _, err = cli(*CHECK, "--junit", "check.xml", "--github", "-o", "out.txt")
    assert code == 1
    remark = (
        f"::error file=shop.yaml,line={line},title=shop.yaml%3A changed::journey.tripwire.price"
    )
    assert remark in err
    suite = ElementTree.parse("check.xml").getroot()[0]
    assert int(suite.attrib["failures"]) > 10
    assert Path("out.txt").read_text("utf-8").startswith("shop.yaml changed in line")


def test_github_is_told_where_it_is_github(
    cli: CommandLine, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(Path.cwd().parent))
    assert cli(*CHECK).err == ""
    line = change(shop, "price: 29", "price: nothing")
    code, _, err = cli(*CHECK)
    assert code == 2
    assert err.startswith(f"::error file={Path.cwd().name}/shop.yaml,line={line},")
    assert "shop.yaml:" in err.splitlines()[-1]
    change(shop, "price: nothing", "price: 19")
    assert cli(*CHECK).err.startswith("::error file=")
    assert cli(*CHECK, "--no-github").err == ""


@pytest.mark.parametrize("name", ["b.json", "b.yaml", "b"])
def test_without_a_baseline_the_command_that_makes_it_is_named(cli: CommandLine, name: str) -> None:
    told = cli.refused("check", name, "cdnow", "a b.yaml")
    assert told == (
        f"{name}: no such baseline; to make it: cvosim check b.json cdnow 'a b.yaml' --update"
    )


@pytest.mark.usefixtures("no_simulation")
@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["b.json"], "cvosim check: missing argument SCENARIO"),
        (["b.json", "cdnow", "cdnow"], "cdnow is named twice"),
        (["b.json", "cdnow", "--customers", "5"], "--customers is BASELINE's; --update changes it"),
        (["b.json", "cdnow", "--tolerance", "1"], "must be a percentage, as 1% or cac=5%"),
        (["b.json", "cdnow", "--tolerance", "-1%"], "must be a percentage"),
        (["b.json", "cdnow", "--tolerance", "nan%"], "must be a percentage"),
        (["b.json", "cdnow", "--tolerance", "=1%"], "must name a metric"),
        (
            ["b.json", "cdnow", "--tolerance", "cac=1%", "--tolerance", "cac=5%"],
            "--tolerance says twice how far cac may move; keep one",
        ),
        (
            ["b.json", "cdnow", "--tolerance", "1%", "--tolerance", "5%"],
            "--tolerance says twice how far every metric may move; keep one",
        ),
        (["b.json", "cdnow", "--update", "--junit", "a.xml"], "--junit tells what a check found"),
        (["b.json", "cdnow", "--junit", "a.txt"], "--junit a.txt: must end in .xml"),
        (["b.yaml", "cdnow", "--update"], "BASELINE b.yaml: must end in .json"),
        (["no/b.json", "cdnow", "--update"], "the folder no does not exist"),
        (["b.json", "cdnw", "--update"], 'did you mean "cdnow"?'),
        (["b.json", "cdnow", "--update", "-o", "b.json"], "b.json"),
        (["b.json", "cdnow", "--renew"], "--renew goes with --update"),
        (["b.json", "a.yaml", "./a.yaml", "--update"], "a.yaml and ./a.yaml: the same scenario"),
    ],
)
def test_wrong_words_are_one_line(cli: CommandLine, words: list[str], answer: str) -> None:
    told = cli.refused("check", *words)
    assert answer in told
    assert len(told.splitlines()) == 1
    assert here() == []


def test_a_metric_that_nobody_has_gets_no_tolerance(cli: CommandLine, shop: Path) -> None:
    told = cli.refused(*CHECK, "--tolerance", "cacc=5%")
    assert told == '--tolerance cacc: no scenario has such a metric; did you mean "cac"?'
    before = Path(BASELINE).read_bytes()
    change(shop, "price: 29", "price: 19")
    assert "no scenario" in cli.refused(*UPDATE, "--tolerance", "cacc=5%")
    assert "no scenario" in cli.refused(*UPDATE, "--tolerance", "cacc=5%", "--customers", 50)
    assert Path(BASELINE).read_bytes() == before


@pytest.mark.parametrize(
    "text",
    ["", "{}", "{", "[1]", '{"format": "another"}', "<<<<<<< HEAD\n{}\n", "\x00\x01", None],
)
def test_what_is_no_baseline_is_never_overwritten_unasked(
    cli: CommandLine, shop: Path, text: str | None
) -> None:
    assert shop.exists()
    content = Path("shop.yaml").read_bytes() if text is None else text.encode()
    Path(BASELINE).write_bytes(content)
    for words in (CHECK, UPDATE, (*UPDATE, "--force")):
        told = cli.refused(*words)
        assert told.startswith(f"{BASELINE}: ")
        assert len(told.splitlines()) == 1
    assert "--renew" in told
    assert Path(BASELINE).read_bytes() == content
    assert cli(*UPDATE, "--renew").code == 0
    assert cli(*CHECK).code == 0


def test_force_does_not_forget_a_good_baseline(cli: CommandLine, shop: Path) -> None:
    assert shop.exists()
    assert cli("check", BASELINE, "cdnow", "--update", "--force").code == 0
    assert sorted(json.loads(Path(BASELINE).read_text("utf-8"))["records"]) == [
        "cdnow",
        "shop.yaml",
    ]


def test_a_broken_scenario_among_several_leaves_the_file(cli: CommandLine, shop: Path) -> None:
    before = Path(BASELINE).read_bytes()
    change(shop, "price: 29", "price: 19")
    Path("bad.yaml").write_text("name: Bad\nsede: 1\n", "utf-8")
    told = cli.refused("check", BASELINE, "shop.yaml", "bad.yaml", "--update")
    assert "bad.yaml:2" in told
    assert Path(BASELINE).read_bytes() == before
    assert [name for name in here() if BASELINE in name] == [BASELINE]


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_leaves_the_file(
    cli: CommandLine, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from contextlib import contextmanager

    before = Path(BASELINE).read_bytes()
    change(shop, "price: 29", "price: 19")

    @contextmanager
    def pressing(_label: str, _total: int):  # type: ignore[no-untyped-def]  # noqa: ANN202
        yield lambda _: os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr("cvosim.cli.commands.check.progress_bar", pressing)
    code, out, err = cli(*UPDATE)
    assert (code, out, err.strip()) == (130, "", "Interrupted.")
    assert Path(BASELINE).read_bytes() == before
    assert [name for name in here() if BASELINE in name] == [BASELINE]


def test_the_library_is_named_without_its_folder(cli: CommandLine) -> None:
    assert cli("check", BASELINE, "cdnow", "--update", "-n", 500).code == 0
    found = json.loads(cli("check", BASELINE, "cdnow", "-f", "json").out)
    (cause,) = found["scenarios"][0]["causes"]
    assert (cause["what"], cause["file"]) == ("customers", "cdnow")


def test_keys_are_seen_from_the_baseline(
    cli: CommandLine, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("ci").mkdir()
    words = ("check", f"ci/{BASELINE}", shop)
    assert cli(*words, "--update").code == 0
    assert list(json.loads(Path("ci", BASELINE).read_text("utf-8"))["records"]) == ["../shop.yaml"]
    line = change(shop, "price: 29", "price: 19")
    assert cli(*words).out.startswith(f"../shop.yaml changed in line {line}: ")
    monkeypatch.chdir("ci")
    code, out, _ = cli("check", BASELINE, "../shop.yaml", "--github")
    assert code == 1
    assert "cvosim check baseline.json ../shop.yaml --update" in out
