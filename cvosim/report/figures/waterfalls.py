"""The waterfalls of a comparison: by factor of customer value, and by stage of the journey."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from cvosim.report.exhibit import Exhibit
from cvosim.report.figures.shared import MINUS, folded, folded_stage, own_names
from cvosim.report.figures.waterfall import Level, Part, Waterfall, waterfall
from cvosim.report.numbers import MONEY, Z95, adding_up, number, signed
from cvosim.report.style import short
from cvosim.report.tables import Table
from cvosim.report.verdict import sides_of
from cvosim.report.worth import worth_of

if TYPE_CHECKING:
    from cvosim.experiment.compare import Comparison
    from cvosim.experiment.illustrated import Illustrated, StageSplit

FACTORS = {
    "time": "time: days as a\ncustomer per prospect",
    "frequency": "frequency: orders\nper day as a customer",
    "monetary_value": "monetary value: revenue\nper order, discounted",
    "cost": "cost: discounted,\nper prospect",
    "word_of_mouth": "word of mouth: people\nbrought by referral",
    "total": "total",
}
"""What each part of the split is, in two short lines: more would run into each other."""

PLACES = {
    "acquisition": "acquisition: channels\nand content",
    "repeat_purchases": "repeat purchases",
    "word_of_mouth": "word of mouth: people\nbrought by referral",
}
"""Where money moves that is no stage; stages and programs have their own names."""

_MOST = 10
"""So many parts are told apart in one picture."""

_VALUE_NOTE = (
    "Read from top to bottom: from the scenario whose prospects are worth less to the one whose "
    "prospects are worth more. A filled bar adds value, a hatched bar takes value away, and the "
    "amounts add up. Whiskers are 95 % intervals; the one at the last bar is that of the whole "
    "difference."
)
_STAGE_NOTE = (
    f"{_VALUE_NOTE} Each bar is the change in what the stage or program earns less what it costs, "
    "per prospect. A stage that one scenario lacks counts as nothing there."
)


class _Pair(NamedTuple):
    """Who leads to whom: the worse side, the better side, and the sign of the difference.

    ``sure`` is whether the interval of the difference excludes 0.
    """

    loser: str
    winner: str
    sign: int
    sure: bool

    def title(self, what: str, width: int = 1000) -> str:
        """Write in two lines that one gains over the other, or that they differ."""
        winner, loser = short(self.winner, width), short(self.loser, width)
        if self.sure:
            return f"{what} {winner}\ngains over {loser}"
        how = "How" if what == "What" else what
        return f"{how} {loser}\nand {winner} differ"


def value_waterfall_exhibits(found: Illustrated) -> tuple[Exhibit, ...]:
    """What time, frequency, monetary value and cost add, one exhibit a variant.

    Parameters
    ----------
    found : Illustrated
        As `cvosim.experiment.illustrate` returns it.

    Returns
    -------
    tuple of Exhibit
        Empty where nothing is compared.
    """
    comparison = found.comparison
    if comparison is None:
        return ()
    falls = {variant: value_waterfall_of(comparison, variant) for variant in comparison.variants}
    return _exhibits(comparison, "value_waterfall", "What", falls, _VALUE_NOTE)


def stage_waterfall_exhibits(found: Illustrated) -> tuple[Exhibit, ...]:
    """Where in the journey the difference comes from; as `value_waterfall_exhibits`."""
    comparison = found.comparison
    if comparison is None:
        return ()
    scenarios = {scenario.name: scenario for scenario in found.scenarios}
    falls = {}
    for variant in comparison.variants:
        if variant in found.stages:
            names = own_names([scenarios[comparison.baseline], scenarios[variant]])
            split = found.stages[variant]
            falls[variant] = stage_waterfall_of(comparison, variant, split, names)
    return _exhibits(comparison, "stage_waterfall", "Where in the journey", falls, _STAGE_NOTE)


def _exhibits(
    comparison: Comparison, key: str, what: str, falls: Mapping[str, Waterfall], note: str
) -> tuple[Exhibit, ...]:
    exhibits = []
    for place, variant in enumerate(comparison.variants, 1):
        if variant not in falls or comparison.identical[variant] == 1.0:
            continue  # there is nothing to lead from or to
        pair, data = _pair(comparison, variant), falls[variant]
        title = pair.title(what).replace("\n", " ")
        name = key if place == 1 else f"{key}_{place}"
        words, table = _alt(pair, data), _table(pair, data)
        exhibits.append(Exhibit(name, title, words, waterfall, data, table, note))
    return tuple(exhibits)


def value_waterfall_of(comparison: Comparison, variant: str) -> Waterfall:
    """Lead from the worse side's CLV to the better side's over its factors.

    Word of mouth is a part where either scenario has referral. Parts that are nothing, give or
    take nothing, are left out.

    Parameters
    ----------
    comparison : Comparison
        As `cvosim.compare` returns it.
    variant : str
        Which of its variants.
    """
    split = comparison.decomposition[variant]
    pair = _pair(comparison, variant)
    amounts = [
        (FACTORS[name], value, split.standard_errors[name]) for name, value in split.parts.items()
    ]
    title = pair.title("What", 40)
    total = (float(split.total), split.standard_errors["total"])
    return _waterfall(comparison, variant, title, amounts, total)


def stage_waterfall_of(
    comparison: Comparison,
    variant: str,
    split: StageSplit,
    names: Mapping[str, str] | None = None,
) -> Waterfall:
    """Lead from the worse side's CLV to the better side's over stages and programs.

    Parts that are nothing are left out; of more than ten the smallest become one.

    Parameters
    ----------
    comparison : Comparison
        As `cvosim.compare` returns it.
    variant : str
        Which of its variants.
    split : StageSplit
        Of this variant.
    names : mapping of str to str, optional
        What stages are called, by their keys; see `own_names`.
    """
    pair = _pair(comparison, variant)
    own = {key: folded_stage(name) for key, name in (names or {}).items()} | PLACES
    amounts = [
        (own.get(name) or folded(name), float(value), float(error))
        for name, value, error in zip(
            split.names, split.difference, split.standard_error, strict=True
        )
    ]
    title = pair.title("Where in the journey", 30)
    worth = worth_of(comparison, variant)
    total = tuple(
        math.nan if one is None else one for one in (worth.difference, worth.standard_error)
    )
    return _waterfall(comparison, variant, title, amounts, (total[0], total[1]))


def _pair(comparison: Comparison, variant: str) -> _Pair:
    sides = sides_of(comparison, variant)
    sure = sides is not None and sides.low > 0.0
    # as it is drawn, whether or not its interval is known
    if (worth_of(comparison, variant).difference or 0.0) < 0.0:
        return _Pair(variant, comparison.baseline, -1, sure)
    return _Pair(comparison.baseline, variant, 1, sure)


def _waterfall(
    comparison: Comparison,
    variant: str,
    title: str,
    amounts: Sequence[tuple[str, float, float]],
    total: tuple[float, float],
) -> Waterfall:
    """Turn the signs so that the better side gains, and leave out what is nothing."""
    pair = _pair(comparison, variant)
    beside = [value for _, value, _ in amounts] + [total[0]]
    kept = [one for one in amounts if not _nothing((one[1], Z95 * one[2]), beside)]
    parts = [_part(label, pair.sign * value, error) for label, value, error in _fewer(kept)]
    names = [comparison.baseline, *comparison.variants]
    ends = {comparison.baseline: _level(comparison, variant)}
    ends[variant] = ends[comparison.baseline] + total[0]
    levels = tuple(Level(folded(n), ends[n], names.index(n)) for n in (pair.loser, pair.winner))
    whole = _part("total", pair.sign * total[0], total[1])
    known = math.isfinite(ends[variant])
    measure = f"{comparison.currency} of lifetime value (CLV) per prospect"
    return Waterfall(title, measure, (levels[0], levels[1]) if known else None, tuple(parts), whole)


def _level(comparison: Comparison, variant: str) -> float:
    worth = worth_of(comparison, variant).baseline
    return math.nan if worth is None else worth


def _part(label: str, value: float, error: float) -> Part:
    return Part(label, value, value - Z95 * error, value + Z95 * error)


def _fewer(amounts: list[tuple[str, float, float]]) -> list[tuple[str, float, float]]:
    """Merge the smallest of too many parts; the error of their sum is at most that of its parts."""
    if len(amounts) <= _MOST:
        return amounts
    by_size = sorted(amounts, key=lambda one: abs(one[1]), reverse=True)
    large = set(by_size[: _MOST - 1])
    rest = [one for one in amounts if one not in large]
    merged = ("everything else", math.fsum(r[1] for r in rest), math.fsum(r[2] for r in rest))
    return [*(one for one in amounts if one in large), merged]


def _nothing(amounts: tuple[float, ...], beside: list[float]) -> bool:
    """Whether all of these amounts are written as nothing; what is not known is not."""
    return not any(number(amount, MONEY, beside).strip("-0.") for amount in amounts)


def _alt(pair: _Pair, data: Waterfall) -> str:
    """Say who is worth more, by how much, and which parts carry it most, as the picture does."""
    values = [part.value for part in data.parts]
    *written, total = adding_up(values, data.total.value)
    beside = [*values, data.total.value]

    def amount(value: float, *others: float) -> str:
        text = number(abs(value), MONEY, [*others, *beside])
        sign = MINUS if value < 0 and text.strip("0.,") else ""
        return f"{sign}{data.measure.partition(' of ')[0]} {text}"

    worth = ""
    if data.levels:
        first, last = (amount(level.value, level.value) for level in data.levels)
        worth = f"A prospect of {pair.winner} is worth {last}, one of {pair.loser} {first}. "
    low, high = data.total.low, data.total.high
    known = math.isfinite(low) and math.isfinite(high)
    ends = f"95 % interval {amount(low)} to {amount(high)}"
    sure_or_nothing = pair.sure or not known or low == high
    chance = "" if sure_or_nothing else " Chance alone could explain it."
    ends = ends if known else "its interval is not known"
    text = f"{worth}The difference is {amount(total)} ({ends}).{chance}"
    pairs = zip(data.parts, written, strict=True)
    words = [
        f"{part.label.partition(':')[0].replace(chr(10), ' ')} "
        f"{'adds' if part.value >= 0 else 'takes'} {amount(abs(value))}"
        for part, value in sorted(pairs, key=lambda one: -abs(one[0].value))[:3]
        if math.isfinite(part.value)
    ]
    return f"{text} The largest parts: {', '.join(words)}." if words else text


def _table(pair: _Pair, data: Waterfall) -> Table:
    """The worse side, the parts, their sum and the better side."""
    values = [part.value for part in data.parts]
    beside = [*values, data.total.value]
    written = adding_up(values, data.total.value)
    rows, shown = [], []
    labels = [*(" ".join(part.label.split("\n")) for part in data.parts), "difference"]
    for part, value, label in zip((*data.parts, data.total), written, labels, strict=True):
        half = part.high - part.value
        rows.append((label, part.value, half))
        texts = signed(value, MONEY, beside), number(half, MONEY, beside)
        shown.append((label, *texts))
    if data.levels:
        for place, name, level in zip(
            (0, len(rows) + 1), (pair.loser, pair.winner), data.levels, strict=True
        ):
            rows.insert(place, (name, level.value, math.nan))
            shown.insert(place, (name, number(level.value, MONEY, [level.value, *beside]), ""))
    header = ("part", data.measure, "± 95 %")
    return Table(header, tuple(rows), tuple(shown), columns=("part", "value", "half_width"))
