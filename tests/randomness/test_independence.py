"""Draws at different addresses know nothing of each other.

Each test would fail a correct generator with probability ALPHA.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from cvosim.randomness import draws_plain
from cvosim.randomness.philox import uniform
from cvosim.randomness.philox_plain import uniform_pair
from cvosim.randomness.sites import site_id

ALPHA = 1e-6
N = 200_000
BINS = 20
GOLDEN = 0x9E3779B9  # Philox's own key increment: the worst distance for two seeds
SITE, OTHER = site_id("tripwire/clean/accept"), site_id("tripwire/clean/delay")

Floats = NDArray[np.float64]
Address = tuple[int, int, int, int]


def _walk(first: Address, step: Address, n: int) -> Floats:
    out = np.empty(n)
    for i in range(n):
        out[i] = uniform(
            first[0] + i * step[0],
            first[1] + i * step[1],
            first[2] + i * step[2],
            first[3] + i * step[3],
        )
    return out


_along: Any = numba.njit(_walk)


def independence(x: Floats, y: Floats) -> float:
    """P-value of a chi-square test on a grid of cells equally likely under independence."""
    cells = np.histogram2d(x, y, bins=BINS, range=[[0, 1], [0, 1]])[0]
    return float(stats.chisquare(cells.ravel()).pvalue)


def test_the_test_can_fail() -> None:
    x = _along((7, 0, SITE, 0), (0, 1, 0, 0), N)
    assert independence(x, (x + 0.001) % 1.0) < ALPHA


@pytest.mark.parametrize(
    "other",
    [
        (8, 0, SITE, 0),
        (7 + GOLDEN, 0, SITE, 0),
        (7 + (1 << 32), 0, SITE, 0),
        (7, 1, SITE, 0),
        (7, 1 << 32, SITE, 0),
        (7, 0, OTHER, 0),
        (7, 0, SITE + 1, 0),
        (7, 0, SITE, 1),
        (7, 0, SITE, 1 << 22),
        (7, 0, SITE, 1 << 24),
    ],
    ids=lambda address: "-".join(f"{part:x}" for part in address),
)
def test_between_addresses(other: Address) -> None:
    customers = (0, 1, 0, 0)
    x, y = _along((7, 0, SITE, 0), customers, N), _along(other, customers, N)
    assert independence(x, y) > ALPHA


@pytest.mark.parametrize(
    "step", [(1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1), (0, 1 << 32, 0, 0)]
)
def test_along_each_part_of_the_address(step: Address) -> None:
    x = _along((7, 0, 0, 0), step, N)
    assert stats.kstest(x, "uniform").pvalue > ALPHA
    assert independence(x[:-1], x[1:]) > ALPHA


def test_every_bit_of_a_uniform_is_fair() -> None:
    """52 two-sided binomial tests, each at ALPHA / 52."""
    m = (_along((7, 0, SITE, 0), (0, 1, 0, 0), N) * 2.0**52).astype(np.uint64)
    ones = np.array([int(((m >> np.uint64(bit)) & np.uint64(1)).sum()) for bit in range(52)])
    assert all(stats.binomtest(int(count), N).pvalue > ALPHA / 52 for count in ones)


def test_within_a_block() -> None:
    pairs = np.array([uniform_pair(7, i, SITE, 0) for i in range(20_000)])
    assert independence(pairs[:, 0], pairs[:, 1]) > ALPHA


@pytest.mark.parametrize("shape", [0.3, 2.5])
@pytest.mark.parametrize("first", [1, 1 << 23])
def test_between_gammas(bulk: Any, shape: float, first: int) -> None:
    """Neighbouring occurrences, and the two gammas of one beta (bit 23)."""
    law = stats.gamma(shape)
    x, y = (law.cdf(bulk("gamma", shape, n=N, first=k)) for k in (0, first))
    assert independence(x, y) > ALPHA


def test_a_beta_from_what_comes_next(bulk: Any) -> None:
    x = stats.beta(0.8, 2.4).cdf(bulk("beta", 0.8, 2.4, n=N))
    for first in (0, 1):
        assert independence(x, bulk("uniform", n=N, first=1, site=10 + first)) > ALPHA


def test_parts_of_a_draw_read_blocks_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Boost, second gamma and attempts of two neighbouring betas never share a block."""
    words: list[int] = []

    def note_uniform(seed: Any, customer: Any, site: Any, occurrence: int) -> float:
        words.append(occurrence)
        return 0.5

    def note_pair(seed: Any, customer: Any, site: Any, occurrence: int) -> tuple[float, float]:
        words.append(occurrence)
        return 0.5, 1.0 if occurrence >> 24 < 255 else 0.5

    monkeypatch.setattr(draws_plain, "uniform", note_uniform)
    monkeypatch.setattr(draws_plain, "uniform_pair", note_pair)
    monkeypatch.setattr(draws_plain, "gamma_attempt", lambda shape, z, u: -1.0 if u == 1.0 else 1.0)
    for occurrence in (0, 1, 2**22 - 2, 2**22 - 1):
        draws_plain.beta(0.5, 0.5, 7, 0, 1, occurrence)
    assert len(words) == len(set(words)) == 4 * 2 * (256 + 1)
    assert max(words) < 2**32
