"""What holds for every command: help, exit codes, what goes where."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.command_line import CommandLine

from cvosim import __version__
from cvosim.cli import ExitCode, cvosim

COMMANDS = cvosim.names


def test_help_lists_every_command_in_full(cli: CommandLine) -> None:
    code, out, err = cli("--help")
    assert (code, err) == (ExitCode.OK, "")
    for name in COMMANDS:
        assert re.search(rf"^  {name} +[A-Z].+[a-z]\.$", out, re.MULTILINE), name
    assert "..." not in out.replace("[ARGS]...", "")


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_itself(cli: CommandLine, name: str) -> None:
    code, out, err = cli(name, "-h")
    assert (code, err) == (ExitCode.OK, "")
    assert out.startswith(f"Usage: cvosim {name} ")


def test_version(cli: CommandLine) -> None:
    assert cli("--version") == (ExitCode.OK, f"cvosim, version {__version__}\n", "")


def test_no_command_at_all_shows_the_help(cli: CommandLine) -> None:
    assert cli() == cli("--help")


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["comapre", "a", "b"], "No such command 'comapre'. Did you mean 'compare'?"),
        (["zzz"], "No such command 'zzz'."),
        (["run", "cdnow", "--cutsomers", "5"], "--customers"),
        (["run"], "Missing argument 'SCENARIO'"),
        (["run", "cdnow", "--customers", "0"], "0 is not in the range x>=1"),
        (["run", "cdnow", "--customers", "many"], "'many' is not a valid integer"),
        (["run", "cdnow", "--format", "xml"], "'xml' is not one of"),
        (["run", "cdnow", "--engine", "steam"], "'steam' is not one of"),
        (["run", "cdnow", "--seed", "-1"], "seed: must be between 0 and"),
        (["run", "cdnow", "--seed", str(2**64)], "seed: must be between 0 and"),
        (["calibrate", "cdnow"], "Missing option '--orders'"),
        (["compare", "cdnow"], "Nothing to compare with"),
    ],
)
def test_wrong_usage_is_explained(cli: CommandLine, words: list[str], answer: str) -> None:
    assert answer in cli.refused(*words)


def test_a_bug_is_one_line_and_says_how_to_see_more(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise KeyError("a\nb")

    monkeypatch.setattr("cvosim.scenario.scenario_schema", broken)
    code, out, err = cli("schema")
    assert (code, out) == (ExitCode.INTERNAL, "")
    assert len(err.splitlines()) == 1
    assert "KeyError" in err
    assert "CVOSIM_DEBUG=1" in err
    monkeypatch.setenv("CVOSIM_DEBUG", "1")
    code, out, err = cli("schema")
    assert (code, out) == (ExitCode.INTERNAL, "")
    assert "Traceback (most recent call last)" in err
    assert "in broken" in err


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (KeyboardInterrupt(), ExitCode.INTERRUPTED, "Interrupted."),
        (MemoryError(), ExitCode.USAGE, "not enough memory"),
    ],
)
def test_being_stopped(
    cli: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    code: ExitCode,
    words: str,
) -> None:
    def stopped() -> None:
        raise error

    monkeypatch.setattr("cvosim.scenario.scenario_schema", stopped)
    outcome = cli("schema")
    assert (outcome.code, outcome.out) == (code, "")
    assert words in outcome.err
    assert "Traceback" not in outcome.err


def test_exit_codes_are_those_documented() -> None:
    assert [int(code) for code in ExitCode] == [0, 1, 2, 3, 130]


@pytest.mark.skipif(os.name != "posix", reason="pipes of a POSIX shell")
def test_a_reader_that_has_seen_enough_is_fine() -> None:
    line = f"'{sys.executable}' -m cvosim schema | head -c 1"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("{", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_reported() -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "cvosim", "schema"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == ExitCode.USAGE
    assert done.stderr == "standard output: cannot be written (No space left on device)\n"


@pytest.mark.parametrize("encoding", ["ascii", "koi8-r"])
def test_a_terminal_without_unicode_gets_its_numbers_all_the_same(encoding: str) -> None:
    command = [sys.executable, "-m", "cvosim", "run", "cdnow", "-n", "50", "--engine", "reference"]
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    done = subprocess.run(command, capture_output=True, env=environment, check=False)
    assert (done.returncode, done.stderr) == (ExitCode.OK, b"")
    assert b" 95 %" in done.stdout


@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals")
@pytest.mark.parametrize("plain", [False, True], ids=["colour", "NO_COLOR"])
def test_the_progress_bar_is_for_terminals_and_on_standard_error(plain: bool) -> None:
    import pty

    terminal, side = pty.openpty()
    environment = {
        k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "CI")
    }
    environment |= {"TERM": "xterm-256color"} | ({"NO_COLOR": "1"} if plain else {})
    command = [sys.executable, "-m", "cvosim", "run", "cdnow", "-n", "500", "-f", "json"]
    command += ["--engine", "reference"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=side, env=environment) as process:
        out = process.communicate(timeout=300)[0]
    os.close(side)
    seen = os.read(terminal, 1_000_000).decode()
    os.close(terminal)
    assert process.returncode == ExitCode.OK
    assert out.startswith(b"{")
    assert "CDNOW" in seen
    assert bool(re.search(r"\x1b\[[0-9;]*3[0-9]", seen)) != plain, "colour"
