"""An exported file names the files that are meant, whatever they are called."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from helpers.command_line import CommandLine
from helpers.what_if import Asking, state, text_source

from cvosim.app.api import Page
from cvosim.app.exports import variant_yaml
from cvosim.app.limits import Limits
from cvosim.app.server import names_of
from cvosim.app.sources import Given, Sources
from cvosim.app.state import Source, State
from cvosim.app.work import Work
from cvosim.scenario import load_scenario

MINE = "extends: carpet_cleaning\nname: Mine\nchanges: {journey.core_offer.price: 199}\n"
OTHER = "extends: carpet_cleaning\nname: Other\nchanges: {journey.core_offer.price: 299}\n"
POSTS = ("levers", "compare", "export/variant.yaml", "export/report.html", "export/numbers.csv")


@pytest.fixture
def cli(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    return CommandLine(capsys)


def exported(asking: Asking, asked: dict[str, Any], folder: Path) -> tuple[str, str]:
    answer = asking.post("/api/export/variant.yaml", asked)
    assert answer.status_code == 200, answer.text
    name = answer.headers["content-disposition"].partition('"')[2].rstrip('"')
    (folder / name).write_text(answer.text, "utf-8")
    return name, answer.text


def command_in(text: str) -> list[str]:
    (line,) = [one for one in text.splitlines() if one.startswith("#   cvosim ")]
    return shlex.split(line[4:])[1:]


@pytest.mark.parametrize(
    "name",
    ["mine.yaml", "my file (1).yml", "Größe's.yaml", "variant.yaml", "Variant.YAML", "-n.yaml"],
)
def test_the_files_of_an_export_are_found(
    name: str, asking: Asking, cli: CommandLine, tmp_path: Path
) -> None:
    kept = name if name.endswith((".yaml", ".yml")) else f"{name}.yaml"
    (tmp_path / kept).write_text(MINE, "utf-8")
    asked = state(customers=300, changes={"journey.tripwire.price": 9})
    own, text = exported(asking, {**asked, "a": text_source(MINE, name)}, tmp_path)
    assert own == ("variant-2.yaml" if kept == "variant.yaml" else "variant.yaml")
    assert kept in text
    assert load_scenario(str(tmp_path / own)).journey.core_offer is not None
    assert "Mine (changed)" in cli(*command_in(text)).out


def test_two_files_of_one_name_are_told_apart(
    asking: Asking, cli: CommandLine, tmp_path: Path
) -> None:
    asked = state(customers=300, a=None, b=None)
    asked |= {"a": text_source(MINE, "s.yaml"), "b": text_source(OTHER, "s.yaml")}
    (tmp_path / "s.yaml").write_text(MINE, "utf-8")
    (tmp_path / "s-2.yaml").write_text(OTHER, "utf-8")
    _, text = exported(asking, asked, tmp_path)
    assert "beside s.yaml and a copy of B's s.yaml called s-2.yaml." in text
    assert 'extends: "s-2.yaml"' in text
    out = cli(*command_in(text)).out
    assert "Mine" in out
    assert "Other" in out
    same = {**asked, "b": asked["a"]}
    assert "s-2" not in exported(asking, same, tmp_path)[1]


def test_files_of_one_name_in_two_folders(tmp_path: Path) -> None:
    paths = [tmp_path / "kid.yaml", tmp_path / "sub" / "kid.yaml"]
    paths[1].parent.mkdir()
    for path, text in zip(paths, (MINE, OTHER), strict=True):
        path.write_text(text, "utf-8")
    names = names_of([str(path) for path in paths])
    assert names == ["kid.yaml", "kid-2.yaml"]
    assert names_of([str(paths[0])] * 2) == ["kid.yaml"] * 2
    given = {name: Given.of(str(path)) for name, path in zip(names, paths, strict=True)}
    work = Work(Sources(given, Limits()), Limits())
    asked = State(Source(names[0]), Source(names[1]), {}, 300, None)
    text = variant_yaml(work, asked)
    assert "beside kid.yaml and a copy of B's kid.yaml called kid-2.yaml." in text
    assert str(tmp_path) not in text
    assert "a copy" not in variant_yaml(work, State(asked.a, None, {}, 300, None))


def test_a_bad_sweep_is_refused_and_a_good_one_left_aside(asking: Asking) -> None:
    bad = text_source(f"{MINE}sweep: {{levers: 5}}\n", "own.yaml")
    answer = asking.post("/api/levers", {"a": bad, "b": None})
    assert answer.status_code == 422
    assert "own.yaml:4" in answer.json()["error"]
    good = text_source("extends: tripwire_price_test\nname: T\n", "own.yaml")
    answer = asking.post("/api/export/variant.yaml", {**state(), "a": good})
    assert "experiment and sweep were left aside here: own.yaml" in answer.text


@pytest.mark.parametrize("where", POSTS)
def test_whose_file_is_wrong_is_said(where: str, asking: Asking) -> None:
    good, bad = text_source(MINE), text_source("name: 5\n", "bad.yaml")
    for side, other in (("a", "b"), ("b", "a")):
        answer = asking.post(f"/api/{where}", {**state(), side: bad, other: good})
        assert (answer.status_code, answer.json()["side"]) == (422, side)
        answer = asking.post(f"/api/{where}", {**state(), side: {"library": "no"}, other: good})
        assert (answer.status_code, answer.json()["side"]) == (422, side)


@pytest.mark.parametrize("where", POSTS)
def test_half_signs_are_refused(where: str, asking: Asking) -> None:
    for asked in ({"a": {"library": "\ud800"}}, {"a": text_source(MINE, "\udfff.yaml")}):
        body = json.dumps({**state(), **asked})
        kind = {"Content-Type": "application/json"}
        answer = asking.client.post(f"/api/{where}", content=body, headers=kind)
        assert (answer.status_code, answer.json()["error"]) == (400, "The request is not Unicode.")


def test_pages_are_of_one_kind(page: Page) -> None:
    assert {kind for _, kind in page.static.values()} == {
        f"text/{kind}; charset=utf-8" for kind in ("html", "javascript", "css")
    }
