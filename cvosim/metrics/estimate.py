"""Numbers that know their uncertainty and unit."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple


class Estimate(NamedTuple):
    """A metric's value.

    Attributes
    ----------
    value : float
        NaN where it is not defined, such as a conversion that nobody could make.
    standard_error : float
        Of the value as an estimate of what infinitely many customers would give.
    unit : str
        Such as ``share``, ``days``, or the currency.

    Examples
    --------
    >>> Estimate(math.nan, math.nan, "share").to_dict()
    {'value': None, 'standard_error': None, 'unit': 'share'}
    """

    value: float
    standard_error: float
    unit: str

    def to_dict(self) -> dict[str, float | str | None]:
        """Give a plain dictionary, ready for JSON: what is not a number is null."""
        return {
            "value": number_or_none(self.value),
            "standard_error": number_or_none(self.standard_error),
            "unit": self.unit,
        }


def number_or_none(value: float | None) -> float | None:
    """Give the number if it is finite, else None: JSON knows neither NaN nor infinity."""
    return value if value is not None and math.isfinite(value) else None


@dataclass(frozen=True)
class Metrics(Mapping[str, Estimate]):
    """Every metric of a customer table by name, in the order of the catalogue.

    Examples
    --------
    >>> metrics = Metrics({"cac": Estimate(41.5, 0.8, "USD")})
    >>> metrics["cac"].value
    41.5
    >>> metrics.to_dict()
    {'cac': {'value': 41.5, 'standard_error': 0.8, 'unit': 'USD'}}
    """

    estimates: Mapping[str, Estimate]

    def __post_init__(self) -> None:
        object.__setattr__(self, "estimates", MappingProxyType(dict(self.estimates)))

    def __getitem__(self, name: str) -> Estimate:
        return self.estimates[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.estimates)

    def __len__(self) -> int:
        return len(self.estimates)

    def to_dict(self) -> dict[str, dict[str, float | str | None]]:
        """Give a plain dictionary of dictionaries, ready for JSON."""
        return {name: estimate.to_dict() for name, estimate in self.items()}
