"""What the same customers would do in every arm, from their assignment on."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypedDict, Unpack

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import CvosimError, Problem, ScenarioError
from cvosim.experiment.pool import Pool
from cvosim.experiment.trials.entries import Place, entries, needs_events
from cvosim.experiment.trials.measured import Arm, Terms, measured
from cvosim.plan import Plan, compile_plan
from cvosim.scenario import Scenario
from cvosim.scenario.outcome_names import ARRIVAL, ORDER, Outcome, outcome_of, outcome_problem
from cvosim.scenario.raw import nearest
from cvosim.tables.columns import Floats

Progress = Callable[[int], None]

CHUNK = 131_072
"""Customers whose events are held at a time."""


class Running(TypedDict, total=False):
    """How customers are simulated."""

    customers: int | None
    """Market prospects, the same in every arm; control's own by default."""
    seed: int | None
    """Their luck; control's own by default."""
    threads: int | None
    """Never changes a number."""
    progress: Progress | None
    """Called now and then with the number of customers done since the last call, every arm's
    customers counting anew."""


class _Running(NamedTuple):
    """The same with its defaults; an unknown name is a TypeError, as of any function."""

    customers: int | None = None
    seed: int | None = None
    threads: int | None = None
    progress: Progress | None = None


class _Enrolment(NamedTuple):
    """Who is enrolled, when, and how they are simulated."""

    place: Place
    until: float
    follow_days: float
    customers: int
    seed: int
    threads: int | None
    progress: Progress | None


class _Lived(NamedTuple):
    """One arm: when everybody reached the place, and what those enrolled did."""

    entry: Floats
    values: Floats
    segment: NDArray[np.uint8]


def outcomes(
    scenarios: Sequence[Scenario],
    names: Sequence[str],
    *,
    assign_at: str | None = None,
    enrol_days: float | None = None,
    follow_days: float | None = None,
    start_day: float = 0.0,
    **running: Unpack[Running],
) -> Pool:
    """Let the same customers, with the same luck, live in every arm; measure from assignment on.

    Outcomes: ``contribution``, ``revenue`` (less refunds), ``cost``, ``orders`` and ``clv``
    (contribution to the horizon, discounted to the day of assignment), each with all who came
    through the customer by referral (those discounted to their own arrival); and of the customer
    itself ``conversion.STAGE`` (1 if it accepts the stage), ``retention.DAY`` (1 if it pays for
    an order that many days after assignment or later), ``active`` (1 if it does so after the
    follow-up), ``days_to_last_order`` (0 for none), ``survival.STAGE`` (days from subscribing to
    cancelling or to the end of sight, NaN for no subscriber) and ``cancelled.STAGE`` (1 if it
    subscribes and cancels, else 0). Outcomes
    named ``before.contribution``, ``.revenue``, ``.cost`` and ``.orders`` count what happened
    before assignment: covariates. ``NAME@DAYS`` counts the first days after assignment only.

    Parameters
    ----------
    scenarios : sequence of Scenario
        Control first; each one's name is its arm's.
    names : sequence of str
        Outcomes.
    assign_at : str, optional
        Key of a stage: customers enter when it is put to them. ``arrival``, the default: when
        they arrive. ``order``: with their first paid order on or after ``start_day``, an
        experiment on existing customers.
    enrol_days : float, optional
        Days of enrolment; as long as the follow-up of the last ends before the horizon, if left
        out.
    follow_days : float, optional
        Days after assignment that count; to the horizon if left out.
    start_day : float
        First day of enrolment.
    **running
        `customers`, `seed`, `threads` and `progress`, see `Running`.

    Returns
    -------
    Pool
        Of those enrolled; ``customer`` is their id.

    Raises
    ------
    ScenarioError
        When the arms cannot be compared, an outcome or the place is unknown, or a change acts
        before the assignment.
    CvosimError
        When nobody is enrolled, or for an impossible number of days, customers or threads.

    Examples
    --------
    >>> from cvosim import load_scenario
    >>> arms = [load_scenario("carpet_cleaning", ["name=control"]),
    ...         load_scenario("carpet_cleaning", ["name=cheap", "journey.tripwire.price=19"])]
    >>> pool = outcomes(arms, ["contribution", "conversion.tripwire"], assign_at="tripwire",
    ...                 enrol_days=60, follow_days=90, customers=5000)
    >>> pool.values.shape == (2, len(pool), 2), bool(pool.effect("conversion.tripwire")[0] > 0)
    (True, True)
    """
    plans = [compile_plan(one) for one in scenarios]
    wanted = _checked(scenarios, plans, names, assign_at or ARRIVAL, follow_days)
    until = _last_day(scenarios[0], enrol_days, follow_days, start_day)
    place = Place(assign_at or ARRIVAL, start_day)
    span = _enrolment(scenarios[0], place, until, follow_days, _Running(**running))
    lived: list[_Lived] = []
    for scenario, plan in zip(scenarios, plans, strict=True):
        lived.append(_live(scenario, plan, wanted, span))
        _same_entries(lived, scenarios, span.place)
    who = _enrolled(lived[0].entry, span)
    if not who.any():
        asked = f"from day {start_day:g} to day {span.until:g}"
        raise CvosimError(f"nobody reaches {span.place.name} {asked}")
    return Pool(
        tuple(one.name for one in scenarios),
        tuple(names),
        np.stack([one.values for one in lived]),
        lived[0].entry[who],
        np.flatnonzero(who),
        lived[0].segment,
        tuple(str(name) for name in plans[0].segment_names),
        scenarios[0].currency,
    )


def _enrolment(
    control: Scenario, place: Place, until: float, follow_days: float | None, how: _Running
) -> _Enrolment:
    """Check how it is to run, with control's own customers and luck by default."""
    customers = control.customers if how.customers is None else how.customers
    seed = control.seed if how.seed is None else how.seed
    return _Enrolment(
        place,
        until,
        math.inf if follow_days is None else follow_days,
        _whole("customers", customers, 1, 2**40),
        _whole("seed", seed, 0, 2**64 - 1),
        None if how.threads is None else _whole("threads", how.threads, 1, 2**31),
        how.progress,
    )


def _live(scenario: Scenario, plan: Plan, wanted: tuple[Outcome, ...], span: _Enrolment) -> _Lived:
    """Simulate one arm, so many customers at a time that their events fit into memory."""
    terms = Terms(
        wanted, span.place, span.follow_days, scenario.horizon_days,
        scenario.economics.discount_rate,
    )  # fmt: skip
    days, values, segments = [], [], []
    for arm in _arms(plan, terms, span):
        kept = _enrolled(arm.entries.day, span)
        days.append(arm.entries.day)
        values.append(measured(arm, terms)[kept])
        segments.append(arm.table.columns.segment[: arm.table.n_market][kept])
    return _Lived(np.concatenate(days), np.concatenate(values), np.concatenate(segments))


def _arms(plan: Plan, terms: Terms, span: _Enrolment) -> Iterator[Arm]:
    from cvosim.engine.driver import run_kernel
    from cvosim.engine.names import names_of
    from cvosim.tables.columns import CustomerTable, EventTable

    names = names_of(plan)
    events = terms.needs_events() or needs_events(span.place, plan)
    for start in range(0, span.customers, CHUNK):
        count = min(CHUNK, span.customers - start)
        ran = run_kernel(
            plan, span.seed, start, count,
            events=events, threads=span.threads, progress=span.progress,
        )  # fmt: skip
        table = CustomerTable(ran.customers, names, start, ran.referred)
        log = None if ran.events is None else EventTable(ran.events, names)
        yield Arm(table, log, entries(span.place, table, log))


def _enrolled(entry: Floats, span: _Enrolment) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (entry >= span.place.start_day) & (entry < span.until)
    return found


def _last_day(
    scenario: Scenario, enrol_days: float | None, follow_days: float | None, start_day: float
) -> float:
    """Day on which enrolment ends."""
    horizon = scenario.horizon_days
    for name, days in (("enrol_days", enrol_days), ("follow_days", follow_days)):
        if days is not None and not 0.0 < days < math.inf:
            raise CvosimError(f"{name}: must be a number of days above 0 (got {days:g})")
    if not 0.0 <= start_day < horizon:
        raise CvosimError(
            f"start_day: must be from 0 to the horizon, day {horizon:g} (got {start_day:g})"
        )
    latest = horizon - (follow_days or 0.0)
    until = latest if enrol_days is None else start_day + enrol_days
    if until > latest or until <= start_day:
        last = start_day + (enrol_days or 0.0) + (follow_days or 0.0)
        raise CvosimError(
            f"horizon_days: must be at least {last:g}, when the last customer enrolled has been "
            f"followed to the end (got {horizon:g}); lengthen it, or shorten enrol_days or "
            "follow_days"
        )
    return until


def _checked(
    scenarios: Sequence[Scenario],
    plans: Sequence[Plan],
    names: Sequence[str],
    place: str,
    follow_days: float | None,
) -> tuple[Outcome, ...]:
    """Refuse, with every reason, what cannot be measured; give the outcomes."""
    stages = list(dict.fromkeys(str(name) for plan in plans for name in plan.stage_names))
    billing = [str(plan.stage_names[row]) for plan in plans for row in plan.subscriptions["stage"]]
    problems = [*_not_alike(scenarios)]
    for scenario, plan in zip(scenarios, plans, strict=True):
        own = [str(name) for name in plan.stage_names]
        if place not in (ARRIVAL, ORDER, *own):
            known = [ARRIVAL, ORDER, *own]
            listing = f"; there are: {', '.join(known)}"
            problems.append(
                f'assign_at: "{scenario.name}" has no stage "{place}"'
                f"{nearest(place, known) or listing}"
            )
    if not names:
        problems.append("names: at least one outcome is needed, such as contribution")
    found = [outcome_problem(word, stages, dict.fromkeys(billing), follow_days) for word in names]
    problems += [problem for problem in found if problem]
    if problems:
        raise ScenarioError(tuple(Problem(problem) for problem in problems))
    parts = [outcome_of(word) for word in names]
    return tuple(part for part in parts if isinstance(part, Outcome))


def _not_alike(scenarios: Sequence[Scenario]) -> Iterator[str]:
    """Say why arms are no arms of one experiment."""
    if not scenarios:
        raise CvosimError("scenarios: at least one is needed, the control")
    first, seen = scenarios[0], set[str]()
    for one in scenarios:
        if one.name in seen:
            yield f'two arms are named "{one.name}"; give one another name'
        seen.add(one.name)
        sides: Iterable[tuple[str, object, object]] = (
            ("horizon", one.horizon_days, first.horizon_days),
            ("currency", one.currency, first.currency),
            ("discount rate", one.economics.discount_rate, first.economics.discount_rate),
        )
        for what, found, wanted in sides:
            if found != wanted:
                words = f'"{one.name}" must have the {what} of "{first.name}"'
                yield f"{words}, {wanted} (got {found})"


def _same_entries(lived: Sequence[_Lived], scenarios: Sequence[Scenario], place: Place) -> None:
    """Refuse an arm whose change shows before its customers are assigned."""
    ours, theirs = lived[0].entry, lived[-1].entry
    differ = ~((ours == theirs) | (np.isnan(ours) & np.isnan(theirs)))
    if differ.any():
        name = scenarios[len(lived) - 1].name
        message = (
            f'"{name}" acts before the assignment: {int(differ.sum()):,} of {len(ours):,} '
            f"customers reach {place.name} at another time than in "
            f'"{scenarios[0].name}", or only in one of the two; assign earlier, at the stage that '
            "is changed or on arrival"
        )
        raise ScenarioError((Problem(message),))


def _whole(name: str, value: object, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise CvosimError(f"{name}: must be a whole number from {least} to {most} (got {value!r})")
    return value
