"""BG/NBD on the CDNOW sample, fitted by us and by the libraries that do the same."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from benchmarks.clock import interleaved
from benchmarks.machine import installed
from benchmarks.rows import Row, at_least, at_most, skipped
from benchmarks.subjects import Size
from cvosim.clv import BetaGeometricNBD, BgNbd, Summary
from cvosim.clv.value.bootstrap import bootstrap
from cvosim.errors import CvosimError

Fit = Callable[[], Mapping[str, float]]
"""Gives r, alpha (in weeks), a and b."""

TOLERANCE = 0.01
"""A library's maximum may be less likely by so much in the logarithm, all customers together.

A fit that stops there is off by a seventh of a standard error at most: twice the difference is
below the square of that (the quadratic approximation of a likelihood at its maximum).
"""


def rows(size: Size, refits: int) -> Iterator[Row]:
    """Wall time; both sides are given the library's own table of weeks rounded to two digits."""
    again = f"{refits:,} bootstrap refits of the CDNOW fit"
    if installed("lifetimes") is None:
        for what, asked in (("against lifetimes", at_least(1)), ("against pymc-marketing", None)):
            yield skipped("lifetime_value", f"CDNOW fit {what}", "x", asked, "lifetimes")
        yield skipped("lifetime_value", again, "s", at_most(10), "lifetimes, whose table it takes,")
        return
    sample = cdnow()
    yield _against_lifetimes(sample, size)
    fitted = BetaGeometricNBD().fit(sample)
    took = interleaved(1, {"refits": lambda: bootstrap(fitted, refits, seed=1)})["refits"]
    note = f"wall; CPU {took.cpu:.2f} s"
    yield Row("lifetime_value", again, took.wall, "s", at_most(10), note)
    yield from _against_pymc_marketing(sample)


def cdnow() -> Summary:
    """Read the table of 2,357 customers that `lifetimes` ships, without importing the library."""
    import pandas as pd

    spec = find_spec("lifetimes")
    assert spec is not None
    assert spec.origin is not None
    # its own reader asks for pkg_resources, which setuptools no longer has
    table = pd.read_csv(Path(spec.origin).parent / "datasets" / "cdnow_customers_summary.csv")
    x, t_x, age = (table[name].to_numpy() for name in ("frequency", "recency", "T"))
    return Summary.of(x, t_x * 7.0, age * 7.0)


def same_maximum(name: str, found: Mapping[str, float], sample: Summary) -> str:
    """Say how likely both fits make the sample; a library that found less stops the run.

    Raises
    ------
    CvosimError
        When its parameters are less likely by more than `TOLERANCE`, or more likely.
    """
    theirs, ours = likelihood(found, sample), BetaGeometricNBD().fit(sample).log_likelihood_
    if not abs(theirs - ours) <= TOLERANCE:
        raise CvosimError(
            f"{name} fits another maximum than ours: log-likelihoods {theirs:,.3f} and "
            f"{ours:,.3f}, so times would mean nothing"
        )
    return f"log-likelihoods {theirs:,.3f} and {ours:,.3f}"


def likelihood(found: Mapping[str, float], sample: Summary) -> float:
    """Logarithm, of times in weeks."""
    law = BgNbd(found["r"], 7.0 * found["alpha"], found["a"], found["b"])
    return float(law.log_likelihood(sample).sum())


def ours(sample: Summary) -> Callable[[], object]:
    """Forget what was found out about the customers, so that each fit begins from them."""
    return lambda: BetaGeometricNBD().fit(Summary.of(sample.repeats, sample.last, sample.age))


def _against_lifetimes(sample: Summary, size: Size) -> Row:
    fit = _lifetimes(sample)
    name = installed("lifetimes") or ""
    agree = same_maximum(name, fit(), sample)
    times = interleaved(size.rounds, {"theirs": fit, "ours": ours(sample)})
    note = (
        f"wall, one process: {1000 * times['theirs'].wall:.1f} ms against "
        f"{1000 * times['ours'].wall:.1f} ms, which also finds standard errors; {agree}"
    )
    ratio = times["theirs"].wall / times["ours"].wall
    return Row("lifetime_value", f"CDNOW fit against {name}", ratio, "x", at_least(1), note)


def _lifetimes(sample: Summary) -> Fit:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifetimes import BetaGeoFitter
    columns = (sample.repeats, sample.last / 7.0, sample.age / 7.0)

    def fit() -> Mapping[str, float]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fitter = BetaGeoFitter(penalizer_coef=0.0).fit(*columns)
        return {name: float(value) for name, value in fitter.params_.items()}

    return fit


def _against_pymc_marketing(sample: Summary) -> Iterator[Row]:
    """Flat priors make its maximum ours; its own priors are what a user gets who says nothing."""
    what = "CDNOW fit against pymc-marketing"
    name = installed("pymc-marketing")
    if name is None:
        yield skipped("lifetime_value", what, "x", None, "pymc-marketing")
        return
    flat, own = _pymc_marketing(sample, flat=True), _pymc_marketing(sample, flat=False)
    agree = same_maximum(name, flat(), sample)
    times = interleaved(1, {"flat": flat, "own": own, "ours": ours(sample)})
    for contender, how in (("flat", agree), ("own", _likely(own, sample))):
        priors = "flat priors" if contender == "flat" else "its own priors"
        theirs, mine = times[contender].wall, times["ours"].wall
        note = (
            f"wall: {theirs:.2f} s against {1000 * mine:.1f} ms; maximum a posteriori, {priors}, "
            f"its compiled code from its cache; {how}"
        )
        row = f"CDNOW fit against {name}, {priors}"
        yield Row("lifetime_value", row, theirs / mine, "x", None, note)


def _likely(fit: Fit, sample: Summary) -> str:
    return f"log-likelihood there {likelihood(fit(), sample):,.3f}"


def _pymc_marketing(sample: Summary, *, flat: bool) -> Fit:
    """Build the model and find its maximum, as ``fit(method="map")`` does for a user."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandas as pd
        from pymc_extras.prior import Prior  # type: ignore[import-not-found]
        from pymc_marketing.clv import BetaGeoModel  # type: ignore[import-not-found]

    columns = {
        "customer_id": np.arange(sample.n_customers),
        "frequency": sample.repeats,
        "recency": sample.last / 7.0,
        "T": sample.age / 7.0,
    }
    table = pd.DataFrame(columns)
    names = ("r", "alpha", "a", "b")
    priors = {name: Prior("HalfFlat") for name in names} if flat else None

    def fit() -> Mapping[str, float]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = BetaGeoModel(data=table, model_config=priors)
            model.fit(method="map", progressbar=False)
        return {name: float(model.fit_result[name].mean()) for name in names}

    return fit
