"""A test planned from a handful of numbers, and the answer in plain words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

from cvosim.errors import CvosimError
from cvosim.stats.planning.design import Design
from cvosim.stats.planning.spread import Means, Proportions, Spread, with_covariate

POWERS = (0.5, 0.7, 0.8, 0.9, 0.95)
"""Rows of the table, beside the power asked for."""


class Known(NamedTuple):
    """What is known of the metric and of the traffic.

    Attributes
    ----------
    value : float
        Mean of the metric, or a rate; NaN if no effect is relative to it.
    sd : float, optional
        Of a mean; a rate has its own.
    correlation : float
        With a covariate from before the experiment.
    per_day : float, optional
        Units that enter a day, all arms together.
    """

    value: float
    sd: float | None = None
    correlation: float = 0.0
    per_day: float | None = None

    @property
    def is_rate(self) -> bool:
        """Whether the value is a share of units."""
        return self.sd is None

    def spread(self) -> Spread:
        """Give what planning needs of the metric.

        Raises
        ------
        CvosimError
            For a rate, a standard deviation or a correlation that is none.
        """
        own = Proportions(self.value) if self.sd is None else Means(self.sd)
        return with_covariate(own, self.correlation) if self.correlation else own


class Line(NamedTuple):
    """What one power needs, or finds: an effect with its sample."""

    power: float
    effect: float
    relative: float
    control: float
    treatment: float
    total: float
    days: float


@dataclass(frozen=True)
class Answer:
    """The plan of a test from numbers; made by `answer`.

    Attributes
    ----------
    known : Known
    design : Design
    asked : {"sample", "effect", "power"}
        What was not known.
    line : Line
        The answer.
    table : tuple of Line
        The same for other powers: samples for the effect, or else effects for the sample.
    """

    known: Known
    design: Design
    asked: str
    line: Line
    table: tuple[Line, ...]

    @property
    def units(self) -> int:
        """Whole units of the answer, in all arms together: none of them is shared."""
        return self._count(self.line.control) + self.design.treatments * self._count(
            self.line.treatment
        )

    def summary(self) -> str:
        """Say it in a sentence or two."""
        line, design = self.line, self.design
        effect = self._effect(line)
        sure = f"{100 * line.power:.3g} % power"
        control, treatment = self._count(line.control), self._count(line.treatment)
        whole = self.units
        name = "each treatment" if design.treatments > 1 else "treatment"
        sizes = f"{control:,} in control and {treatment:,} in {name}"
        texts = {
            "sample": f"To find a change of {effect} with {sure} you need {whole:,} units: "
            f"{sizes}.",
            "effect": f"With {line.total:,.0f} units ({sizes}) the smallest change you "
            f"can find with {sure} is {effect}.",
            "power": f"With {line.total:,.0f} units ({sizes}) a change of {effect} is "
            f"found with {sure}.",
        }
        return "\n".join([texts[self.asked], *self._days(), *self._terms()])

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain numbers, texts and lists; null for what is not known."""
        design = self.design
        return {
            "asked": self.asked,
            "value": _plain(self.known.value),
            "sd": self.known.sd,
            "correlation": self.known.correlation,
            "per_day": self.known.per_day,
            "alpha": design.alpha,
            "alpha_each": design.alpha_each,
            "alternative": design.alternative,
            "ratio": design.ratio,
            "treatments": design.treatments,
            "looks": list(design.looks) if isinstance(design.looks, tuple) else design.looks,
            "spending": design.spending if design.looks != 1 else None,
            "inflation": design.inflation(self.line.power),
            **{name: _plain(value) for name, value in self.line._asdict().items()},
            "table": [
                {name: _plain(value) for name, value in line._asdict().items()}
                for line in self.table
            ],
        }

    @staticmethod
    def _count(units: float) -> int:
        """Whole units: enough of them, but none for a rounding error."""
        return math.ceil(units - 1e-6)

    def _effect(self, line: Line) -> str:
        return effect_in_words(line, self.known)

    def _days(self) -> list[str]:
        if math.isnan(self.line.days):
            return []
        days, per_day = math.ceil(self.line.days - 1e-9), self.known.per_day
        weeks = f" ({math.ceil(days / 7):,} whole weeks)" if days % 7 and days > 7 else ""
        return [
            f"At {per_day:,g} units a day that takes {days:,} days{weeks}, and whatever time the "
            "last ones need to show their metric."
        ]

    def _terms(self) -> list[str]:
        design, notes = self.design, []
        if design.treatments > 1:
            notes.append(
                f"{design.treatments} treatments share the error rate: {design.alpha_each:.3g} "
                "for each comparison (Bonferroni)."
            )
        if design.looks != 1:
            count = design.looks if isinstance(design.looks, int) else len(design.looks)
            notes.append(
                f"{count} looks ({design.spending}): the largest sample is "
                f"{design.inflation(self.line.power):.3f} times that of one look; a clear effect "
                "stops it earlier."
            )
        if self.known.correlation:
            saved = 100 * self.known.correlation**2
            notes.append(f"The covariate takes {saved:.3g} % off the variance, and the sample.")
        return notes


def answer(
    known: Known,
    effect: float | None = None,
    total: float | None = None,
    power: float | None = None,
    **how: Any,
) -> Answer:
    """Answer what is not known of effect, sample and power.

    Parameters
    ----------
    known : Known
    effect : float, optional
        Treatment less control.
    total : float, optional
        Units of all arms.
    power : float, optional
        0.8 unless both others are given.
    **how
        Whatever else `Design` takes.

    Returns
    -------
    Answer

    Raises
    ------
    CvosimError
        If neither effect nor sample is given, or all three are; or for what is out of range.

    Examples
    --------
    >>> found = answer(Known(12.5, sd=80.0), effect=0.625)
    >>> print(found.summary())
    To find a change of 0.62 (5.0 %) with 80 % power you need 514,386 units: 257,193 in control
    and 257,193 in treatment.
    >>> round(answer(Known(0.05), total=16_316).line.effect, 6)
    0.01
    """
    if effect is None and total is None:
        raise CvosimError("effect: give the effect to find, or the number of units, or both")
    if effect is not None and total is not None and power is not None:
        raise CvosimError("power: follows from effect and units; leave one of the three out")
    if known.is_rate and effect is not None:
        _check_share(known.value, effect)
    design = Design(known.spread(), **how)
    powers = sorted({*POWERS, power or 0.8})
    powers = [one for one in powers if one > design.alpha_each]
    if total is None:
        assert effect is not None
        line = _sized(known, design, effect, power or 0.8)
        return Answer(
            known, design, "sample", line, tuple(_sized(known, design, effect, p) for p in powers)
        )
    table = tuple(_found(known, design, total, p) for p in powers)
    if effect is None:
        return Answer(known, design, "effect", _found(known, design, total, power or 0.8), table)
    if effect == 0.0:
        raise CvosimError("effect: must not be 0; no test finds what is not there")
    reached = float(design.power(effect, design.control_of(total)))
    return Answer(known, design, "power", _line(known, design, (reached, effect, total)), table)


def _check_share(rate: float, effect: float) -> None:
    """Refuse an effect that makes of a share what is none."""
    aim, limit = rate + effect, 1.0 if effect > 0.0 else 0.0
    if not 0.0 < rate < 1.0 or min(aim, 1.0 - aim) >= -1e-9:  # or the design says what is wrong
        return
    points = 100.0 * (limit - rate)
    raise CvosimError(
        f"effect: {100.0 * effect / rate:+.4g} % of {100.0 * rate:.4g} % would make it "
        f"{100.0 * aim:.4g} %, and a share cannot be {'above' if limit else 'below'} "
        f"{100.0 * limit:g} %: ask for less than {abs(points) / rate:.4g} % ({abs(points):.4g} "
        "points)"
    )


def effect_in_words(line: Line, known: Known) -> str:
    """Write an effect in its unit and relative to control."""
    if math.isnan(line.effect):
        return "none that can exist"
    if known.is_rate:
        to = f", from {100 * known.value:.4g} % to {100 * (known.value + line.effect):.4g} %"
        points = f"{100 * line.effect:.{_digits(100 * line.effect)}f} points"
        return f"{points} ({100 * line.relative:.1f} %{to})"
    text = f"{line.effect:,.{_digits(line.effect)}f}"
    return text if math.isnan(line.relative) else f"{text} ({100 * line.relative:.1f} %)"


def _sized(known: Known, design: Design, effect: float, power: float) -> Line:
    total = float(design.sample_size(effect, power).total)
    return _line(known, design, (power, effect, total))


def _found(known: Known, design: Design, total: float, power: float) -> Line:
    effect = float(design.mde(design.control_of(total), power))
    return _line(known, design, (power, effect, total))


def _line(known: Known, design: Design, found: tuple[float, float, float]) -> Line:
    power, effect, total = found
    control = float(design.control_of(total))
    relative = effect / abs(known.value) if known.value else math.nan
    days = total / known.per_day if known.per_day else math.nan
    return Line(power, effect, relative, control, control * design.ratio, total, days)


def _digits(value: float) -> int:
    size = abs(value)
    if size >= 1000.0:
        return 0
    return 2 if size >= 0.1 or size == 0.0 else min(6, 1 - math.floor(math.log10(size)))


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None
