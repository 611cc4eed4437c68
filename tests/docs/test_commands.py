"""Every command and snippet of the README and the docs does what stands under it."""

from __future__ import annotations

import doctest
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

import pytest

from cvosim import __version__

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"# (\w+\.(?:yaml|sh))\n")
"""First line of what the commands after it use: the file it is to be saved as."""
PLAIN = re.compile(r"cvosim( [\w./=,:+-]+| '[^']*')*")
"""A command of ours and its words: a shell would do nothing with it but split it."""
ADDRESS = re.compile(r"http:/+127\.0\.0\.1:\d+/?")
RUN_BY_CI = ("python3 -m venv",)
"""Set-up commands: `.ci/run` reads them from the README and runs them."""


class Command(NamedTuple):
    line: str
    expected: str


def commands(block: str) -> list[Command]:
    """The `$ ` lines of a console block, each with the output that follows it."""
    parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    return [Command(*part.split("\n", 1)) for part in parts]


def surroundings() -> dict[str, str]:
    """The environment of a terminal in which `cvosim` is this one."""
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": tools, "COLUMNS": "100"}


def served(line: str, folder: Path) -> str:
    """What a command that serves a page prints until the page is there; the page is opened."""
    with subprocess.Popen(
        ["bash", "-c", f"exec {line} --port 0"],
        cwd=folder,
        env=surroundings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            shown = ""
            while (address := ADDRESS.search(shown)) is None:
                assert process.stdout is not None
                more = process.stdout.readline()
                assert more, shown
                shown += more
            with urlopen(address[0], timeout=60) as answer:
                assert answer.status == 200
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)
    return shown


class Shown(NamedTuple):
    """What a terminal would show, without the progress bar, and the exit code."""

    text: str
    code: int


def run(line: str, folder: Path) -> Shown:
    """Type a line into a shell."""
    if line.startswith("cvosim app"):
        return Shown(served(line, folder), 0)
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env=surroundings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    return Shown(done.stdout, done.returncode)


def same(expected: str, got: str) -> bool:
    """Equal but for trailing blanks; `...` stands for anything."""
    wanted, shown = (
        "\n".join(line.rstrip() for line in text.strip().splitlines()) + "\n"
        for text in (expected, got)
    )
    return doctest.OutputChecker().check_output(wanted, shown, doctest.ELLIPSIS)


@pytest.fixture
def typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], Shown]:
    """What a terminal shows after a line; our own commands run in this process.

    A process of their own each would load the same libraries anew. As there, standard output
    comes last.
    """
    # refresh.py, a script, imports this module where there are no helpers
    from helpers.command_line import CommandLine

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("CVOSIM_DEBUG", raising=False)
    inside = CommandLine(capsys)

    def show(line: str) -> Shown:
        if line.startswith("cvosim app") or not PLAIN.fullmatch(line):
            return run(line, tmp_path)
        capsys.readouterr()  # what snippets printed
        outcome = inside(*shlex.split(line)[1:])
        return Shown(outcome.err + outcome.out, outcome.code)

    return show


def test_the_command_itself_is_installed(tmp_path: Path) -> None:
    assert run("cvosim --version", tmp_path) == (f"cvosim, version {__version__}\n", 0)


def test_only_what_needs_no_shell_goes_without() -> None:
    assert PLAIN.fullmatch("cvosim run a.yaml -S 'journey.order=[a, b]' --customers 100 -S b.c=-5")
    for line in ("cvosim run a > b", "cvosim run $HOME", "cvosim init | head", "sed -i s/a/b/ c"):
        assert not PLAIN.fullmatch(line)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page(page: Path, tmp_path: Path, typed: Callable[[str], Shown]) -> None:
    for language, block in FENCE.findall(page.read_text(encoding="utf-8")):
        if language == "console":
            for command in commands(block):
                got = typed(command.line)
                assert same(command.expected, got.text), f"$ {command.line}\n{got.text}"
                # what fails must be seen to fail: an error that nobody wrote down is ours
                assert got.code == 0 or command.expected.strip(". \n"), f"{command.line}: {got}"
        elif language in ("yaml", "bash") and (name := NAMED.match(block)):
            (tmp_path / name[1]).write_text(block, "utf-8")
        elif language == "python":
            exec(compile(block, page.name, "exec"), {"__name__": "snippet"})  # noqa: S102
        elif language == "sh":
            assert block.startswith(RUN_BY_CI), f"not run by any test: {block}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    if not (ROOT / "docs").is_dir():
        pytest.skip("the pages are not part of this distribution")
    targets = re.findall(r"\]\((?!\w+:|#)([^)#\s]+)", page.read_text(encoding="utf-8"))
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert not missing
