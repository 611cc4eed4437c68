"""How narrow an interval shall be, and after how many customers to look whether it is."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cvosim.errors import CvosimError
from cvosim.tables.spans import STREAM_BLOCK

GROWTH = 4
"""Times as many customers at a look as at the one before it, at most."""

MARGIN = 1.05
"""Customers of the next look over those that the last one said are needed."""


@dataclass(frozen=True)
class Goal:
    """Half the width of a 95 % interval that is narrow enough.

    Attributes
    ----------
    width : float
        In the metric's unit, or a share of the value.
    relative : bool
        Which of the two.

    Examples
    --------
    >>> Goal.of("1%"), Goal.of("0.05")
    (Goal(width=0.01, relative=True), Goal(width=0.05, relative=False))
    >>> Goal.of("1%").half_width(-630.0)
    6.3
    >>> str(Goal.of("0.5 %"))
    '0.5 %'
    """

    width: float
    relative: bool

    @classmethod
    def of(cls, text: str | float | Goal) -> Goal:
        """Read ``1%``, or ``0.05`` in the metric's unit.

        Raises
        ------
        CvosimError
            In words.
        """
        if isinstance(text, Goal):
            return text
        words = str(text).strip()
        relative = words.endswith("%")
        try:
            width = float(words.removesuffix("%"))
        except ValueError:
            width = math.nan
        if not (math.isfinite(width) and width > 0.0):
            raise CvosimError(
                f"precision: must be a percentage above 0, such as 1%, or a number above 0 in the "
                f"metric's unit, such as 0.05 (got {words!r})"
            )
        return cls(width / 100.0, True) if relative else cls(width, False)

    def half_width(self, value: float) -> float:
        """Half the width to be reached beside this value."""
        return self.width * abs(value) if self.relative else self.width

    def __str__(self) -> str:
        return f"{100.0 * self.width:.6g} %" if self.relative else f"{self.width:.6g}"


@dataclass(frozen=True)
class Looks:
    """When to look at the interval.

    Looking is stopping: whoever looks often stops, now and then, because the spread happened to
    look small. Chow & Robbins (1965, *Annals of Mathematical Statistics* 36, 457-462) proved that
    the interval at the first ``n`` where it is narrow enough has its coverage all the same as the
    width goes to 0; Nadas (1969, same journal 40, 667-671) for a width relative to the value, and
    Glynn & Whitt (1992, *Annals of Applied Probability* 2, 180-198, theorem 1) for any simulation
    whose estimate obeys a functional central limit theorem and whose estimate of the spread
    converges. Few looks far apart cost less still: a look asks for as many customers as the
    spread so far says are needed and 5 % more, at most four times as many as there are.

    Attributes
    ----------
    block : int
        Customers come in blocks of so many.
    least : int
        Blocks before the first look.
    """

    block: int = STREAM_BLOCK
    least: int = 1

    def first(self, most: int) -> int:
        """Customers at the first look."""
        return min(self.least * self.block, most)

    def next(self, done: int, short_by: float, most: int) -> int:
        """Customers at the next look.

        Parameters
        ----------
        done : int
            At this look.
        short_by : float
            Half the width over that wanted; NaN where there is no interval yet.
        most : int
            Never more.

        Examples
        --------
        >>> looks = Looks(block=1000)
        >>> [looks.next(2000, short_by, 10**9) for short_by in (1.001, 1.5, 30.0, math.nan)]
        [3000, 5000, 8000, 8000]
        """
        ahead = GROWTH * done
        # squared before it is known to be small: a spread of 1e200 must not overflow
        if math.isfinite(short_by) and short_by < math.sqrt(GROWTH):
            ahead = min(ahead, math.ceil(done * short_by**2 * MARGIN))
        blocks = max(-(-ahead // self.block), done // self.block + 1)
        return min(blocks * self.block, most)
