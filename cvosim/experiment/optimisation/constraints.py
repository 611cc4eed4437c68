"""Conditions that a plan must meet, and whether simulated customers prove that it does."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import DataError
from cvosim.experiment.optimisation.ranking import even_after

if TYPE_CHECKING:
    from cvosim.scenario import Scenario

BUDGET = "budget"
"""Money that a scenario plans to spend in its channels with a budget; no outcome, but a fact."""

State = Literal["met", "not met", "cannot tell"]

_FORM = re.compile(
    r"\s*(?P<name>[A-Za-z_][\w.]*)\s*(?P<sign><=|>=|=<|=>|≤|≥|<|>|==|=)\s*"
    r"(?P<number>[-+−]?[\d_,]*\.?\d+(?:[eE][-+]?\d+)?)\s*(?P<unit>%|[A-Za-z]+)?\s*"
)
_SIGNS = {"<=": "<=", "=<": "<=", "≤": "<=", ">=": ">=", "=>": ">=", "≥": ">="}
_DAYS = {"d": 1.0, "day": 1.0, "week": 7.0, "month": 365.0 / 12.0, "year": 365.0}
_EXAMPLE = 'write for instance "cac <= 40" or "payback_time <= 6 months"'


@dataclass(frozen=True)
class Constraint:
    """An outcome, or the budget, with the bound that it must keep.

    Attributes
    ----------
    outcome : str
        Name of an outcome, or ``budget``.
    sign : str
        ``<=`` or ``>=``.
    bound : float
        In the outcome's own unit: money, days, a share between 0 and 1.
    text : str
        As it was written.
    unit : str
        ``days`` if a span of time was written, ``share`` if a percentage, a currency, or empty.

    Examples
    --------
    >>> parse_constraint("payback_time <= 6 months").bound
    182.5
    >>> parse_constraint("cac <= 40").margin(np.array([38.0, 41.5])).tolist()
    [2.0, -1.5]
    """

    outcome: str
    sign: str
    bound: float
    text: str
    unit: str = ""

    def margin(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """How far values are on the right side of the bound; negative on the wrong one."""
        return self.bound - values if self.sign == "<=" else values - self.bound

    def check(self, names: Sequence[str], units: Sequence[str], currency: str) -> None:
        """Refuse an outcome that is not there, and a unit that is not the outcome's.

        Raises
        ------
        DataError
            In words, with the nearest name.
        """
        known = (*names, BUDGET)
        if self.outcome not in known:
            raise DataError(f"{self.text!r}: {unknown_outcome(self.outcome, known)}")
        unit = currency if self.outcome == BUDGET else units[list(names).index(self.outcome)]
        if self.unit and self.unit != unit:
            raise DataError(f"{self.text!r}: {self.outcome} is measured in {unit}; {_EXAMPLE}")


def unknown_outcome(name: str, known: Sequence[str]) -> str:
    """Say that nothing is called so, and what is called nearly so, or where to look.

    Examples
    --------
    >>> unknown_outcome("cacc", ["cac", "aov"])
    'no outcome is called cacc; did you mean cac?'
    """
    near = get_close_matches(name, known, n=1)
    all_of_them = "cvosim run prints all metrics, and docs/metrics.md explains them"
    return f"no outcome is called {name}; " + (f"did you mean {near[0]}?" if near else all_of_them)


def parse_constraint(text: str) -> Constraint:
    """Read ``outcome <= number`` or ``outcome >= number``, with or without a unit.

    Parameters
    ----------
    text : str
        The number may be followed by ``%``, by ``d``, ``days``, ``weeks``, ``months`` (of 365/12
        days) or ``years`` (of 365), or by a currency.

    Returns
    -------
    Constraint

    Raises
    ------
    DataError
        In words.

    Examples
    --------
    >>> parse_constraint("lowest_cash>=-20,000 USD")
    Constraint(outcome='lowest_cash', sign='>=', bound=-20000.0,
               text='lowest_cash >= -20,000 USD', unit='USD')
    >>> parse_constraint("conversion.tripwire >= 5 %").bound
    0.05
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise DataError(f"{text!r}: is no condition; {_EXAMPLE}")
    sign = _SIGNS.get(found["sign"])
    if sign is None:
        near = "<=" if found["sign"] == "<" else ">=" if found["sign"] == ">" else "<= or >="
        raise DataError(f"{text!r}: write {near} in place of {found['sign']}")
    number = float(re.sub("[_,]", "", found["number"]).replace("−", "-"))
    unit = found["unit"] or ""
    tail = f"{' ' if unit != '%' else ''}{unit}" if unit else ""
    plain = f"{found['name']} {sign} {found['number']}{tail}"
    if unit == "%":
        return Constraint(found["name"], sign, number / 100.0, plain, "share")
    days = _DAYS.get(unit.lower(), 0.0) or _DAYS.get(unit.lower().removesuffix("s"), 0.0)
    if days:
        return Constraint(found["name"], sign, number * days, plain, "days")
    return Constraint(found["name"], sign, number, plain, unit)


def planned_budget(scenario: Scenario) -> float:
    """Money that a scenario plans to spend in its channels with a budget.

    Examples
    --------
    >>> from cvosim import load_scenario
    >>> planned_budget(load_scenario("carpet_cleaning"))
    0.0
    """
    return math.fsum(channel.budget or 0.0 for channel in scenario.channels)


class Judgement(NamedTuple):
    """Whether one candidate meets one constraint.

    Attributes
    ----------
    state : str
        ``met``, ``not met``, or ``cannot tell`` at this number of customers.
    value : float
        Of all customers together; NaN where there is none, such as never paying back.
    bound : float
        The value is at most (for ``<=``) or at least (for ``>=``) this, with the confidence of
        the judgement; NaN likewise.
    """

    state: State
    value: float
    bound: float


WHOLE_DAYS = "payback_time"
"""Known to the day only: the jackknife sees nothing of what is less."""


LOWEST = "lowest_cash"


def judge(
    constraint: Constraint,
    value: float,
    without: NDArray[np.float64],
    alpha: float,
    alone: NDArray[np.float64] | None = None,
) -> Judgement:
    """Judge a constraint by the jackknife, with a one-sided t-test in either direction.

    With v the value of all customers and ``v_(g)`` that of all but the g-th of G sections, the
    standard error is the root of ``(G - 1) / G sum (v_(g) - mean)^2`` (Shao & Tu 1995, "The
    jackknife and bootstrap", equation 2.4 with groups). Met if the lower confidence limit of the
    margin, by Student's t with G - 1 degrees of freedom, is not negative, not met if the upper
    one is. Only one of the two can be an error, so alpha bounds it. Values that are all the same
    are certain; but a time in whole days may be up to half a day off each time.

    Parameters
    ----------
    constraint : Constraint
    value : float
        Of all customers together.
    without : array
        Of all but one section each; empty for what is no matter of luck, such as a budget.
    alpha : float
        Probability of an error at most; Bonferroni's share of it, where many are judged.
    alone : array, optional
        Of one section each. A lowest point moves about more than the jackknife sees, which leaves
        it on nearly the same day; so its error is not taken to be below that of the mean of
        these, which is on the safe side.

    Returns
    -------
    Judgement
        ``not met`` where there never is a value: an average that has nobody to be taken over, a
        payback that never comes; ``cannot tell`` where it hangs on one section whether there is,
        or a few customers bring so much of it that the test would not hold (see `even_after`).

    Examples
    --------
    >>> without = np.array([37.4, 37.6, 37.5, 37.5])
    >>> judge(parse_constraint("cac <= 40"), 37.5, without, 0.05)
    Judgement(state='met', value=37.5, bound=37.78...)
    >>> judge(parse_constraint("cac <= 37.6"), 37.5, without, 0.05).state
    'cannot tell'
    """
    known = np.isfinite([value, *without])
    if not known.any():
        return Judgement("not met", math.nan, math.nan)
    if not known.all() or len(without) == 1:
        return Judgement("cannot tell", value, math.nan)
    from scipy.stats import t

    n = len(without)
    variance = (n - 1) * float(np.var(without)) if n else 0.0
    if constraint.outcome == LOWEST and alone is not None:
        variance = max(variance, float(np.var(alone, ddof=1)) / n)
    if constraint.outcome == WHOLE_DAYS:
        variance += (n - 1) / 12.0
    half = float(t.isf(alpha, n - 1)) * math.sqrt(variance) if variance else 0.0
    margin = float(constraint.margin(np.array(value)))
    state: State = "cannot tell"
    if constraint.outcome != WHOLE_DAYS and n and even_after(without, -2.0) > n:
        half = math.nan
    elif margin - half >= 0.0:
        state = "met"
    elif margin + half < 0.0:
        state = "not met"
    return Judgement(state, value, value + half if constraint.sign == "<=" else value - half)
