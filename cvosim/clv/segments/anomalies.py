"""Cells, categories or places whose customers are worth more or less than chance explains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from cvosim.clv.orders.purchase_days import Floats
from cvosim.clv.segments.acquisition import Labels
from cvosim.clv.segments.permutation import Reshuffled
from cvosim.errors import DataError


@dataclass(frozen=True)
class AnomalySettings:
    """How to look for anomalies.

    Attributes
    ----------
    least : int
        Customers a label must have, and leave to the rest, to be tested.
    false_discoveries : float
        The part of the labels called different that may be so by chance.
    level : float
        Of the intervals, each by itself.
    reshufflings : int
        At least so many; see `cvosim.clv.segments.permutation`.
    seed : int
        Luck to draw.
    """

    least: int = 10
    false_discoveries: float = 0.05
    level: float = 0.95
    reshufflings: int = 9999
    seed: int = 1

    def __post_init__(self) -> None:
        if self.least < 2 or self.reshufflings < 1:
            raise DataError("anomalies: a label needs at least 2 customers, a test 1 reshuffling")
        if not (0 < self.false_discoveries < 1 and 0 < self.level < 1):
            raise DataError("anomalies: false_discoveries and level lie between 0 and 1")


class Anomaly(NamedTuple):
    """A label held against the rest.

    Attributes
    ----------
    attribute, label : str
        What was looked at.
    customers : int
        Who have the label.
    value, rest : float
        Mean value of a customer who has it, and of one who has not.
    difference, low, high : float
        Their difference with its interval, this label taken by itself.
    p : float
        Of the permutation test.
    p_adjusted : float
        By Benjamini & Hochberg (1995), over all labels tested.
    differs : bool
        Whether `p_adjusted` is at most the part of false discoveries allowed.
    """

    attribute: str
    label: str
    customers: int
    value: float
    rest: float
    difference: float
    low: float
    high: float
    p: float
    p_adjusted: float
    differs: bool


class Anomalies(NamedTuple):
    """All labels tested, the surest differences first.

    Attributes
    ----------
    tested : tuple of Anomaly
        By p, then by the size of the difference.
    too_small : int
        Labels that too few customers have, or too few have not, to be tested.
    settings : AnomalySettings
        How it was looked for.
    """

    tested: tuple[Anomaly, ...]
    too_small: int
    settings: AnomalySettings

    @property
    def found(self) -> tuple[Anomaly, ...]:
        """Those that differ beyond chance."""
        return tuple(one for one in self.tested if one.differs)

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, ready for JSON."""
        return {
            "false_discoveries": self.settings.false_discoveries,
            "level": self.settings.level,
            "too_small": self.too_small,
            "tested": [one._asdict() for one in self.tested],
        }


def anomalies(
    values: Floats, attributes: Mapping[str, Labels], settings: AnomalySettings | None = None
) -> Anomalies:
    """Find the labels whose mean value differs from the rest's beyond chance.

    Each label is held against all other customers by a permutation test of Welch's t, and the
    tests of all attributes together are adjusted by Benjamini & Hochberg (1995, *J. Royal
    Statistical Society B* 57, 289-300), so that of the labels called different at most a part
    of `false_discoveries` is so by chance, in the mean over many logs.

    Parameters
    ----------
    values : ndarray of float64
        What each customer is worth; one a customer, so that no customer counts twice.
    attributes : mapping of str to Labels
        What is known of them.
    settings : AnomalySettings, optional
        Defaults if left out.

    Returns
    -------
    Anomalies
        None tested where all values are the same.

    Raises
    ------
    DataError
        If a value is not finite, or there are more or fewer labels than values.

    Examples
    --------
    >>> place = Labels(np.arange(60) % 3, ("east", "north", "west"))
    >>> values = np.where(place.codes == 1, 50.0, 20.0) + np.arange(60) % 7
    >>> [(one.label, round(one.difference)) for one in anomalies(values, {"place": place}).found]
    [('north', 30), ('west', -15), ('east', -15)]
    """
    settings = settings or AnomalySettings()
    values = np.asarray(values, np.float64)
    if not np.isfinite(values).all():
        raise DataError("anomalies: a customer's value is not a finite number")
    for name, labels in attributes.items():
        if len(labels.codes) != len(values):
            raise DataError(f"anomalies: {name}: {len(labels.codes)} labels, {len(values)} values")
    sizes = {name: np.bincount(labels.codes) for name, labels in attributes.items()}
    room = len(values) - settings.least
    fit = {name: (count >= settings.least) & (count <= room) for name, count in sizes.items()}
    n_fit = sum(int(one.sum()) for one in fit.values())
    too_small = sum(map(len, sizes.values())) - n_fit
    if not n_fit or values.min() == values.max():
        return Anomalies((), too_small, settings)
    chance = Reshuffled(values, settings.reshufflings, settings.seed)
    tests = [
        _held_against(values, chance, (name, labels, code), settings.level)
        for name, labels in attributes.items()
        for code in np.flatnonzero(fit[name]).tolist()
    ]
    return Anomalies(_adjusted(tests, settings.false_discoveries), too_small, settings)


def _held_against(
    values: Floats, chance: Reshuffled, which: tuple[str, Labels, int], level: float
) -> Anomaly:
    name, labels, code = which
    group = labels.codes == code
    found = chance.test(group, level)
    means = float(values[group].mean()), float(values[~group].mean())
    size = int(np.count_nonzero(group))
    return Anomaly(name, labels.labels[code], size, *means, *found, found.p, differs=False)


def _adjusted(tests: list[Anomaly], allowed: float) -> tuple[Anomaly, ...]:
    from scipy.stats import false_discovery_control

    adjusted = false_discovery_control([one.p for one in tests], method="bh").tolist()
    judged = [
        one._replace(p_adjusted=p, differs=p <= allowed)
        for one, p in zip(tests, adjusted, strict=True)
    ]
    return tuple(sorted(judged, key=lambda one: (one.p, -abs(one.difference))))
