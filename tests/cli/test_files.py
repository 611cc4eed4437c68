"""``init``, ``validate``, ``explain``, ``schema``, ``doctor``: commands about files."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from helpers.command_line import CommandLine, here

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
        (["zebra"], "there are carpet_cleaning, "),
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
