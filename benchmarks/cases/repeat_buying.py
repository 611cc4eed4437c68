"""Repeat buying alone, against the generators of the libraries for customer lifetime value."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from benchmarks.clock import interleaved
from benchmarks.rows import Bound, Row, at_least
from benchmarks.subjects import Size, Subject, subject
from benchmarks.units import Floats

SCENARIO = "cdnow"

Generator = Callable[[], Any]
Maker = Callable[[dict[str, float], Floats], Generator]


def rows(size: Size) -> Iterator[Row]:
    """CPU time, one thread; ours also draws arrivals and spending and fills the whole table."""
    who = subject(SCENARIO, size)
    for library, make, asked in _RIVALS:
        try:
            name = f"{library} {version(library)}"
        except PackageNotFoundError:
            note = f"skipped: {library} is not installed"
            yield Row("repeat_buying", f"against {library}", None, "x", asked, note)
            continue
        yield _against(who, size, name, make, asked)


def _against(who: Subject, size: Size, name: str, make: Maker, asked: Bound) -> Row:
    repeat = who.plan.repeat[0]
    parameters = {key: float(repeat[key]) for key in ("r", "alpha", "a", "b")}
    ours = who.kernel(size.reference, 1).customers
    days = float(who.plan.world["horizon"][0]) - ours.arrival_time
    generate = make(parameters, days)
    times = interleaved(
        size.slow_rounds,
        {"theirs": generate, "kernel": lambda: who.kernel(size.customers, 1)},
    )
    theirs = times["theirs"].cpu / size.reference
    kernel = times["kernel"].cpu / size.customers
    note = (
        f"CPU time: {1e6 * theirs:,.1f} us a customer ({size.reference:,}) against "
        f"{1e9 * kernel:,.0f} ns ({size.customers:,}); mean repeat orders "
        f"{float(np.mean(generate())):.2f} and {float(np.mean(ours.orders - 1)):.2f}"
    )
    return Row(
        "repeat_buying", f"against {name}", theirs / kernel, "x", asked, note, who.trajectory
    )


def _lifetimes(parameters: dict[str, float], days: Floats) -> Generator:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifetimes.generate_data import beta_geometric_nbd_model

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

    variable = BetaGeoNBD.dist(**parameters, T=days)
    node = variable.owner
    luck = node.inputs[0].get_value()
    order = ("a", "b", "r", "alpha")

    def generate() -> Any:
        numbers = (np.full(len(days), parameters[key]) for key in order)
        return node.op.rng_fn(luck, *numbers, days, None)[:, 1]

    return generate


_RIVALS: tuple[tuple[str, Maker, Bound], ...] = (
    ("lifetimes", _lifetimes, at_least(100)),
    ("pymc-marketing", _pymc_marketing, at_least(10)),
)
