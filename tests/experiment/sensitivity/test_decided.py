"""Differences that rest on few decisions are told from those that rest on many."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from helpers.single_offer import written

from cvosim.experiment.sensitivity import Question, Running, elasticities, tornado
from cvosim.experiment.sensitivity.decided import decided, few_decided

SERIAL = Running("serial")
PRICE, COST = "journey.tripwire.price", "journey.tripwire.unit_cost"


def test_decisions_are_estimated_from_orders_and_sections() -> None:
    one = np.zeros((20, 3))
    assert decided(one) == 0
    one[4] = (40.0, 0.0, 1.0)  # one person with forty orders
    assert decided(one) == 1
    assert decided(np.full((20, 3), -2.0)) == 40
    one[5:15] = np.nan  # an outcome that a point lacks says nothing
    assert decided(one) == 1
    half = np.zeros((20, 1))
    half[:10] = 50.0
    assert decided(half) == round(20 * np.log(2.0))


def test_a_price_that_few_decide_by_is_marked_and_a_cost_is_not() -> None:
    """At 5,000 the elasticity of this price has the wrong sign: at a million it is below 0."""
    question = Question.of("carpet_cleaning", paths=[PRICE, COST], customers=5000)
    rows = {row.path: row for row in elasticities(question, running=SERIAL).rows}
    assert rows[PRICE].few
    assert rows[PRICE].decided is not None
    assert rows[PRICE].decided < 30
    assert (rows[COST].few, rows[COST].decided) == (False, 0)
    bars = {bar.path: bar for bar in tornado(question, running=SERIAL).bars}
    assert (bars[PRICE].few, bars[COST].few) == (True, False)
    assert bars[PRICE].to_dict()["few_decided"] is True


def test_many_decisions_are_not_marked(tmp_path: Path) -> None:
    question = Question.of(written(tmp_path, customers=20_000))
    conversion = next(
        bar for bar in tornado(question, running=SERIAL).bars if bar.path.endswith("conversion")
    )
    assert not conversion.few
    # buyers at 0.56 less buyers at 0.24: the same people, so each differs once (5 standard errors)
    assert conversion.decided == pytest.approx(0.32 * 20_000, abs=5 * (0.32 * 0.68 * 20_000) ** 0.5)


def test_nobody_decides_by_a_price_that_no_segment_minds(tmp_path: Path) -> None:
    template = Question.of(written(tmp_path)).template
    assert not few_decided(template, "journey.core_offer.price", 0)
    assert few_decided(template, "journey.core_offer.price", 3)
