"""Any number of customers in constant memory: block after block, summed up in order."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cvosim.errors import CvosimError
from cvosim.experiment.blocks import in_this_process, warm_up
from cvosim.experiment.executors import check_executor
from cvosim.experiment.in_order import in_order
from cvosim.experiment.stream_events import drop_after, write_manifest, written_apart
from cvosim.experiment.stream_jobs import Streamed, live_through, require_files, stream_jobs
from cvosim.metrics.aggregate import Aggregate, Wanted
from cvosim.plan import Plan, compile_plan, plan_hash
from cvosim.scenario import Scenario, scenario_hash
from cvosim.tables.manifest import TRAJECTORY_VERSION, Manifest
from cvosim.tables.spans import Span
from cvosim.tables.versions import versions_of

if TYPE_CHECKING:
    from cvosim.metrics import Metrics

Progress = Callable[[int], None]

MOST_COHORTS = 500
"""Cohorts by customers' first orders, and as many ages."""


class EventFolder(NamedTuple):
    """Where to keep everything that happens: one Parquet file a block.

    Attributes
    ----------
    path : Path
        A folder that is not there, is empty, or holds the events of an earlier run.
    force : bool
        Replace the events of an earlier run.
    """

    path: Path
    force: bool = False


@dataclass(frozen=True)
class Stream:
    """What a scenario did to a range of its customers, summed up.

    Streams of neighbouring ranges of the same scenario and seed add up to that of both, to
    rounding in the last digits of money; so a population can be split over machines.

    Attributes
    ----------
    scenario : Scenario
        As simulated, with the seed and the customers of the whole market.
    wanted : Wanted
        What was to be measured.
    aggregate : Aggregate
        Sums and sketches of all customers done.
    manifest : Manifest
        Enough to do it again to the bit.
    first : int
        Id of the first customer.
    asked : int
        Customers that were asked for.

    Examples
    --------
    >>> from cvosim import load_scenario
    >>> done = stream(load_scenario("carpet_cleaning"), customers=2000)
    >>> done.customers, done.complete, done.metrics()["prospects"].value
    (2000, True, 2000.0)
    """

    scenario: Scenario = field(repr=False)
    wanted: Wanted
    aggregate: Aggregate = field(repr=False)
    manifest: Manifest
    first: int
    asked: int

    @property
    def customers(self) -> int:
        """Customers done: from ``first`` on, without a gap."""
        return self.aggregate.moments.count

    @property
    def complete(self) -> bool:
        """Whether nobody stopped it before its end."""
        return self.customers == self.asked

    def metrics(self) -> Metrics:
        """Every metric that was wanted, with standard errors."""
        return self.aggregate.measure(self.wanted, self.scenario.currency)

    def __add__(self, other: Stream) -> Stream:
        """Put two ranges together, the second of which begins where the first ends.

        Raises
        ------
        CvosimError
            When they are of different scenarios or seeds, or do not touch.
        """
        one, two = self.manifest, other.manifest
        for name in ("seed", "scenario_hash", "plan_hash", "trajectory_version"):
            if getattr(one, name) != getattr(two, name):
                words = name.replace("_", " ")
                raise CvosimError(f"streams must be of one scenario and seed: {words} differs")
        if self.wanted != other.wanted:
            raise CvosimError("streams must measure the same to be added up")
        end = self.first + self.customers
        if other.first != end:
            raise CvosimError(
                f"streams must touch: the second must begin with customer {end} "
                f"(begins with {other.first})"
            )
        return replace(
            self,
            aggregate=self.aggregate + other.aggregate,
            manifest=replace(
                one,
                n_customers=one.n_customers + two.n_customers,
                seconds=one.seconds + two.seconds,
            ),
            asked=self.customers + other.asked,
        )

    def to_dict(self) -> dict[str, Any]:
        """Give plain dictionaries and lists, ready for JSON."""
        cohorts = self.aggregate.cohorts
        return {
            "scenario": self.scenario.model_dump(mode="json"),
            "manifest": self.manifest.to_dict(),
            "streamed": {
                "first_customer": self.first,
                "customers": self.customers,
                "asked": self.asked,
                "complete": self.complete,
            },
            "metrics": self.metrics().to_dict(),
            **({} if cohorts is None else {"cohorts": cohorts.retention().to_dict()}),
        }


def stream(
    scenario: Scenario,
    *,
    customers: int | range | None = None,
    seed: int | None = None,
    executor: str = "threads",
    wanted: Wanted = Wanted(),  # noqa: B008  frozen
    events: EventFolder | Path | None = None,
    progress: Progress | None = None,
) -> Stream:
    """Simulate any number of customers in constant memory.

    Customers are lived through in blocks of 131,072, each by one thread; a block leaves sums,
    products and sketches, which are added up in the order of the blocks. So every executor gives
    the same bits, and the same as `simulate` where metrics are sums. Metrics of a distribution
    (quantiles, shares of the best, the Gini index) come from sketches of its values, within
    0.1 % of each value.

    Ctrl-C keeps the blocks done so far without a gap: luck belongs to the customer, so the first
    n customers are a fair sample. Nothing is raised then, but the result is not ``complete``.

    Parameters
    ----------
    scenario : Scenario
        As returned by `load_scenario`.
    customers : int or range, optional
        Market prospects; the scenario's own number by default. A range of ids, such as
        ``range(0, 500_000_000)``, simulates that part of the scenario's market.
    seed : int, optional
        Key of all randomness; the scenario's own by default.
    executor : str
        ``"serial"``, ``"threads"`` (all cores), ``"threads:N"``, ``"processes:N"`` or the address
        of a Dask scheduler, ``"tcp://host:8786"``.
    wanted : Wanted
        What shall be measured.
    events : EventFolder or Path, optional
        Also write what happens, one Parquet file a block, by whoever runs it;
        ``pandas.read_parquet(path)`` reads them all. Events of an earlier run stay until the
        new ones are complete, or the prefix of a run that was stopped.
    progress : callable, optional
        Called now and then with the number of customers done since the last call.

    Returns
    -------
    Stream

    Raises
    ------
    CvosimError
        For impossible customers, seed or executor; if referral lets the population grow beyond
        the scenario's cap; if the events cannot be written.

    Examples
    --------
    >>> from cvosim import load_scenario
    >>> shop = load_scenario("carpet_cleaning", ["customers=3000"])
    >>> parts = [stream(shop, customers=range(k, k + 1500)) for k in (0, 1500)]
    >>> whole = parts[0] + parts[1]
    >>> whole.customers, whole.complete
    (3000, True)
    """
    scenario, span = asked_for(scenario, customers, seed)
    check_executor(executor)
    _require_few_cohorts(wanted, scenario.horizon_days)
    plan = compile_plan(scenario)
    folder = EventFolder(events) if isinstance(events, Path) else events
    started, clock = datetime.now(UTC), time.perf_counter()
    loading = warm_up(plan) if in_this_process(executor) else 0.0
    with ExitStack() as stack:
        place = None
        if folder is not None:
            apart = written_apart(folder.path, force=folder.force)
            place = stack.enter_context(apart).resolve()
        total = _folded(Streamed(plan, scenario.seed, span, wanted, place), executor, progress)
        seconds = time.perf_counter() - clock - loading
        manifest = manifest_of(scenario, plan, total.moments.count, (started, seconds), loading)
        done = Stream(scenario, wanted, total, manifest, span.first, span.count)
        if place is not None:
            _close(place, done)
    return done


def _require_few_cohorts(wanted: Wanted, horizon: float) -> None:
    """Keep the matrix of cohorts and ages, of which every block has one, small."""
    days = wanted.cohort_days
    if days is not None and not days * MOST_COHORTS >= horizon:
        raise CvosimError(
            f"cohorts: must be at least {horizon / MOST_COHORTS:g} days wide, so that "
            f"{horizon:g} days hold at most {MOST_COHORTS} (got {days:g})"
        )


def _close(folder: Path, done: Stream) -> None:
    """Leave events of exactly those customers who are in the sums, and say so."""
    drop_after(folder, done.first + done.customers)
    about = {"first_customer": done.first, "customers": done.customers}
    manifest = done.manifest.to_dict()
    write_manifest(folder, {"complete": done.complete, **about, "manifest": manifest})


def manifest_of(
    scenario: Scenario,
    plan: Plan,
    customers: int,
    when: tuple[datetime, float],
    loading: float = 0.0,
) -> Manifest:
    """Say how customers that are not kept were simulated.

    Parameters
    ----------
    scenario, plan
        As simulated.
    customers : int
        Done.
    when : datetime and float
        When it started, and how many seconds it took.
    loading : float
        Seconds before that, for the kernel to be ready.
    """
    started, seconds = when
    return Manifest(
        scenario_name=scenario.name,
        scenario_hash=scenario_hash(scenario),
        plan_hash=plan_hash(plan),
        trajectory_version=TRAJECTORY_VERSION,
        seed=scenario.seed,
        n_customers=customers,
        engine="kernel",
        threads=None,
        versions=versions_of("cvosim", "numpy", "numba", "ddsketch"),
        started=started.isoformat(timespec="seconds"),
        seconds=seconds,
        compile_seconds=loading,
    )


def asked_for(
    scenario: Scenario, customers: int | range | None, seed: int | None
) -> tuple[Scenario, Span]:
    """Check what was asked for: the scenario as it is simulated, and which of its customers.

    Raises
    ------
    CvosimError
        In words.
    """
    if not isinstance(scenario, Scenario):
        raise CvosimError(f"scenario: must be a Scenario, from load_scenario (got {scenario!r})")
    if seed is not None:
        _require("seed", seed, 0, 2**64 - 1)
        scenario = scenario.model_copy(update={"seed": seed})
    if not isinstance(customers, range):
        if customers is not None:
            _require("customers", customers, 1, 2**40)
            scenario = scenario.model_copy(update={"customers": customers})
        return scenario, Span(0, scenario.customers)
    whole = scenario.customers
    if customers.step != 1 or not 0 <= customers.start < customers.stop <= whole:
        raise CvosimError(
            f"customers: a range must have the step 1, hold somebody and lie within 0 and the "
            f"scenario's {whole} customers (got {customers!r})"
        )
    return scenario, Span(customers.start, len(customers))


def _require(name: str, value: object, low: int, high: int) -> None:
    if type(value) is not int or not low <= value <= high:
        raise CvosimError(f"{name}: must be a whole number from {low} to {high} (got {value!r})")


def _folded(streamed: Streamed, executor: str, progress: Progress | None) -> Aggregate:
    """Add up all blocks in order; what there is when somebody presses Ctrl-C."""
    from cvosim.experiment.executors import workers

    total: Aggregate | None = None
    try:
        with ExitStack() as stack:
            pool = stack.enter_context(workers(executor))
            jobs = stream_jobs(streamed, 0 if in_this_process(executor) else pool.size)
            for job, parts in stack.enter_context(closing(in_order(pool, live_through, jobs))):
                require_files(job)
                for span, part in zip(job.blocks, parts, strict=True):
                    total = part if total is None else total + part
                    if progress is not None:
                        progress(span.count)
    except KeyboardInterrupt as signal:
        # whoever ends the process altogether has no use for a part
        if total is None or type(signal) is not KeyboardInterrupt:
            raise
    assert total is not None
    return total
