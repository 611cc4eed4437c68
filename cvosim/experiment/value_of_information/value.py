"""The expected gain of testing, for every duration, against shipping now and against never."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from cvosim.errors import CvosimError
from cvosim.experiment.value_of_information.setting import Setting
from cvosim.tables.columns import Floats

POINTS = 730
"""Durations on the curve, at most."""


class Curve(NamedTuple):
    """What a test is worth by its duration; each float64[durations].

    Attributes
    ----------
    days
        Of enrolment.
    customers
        In the test.
    decided
        Day of the decision, when the last one's result is known.
    value
        Expected gain over never changing anything, of testing and then shipping if that is
        expected to pay (preposterior analysis), less the test's cost.
    over_now, over_never
        The same against shipping at once, and against never.
    net
        The same against the better of these two: the expected net gain of sampling.
    information
        What deciding by the data adds, for those who come after the decision: the expected
        value of sample information (EVSI).
    exposure
        What the test's customers, and those who wait for the decision, lose against the better
        of shipping at once and never (above 0: gain).
    cost
        Of the test.
    threshold
        Estimate per customer above which shipping is expected to pay.
    z
        The same in standard errors.
    ships
        Chance that the estimate comes out above.
    value_by_p
        As ``value``, of shipping what is significant, whatever it is worth.
    """

    days: Floats
    customers: Floats
    decided: Floats
    value: Floats
    over_now: Floats
    over_never: Floats
    net: Floats
    information: Floats
    exposure: Floats
    cost: Floats
    threshold: Floats
    z: Floats
    ships: Floats
    value_by_p: Floats


@dataclass(frozen=True)
class ValueOfTesting:
    """The value of a test in money; made by `value_of_testing`.

    Attributes
    ----------
    setting : Setting
    curve : Curve
    now : float
        Expected gain of shipping at once over never, in money.
    perfect : float
        Expected gain, over the better of shipping at once and never, of knowing the effect on
        the first day (EVPI): no test is worth more.
    asked_days : tuple of float
        Durations asked about.
    """

    setting: Setting
    curve: Curve = field(repr=False)
    now: float
    perfect: float
    asked_days: tuple[float, ...] = ()

    @property
    def best_days(self) -> float:
        """Duration of the test that gains most, whether it pays or not."""
        return float(self.curve.days[int(np.argmax(self.curve.net))])

    @property
    def pays(self) -> bool:
        """Whether some test is worth more than deciding now."""
        return bool(self.curve.net.max() > 0.0)

    @property
    def break_even(self) -> tuple[float, float] | None:
        """Shortest and longest duration that pays; None if none does."""
        paying = self.curve.days[self.curve.net > 0.0]
        return (float(paying[0]), float(paying[-1])) if len(paying) else None

    @property
    def without_test(self) -> str:
        """What is best without a test: ``ship now`` or ``never``."""
        return "ship now" if self.now > 0.0 else "never"

    def at(self, days: float) -> dict[str, float]:
        """Give the line of a duration, the last on the curve that is not longer.

        Raises
        ------
        CvosimError
            If it is shorter than the first, or the result would come after the horizon.
        """
        first, last = float(self.curve.days[0]), float(self.curve.days[-1])
        if not first <= days <= last:
            raise CvosimError(
                f"days: must be from {first:g} to {last:g}, so that the result is known within "
                f"the horizon (got {days:g})"
            )
        place = int(np.searchsorted(self.curve.days, days, side="right")) - 1
        return {name: float(line[place]) for name, line in self.curve._asdict().items()}

    def lines(self) -> list[str]:
        """Say in sentences what the test is worth and how long it shall be."""
        from cvosim.experiment.value_of_information.value_text import lines

        return list(lines(self))

    def summary(self) -> str:
        """Say it in one text."""
        return "\n".join(self.lines())

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain numbers, texts and lists; null for what is infinite."""
        s = self.setting
        names = (
            "name", "metric", "currency", "sd", "horizon_days", "delay_days", "share", "alpha",
            "fixed_cost", "day_cost", "ship_cost", "market",
        )  # fmt: skip
        prior = {part: list(getattr(s.prior, part)) for part in ("weights", "means", "sds")} | {
            "mean": s.prior.mean,
            "sd": s.prior.sd,
        }
        return {
            **{name: getattr(s, name) for name in names},
            "prior": prior,
            "now": self.now,
            "perfect": self.perfect,
            "without_test": self.without_test,
            "best_days": self.best_days,
            "break_even": None if self.break_even is None else list(self.break_even),
            "best": _plain(self.at(self.best_days)),
            "asked": [_plain(self.at(days)) for days in self.asked_days],
            "curve": {
                name: [_finite(x) for x in line.tolist()]
                for name, line in self.curve._asdict().items()
            },
        }


def value_of_testing(setting: Setting, days: tuple[float, ...] = ()) -> ValueOfTesting:
    """Give the expected net gain of testing for every duration.

    M customers come within the horizon, n of them in the test of d days, m by the decision. With
    an effect of δ per customer, a share s of treated and a cost c of the change, the gain over
    never is ``s n δ + a ((M - m) δ - c)`` less the test's cost, where a is 1 if it is shipped.
    It is shipped if that is expected to pay: if the posterior mean of δ is above c / (M - m).
    Expectation over the prior and the estimate, whose error variance is
    ``sd² / n (1/s + 1/(1-s))``, is in closed form (Raiffa & Schlaifer 1961, sections 5.5 and
    11.2); with a normal prior it is the unit normal linear-loss integral.

    Parameters
    ----------
    setting : Setting
    days : tuple of float
        Durations to speak of.

    Returns
    -------
    ValueOfTesting

    Raises
    ------
    CvosimError
        If a duration does not fit the horizon.

    Examples
    --------
    >>> from cvosim.experiment.stopping.arrivals import Arrivals
    >>> from cvosim.experiment.value_of_information.prior import Prior
    >>> found = value_of_testing(Setting(Prior.normal(0.0, 0.5), 40.0, Arrivals.steady(400.0)))
    >>> found.best_days, round(found.at(found.best_days)["net"])
    (70.0, 17012)
    """
    step = max(1, math.ceil((setting.horizon_days - setting.delay_days) / POINTS))
    last = math.floor(setting.horizon_days - setting.delay_days)
    grid = np.unique(
        np.append(np.arange(1.0, last + 1.0, step), [d for d in days if 0 < d <= last])
    )
    prior, market = setting.prior, setting.market
    customers = setting.arrivals.by(grid)
    grid, customers = grid[customers >= 1.0], customers[customers >= 1.0]
    now = market * prior.mean - setting.ship_cost
    curve = _curve(setting, grid, customers, now)
    found = ValueOfTesting(setting, curve, now, _perfect(setting, now), tuple(days))
    for asked in days:
        found.at(asked)
    return found


def _curve(setting: Setting, days: Floats, customers: Floats, now: float) -> Curve:
    prior, share = setting.prior, setting.share
    decided = days + setting.delay_days
    left = np.maximum(setting.market - setting.arrivals.by(decided), 0.0)
    variance = setting.sd**2 / customers * (1.0 / share + 1.0 / (1.0 - share))
    some = np.where(left > 0.0, left, 1.0)
    least = np.where(left > 0.0, setting.ship_cost / some, np.inf)
    threshold = prior.threshold(least, variance)
    chance, effect = prior.above(threshold, variance)
    after = left * effect - setting.ship_cost * chance
    cost = setting.fixed_cost + setting.day_cost * decided
    during = share * customers * prior.mean
    value = during + after - cost
    best = max(now, 0.0)
    blind = np.maximum(left * prior.mean - setting.ship_cost, 0.0)
    p_chance, p_effect = prior.above(_critical(setting) * np.sqrt(variance), variance)
    by_p = during + left * p_effect - setting.ship_cost * p_chance - cost
    return Curve(
        days=days, customers=customers, decided=decided, value=value, over_now=value - now,
        over_never=value, net=value - best, information=np.maximum(after - blind, 0.0),
        exposure=during + blind - best, cost=cost, threshold=threshold,
        z=threshold / np.sqrt(variance), ships=chance, value_by_p=by_p,
    )  # fmt: skip


def _critical(setting: Setting) -> float:
    from scipy.special import ndtri

    return float(-ndtri(setting.alpha / 2.0))


def _perfect(setting: Setting, now: float) -> float:
    """What knowing the effect on the first day would be worth."""
    market, none = setting.market, np.zeros(1)
    chance, effect = setting.prior.above(np.full(1, setting.ship_cost / market), none)
    return float(market * effect[0] - setting.ship_cost * chance[0]) - max(now, 0.0)


def _plain(line: dict[str, float]) -> dict[str, float | None]:
    return {name: _finite(value) for name, value in line.items()}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
