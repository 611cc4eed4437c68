"""The experiment that a certificate is for: its size, split, looks and effect."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from cvosim.errors import CvosimError
from cvosim.stats.contrast import ALTERNATIVES, Alternative

EffectKind = Literal["multiply", "add", "convert"]
EFFECT_KINDS: tuple[EffectKind, ...] = ("multiply", "add", "convert")


class Injected(NamedTuple):
    """An effect given to data that have none.

    Attributes
    ----------
    lift : float
        How large: 0.1 is a tenth more.
    kind : {"multiply", "add", "convert"}
        ``multiply``: every value times 1 + lift. ``add``: every value plus lift times the mean.
        ``convert``: so many more customers do what customers with a value do; that is what
        ``multiply`` means for outcomes that are 1 or 0.
    """

    lift: float
    kind: EffectKind = "multiply"


@dataclass(frozen=True)
class Design:
    """Size, split, looks, level and effect of an experiment.

    Attributes
    ----------
    units : int
        Customers in both arms together.
    shares : pair of float
        Of control and treatment; they sum to 1.
    looks : int
        Equally spaced looks at the data, the last one at the end.
    spending : str
        How a group-sequential test spends its error rate over them.
    level : float
        Of confidence.
    alternative : {"two-sided", "greater", "less"}
    effect : Injected, optional
        Of the A/B runs; that of the pool's own arms if left out.
    treatment : str, optional
        Arm of the pool to compare with control; the first one if left out.

    Raises
    ------
    CvosimError
        If a part cannot be.

    Examples
    --------
    >>> design = Design(10_000, (0.9, 0.1), looks=4)
    >>> design.look_units, design.nominal
    ((2500, 5000, 7500, 10000), (0.025, 0.025))
    """

    units: int = 10_000
    shares: tuple[float, float] = (0.5, 0.5)
    looks: int = 1
    spending: str = "obrien_fleming"
    level: float = 0.95
    alternative: Alternative = "two-sided"
    effect: Injected | None = None
    treatment: str | None = None

    def __post_init__(self) -> None:
        _check_shares(self.shares)
        for name in ("units", "looks"):
            if int(getattr(self, name)) != getattr(self, name):
                raise CvosimError(f"{name}: must be a whole number (got {getattr(self, name)})")
        if not 1 <= self.looks <= 100:
            raise CvosimError(f"looks: must be from 1 to 100 (got {self.looks})")
        least = min(self.shares) * self.units / self.looks
        if least < 10:
            raise CvosimError(
                f"units: {self.units:,} leave {least:.0f} for the smaller arm at the first look; "
                "at least 10 are needed"
            )
        if not 0.5 < self.level < 1.0:
            raise CvosimError(
                f"level: must be between 0.5 and 1 (got {self.level:g}); 95 % is 0.95"
            )
        if self.alternative not in ALTERNATIVES:
            known = ", ".join(ALTERNATIVES)
            raise CvosimError(f"alternative: must be one of {known} (got {self.alternative})")
        if self.effect is not None:
            _check_effect(self.effect)

    @property
    def alpha(self) -> float:
        """Error rate promised, over both tails."""
        return 1.0 - self.level

    @property
    def nominal(self) -> tuple[float, float]:
        """Error rate promised in the upper and in the lower tail."""
        alpha = round(self.alpha, 12)
        if self.alternative == "two-sided":
            return alpha / 2.0, alpha / 2.0
        return (alpha, 0.0) if self.alternative == "greater" else (0.0, alpha)

    @property
    def look_units(self) -> tuple[int, ...]:
        """Customers enrolled at each look."""
        return tuple(self.units * (look + 1) // self.looks for look in range(self.looks))

    def to_dict(self) -> dict[str, Any]:
        """Give a plain dictionary, ready for JSON."""
        return {
            "units": self.units,
            "shares": list(self.shares),
            "looks": list(self.look_units),
            "spending": self.spending,
            "level": self.level,
            "alternative": self.alternative,
            "effect": None if self.effect is None else self.effect._asdict(),
        }


def _check_shares(shares: tuple[float, ...]) -> None:
    if len(shares) != 2:
        raise CvosimError(
            f"shares: must be two, of control and of one treatment (got {len(shares)}: {shares}); "
            "certify one treatment after the other"
        )
    if not all(0.0 < share < 1.0 for share in shares) or abs(sum(shares) - 1) > 1e-9:
        raise CvosimError(f"shares: must be two parts above 0 of 1 (got {shares})")


def _check_effect(effect: Injected) -> None:
    if effect.kind not in EFFECT_KINDS:
        known = ", ".join(EFFECT_KINDS)
        raise CvosimError(f"effect: the kind must be one of {known} (got {effect.kind})")
    if not math.isfinite(effect.lift) or effect.lift <= -1.0 or effect.lift == 0.0:
        raise CvosimError(
            f"effect: must be above -100 % and other than 0 (got {100 * effect.lift:g} %)"
        )
