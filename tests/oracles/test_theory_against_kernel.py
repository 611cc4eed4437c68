"""The kernel against theory: 200 random journeys without effects, everything that theory gives.

Without effects: content converts by rung and aims leave some people out, but no offer is likelier
for one than for another (see test_effects_against_kernel.py for that).

Half of them are scenarios as a strategist would write them, compiled; half are plans, which may
also hold what no scenario compiles to and reach the edges of the horizon more often.

Agreement of two engines proves no formula; these closed forms share with the kernel nothing
but the plan.

Error rate: |z| < 4.5 is exceeded with probability 6.8e-6 by a correct normal z. About 11,000
comparisons are made, so a correct kernel fails anywhere with probability 0.08 at most
(comparisons within a plan are correlated, which lowers it). The seed is fixed: it was decided
once, and is decided anew only when a trajectory changes. Shares are compared by the exact
binomial law at the same 6.8e-6; all else after taking the first-order skewness out of z
(Cornish & Fisher 1938), and not at all where so few customers matter that this is not enough.
"""

from __future__ import annotations

import pytest
from helpers.random_plans import random_plan
from helpers.random_scenarios import random_raw, random_scenario
from helpers.theory_scores import per_customer, scores

from cvosim.engine.driver import run_kernel
from cvosim.plan import compile_plan
from cvosim.plan.plan import Plan
from cvosim.theory import expected

PLANS = 200
BATCH = 20
CUSTOMERS = 30_000
SEED = 4
LIMIT = 4.5
WRITTEN = {
    *("tripwire", "lead_magnet", "core_offer", "time_to_value", "order", "attendance"),
    *("trial_conversion", "contract", "seasonality", "budget", "cpc", "cpm"),
    *("engage", "excite", "experience", "ticket", "returned", "aim"),
}


@pytest.mark.parametrize("first", range(0, PLANS, BATCH))
def test_every_metric_agrees(first: int) -> None:
    failures, made, possible = [], 0, 0
    for number in range(first, first + BATCH):
        plan = journey(number)
        theory = expected(plan)
        run = run_kernel(plan, SEED, number * CUSTOMERS, CUSTOMERS, events=True)
        assert run.events is not None
        samples = per_customer(plan, run.customers, run.events, number * CUSTOMERS)
        assert set(theory) <= set(samples)
        for name, z in scores(plan, theory, samples):
            possible += 1
            made += z is not None
            if z is not None and not abs(z) < LIMIT:
                failures.append(f"plan {number}: {name}: z = {z:.2f}")
    assert not failures, "\n".join(failures)
    assert made > 0.8 * possible  # the rest: too few customers, or too heavy tails


def test_the_scenarios_leave_no_kind_out() -> None:
    """Whatever a scenario file may choose by a word is chosen somewhere."""
    words = set()
    for number in range(0, PLANS, 2):
        todo: list[object] = [random_raw(number)]
        while todo:
            part = todo.pop()
            if isinstance(part, dict):
                words |= {part.get(key) for key in ("kind", "model", "commitment", "on_decline")}
                words |= {part.get("style")}
                words |= set(part) & WRITTEN
                todo += part.values()
            elif isinstance(part, list):
                todo += part
    assert words - {None} == WRITTEN | {
        *("time", "upsell", "cross_sell", "slack_adjuster", "subscription", "geometric", "sbg"),
        *("affiliate", "joint_venture", "hill", "burst", "weekly", "mbg_nbd"),
        *("entertain", "educate", "contrast", "prove"),
        *("fixed", "exponential", "lognormal", "gamma", "weibull", "uniform"),
        *("exit_offer", "follow_up", "remarketing", "return_path", "continue", "exit"),
        *("poisson", "bg_nbd", "pareto_nbd", "gamma_gamma", "paid", "earned", "owned"),
    }


def journey(number: int) -> Plan:
    """Journey ``number``: the even ones from scenarios, the odd ones plans by hand."""
    return random_plan(number) if number % 2 else compile_plan(random_scenario(number))
