"""Moments add up, whatever the pieces, and equal what numpy says of the whole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvosim.stats.loops import group_moments
from cvosim.stats.moments import Moments

number = st.floats(-1e6, 1e6)


def naive(columns: dict[str, np.ndarray]) -> Moments:
    table = np.array(list(columns.values()))
    apart = table - table.mean(axis=1, keepdims=True)
    return Moments(
        tuple(columns),
        np.asarray(float(table.shape[1])),
        table.mean(axis=1),
        apart @ apart.T,
        (apart**3).sum(axis=1),
    )


def same(one: Moments, other: Moments) -> None:
    scale = np.sqrt(np.diagonal(other.scatter, axis1=-2, axis2=-1)) + 1e-300
    assert np.array_equal(one.count, other.count)
    np.testing.assert_allclose(one.mean, other.mean, rtol=1e-12, atol=1e-9)
    gap = np.abs(one.scatter - other.scatter) / (scale[..., None] * scale[..., None, :])
    assert np.nanmax(gap) < 1e-7
    np.testing.assert_allclose(one.cube / scale**3, other.cube / scale**3, atol=1e-6)


@given(st.lists(st.tuples(number, number, st.integers(0, 2)), min_size=6, max_size=60))
def test_pieces_add_up_to_the_whole(rows: list[tuple[float, float, int]]) -> None:
    x, y, piece = (np.array(part, float) for part in zip(*rows, strict=True))
    x[:3], y[:3] = (1.0, 5.0, -3.0), (2.0, 2.5, 9.0)  # so that neither is constant
    parts = [
        Moments.of({"x": x[piece == i], "y": y[piece == i]}) for i in range(3) if (piece == i).any()
    ]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    same(total, naive({"x": x, "y": y}))


@given(st.lists(st.tuples(number, st.integers(-1, 3)), min_size=5, max_size=80))
def test_one_pass_equals_numpy(rows: list[tuple[float, int]]) -> None:
    x, group = np.array([r[0] for r in rows]), np.array([r[1] for r in rows], np.int32)
    x[:2], group[:2] = (0.0, 7.0), (1, 1)
    found = group_moments({"x": x}, group, 4)
    assert found.count.sum() == (group >= 0).sum()
    same(found[1], naive({"x": x[group == 1]}))


def test_an_offset_costs_no_digits() -> None:
    """Timestamps: a mean of 1e9 with a spread of 1 keeps its variance."""
    x = np.tile([0.0, 1.0, 2.0, 7.0], 10_000)
    group = np.zeros(len(x), np.int32)
    plain = group_moments({"x": x}, group, 1).variance("x")[0]
    moved = group_moments({"x": x + 1e9}, group, 1).variance("x")[0]
    assert moved == pytest.approx(plain, rel=1e-12)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_change_no_bit(threads: int) -> None:
    x = np.cumsum(np.sin(np.arange(100_000)))
    group = (np.arange(100_000) % 3).astype(np.int32)
    one, many = (group_moments({"x": x}, group, 3, threads=n) for n in (1, threads))
    assert one.scatter.tobytes() == many.scatter.tobytes()
    assert one.cube.tobytes() == many.cube.tobytes()


def test_any_kind_of_number_is_summed() -> None:
    columns = {"i": np.array([1, 2, 3], np.int16), "b": np.array([True, False, True])}
    found = group_moments(columns, np.zeros(3, np.int32), 1)
    assert found.mean_of("i")[0] == 2.0
    assert found.mean_of("b")[0] == pytest.approx(2 / 3)


def test_groups_merge_along_an_axis() -> None:
    x, group = np.arange(100.0), (np.arange(100) % 4).astype(np.int32)
    by_group = group_moments({"x": x}, group, 4)
    same(by_group.merged(), naive({"x": x}))


def test_different_columns_do_not_add() -> None:
    with pytest.raises(ValueError, match="different columns"):
        Moments.of({"x": [1.0]}) + Moments.of({"y": [1.0]})
