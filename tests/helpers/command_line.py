"""Running the command line inside the test process, as a person would see it."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import NamedTuple

import pytest

from cvosim.cli import main

SIGNALS = (signal.SIGPIPE, signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What the command line, which usually has a process of its own, takes over."""


class Outcome(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


class CommandLine:
    """Call it with the words after ``cvosim``."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *words: object) -> Outcome:
        before = {one: signal.getsignal(one) for one in SIGNALS}
        # as in a terminal: what a shell script starts in the background ignores Ctrl-C, and what
        # `nohup` starts ignores that the terminal closes
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if hasattr(signal, "SIGHUP"):
            signal.signal(signal.SIGHUP, signal.SIG_DFL)
        try:
            with pytest.raises(SystemExit) as end:
                main([str(word) for word in words])
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)
        out, err = self.capsys.readouterr()
        assert isinstance(end.value.code, int)
        return Outcome(end.value.code, out, without_compilation(err))

    def refused(self, *words: object) -> str:
        """The one line of explanation of a command that must fail as the user's mistake."""
        outcome = self(*words)
        assert outcome.code == 2, outcome
        assert outcome.out == ""
        assert "Traceback" not in outcome.err
        return outcome.err.strip()


def without_compilation(err: str) -> str:
    """Standard error without the line that only a first call prints."""
    lines = err.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("Compiling the kernel"))


def here() -> list[str]:
    """Names of all files in the working folder."""
    return sorted(path.name for path in Path().iterdir())
