"""Boxes: regions of the factors in plain limits, found by a shallow decision tree.

Bryant & Lempert (2010), "Thinking inside the box: a participatory, computer-assisted approach to
scenario discovery", Technological Forecasting & Social Change 77, 34-49. They find boxes with PRIM;
a tree does about as well (Lempert, Bryant & Bankes 2008, "Comparing algorithms for scenario
discovery", RAND WR-557).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import DataError
from cvosim.experiment.sensitivity.sample import Column, as_text
from cvosim.tables.columns import Floats

Flags = NDArray[np.bool_]
DEPTH = 3
"""Questions that a tree may ask one after the other: more limits than three explain nothing."""


class Feature(NamedTuple):
    """A column that a tree may cut: a factor's number, or whether it is one of its words."""

    factor: int
    level: int = -1


class Cut(NamedTuple):
    """Values above ``low`` and up to ``high`` of a feature; either may be infinite."""

    low: float = -math.inf
    high: float = math.inf


_BY_CHANCE = 0.05
_NAMED = 3
"""Numbers within a limit that are named one by one; more have two ends."""
Cuts = dict[int, Cut]
"""A box: cuts by the feature's place."""


class Limit(NamedTuple):
    """What a box asks of one factor.

    Attributes
    ----------
    path : str
    low, high : float or None
        Ends; None for open. Of a factor with few values they are values within.
    values : tuple
        Words that are within; empty for numbers.
    few : bool
        Whether the factor has few values, so that the ends are within.
    among : tuple of float
        Those of its few values that are within.

    Examples
    --------
    >>> Limit("journey.core_offer.conversion", None, 0.0123).text()
    'journey.core_offer.conversion below 0.0123'
    >>> Limit("journey.tripwire.price", 19.0, 29.0, few=True).text()
    'journey.tripwire.price from 19 to 29'
    >>> Limit("journey.tripwire.price", None, 19.0, few=True, among=(9.0, 19.0)).text()
    'journey.tripwire.price is 9 or 19'
    >>> Limit("journey.tripwire.trust", 1.04).clause()
    'journey.tripwire.trust is above 1.04'
    """

    path: str
    low: float | None = None
    high: float | None = None
    values: tuple[object, ...] = ()
    few: bool = False
    among: tuple[float, ...] = ()

    def text(self) -> str:
        """Write the limit in plain English, its factor first."""
        verb = "is " if self._listed or (self.low is not None and self.low == self.high) else ""
        return f"{self.path} {verb}{self._within}"

    def clause(self) -> str:
        """Write it as part of a sentence, with a verb."""
        return f"{self.path} is {self._within}"

    @property
    def _listed(self) -> tuple[object, ...]:
        """Values that are named one by one: all words, and numbers unless they are many."""
        return self.values or (self.among if len(self.among) <= _NAMED else ())

    @property
    def _within(self) -> str:
        if self._listed:
            return " or ".join(map(as_text, self._listed))
        low, high = (None if end is None else f"{end:.3g}" for end in (self.low, self.high))
        if low is None or high is None:
            words = ("at least", "at most") if self.few else ("above", "below")
            return f"{words[0] if high is None else words[1]} {low or high}"
        if low == high:
            return low
        return f"{'from' if self.few else 'between'} {low} {'to' if self.few else 'and'} {high}"

    def holds(self, column: Column) -> Flags:
        """Tell at which points the factor, whose values these are, is within."""
        if self.values:
            places = [column.levels.index(value) for value in self.values]
            return np.isin(column.numbers, places)
        low = -math.inf if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        above = column.numbers >= low if self.few else column.numbers > low
        return above & (column.numbers <= high)

    def to_dict(self) -> dict[str, object]:
        """Give a plain dictionary, ready for JSON."""
        return {
            "path": self.path,
            "low": self.low,
            "high": self.high,
            "values": list(self.values),
            "text": self.text(),
        }


def features_of(columns: Sequence[Column]) -> tuple[list[Feature], Floats]:
    """Give the columns that a tree may cut, words one-hot, and their table (points, features)."""
    features: list[Feature] = []
    table: list[Floats] = []
    for factor, column in enumerate(columns):
        if not column.words:
            features.append(Feature(factor))
            table.append(column.numbers)
            continue
        for level in range(len(column.levels)):
            features.append(Feature(factor, level))
            table.append(column.at_level(level).astype(np.float64))
    return features, np.array(table).T


def inside(cuts: Cuts, table: Floats) -> Flags:
    """Tell which rows of the table lie in a box."""
    found = np.ones(len(table), np.bool_)
    for feature, cut in cuts.items():
        found &= (table[:, feature] > cut.low) & (table[:, feature] <= cut.high)
    return found


def boxes_of(table: Floats, bad: Flags, least: int, *, depth: int = DEPTH) -> list[Cuts]:
    """Find boxes in which bad points are at least halfway from their overall share to all.

    The leaves of a decision tree (Gini's impurity) with that density; sisters that both have it
    are one box. Then every end goes that the box may well do without.

    Parameters
    ----------
    table : ndarray of float64, shape (points, features)
    bad : ndarray of bool, shape (points,)
    least : int
        Points that a leaf must hold.
    depth : int
        Questions one after the other.

    Raises
    ------
    DataError
        If scikit-learn is not installed.

    Examples
    --------
    >>> x = np.linspace(0.0, 1.0, 100)[:, None]
    >>> [found] = boxes_of(x, x[:, 0] < 0.3, 5)
    >>> round(found[0].high, 2)
    0.3
    """
    if not bad.any() or bad.all():
        return []
    # the state settles ties between features; it draws no luck
    maker = tree_maker()(max_depth=depth, min_samples_leaf=least, random_state=0)
    tree = maker.fit(table, bad).tree_
    wanted = 0.5 * (1.0 + bad.mean())
    found: list[Cuts] = []
    for cuts in _merged(tree, 0, {}, wanted)[1]:
        plain = _pasted(_plainer(cuts, table, bad, wanted), table, bad, wanted)
        if plain and plain not in found:
            found.append(plain)
    return sorted(found, key=lambda cuts: -int((inside(cuts, table) & bad).sum()))


def tree_maker() -> Any:
    """Give scikit-learn's class of decision trees.

    Raises
    ------
    DataError
        If scikit-learn is not installed; says how to install it.
    """
    try:
        from sklearn.tree import DecisionTreeClassifier
    except ModuleNotFoundError:
        raise DataError(
            "discover: needs scikit-learn; install it with: pip install 'cvosim[discovery]'"
        ) from None
    return DecisionTreeClassifier


def _merged(tree: Any, node: int, cuts: Cuts, wanted: float) -> tuple[bool, list[Cuts]]:
    """Whether all leaves below a node are dense enough, and the boxes there."""
    left, right = int(tree.children_left[node]), int(tree.children_right[node])
    if left < 0:
        shares = tree.value[node][0]
        dense = bool(shares[1] / shares.sum() >= wanted)
        return dense, [cuts] if dense else []
    feature, at = int(tree.feature[node]), float(tree.threshold[node])
    old = cuts.get(feature, Cut())
    below = _merged(tree, left, {**cuts, feature: old._replace(high=at)}, wanted)
    above = _merged(tree, right, {**cuts, feature: old._replace(low=at)}, wanted)
    if below[0] and above[0]:
        return True, [cuts]
    return False, [*below[1], *above[1]]


def _plainer(cuts: Cuts, table: Floats, bad: Flags, wanted: float) -> Cuts:
    """Drop, one by one, the ends that the box may well do without.

    An end stays if chance alone would seldom (1 in 20) make the box so much denser than it is
    without that end: the quasi-p-value of Bryant & Lempert (2010).
    """
    while True:
        tried = [(*_without(cuts, fewer, table, bad), fewer) for fewer in _wider(cuts)]
        tried = [one for one in tried if one[1] >= wanted and one[0] > _BY_CHANCE]
        if not tried:
            return cuts
        cuts = max(tried, key=lambda one: one[:2])[2]


def _wider(cuts: Cuts) -> list[Cuts]:
    """Every box that lacks one end of this one, and is still a box."""
    found = []
    for feature, cut in cuts.items():
        for end in ("low", "high"):
            if math.isfinite(getattr(cut, end)):
                wider = {**cuts, feature: cut._replace(**{end: getattr(Cut(), end)})}
                found.append({place: one for place, one in wider.items() if one != Cut()})
    return [one for one in found if one]


def _without(cuts: Cuts, fewer: Cuts, table: Floats, bad: Flags) -> tuple[float, float]:
    """Chance that the box is as dense if the end it lacks elsewhere means nothing; density."""
    from scipy.stats import binom

    within, around = bad[inside(cuts, table)], bad[inside(fewer, table)]
    density = float(around.mean())
    return float(binom.sf(within.sum() - 1, len(within), density)), density


def _pasted(cuts: Cuts, table: Floats, bad: Flags, wanted: float) -> Cuts:
    """Move every end outwards past points that are dense enough, as PRIM pastes.

    A tree chooses each cut before it knows those below it: what it cut off first may belong to
    the box that it came to in the end (Friedman & Fisher 1999, "Bump hunting in high-dimensional
    data", Statistics and Computing 9, 123-143, paste for the same reason).
    """
    for feature in list(cuts):
        for sign, end in ((-1.0, "low"), (1.0, "high")):
            edge = sign * getattr(cuts[feature], end)
            if math.isinf(edge):
                continue
            free = {**cuts, feature: cuts[feature]._replace(**{end: sign * math.inf})}
            rows = inside(free, table)
            outwards = sign * table[rows, feature]
            order = np.argsort(outwards, kind="stable")
            numbers, worse = outwards[order], bad[rows][order]
            beyond = numbers > edge if sign > 0 else numbers >= edge
            numbers, worse = numbers[beyond], worse[beyond]
            shares = np.cumsum(worse) / np.arange(1, len(worse) + 1)
            # all points of the same number, or none; the last of them loses
            ends = np.append(numbers[1:] > numbers[:-1], False)
            good = np.flatnonzero((shares >= wanted) & worse & ends)
            if len(good):
                last = good[-1]
                moved = sign * 0.5 * float(numbers[last] + numbers[last + 1])
                cuts = {**cuts, feature: cuts[feature]._replace(**{end: moved})}
    return cuts


def limits_of(
    cuts: Cuts, features: Sequence[Feature], columns: Sequence[Column], paths: Sequence[str]
) -> tuple[Limit, ...]:
    """Put the cuts of a box as limits of its factors, in the order of the factors."""
    found: dict[int, Limit] = {}
    for place, cut in sorted(cuts.items()):
        factor, level = features[place]
        column, path = columns[factor], paths[factor]
        if level >= 0:
            before = found.get(factor, Limit(path, values=column.levels)).values
            name = column.levels[level]
            kept = (name,) if cut.low > 0.0 else tuple(one for one in before if one != name)
            found[factor] = Limit(path, values=kept)
            continue
        within = column.numbers[(column.numbers > cut.low) & (column.numbers <= cut.high)]
        if column.levels and len(within):
            ends: Any = (float(within.min()), float(within.max()))
        else:
            ends = (cut.low, cut.high)
        low, high = (
            None if math.isinf(edge) else float(end) for end, edge in zip(ends, cut, strict=True)
        )
        among = tuple(np.unique(within).tolist()) if column.levels else ()
        found[factor] = Limit(path, low, high, few=bool(column.levels), among=among)
    return tuple(found[factor] for factor in sorted(found))
