"""Real scenarios with all that their figures are drawn from, each made once."""

from __future__ import annotations

import sys
from copy import deepcopy
from functools import lru_cache

from cvosim import load_scenario
from cvosim.experiment.illustrated import Illustrated, illustrate
from cvosim.report.exhibit import Exhibit

LONG = "A name that is much longer than anybody wants to read, with $x_{$ and \\frac in it"
CARPET = (("carpet_cleaning", ()), ("carpet_cleaning", ("name=Dear", "journey.tripwire.price=49")))
FOUR = (*CARPET, ("carpet_cleaning", (f"name={LONG}",)), ("carpet_cleaning", ("name=Fourth",)))

Asked = tuple[tuple[str, tuple[str, ...]], ...]


@lru_cache
def illustration(asked: Asked, customers: int = 4000) -> Illustrated:
    """Simulate scenarios of the library, each with some changes."""
    scenarios = [load_scenario(name, list(changes)) for name, changes in asked]
    return illustrate(scenarios, customers=customers)


def assert_whole(exhibit: Exhibit | None) -> Exhibit:
    """It has words, numbers and a figure; another process can draw it."""
    assert exhibit is not None
    assert exhibit.title
    assert exhibit.alt.endswith(".")
    assert "nan" not in exhibit.alt
    assert "inf" not in exhibit.alt
    assert exhibit.table.rows
    assert len(exhibit.table.rows) == len(exhibit.table.shown)
    assert all(len(row) == len(exhibit.table.header) for row in exhibit.table.shown)
    machines = exhibit.table.columns or exhibit.table.header
    assert all(len(row) == len(machines) for row in exhibit.table.rows)
    assert "nan" not in exhibit.table.to_text()
    draw = exhibit.draw
    assert getattr(sys.modules[draw.__module__], draw.__name__) is draw
    assert draw(deepcopy(exhibit.data)).figure.get_figwidth() == 8.0
    assert exhibit.svg() == exhibit.svg()
    return exhibit
