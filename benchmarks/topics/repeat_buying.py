"""Repeat buying alone, against the generators of the libraries for customer lifetime value."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from benchmarks.agreement import Figures, bound, insist, mean
from benchmarks.clock import interleaved
from benchmarks.machine import installed
from benchmarks.rows import Bound, Row, at_least, skipped
from benchmarks.subjects import Size, Subject, subject
from cvosim.engine.speed.units import Floats

SCENARIO = "cdnow"
COUNTS_ONLY = ("journey.repeat_purchases.spend={model: fixed, amount: 35}",)
"""The libraries' generators say how often and when last, never how much."""
SEED = 5
"""Of the libraries' luck."""
_OFTEN = "mean repeat orders"

Generator = Callable[[], Any]
"""Gives the number of repeat orders of each customer."""

Maker = Callable[[dict[str, float], Floats], Generator]
"""Takes the parameters of BG/NBD and the days for which each customer is observed."""


def rows(size: Size) -> Iterator[Row]:
    """One thread against one thread; ours also fills the whole customer table."""
    counts = subject(SCENARIO, size, COUNTS_ONLY)
    with_spending = subject(SCENARIO, size)
    for rival in _RIVALS:
        name = installed(rival.library)
        if name is None:
            what = f"against {rival.library}"
            yield skipped("repeat_buying", what, "x", rival.asked, rival.library)
        else:
            yield from _against(rival, name, (counts, with_spending), size)


class _Rival(NamedTuple):
    library: str
    make: Maker
    asked: Bound


def _against(
    rival: _Rival, name: str, subjects: tuple[Subject, Subject], size: Size
) -> Iterator[Row]:
    counts, with_spending = subjects
    ours = counts.kernel(size.customers, 1).customers
    generate = rival.make(*_task(counts, ours.arrival_time[: size.reference]))
    agree = agreement(name, generate(), ours.orders - 1)
    times = interleaved(
        size.rounds,
        {
            "theirs": generate,
            "counts": lambda: counts.kernel(size.customers, 1),
            "spending": lambda: with_spending.kernel(size.customers, 1),
            "cores": lambda: counts.kernel(size.customers, 2),
        },
    )
    theirs = times["theirs"].cpu / size.reference
    note = (
        f"CPU time, one thread: {1e6 * theirs:,.1f} us a customer ({size.reference:,}) against "
        f"{1e9 * times['counts'].cpu / size.customers:,.0f} ns ({size.customers:,}); {agree}"
    )
    ratio = theirs * size.customers / times["counts"].cpu
    what = f"against {name}"
    yield Row("repeat_buying", what, ratio, "x", rival.asked, note, counts.trajectory)
    ratio = theirs * size.customers / times["spending"].cpu
    note = f"ours at {1e9 * times['spending'].cpu / size.customers:,.0f} ns a customer"
    what = "the same, ours also drawing every order's value"
    yield Row("repeat_buying", what, ratio, "x", None, note, with_spending.trajectory)
    wall = times["theirs"].wall / size.reference
    ratio = wall * size.customers / times["cores"].wall
    what = "the same by the clock on the wall, ours with two threads"
    yield Row("repeat_buying", what, ratio, "x", None, "", counts.trajectory)


def agreement(name: str, theirs: Any, ours: Any) -> str:
    """Say how near two generators are in how many come back, and how often.

    Raises
    ------
    CvosimError
        When luck may not explain what they differ by: times would mean nothing.
    """
    found, own = _figures(theirs), _figures(ours)
    z = insist(name, found, own)
    return (
        f"mean repeat orders {found[_OFTEN].mean:.2f} and {own[_OFTEN].mean:.2f}, "
        f"at most {z:.1f} standard errors apart (of {bound(len(own)):.1f})"
    )


def _figures(repeats: Any) -> Figures:
    return {"who comes back": mean(np.asarray(repeats) > 0), _OFTEN: mean(repeats)}


def _task(who: Subject, arrivals: Floats) -> tuple[dict[str, float], Floats]:
    repeat, horizon = who.plan.repeat[0], float(who.plan.world["horizon"][0])
    return {key: float(repeat[key]) for key in ("r", "alpha", "a", "b")}, horizon - arrivals


def _lifetimes(parameters: dict[str, float], days: Floats) -> Generator:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifetimes.generate_data import beta_geometric_nbd_model
    np.random.seed(SEED)  # noqa: TID251, NPY002  # the only seed that it heeds

    def generate() -> Any:
        return beta_geometric_nbd_model(days, **parameters, size=len(days))["frequency"]

    return generate


def _pymc_marketing(parameters: dict[str, float], days: Floats) -> Generator:
    """Call the sampler itself, past the graph that PyMC would compile around it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pymc_marketing.clv.distributions import (  # type: ignore[import-not-found]
            BetaGeoNBD,
        )

    node = BetaGeoNBD.dist(**parameters, T=days).owner
    luck = np.random.default_rng(SEED)  # noqa: TID251  # the luck of peers is their own
    numbers = [np.full(len(days), parameters[key]) for key in ("a", "b", "r", "alpha")]

    def generate() -> Any:
        return node.op.rng_fn(luck, *numbers, days, None)[:, 1]

    return generate


_RIVALS = (
    _Rival("lifetimes", _lifetimes, at_least(100)),
    _Rival("pymc-marketing", _pymc_marketing, at_least(10)),
)
