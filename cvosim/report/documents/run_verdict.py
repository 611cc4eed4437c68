"""What one scenario earns, in sentences that a marketer can read."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from cvosim.metrics.carried import carried
from cvosim.report.numbers import Z95, money, percent
from cvosim.report.rough import rough_words, too_few_words

if TYPE_CHECKING:
    from cvosim.metrics.estimate import Estimate, Metrics
    from cvosim.metrics.portrait import CashBand
    from cvosim.scenario import Scenario

OWN = "clv_per_prospect"
WITH_REFERRALS = "clv_with_referrals"
UP_TO_THE_SALE = ("engage", "lead_magnet", "tripwire", "excite", "core_offer")
"""Stages at which a prospect can be lost; what comes later is offered to buyers."""


def run_verdict(scenario: Scenario, metrics: Metrics, cash: CashBand | None) -> str:
    """Say what a prospect earns, what a buyer costs and is worth, and where most are lost.

    Parameters
    ----------
    scenario : Scenario
        As simulated.
    metrics : Metrics
        Of its run.
    cash : CashBand or None
        Contribution by age; None where only sums were kept.

    Returns
    -------
    str
        The answer on the first line, what it rests on, one after another, on the second. Where
        too few buyers carry the money (`cvosim.metrics.carried.Carried`) nothing is said of it.

    Examples
    --------
    >>> from cvosim.experiment.illustrated import illustrate
    >>> from cvosim import load_scenario
    >>> found = illustrate([load_scenario("carpet_cleaning")], customers=2000)
    >>> (scenario,) = found.scenarios
    >>> cash = found.portraits[scenario.name].cash
    >>> print(run_verdict(scenario, found.metrics[scenario.name], cash))
    Carpet cleaning: a prospect earns USD ... on average over 730 days, ...
    """
    rests_on = carried(metrics)
    if rests_on is not None and rests_on.too_few:
        few = too_few_words(rests_on, f"what a prospect is worth in {scenario.name}")
        return f"{few}\n{_leak(scenario, metrics)}".strip()
    worth = _worth(scenario, metrics)
    if rests_on is not None and worth.value is not None:
        worth = worth._replace(words=f"{worth.words} {rough_words(rests_on)}".strip())
    back = "" if cash is None else _payback(scenario, cash)
    more = (_buyers(scenario, metrics, worth), back, _leak(scenario, metrics))
    return "\n".join([worth.words, " ".join(one for one in more if one)]).strip()


class _Worth(NamedTuple):
    """What a prospect earns, in words; ``sure`` where it is certain to be a gain or a loss."""

    words: str
    value: float | None = None
    sure: bool = False


def _worth(scenario: Scenario, metrics: Metrics) -> _Worth:
    """Say what a prospect earns, and how sure that is."""
    whole = metrics.get(WITH_REFERRALS)
    one = metrics[OWN] if whole is None or not math.isfinite(whole.value) else whole
    if not (math.isfinite(one.value) and math.isfinite(one.standard_error)):
        return _Worth(
            f"Too few prospects ({scenario.customers:,}) to tell what one earns in "
            f"{scenario.name}. Simulate more of them."
        )
    days, currency = _horizon(scenario), scenario.currency
    half = Z95 * one.standard_error
    low, high = one.value - half, one.value + half
    ends = " to ".join(money(end, currency, like=max(abs(low), abs(high))) for end in (low, high))
    includes = ", people brought by referral included" if one is whole else ""
    after = f"on average over {days}, after all costs{includes} (95 % interval from {ends})."
    verb, size = ("loses", -one.value) if one.value < 0 else ("earns", one.value)
    text = f"{scenario.name}: a prospect {verb} {money(size, currency)} {after}"
    sure = not low < 0 < high
    if not sure:
        text += " Whether that is a gain or a loss is not certain with so many prospects."
    return _Worth(text, one.value, sure)


def _horizon(scenario: Scenario) -> str:
    days = f"{scenario.horizon_days:,.0f}"
    return f"{days} {'day' if days == '1' else 'days'}"


def _buyers(scenario: Scenario, metrics: Metrics, prospect: _Worth) -> str:
    """Hold what a buyer is worth against what it costs to win one."""
    worth, cost, times = (metrics[name] for name in ("clv_per_buyer", "cac", "ltv_to_cac"))
    if not math.isfinite(worth.value):
        return "Nobody buys."
    amount = f"A buyer is worth {_with_half(worth, scenario.currency)}"
    if not math.isfinite(cost.value):
        return f"{amount}."
    if cost.value <= 0:
        return f"{amount}, and costs nothing to win."
    half = Z95 * times.standard_error
    low, high = times.value - half, times.value + half
    price = f"costs {_with_half(cost, scenario.currency)} to win"
    amount = f"{amount} before the cost of winning it"
    if prospect.sure and low > 1:
        return f"{amount}, and {price}: {times.value:,.1f} times as much is earned."
    if prospect.sure and high < 1:
        return f"{amount}, but {price}: more than it is worth."
    known = f" (95 % interval {low:,.2f} to {high:,.2f})" if math.isfinite(half) else ""
    unsure = "" if prospect.sure else ", so which of the two is more is not certain"
    return f"{amount}, and {price}: {times.value:,.2f} times as much is earned{known}{unsure}."


def _with_half(one: Estimate, currency: str) -> str:
    """Write an amount and the half-width of its interval."""
    half = Z95 * one.standard_error
    text = money(one.value, currency)
    if not math.isfinite(half) or half == 0:
        return text
    return f"{text} (± {money(half, currency, like=one.value).removeprefix(f'{currency} ')})"


def _payback(scenario: Scenario, cash: CashBand) -> str:
    """Say when the money spent on prospects is back."""
    days = _horizon(scenario)
    if math.isnan(cash.payback):
        if not math.isfinite(cash.payback_low):
            return f"The money spent on prospects is not back within {days}."
        perhaps = f"it may be from day {cash.payback_low:,.0f} on"
        return f"The money spent on prospects is on average not back within {days}, but {perhaps}."
    if cash.payback <= 0:
        return "What prospects pay covers what they cost from the first day on."
    ends = ""
    if math.isfinite(cash.payback_low) and math.isfinite(cash.payback_high):
        low, high = cash.payback_low, cash.payback_high
        ends = f" (95 % interval {low:,.0f} to {high:,.0f})" if low < high else ""
    elif math.isfinite(cash.payback_low):
        ends = f" (95 % interval from {cash.payback_low:,.0f}, with no end in sight)"
    back = f"{cash.payback:,.0f} {'day' if round(cash.payback) == 1 else 'days'}"
    return f"The money spent on prospects is back {back} after they arrive{ends}."


def _leak(scenario: Scenario, metrics: Metrics) -> str:
    """Name the stage at which more prospects stop than at any other, and how many."""
    lost = {
        stage: metrics[f"reach.{stage}"].value * metrics[f"drop_off.{stage}"].value
        for stage in UP_TO_THE_SALE
        if f"reach.{stage}" in metrics and f"drop_off.{stage}" in metrics
    }
    lost = {stage: share for stage, share in lost.items() if share > 0}  # NaN is not
    if not lost:
        return ""
    stage = max(lost, key=lost.__getitem__)
    words = stage.replace("_", " ")
    of_those = metrics[f"drop_off.{stage}"]
    half = Z95 * of_those.standard_error
    known = math.isfinite(half) and half > 0
    points = f" ± {100 * half:.1f} points" if known else ""
    people = metrics["prospects"].value
    share = f"{percent(lost[stage])}{points if lost[stage] == of_those.value else ''}"
    there = f", {percent(of_those.value)}{points} of those who get there"
    return (
        f"Most people are lost at the {words}: {lost[stage] * people:,.0f} of {people:,.0f} "
        f"prospects ({share}) go no further within the time simulated"
        f"{'' if lost[stage] == of_those.value else there}."
    )
