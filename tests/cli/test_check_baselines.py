"""`cvosim check`: what becomes of the records in a baseline, and by which names they go."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from helpers.command_line import CommandLine

BASELINE = Path("baseline.json")
FILES = ("a.yaml", "b.yaml")


@pytest.fixture
def two(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two files and their baseline."""
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    cli("init", "carpet_cleaning", "-o", "a.yaml")
    text = Path("a.yaml").read_text("utf-8").replace("customers: 100000", "customers: 300")
    for name in FILES:
        Path(name).write_text(text, "utf-8")
    assert cli("check", BASELINE, *FILES, "--update").code == 0


def records() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(BASELINE.read_text("utf-8"))["records"]
    return found


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize("damage", ["cut", "merge", "number", "laid out anew"])
def test_a_damaged_baseline_is_replaced_only_if_asked_and_what_goes_is_named(
    cli: CommandLine, damage: str
) -> None:
    text = BASELINE.read_text("utf-8")
    broken = {
        "cut": text[: text.index('"b.yaml"') + 500],
        "merge": text.replace('"b.yaml"', '<<<<<<< HEAD\n    "b.yaml"'),
        "number": text.replace('"every": 0.0', f'"every": 1{"0" * 400}'),
        "laid out anew": json.dumps(json.loads(text) | {"schema_version": 0}),
    }[damage]
    BASELINE.write_text(broken, "utf-8")
    words = ("check", BASELINE, "a.yaml", "--update", "-o", "out.html")
    Path("out.html").write_text("old", "utf-8")
    told = cli.refused(*words, "--force")
    assert "--renew" in told
    assert len(told.splitlines()) == 1
    assert BASELINE.read_text("utf-8") == broken
    code, out, _ = cli(*words[:4], "--renew")
    assert code == 0
    assert "is replaced. Its records: a.yaml, b.yaml." in " ".join(out.split())
    assert list(records()) == ["a.yaml"]


@pytest.mark.usefixtures("two")
def test_a_tolerance_that_means_hundreds_of_per_cent_is_told(cli: CommandLine) -> None:
    told = (
        "warning: the tolerance of {} is {} %: a number may more than double unnoticed; {} % is {}"
    )
    text = BASELINE.read_text("utf-8")
    BASELINE.write_text(text.replace('"every": 0.0', '"every": 5'), "utf-8")
    assert (
        told.format("every metric", 500, 5, "0.05 in the file")
        in cli("check", BASELINE, "a.yaml").err
    )
    BASELINE.write_text(text, "utf-8")
    assert "warning" not in cli("check", BASELINE, "a.yaml", "--tolerance", "100%").err
    found = cli("check", BASELINE, "a.yaml", "--tolerance", "cac=150%")
    assert told.format("cac", 150, 1.5, "0.015 in the file") in found.err


@pytest.mark.usefixtures("two")
def test_what_is_no_baseline_and_no_json_is_told_that_the_baseline_comes_first(
    cli: CommandLine,
) -> None:
    end = "is no baseline, which is a .json file and comes first: cvosim check"
    told = cli.refused("check", "a.yaml", BASELINE, "b.yaml")
    assert told.endswith(f"a.yaml: {end} {BASELINE} a.yaml b.yaml")
    assert f"cdnow: {end} BASELINE.json cdnow a.yaml" in cli.refused("check", "cdnow", "a.yaml")


@pytest.mark.usefixtures("two")
def test_renew_forgets_nothing_of_a_good_baseline(cli: CommandLine) -> None:
    out = cli("check", BASELINE, "a.yaml", "--update", "--renew").out
    assert list(records()) == ["a.yaml", "b.yaml"]
    assert "is replaced" not in out


@pytest.mark.usefixtures("two")
def test_a_file_that_moved_fails_the_check_until_that_is_accepted(cli: CommandLine) -> None:
    Path("b.yaml").rename("c.yaml")
    code, out, _ = cli("check", BASELINE, "a.yaml", "--junit", "c.xml")
    assert code == 1
    told = "b.yaml is in the baseline, but there is no such file any more."
    assert told in " ".join(out.split())
    assert f"If it was meant: cvosim check {BASELINE} a.yaml --update" in " ".join(out.split())
    assert told in Path("c.xml").read_text("utf-8")
    assert cli("check", BASELINE, "a.yaml", "c.yaml").code == 1
    assert json.loads(cli("check", BASELINE, "a.yaml", "-f", "json").out)["lost"] == ["b.yaml"]
    code, out, _ = cli("check", BASELINE, "a.yaml", "c.yaml", "--update")
    assert code == 0
    assert "holds 2 scenarios: 1 new, 1 gone, 1 as before." in out
    assert "b.yaml: no longer in the baseline." in out
    assert list(records()) == ["a.yaml", "c.yaml"]
    assert cli("check", BASELINE, "a.yaml", "c.yaml").code == 0


@pytest.mark.usefixtures("two")
def test_another_files_size_and_luck_are_not_taken(cli: CommandLine) -> None:
    Path("ci").mkdir()
    for name, customers in (("a.yaml", 111), ("ci/a.yaml", 222)):
        Path(name).write_text(Path("b.yaml").read_text("utf-8"), "utf-8")
        assert cli("check", "ci/b.json", name, "--update", "-n", customers).code == 0
    Path("ci/b.json").rename("ci/old.json")
    # the key "a.yaml" is that of ci/a.yaml; ./a.yaml has another
    text = json.loads(Path("ci/old.json").read_text("utf-8"))
    del text["records"]["../a.yaml"]
    Path("ci/b.json").write_text(json.dumps(text), "utf-8")
    assert cli("check", "ci/b.json", "a.yaml", "--update", "--seed", 9).code == 0
    found = json.loads(Path("ci/b.json").read_text("utf-8"))["records"]
    numbers = {key: one["settings"]["customers"] for key, one in found.items()}
    assert numbers == {"a.yaml": 222, "../a.yaml": 300}


@pytest.mark.skipif(os.name != "posix", reason="names of files")
@pytest.mark.parametrize("form", ["table", "md", "csv", "json"])
@pytest.mark.usefixtures("two")
def test_no_name_becomes_a_command_of_github(cli: CommandLine, form: str) -> None:
    evil = "x\n::add-mask::y ##[error]z.yaml"
    text = Path("a.yaml").read_text("utf-8")
    Path(evil).write_text(text.replace("price: 29", "price: 28"), "utf-8")
    assert cli("check", BASELINE, evil, "--update").code == 0
    text = text.replace("name: Carpet cleaning", 'name: "::warning::a ##[error]b"')
    Path(evil).write_text(text.replace("price: 29", "price: 27"), "utf-8")
    code, out, _ = cli("check", BASELINE, evil, "b.yaml", "-f", form, "--github")
    assert code == 1
    assert "##[" not in out
    assert not any(line.lstrip().startswith("::") for line in out.splitlines())
    if form in ("table", "md"):
        out = cli("check", BASELINE, evil, "b.yaml", "-f", form).out
        assert "\n::" not in out
    if form == "json":
        keys = [one["scenario"] for one in json.loads(out)["scenarios"]]
        assert keys == [evil, "b.yaml"], "values stay what they are"


@pytest.mark.usefixtures("two")
def test_names_of_scenarios_and_variants_are_one_line(cli: CommandLine) -> None:
    text = Path("a.yaml").read_text("utf-8")
    named = text.replace("name: Carpet cleaning", 'name: "a\\n::error::b"')
    listed = f'{text}variants: [{{name: "a\\u2028b", changes: {{journey.tripwire.price: 9}}}}]\n'
    for wrong in (named, listed):
        Path("a.yaml").write_text(wrong, "utf-8")
        told = cli.refused("check", BASELINE, "a.yaml")
        assert "must be one line without control characters" in told
        assert len(told.splitlines()) == 1


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    ("option", "number"), [("-n", 300), ("-n", 200), ("--seed", 7), ("--seed", 8)]
)
def test_other_customers_or_luck_hide_nothing_that_is_accepted(
    cli: CommandLine, option: str, number: int
) -> None:
    text = Path("a.yaml").read_text("utf-8")
    Path("a.yaml").write_text(text.replace("price: 29", "price: 19"), "utf-8")
    words = ("check", BASELINE, *FILES, "--update", option, number)
    code, out, _ = cli(*words)
    assert code == 0
    first, told = " ".join(out.split()), "journey.tripwire.price 29 -> 19"
    assert told in first
    assert "A prospect is worth USD" in first
    name = "customers" if option == "-n" else "seed"
    old = {"-n": 300, "--seed": 7}[option]
    moved = f"{name} {old} -> {number}"
    assert (moved in first) == (number != old)
    assert ("1 changed, 1 as before" if number == old else "2 changed") in first
    settings = [one["settings"] for one in records().values()]
    assert [one[name] for one in settings] == [number, number]
    assert settings[0]["journey"]["tripwire"]["price"] == 19.0
    assert cli("check", BASELINE, *FILES).code == 0
    # nothing else is told a second time
    assert cli(*words).err == f"{BASELINE} is as it was\n"


@pytest.mark.usefixtures("two")
def test_another_currency_is_told_beside_customers(cli: CommandLine) -> None:
    text = Path("a.yaml").read_text("utf-8")
    Path("a.yaml").write_text(text.replace("currency: USD", "currency: EUR"), "utf-8")
    out = cli("check", BASELINE, *FILES, "--update", "-n", 300).out
    assert "currency USD -> EUR" in " ".join(out.split())
    assert "1 changed, 1 as before" in out


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize("words", [(), ("--seed", 9), ("-n", 150)])
def test_a_new_variant_gets_the_customers_and_the_luck_of_its_file(
    cli: CommandLine, words: tuple[object, ...]
) -> None:
    assert cli("check", BASELINE, "a.yaml", "--update", "-n", 200, "--seed", 8).code == 0
    listed = "variants: [{name: Cheap, changes: {journey.tripwire.price: 19}}]\n"
    Path("a.yaml").write_text(Path("a.yaml").read_text("utf-8") + listed, "utf-8")
    (_, new) = json.loads(cli("check", BASELINE, "a.yaml", "--json").out)["scenarios"]
    assert (new["status"], new["customers"], new["seed"]) == ("not in the baseline", 200, 8)
    assert cli("check", BASELINE, "a.yaml", "--update", *words).code == 0
    wanted = {"-n": 200, "--seed": 8, **dict([words] if words else [])}  # type: ignore[list-item]
    for key in ("a.yaml", "a.yaml: Cheap"):
        numbers = records()[key]["settings"]
        assert (numbers["customers"], numbers["seed"]) == (wanted["-n"], wanted["--seed"])
    assert cli("check", BASELINE, *FILES).code == 0
