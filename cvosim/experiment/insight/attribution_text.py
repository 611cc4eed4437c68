"""Where a lift comes from, in plain English: money first, then the stages, then what to do."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cvosim.experiment.insight.levers import MECHANISMS
from cvosim.experiment.insight.words import amount, counted, listed, significant

if TYPE_CHECKING:
    from cvosim.experiment.insight.attribution_result import Attribution, Room, Share

_ALL = 0.995
"""A share of the difference from which on a stage carries "all" of it."""


def lines(found: Attribution) -> Iterator[str]:
    """Say what a variant gains, which stages carry it and what to test next.

    Parameters
    ----------
    found : Attribution

    Yields
    ------
    str
        A line without its line break.
    """
    yield _headline(found)
    yield _carriers(found)
    for share in found.shares:
        if (words := _interplay(share, found)) is not None:
            yield words
    for name in found.together:
        yield f"{name} count as one part: one does not work without the other."
    if found.room:
        yield _next(found)


def _headline(found: Attribution) -> str:
    gain, error = found.difference, found.standard_error
    if not significant(gain, error):
        return (
            f"No difference in {found.metric} is visible between {found.variant} and "
            f"{found.baseline}: {_signed(gain, found)} ± {_plain(1.96 * error, found)} over "
            f"{found.customers:,} prospects."
        )
    more = "more" if gain > 0 else "less"
    if not found.metric.startswith("clv"):
        return (
            f"{found.variant} has {_plain(abs(gain), found)} {more} {found.metric} than "
            f"{found.baseline} (± {_plain(1.96 * error, found)})."
        )
    total = amount(abs(gain) * found.customers, found.unit)
    return (
        f"{found.variant} earns {_plain(abs(gain), found)} {more} per prospect than "
        f"{found.baseline} (± {_plain(1.96 * error, found)}): {total} over {found.customers:,} "
        "prospects."
    )


def _carriers(found: Attribution) -> str:
    """Say which stage carries how much."""
    parts = sorted(found.shares, key=lambda share: -abs(share.value))
    said = listed([f"{share.name} {_signed(share.value, found)}" for share in parts])
    text = f"By stage: {said}; together {_signed(found.difference, found)}, without a remainder."
    unclear = [s.name for s in parts if not significant(s.value, s.standard_error)]
    if unclear:
        text += f" Not to be told from nothing: {listed(unclear)}."
    if not significant(found.difference, found.standard_error):
        return text
    with_it = [share for share in parts if share.value * found.difference > 0.0]
    if with_it and significant(with_it[0].value, with_it[0].standard_error):
        best = with_it[0]
        part = best.value / found.difference
        what = "gain" if found.difference > 0 else "loss"
        if part <= _ALL:
            text += f" {best.name} carries {100 * part:.0f} % of the {what}."
        elif len(parts) > 1:
            text += f" {best.name} alone would carry all of the {what}."
    return text


def _interplay(share: Share, found: Attribution) -> str | None:
    """Say where a stage is worth something else by itself than on top of the others."""
    if len(found.shares) < 2 or not math.isfinite(share.standard_error):
        return None
    error = math.hypot(share.standard_error_alone, share.standard_error_last)
    apart = share.last - share.alone
    if not significant(apart, error) or abs(apart) < 0.25 * abs(share.value):
        return None
    return (
        f"{share.name} depends on the rest: {_signed(share.alone, found)} changed alone, "
        f"{_signed(share.last, found)} on top of the others."
    )


def where(found: Attribution) -> str:
    """Say to which of the two the next test belongs: the better one."""
    return "with the change" if found.better == found.variant else "without the change"


def _next(found: Attribution) -> str:
    """Say which stage the next test should attack."""
    percent = f"{100 * found.improvement:.0f} %"
    sure = [r for r in found.room if r.value > 0.0 and significant(r.value, r.standard_error)]
    if not sure:
        return (
            f"Next test: {where(found)}, no stage that is {percent} better shows a gain over "
            f"{counted(found.customers, 'prospect')}; simulate more of them."
        )
    best = sure[0]
    text = (
        f"Next test: {best.name}. {percent} there ({MECHANISMS[best.mechanism]}), {where(found)}, "
        f"would bring {_plain(best.value, found)} per prospect "
        f"(± {_plain(1.96 * best.standard_error, found)}), the most of all stages that show a gain"
    )
    rivals = [room.name for room in found.room if room is not best and _as_good(best, room)]
    return f"{text}; it may be as much at {listed(rivals[:3])}." if rivals else f"{text}."


def _as_good(best: Room, room: Room) -> bool:
    """Whether two gains lie within the error of either; their errors are not independent."""
    error = max(best.standard_error, room.standard_error)
    return room.value > 0.0 and best.value - room.value < 1.96 * error


def _plain(value: float, found: Attribution) -> str:
    return amount(value, found.unit)


def _signed(value: float, found: Attribution) -> str:
    return amount(value, found.unit, sign=True)
