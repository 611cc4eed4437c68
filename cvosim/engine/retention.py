"""Win-back, anniversary and birthday programs: messages to those who are customers; compiled."""

from __future__ import annotations

import math
from typing import Any

from cvosim.engine.account import record
from cvosim.engine.customer import FIRST, code
from cvosim.engine.decision import decides, is_aimed
from cvosim.engine.parts import Aside
from cvosim.engine.processes import life_left, next_order, order_value
from cvosim.plan.plan import ProgramKind, RepeatModel
from cvosim.randomness.compiled import compiled_within, inlined
from cvosim.randomness.philox import uniform
from cvosim.tables.schema import EventKind

_WIN_BACK, _BIRTHDAY = code(ProgramKind.WIN_BACK), code(ProgramKind.BIRTHDAY)
_PARETO = code(RepeatModel.PARETO_NBD)
_TOUCHED, _OPENED = code(EventKind.TOUCHED), code(EventKind.OPENED)
_CLICKED, _RECOVERED = code(EventKind.CLICKED), code(EventKind.RECOVERED)
_UNSUBSCRIBED, _REORDERED = code(EventKind.UNSUBSCRIBED), code(EventKind.REORDERED)
_REACTIVATED = code(EventKind.REACTIVATED)
_FREE = (0.0, 0.0)


@inlined
def _first_touch(plan: Aside, r: int, now: float) -> float:
    """When a win-back program writes first to a customer who orders nothing from now on."""
    row = plan.retention[r]
    gap: float = plan.touches[plan.programs[row.program].first_touch].gap
    touch: float = now + row.after + gap
    return touch


@compiled_within
def begin_retention(plan: Aside, life: Any, marks: Any, now: float) -> None:
    """Repeat buying begins: from now on the customer is one whom these programs look after."""
    for r in range(len(plan.retention)):
        row = plan.retention[r]
        days = row.after
        if row.kind == _BIRTHDAY:
            days *= uniform(life.seed, life.customer, row.phase_site, FIRST)
        marks[r].next = _first_touch(plan, r, now) if row.kind == _WIN_BACK else now + days
        life.side_time = min(life.side_time, marks[r].next)


@inlined
def restart_win_back(plan: Aside, marks: Any, now: float) -> None:
    """An order: count the days of inactivity from now."""
    for r in range(len(plan.retention)):
        if plan.retention[r].kind == _WIN_BACK:
            marks[r].attempt = 0
            marks[r].next = _first_touch(plan, r, now)


@inlined
def act_retention(plan: Aside, life: Any, marks: Any, log: Any, now: float, r: int) -> None:
    """One of the programs has its day."""
    row, mark = plan.retention[r], marks.retention[r]
    mark.next = math.inf
    if life.unsubscribed:
        return
    program = plan.programs[row.program]
    recurs = row.kind != _WIN_BACK
    if recurs:
        mark.next = now + row.after
    aimed = program.aim >= 0 and mark.attempt == 0
    if aimed and not is_aimed(plan.aims, plan.aimed, life, program.aim, now):
        mark.touches += recurs
        return
    won = _touch(plan, life, marks, log, now, r)
    mark.touches += 1
    if recurs or won:
        return
    mark.attempt += 1
    if mark.attempt < program.n_touches:
        mark.next = now + plan.touches[program.first_touch + mark.attempt].gap


@inlined
def _touch(plan: Aside, life: Any, marks: Any, log: Any, now: float, r: int) -> bool:
    row, mark = plan.retention[r], marks.retention[r]
    program, stage, m = plan.programs[row.program], plan.n_stages, mark.touches
    seed, who = life.seed, life.customer
    record(life, log, now, _TOUCHED, stage, row.program, (0.0, program.cost))
    marks.programs[row.program].cost += program.cost
    touch = plan.touches[program.first_touch + mark.attempt]
    if uniform(seed, who, row.open_site, m) < touch.open:
        record(life, log, now, _OPENED, stage, row.program, _FREE)
        if uniform(seed, who, row.click_site, m) < program.click:
            record(life, log, now, _CLICKED, stage, row.program, _FREE)
            if decides(plan, life, row.decision, uniform(seed, who, row.accept_site, m)):
                marks.programs[row.program].recoveries += 1
                _return(plan.repeat[0], stage, life, log, now, row.program)
                return True
    if uniform(seed, who, row.unsubscribe_site, m) < program.unsubscribe:
        record(life, log, now, _UNSUBSCRIBED, stage, row.program, _FREE)
        life.unsubscribed = 1
    return False


@compiled_within
def _return(repeat: Any, stage: int, life: Any, log: Any, now: float, program: int) -> None:
    """The customer orders once more and, if it had left, is a customer again."""
    record(life, log, now, _RECOVERED, stage, program, _FREE)
    amount = order_value(repeat, life, repeat.won_site, life.won)
    life.won += 1
    record(life, log, now, _REORDERED, stage, program, (amount, repeat.cost_share * amount))
    if life.repeat_alive:
        return
    record(life, log, now, _REACTIVATED, stage, program, _FREE)
    life.repeat_alive = 1
    life.reactivations += 1
    life.repeats += 1
    life.death = math.inf
    if repeat.model == _PARETO:
        life.death = now + life_left(repeat, life, life.reactivations)
    next_order(repeat, life, now)
