"""What holds for every command: help, exit codes, what goes where."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from helpers.command_line import CommandLine, here

from cvosim import __version__
from cvosim.cli import ExitCode, cvosim
from cvosim.cli.signals import Terminated

COMMANDS = cvosim.names
AS_IN_A_TERMINAL = "import signal as s; s.signal(s.SIGINT, s.default_int_handler)"
"""What a shell script starts in the background ignores Ctrl-C, and so do its children."""


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
        (
            ["comapre", "a", "b"],
            'cvosim: no such command "comapre"; did you mean "compare"? (see cvosim --help)',
        ),
        (["zzz"], 'cvosim: no such command "zzz" (see cvosim --help)'),
        (
            ["run", "cdnow", "--cutsomers", "5"],
            "cvosim run: no such option --cutsomers; did you mean --customers?"
            " (see cvosim run --help)",
        ),
        (["run"], "cvosim run: missing argument SCENARIO (see cvosim run --help)"),
        (["validate"], "cvosim validate: missing argument FILE (see cvosim validate --help)"),
        (
            ["run", "a", "b"],
            "cvosim run: got unexpected extra argument (b) (see cvosim run --help)",
        ),
        (["run", "cdnow", "-n"], "cvosim run: -n needs a value (see cvosim run --help)"),
        (["run", "cdnow", "--customers", "0"], "--customers 0: must be at least 1"),
        (["run", "cdnow", "--customers=many"], "--customers many: must be a whole number"),
        (["run", "cdnow", "-n", "abc"], "-n abc: must be a whole number"),
        (["run", "cdnow", "-n1.5"], "-n 1.5: must be a whole number"),
        (["run", "cdnow", "--seed", "x"], "--seed x: must be a whole number"),
        (["run", "cdnow", "--format", "xml"], "--format xml: must be one of table, json, csv, md"),
        (
            ["run", "cdnow", "-f", "jsn"],
            '-f jsn: must be one of table, json, csv, md, html; did you mean "json"?',
        ),
        (
            ["run", "cdnow", "--engine", "steam"],
            "--engine steam: must be one of kernel, reference",
        ),
        (["run", "cdnow", "--seed", "-1"], "seed: must be "),
        (["run", "cdnow", "--seed", str(2**64)], "seed: must be "),
        (
            ["calibrate", "cdnow"],
            "cvosim calibrate: missing option --orders, --events or --stages "
            "(see cvosim calibrate --help)",
        ),
        (["compare", "cdnow"], "cvosim compare: nothing to compare with: name a VARIANT"),
    ],
)
def test_wrong_usage_is_explained_in_one_line(
    cli: CommandLine, words: list[str], answer: str
) -> None:
    refusal = cli.refused(*words)
    assert refusal.startswith(answer)
    assert len(refusal.splitlines()) == 1


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


def wrapping(reason: BaseException) -> Exception:
    """What a library makes of a signal that arrives while it loads."""
    error = ImportError("cannot load")
    error.__context__ = reason
    return error


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (KeyboardInterrupt(), ExitCode.INTERRUPTED, "Interrupted."),
        (Terminated(), ExitCode.TERMINATED, "Terminated."),
        (wrapping(KeyboardInterrupt()), ExitCode.INTERRUPTED, "Interrupted."),
        (wrapping(wrapping(Terminated())), ExitCode.TERMINATED, "Terminated."),
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
    assert "bug" not in outcome.err


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_while_writing_leaves_no_part_of_a_file(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, code: int
) -> None:
    write = Path.write_text

    def interrupted(path: Path, text: str, *args: str, **settings: str) -> int:
        write(path, text[:10], *args, **settings)
        os.kill(os.getpid(), number)
        return 10

    monkeypatch.setattr(Path, "write_text", interrupted)
    assert cli("schema", "-o", "s.json").code == code
    assert here() == []


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("wait", [0.01, 0.2, 1.0])
def test_a_signal_at_any_time(number: signal.Signals, code: int, wait: float) -> None:
    words = ["run", "carpet_cleaning", "-n", "1000000", "--engine", "reference"]
    script = f"from cvosim.cli import main; print(1, flush=True); main({words})"
    command = [sys.executable, "-c", f"{AS_IN_A_TERMINAL}; {script}"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(wait)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (code, "")
    assert err.strip() == ("Interrupted." if code == 130 else "Terminated.")


def test_exit_codes_are_those_documented() -> None:
    assert [int(code) for code in ExitCode] == [0, 1, 2, 3, 4, 130, 143]
    answer = cvosim.get_help(click.Context(cvosim))
    for code in ExitCode:
        assert re.search(rf"\b{code.value} [a-z]", answer), code


@pytest.mark.skipif(os.name != "posix", reason="pipes of a POSIX shell")
def test_a_reader_that_has_seen_enough_is_fine() -> None:
    line = f"'{sys.executable}' -m cvosim schema | head -c 1"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("{", "")


@pytest.mark.skipif(os.name != "posix", reason="POSIX signals")
@pytest.mark.parametrize("words", [["schema"], ["schema", "--help"], ["doctor"], ["nosuch"]])
def test_a_reader_that_is_gone_ends_a_command_as_it_ends_any_tool(words: list[str]) -> None:
    """Of standard output, or of standard error where there is something to complain of."""
    reader, writer = os.pipe()
    os.close(reader)
    name, other = ("stderr", "stdout") if words == ["nosuch"] else ("stdout", "stderr")
    done = subprocess.run(
        [sys.executable, "-m", "cvosim", *words],
        **{name: writer, other: subprocess.PIPE},  # type: ignore[call-overload]
        text=True,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, getattr(done, other)) == (-signal.SIGPIPE, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("word", ["schema", "--help", "--version"])
def test_a_full_disk_is_reported(word: str) -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "cvosim", word]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == ExitCode.USAGE
    assert done.stderr == "standard output: cannot be written (No space left on device)\n"


@pytest.mark.skipif(os.name != "posix", reason="a POSIX shell")
def test_a_closed_standard_output_is_reported() -> None:
    line = f"'{sys.executable}' -m cvosim schema >&-"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
    assert done.returncode == ExitCode.USAGE
    assert done.stderr == "standard output: cannot be written (it is closed)\n"


def test_a_terminal_without_unicode_keeps_the_sign() -> None:
    words = ["compare", "carpet_cleaning", "-S", "journey.tripwire.price=34", "-n", "2000"]
    command = [sys.executable, "-m", "cvosim", *words]
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    done = subprocess.run(command, capture_output=True, env=environment, check=False)
    assert done.returncode == ExitCode.OK
    assert b"from -USD " in b" ".join(done.stdout.split())


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
