"""The cap of referral counts people of all generations, to the person, in both engines."""

from __future__ import annotations

import re
from typing import Any

import pytest
from helpers.full_bazaar import BAZAAR, BUSY
from helpers.scenarios import from_raw

from cvosim.engine.driver import run_kernel
from cvosim.engine.reference import run_reference
from cvosim.errors import CvosimError
from cvosim.plan import compile_plan
from cvosim.plan.plan import Plan

N = 300


def capped(people: float) -> Plan:
    """The shop with a cap that lies between so many people and one more."""
    return compile_plan(from_raw(BAZAAR, (*BUSY, f"journey.referral.cap={(people - 0.5) / N!r}")))


def referred_by(run: Any, plan: Plan) -> Any:
    return run(plan, 7, 0, N)[1]


@pytest.fixture(scope="module")
def everybody() -> Any:
    return referred_by(run_reference, capped(100 * N))


@pytest.mark.parametrize("run", [run_reference, run_kernel])
def test_as_many_as_the_cap_allows_may_come(run: Any, everybody: Any) -> None:
    count = len(everybody.customer_id)
    assert everybody.generation.max() >= 2, "friends have brought friends"
    assert len(referred_by(run, capped(count)).customer_id) == count


@pytest.mark.parametrize("run", [run_reference, run_kernel])
def test_one_more_is_refused(run: Any, everybody: Any) -> None:
    count = len(everybody.customer_id)
    with pytest.raises(CvosimError, match=r"people were referred by") as refusal:
        referred_by(run, capped(count - 1))
    said = re.search(r"([\d,]+) people were referred by ([\d,]+) customers", str(refusal.value))
    assert said is not None
    told, lived = (int(group.replace(",", "")) for group in said.groups())
    assert told == count
    last = int((everybody.generation == everybody.generation.max()).sum())
    assert lived == N + count - last, "the last generation had yet to live"
