"""The arena in plain English: money first, then who breaks a promise."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cvosim.experiment.insight.words import Z, amount, listed, minus

if TYPE_CHECKING:
    from cvosim.experiment.stopping.arena import Arena, Figure, Score


FOUND = 0.01
"""Part of tests below which a rule is said not to find an effect."""


def lines(arena: Arena) -> Iterator[str]:
    """Say which rule loses least money, which break their promise, and what was assumed.

    Parameters
    ----------
    arena : Arena

    Yields
    ------
    str
        A line without its line break.
    """
    yield from _without_a_test(arena)
    yield _least(arena)
    yield from _misled(arena)
    yield from _others(arena)
    yield (
        f"Without a test, {amount(arena.never, arena.currency)} would be lost by never changing "
        f"anything, and {amount(arena.at_once, arena.currency)} by shipping at once."
    )
    yield from _unproven(arena)
    yield from _broken(arena)
    yield from _kept(arena)
    yield from _soonest(arena)
    yield from _exaggerated(arena)
    yield _assumed(arena)


def unbeaten(arena: Arena) -> str:
    """Say that no rule is better than doing without a test; nothing where one surely is."""
    ships = arena.at_once <= arena.never
    lost, way = min(arena.at_once, arena.never), "shipping at once" if ships else "never changing"
    best, reach = arena.best.regret.value, Z * arena.best.regret.error
    if best + reach < lost:
        return ""
    beats = "beats" if best - reach > lost else "is shown to beat"
    return (
        f"No rule {beats} {way}, without a test: that loses {amount(lost, arena.currency)}, "
        f"the best rule {money(arena.best.regret, arena)}"
    )


def _without_a_test(arena: Arena) -> Iterator[str]:
    if said := unbeaten(arena):
        yield f"{said}."


def _least(arena: Arena) -> str:
    best = arena.best
    near = [score.title for score in arena.scores[1:] if near_best(score)]
    tie = f" {_upper(listed(near))} cannot be told apart from it." if near else ""
    where = "Of the rules, {} loses least money" if unbeaten(arena) else "{} loses least money here"
    return (
        f"{_upper(where.format(best.title))}: {money(best.regret, arena)}, against "
        f"always giving everybody the better arm, where {arena.come_in_all}.{tie}"
    )


def _misled(arena: Arena) -> Iterator[str]:
    """Warn of a metric that points the wrong way."""
    if arena.effect * arena.money < 0.0:
        yield (
            f"{arena.metric} points the wrong way: in the simulation the change moves it by "
            f"{_measured(arena.effect, arena, sign=True)}, and contribution by "
            f"{amount(arena.money, arena.currency, sign=True)} per customer. Every rule that "
            "decides on it ships what loses money; test on a longer window or on contribution."
        )


def near_best(score: Score) -> bool:
    """Whether a rule may lose as little as the best: within two standard errors."""
    return score.behind.value <= Z * score.behind.error


def _others(arena: Arena) -> Iterator[str]:
    rest = [score for score in arena.scores[1:] if not near_best(score)]
    if rest:
        words = [f"{score.title} {amount(score.behind.value, arena.currency)}" for score in rest]
        yield f"More is lost by the others: {listed(words)}."


def _unproven(arena: Arena) -> Iterator[str]:
    """Say what it costs to leave unused what is not proven."""
    tests = _trusted(arena)
    if not tests or arena.best.promise.kind == "alpha":
        return
    gap = tests[0].deciding.value - arena.best.deciding.value
    if not near_best(tests[0]) and gap > 0.5 * tests[0].behind.value:
        own, theirs = (
            amount(score.deciding.value, arena.currency) for score in (arena.best, tests[0])
        )
        yield (
            "Rules that ship only what is significant leave good changes unused: the choices of "
            f"{tests[0].title} lose {theirs}, those of {arena.best.title} {own}. Where a change "
            "costs nothing to make, being wrong costs the same either way, which an error rate "
            "of 5 % knows nothing of."
        )


def _trusted(arena: Arena) -> list[Score]:
    """Tests that do not break their promise, who loses least first."""
    return [
        score
        for score in arena.scores
        if score.promise.kind == "alpha" and score.promise.verdict != "breaks"
    ]


def _broken(arena: Arena) -> Iterator[str]:
    for score in arena.scores:
        promise, same = score.promise, score.same
        if promise.verdict != "breaks":
            continue
        if promise.kind == "alpha":
            yield (
                f"{_upper(score.title)} breaks its promise: {percent(promise.found)} false alarms "
                f"where {100 * promise.promised:g} % are promised ({percent(same.above)} for the "
                f"treatment, {percent(same.below)} against it)."
            )
        else:
            yield (
                f"{_upper(score.title)} breaks its promise: what it chooses loses "
                f"{_measured(promise.found.value, arena)} per customer on average where less than "
                f"{_measured(promise.promised, arena)} is promised."
            )


def _kept(arena: Arena) -> Iterator[str]:
    kept = [score.title for score in arena.scores if score.promise.verdict == "keeps"]
    if kept:
        yield f"{_upper(listed(kept))} {'keep theirs' if len(kept) > 1 else 'keeps its own'}."
    unclear = [score.title for score in arena.scores if score.promise.verdict == "unclear"]
    if unclear:
        verb = "keep" if len(unclear) > 1 else "keeps"
        yield f"Whether {listed(unclear)} {verb} the promise takes more replications to tell."


def _soonest(arena: Arena) -> Iterator[str]:
    tests = _trusted(arena)
    if not tests:
        return
    size = arena.sign
    turned = "the simulated effect" if size == 1.0 else "the opposite of the simulated effect"
    what = f"{turned} ({_effect(arena)})"
    able = [score for score in tests if score.under(size).power.value >= FOUND]
    if not able:
        names, most = listed([score.title for score in tests]), 100 * FOUND
        yield (
            f"None of the tests that may be trusted ({names}) finds {what} as often "
            f"as {most:g} % of the time. More customers would help."
        )
        return
    first = min(able, key=lambda score: score.under(size).days.value)
    run = first.under(size)
    yield (
        f"Of the tests that may be trusted, {first.title} is over soonest under {what}: after "
        f"{run.days.value:.0f} days on average, nine times in ten by day "
        f"{run.late_days.value:.0f}; it finds the effect {percent(run.power)} of the time."
    )


def _exaggerated(arena: Arena) -> Iterator[str]:
    size = arena.sign
    known = [score for score in arena.scores if math.isfinite(score.under(size).exaggeration.value)]
    if known:
        worst = max(known, key=lambda score: score.under(size).exaggeration.value)
        factor = worst.under(size).exaggeration
        if factor.value - Z * factor.error > 1.05:
            yield (
                f"Winner's curse: effects that {worst.title} finds look {factor.value:.2f} times "
                f"as large as that one is (± {Z * factor.error:.2f})."
            )


def _assumed(arena: Arena) -> str:
    design = arena.design
    believed = [
        f"{_believed(one.size, arena)} in {100 * one.weight:.3g} %" for one in design.weighted
    ]
    first, last = (
        f"day {day:.0f}, when {come:,.0f} have come"
        for day, come in ((arena.look_days[k], arena.come[k]) for k in (0, -1))
    )
    return (
        f"From {arena.replications:,} replications of {arena.treatment} against {arena.control}, "
        f"the same ones for all rules: {design.units:,} customers at most, {design.looks} looks "
        f"from {first}, to {last}; and these effects per customer: {listed(believed)} of cases. "
        "± is a 95 % Monte-Carlo interval."
    )


def _believed(size: float, arena: Arena) -> str:
    return amount(size * abs(arena.money), arena.currency, sign=True) if size else "none"


def money(figure: Figure, arena: Arena) -> str:
    """Write an amount and how far it may be off by too few replications."""
    reach, whole = Z * figure.error, amount(figure.value, arena.currency)
    return f"{whole} ± {reach:,.0f}" if "." not in whole else f"{whole} ± {reach:,.2f}"


def percent(figure: Figure) -> str:
    """Write a rate.

    Examples
    --------
    >>> from cvosim.experiment.stopping.arena import Figure
    >>> percent(Figure(0.193, 0.001))
    '19.3 %'
    """
    return f"{100 * figure.value:.1f} %"


def _effect(arena: Arena) -> str:
    own = _measured(arena.effect, arena, sign=True)
    if arena.baseline:
        own += minus(f" of {arena.metric}, {100 * arena.effect / abs(arena.baseline):+.1f} %")
    return own


def _measured(value: float, arena: Arena, *, sign: bool = False) -> str:
    """Write an amount of the metric."""
    if arena.money_metric:
        return amount(value, arena.currency, sign=sign)
    return minus(f"{value:{'+' if sign else ''}.4g}")


def _upper(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
