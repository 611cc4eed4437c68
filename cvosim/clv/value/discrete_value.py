"""Customer lifetime value where time goes by in periods: opportunities to buy, or renewals.

The value of a customer is margin × what a purchase is worth × discounted purchases to come
(Fader, Hardie & Shang, 2010, equation 14; Fader & Hardie, 2010, equation 6).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cvosim.clv.models.bg_bb import BgBb
from cvosim.clv.models.bg_bb_likelihood import Ends, probability_there
from cvosim.clv.models.cohort_counts import CohortCounts
from cvosim.clv.models.fitted import Fitted
from cvosim.clv.models.opportunities import Opportunities
from cvosim.clv.models.renewals import whole_periods
from cvosim.clv.models.sbg import Sbg
from cvosim.clv.value.bootstrap import MOST_REFITS, checked_level, normal_draws
from cvosim.clv.value.discrete_futures import Ahead, Beliefs, Job, Luck, intervals
from cvosim.clv.value.lifetime_value import Band, Bands
from cvosim.errors import DataError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PeriodSettings:
    """What a lifetime value is to be.

    Attributes
    ----------
    margin : float
        Share of the spend that counts as value; 1 for revenue.
    discount_rate : float
        A period, not a year; 0.10 for 10 %.
    periods : float
        How far ahead; without end by default.
    level : float or None
        Of the intervals, 0.9 for 90 %; None for none of them, which takes no simulation.
    draws : int
        Parameters and futures drawn.
    seed : int
        Of the luck.

    Raises
    ------
    DataError
        If a setting means nothing.

    Examples
    --------
    >>> PeriodSettings(margin=0.3, periods=6, level=0.9).draws
    1000
    """

    margin: float = 1.0
    discount_rate: float = 0.0
    periods: float = math.inf
    level: float | None = None
    draws: int = 1000
    seed: int = 1

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not (_is_number(value) or (name == "level" and value is None)):
                raise DataError(f"{name}: {value!r} is no number")
        if not 0.0 < self.margin <= 1.0:
            raise DataError(
                f"margin: {self.margin:g} is not above 0 and up to 1; write 0.3 for 30 %"
            )
        if not 0.0 <= self.discount_rate < math.inf:
            hint = "write 0.10 for 10 % a period"
            raise DataError(f"discount_rate: {self.discount_rate:g} is not 0 or above; {hint}")
        if not whole_periods(self.periods) > 0:
            raise DataError("periods: 0 leave nothing to come; write 6, or inf for no end")
        if self.seed != int(self.seed) or not 0 <= self.seed < 1 << 63:
            raise DataError(f"seed: {self.seed} is not a whole number from 0 to 2**63 - 1")
        if self.level is not None:
            _check_draws(self.draws, checked_level(self.level))


@dataclass(frozen=True, eq=False)
class DiscreteValue:
    """What customers' purchases or renewals to come are worth, one element a group.

    Attributes
    ----------
    settings : PeriodSettings
    groups : mapping of str to ndarray
        What is known of each group: `repeats`, `last` and `periods`, or `renewals`.
    customers : ndarray of float64
        How many are in each.
    purchases : ndarray of float64
        Expected purchases of one of them, each discounted to now.
    value : ndarray of float64
        Expected value of one of them.
    total : float
        Of all customers.
    bands : Bands or None
        Intervals of what one of each group will be worth; None without a level.
    doubts : tuple of str
        What to keep in mind, in plain words; empty at best.
    """

    settings: PeriodSettings
    groups: Mapping[str, Floats]
    customers: Floats
    purchases: Floats
    value: Floats
    total: float
    bands: Bands | None
    doubts: tuple[str, ...]

    def __post_init__(self) -> None:
        for array in self.columns().values():
            array.setflags(write=False)

    def columns(self) -> dict[str, NDArray[Any]]:
        """Give a column for each thing known of the groups, in their order, for a table."""
        table = {**self.groups, "customers": self.customers}
        table |= {"discounted_purchases": self.purchases, "value": self.value}
        if self.bands is not None:
            found = self.bands
            parts = {"": found.prediction, "chance_": found.chance, "expected_": found.parameters}
            for name, band in parts.items():
                if band is not None:
                    table |= {f"{name}low": band.low, f"{name}high": band.high}
            if found.share is not None:
                table["parameters_share"] = found.share
        return table

    def to_dict(self) -> dict[str, Any]:
        """Give all as plain values, for JSON; what has no end is null."""
        chosen = {**vars(self.settings), "periods": _plain(self.settings.periods)}
        columns = {name: [_plain(v) for v in c.tolist()] for name, c in self.columns().items()}
        return {**chosen, "total": self.total, "groups": columns, "doubts": list(self.doubts)}

    def summary(self) -> str:
        """Say in plain text what the customers are worth; doubts come first."""
        chosen, n = self.settings, float(self.customers.sum())
        m = chosen.periods
        ahead = "without end" if math.isinf(m) else f"in {m:g} period{'s' * (m != 1)}"
        lines = [f"Warning: {doubt}." for doubt in self.doubts]
        lines.append(
            f"Expected value of {n:,.0f} customer{'s' * (n != 1)}: {self.total:,.2f}, "
            f"{self.total / n:,.2f} each ({ahead}, margin {chosen.margin:.4g}, "
            f"discounted at {100 * chosen.discount_rate:.4g} % a period)."
        )
        return "\n".join(lines)


class Case(NamedTuple):
    """A fitted model's customers, in groups of one history each.

    Attributes
    ----------
    fitted : Fitted
    groups, customers
        As in `DiscreteValue`.
    place : ndarray of int64
        For each of them, its column of `beliefs`: groups may be alike.
    beliefs : callable
        Gives what is believed of each column at parameters, shape (replicates, k).
    first : int
        Periods until the next opportunity.
    """

    fitted: Fitted[Any]
    groups: Mapping[str, Floats]
    customers: Floats
    place: NDArray[np.int64]
    beliefs: Callable[[Floats], Beliefs]
    first: int


def opportunities_case(fitted: Fitted[BgBb], data: Opportunities, settings: PeriodSettings) -> Case:
    """Tell what BG/BB knows of customers with each history."""
    unique, place = data.patterns
    ends = Ends.of(unique)
    x, n = unique.repeats, unique.periods

    def beliefs(theta: Floats) -> Beliefs:
        alpha, beta, gamma, delta = theta.T[:, :, np.newaxis]
        there = np.array([probability_there(row, ends) for row in theta])
        law = BgBb(alpha, beta, gamma, delta)
        to_come = law.purchases_if_there(unique, settings.discount_rate, settings.periods)
        with np.errstate(invalid="ignore"):
            expected = np.where(there > 0, there * to_come, 0.0)
        buying = (alpha + x, beta + n - x)
        return Beliefs(there, buying, (gamma + 0.0 * n, delta + n), expected)

    columns = {"repeats": data.repeats, "last": data.last, "periods": data.periods}
    return Case(fitted, columns, data.weights, place, beliefs, first=1)


def renewals_case(fitted: Fitted[Sbg], data: CohortCounts, settings: PeriodSettings) -> Case:
    """Tell what sBG knows of subscribers still there after so many renewals.

    Raises
    ------
    DataError
        If nobody is still there.
    """
    made = np.flatnonzero(data.stayed)
    if not len(made):
        raise DataError("all subscribers have left: there is nobody to value")
    n = made.astype(np.float64)

    def beliefs(theta: Floats) -> Beliefs:
        alpha, beta = theta.T[:, :, np.newaxis]
        law = Sbg(alpha, beta)
        expected = law.expected_remaining(n, settings.discount_rate, settings.periods)
        return Beliefs(np.ones(expected.shape), None, (alpha + 0.0 * n, beta + n), expected)

    return Case(fitted, {"renewals": n}, data.stayed[made], np.arange(len(n)), beliefs, first=0)


def discrete_value(case: Case, amount: ArrayLike, settings: PeriodSettings) -> DiscreteValue:
    """Value customers' purchases or renewals to come.

    Parameters
    ----------
    case : Case
        From `opportunities_case` or `renewals_case`, with the same settings.
    amount : float, or array_like of float
        What a purchase is worth: the same for all, or one a group.
    settings : PeriodSettings

    Returns
    -------
    DiscreteValue
        With a level, each group has three intervals: of what will happen, of what would happen
        by chance alone if the parameters were known, and of the expected value. Parameters are
        drawn from the estimates' normal law, and a future for each of them.

    Raises
    ------
    DataError
        If an amount means nothing, or the value is infinite: for ever without discounting.
    """
    estimate = np.array(astuple(case.fitted.law))
    expected = case.beliefs(estimate[np.newaxis]).expected[0][case.place]
    if not np.isfinite(expected).all():
        raise DataError(
            "without an end and without discounting, the expected number of purchases is "
            "infinite; give periods, or a discount_rate above 0"
        )
    scale = settings.margin * _amounts(amount, len(case.place))
    doubts: tuple[str, ...] = ()
    if not case.fitted.converged_:
        doubts = (f"the model is not settled: {case.fitted.message_}",)
    bands = None
    if settings.level is not None:
        bands, more = _bands(case, estimate, scale, settings)
        doubts += more
    value = scale * expected
    return DiscreteValue(
        settings=settings,
        groups=case.groups,
        customers=case.customers,
        purchases=expected,
        value=value,
        total=float(value @ case.customers),
        bands=bands,
        doubts=doubts,
    )


def _bands(
    case: Case, estimate: Floats, scale: Floats, settings: PeriodSettings
) -> tuple[Bands, tuple[str, ...]]:
    """Give each group's intervals, and what to keep in mind of them."""
    ahead = Ahead(settings.periods, settings.discount_rate, case.first)
    draws, seed, level = int(settings.draws), int(settings.seed), settings.level or 0.9
    parameters: Floats | None = None
    doubts: tuple[str, ...] = ()
    if case.fitted.converged_ and case.fitted.log_covariance_ is not None:
        parameters = normal_draws(case.fitted, len(estimate), draws, seed).parameters
    job = Job(estimate, Luck(seed, draws, ahead), level)
    found = intervals(case.beliefs, parameters, job)
    if parameters is None:
        doubts = ("the parameters' errors are not known: intervals are of chance alone",)
    elif found.share is None:
        doubts = (
            "at some of the parameters that the data allow, the expected value is infinite: its "
            "interval may have no upper end; give periods, or a discount_rate above 0",
        )

    def scaled(band: Band) -> Band:
        return Band(band.low[case.place] * scale, band.high[case.place] * scale)

    bands = Bands(
        chance=scaled(found.chance),
        prediction=None if found.prediction is None else scaled(found.prediction),
        parameters=None if found.parameters is None else scaled(found.parameters),
        share=None if found.share is None else found.share[case.place],
    )
    return bands, doubts


def _amounts(amount: ArrayLike, groups: int) -> Floats:
    """Check what a purchase is worth."""
    try:
        values = np.asarray(amount, np.float64)
    except (TypeError, ValueError):
        raise DataError(f"the worth of a purchase is no number: {amount!r}") from None
    if values.shape not in ((), (1,), (groups,)):
        raise DataError(
            f"{values.size} amounts do not fit {groups} group{'s' * (groups != 1)}: give one "
            "number for all, or a list of one each"
        )
    bad = values[~(np.isfinite(values) & (values > 0))]
    if bad.size:
        raise DataError(f"the worth of a purchase: {bad.flat[0]:g} is no amount above 0")
    return np.broadcast_to(values, groups)


def _check_draws(draws: int, level: float) -> None:
    """Refuse draws that an interval cannot be read from."""
    if draws != int(draws) or not 20 <= draws <= MOST_REFITS:
        raise DataError(
            f"draws: {draws} is not a whole number from 20 to {MOST_REFITS}; write 1000"
        )
    least = math.ceil(2.0 / (1.0 - level) - 1.0 - 1e-6)
    if draws < least:
        raise DataError(
            f"draws: {draws} are too few for a level of {100 * level:g} %; give at least {least}"
        )


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)


def _plain(value: float) -> float | None:
    """As JSON has it."""
    return value if math.isfinite(value) else None
