"""Engaging with content: exposures, and the ladder of awareness; compiled."""

from __future__ import annotations

from typing import Any

from cvosim.engine.account import record
from cvosim.engine.customer import NONE, code
from cvosim.engine.decision import decides
from cvosim.engine.parts import Aside
from cvosim.randomness.compiled import compiled_within
from cvosim.randomness.draws import draw
from cvosim.randomness.philox import uniform
from cvosim.tables.schema import AWARENESS, EventKind

_WAITS, _FALLS, _GOES_ON = code(0), code(1), code(3)  # as in engine.journey
_EXPOSED, _ENGAGED = code(EventKind.EXPOSED), code(EventKind.ENGAGED)
_DECLINED = code(EventKind.DECLINED)
_TOP = code(len(AWARENESS) - 1)
_FREE = (0.0, 0.0)


@compiled_within
def _piece_shown(engage: Any, content: Any, life: Any) -> int:
    """Which piece: one that suits the rung if targeting succeeds, else any."""
    seed, who, k = life.seed, life.customer, life.attempt
    suited = 0
    for i in range(len(content)):
        suited += int(content[i].rung == life.awareness)
    luck = uniform(seed, who, engage.piece_site, k)
    if suited == 0 or not uniform(seed, who, engage.targeting_site, k) < engage.targeting:
        return int(luck * len(content))
    left = int(luck * suited)
    found = 0
    for i in range(len(content)):
        if content[i].rung == life.awareness:
            if left == 0:
                found = i
            left -= 1
    return found


@compiled_within
def expose(plan: Aside, life: Any, stages: Any, log: Any, now: float) -> int:
    """Show one piece of content; after the last one the journey goes on, or the stage falls."""
    engage, k = plan.engage[0], life.attempt
    piece = plan.content[_piece_shown(engage, plan.content, life)]
    if uniform(life.seed, life.customer, piece.reach_site, k) < piece.reach:
        record(life, log, now, _EXPOSED, life.stage, NONE, (0.0, piece.unit_cost))
        life.exposures += 1
        luck = uniform(life.seed, life.customer, piece.accept_site, k)
        if decides(plan, life, piece.first_decision + life.awareness, luck):
            record(life, log, now, _ENGAGED, life.stage, NONE, _FREE)
            if not life.engaged:
                stages[life.stage].time = now
            life.engaged = 1
            life.trust += piece.trust
            _climb(engage, life)
    if k + 1 < engage.exposures:
        life.attempt = k + 1
        kind, a, b = engage.every_kind, engage.every_a, engage.every_b
        gap = draw(kind, a, b, life.seed, life.customer, engage.every_site, life.attempt)
        life.token_time = now + gap
        return _WAITS
    if life.engaged:
        life.following = plan.next_accept[life.stage]
        return _GOES_ON
    record(life, log, now, _DECLINED, life.stage, NONE, _FREE)
    life.service = -1
    life.left_during = 0
    return _FALLS


@compiled_within
def _climb(engage: Any, life: Any) -> None:
    if life.awareness < _TOP:
        luck = uniform(life.seed, life.customer, engage.lift_site, life.attempt)
        if luck < engage.lift:
            life.awareness += 1
            life.rungs_climbed += 1
