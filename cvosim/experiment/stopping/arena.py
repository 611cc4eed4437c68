"""What came of racing stopping rules: error, power, duration and money lost, rule by rule."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import CvosimError
from cvosim.experiment.stopping.design import StoppingDesign
from cvosim.tables.columns import Floats

Kept = Literal["keeps", "breaks", "unclear", "none"]


class Figure(NamedTuple):
    """A number and its Monte-Carlo standard error."""

    value: float
    error: float

    @classmethod
    def mean(cls, values: Floats) -> Figure:
        """Average of one number a replication; NaN of none.

        Examples
        --------
        >>> Figure.mean(np.array([1.0, 3.0, 1.0, 3.0])).value
        2.0
        """
        n = len(values)
        if n == 0:
            return cls(math.nan, math.nan)
        error = float(values.std(ddof=1)) / math.sqrt(n) if n > 1 else math.nan
        return cls(float(values.mean()), error)

    @classmethod
    def rate(cls, hits: NDArray[np.bool_]) -> Figure:
        """Share of replications; its error is above 0 at 0 and 1, too (Agresti & Coull 1998).

        Examples
        --------
        >>> Figure.rate(np.zeros(96, bool)).value, round(Figure.rate(np.zeros(96, bool)).error, 4)
        (0.0, 0.014)
        """
        n = len(hits)
        near = (hits.sum() + 2.0) / (n + 4.0)
        return cls(float(hits.mean()), math.sqrt(near * (1.0 - near) / (n + 4.0)))

    @classmethod
    def quantile(cls, values: Floats, part: float) -> Figure:
        """Quantile of one number a replication; its error from neighbouring order statistics."""
        n, ordered = len(values), np.sort(values)
        step = math.sqrt(part * (1.0 - part) / n)
        low, middle, high = (
            float(ordered[min(n - 1, max(0, math.ceil(p * n) - 1))])
            for p in (part - step, part, part + step)
        )
        return cls(middle, 0.5 * (high - low))


class Run(NamedTuple):
    """A rule under one effect.

    Attributes
    ----------
    size, weight : float
        Of the effect: in multiples of the simulated one, and how likely it is believed to be.
    effect, money : float
        Effect per customer on the metric, and on contribution.
    above, below : Figure
        Part of the replications in which the treatment is said to be better, or worse.
    ships : Figure
        Part in which all later customers get the treatment.
    units, days, late_days : Figure
        Customers with known results when it stopped, days until then, and the day by which nine
        in ten have stopped.
    exaggeration : Figure
        Estimate over true effect, in size, where something is said (type M; Gelman & Carlin 2014).
    testing, deciding, regret : Figure
        Money lost against always giving everybody the better arm: until the decision, after it,
        and in all.
    """

    size: float
    weight: float
    effect: float
    money: float
    above: Figure
    below: Figure
    ships: Figure
    units: Figure
    days: Figure
    late_days: Figure
    exaggeration: Figure
    testing: Figure
    deciding: Figure
    regret: Figure

    @property
    def power(self) -> Figure:
        """Part in which the effect's own sign is said."""
        return self.above if self.effect > 0.0 else self.below


class Promise(NamedTuple):
    """What a rule promises, what it does, and whether that is what it promised."""

    kind: str
    promised: float
    found: Figure
    verdict: Kept


@dataclass(frozen=True)
class Score:
    """One rule's results.

    Attributes
    ----------
    name, title : str
    promise : Promise
    runs : tuple of Run
        One an effect, by size.
    regret, testing, deciding : Figure
        Over the effects that are believed in, by their weights.
    behind : Figure
        Regret above that of the rule that loses least, from the same replications.
    days : Figure
        Expected duration, over the same effects.
    """

    name: str
    title: str
    promise: Promise
    runs: tuple[Run, ...]
    regret: Figure
    testing: Figure
    deciding: Figure
    behind: Figure
    days: Figure

    def under(self, size: float) -> Run:
        """Give the run under an effect of this size."""
        return next(run for run in self.runs if run.size == size)

    @property
    def same(self) -> Run:
        """The A/A run."""
        return self.under(0.0)

    @property
    def alarms(self) -> Figure:
        """False alarms: part of the A/A replications in which an effect is claimed."""
        above, below = self.same.above, self.same.below
        return Figure(above.value + below.value, math.hypot(above.error, below.error))


@dataclass(frozen=True)
class Arena:
    """Stopping rules on the same replications; made by `race`.

    Attributes
    ----------
    control, treatment, currency : str
    metric : str
    money_metric : bool
        Whether the metric is an amount.
    design : StoppingDesign
        With everything settled.
    look_days, come : tuple of float
        Days of the looks, and customers who have come by then, in the test or not.
    market : float
        Customers who come within the horizon.
    come_in_all : str
        The same in words, where to and until when.
    sign : float
        -1 where the simulated treatment does harm, so that effects of size 1 are its opposite.
    effect, money : float
        Of the simulated treatment per customer, on the metric and on contribution.
    baseline : float
        The metric in control.
    replications, seed : int
    never, at_once : float
        Money lost by not testing: never changing anything, and shipping at once.
    scores : tuple of Score
        Who loses least first.
    """

    control: str
    treatment: str
    currency: str
    metric: str
    money_metric: bool
    design: StoppingDesign
    look_days: tuple[float, ...]
    come: tuple[float, ...]
    market: float
    come_in_all: str
    sign: float
    effect: float
    money: float
    baseline: float
    replications: int
    seed: int
    never: float
    at_once: float
    scores: tuple[Score, ...]

    @property
    def best(self) -> Score:
        """The rule that loses least."""
        return self.scores[0]

    def of(self, name: str) -> Score:
        """Give one rule's results.

        Raises
        ------
        CvosimError
            If it did not take part.
        """
        for score in self.scores:
            if score.name == name:
                return score
        raced = ", ".join(score.name for score in self.scores)
        raise CvosimError(f'no rule "{name}" was raced; there are {raced}')

    def lines(self) -> list[str]:
        """Say in sentences which rule loses least money, and which break their promise."""
        from cvosim.experiment.stopping.arena_text import lines

        return list(lines(self))

    def summary(self) -> str:
        """Say it in one text."""
        return "\n".join(self.lines())

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain numbers, texts and lists; null for what is not known."""
        values: dict[str, Any] = {
            name: getattr(self, name)
            for name in self.__dataclass_fields__
            if name not in ("design", "scores")
        }
        values |= {"look_days": list(self.look_days), "come": list(self.come)}
        values["design"] = self.design.to_dict()
        values["scores"] = [_plain(asdict(score)) for score in self.scores]
        for score, own in zip(self.scores, values["scores"], strict=True):
            own["alarms"] = _plain(score.alarms)
        return values


def _plain(value: Any) -> Any:
    """Named tuples as dictionaries, NaN as None."""
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return _plain(value._asdict())
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
