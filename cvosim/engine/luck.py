"""The luck that every customer needs, drawn ahead for a whole block of customers; compiled.

One site for many customers in a row is a loop that the compiler turns into vector
instructions; a random number then costs a fraction of one drawn when it is needed. Luck has
an address and no order, so drawing it early, or for nothing, changes no number.
"""

from __future__ import annotations

from typing import Any

from cvosim.engine.customer import FIRST, code
from cvosim.plan.plan import ProgramKind
from cvosim.randomness.compiled import compiled_within, inlined
from cvosim.randomness.philox import uniform

SEGMENT, CHANNEL, AWARENESS, ARRIVAL, PROPENSITY, DELAY, ACCEPT, CLICK = (
    code(row) for row in range(8)
)
"""Rows of a block's luck; the last three are those of the first stage and its first program."""

_REMARKETING = code(ProgramKind.REMARKETING)


@compiled_within
def _fill(luck: Any, seed: int, people: Any, site: int) -> None:
    for i in range(len(people)):
        luck[i] = uniform(seed, people[i], site, FIRST)


@inlined
def draw_ahead(luck: Any, plan: Any, seed: int, people: Any) -> None:
    """Fill ``luck[row, i]`` for customer ``people[i]``."""
    world, offer = plan.world[0], plan.offers[0]
    _fill(luck[SEGMENT], seed, people, world.segment_site)
    _fill(luck[CHANNEL], seed, people, world.channel_site)
    _fill(luck[AWARENESS], seed, people, world.awareness_site)
    _fill(luck[ARRIVAL], seed, people, world.arrival_site)
    _fill(luck[PROPENSITY], seed, people, world.propensity_site)
    _fill(luck[DELAY], seed, people, offer.delay_site)
    _fill(luck[ACCEPT], seed, people, offer.accept_site)
    if offer.n_services > 0:
        service = plan.services[offer.first_service]
        if plan.programs[service.program].kind == _REMARKETING:
            _fill(luck[CLICK], seed, people, service.click_site)


@inlined
def hand_over(life: Any, luck: Any, i: int) -> None:
    """Give customer ``i`` of the block what its life will ask for."""
    life.propensity_luck = luck[PROPENSITY, i]
    life.delay_luck = luck[DELAY, i]
    life.accept_luck = luck[ACCEPT, i]
    life.click_luck = luck[CLICK, i]
