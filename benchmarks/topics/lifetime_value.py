"""Fitting and projecting customers of an order log, against the libraries that do the same."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from benchmarks.clock import interleaved
from benchmarks.rows import Row, at_least, at_most
from benchmarks.subjects import Size
from cvosim.clv import BetaGeometricNBD, BgNbd, Summary
from cvosim.clv.value.bootstrap import bootstrap
from cvosim.clv.value.futures import draw_histories
from cvosim.clv.value.lifetime_value import Settings, lifetime_value
from cvosim.clv.value.redraw import parameters_of

CDNOW = BgNbd(0.242595, 30.895214, 0.792922, 2.425907)
"""Maximum likelihood on the CDNOW sample; customers like those are made for the large log."""

REFITS = 1000


def rows(size: Size) -> Iterator[Row]:
    """One process; fits are of BG/NBD."""
    refits = REFITS if size.compiles else 20
    yield from _against_lifetimes(size, refits)
    yield _against_pymc_marketing(size)
    yield from _large(size)


def _against_lifetimes(size: Size, refits: int) -> Iterator[Row]:
    name = f"lifetimes {version('lifetimes')}"
    theirs, sample = _lifetimes_fitter()
    fitted = BetaGeometricNBD().fit(sample)
    times = interleaved(
        size.rounds,
        {"theirs": theirs, "ours": lambda: BetaGeometricNBD().fit(_anew(sample))},
    )
    note = (
        f"wall, one process: {1000 * times['theirs'].wall:.1f} ms against "
        f"{1000 * times['ours'].wall:.1f} ms, which also finds standard errors; log-likelihoods "
        f"{theirs():,.3f} and {fitted.log_likelihood_:,.3f}, of the same rounded weeks"
    )
    ratio = times["theirs"].wall / times["ours"].wall
    yield Row("lifetime_value", f"CDNOW fit against {name}", ratio, "x", at_least(1), note)
    again = interleaved(1, {"refits": lambda: bootstrap(fitted, refits, seed=1)})["refits"]
    what = f"{refits:,} bootstrap refits of the CDNOW fit"
    yield Row("lifetime_value", what, again.wall, "s", at_most(10), f"wall; CPU {again.cpu:.2f} s")


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
    theirs = _lifetimes_projector(many, fitted.params_)
    took = interleaved(1, {"theirs": theirs})["theirs"].wall
    ratio = took / times["expected"].wall
    what = "the same projections against lifetimes"
    yield Row("lifetime_value", what, ratio, "x", None, f"wall; theirs takes {took:.2f} s")


def large_log(n: int) -> Summary:
    """Make customers like CDNOW's, who arrive over 12 weeks and are seen in whole days."""
    age = np.floor(189.0 + 84.0 * ((np.arange(n) + 0.5) * 0.6180339887498949 % 1.0))
    repeats, last = draw_histories("bg_nbd", parameters_of(CDNOW, n), age, 1, 0)
    return Summary.of(repeats, np.ceil(last), age)


def _anew(data: Summary) -> Summary:
    """Forget what was found out about the customers, so that each fit begins from them."""
    return Summary.of(data.repeats, data.last, data.age)


def _lifetimes_fitter() -> tuple[Callable[[], float], Summary]:
    """Give their fit to their own table of CDNOW, weeks rounded to two digits, and that table."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifetimes import BetaGeoFitter
        from lifetimes.datasets import load_cdnow_summary

        table = load_cdnow_summary()
    columns = [table[name] for name in ("frequency", "recency", "T")]

    def fit() -> float:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fitter = BetaGeoFitter(penalizer_coef=0.0).fit(*columns)
        return float(-fitter._negative_log_likelihood_ * len(table))

    x, t_x, age = (column.to_numpy() for column in columns)
    return fit, Summary.of(x, t_x * 7.0, age * 7.0)


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


def _against_pymc_marketing(size: Size) -> Row:
    what = "CDNOW fit against pymc-marketing"
    try:
        name = f"pymc-marketing {version('pymc-marketing')}"
    except PackageNotFoundError:
        note = "skipped: pymc-marketing is not installed"
        return Row("lifetime_value", what, None, "x", None, note)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandas as pd
        from pymc_marketing.clv import BetaGeoModel  # type: ignore[import-not-found]

    sample = _lifetimes_fitter()[1]
    table = pd.DataFrame(
        {
            "customer_id": np.arange(sample.n_customers),
            "frequency": sample.repeats,
            "recency": sample.last / 7.0,
            "T": sample.age / 7.0,
        }
    )
    times = interleaved(
        1,
        {
            "theirs": lambda: BetaGeoModel(data=table).fit(method="map", progressbar=False),
            "ours": lambda: BetaGeometricNBD().fit(_anew(sample)),
        },
    )
    ratio = times["theirs"].wall / times["ours"].wall
    note = f"wall; {name}, maximum a posteriori, compiled before"
    return Row("lifetime_value", what, ratio, "x", None, note)
