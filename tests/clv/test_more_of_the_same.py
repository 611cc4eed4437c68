"""The first mistake is named with its place, the others are counted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cvosim.clv.orders.reading import read_orders
from cvosim.errors import DataError


@pytest.mark.parametrize(("bad", "said"), [(1, ""), (2, " (and 1 more)"), (4, " (and 3 more)")])
def test_others_are_counted(bad: int, said: str, write: Callable[[str], Path]) -> None:
    rows = [f"c{i},2024-01-0{1 + i % 9},{'x' if i < bad else 5}" for i in range(8)]
    path = write("customer,date,amount\n" + "\n".join(rows) + "\n")
    with pytest.raises(DataError) as refusal:
        read_orders(path)
    text = str(refusal.value)
    assert "line 2" in text
    assert text.endswith(said)
    assert ("more)" in text) is bool(said)
