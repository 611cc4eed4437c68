"""The table of shifts may be as large as the limit says, and no larger."""

from __future__ import annotations

import pytest
from helpers.whole_journey import whole_journey

from cvosim.errors import CvosimError
from cvosim.plan import compile_plan, shifts


def test_the_limit_counts_every_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = whole_journey()
    entries = compile_plan(scenario).shifts.size
    monkeypatch.setattr(shifts, "MAX_SIZE", entries)
    assert compile_plan(scenario).shifts.size == entries
    monkeypatch.setattr(shifts, "MAX_SIZE", entries - 1)
    with pytest.raises(CvosimError, match="too many to tabulate"):
        compile_plan(scenario)
