"""The kernel against theory where it matters who decides: 80 random plans with effects.

Segments, channels, rungs and trust move every probability, content lifts people, orders are
delivered, complained about and sent back.

Error rate: |z| < 4.5 is exceeded with probability 6.8e-6 by a correct normal z. About 4,200
comparisons are made, so a correct kernel fails anywhere with probability 0.03 at most; the seed
is fixed (see test_theory_against_kernel.py).
"""

from __future__ import annotations

import numpy as np
import pytest
from helpers.swayed_plans import swayed_plan
from helpers.theory_scores import CELLS, per_customer, scores

from cvosim.engine.driver import run_kernel
from cvosim.theory import expected

PLANS = 80
BATCH = 20
CUSTOMERS = 30_000
SEED = 11


@pytest.mark.parametrize("first", range(0, PLANS, BATCH))
def test_every_metric_agrees(first: int) -> None:
    failures, made, possible, missing = [], 0, 0, 0
    for number in range(first, first + BATCH):
        plan = swayed_plan(number)
        theory = expected(plan, cells=CELLS)
        run = run_kernel(plan, SEED, number * CUSTOMERS, CUSTOMERS, events=True)
        assert run.events is not None
        samples = per_customer(plan, run.customers, run.events, number * CUSTOMERS)
        assert set(theory) <= set(samples)
        missing += bool(theory.out_of_reach)
        for name, z in scores(plan, theory, samples):
            possible += 1
            made += z is not None
            if z is not None and not abs(z) < 4.5:
                failures.append(f"plan {number}: {name}: z = {z:.2f}")
    assert not failures, "\n".join(failures)
    assert made > 0.8 * possible  # the rest: too few customers, or too heavy tails
    assert missing < BATCH // 2  # trials decided with trust from elsewhere, seasons, who is first


@pytest.mark.parametrize("number", [2, 33])
def test_a_coarser_lattice_hardly_moves_a_z(number: int) -> None:
    """Of means by a thousandth at most, beside which 4.5 is far away."""
    plan = swayed_plan(number)
    fine, coarse = expected(plan), expected(plan, cells=CELLS)
    for name, (mean, variance) in fine.items():
        if variance > 0.0:
            moved = abs(coarse[name].mean - mean) / (variance / CUSTOMERS) ** 0.5
            assert moved < 1e-3, name


def test_the_effects_are_felt() -> None:
    """Without them the same plans have other conversions: the test above can fail."""
    moved = 0
    for number in range(PLANS // 4):
        plan = swayed_plan(number)
        idle = plan._replace(shifts=np.zeros_like(plan.shifts), decisions=plan.decisions.copy())
        idle.decisions["trust_weight"] = 0.0
        one, other = expected(plan, cells=256), expected(idle, cells=256)
        names = [name for name in one if name.startswith("conversion.")]
        moved += any(abs(one[name].mean - other[name].mean) > 0.02 for name in names)
    assert moved >= PLANS // 8
