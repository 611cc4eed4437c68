"""Who has signed for three bills leaves after 3, 6, 9 ..., in both engines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cvosim.engine.driver import run_kernel
from cvosim.engine.reference import run_reference
from cvosim.plan import compile_plan
from cvosim.scenario import load_scenario

CARE = (
    "{kind: subscription, name: care, price: 10, unit_cost: 1, conversion: 1, period_days: 30, "
    "CONTRACTchurn: {kind: geometric, probability: 0.3}}"
)


def cancelled_after(run: Any, contract: str) -> np.ndarray:
    """Bills that each of those paid who left."""
    plan = compile_plan(
        load_scenario(
            "carpet_cleaning",
            [
                *(f"journey.{s}.conversion=1" for s in ("lead_magnet", "tripwire", "core_offer")),
                f"journey.profit_maximizers=[{CARE.replace('CONTRACT', contract)}]",
            ],
        )
    )
    customers = run(plan, 3, 0, 200)[0]
    return np.asarray(customers.bills[0][customers.cancelled[0].astype(bool)])


@pytest.mark.parametrize("run", [run_reference, run_kernel])
def test_only_at_the_end_of_a_contract(run: Any) -> None:
    bound = cancelled_after(run, "contract: {cycles: 3}, ")
    assert len(bound) > 100
    assert set(np.unique(bound % 3)) == {0}
    assert len(np.unique(bound)) > 3, "contracts are renewed"


@pytest.mark.parametrize("run", [run_reference, run_kernel])
def test_without_a_contract_at_any_bill(run: Any) -> None:
    free = cancelled_after(run, "")
    assert set(np.unique(free % 3)) == {0, 1, 2}
