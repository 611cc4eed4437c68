"""Fitting and projecting customers of an order log, against the libraries that do the same."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from benchmarks.agreement import insist_same
from benchmarks.clock import interleaved
from benchmarks.machine import installed
from benchmarks.rows import Row, at_most, skipped
from benchmarks.subjects import Size
from benchmarks.topics import fits
from cvosim.clv import BetaGeometricNBD, BgNbd, Summary
from cvosim.clv.value.futures import draw_histories
from cvosim.clv.value.lifetime_value import Settings, lifetime_value
from cvosim.clv.value.redraw import parameters_of

CDNOW = BgNbd(0.242595, 30.895214, 0.792922, 2.425907)
"""Maximum likelihood on the CDNOW sample; customers like those are made for the large log."""

REFITS = 1000


def rows(size: Size) -> Iterator[Row]:
    """One process; fits are of BG/NBD."""
    refits = REFITS if size.compiles else 20
    yield from fits.rows(size, refits)
    yield from _large(size)


def _large(size: Size) -> Iterator[Row]:
    many = large_log(size.customers)
    fitted = BetaGeometricNBD().fit(many)
    count = f"{many.n_customers:,} customers"
    days = 365.0
    times = interleaved(
        size.slow_rounds,
        {
            "fit": lambda: BetaGeometricNBD().fit(many),
            "expected": lambda: (fitted.probability_alive(), fitted.expected_purchases(days)),
            "value": lambda: lifetime_value(fitted, 35.0, Settings()),
        },
    )
    note = f"wall; {len(many.patterns.weights):,} different histories, in whole days"
    yield Row("lifetime_value", f"fit to {count}", times["fit"].wall, "s", at_most(0.5), note)
    note = "wall; probability of being alive, and purchases expected in a year"
    what = f"projections for {count}"
    yield Row("lifetime_value", what, times["expected"].wall, "s", at_most(0.3), note)
    note = "wall; without end, discounted, by Tricomi's function"
    what = f"lifetime value of {count}"
    yield Row("lifetime_value", what, times["value"].wall, "s", at_most(0.3), note)
    what = "the same projections against lifetimes"
    if installed("lifetimes") is None:
        yield skipped("lifetime_value", what, "x", None, "lifetimes")
        return
    theirs = _lifetimes_projector(many, fitted.params_)
    same_projections(theirs(), (fitted.probability_alive(), fitted.expected_purchases(days)))
    took = interleaved(1, {"theirs": theirs})["theirs"].wall
    ratio = took / times["expected"].wall
    yield Row("lifetime_value", what, ratio, "x", None, f"wall; theirs takes {took:.2f} s")


def same_projections(theirs: Sequence[Any], ours: Sequence[Any]) -> None:
    """Raise unless both libraries project the same, customer by customer, but for rounding."""
    for what, other, own in zip(("being alive", "purchases to come"), theirs, ours, strict=True):
        insist_same("lifetimes", what, other, own, 1e-8)


def large_log(n: int) -> Summary:
    """Make customers like CDNOW's, who arrive over 12 weeks and are seen in whole days."""
    age = np.floor(189.0 + 84.0 * ((np.arange(n) + 0.5) * 0.6180339887498949 % 1.0))
    repeats, last = draw_histories("bg_nbd", parameters_of(CDNOW, n), age, 1, 0)
    return Summary.of(repeats, np.ceil(last), age)


def _lifetimes_projector(data: Summary, parameters: dict[str, float]) -> Callable[[], Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandas as pd
        from lifetimes import BetaGeoFitter

        fitter = BetaGeoFitter()
        names = ("r", "alpha", "a", "b")
        fitter.params_ = pd.Series(dict(zip(names, parameters.values(), strict=True)))

    def project() -> Any:
        known = (data.repeats, data.last, data.age)
        alive = fitter.conditional_probability_alive(*known)
        coming = fitter.conditional_expected_number_of_purchases_up_to_time(365.0, *known)
        return alive, coming

    return project
