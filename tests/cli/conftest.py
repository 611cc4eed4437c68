from __future__ import annotations

from pathlib import Path

import pytest
from helpers.command_line import CommandLine


@pytest.fixture
def cli(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    """The command line, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CVOSIM_DEBUG", raising=False)
    return CommandLine(capsys)


@pytest.fixture
def no_simulation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail if anything is simulated: what can be refused must be refused before."""

    def simulate(*_: object, **__: object) -> None:
        raise AssertionError("simulated before looking at the outputs")

    monkeypatch.setattr("cvosim.experiment.simulate.simulate", simulate)
