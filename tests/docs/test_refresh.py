"""Printed output is renewed where it is shown, and left out where it was left out."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest


def _tool() -> ModuleType:
    folder = str(Path(__file__).parent)
    sys.path.insert(0, folder)  # as for a script, whose neighbours are modules
    try:
        return importlib.import_module("refresh")
    finally:
        sys.path.remove(folder)


tool = _tool()
PRINTED = """\
Shop earns USD 6.10 more per prospect: USD 61,000
(95 % interval from USD 9 to USD 12,345).
All of it stays.

metric    baseline  unit
--------  --------  ---------
orders          12  orders
revenue     123.45  USD
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Shop earns USD 5 more\nper prospect.\n", PRINTED),
        (
            "Shop earns USD 5.00 more per prospect:\nUSD 5,000 (95 % interval from ...\n...\n"
            "metric  baseline  unit\n...\nrevenue      1  USD\n",
            "Shop earns USD 6.10 more per prospect: USD 61,000\n(95 % interval from ...\n...\n"
            "metric    baseline  unit\n...\nrevenue     123.45  USD\n",
        ),
        (
            "Shop earns USD 5.00 more\nper prospect\n...\n------  ------  ---\n...\n",
            PRINTED.partition("\n\n")[0] + "\n...\n--------  --------  ---------\n...\n",
        ),
    ],
)
def test_what_is_shown_is_renewed(before: str, after: str) -> None:
    assert tool.refreshed(tool.Command("cvosim", before), PRINTED) == after
    assert tool.same(after, PRINTED)


def test_a_row_that_is_no_longer_printed_is_reported() -> None:
    with pytest.raises(LookupError, match="profit"):
        tool.refreshed(tool.Command("cvosim", "...\nprofit  1  USD\n"), PRINTED)
