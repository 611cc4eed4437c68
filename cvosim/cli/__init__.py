"""The command line: ``cvosim init | validate | explain | run | compare | calibrate | ...``.

Thin on purpose. A command turns words into calls of :mod:`cvosim.experiment` and results
into text. Nothing heavy is imported before a command needs it, so ``cvosim --help`` answers
at once.

Rules that every command keeps:

* standard output is the result and nothing else; everything else goes to standard error;
* exit codes: 0 done, 1 a check failed, 2 wrong usage or wrong input, 3 a bug in cvosim,
  4 some points of a sweep failed, 130 interrupted, 143 terminated;
* what a person can get wrong is explained in one line each, without a traceback;
* a file appears complete or not at all.
"""

from __future__ import annotations

import codecs
import errno
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from enum import IntEnum
from io import TextIOWrapper
from traceback import print_exception

import click

from cvosim import __version__
from cvosim.cli.lazy import LazyGroup
from cvosim.cli.signals import Terminated, end_unread, listen, stop_listening, stopped_by
from cvosim.cli.usage import in_one_line
from cvosim.errors import CvosimError

EXAMPLES = """\b
Try:
  cvosim demo                                      see a comparison at once
  cvosim init carpet_cleaning                      get a scenario to edit
  cvosim run carpet_cleaning.yaml                  what does this funnel earn?
  cvosim compare carpet_cleaning.yaml -S journey.tripwire.price=19
  cvosim report carpet_cleaning.yaml               the same with figures, in one file

\b
Exit codes:
  0 done, 1 a check failed, 2 wrong usage or input, 3 a bug in cvosim,
  4 some points of a sweep failed, 130 interrupted, 143 terminated
"""
DISK_ERRORS = {errno.ENOSPC, errno.EIO, errno.EFBIG, errno.EBADF, getattr(errno, "EDQUOT", -1)}


class ExitCode(IntEnum):
    """What the exit code says to a script. Part of the public interface."""

    OK = 0
    CHECK_FAILED = 1
    USAGE = 2
    INTERNAL = 3
    PARTIAL = 4
    INTERRUPTED = 130
    TERMINATED = 143


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    folder="cvosim.cli.commands",
    names=(
        "init",
        "validate",
        "explain",
        "run",
        "compare",
        "check",
        "report",
        "sweep",
        "sensitivity",
        "optimise",
        "abtest",
        "experiment",
        "plan",
        "certify",
        "monitor",
        "calibrate",
        "clv",
        "lab",
        "demo",
        "app",
        "schema",
        "bench",
        "doctor",
    ),
    epilog=EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="cvosim")
@click.pass_context
def cvosim(context: click.Context) -> None:
    """Simulate a marketing funnel customer by customer, and what a change to it is worth."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line and exit with an :class:`ExitCode`.

    Parameters
    ----------
    args : sequence of str, optional
        The words after ``cvosim``; those of the process when left out.
    """
    try:
        listen()
        _accept_any_terminal()
        code = _finish(_call(sys.argv[1:] if args is None else args))
        stop_listening()
    except KeyboardInterrupt as signal:  # between the lines above, or a second one
        stop_listening()
        code = _stopped(signal)
    except BrokenPipeError:  # nobody reads either why it failed
        end_unread()
        code = ExitCode.USAGE
    sys.exit(code)


def _accept_any_terminal() -> None:
    """Let a terminal without UTF-8 get ``?`` for what it cannot show, but never lose a sign."""

    def plain(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeEncodeError):
            raise error
        unknown = error.object[error.start : error.end]
        return "".join("-" if x == "\N{MINUS SIGN}" else "?" for x in unknown), error.end

    codecs.register_error("cvosim", plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="cvosim")


def _call(args: Sequence[str]) -> int:
    """Run one command; turn every way it can fail into words and an exit code."""
    try:
        code = cvosim.main(args, prog_name="cvosim", standalone_mode=False, obj=tuple(args))
        return code if isinstance(code, int) else ExitCode.OK
    except SystemExit:  # click's, when standard output or error is a pipe that nobody reads
        end_unread()
        return ExitCode.USAGE
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  the last line of defence
        signal = stopped_by(error)
        if signal is not None or isinstance(error, click.Abort):
            return _stopped(signal)
        return _failed(error, args)


def _stopped(signal: KeyboardInterrupt | None) -> ExitCode:
    terminated = isinstance(signal, Terminated)
    click.echo("Terminated." if terminated else "Interrupted.", err=True)
    return ExitCode.TERMINATED if terminated else ExitCode.INTERRUPTED


def _failed(error: BaseException, args: Sequence[str]) -> ExitCode:
    """Explain an error: the user's in its own words, any other as the bug that it is."""
    if (text := _explained(error, args)) is not None:
        _say(text)
        return ExitCode.USAGE
    if os.environ.get("CVOSIM_DEBUG"):
        print_exception(error)
        return ExitCode.INTERNAL
    name = type(error).__name__
    _say(
        f"Internal error: {name}: {' '.join(str(error).split())} "
        "(this is a bug in cvosim; CVOSIM_DEBUG=1 shows the traceback)"
    )
    return ExitCode.INTERNAL


def _say(text: str) -> None:
    """Say why a command failed; names in it were chosen by others, and GitHub obeys this stream."""
    from cvosim.report.one_line import without_commands

    click.echo(without_commands(text, "table"), err=True)


def _explained(error: BaseException, args: Sequence[str]) -> str | None:
    """Put what is not a bug into words."""
    if isinstance(error, click.ClickException):
        return in_one_line(error, args)
    if isinstance(error, CvosimError):
        return str(error)
    if isinstance(error, MemoryError):
        return "Error: not enough memory for so many; ask for fewer --customers."
    if isinstance(error, OSError) and error.errno in DISK_ERRORS:
        place = error.filename or "standard output"
        return f"{place}: cannot be written ({error.strerror})"
    return None


def _finish(code: int) -> int:
    """Flush standard output now, so that the interpreter need not complain at its very end."""
    if sys.stdout is None:  # closed by the shell: whoever has something to print says so
        return code
    try:
        sys.stdout.flush()
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            end_unread()
        if code == ExitCode.OK:
            click.echo(f"standard output: cannot be written ({error.strerror})", err=True)
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return code or ExitCode.USAGE
    return code


__all__ = ["ExitCode", "cvosim", "main"]
