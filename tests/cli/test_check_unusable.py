"""`cvosim check` where nothing can be checked: every machine that listens is told so."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from helpers.command_line import CommandLine
from helpers.guarded_shop import guarded_shop

BASELINE = Path("baseline.json")
CHECK = ("check", BASELINE, "shop.yaml")
TOLD = ("--junit", "check.xml", "--github", "--json")


@pytest.fixture
def shop(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A scenario file and its baseline."""
    return guarded_shop(cli, monkeypatch, 300)


def spoil(how: str) -> str:
    """Make the baseline unusable, and give the words that say so."""
    whole = json.loads(BASELINE.read_text("utf-8"))
    if how == "merge":
        BASELINE.write_text("<<<<<<< HEAD\n{}\n", "utf-8")
        return f"{BASELINE}: line 1: a merge was not finished"
    if how == "gone":
        BASELINE.unlink()
        return f"{BASELINE}: no such baseline"
    whole["tolerances"]["of"] = {"cacc": 0.05}
    BASELINE.write_text(json.dumps(whole), "utf-8")
    return f'{BASELINE}: tolerance of cacc: no scenario has such a metric; did you mean "cac"?'


@pytest.mark.parametrize("how", ["merge", "gone", "tolerance"])
def test_a_baseline_that_cannot_be_used_reaches_every_machine(
    cli: CommandLine, shop: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    assert shop.exists()
    assert cli(*CHECK, "--junit", "check.xml").code == 0
    words = spoil(how)
    # nothing is simulated for nothing
    monkeypatch.setattr("cvosim.experiment.baseline.lives.live", None)
    code, out, err = cli(*CHECK, *TOLD)
    assert code == 2
    remark, wrote, problem = err.splitlines()
    assert problem.startswith(words)
    assert remark.startswith(f"::error file={BASELINE},title=cvosim cannot read this::")
    assert wrote == "Wrote check.xml"
    (suite,) = ElementTree.parse("check.xml").getroot()
    assert (suite.get("name"), suite.get("errors")) == (str(BASELINE), "1")
    found = json.loads(out)
    assert (found["ok"], found["verdict"]) == (False, [problem])
    assert found["problems"][0]["file"] == str(BASELINE)


def test_what_is_no_fault_of_a_file_is_told_too(cli: CommandLine, shop: Path) -> None:
    code, out, err = cli(*CHECK, f"./{shop}", *TOLD)
    assert code == 2
    assert json.loads(out)["verdict"] == [err.splitlines()[-1]]
    assert ElementTree.parse("check.xml").getroot()[0].get("errors") == "1"


def test_an_update_that_fails_is_told_too(cli: CommandLine, shop: Path) -> None:
    assert shop.exists()
    words = spoil("merge")
    code, out, err = cli(*CHECK, "--update", "--github", "--json")
    assert code == 2
    assert err.startswith(f"::error file={BASELINE},")
    assert json.loads(out)["verdict"][0].startswith(words)


def test_a_stage_that_is_new_may_have_a_tolerance(cli: CommandLine, shop: Path) -> None:
    text = shop.read_text("utf-8")
    new = "name: stain_guard"
    assert new in text
    line = next(line for line in text.splitlines() if new in line)
    shop.write_text(text.replace(line, f"{line}\n{line.replace('stain_guard', 'extra')}"), "utf-8")
    code, out, err = cli(*CHECK, "--tolerance", "conversion.extra=5%")
    assert (code, err) == (1, "")
    assert "extra" in out
    assert cli(*CHECK, "--update", "--tolerance", "conversion.extra=5%").code == 0
    kept = json.loads(BASELINE.read_text("utf-8"))["tolerances"]["of"]
    assert kept == {"conversion.extra": 0.05}


@pytest.mark.parametrize("told", [("--github",), TOLD, ("--update", "--github"), ()])
@pytest.mark.parametrize(
    "line",
    [
        '"x\\n::add-mask::y": 1',
        '"##[error]y": 1',
        '"x\\u2028::add-mask::y ##[error]z": 1',
        'extra: {"x\\n  ::add-mask::y": 1}',
        'variants: [{name: "x\\n::add-mask::y ##[error]z", changes: {seed: 1}}]',
    ],
)
def test_what_cannot_be_read_gives_github_no_commands(
    cli: CommandLine, shop: Path, line: str, told: tuple[str, ...]
) -> None:
    shop.write_text(f"{shop.read_text('utf-8')}\n{line}\n", "utf-8")
    code, out, err = cli(*CHECK, *told)
    assert code == 2
    nothing_obeyed(out, err)
    if "--json" in told:
        found = json.loads(out)
        (problem,) = found["problems"]
        if line.startswith('"'):
            assert problem["path"] == json.loads(line.partition(": ")[0]), "values stay"
        assert len(found["verdict"][0].splitlines()) == 1


@pytest.mark.parametrize("made", ["folder", "baseline", "nothing"])
def test_names_of_files_give_github_no_commands(cli: CommandLine, shop: Path, made: str) -> None:
    assert shop.exists()
    evil = Path("x\n::add-mask::y ##[error]z.json")
    try:
        if made == "folder":
            evil.mkdir()
        elif made == "baseline":
            evil.write_bytes(BASELINE.read_bytes())
    except OSError:
        pytest.skip("no such names here")
    for words in ((BASELINE, evil), (evil, evil), (evil, shop)):
        code, out, err = cli("check", *words, "--github")
        if code == 2:
            nothing_obeyed(out, err)


def nothing_obeyed(out: str, err: str) -> None:
    """Hold that GitHub obeys nothing but remarks."""
    assert "##[" not in out
    for line in re.split("[\r\n]", out + err):  # what ends a line to the runner
        if line.startswith("::error "):  # everything after that is words of the remark
            continue
        assert not line.lstrip().startswith("::"), line
        assert "##[" not in line, line


@pytest.mark.skipif(os.name != "posix", reason="words of the system")
@pytest.mark.parametrize("words", [(), ("--update",), ("--update", "--renew"), ("-o", "a.txt")])
def test_a_name_that_no_file_can_have_is_explained(
    cli: CommandLine, shop: Path, words: tuple[str, ...]
) -> None:
    told = cli.refused("check", f"{'a' * 300}.json", shop, *words)
    assert len(told.splitlines()) == 1
    assert "File name too long" in told


@pytest.mark.parametrize("words", [(), ("--update",), ("--update", "--renew")])
def test_a_baseline_in_a_closed_folder_is_explained(
    cli: CommandLine, shop: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    real = Path.stat

    def closed(path: Path, **options: bool) -> object:
        if path == BASELINE:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, **options)

    before = BASELINE.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "stat", closed)
        told = cli.refused("check", BASELINE, shop, *words)
    assert told.endswith("(Permission denied)")
    assert BASELINE.read_bytes() == before


@pytest.mark.parametrize("words", [(), ("--update",), ("--update", "--renew")])
def test_a_baseline_that_nobody_may_read_is_not_replaced(
    cli: CommandLine, shop: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    def closed(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    before = BASELINE.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", closed)
        told = cli.refused("check", BASELINE, shop, *words)
    assert told == f"{BASELINE}: cannot be read (Permission denied)"
    assert BASELINE.read_bytes() == before


def test_a_baseline_of_a_later_release_is_not_offered_for_replacement(
    cli: CommandLine, shop: Path
) -> None:
    whole = json.loads(BASELINE.read_text("utf-8"))
    BASELINE.write_text(json.dumps(whole | {"schema_version": 999}), "utf-8")
    before = BASELINE.read_bytes()
    for words in ((), ("--update",), ("--update", "--renew")):
        told = cli.refused("check", BASELINE, shop, *words)
        assert told.endswith("install that one")
    assert BASELINE.read_bytes() == before


def test_renewing_says_that_tolerances_and_customers_go(cli: CommandLine, shop: Path) -> None:
    words = ("check", BASELINE, shop, "--update")
    assert cli(*words, "--tolerance", "2%", "-n", 150).code == 0
    BASELINE.write_text(f"<<<<<<< HEAD\n{BASELINE.read_text('utf-8')}", "utf-8")
    told = " ".join(cli(*words, "--renew").out.split())
    assert "Tolerances, customers and seeds that it held are not kept; give them again." in told
    assert "not kept" not in cli(*words).out
