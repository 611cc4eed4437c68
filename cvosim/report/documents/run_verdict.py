"""What one scenario earns, in sentences that a marketer can read."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cvosim.report.numbers import Z95, money, percent

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
        The answer on the first line, what it rests on, one after another, on the second.

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
    back = "" if cash is None else _payback(scenario, cash)
    more = (_buyers(scenario, metrics), back, _leak(scenario, metrics))
    return "\n".join([_worth(scenario, metrics), " ".join(one for one in more if one)]).strip()


def _worth(scenario: Scenario, metrics: Metrics) -> str:
    """Say what a prospect earns, and how sure that is."""
    whole = metrics.get(WITH_REFERRALS)
    one = metrics[OWN] if whole is None or not math.isfinite(whole.value) else whole
    if not (math.isfinite(one.value) and math.isfinite(one.standard_error)):
        return (
            f"Too few prospects ({scenario.customers:,}) to tell what one earns in "
            f"{scenario.name}. Simulate more of them."
        )
    days, currency = f"{scenario.horizon_days:,.0f} days", scenario.currency
    half = Z95 * one.standard_error
    low, high = one.value - half, one.value + half
    ends = " to ".join(money(end, currency, like=max(abs(low), abs(high))) for end in (low, high))
    includes = ", people brought by referral included" if one is whole else ""
    after = f"on average over {days}, after all costs{includes} (95 % interval from {ends})."
    if one.value < 0:
        text = f"{scenario.name}: a prospect loses {money(-one.value, currency)} {after}"
    else:
        text = f"{scenario.name}: a prospect earns {money(one.value, currency)} {after}"
    if low < 0 < high:
        text += " Whether that is a gain or a loss is not certain with so many prospects."
    return text


def _buyers(scenario: Scenario, metrics: Metrics) -> str:
    """Hold what a buyer is worth against what it costs to win one."""
    worth, cost, times = (metrics[name] for name in ("clv_per_buyer", "cac", "ltv_to_cac"))
    if not math.isfinite(worth.value):
        return "Nobody buys."
    amount = f"A buyer is worth {_with_half(worth, scenario.currency)}"
    if not math.isfinite(cost.value):
        return f"{amount}."
    if cost.value <= 0:
        return f"{amount}, and costs nothing to win."
    ratio = f": {times.value:,.1f} times as much" if times.value >= 1 else ": more than it is worth"
    verb = "costs" if times.value >= 1 else "but costs"
    joined = "and" if times.value >= 1 else ""
    words = " ".join(word for word in (joined, verb) if word)
    text = f"{amount} before the cost of winning it, {words} {_with_half(cost, scenario.currency)}"
    return f"{text} to win{ratio}." if times.value < 1 else f"{text} to win{ratio} is earned."


def _with_half(one: Estimate, currency: str) -> str:
    """Write an amount and the half-width of its interval."""
    half = Z95 * one.standard_error
    text = money(one.value, currency)
    if not math.isfinite(half) or half == 0:
        return text
    return f"{text} (± {money(half, currency, like=one.value).removeprefix(f'{currency} ')})"


def _payback(scenario: Scenario, cash: CashBand) -> str:
    """Say when the money spent on prospects is back."""
    days = f"{scenario.horizon_days:,.0f} days"
    if math.isnan(cash.payback):
        return f"The money spent on prospects is not back within {days}."
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
    """Name the stage at which more prospects stop than at any other."""
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
    interval = f" (± {100 * half:.1f} points)" if math.isfinite(half) and half > 0 else ""
    of_all = "" if lost[stage] == of_those.value else f", {percent(lost[stage])} of all prospects"
    return (
        f"The biggest leak is the {words}: {percent(of_those.value)}{interval} of those who get "
        f"there go no further within the time simulated{of_all}."
    )
