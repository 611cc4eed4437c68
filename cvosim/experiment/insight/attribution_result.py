"""What the split of a lift among stages holds."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Share(NamedTuple):
    """What one part of the change is worth.

    Attributes
    ----------
    name : str
        Of the stage, or of several that only work together.
    value, standard_error : float
        Its Shapley value and the paired error of it.
    alone, standard_error_alone : float
        What it is worth with nothing else changed.
    last, standard_error_last : float
        What it adds to all the others.
    """

    name: str
    value: float
    standard_error: float
    alone: float
    standard_error_alone: float
    last: float
    standard_error_last: float

    @property
    def interval(self) -> tuple[float, float]:
        """Normal 95 % interval of the Shapley value."""
        reach = 1.959963984540054 * self.standard_error
        return self.value - reach, self.value + reach


class Room(NamedTuple):
    """What a small improvement of a stage of the better scenario would be worth."""

    name: str
    mechanism: str
    value: float
    standard_error: float


@dataclass(frozen=True)
class Attribution:
    """A difference between two scenarios, split among the stages in which they differ.

    Attributes
    ----------
    baseline, variant : str
    metric, unit : str
    customers, seed : int
    before, after : float
        The metric of baseline and variant.
    shares : tuple of Share
        They sum to ``difference``.
    standard_error : float
        Of the difference.
    together : tuple of str
        Parts that had to be put together.
    scenarios : int
        How many were simulated for the split.
    room : tuple of Room
        Where the next test could gain most; the largest gain first.
    improvement : float
        How much better each stage was made for that, relative.
    better : str
        The scenario that this was tried on.
    """

    baseline: str
    variant: str
    metric: str
    unit: str
    customers: int
    seed: int
    before: float
    after: float
    shares: tuple[Share, ...]
    standard_error: float
    together: tuple[str, ...]
    scenarios: int
    room: tuple[Room, ...] = field(default=(), repr=False)
    improvement: float = 0.1
    better: str = ""

    @property
    def difference(self) -> float:
        """Variant less baseline."""
        return self.after - self.before

    def summary(self) -> str:
        """Say in words what was found."""
        from cvosim.experiment.insight.attribution_text import lines

        return "\n".join(lines(self))

    def to_dict(self) -> dict[str, Any]:
        """Give plain dictionaries and lists, ready for JSON: what is not a number is null."""
        plain = ("baseline", "variant", "metric", "unit", "customers", "seed", "scenarios")
        return {
            "verdict": self.summary().splitlines(),
            **{name: getattr(self, name) for name in plain},
            **{
                name: finite(getattr(self, name))
                for name in ("before", "after", "difference", "standard_error")
            },
            "stages": [numbers(share) for share in self.shares],
            "put_together": list(self.together),
            "next": {
                "scenario": self.better,
                "improvement": self.improvement,
                "stages": [numbers(room) for room in self.room],
            },
        }


def finite(value: float) -> float | None:
    """Give a number for JSON: null for what is none."""
    return value if math.isfinite(value) else None


def numbers(row: Any) -> dict[str, Any]:
    """Give the fields of a NamedTuple for JSON."""
    found = row._asdict().items()
    return {key: finite(v) if isinstance(v, float) else v for key, v in found}
