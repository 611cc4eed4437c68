"""The return path as tables: programs, the stages and customers they serve, their touches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cvosim.plan.plan import PROGRAM, RETENTION, SERVICE, TOUCH, ProgramKind, Records, rows
from cvosim.plan.steps import Service, price_of, retention_programs, stated
from cvosim.randomness.sites import site_id
from cvosim.scenario import Scenario


def program_table(scenario: Scenario, aim_rows: Sequence[int]) -> Records:
    """One row a program of the return path."""
    table = []
    first_touch = 0
    programs: Sequence[Any] = scenario.journey.return_path
    for program, aim in zip(programs, aim_rows, strict=True):
        row: dict[str, Any] = {"kind": ProgramKind[program.kind.upper()], "aim": aim}
        if program.kind == "remarketing":
            row |= _showing(program)
        else:
            row |= {"cost": program.cost}
        touches = list(_touches(program))
        if touches:
            row |= {
                "click": program.click,
                "unsubscribe": program.unsubscribe,
                "first_touch": first_touch,
                "n_touches": len(touches),
            }
        first_touch += len(touches)
        table.append(row)
    return rows(PROGRAM, table)


def _showing(program: Any) -> dict[str, float]:
    per_day = program.impressions_per_day
    window = program.window_days
    if program.frequency_cap is not None and per_day > 0.0:
        window = min(window, program.frequency_cap / per_day)
    return {
        "window": window,
        "click_rate": per_day * program.click,
        "cost_rate": program.cpm / 1000.0 * per_day,
    }


def touch_table(scenario: Scenario) -> Records:
    """The touches of all programs, program after program."""
    return rows(TOUCH, [touch for p in scenario.journey.return_path for touch in _touches(p)])


def _touches(program: Any) -> Iterator[dict[str, float]]:
    if program.kind in ("anniversary", "birthday"):
        yield {"gap": 0.0, "open": program.open}
    elif program.kind in ("follow_up", "win_back"):
        before, opened = 0.0, float(program.open)
        for day in program.days:
            yield {"gap": day - before, "open": opened}
            before, opened = day, opened * program.fatigue


def service_table(services: Sequence[Service], first_decision: int) -> Records:
    """One row a program at a stage."""
    return rows(SERVICE, [_service(s, first_decision + i) for i, s in enumerate(services)])


def _service(service: Service, decision: int) -> dict[str, Any]:
    program, row, step = service
    price = price_of(step.offer) * (1.0 - stated(program, "discount", 0.0))
    return {
        "program": row,
        "decision": decision,
        "price": revenue(step.offer, price),
        **_sites(f"{program.kind}/{program.name}/{step.key}"),
    }


def _sites(prefix: str) -> dict[str, int]:
    decisions = ("accept", "open", "click", "unsubscribe")
    return {f"{decision}_site": site_id(f"{prefix}/{decision}") for decision in decisions}


def revenue(offer: Any, price: float) -> float:
    """What of a price is one's own: all of it, or the commission on a partner's product."""
    commission = stated(offer, "commission", None)
    return price if commission is None else price * float(commission)


def retention_table(scenario: Scenario, first_decision: int) -> Records:
    """One row a program that serves customers, not a stage."""
    table = []
    for decision, (row, program) in enumerate(retention_programs(scenario), first_decision):
        prefix = f"{program.kind}/{program.name}"
        days = program.after_days if program.kind == "win_back" else program.every_days
        table.append(
            {
                "program": row,
                "kind": ProgramKind[program.kind.upper()],
                "decision": decision,
                "after": days,
                "phase_site": site_id(f"{prefix}/phase"),
                **_sites(prefix),
            }
        )
    return rows(RETENTION, table)
