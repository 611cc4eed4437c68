from __future__ import annotations

from typing import Any

import pytest
from scipy import stats

from cvosim import Scenario, compile_plan, load_scenario, simulate
from cvosim.errors import CvosimError
from cvosim.experiment.precision.goal import Goal, Looks
from cvosim.experiment.precision.jobs import Question, Search, search
from cvosim.experiment.precision.run import CERTAIN, PreciseRun, run_to_precision
from cvosim.experiment.precision.side import metric_of, side_of
from cvosim.experiment.precision.sums import ProductSums
from cvosim.experiment.streaming import stream
from cvosim.tables.spans import STREAM_BLOCK

SMALL = Looks(block=100, least=3)


@pytest.fixture(scope="module")
def shop() -> Scenario:
    return load_scenario("carpet_cleaning")


def run(shop: Scenario, precision: str = "5%", **asked: Any) -> PreciseRun:
    how = {"executor": "serial", "looks": Looks(block=2000)}
    how |= {name: asked.pop(name) for name in ("most", "progress", "executor") if name in asked}
    return run_to_precision(shop, precision, how=Search(**how), **asked)


def test_the_interval_is_as_narrow_as_asked(shop: Scenario) -> None:
    wide = run(shop, "20%", metric="conversion.tripwire")
    narrow = run(shop, "5%", metric="conversion.tripwire")
    assert wide.reached
    assert narrow.reached
    assert narrow.customers > 4 * wide.customers
    assert narrow.estimate.half_width <= 0.05 * narrow.estimate.value
    # and not much narrower: the last look adds 5 % to what is needed, and a block
    assert narrow.estimate.half_width > 0.04 * narrow.estimate.value


def test_absolute_widths_are_in_the_unit(shop: Scenario) -> None:
    found = run(shop, "0.5", metric="cac")
    assert found.estimate.half_width <= 0.5
    assert (found.unit, found.goal) == ("USD", Goal(0.5, relative=False))


def test_the_metrics_are_those_of_the_same_customers(shop: Scenario) -> None:
    found = run_to_precision(shop, "10%")  # in blocks that all streams have
    assert found.customers % STREAM_BLOCK == 0
    again = stream(shop, customers=found.customers)
    assert found.stream.aggregate.to_json() == again.aggregate.to_json()
    plain = found.stream.metrics()["clv_per_prospect"]
    assert found.estimate.plain_value == pytest.approx(plain.value, rel=1e-12)
    assert found.estimate.plain_error == pytest.approx(plain.standard_error, rel=1e-9)


@pytest.mark.parametrize("executor", ["threads:2", "processes:2"])
def test_every_executor_stops_at_the_same_customer(shop: Scenario, executor: str) -> None:
    one, other = (run(shop, "10%", metric="cac", executor=e) for e in ("serial", executor))
    assert (one.customers, one.estimate) == (other.customers, other.estimate)


def test_it_gives_up_where_it_must(shop: Scenario) -> None:
    found = run(shop, "0.01%", most=7000)
    assert (found.reached, found.stopped, found.customers) == (False, False, 7000)


def test_ctrl_c_keeps_what_is_known(shop: Scenario) -> None:
    def stop(_: int) -> None:
        raise KeyboardInterrupt

    found = run(shop, "0.01%", most=50_000, progress=stop)
    assert (found.reached, found.stopped) == (False, True)
    assert found.customers == 2000
    assert found.to_dict()["precision"]["stopped"] is True


def test_progress_goes_up_to_its_end(shop: Scenario) -> None:
    steps: list[int] = []
    run(shop, "5%", metric="cac", progress=steps.append)
    assert all(step > 0 for step in steps)
    assert sum(steps) == 1000


def test_theory_stands_beside_what_is_simulated() -> None:
    found = run(load_scenario("cdnow"), "1%")
    assert found.theory is not None
    low, high = found.estimate.interval()
    wide = 2.5 * (high - low)
    assert abs(found.estimate.value - found.theory) < wide  # five standard errors
    assert found.saved > 10_000
    assert found.estimate.from_theory


def test_what_is_certain_needs_no_precision(shop: Scenario) -> None:
    found = run(shop, "1%", metric="prospects", most=100_000)
    assert found.reached
    assert found.customers >= CERTAIN * 2000, "none of a few does not prove that none ever will"


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"metric": "clv"}, 'did you mean "clv_per_prospect"'),
        ({"metric": "conversion.trip"}, 'did you mean "conversion.tripwire"'),
        ({"metric": "gini"}, "statistic of a distribution"),
        ({"metric": "payback_time"}, "has no interval"),
        ({"metric": "revenue", "precision": "100"}, "ask for a percentage"),
        ({"precision": "much"}, "must be a percentage"),
        ({"executor": "proceses"}, "did you mean"),
        ({"most": 0}, "most customers: must be"),
    ],
)
def test_what_makes_no_sense_is_refused(shop: Scenario, asked: dict[str, Any], words: str) -> None:
    with pytest.raises(CvosimError, match=words):
        run(shop, **{"precision": "5%", **asked})


def test_intervals_cover_in_spite_of_looking(shop: Scenario) -> None:
    """Stopped at the first look that is narrow enough, over and over, from 300 customers on."""
    metric, goal, runs = "conversion.lead_magnet", Goal.of("8%"), 200
    truth = simulate(shop, customers=600_000, seed=99).metrics()[metric].value
    plan = compile_plan(shop)
    side = side_of(plan, metric_of(plan, metric))
    covered, looked = 0, set()

    def short_by(sums: ProductSums) -> float:
        value, error = side.estimate(sums)
        return 1.96 * error / goal.half_width(value)

    for seed in range(runs):
        ask = Question((plan,), seed, (side.watched,), (side.watched,), whole=False)
        found = search(ask, Search("serial", SMALL, 10**6), short_by)
        value, error = side.estimate(found.answer.sums)
        covered += abs(value - truth) <= 1.96 * error
        looked.add(found.answer.sums.prospects)
    assert len(looked) > 2, "the customers it takes depend on what was seen"
    # 94 % or better, refused by chance once in 10,000
    assert covered >= stats.binom.ppf(1e-4, runs, 0.94)
