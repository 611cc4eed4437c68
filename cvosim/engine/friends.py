"""Whom customers have invited: ids and arrivals of the next generation; compiled."""

from __future__ import annotations

from typing import Any

from cvosim.randomness.compiled import compiled
from cvosim.randomness.draws import draw
from cvosim.randomness.philox import Whole, friend_id


@compiled
def count_friends(terms: Any, seed: Whole, horizon: float, parents: Any, counts: Any) -> None:
    """Fill ``counts`` with how many friends of each parent arrive before the horizon.

    ``parents`` are ids, times of becoming an advocate, and numbers invited.
    """
    for i in range(len(counts)):
        counts[i] = 0
        for k in range(int(parents[2][i])):
            counts[i] += _arrival(terms, seed, parents, i, k) < horizon


@compiled
def fill_friends(terms: Any, seed: Whole, horizon: float, parents: Any, friends: Any) -> None:
    """Fill ``friends``: their ids, arrivals and the rows of their parents."""
    ids, arrivals, rows = friends
    n = 0
    for i in range(len(parents[0])):
        for k in range(int(parents[2][i])):
            arrival = _arrival(terms, seed, parents, i, k)
            if arrival < horizon:
                ids[n] = friend_id(parents[0][i], k)
                arrivals[n] = arrival
                rows[n] = i
                n += 1


@compiled
def _arrival(terms: Any, seed: Whole, parents: Any, i: int, k: int) -> float:
    kind, a, b = terms.delay_kind, terms.delay_a, terms.delay_b
    delay = draw(kind, a, b, seed, parents[0][i], terms.delay_site, k)
    arrival: float = parents[1][i] + delay
    return arrival
