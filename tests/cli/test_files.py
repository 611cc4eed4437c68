"""``init``, ``validate``, ``explain``, ``schema``, ``doctor``: commands about files."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from helpers.command_line import CommandLine, here
from helpers.whole_journey import WHOLE_JOURNEY

from cvosim.scenario import library, library_path, load_scenario, scenario_schema


@pytest.mark.parametrize("name", library())
def test_init_gives_a_scenario_that_works_on_its_own(cli: CommandLine, name: str) -> None:
    code, out, err = cli("init", name, "-o", "mine")
    assert (code, err) == (0, "")
    written = [Path(line) for line in out.splitlines()]
    assert written[0] == Path("mine", f"{name}.yaml")
    assert set(written) == set(Path("mine").iterdir())
    assert json.loads(Path("mine/schema.json").read_text("utf-8")) == scenario_schema()
    assert load_scenario(written[0]) == load_scenario(name)


def test_init_offers_the_library_by_name(cli: CommandLine) -> None:
    code, out, err = cli("init", "--list")
    assert (code, err, here()) == (0, "", [])
    offered = [line.split(maxsplit=1) for line in out.splitlines()]
    assert [name for name, _ in offered] == list(library())
    assert (
        dict(offered)["cdnow"]
        == "Repeat buying at an online music shop, by the published estimates."
    )


def test_init_without_a_name_or_a_folder(cli: CommandLine) -> None:
    assert cli("init").code == 0
    assert here() == ["carpet_cleaning.yaml", "schema.json"]
    assert cli("init", "cdnow", "-o", "shop.yml").out == "shop.yml\nschema.json\n"


def test_init_never_overwrites_what_was_edited(cli: CommandLine) -> None:
    cli("init", "carpet_cleaning_no_tripwire")
    assert cli("init", "carpet_cleaning_no_tripwire").code == 0, "the same again is no harm"
    base = Path("carpet_cleaning.yaml")
    base.write_text("mine", "utf-8")
    refusal = cli.refused("init", "carpet_cleaning_no_tripwire")
    assert refusal == "carpet_cleaning.yaml: exists already; --force overwrites"
    assert base.read_text("utf-8") == "mine"
    assert cli("init", "carpet_cleaning_no_tripwire", "--force").code == 0
    assert base.read_bytes() == library_path("carpet_cleaning").read_bytes()


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["carpet_cleanin"], 'did you mean "carpet_cleaning"?'),
        (["zebra"], "there are b2b_services, carpet_cleaning, "),
        (["../cdnow"], "no scenario"),
        (["cdnow", "-o", "file"], "--output file: cannot be made (File exists)"),
        (["cdnow", "-o", "no/x.yaml"], "the folder no does not exist"),
        (["cdnow", "-o", "folder.yaml/x.yaml"], "the folder folder.yaml does not exist"),
    ],
)
def test_init_refuses(cli: CommandLine, words: list[str], answer: str) -> None:
    Path("file").touch()
    assert answer in cli.refused("init", *words)
    assert here() == ["file"]


def test_validate_names_every_problem_of_every_file(cli: CommandLine) -> None:
    text = library_path("carpet_cleaning").read_text("utf-8")
    Path("good.yaml").write_text(text, "utf-8")
    Path("bad.yaml").write_text(text.replace("price: 29", "prize: 29%"), "utf-8")
    code, out, err = cli("validate", "good.yaml", "bad.yaml", "gone.yaml", "cdnow")
    assert code == 2
    assert out == "good.yaml: valid\ncdnow: valid\n"
    line = 1 + text[: text.index("price: 29")].count("\n")
    assert f"bad.yaml:{line}:" in err
    assert 'did you mean "price"?' in err
    assert "gone.yaml: no such file" in err


def test_validate_in_other_formats(cli: CommandLine) -> None:
    Path("bad.yaml").write_text("name: x\nname: y\n", "utf-8")
    code, out, err = cli("validate", "bad.yaml", "cdnow", "-f", "json")
    assert (code, err) == (2, "")
    bad, good = json.loads(out)["files"]
    assert (bad["file"], bad["valid"], good["valid"], good["problems"]) == (
        "bad.yaml",
        False,
        True,
        [],
    )
    assert {"file", "line", "column", "path", "message"} == set(bad["problems"][0])
    assert cli("validate", "bad.yaml", "-f", "csv").out.startswith(
        "file,line,column,path,problem\n"
    )
    assert "| bad.yaml |" in cli("validate", "bad.yaml", "-f", "md").out
    assert cli("validate", "cdnow", "-f", "json").code == 0
    assert "-S nothing" in cli.refused("validate", "cdnow", "-S", "nothing=1")


def test_explain_prints_the_journey(cli: CommandLine) -> None:
    code, out, err = cli("explain", "carpet_cleaning")
    assert (code, err) == (0, "")
    stages = ["lead_magnet", "tripwire", "core_offer", "stain_guard"]
    places = [out.index(f"\n{stage} ") for stage in stages]
    assert places == sorted(places)
    found = json.loads(cli("explain", "carpet_cleaning", "-f", "json").out)
    first, second = found["journey"][:2]
    assert (first["stage"], first["step"], first["conversion"]) == ("lead_magnet", "", 0.22)
    assert (second["stage"], second["step"]) == ("lead_magnet", "display")
    assert 0 < second["lowest"] < second["highest"] < 1
    assert len(found["plan_hash"]) == 64
    changed = cli("explain", "carpet_cleaning", "-S", "journey.tripwire=null", "-f", "csv").out
    assert "tripwire" not in changed
    assert cli("explain", "cdnow", "-o", "plan.md").out == ""
    assert Path("plan.md").read_text("utf-8").startswith("**CDNOW**")
    assert "--force" in cli.refused("explain", "cdnow", "-o", "plan.md")


def test_schema_accepts_the_library_and_refuses_a_typo(cli: CommandLine) -> None:
    schema = json.loads(cli("schema").out)
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    for name in library():
        written = yaml.safe_load(library_path(name).read_text("utf-8"))
        # a date is text in YAML 1.2, which editors read, and in JSON
        written = json.loads(json.dumps(written, default=str))
        assert list(validator.iter_errors(written)) == [], name
    written["jurney"] = {}
    assert list(validator.iter_errors(written))
    assert cli("schema", "-o", "s.json") == (0, "", "Wrote s.json\n")
    assert cli.refused("schema", "-o", "s.json") == "s.json: exists already; --force overwrites"
    assert cli("schema", "-o", "s.json", "--force") == (0, "", "Wrote s.json\n")
    assert cli("schema", "-o", "-") == cli("schema")
    assert json.loads(Path("s.json").read_text("utf-8")) == schema


def test_doctor_finds_this_installation_in_order(cli: CommandLine) -> None:
    code, out, _ = cli("doctor")
    assert code == 0, out
    assert "BROKEN" not in out
    checks = json.loads(cli("doctor", "-f", "json").out)["checks"]
    wanted = {"cvosim", "Python", "packages", "cores", "threads", "compiled code", "scenarios"}
    assert wanted <= {check["what"] for check in checks}


def test_doctor_says_what_is_broken(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cvosim.scenario.library", lambda: ())
    code, out, _ = cli("doctor")
    assert code == 1
    assert "scenarios      BROKEN  RuntimeError: no scenarios found" in out


def test_init_without_a_name_says_what_else_there_is(cli: CommandLine) -> None:
    code, out, err = cli("init")
    assert (code, out) == (0, "carpet_cleaning.yaml\nschema.json\n")
    assert err == "Taking carpet_cleaning; cvosim init --list says what else there is.\n"


def test_init_brings_the_whole_chain_of_a_variant(cli: CommandLine) -> None:
    written = cli("init", "lead_magnet_ebook", "-o", "mine").out.splitlines()
    assert [Path(line).name for line in written] == [
        "lead_magnet_ebook.yaml",
        "lead_magnet_checklist.yaml",
        "schema.json",
    ]


def test_explain_lists_the_whole_journey(cli: CommandLine) -> None:
    Path("e.yaml").write_text(WHOLE_JOURNEY, "utf-8")
    code, out, err = cli("explain", "e.yaml")
    assert (code, err) == (0, "")
    header = out.splitlines()[2]
    assert header.endswith("only for")
    for word in ("beyond_vinegar", "attendance", "trial", "we_miss_you", "promoter", "facebook"):
        assert f"\n  {word} " in out, word
    assert "only for" not in cli("explain", "cdnow").out, "a column that says nothing"
    exact = list(csv.DictReader(io.StringIO(cli("explain", "e.yaml", "-f", "csv").out)))
    found = json.loads(cli("explain", "e.yaml", "-f", "json").out)["journey"]
    assert [row["step"] for row in exact] == [row["step"] for row in found]
    aimed = next(row for row in exact if row["stage"] == "stain_guard")
    assert aimed["only_for"] == "segment pet_owners, tier gold, at least 2 orders"


def test_explain_prints_a_flowchart(cli: CommandLine) -> None:
    code, out, err = cli("explain", "carpet_cleaning", "--mermaid")
    assert (code, err) == (0, "")
    assert out.startswith("flowchart LR\n")
    assert '["<b>tripwire</b><br/>' in out
    without = cli("explain", "carpet_cleaning", "--mermaid", "-S", "journey.tripwire=null").out
    assert "tripwire" not in without
    assert cli("explain", "cdnow", "--mermaid", "-o", "j.mmd").err == "Wrote j.mmd\n"
    assert Path("j.mmd").read_text("utf-8") == cli("explain", "cdnow", "--mermaid").out
    refusal = cli.refused("explain", "cdnow", "--mermaid", "-f", "json")
    assert refusal.startswith("cvosim explain: --mermaid is a format of its own")


@pytest.mark.parametrize(("name", "start"), [("j.png", b"\x89PNG"), ("j.pdf", b"%PDF")])
def test_explain_draws(cli: CommandLine, name: str, start: bytes) -> None:
    code, out, err = cli("explain", "carpet_cleaning", "--picture", name)
    assert (code, err) == (0, f"Wrote {name}\n")
    assert out.startswith("Carpet cleaning\n"), "and prints as ever"
    assert Path(name).read_bytes().startswith(start)
    assert "--force" in cli.refused("explain", "cdnow", "--picture", name)
    assert "must end in" in cli.refused("explain", "cdnow", "--picture", "x.jpeg")
    assert here() == [name]
