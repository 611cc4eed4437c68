"""How many Philox blocks and transcendentals a customer cannot do without.

The reference engine lives through the customers one by one, with counters around the plain
twins of the draws and around the ``math`` of the formulas. It repeats itself where that reads
better (a propensity is drawn anew for every decision); whatever a customer asks for twice is
counted once, so that what remains is what the model itself demands.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np

from cvosim.engine import reference, reference_customer
from cvosim.engine.reference import run_reference
from cvosim.engine.reference_accounts import Diary, Entry, enter
from cvosim.engine.reference_customer import Person
from cvosim.engine.reference_world import World
from cvosim.engine.speed.exchange import exchanged
from cvosim.engine.speed.subject import Subject
from cvosim.engine.speed.units import TRANSCENDENTALS, Floats, Words
from cvosim.randomness import draws_plain, formulas, philox_plain
from cvosim.tables.columns import CustomerColumns

COUNTED_MATH = (draws_plain, formulas, reference_customer)
"""Whose ``math`` is counted: all that the reference engine uses but its accounts'."""
_WORD = 2**32


@dataclass
class Tally:
    """Everything asked for: one list entry for each different question of each customer.

    ``calls`` counts the questions as often as the reference engine asks them, ``people`` those
    who ask: market prospects and whoever is referred.
    """

    people: int = 0
    addresses: list[tuple[int, int, int]] = field(default_factory=list)
    arguments: dict[str, list[float]] = field(
        default_factory=lambda: {name: [] for name in TRANSCENDENTALS}
    )
    calls: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("block", *TRANSCENDENTALS), 0)
    )
    _asked: set[tuple[Any, ...]] = field(default_factory=set)

    def next_customer(self) -> None:
        """Forget what was asked: the next one's questions are all new."""
        self.people += 1
        self._asked.clear()

    def count_block(self, *address: int) -> None:
        """Note that the block of an address was asked for: customer, site, occurrence."""
        self.calls["block"] += 1
        if self._is_new(("block", *address)):
            self.addresses.append(address)  # type: ignore[arg-type]

    def count(self, name: str, argument: float) -> None:
        """Note that a transcendental was asked for."""
        self.calls[name] += 1
        if self._is_new((name, argument)):
            self.arguments[name].append(argument)

    def _is_new(self, question: tuple[Any, ...]) -> bool:
        new = question not in self._asked
        self._asked.add(question)
        return new

    def counts(self) -> dict[str, int]:
        """How many different blocks and transcendentals there were."""
        found = {name: len(arguments) for name, arguments in self.arguments.items()}
        return {"block": len(self.addresses), **found}

    def sample(self, length: int) -> tuple[tuple[Words, Words, Words], dict[str, Floats]]:
        """Addresses and arguments to measure the unit costs with, repeated if need be."""
        customers, sites, occurrences = (
            np.resize(np.array(words, np.uint64), length)
            for words in zip(*self.addresses, strict=True)
        )
        arguments = {
            name: np.resize(np.array(found or [1.0]), length)
            for name, found in self.arguments.items()
        }
        return (customers, sites, occurrences), arguments


def tally(subject: Subject, customers: int) -> Tally:
    """Count what the first ``customers`` of a scenario need, and whom they bring by referral.

    Parameters
    ----------
    subject : Subject
        What they live through; the trajectory may be unknown.
    customers : int
        Market prospects.

    Returns
    -------
    Tally

    Examples
    --------
    >>> from cvosim import compile_plan, load_scenario
    >>> counted = tally(Subject(compile_plan(load_scenario("carpet_cleaning")), 7), 100)
    >>> counted.people, 5.0 < counted.counts()["block"] / counted.people < 50.0
    (100, True)
    """
    counted = Tally()
    with _instrumented(counted), _one_by_one(counted):
        run_reference(subject.plan, subject.seed, 0, customers)
    return counted


@contextmanager
def _one_by_one(counted: Tally) -> Iterator[None]:
    """Give every customer a calendar of its own, and count its discounting at its end."""
    live_together = reference._live_together

    def live_alone(run: Any, people: Sequence[Person]) -> list[Diary]:
        counted.next_customer()
        return live_together(run, people)

    def enter_and_count(columns: CustomerColumns, row: int, diary: Diary, world: World) -> None:
        _count_discounting(counted, diary.entries, world.discount)
        enter(columns, row, diary, world)

    with (
        exchanged(reference, "BLOCK", 1),
        exchanged(reference, "_live_together", live_alone),
        exchanged(reference, "enter", enter_and_count),
    ):
        yield


def _count_discounting(counted: Tally, entries: Sequence[Entry], discount: float) -> None:
    """One factor for each moment after arrival at which money moves.

    The reference engine works out a factor for every line of a diary, with money or without.
    """
    if discount == 0.0:
        return
    for entry in entries:
        age = entry.time - entries[0].time
        if age > 0.0 and (entry.revenue != 0.0 or entry.cost != 0.0):
            counted.count("exp", -discount * age)


@contextmanager
def _instrumented(counted: Tally) -> Iterator[None]:
    """Put counters into the plain twins for a while."""
    block = philox_plain.block

    def counting_block(c0: int, c1: int, c2: int, c3: int, k0: int, k1: int) -> Any:
        counted.count_block(c1 * _WORD + c0, c2, c3)
        return block(c0, c1, c2, c3, k0, k1)

    def counting(name: str) -> Any:
        function = getattr(math, name)

        def call(argument: float) -> float:
            counted.count(name, argument)
            return float(function(argument))

        return call

    counting_math = SimpleNamespace(**vars(math))
    vars(counting_math).update({name: counting(name) for name in TRANSCENDENTALS})
    with ExitStack() as stack:
        stack.enter_context(exchanged(philox_plain, "block", counting_block))
        for module in COUNTED_MATH:
            stack.enter_context(exchanged(module, "math", counting_math))
        yield
