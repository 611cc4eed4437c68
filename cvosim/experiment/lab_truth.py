"""What only a simulation knows of its customers: who is still there, and what they will buy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cvosim.clv.backtest.cohort import Cohort
from cvosim.clv.orders.event_summary import summarise_events
from cvosim.errors import DataError
from cvosim.tables.schema import EventKind

if TYPE_CHECKING:
    from cvosim.experiment.simulate import Simulation
    from cvosim.scenario import Scenario
    from cvosim.scenario.stages.repeat_purchases import RepeatPurchases
    from cvosim.tables.columns import EventTable

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

DAYS_PER_YEAR = 365.0


class Person(NamedTuple):
    """The truth about customers that no data set shows, one element each.

    Attributes
    ----------
    alive : ndarray of bool
        Not dropped out by the split.
    rate : ndarray of float64
        Purchases a day.
    drop_out : ndarray of float64
        Probability of leaving after a purchase, or hazard a day in a Pareto/NBD world.
    spend : ndarray of float64
        Mean of the customer's own orders.
    """

    alive: Flags
    rate: Floats
    drop_out: Floats
    spend: Floats


@dataclass(frozen=True, eq=False)
class World:
    """One simulated cohort with its truth.

    Attributes
    ----------
    scenario : Scenario
        As simulated.
    cohort : Cohort
        What an order log would show.
    person : Person
        What it would not.
    purchases, value : ndarray of float64 or None
        True expected purchases of each customer in the hold-out, and their value, which is
        not discounted; None where they have no closed form.
    forever : ndarray of float64 or None
        True expected discounted value without end; None likewise or without discounting.
    realised_value : ndarray of float64
        Value of what each customer did buy in the hold-out, not discounted.
    """

    scenario: Scenario
    cohort: Cohort
    person: Person
    purchases: Floats | None
    value: Floats | None
    forever: Floats | None
    realised_value: Floats


def repeat_section(scenario: Scenario) -> RepeatPurchases:
    """Give the section on repeat purchases.

    Raises
    ------
    DataError
        If the scenario has none.
    """
    section = scenario.journey.repeat_purchases
    if section is None:
        raise DataError(
            f'"{scenario.name}" has no journey.repeat_purchases: without repeat buying there is '
            "nothing that a purchase model could be right or wrong about"
        )
    return section


def margin_of(scenario: Scenario) -> float:
    """Share of an order that counts as value: the margin, or all of it where that is 0."""
    return repeat_section(scenario).margin or 1.0


def split_day(scenario: Scenario, until: int | None) -> int:
    """Day at which the log is cut, half the horizon if nobody says.

    Raises
    ------
    DataError
        If it leaves no days on one of its two sides.
    """
    horizon = math.floor(scenario.horizon_days)
    day = horizon // 2 if until is None else until
    if not 0 < day < horizon:
        raise DataError(
            f"until: day {day} must lie between day 0 and the scenario's horizon, day {horizon}"
        )
    return day


def world_of(run: Simulation, until: int) -> World:
    """Cut a simulation at a day, and keep the truth aside.

    Parameters
    ----------
    run : Simulation
        With its events.
    until : int
        Day at which the log ends.

    Returns
    -------
    World

    Raises
    ------
    DataError
        If nobody was a customer by then.
    """
    scenario = run.scenario
    section = repeat_section(scenario)
    assert run.events is not None, "the lab simulates with events"
    cohort = event_cohort(run.events, section.after, until, math.floor(scenario.horizon_days))
    ids = np.array([int(name) for name in cohort.summary.names], np.uint64)
    person = _person(run, ids, until)
    delta = math.log1p(scenario.economics.discount_rate) / DAYS_PER_YEAR
    margin = margin_of(scenario)
    money = person.spend * margin
    purchases = value = forever = None
    if not closed_form_doubts(scenario):
        model = section.frequency.model
        purchases = expected_purchases(model, person, cohort.days)
        value = money * purchases
        if delta > 0:
            forever = money * expected_purchases(model, person, math.inf, delta)
    late = cohort.time > cohort.split
    worth = margin * cohort.amount[late]
    realised = np.bincount(cohort.owner[late], worth, minlength=len(ids)).astype(np.float64)
    return World(scenario, cohort, person, purchases, value, forever, realised)


def closed_form_doubts(scenario: Scenario) -> tuple[str, ...]:
    """Say what makes a customer's future more than its own rate and drop-out.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    tuple of str
        In plain words; empty if the truth is exactly one of the models' stories.
    """
    journey, season = scenario.journey, scenario.seasonality
    experience, loyalty = journey.experience, journey.loyalty
    reasons = (
        (season is not None and season.purchases is not None, "purchases have a season"),
        (
            experience is not None and experience.effects.drop_out != 0,
            "satisfaction moves drop-out",
        ),
        (
            loyalty is not None and any(tier.drop_out != 1 for tier in loyalty.tiers),
            "loyalty tiers move drop-out",
        ),
        (
            any(one.kind in ("win_back", "anniversary", "birthday") for one in journey.return_path),
            "programs bring customers back",
        ),
    )
    return tuple(words for applies, words in reasons if applies)


def event_cohort(events: EventTable, after: str, until: int, horizon: int) -> Cohort:
    """See in a simulation's events what an order log would show, times not rounded."""
    import pandas as pd

    summary = summarise_events(events, until, after=after, horizon=horizon)
    ids = np.array([int(name) for name in summary.names], np.uint64)
    columns = events.columns
    rows = np.flatnonzero(
        (columns.kind == int(EventKind.REORDERED)) & (columns.time <= float(horizon))
    )
    owner = pd.Index(ids).get_indexer(pd.Index(columns.customer_id[rows]))
    known, rows = owner >= 0, rows[owner >= 0]
    return Cohort(
        summary=summary,
        first=float(until) - summary.age,
        owner=owner[known].astype(np.int64),
        time=columns.time[rows],
        amount=np.maximum(columns.revenue[rows], 0.0),
        split=float(until),
        end=float(horizon),
    )


def alive_at(events: EventTable, ids: NDArray[np.uint64], day: float) -> Flags:
    """Tell who of some repeat buyers has not dropped out by a day.

    The customer table's column `alive` is of the horizon. The events say when people dropped
    out and came back, so one run serves any day, and a run with its horizon at that day says
    the same.

    Parameters
    ----------
    events : EventTable
    ids : ndarray of uint64
        Ascending; all of them had begun to buy by then.
    day : float
        Days from the scenario's start.

    Returns
    -------
    ndarray of bool
    """
    columns = events.columns
    kinds = [int(EventKind.DROPPED_OUT), int(EventKind.REACTIVATED)]
    turn = np.flatnonzero(np.isin(columns.kind, kinds) & (columns.time < day))
    row = np.searchsorted(ids, columns.customer_id[turn])
    row = np.minimum(row, len(ids) - 1)
    turn, row = (
        turn[ids[row] == columns.customer_id[turn]],
        row[ids[row] == columns.customer_id[turn]],
    )
    alive = np.ones(len(ids), np.bool_)
    # Events stand in order of time: of several assignments to one customer the last counts.
    alive[row] = columns.kind[turn] == int(EventKind.REACTIVATED)
    return alive


def _person(run: Simulation, ids: NDArray[np.uint64], until: int) -> Person:
    """Look the customers up in the table that no real business has."""
    assert run.events is not None, "the lab simulates with events"
    everybody = run.customers.customer_id
    order = np.argsort(everybody, kind="stable")
    rows = order[np.searchsorted(everybody[order], ids)]
    columns = run.customers.columns
    return Person(
        alive=alive_at(run.events, ids, float(until)),
        rate=columns.rate[rows],
        drop_out=columns.drop_out[rows],
        spend=columns.spend_level[rows],
    )


def expected_purchases(model: str, person: Person, days: float, delta: float = 0.0) -> Floats:
    """Mean discounted purchases to come of customers whose own parameters are known.

    Parameters
    ----------
    model : str
        ``bg_nbd``, ``mbg_nbd``, ``pareto_nbd`` or ``poisson``.
    person : Person
    days : float
        How far ahead; infinite only with discounting.
    delta : float
        Continuous discount rate a day.

    Returns
    -------
    ndarray of float64
        Somebody who is there buys at rate λ and is still there after u days with probability
        exp(−hu), h being λp where each purchase ends it with probability p, and μ where
        lives end by themselves: λ · (1 − exp(−(h + δ)t)) / (h + δ), and 0 for those who left.

    Examples
    --------
    >>> one = Person(np.array([True]), np.array([0.1]), np.array([0.5]), np.array([9.0]))
    >>> expected_purchases("bg_nbd", one, 1e9).tolist()  # one in two is the last
    [2.0]
    """
    return np.where(person.alive, _while_there(model, person, days, delta), 0.0)


def _while_there(model: str, person: Person, days: ArrayLike, delta: float) -> Floats:
    leaving = {
        "bg_nbd": person.rate * person.drop_out,
        "mbg_nbd": person.rate * person.drop_out,
        "pareto_nbd": person.drop_out,
        "poisson": np.zeros_like(person.rate),
    }[model]
    pace = leaving + delta
    some = pace > 0
    safe = np.where(some, pace, 1.0)
    span = np.where(some, -np.expm1(-safe * np.asarray(days, np.float64)) / safe, days)
    # A rate may be so small that a gamma draw is 0: nobody buys then, however long it takes.
    return np.multiply(person.rate, span, out=np.zeros_like(person.rate), where=person.rate > 0)
