"""Referral: generation after generation of invited people, and their place in the table."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.engine.customer import People
from cvosim.plan.growth import check_growth
from cvosim.plan.plan import Plan
from cvosim.tables.columns import CustomerColumns, Referred, nobody_referred


def market_people(first_customer: int, first_row: int, end_row: int) -> People:
    """Some rows of market prospects."""
    nobody = np.empty(0, np.uint64), np.empty(0, np.float64)
    return People(np.uint64(first_customer), first_row, end_row, *nobody)


class _Generation(NamedTuple):
    """People who were lived through together; ``root`` is a row among market prospects."""

    customer_id: NDArray[np.uint64]
    root: NDArray[np.int64]
    columns: CustomerColumns


class _Friends(NamedTuple):
    customer_id: NDArray[np.uint64]
    arrival: NDArray[np.float64]
    parent: NDArray[np.int64]


class Families:
    """Collects the people that market prospects bring, chunk by chunk.

    Parameters
    ----------
    plan : Plan
        Of the run.
    seed : int
        Of the run.
    n_market : int
        Market prospects of the whole run, for the cap.
    """

    def __init__(self, plan: Plan, seed: int, n_market: int) -> None:
        self._plan = plan
        self._seed = np.uint64(seed)
        self._n_market = n_market
        self._last: _Generation | None = None
        self._number = 0
        self._n_begun = 0
        self._who: list[Referred] = []
        self._columns: list[CustomerColumns] = []

    def begin(self, first_customer: int, start: int, stop: int, columns: CustomerColumns) -> None:
        """Go on with the families of market rows ``start`` to ``stop``."""
        roots = np.arange(start, stop)
        ids = np.uint64(first_customer) + roots.astype(np.uint64)
        part = CustomerColumns._make(column[..., start:stop] for column in columns)
        self._last, self._number = _Generation(ids, roots, part), 0
        self._n_begun = stop

    def add(self, columns: CustomerColumns) -> None:
        """Take down what became of the people of the generation that was given out last."""
        who = self._who[-1]
        self._columns.append(columns)
        self._last = _Generation(who.customer_id, who.root, columns)

    def next_generation(self) -> People:
        """Whom the people of the last generation have invited and who arrive in time."""
        parents = self._last
        assert parents is not None
        c = parents.columns
        advocates = np.flatnonzero(c.invited > 0)
        ids, roots = parents.customer_id[advocates], parents.root[advocates]
        friends = self._friends((ids, c.advocated_time[advocates], c.invited[advocates]))
        self._number += 1
        generation = np.full(len(friends.parent), self._number, np.uint16)
        who = Referred(friends.customer_id, ids[friends.parent], roots[friends.parent], generation)
        if len(friends.parent):
            self._check(len(friends.parent))
            self._who.append(who)
        return People(np.uint64(0), 0, len(friends.parent), friends.customer_id, friends.arrival)

    def _friends(self, parents: tuple[Any, Any, Any]) -> _Friends:
        from cvosim.engine.friends import count_friends, fill_friends

        terms, horizon = self._plan.referral[0], float(self._plan.world["horizon"][0])
        counts = np.zeros(len(parents[0]), np.int64)
        count_friends(terms, self._seed, horizon, parents, counts)
        total = int(counts.sum())
        friends = _Friends(np.empty(total, np.uint64), np.empty(total), np.empty(total, np.int64))
        fill_friends(terms, self._seed, horizon, parents, friends)
        return friends

    def _check(self, more: int) -> None:
        before = sum(len(who.root) for who in self._who)
        lived = self._n_begun + before
        cap = float(self._plan.referral["cap"][0])
        check_growth(before + more, lived, self._n_market, cap)

    def joined(self, market: CustomerColumns) -> tuple[CustomerColumns, Referred]:
        """The whole table: market rows, then referred people by root and generation."""
        if not self._who:
            return market, nobody_referred()
        who = Referred._make(np.concatenate(parts) for parts in zip(*self._who, strict=True))
        order = np.argsort(who.root, kind="stable")
        columns = [
            _appended(own, guests, order)
            for own, *guests in zip(market, *self._columns, strict=True)
        ]
        return CustomerColumns(*columns), Referred._make(part[order] for part in who)


def _appended(own: Any, guests: list[Any], order: NDArray[np.int64]) -> Any:
    together = np.concatenate(guests, axis=-1)[..., order]
    return np.concatenate((own, together), axis=-1)
