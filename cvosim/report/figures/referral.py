"""Whom customers bring, and what that is worth."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from cvosim.report.bare import KEY_INCHES, bare_axes, heading, key_boxes, moved
from cvosim.report.exhibit import Exhibit
from cvosim.report.numbers import MONEY, UNKNOWN, Z95, amount, kind_of, money, number
from cvosim.report.style import INK, Margins, bar_style, short, text_inches
from cvosim.report.tables import Cell, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cvosim.experiment.illustrated import Illustrated
    from cvosim.metrics.estimate import Metrics

_TITLE = "Whom customers bring, and what that is worth"
_GENERATIONS = (
    ("referred_in_generation_1", "brought by prospects"),
    ("referred_in_generation_2", "brought by those"),
    ("referred_in_later_generations", "and by later ones"),
)
_VALUES = (
    ("clv_per_prospect", "a prospect alone"),
    ("clv_with_referrals", "with all they bring"),
)
_OTHERS = ("k_factor", "k_of_friends", "referral_share", "clv_per_referred_person")


class Known(NamedTuple):
    """A number with its 95 % interval; NaN where it is not known."""

    value: float
    low: float
    high: float


class ReferralSide(NamedTuple):
    """One scenario; empty where it has no referral.

    ``people`` by generation, for every 100 prospects; ``value`` of a prospect alone and with
    all the people it brings; ``k`` people whom one person brings.
    """

    scenario: str
    people: tuple[Known, ...]
    value: tuple[Known, ...]
    k: float


class Referral(NamedTuple):
    """Scenarios side by side, money in ``currency``."""

    currency: str
    sides: tuple[ReferralSide, ...]


def referral(data: Referral, ax: Axes | None = None) -> Axes:
    """Draw the people brought in each generation, and a prospect's value with and without them.

    Parameters
    ----------
    data : Referral
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.

    Returns
    -------
    Axes
        In halves: bars of either have their own scale, and their numbers beside them.

    Examples
    --------
    >>> people, value = Known(2.0, 1.5, 2.5), Known(8.0, 7.0, 9.0)
    >>> side = ReferralSide("now", (people, people, people), (value, value), 0.02)
    >>> ax = referral(Referral("USD", (side,)))
    >>> [text.get_text() for text in ax.texts][-1]
    'now: one person brings 0.020 others'
    """
    sides = data.sides
    rows = len(_GENERATIONS) + len(_VALUES) + 1.9
    if ax is None:
        left = 0.3 + max(text_inches(label) for _, label in _GENERATIONS + _VALUES)
        key = KEY_INCHES * len(sides)
        high = 0.65 + key + rows * (0.22 + 0.14 * len(sides))
        ax = bare_axes(8.0, high, Margins(left, 0.2, 0.5 + key, 0.1))
    ax.set_axis_off()
    whose = (_half(data, "people"), _half(data, "value"))
    for half, top in zip(whose, (0.7, 1.9 + len(_GENERATIONS)), strict=True):
        _draw_half(ax, half, top)
    ax.set_xlim(0, 1)
    ax.set_ylim(rows - 0.3, -0.3)
    heading(ax, _TITLE, key=len(sides))
    key_boxes(ax, [(_key(side), bar_style(index)) for index, side in enumerate(sides)])
    return ax


class _Half(NamedTuple):
    """Bars with a scale of their own: ``bars[i]`` are those of side ``i``."""

    title: str
    labels: tuple[str, ...]
    bars: tuple[tuple[Known, ...], ...]
    kind: str


def _half(data: Referral, what: str) -> _Half:
    if what == "people":
        labels = tuple(label for _, label in _GENERATIONS)
        title = "people brought, for every 100 prospects"
        return _Half(title, labels, tuple(side.people for side in data.sides), "ratio")
    labels = tuple(label for _, label in _VALUES)
    title = f"what a prospect is worth (CLV), {data.currency}"
    return _Half(title, labels, tuple(side.value for side in data.sides), MONEY)


def _draw_half(ax: Axes, half: _Half, top: float) -> None:
    """Draw the bars below each other, from 0 to four fifths of the width for the longest."""
    style: dict[str, Any] = {"fontsize": 9, "color": INK, "parse_math": False}
    ax.text(0, top - 0.45, half.title, va="center", **style)
    ends = [end for bars in half.bars for bar in bars for end in bar if math.isfinite(end)]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    unit = 0.8 / ((high - low) or 1.0)
    zero = -low * unit
    for row, label in enumerate(half.labels):
        beside = moved(ax, ax.get_yaxis_transform(), -6, 0)
        ax.text(0, top + row + 0.4, label, ha="right", va="center", transform=beside, **style)
    thick = 0.8 / len(half.bars)
    for index, bars in enumerate(half.bars):
        places = [top + row + thick * (index + 0.5) for row in range(len(bars))]
        lengths = [unit * bar.value if math.isfinite(bar.value) else 0.0 for bar in bars]
        ax.barh(places, lengths, left=zero, height=thick * 0.9, **bar_style(index))
        for place, bar in zip(places, bars, strict=True):
            _end(ax, place, bar, half.kind, (zero, unit))
    ax.plot([zero, zero], [top - 0.1, top + len(half.labels) - 0.1], color=INK, linewidth=0.9)


def _end(ax: Axes, place: float, bar: Known, kind: str, scale: tuple[float, float]) -> None:
    """Draw the interval and write the number beyond it."""
    zero, unit = scale
    whisker = math.isfinite(bar.low) and math.isfinite(bar.high)
    ends = [zero + unit * end for end in (bar.low, bar.high)] if whisker else []
    if whisker:
        ax.plot(ends, [place, place], color=INK, linewidth=1.1)
    beyond = max([zero, *ends, zero + unit * bar.value if math.isfinite(bar.value) else zero])
    text = number(bar.value, kind).replace("-", "\N{MINUS SIGN}")
    ax.text(beyond + 0.012, place, text, va="center", fontsize=8.5, color=INK)


def _key(side: ReferralSide) -> str:
    if not side.people:
        return f"{short(side.scenario, 60)}: no referral"
    return f"{short(side.scenario, 60)}: one person brings {number(side.k, 'ratio')} others"


def referral_exhibit(found: Illustrated) -> Exhibit | None:
    """Show whom customers bring; None where no scenario has referral."""
    sides = [(scenario.name, found.metrics[scenario.name]) for scenario in found.scenarios]
    if not any(_has_referral(metrics) for _, metrics in sides):
        return None
    data = Referral(found.currency, tuple(_side(name, metrics) for name, metrics in sides))
    return Exhibit(
        key="referral",
        title=_TITLE,
        alt=" ".join(_said(side, found.currency) for side in data.sides),
        draw=referral,
        data=data,
        table=_table(sides, found.currency),
        note="Above: people who came because a prospect brought them, because one of those did, "
        "and so on. Below: what a prospect is worth by itself, and with all the people who came "
        "through it. Lines: 95 % intervals.",
    )


def _has_referral(metrics: Metrics) -> bool:
    return "k_factor" in metrics


def _known(metrics: Metrics, name: str, scale: float = 1.0) -> Known:
    if name not in metrics:  # nobody comes through prospects: they are worth what they are
        name = "clv_per_prospect"
    value, half = scale * metrics[name].value, Z95 * scale * metrics[name].standard_error
    return Known(value, value - half, value + half)


def _side(name: str, metrics: Metrics) -> ReferralSide:
    values = tuple(_known(metrics, metric) for metric, _ in _VALUES)
    if not _has_referral(metrics):
        return ReferralSide(name, (), values, math.nan)
    scale = 100.0 / metrics["prospects"].value
    people = tuple(_known(metrics, metric, scale) for metric, _ in _GENERATIONS)
    return ReferralSide(name, people, values, metrics["k_factor"].value)


def _said(side: ReferralSide, currency: str) -> str:
    alone, together = (money(known.value, currency) for known in side.value)
    if not side.people:
        return f"{side.scenario} has no referral; a prospect is worth {alone}."
    people = [number(known.value, "ratio") for known in side.people]
    return (
        f"{side.scenario}: every 100 prospects bring {people[0]} people, those {people[1]}, and "
        f"later ones {people[2]}; one person brings {number(side.k, 'ratio')} others. A prospect "
        f"is worth {alone} alone and {together} with all the people it brings."
    )


def _table(sides: list[tuple[str, Metrics]], currency: str) -> Table:
    """Numbers down, scenarios across, each with its interval."""
    wanted = [*_GENERATIONS, *_VALUES, *((name, name.replace("_", " ")) for name in _OTHERS)]
    rows: list[tuple[Cell, ...]] = []
    shown: list[tuple[str, ...]] = []
    for metric, label in wanted:
        cells = [_cell(metrics, metric, currency) for _, metrics in sides]
        rows.append((metric, *(value for known, _ in cells for value in known)))
        shown.append((label, *(text for _, text in cells)))
    names = [name for name, _ in sides]
    columns = [f"{name}{end}" for name in names for end in ("", " low", " high")]
    return Table(
        ("number", *names), tuple(rows), tuple(shown),
        title="People brought by referral, with 95 % intervals", columns=("number", *columns),
    )  # fmt: skip


def _cell(metrics: Metrics, name: str, currency: str) -> tuple[Known, str]:
    if name not in metrics:
        return Known(math.nan, math.nan, math.nan), "no referral"
    known = _known(metrics, name)
    kind = kind_of(metrics[name].unit)
    text = amount(known.value, kind, currency)
    ends = [number(end, kind, like=known.value) for end in known[1:]]
    if UNKNOWN in ends:
        return known, text
    return known, f"{text} ({ends[0].removesuffix(' %')} to {ends[1]})"
