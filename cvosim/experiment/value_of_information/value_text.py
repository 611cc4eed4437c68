"""The value of a test in plain English, money first."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cvosim.experiment.insight.words import amount, counted, listed, minus

if TYPE_CHECKING:
    from cvosim.experiment.value_of_information.value import ValueOfTesting


def lines(found: ValueOfTesting) -> Iterator[str]:
    """Say what the test is worth, how long it shall be, and when to ship.

    Parameters
    ----------
    found : ValueOfTesting

    Yields
    ------
    str
        A line without its line break.
    """
    best = found.best_days
    for days in found.asked_days or ((best,) if found.pays else ()):
        yield _worth(found, days)
    yield from _duration(found)
    yield _ship(found)
    yield from _by_p(found)
    yield _perfect(found)
    yield _assumed(found)
    yield from _rush(found)


def _worth(found: ValueOfTesting, days: float) -> str:
    at = found.at(days)
    head = f"Testing for {counted(days, 'day')} on {at['customers']:,.0f} customers"
    if abs(at["over_now"] - at["over_never"]) < 0.005:
        return f"{head} is worth {_than(found, at['net'])} than shipping now, or never."
    now, never = (_than(found, at[key]) for key in ("over_now", "over_never"))
    return f"{head} is worth {now} than shipping now and {never} than never changing anything."


def _than(found: ValueOfTesting, value: float) -> str:
    word = "more" if value >= 0.0 else "less"
    return f"{amount(abs(value), found.setting.currency)} {word}"


def _duration(found: ValueOfTesting) -> Iterator[str]:
    currency, best = found.setting.currency, found.best_days
    other = "shipping now" if found.now > 0.0 else "never changing anything"
    at = found.at(best)
    span = found.break_even
    if span is None:
        yield (
            f"No test pays: the best, of {counted(best, 'day')}, is worth "
            f"{amount(-at['net'], currency)} less than {other}."
        )
        return
    yield (
        f"The best duration is {counted(best, 'day')} with {at['customers']:,.0f} customers, "
        f"decided on day {at['decided']:g}: it gains {amount(at['net'], currency)} over {other}, "
        f"the better of the two without a test. Any duration from {span[0]:g} to "
        f"{counted(span[1], 'day')} pays, and the best one would even if it cost "
        f"{amount(at['net'], currency)} more."
    )
    parts = [f"the data add {amount(at['information'], currency)} to the decision"]
    if at["exposure"]:
        verb = "gains" if at["exposure"] > 0.0 else "loses"
        parts.append(f"testing and waiting {verb} {amount(abs(at['exposure']), currency)}")
    if at["cost"]:
        parts.append(f"the test costs {amount(at['cost'], currency)}")
    if len(parts) > 1:
        yield f"In that sum, {listed(parts)}."


def _ship(found: ValueOfTesting) -> str:
    """Give the estimate from which on shipping pays, in place of a p-value."""
    days = found.asked_days[0] if found.asked_days else found.best_days
    at, currency = found.at(days), found.setting.currency
    if math.isinf(at["threshold"]):
        always = at["threshold"] < 0.0
        return (
            f"After {counted(days, 'day')} no estimate would change the decision: "
            f"{'ship' if always else 'do not ship'} in any case."
        )
    return (
        f"After {counted(days, 'day')}, ship if the estimate is above "
        f"{amount(at['threshold'], currency, sign=True)} per customer (z above "
        f"{minus(format(at['z'], '.2f'))}); "
        f"that happens in {100 * at['ships']:.0f} % of cases."
    )


def _by_p(found: ValueOfTesting) -> Iterator[str]:
    days = found.asked_days[0] if found.asked_days else found.best_days
    at, alpha = found.at(days), found.setting.alpha
    lost = at["value"] - at["value_by_p"]
    if lost > 0.005:
        yield (
            f"Shipping only what is significant (p < {alpha:g}) would be worth "
            f"{amount(lost, found.setting.currency)} less."
        )


def _perfect(found: ValueOfTesting) -> str:
    return (
        "Knowing the effect today would be worth "
        f"{amount(found.perfect, found.setting.currency)}: no test can be worth more."
    )


def _assumed(found: ValueOfTesting) -> str:
    s = found.setting
    prior, currency = s.prior, s.currency
    spike = math.fsum(w for w, sd in zip(prior.weights, prior.sds, strict=True) if sd == 0.0)
    if prior.sd == 0.0:
        belief = f"the effect is certain, {amount(prior.mean, currency, sign=True)} per customer"
    else:
        belief = (
            f"effects of {amount(prior.mean, currency, sign=True)} per customer on average, "
            f"give or take {amount(prior.sd, currency)}"
        )
        belief += f", none at all in {100 * spike:.3g} % of cases" if spike else ""
    waiting = f"; results are known {s.delay_days:g} days after" if s.delay_days else ""
    return (
        f"Believed beforehand: {belief}. {s.arrivals.told(s.horizon_days)}"
        f"{waiting}. On {s.metric}, one customer's result is off by "
        f"{amount(s.sd, currency)} (standard deviation)."
    )


def _rush(found: ValueOfTesting) -> Iterator[str]:
    """Warn where very many come at the very start, and so make short tests look good."""
    arrivals, horizon = found.setting.arrivals, found.setting.horizon_days
    first, all_of_them = float(arrivals.by(1.0)), found.setting.market
    if first > 0.05 * all_of_them and first * horizon > 5.0 * all_of_them:
        yield (
            f"{first:,.0f} of these customers come on the first day, which favours short tests; "
            "if that is not how they come, say how many come in a day (--per-day)."
        )
