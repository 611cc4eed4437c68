"""Signals that arrive where an exception would do harm."""

from __future__ import annotations

import os
import signal
import time

import pytest
from helpers.command_line import CommandLine, here


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)]
)
def test_a_signal_waits_until_the_compiler_has_its_answer(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, code: int
) -> None:
    answered = []

    def _raw_object_cache_notify() -> None:  # as llvmlite calls the function that LLVM calls
        os.kill(os.getpid(), number)
        answered.append(True)

    def compile_() -> None:
        _raw_object_cache_notify()
        for _ in range(500):  # no single sleep: a signal of another thread does not end it
            time.sleep(0.01)

    monkeypatch.setattr("cvosim.scenario.scenario_schema", compile_)
    assert cli("schema", "-o", "s.json").code == code
    assert answered
    assert here() == []
