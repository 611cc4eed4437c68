"""The command line: ``cvosim init | validate | explain | run | compare | calibrate | ...``.

Thin on purpose. A command turns words into calls of :mod:`cvosim.experiment` and results
into text. Nothing heavy is imported before a command needs it, so ``cvosim --help`` answers
at once.

Rules that every command keeps:

* standard output is the result and nothing else; everything else goes to standard error;
* exit codes: 0 done, 1 a check failed, 2 wrong usage or wrong input, 3 a bug in cvosim,
  130 interrupted;
* what a person can get wrong is explained in one line each, without a traceback;
* a file appears complete or not at all.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from enum import IntEnum
from io import TextIOWrapper
from traceback import print_exc

import click

from cvosim import __version__
from cvosim.cli.lazy import LazyGroup
from cvosim.errors import CvosimError

EXAMPLES = """\b
Try:
  cvosim demo                                      see a comparison at once
  cvosim init carpet_cleaning                      get a scenario to edit
  cvosim run carpet_cleaning.yaml                  what does this funnel earn?
  cvosim compare carpet_cleaning.yaml -S journey.tripwire.price=19
"""


class ExitCode(IntEnum):
    """What the exit code says to a script. Part of the public interface."""

    OK = 0
    CHECK_FAILED = 1
    USAGE = 2
    INTERNAL = 3
    INTERRUPTED = 130


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
        "calibrate",
        "demo",
        "schema",
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
    if hasattr(signal, "SIGPIPE"):  # `cvosim run x | head -3` ends quietly, as any tool does
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for stream in (sys.stdout, sys.stderr):  # a terminal without UTF-8 gets ?, not a crash
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    sys.exit(_finish(_call(args)))


def _call(args: Sequence[str] | None) -> int:
    """Run one command; turn every way it can fail into words and an exit code."""
    try:
        code = cvosim.main(args, prog_name="cvosim", standalone_mode=False)
        return code if isinstance(code, int) else ExitCode.OK
    except click.ClickException as error:
        error.show(sys.stderr)
        return ExitCode.USAGE
    except CvosimError as error:
        click.echo(str(error), err=True)
        return ExitCode.USAGE
    except MemoryError:
        click.echo("Error: not enough memory for so many; ask for fewer --customers.", err=True)
        return ExitCode.USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001  the last line of defence
        if os.environ.get("CVOSIM_DEBUG"):
            print_exc()
            return ExitCode.INTERNAL
        name = type(error).__name__
        click.echo(
            f"Internal error: {name}: {' '.join(str(error).split())} "
            "(this is a bug in cvosim; CVOSIM_DEBUG=1 shows the traceback)",
            err=True,
        )
        return ExitCode.INTERNAL


def _finish(code: int) -> int:
    """Flush standard output now, so that the interpreter need not complain at its very end."""
    try:
        sys.stdout.flush()
    except OSError as error:
        if code == ExitCode.OK:
            click.echo(f"standard output: cannot be written ({error.strerror})", err=True)
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return code or ExitCode.USAGE
    return code


__all__ = ["ExitCode", "cvosim", "main"]
