"""Fit a scenario's repeat purchases to real orders."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cvosim.clv.bg_nbd import BgNbd, fit_bg_nbd, forecast_total
from cvosim.clv.days import format_day, parse_day
from cvosim.clv.fit import Fit
from cvosim.clv.gamma_gamma import GammaGamma, fit_gamma_gamma, same_amount
from cvosim.clv.orders import OrderLog, read_orders
from cvosim.clv.summary import Summary, summarise
from cvosim.errors import DataError, Problem, ScenarioError
from cvosim.metrics.estimate import number_or_none

if TYPE_CHECKING:
    from cvosim.experiment.calibrated_file import CalibratedFile
    from cvosim.scenario import Scenario
    from cvosim.scenario.stages.repeat_purchases import RepeatPurchases

_NORMAL_95 = 1.959963984540054
_RELATED = 0.3
"""Correlation of spend and frequency from which Gamma-Gamma's assumption is in doubt."""


@dataclass(frozen=True)
class Holdout:
    """A forecast of repeat purchases against what happened.

    Attributes
    ----------
    start, end : str
        First and last day held out (ISO).
    days : int
        How many days these are.
    forecast : float
        Repeat purchases forecast from the period before.
    low, high : float
        95 % interval of the forecast if the model is right; NaN where the parameters are not
        identified, so that nobody can say how far off it may be.
    actual : int
        What happened.
    """

    start: str
    end: str
    days: int
    forecast: float
    low: float
    high: float
    actual: int

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, for JSON: what is not known is null."""
        return {**vars(self), "low": number_or_none(self.low), "high": number_or_none(self.high)}


@dataclass(frozen=True)
class Calibration:
    r"""A scenario whose repeat purchases are fitted to an order log.

    Attributes
    ----------
    scenario : Scenario
        Calibrated; simulate it, or compare it.
    orders : str
        The order file.
    n_orders : int
        Orders in the file.
    n_customers : int
        Customers fitted to.
    n_repeat : int
        Those of them who bought on a second day.
    n_repeat_purchases : int
        Their repeat purchases; those of one day count as one.
    period : tuple of str
        First and last day fitted to (ISO).
    fit_frequency : Fit of BgNbd
        When customers buy and leave.
    fit_spend : Fit of GammaGamma or None
        What they spend; None if the spend was not fitted, and `notes` say why.
    share_alive : float
        Mean probability that a customer has not left by the period's end.
    holdout : Holdout or None
        None without `until`.
    notes : tuple of str
        What to know before trusting the result, in plain words.
    file : CalibratedFile
        The scenario file.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from cvosim import calibrate
    >>> orders = "ann,2025-01-01,20\nann,2025-01-15,25\nbob,2025-01-09,9\n"
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "orders.csv")
    ...     _ = file.write_text(f"customer,date,amount\n{orders}")
    ...     result = calibrate("carpet_cleaning", file)
    >>> print(result.warnings[0].split(":")[0])  # three orders settle nothing
    The fit of repeat purchases is not clear-cut
    >>> result.scenario.journey.repeat_purchases.frequency.model
    'bg_nbd'
    """

    scenario: Scenario
    orders: str
    n_orders: int
    n_customers: int
    n_repeat: int
    n_repeat_purchases: int
    period: tuple[str, str]
    fit_frequency: Fit[BgNbd]
    fit_spend: Fit[GammaGamma] | None
    share_alive: float
    holdout: Holdout | None
    notes: tuple[str, ...]
    file: CalibratedFile

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was fitted without a clear result, in plain words; empty if all is well."""
        fits = (("repeat purchases", self.fit_frequency), ("spend", self.fit_spend))
        return tuple(
            f"The fit of {what} is not clear-cut: {fit.message}. Its parameters are not "
            "identified: others explain these orders as well. More customers or a longer "
            "period may settle them."
            for what, fit in fits
            if fit is not None and not fit.converged
        )

    @property
    def yaml_text(self) -> str:
        """The scenario file with the fitted sections, the author's comments kept."""
        return self.file.text

    def write(self, path: str | Path) -> None:
        """Write the scenario file, whole or not at all.

        Parameters
        ----------
        path : str or Path
            A variant written into another folder still finds the file that it extends.

        Raises
        ------
        DataError
            If it cannot be written there; what was there before stays.
        """
        self.file.write(Path(path))

    def summary(self) -> str:
        """Say in plain English what was fitted and how well it forecast."""
        from cvosim.experiment.calibration_text import summary_lines

        return "\n".join(summary_lines(self))

    def to_dict(self) -> dict[str, Any]:
        """Give the results as plain values, for JSON."""
        return {
            "scenario": self.scenario.name,
            "warnings": list(self.warnings),
            "orders": {
                "file": self.orders,
                "orders": self.n_orders,
                "customers": self.n_customers,
                "repeat_customers": self.n_repeat,
                "repeat_purchases": self.n_repeat_purchases,
                "start": self.period[0],
                "end": self.period[1],
            },
            "frequency": self.fit_frequency.to_dict(),
            "spend": None if self.fit_spend is None else self.fit_spend.to_dict(),
            "share_alive": self.share_alive,
            "holdout": None if self.holdout is None else self.holdout.to_dict(),
            "notes": list(self.notes),
        }


def calibrate(
    scenario_path: str | Path,
    orders_path: str | Path,
    *,
    customer: str | None = None,
    date: str | None = None,
    amount: str | None = None,
    until: str | datetime.date | None = None,
) -> Calibration:
    r"""Fit a scenario's repeat purchases to an order log by maximum likelihood.

    BG/NBD (Fader, Hardie & Lee, 2005) says when customers buy and leave, Gamma-Gamma (Fader &
    Hardie, 2013) what they spend. The log should begin with every customer's first purchase;
    whoever bought before it began looks like a newcomer.

    Parameters
    ----------
    scenario_path : str or Path
        A scenario file with a `repeat_purchases` section, or the bare name of a library
        scenario. What it says besides `frequency` and `spend` stays as it is.
    orders_path : str or Path
        CSV or Parquet with one row an order; see `cvosim.clv.orders.read_orders`.
    customer, date, amount : str, optional
        Names of the columns; the usual names are found without.
    until : str or datetime.date, optional
        Last day to fit to. Orders after it are held out, and forecast. Without it all
        orders are fitted and nothing is held out.

    Returns
    -------
    Calibration

    Raises
    ------
    ScenarioError
        If the scenario is no good or has no repeat purchases to calibrate.
    DataError
        If the orders are no good, or too few or too uniform to fit anything to.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from cvosim import calibrate
    >>> orders = "ann,2025-01-01,20\nann,2025-01-15,25\nbob,2025-01-09,9\n"
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "orders.csv")
    ...     _ = file.write_text(f"customer,date,amount\n{orders}")
    ...     result = calibrate("carpet_cleaning", file)
    >>> result.n_customers, result.n_repeat, result.period
    (2, 1, ('2025-01-01', '2025-01-15'))
    """
    from cvosim.experiment.calibrated_file import calibrated_file

    last = None if until is None else parse_day(until, "until")
    before = _check_section(scenario_path)
    log = read_orders(orders_path, customer=customer, date=date, amount=amount)
    try:
        summary = summarise(log, last)
        fit = fit_bg_nbd(summary)
    except DataError as error:
        raise DataError(_about(log, str(error))) from None
    fit_spend, spend, notes = _spend(summary)
    frequency = _rounded(fit.model.to_dict())
    file, scenario = calibrated_file(scenario_path, frequency, spend)
    alive = fit.model.probability_alive(summary.repeats, summary.last, summary.age)
    return Calibration(
        scenario=scenario,
        orders=log.source,
        n_orders=log.n_orders,
        n_customers=summary.n_customers,
        n_repeat=summary.n_repeat,
        n_repeat_purchases=int(summary.repeats.sum()),
        period=(format_day(summary.start), format_day(summary.end)),
        fit_frequency=fit,
        fit_spend=fit_spend,
        share_alive=float(alive.mean()),
        holdout=_holdout(fit, summary),
        notes=(*_replaced(before, frequency, spend), *notes),
        file=file,
    )


def _about(log: OrderLog, words: str) -> str:
    """Begin a complaint with the file that it is about."""
    return words if words.startswith(log.source) else f"{log.source}: {words}"


def _check_section(scenario_path: str | Path) -> RepeatPurchases:
    """Give the section to calibrate, before long files are read."""
    from cvosim.scenario import load_scenario

    section = load_scenario(scenario_path).journey.repeat_purchases
    if section is None:
        words = (
            "there is none to calibrate, and orders do not tell the margin; add one with your "
            "own margin, such as repeat_purchases: {frequency: {model: poisson, mean_days: 60}, "
            "spend: {model: fixed, amount: 50}, margin: 0.4}; only the margin matters"
        )
        raise ScenarioError((Problem(words, str(scenario_path), path="journey.repeat_purchases"),))
    return section


def _replaced(
    before: RepeatPurchases, frequency: dict[str, object], spend: dict[str, object] | None
) -> tuple[str, ...]:
    """Say which models of the author's gave way to others."""
    pairs = (
        ("frequency", before.frequency.model, frequency["model"]),
        ("spend", before.spend.model, before.spend.model if spend is None else spend["model"]),
    )
    return tuple(
        f"{key} was {old} and is {new} now; calibrate fits no other model to these orders."
        for key, old, new in pairs
        if old != new
    )


def _rounded(values: dict[str, float | str]) -> dict[str, object]:
    """Keep six digits, far beyond what any order log settles."""
    return {k: float(f"{v:.6g}") if isinstance(v, float) else v for k, v in values.items()}


def _spend(
    summary: Summary,
) -> tuple[Fit[GammaGamma] | None, dict[str, object] | None, tuple[str, ...]]:
    """Fit the spend; give the section to write, if any, and what to know about it."""
    amount = same_amount(summary)
    if amount and summary.n_repeat > 1:
        section: dict[str, object] = {"model": "fixed", "amount": float(f"{amount:.6g}")}
        return None, section, (f"Every repeat purchase is worth {amount:g}: spend is fixed.",)
    try:
        fit = fit_gamma_gamma(summary)
    except DataError as error:
        return None, None, (f"Spend stays as it was: {error}.",)
    if fit.model.q <= 1:
        words = f"its Gamma-Gamma has no finite mean (q = {fit.model.q:.3g}); try lognormal"
        return fit, None, (f"Spend stays as it was, a few orders are so large that {words}.",)
    return fit, _rounded(fit.model.to_dict()), _relation(summary)


def _relation(summary: Summary) -> tuple[str, ...]:
    """Say that spend depends on frequency, which Gamma-Gamma rules out."""
    paid = (summary.repeats > 0) & (summary.spend > 0)
    repeats, spend = summary.repeats[paid], summary.spend[paid]
    if len(repeats) < 3 or np.ptp(repeats) == 0 or np.ptp(spend) == 0:
        return ()
    correlation = float(np.corrcoef(repeats, spend)[0, 1])
    if abs(correlation) < _RELATED:
        return ()
    more = "more" if correlation > 0 else "less"
    return (
        f"Frequent customers spend {more} per purchase (correlation {correlation:.2f}); "
        "Gamma-Gamma takes the two to be independent.",
    )


def _holdout(fit: Fit[BgNbd], summary: Summary) -> Holdout | None:
    """Forecast what was held out."""
    if summary.holdout is None:
        return None
    total, deviation = forecast_total(fit, summary, summary.holdout_days)
    if not fit.converged:
        deviation = math.nan
    return Holdout(
        start=format_day(summary.end + 1),
        end=format_day(summary.end + summary.holdout_days),
        days=summary.holdout_days,
        forecast=total,
        low=max(total - _NORMAL_95 * deviation, 0.0),
        high=total + _NORMAL_95 * deviation,
        actual=int(summary.holdout.sum()),
    )
