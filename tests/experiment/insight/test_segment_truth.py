from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import ndtr

from cvosim.errors import DataError
from cvosim.experiment.compare import compare
from cvosim.experiment.insight.segment_truth import SCALES, SegmentTest, segment_lab
from cvosim.experiment.insight.shrinkage import shrunk
from cvosim.scenario import Scenario, load_scenario

CARPET = "carpet_cleaning"


def arms(*changes: str) -> tuple[Scenario, Scenario]:
    return load_scenario(CARPET), load_scenario(CARPET, ["name=Other", *changes])


def test_truth_is_that_of_the_comparison_by_segment() -> None:
    pair = arms("journey.tripwire.price=19")
    test = SegmentTest("revenue", units=2000, replications=2)
    lab = segment_lab(*pair, test=test, customers=5000)
    differences = compare(pair, customers=5000).differences["Other"]
    for segment in lab.segments:
        total = differences[f"revenue_by_segment.{segment.name}"].difference
        assert segment.effect * segment.customers == pytest.approx(total, rel=1e-9)
    assert sum(s.customers for s in lab.segments) == 5000
    assert sum(s.share * s.effect for s in lab.segments) == pytest.approx(lab.effect, rel=1e-9)


def test_power_and_signs_are_those_of_the_normal_law() -> None:
    # 600 tests: a share is off by more than 4.5 errors (0.092 at most) seven times in a million,
    # and shares of thousands are normal within 0.01
    pair = arms("journey.tripwire.conversion=0.09")
    test = SegmentTest("conversion.tripwire", units=12_000, replications=600)
    lab = segment_lab(*pair, test=test, customers=8000)
    for segment in lab.segments:
        a, b = segment.control, segment.control + segment.effect
        for claim in segment.claims:
            error = math.sqrt(2.0 * (a * (1 - a) + b * (1 - b)) / claim.in_segment)
            power = ndtr(segment.effect / error - 1.959964)
            spread = 4.5 * math.sqrt(power * (1 - power) / 600)
            assert claim.power == pytest.approx(power, abs=spread + 0.012)
            wrong = ndtr(-segment.effect / error)
            spread = 4.5 * math.sqrt(wrong * (1 - wrong) / 600)
            assert claim.wrong_look == pytest.approx(wrong, abs=spread + 0.012)
        sizes = [claim.units for claim in segment.claims]
        assert sizes == [round(scale * 12_000) for scale in SCALES]
        # power of 80 % where it says that it is
        variance = 2.0 * (a * (1 - a) + b * (1 - b))
        needed = (2.801585 / segment.effect) ** 2 * variance / segment.share
        assert segment.needed == pytest.approx(needed, rel=1e-3)


def test_no_policy_beats_the_oracle() -> None:
    lab = segment_lab(
        *arms("journey.tripwire.price=19"),
        test=SegmentTest(units=4000, replications=200),
        customers=10_000,
    )
    values = {policy.name: policy.value for policy in lab.policies}
    assert max(values.values()) == values["oracle"]
    assert values["none"] == 0.0
    assert values["all"] == pytest.approx(lab.effect, rel=1e-9)
    assert lab.oracle_curve[-1].gain == pytest.approx(lab.effect, rel=1e-9)
    assert max(step.gain for step in lab.oracle_curve) == pytest.approx(values["oracle"])
    for step in lab.tested_curve:
        x, y = zip(*lab.oracle_curve, strict=True)
        assert step.gain <= np.interp(step.treated, x, y) + 1e-12


def test_without_an_effect_every_claim_is_false() -> None:
    # 500 tests at 5 %: between 1.0 % and 9.8 % significant but once in 10,000 runs or less, a
    # little wider than the binomial since spending is skewed
    lab = segment_lab(*arms(), test=SegmentTest(units=4000, replications=500), customers=5000)
    assert lab.effect == 0.0
    for segment in lab.segments:
        assert segment.effect == 0.0
        assert math.isinf(segment.needed)
        assert all(math.isnan(claim.type_s) for claim in segment.claims)
    assert all(policy.value == 0.0 for policy in lab.policies)
    assert "every claim is a false one" in lab.summary()
    assert "the same in every segment" in lab.summary()
    assert lab.to_dict()["segments"][0]["needed"] is None


def test_refuses_in_words() -> None:
    base, other = arms("journey.tripwire.price=19")
    few = SegmentTest(units=60, replications=10)
    with pytest.raises(DataError, match=r"units: must be at least \d+, or too few of pet_owners"):
        segment_lab(base, other, test=few, customers=500)
    with pytest.raises(DataError, match="replications: must be at least 2"):
        segment_lab(base, other, test=SegmentTest(replications=1), customers=500)
    cdnow = [load_scenario("cdnow", some) for some in ((), ["name=Other"])]
    with pytest.raises(DataError, match="fewer than two segments"):
        segment_lab(*cdnow, customers=500)
    unknown = SegmentTest("survival.quarterly_care")
    with pytest.raises(DataError, match="is unknown for some customers"):
        segment_lab(base, other, test=unknown, customers=500)


def test_shrinks_like_james_and_stein_where_errors_are_equal() -> None:
    # Efron & Morris 1975, eq. 1.3 with an unknown mean: 1 - (G - 3) V / S
    said = np.array([3.0, -1.0, 4.0, 1.5, 5.9, 2.6])[:, None]
    variance = 1.7
    found = shrunk(said, np.full(said.shape, math.sqrt(variance)))[:, 0]
    mean, spread = said.mean(), ((said - said.mean()) ** 2).sum()
    wanted = mean + (1.0 - 3.0 * variance / spread) * (said[:, 0] - mean)
    assert found == pytest.approx(wanted, abs=1e-9)


def test_shrinks_the_uncertain_most() -> None:
    said, errors = np.array([[5.0], [5.0], [-5.0], [-5.0]]), np.array([[0.1], [4.0], [0.1], [4.0]])
    found = shrunk(said, errors)[:, 0]
    assert abs(found[0]) > abs(found[1])
    assert found[0] == pytest.approx(5.0, abs=0.01)
    assert shrunk(said[:1], errors[:1]) is not None
    certain = shrunk(said, np.zeros(said.shape))[:, 0]
    assert certain == pytest.approx(said[:, 0])
