"""How many Philox blocks and transcendentals a customer cannot do without.

The reference engine lives through the customers one by one, with counters around the plain
twins of the draws and around the ``math`` of the formulas. It repeats itself where that reads
better (a propensity is drawn anew for every decision); whatever a customer asks for twice is
counted once, so that what remains is what the model itself demands.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np

from benchmarks.subjects import Subject
from benchmarks.units import TRANSCENDENTALS, Floats, Words
from cvosim.engine import reference
from cvosim.engine.reference import run_reference
from cvosim.randomness import draws_plain, formulas, philox_plain
from cvosim.tables.columns import EventColumns

_COUNTED_MATH = (draws_plain, formulas, reference)
_WORD = 2**32


@dataclass
class Tally:
    """Everything asked for: one list entry for each different question of each customer.

    ``calls`` counts the questions as often as the reference engine asks them.
    """

    addresses: list[tuple[int, int, int]] = field(default_factory=list)
    arguments: dict[str, list[float]] = field(
        default_factory=lambda: {name: [] for name in TRANSCENDENTALS}
    )
    calls: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("block", *TRANSCENDENTALS), 0)
    )
    _asked: set[tuple[Any, ...]] = field(default_factory=set)

    def next_customer(self) -> None:
        self._asked.clear()

    def count_block(self, *address: int) -> None:
        self.calls["block"] += 1
        if self._is_new(("block", *address)):
            self.addresses.append(address)  # type: ignore[arg-type]

    def count(self, name: str, argument: float) -> None:
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
    """Count what the first ``customers`` of a scenario need."""
    counted = Tally()
    seed, discount = subject.scenario.seed, float(subject.plan.world["discount"][0])
    with _instrumented(counted):
        for customer in range(customers):
            counted.next_customer()
            _, events = run_reference(subject.plan, seed, customer, 1)
            _count_discounting(counted, events, discount)
    return counted


def _count_discounting(counted: Tally, events: EventColumns, discount: float) -> None:
    """One factor for each moment after arrival at which money moves.

    The reference engine works out a factor for every line of a diary, with money or without.
    """
    if discount == 0.0:
        return
    ages = events.time - events.time[:1]
    moves = (events.revenue != 0.0) | (events.cost != 0.0)
    for age in ages[moves & (ages > 0.0)]:
        counted.count("exp", -discount * float(age))


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
        stack.enter_context(patch.object(philox_plain, "block", counting_block))
        for module in _COUNTED_MATH:
            stack.enter_context(patch.object(module, "math", counting_math))
        yield
