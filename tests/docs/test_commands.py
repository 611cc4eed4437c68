"""Every command and snippet of the README and the docs does what stands under it."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"# (\w+\.yaml)\n")
"""First line of a scenario that the commands after it use: the file it is to be saved as."""
RUN_BY_CI = ("python3 -m venv",)
"""Set-up commands: `.ci/run` reads them from the README and runs them."""


class Command(NamedTuple):
    line: str
    expected: str


def commands(block: str) -> list[Command]:
    """The `$ ` lines of a console block, each with the output that follows it."""
    parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    return [Command(*part.split("\n", 1)) for part in parts]


def run(line: str, folder: Path) -> str:
    """What a terminal would show, without the progress bar."""
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env={**os.environ, "PATH": tools, "COLUMNS": "100"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    return done.stdout


def same(expected: str, got: str) -> bool:
    """Equal but for trailing blanks; `...` stands for anything."""
    wanted, shown = (
        "\n".join(line.rstrip() for line in text.strip().splitlines()) + "\n"
        for text in (expected, got)
    )
    return doctest.OutputChecker().check_output(wanted, shown, doctest.ELLIPSIS)


@pytest.fixture(scope="module")
def compiled() -> None:
    """Compile the kernel beforehand: the message that it is being compiled is on no page."""
    from cvosim import load_scenario, simulate

    simulate(load_scenario("cdnow"), customers=10)


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    from cvosim.cli import main  # noqa: F401  (the commands below are this very package's)

    for language, block in FENCE.findall(page.read_text(encoding="utf-8")):
        if language == "console":
            for command in commands(block):
                got = run(command.line, tmp_path)
                assert same(command.expected, got), f"$ {command.line}\n{got}"
        elif language == "yaml" and (name := NAMED.match(block)):
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
