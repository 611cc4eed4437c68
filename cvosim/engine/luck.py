"""The luck that every customer needs, drawn ahead for a whole block of customers; compiled.

One site for many customers in a row is a loop that the compiler turns into vector
instructions; a random number then costs a fraction of one drawn when it is needed. Luck has
an address and no order, so drawing it early, or for nothing, changes no number.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cvosim.engine.customer import FIRST, code
from cvosim.plan.plan import ProgramKind
from cvosim.randomness.compiled import compiled, inlined
from cvosim.randomness.philox import uniform

SEGMENT, CHANNEL, AWARENESS, ARRIVAL, PROPENSITY, DELAY, ACCEPT, CLICK = (
    code(row) for row in range(8)
)
"""Rows of a block's luck; the last three are those of the first stage and its first program."""

N_AHEAD = 8
_REMARKETING = code(ProgramKind.REMARKETING)


@compiled
def _fill(luck: Any, seed: int, first_customer: int, site: int) -> None:
    for i in range(len(luck)):
        luck[i] = uniform(seed, first_customer + np.uint64(i), site, FIRST)


@inlined
def draw_ahead(luck: Any, plan: Any, seed: int, first_customer: int) -> None:
    """Fill ``luck[row, i]`` for customer ``first_customer + i``."""
    world, offer = plan.world[0], plan.offers[0]
    _fill(luck[SEGMENT], seed, first_customer, world.segment_site)
    _fill(luck[CHANNEL], seed, first_customer, world.channel_site)
    _fill(luck[AWARENESS], seed, first_customer, world.awareness_site)
    _fill(luck[ARRIVAL], seed, first_customer, world.arrival_site)
    _fill(luck[PROPENSITY], seed, first_customer, world.propensity_site)
    _fill(luck[DELAY], seed, first_customer, offer.delay_site)
    _fill(luck[ACCEPT], seed, first_customer, offer.accept_site)
    if offer.n_services > 0:
        service = plan.services[offer.first_service]
        if plan.programs[service.program].kind == _REMARKETING:
            _fill(luck[CLICK], seed, first_customer, service.click_site)


@inlined
def hand_over(life: Any, luck: Any, i: int) -> None:
    """Give customer ``i`` of the block what its life will ask for."""
    life.propensity_luck = luck[PROPENSITY, i]
    life.delay_luck = luck[DELAY, i]
    life.accept_luck = luck[ACCEPT, i]
    life.click_luck = luck[CLICK, i]
