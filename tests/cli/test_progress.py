"""The progress bar takes names as they are."""

from __future__ import annotations

import io

import pytest

from cvosim.cli.progress import progress_bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("name", ["Offer [/b] x", "[red]Sale[/red]", "50 % [off]"])
def test_names_are_no_markup(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    with progress_bar(name, 10) as progress:
        assert progress is not None
        progress(10)
    assert name in terminal.getvalue()
