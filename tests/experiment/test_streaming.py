from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest

from cvosim import Scenario, load_scenario, simulate
from cvosim.errors import CvosimError
from cvosim.experiment.executors import Lost
from cvosim.experiment.in_order import AHEAD, in_order
from cvosim.experiment.streaming import Stream, stream
from cvosim.experiment.table_memory import too_large
from cvosim.metrics.aggregate import Aggregate, Wanted, aggregate
from cvosim.tables.spans import STREAM_BLOCK

N = 2 * STREAM_BLOCK + 5000


@pytest.fixture(scope="module")
def shop() -> Scenario:
    return load_scenario("carpet_cleaning")


@pytest.fixture(scope="module")
def in_memory(shop: Scenario) -> Aggregate:
    whole = simulate(shop, customers=N).customers
    return aggregate(whole, None, Wanted(), shop.horizon_days)


class Backwards:
    """Workers who finish everything in the opposite order."""

    size = 2

    def run(self, function: Callable[[Any], Any], jobs: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        for job in reversed(list(jobs)):
            yield job, function(job)


@pytest.fixture
def backwards(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def workers(_: str) -> Iterator[Backwards]:
        yield Backwards()

    monkeypatch.setattr("cvosim.experiment.executors.workers", workers)


@pytest.mark.parametrize("executor", ["serial", "threads:2", "processes:2"])
def test_streamed_is_in_memory_to_the_bit(
    shop: Scenario, in_memory: Aggregate, executor: str
) -> None:
    done = stream(shop, customers=N, executor=executor)
    assert done.complete
    assert done.aggregate.to_json() == in_memory.to_json()


@pytest.mark.usefixtures("backwards")
def test_the_order_in_which_blocks_are_done_changes_nothing(
    shop: Scenario, in_memory: Aggregate
) -> None:
    assert stream(shop, customers=N).aggregate.to_json() == in_memory.to_json()


def test_sums_of_events_are_those_of_the_table(shop: Scenario) -> None:
    count, wanted = STREAM_BLOCK + 2000, Wanted(("lowest_cash", "payback_time", "cac"), 90.0)
    run = simulate(shop, customers=count, events=True)
    whole = aggregate(run.customers, run.events, wanted, shop.horizon_days)
    assert stream(shop, customers=count, wanted=wanted).aggregate.to_json() == whole.to_json()


def test_metrics_that_are_sums_are_those_of_run(shop: Scenario) -> None:
    table = simulate(shop, customers=3000).metrics()
    found = stream(shop, customers=3000).metrics()
    assert list(found) == list(table)
    for name in ("clv_per_prospect", "conversion.tripwire", "revenue", "cac"):
        assert found[name] == table[name]
    assert found["clv_buyer_quantile.p90"].value == pytest.approx(
        table["clv_buyer_quantile.p90"].value, rel=0.001
    )


def test_referred_people_stay_with_who_brought_them() -> None:
    saas = load_scenario("saas")
    whole = simulate(saas, customers=3000).customers
    assert len(whole.referred.root) > 0
    expected = aggregate(whole, None, Wanted(), saas.horizon_days)
    assert stream(saas, customers=3000).aggregate.to_json() == expected.to_json()


class Stops:
    """Presses Ctrl-C, or something else, when so many calls have been made."""

    def __init__(self, calls: int, signal: type[BaseException] = KeyboardInterrupt) -> None:
        self.calls, self.signal = calls, signal

    def __call__(self, _: int) -> None:
        self.calls -= 1
        if not self.calls:
            raise self.signal


@pytest.mark.parametrize("executor", ["serial", "threads:2"])
def test_ctrl_c_keeps_a_prefix(shop: Scenario, executor: str) -> None:
    done = stream(shop, customers=6 * STREAM_BLOCK, executor=executor, progress=Stops(2))
    assert not done.complete
    assert (done.customers, done.asked) == (2 * STREAM_BLOCK, 6 * STREAM_BLOCK)
    assert done.manifest.n_customers == 2 * STREAM_BLOCK
    prefix = stream(shop, customers=2 * STREAM_BLOCK)
    assert done.aggregate.to_json() == prefix.aggregate.to_json()


def test_being_terminated_is_not_a_result(shop: Scenario) -> None:
    class Terminated(KeyboardInterrupt):
        pass

    with pytest.raises(Terminated):
        stream(shop, customers=2000, progress=Stops(1, Terminated))


def test_ranges_add_up(shop: Scenario) -> None:
    market = shop.model_copy(update={"customers": 9000})
    parts = [stream(market, customers=range(*ends)) for ends in ((0, 2000), (2000, 9000))]
    both, whole = parts[0] + parts[1], stream(market)
    assert (both.customers, both.complete, both.manifest.n_customers) == (9000, True, 9000)
    assert both.manifest.scenario_hash == whole.manifest.scenario_hash
    for name, one in whole.metrics().items():
        assert both.metrics()[name].value == pytest.approx(one.value, rel=1e-12, nan_ok=True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"customers": range(2000, 3000), "seed": 8}, "seed differs"),
        ({"customers": range(2001, 3000)}, "must begin with customer 2000"),
        ({"customers": range(2000, 3000), "wanted": Wanted(("cac",))}, "measure the same"),
    ],
)
def test_what_does_not_add_up_is_refused(
    shop: Scenario, change: dict[str, Any], words: str
) -> None:
    one, other = stream(shop, customers=range(2000)), stream(shop, **change)
    with pytest.raises(CvosimError, match=words):
        _ = one + other


def test_poisson_arrivals_are_those_of_the_whole_market() -> None:
    words = ["channels.0.arrivals={kind: poisson, per_day: 20}", "customers=6000"]
    shop = load_scenario("carpet_cleaning", words)
    parts = stream(shop, customers=range(3000)) + stream(shop, customers=range(3000, 6000))
    whole = simulate(shop).metrics()["clv_per_prospect"].value
    assert parts.metrics()["clv_per_prospect"].value == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"customers": 0}, "customers: must be a whole number"),
        ({"customers": range(5, 5)}, "hold somebody"),
        ({"customers": range(0, 10, 2)}, "the step 1"),
        ({"customers": range(10**9)}, "lie within 0 and the scenario's 100000"),
        ({"seed": -1}, "seed: must be"),
        ({"wanted": Wanted(cohort_days=1.0)}, "cohorts: must be at least 1.46 days wide"),
        ({"wanted": Wanted(cohort_days=-1.0)}, "cohorts: must be at least"),
        ({"executor": "thread:2"}, "did you mean"),
    ],
)
def test_what_cannot_be_is_refused(shop: Scenario, asked: dict[str, Any], words: str) -> None:
    with pytest.raises(CvosimError, match=words):
        stream(shop, **asked)


class Job(NamedTuple):
    number: int


def test_a_slow_first_job_lets_only_so_many_pile_up() -> None:
    drawn: list[int] = []

    def jobs() -> Iterator[Job]:
        for number in range(10 * AHEAD):
            drawn.append(number)
            yield Job(number)

    results = in_order(Backwards(), str, jobs())  # the first of each lot is the last to be done
    assert next(results)[0] == Job(0)
    assert len(drawn) == AHEAD * Backwards.size
    assert [job.number for job, _ in results] == list(range(1, 10 * AHEAD))


def test_a_lost_block_is_an_error_not_a_gap() -> None:
    class Loses(Backwards):
        def run(self, function: Any, jobs: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
            for job in jobs:
                yield job, Lost("its worker ended") if job.number == 3 else function(job)

    with pytest.raises(CvosimError, match="a part of the customers was lost: its worker ended"):
        list(in_order(Loses(), str, map(Job, range(9))))


def test_a_table_that_does_not_fit_is_spoken_of(
    shop: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cvosim.experiment.table_memory.memory_there", lambda: 10**9)
    assert too_large(shop, 10**6) is None
    assert "--stream" in (too_large(shop, 3 * 10**6) or "")
    with pytest.raises(CvosimError, match="use --stream"):
        too_large(shop, 10**7)
    monkeypatch.setattr("cvosim.experiment.table_memory.memory_there", lambda: None)
    assert too_large(shop, 10**9) is None


def test_a_stream_is_plain_data(shop: Scenario) -> None:
    done: Stream = stream(shop, customers=1000, wanted=Wanted(cohort_days=180.0))
    found = done.to_dict()
    assert found["streamed"] == {
        "first_customer": 0, "customers": 1000, "asked": 1000, "complete": True,
    }  # fmt: skip
    assert found["cohorts"]["period"] == 180.0
    assert found["metrics"]["prospects"]["value"] == 1000.0
