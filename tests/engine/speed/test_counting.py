"""What a customer cannot do without is counted exactly, by hand where it can be."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cvosim import compile_plan, load_scenario
from cvosim.engine import reference
from cvosim.engine.reference import run_reference
from cvosim.engine.speed import counting
from cvosim.engine.speed.counting import tally
from cvosim.engine.speed.exchange import exchanged
from cvosim.engine.speed.subject import Subject
from cvosim.randomness import philox_plain

MODULES: Any = counting.COUNTED_MATH


def counted(customers: int, *overrides: str, of: str = "carpet_cleaning") -> tuple[Any, Any]:
    scenario = load_scenario(of, overrides)
    plan = compile_plan(scenario)
    table, _, _ = run_reference(plan, scenario.seed, 0, customers)
    return tally(Subject(plan, scenario.seed), customers).counts(), table


def test_blocks_and_transcendentals_are_counted_exactly() -> None:
    """Everybody is asked once and says no: few enough draws to count by hand."""
    n = 40
    plain = ("journey.return_path=[]", "journey.lead_magnet.conversion=0")
    fixed = (*plain, "journey.lead_magnet.delay={kind: fixed, days: 1}")
    found, table = counted(n, *fixed)
    spread = int((table.channel == 0).sum())  # only facebook's prospects arrive over time
    blocks = 4 * n + spread  # segment, awareness, channel, decision
    assert found == {"block": blocks, "exp": 0, "log": 0, "sqrt": 0}

    found, _ = counted(n, *plain)  # an exponential delay: a block and a logarithm
    assert found == {"block": blocks + n, "exp": 0, "log": n, "sqrt": 0}


INVITING = """\
schema_version: 1
name: Everybody buys at once and brings friends, who are too late to bring their own
horizon_days: 100
market: {segments: [{name: all, share: 1}]}
channels: [{name: talk, kind: earned, share: 1}]
journey:
  core_offer: {name: cake, price: 1, conversion: 1}
  experience: {}
  referral:
    advocates: {promoter: 1, passive: 1, detractor: 1}
    invitations: {mean: 3, delay: {kind: fixed, days: 60}}
"""


def test_everybody_who_is_referred_is_counted_as_a_customer(tmp_path: Path) -> None:
    n = 30
    file = tmp_path / "inviting.yaml"
    file.write_text(INVITING, "utf-8")
    found, table = counted(n, of=str(file))
    friends = len(table.revenue) - n
    assert friends > n
    assert (table.arrival_time == np.repeat([0.0, 60.0], [n, friends])).all()
    # segment, awareness, decision; satisfaction, effort, ticket, return; advocate, testimonial,
    # partner, invitations; a market prospect's channel; a friend's id
    assert found["block"] == 11 * (n + friends) + n + friends
    assert found["exp"] == n + friends  # of a Poisson distribution, all the same
    assert found["log"] == found["sqrt"] > 0  # of normal quantiles far from the middle
    scenario = load_scenario(file)
    assert tally(Subject(compile_plan(scenario), scenario.seed), n).people == n + friends


def test_no_transcendental_of_the_reference_engine_goes_uncounted() -> None:
    engine = Path(counting.reference.__file__).parent
    found = {
        file.stem
        for file in engine.glob("reference*.py")
        if re.search(r"math\.(exp|log|sqrt|pow|sin|cos)\(", file.read_text("utf-8"))
    }
    assert found - {"reference_accounts"} == {
        one.__name__.rpartition(".")[2] for one in counting.COUNTED_MATH
    } - {"draws_plain", "formulas"}


def test_what_the_reference_repeats_is_counted_once() -> None:
    found = tally(Subject(compile_plan(load_scenario("carpet_cleaning")), 7), 100)
    assert len(set(found.addresses)) == len(found.addresses) == found.counts()["block"]
    assert found.counts()["block"] < found.calls["block"]
    assert found.counts()["exp"] < found.calls["exp"]


def test_counting_leaves_the_engine_as_it_was() -> None:
    before = (philox_plain.block, reference.BLOCK, reference.enter, *(m.math for m in MODULES))
    counted(3)
    after = (philox_plain.block, reference.BLOCK, reference.enter, *(m.math for m in MODULES))
    assert after == before


def test_what_was_exchanged_comes_back_after_a_failure() -> None:
    before = reference.BLOCK
    with pytest.raises(ZeroDivisionError), exchanged(reference, "BLOCK", 0):
        _ = 1 / reference.BLOCK
    assert before == reference.BLOCK
