"""An experiment that is watched: what to do, in plain English."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cvosim.report.abtest import Wording
from cvosim.report.monitor_tables import adjusted, covered, period_word, tiny_p
from cvosim.report.numbers import money
from cvosim.stats.abtest.doubts import SKEWED
from cvosim.stats.monitor.doubts import WARNING
from cvosim.stats.monitor.rules import Verdict
from cvosim.stats.monitor.weeks import day_text

if TYPE_CHECKING:
    from cvosim.stats.monitor.result import Drift, Fading, Monitor, Watched
    from cvosim.stats.monitor.rules import MonitorLook

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
ALIKE = 0.9
"""Arms of this ratio of sizes, or a higher one: none of them is small."""


def monitor_verdict(found: Monitor, wording: Wording) -> str:
    """Say what to do and why, a sentence or two a line: doubts, money, then what may change.

    What was done to the data stands right after what to do; warnings about them before it.

    Parameters
    ----------
    found : Monitor
    wording : Wording

    Returns
    -------
    str
    """
    warnings = [note for note in found.notes if note.startswith(WARNING)]
    lines = [*warnings, *_distrust(found)]
    lines += [_decision(found, one, wording) for one in found.watched]
    lines += [note for note in found.notes if note not in warnings]
    for one in found.watched:
        lines += [*_age_words(found, one, wording), *_cohort_words(found, one, wording)]
    return "\n".join([*lines, *_waiting(found, wording), *_honesty(found), *_uneven(found)])


def ordinal(place: int) -> str:
    """Name a place, from 0.

    Examples
    --------
    >>> ordinal(3), ordinal(11), ordinal(20), ordinal(21)
    ('fourth', '12th', '21st', '22nd')
    """
    if place < len(ORDINALS):
        return ORDINALS[place]
    count = place + 1
    teen = 10 < count % 100 < 14
    return f"{count}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(count % 10, 'th')}"


def _distrust(found: Monitor) -> Iterator[str]:
    if found.mismatch:
        totals = found.units.sum(axis=0)
        sizes = ", ".join(f"{arm} {n:,.0f}" for arm, n in zip(found.arms, totals, strict=True))
        yield (
            f"Do not trust this experiment yet: the arms are not as large as they were designed "
            f"({sizes}; always-valid {_p(found)}). Units are missing or were "
            "assigned wrongly, and nobody knows which; find out before reading on."
        )


def _decision(found: Monitor, one: Watched, wording: Wording) -> str:
    """Say what to do with a treatment."""
    looks = one.ruled.looks
    if not looks:
        return f"{one.treatment}: wait. {_first_look(found, one, wording)}"
    effect = _effect(found, one, wording)
    if one.verdict is Verdict.CONTINUE:
        return (
            f"{one.treatment}: continue. So far it {effect}; no effect is not ruled out. "
            f"{_next_look(found, one)}"
        )
    at = looks[one.ruled.stopped if one.ruled.stopped is not None else -1]
    when = (
        f"Decided at look {looks.index(at) + 1}, on {day_text(at.day)}, with "
        f"{sum(at.units):,.0f} {wording.unit}s{_pair(found, one)}."
    )
    whole = _for_all(found, one, wording)
    if one.verdict is Verdict.SHIP:
        return f"{one.treatment} {effect}. Stop: ship it.{whole} {when}"
    if one.verdict is Verdict.HARM:
        return f"{one.treatment} {effect}. Stop: it does harm.{whole} {when}"
    if one.verdict is Verdict.FUTILE:
        return (
            f"{one.treatment}: stop, it is futile. It {effect}{_hopeless(found, wording)}. {when}"
        )
    return (
        f"{one.treatment}: the planned end is reached without an effect shown. It {effect}. {when}"
    )


def _pair(found: Monitor, one: Watched) -> str:
    """Say of which arms customers are, where there are more than these."""
    return f" in {found.arms[0]} and {one.treatment}" if len(found.watched) > 1 else ""


def _effect(found: Monitor, one: Watched, wording: Wording) -> str:
    """Say how much more or less a treatment brings, with the interval that allows for looking."""
    ruled = one.ruled
    if not math.isfinite(ruled.estimate):
        return "shows nothing yet"
    look = _told(one)
    like = max(abs(ruled.low), abs(ruled.high))
    ends = " to ".join(wording.change(found.metric, end, like) for end in (ruled.low, ruled.high))
    lift = f"; {100 * ruled.estimate / look.control:+.1f} %" if look.control > 0.0 else ""
    over = f"valid {'at' if len(found.watched) == 1 else 'over'} {covered(found)}"
    if adjusted(one):
        over = f"as of the test's end, which allows for {covered(found)}"
    interval = f"{100 * found.settings.level:g} % interval, {over}, {ends}{lift}"
    within = f" within {found.weeks.window:g} days" if found.weeks.window else ""
    more = "more" if ruled.estimate >= 0.0 else "less"
    if wording.kind(found.metric) == "money":
        size = wording.amount(found.metric, abs(ruled.estimate))
        return f"earns {size} {more} a {wording.unit}{within} than {found.arms[0]} ({interval})"
    change = wording.change(found.metric, ruled.estimate)
    return f"changes {found.metric} by {change}{within} against {found.arms[0]} ({interval})"


def _told(one: Watched) -> MonitorLook:
    """Find the look that the estimate is of."""
    ruled = one.ruled
    now = ruled.stopped is None or ruled.looks[-1].estimate == ruled.estimate
    return ruled.looks[-1 if now or ruled.stopped is None else ruled.stopped]


def _for_all(found: Monitor, one: Watched, wording: Wording) -> str:
    """Say what it would have been worth for everybody who counted."""
    everybody = sum(_told(one).units)
    ruled = one.ruled
    if not wording.money or not math.isfinite(ruled.low + ruled.high):
        return ""
    low, whole, high = (
        money(everybody * value, wording.currency, like=everybody * ruled.estimate)
        for value in (ruled.low, ruled.estimate, ruled.high)
    )
    who = f"{everybody:,.0f} {wording.unit}s{_pair(found, one)}"
    return f" For all {who} who count that is {whole} ({low} to {high})."


def _hopeless(found: Monitor, wording: Wording) -> str:
    worth = found.settings.worth
    if worth is None:
        return ": by its plan it has no chance left that is worth waiting for"
    return f": an effect of {wording.amount(found.metric, worth)}, which would pay, is ruled out"


def _first_look(found: Monitor, one: Watched, wording: Wording) -> str:
    from cvosim.stats.monitor.looks import LEAST

    complete = found.units[: found.weeks.matured, [0, found.arms.index(one.treatment)]].sum(axis=0)
    if complete.min() >= LEAST:
        if not math.isfinite(one.evenness.now):
            return f"All values of {found.metric} are alike so far: there is nothing to compare."
        small = (found.arms[0], one.treatment)[int(complete.argmin())]
        needed = max(one.evenness.customers, float(complete.sum()) + 1.0)
        return (
            f"{found.metric} is too uneven so far (a few bring most of it), and {small} too "
            f"small: the difference has a skewness of {one.evenness.now:+.2f}, and no rule would "
            f"keep its promise. No look is taken before about {_about(needed)} {wording.unit}s"
            f"{_pair(found, one)} are complete ({complete.sum():,.0f} are); arms of equal size "
            "need far fewer."
        )
    day = found.weeks.look_day(0)
    when = (
        f"The first cohort is complete on {day_text(day)}"
        if found.weeks.matured == 0
        else "Too few customers are complete"
    )
    return f"{when}; a first look needs {LEAST} customers in each arm who had their window."


def _about(count: float) -> str:
    """Write a count that is known to two digits, rounded up."""
    step = 10.0 ** max(0, math.floor(math.log10(count)) - 1)
    return f"{math.ceil(count / step) * step:,.0f}"


def _next_look(found: Monitor, one: Watched) -> str:
    weeks, settings = found.weeks, found.settings
    arms = [0, found.arms.index(one.treatment)]
    later = found.units[weeks.matured :, arms].min(axis=1) > 0.0  # a look adds to both
    if not later.any():
        if settings.looks is None or settings.planned_units is not None:
            return "Everybody assigned so far counts: it takes more customers to tell."
        following = weeks.look_day(settings.looks - 1)
        return f"Everybody assigned so far counts; the planned end is on {day_text(following)}."
    following = weeks.look_day(weeks.matured + int(later.argmax()))
    plan = (
        f" ({len(one.ruled.looks)} looks so far, {settings.looks} planned)"
        if settings.looks is not None
        else ""
    )
    return f"Next look on {day_text(following)}{plan}."


def _age_words(found: Monitor, one: Watched, wording: Wording) -> Iterator[str]:
    fading = one.fading
    if fading is None:
        why = "that needs an activity log (--date)."
        if len(one.ages) > 1:
            what = "purchases" if wording.kind(found.metric) == "money" else "events"
            why = f"too few {what} later to tell."
        elif one.ages:
            why = "nobody was followed for two periods yet."
        yield f"{one.treatment}: whether its effect fades with age cannot be seen: {why}"
        return
    yield f"{one.treatment}: {fading_words(found, fading, wording)}"


def fading_words(found: Monitor, fading: Fading, wording: Wording) -> str:
    """Say whether the effect fades, with what it was and what it is.

    Parameters
    ----------
    found : Monitor
    fading : Fading
    wording : Wording

    Returns
    -------
    str
        A sentence or two.
    """
    first, last = fading.first, fading.last
    like = max(abs(first.effect), abs(last.effect))
    was, now = (wording.change(found.metric, one.effect, like) for one in (first, last))
    word = f"{ordinal(first.number)} {period_word(found.weeks.period)}"
    place = ordinal(last.number)
    if not fading.trend.found:
        return (
            f"no sign that the effect fades: {was} in the {word} of a {wording.unit}'s "
            f"life, {now} in the {place}."
        )
    if fading.trend.slope * first.effect < 0.0:
        return (
            f"the effect fades: it was {was} in the {word} of a {wording.unit}'s life and "
            f"is {now} by the {place}.{_relative(found, fading)}"
        )
    return (
        f"the effect grows with age: it was {was} in the {word} of a {wording.unit}'s life "
        f"and is {now} by the {place}."
    )


def _relative(found: Monitor, fading: Fading) -> str:
    """Say whether an effect fades more than what it is an effect on."""
    first, last = fading.first, fading.last
    if not (first.control > 0.0 and last.control > 0.0):
        return ""
    was, now = first.effect / first.control, last.effect / last.control
    base = found.arms[0]
    if now / was >= 0.75:
        return (
            f" Relative to {base} it holds ({100 * was:+.0f} % and {100 * now:+.0f} %): it is the "
            "value itself that falls with age in both arms."
        )
    return f" Relative to {base} it went from {100 * was:+.0f} % to {100 * now:+.0f} %."


def _cohort_words(found: Monitor, one: Watched, wording: Wording) -> Iterator[str]:
    if one.drift is None:
        return
    yield f"{one.treatment}: {drift_words(found, one.drift, wording)}"


def drift_words(found: Monitor, drift: Drift, wording: Wording) -> str:
    """Say whether later cohorts respond like earlier ones.

    Parameters
    ----------
    found : Monitor
    drift : Drift
    wording : Wording

    Returns
    -------
    str
    """
    like = max(abs(drift.first), abs(drift.last))
    first, last = (wording.change(found.metric, end, like) for end in (drift.first, drift.last))
    if drift.trend.found:
        whole = drift.first + drift.last
        less = "less" if drift.trend.slope * whole < 0.0 else "more"
        return (
            f"later cohorts respond {less}: by the trend over cohorts, {first} in the first and "
            f"{last} in the latest that is complete."
        )
    if drift.differing.found:
        return (
            "cohorts respond differently, more than chance explains, but not simply less or more "
            "with time; see the table."
        )
    return "no sign that cohorts respond differently."


def _uneven(found: Monitor) -> Iterator[str]:
    """Warn where the normal law, which all of this rests on, is off."""
    for one in found.watched:
        if not one.ruled.looks:
            continue
        few, most = sorted(_told(one).units)
        skew = one.evenness.at_look
        if abs(skew) > SKEWED and few < ALIKE * most:
            off = "lean to one side" if one.evenness.enough else "are off"
            yield (
                f"Warning: {found.metric} is so uneven (a few bring most of it), and "
                f"{one.evenness.arm} so small, that intervals {off}: the difference has a "
                f"skewness of {skew:+.2f}. Check with cvosim certify."
            )


def _waiting(found: Monitor, wording: Wording) -> Iterator[str]:
    total = found.units.sum()
    if not found.waiting:
        return
    word = period_word(found.weeks.period)
    window = (
        f"a cohort counts once its {word} is over and all were observed for "
        f"{found.weeks.window:g} days"
        if found.weeks.window
        else f"a cohort counts once its {word} is over"
    )
    count = f"{found.waiting:,.0f} of {total:,.0f} {wording.unit}s"
    yield f"Waiting: {count} do not count yet; {window}."


def _honesty(found: Monitor) -> Iterator[str]:
    """Say what looking costs others, and how often this can err."""
    rate = 100 * found.settings.alpha
    looks, naive = max((len(one.ruled.looks), one.naive_rate) for one in found.watched)
    even = all(one.evenness.enough for one in found.watched if one.ruled.looks)
    if looks:
        several = f"{looks} looks" if looks > 1 else "one look"
        alone = ", for one treatment alone" if len(found.watched) > 1 else ""
        promise = f"this rule does in {rate:.2g} % at most ({found.watched[0].ruled.method})"
        if not even:
            promise = (
                f"this rule would in {rate:.2g} % at most ({found.watched[0].ruled.method}), but "
                f"that promise does not hold here yet: {found.metric} is too uneven for so small "
                "an arm"
            )
        yield (
            f"An ordinary {100 * found.settings.level:g} % test read at each of "
            f"{'these ' if looks > 1 else ''}{several} would find an effect that is not there in "
            f"{100 * naive:.1f} % of experiments{alone}; {promise}."
        )
        yield from _correction(found)
    if any(one.drift or one.fading for one in found.watched):
        doubt = ""
        if any(True for _ in _uneven(found)) or not all(
            one.evenness.enough for one in found.watched if math.isfinite(one.evenness.now)
        ):
            doubt = f" With {found.metric} as uneven as here, they may be wrong more often."
        yield (
            f"Claims about age and cohorts, all together, are wrong in {rate:.2g} % of experiments "
            f"at most, however often you look.{doubt}"
        )
    if not found.mismatch:
        yield f"Sample ratio as designed (always-valid {_p(found)})."


def _correction(found: Monitor) -> Iterator[str]:
    """Say what intervals and p-values allow for, where that is more than looking."""
    many, rate = len(found.watched), 100 * found.settings.alpha
    if many > 1:
        yield (
            f"Intervals and p-values are corrected over {covered(found)}: each treatment has "
            f"{rate / many:.2g} % of the {rate:.2g} %, and its p-value is multiplied by {many}."
        )


def _p(found: Monitor) -> str:
    """Write the p-value of the sample ratio."""
    text = tiny_p(found.ratio_p)
    return f"p {text}" if text.startswith("below") else f"p = {text}"
