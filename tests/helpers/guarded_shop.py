"""A scenario file beside the baseline that guards it."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.changed_file import change
from helpers.command_line import CommandLine


def guarded_shop(cli: CommandLine, monkeypatch: pytest.MonkeyPatch, customers: int) -> Path:
    """Write shop.yaml and baseline.json in the working folder; nobody reads along on GitHub."""
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    cli("init", "carpet_cleaning", "-o", "shop.yaml")
    file = Path("shop.yaml")
    change(file, "customers: 100000", f"customers: {customers}")
    assert cli("check", "baseline.json", "shop.yaml", "--update").code == 0
    return file
