"""Equal rows together, whether they fit one number or not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvosim.clv.orders.sorting import grouped

SMALL = st.integers(-3, 3)
BIG = st.sampled_from([-(2**62), -(2**40), 0, 1, 2**40, 2**62, 2**63 - 1])
REAL = st.sampled_from([-0.5, 0.0, -0.0, 1.0, 2.0**52, 1e300])
COLUMNS = {
    "packed with the row": (SMALL, SMALL),
    "packed": (SMALL, st.sampled_from([0, 2**59])),
    "one by one": (BIG, BIG, SMALL),
    "not whole": (REAL, SMALL),
}


@pytest.mark.parametrize("kind", COLUMNS)
@given(st.data())
def test_it_equals_the_slow_way(kind: str, data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.tuples(*COLUMNS[kind]), min_size=1, max_size=30))
    dtypes = [np.float64 if one is REAL else np.int64 for one in COLUMNS[kind]]
    columns = [np.array(c, d) for c, d in zip(zip(*rows, strict=True), dtypes, strict=True)]
    groups = grouped(*columns)
    order = sorted(range(len(rows)), key=lambda row: rows[row])  # stable
    different = sorted(set(rows))
    assert groups.order.tolist() == order
    assert [rows[row] for row in groups.first] == different
    assert groups.first.tolist() == [rows.index(row) for row in different]
    assert groups.sizes.tolist() == [rows.count(row) for row in different]
    assert [different[group] for group in groups.inverse] == rows


def test_no_rows() -> None:
    groups = grouped(np.empty(0), np.empty(0, np.int64))
    assert (len(groups.order), len(groups.inverse), len(groups.sizes)) == (0, 0, 0)
