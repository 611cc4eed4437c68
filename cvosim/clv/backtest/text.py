"""A backtest in plain English."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cvosim.clv.backtest.baselines import MEANING
from cvosim.clv.words import counting

if TYPE_CHECKING:
    from cvosim.clv.backtest.backtest import Backtest
    from cvosim.clv.backtest.forecasts import ModelForecast

FEW = 30
"""Purchases held out below which no method can be told from another."""
FAR = 1.25
"""Hold-out, in lengths of the period fitted to, from which forecasts are guesses."""
APART = 0.1
"""Difference in the share alive from which models tell different stories."""


def summary_lines(test: Backtest) -> Iterator[str]:
    """Say how good the forecasts were; doubts come first.

    Parameters
    ----------
    test : Backtest

    Yields
    ------
    str
        A line without its line break.
    """
    yield from (f"Warning: {doubt}" for doubt in doubts(test))
    chosen = "" if test.chosen else ", two thirds of the way; --until sets another day"
    yield f"Orders: {test.source}, fitted from {test.start} to {test.until}{chosen}."
    newcomers = ""
    if test.newcomers:
        verb = "is" if test.newcomers == 1 else "are"
        newcomers = f" {test.newcomers:,} who came later {verb} not forecast."
    yield (
        f"Customers: {test.customers:,} with {counting(test.repeat_purchases, 'repeat purchase')}. "
        f"In the {counting(round(test.cohort.days), 'day')} held out, to {test.end}, they made "
        f"{test.actual:,} more."
        f"{newcomers}"
    )
    for model in test.models:
        yield from _about(model)
    yield from _against_rules(test)


def doubts(test: Backtest) -> Iterator[str]:
    """Say what speaks against trusting the result.

    Parameters
    ----------
    test : Backtest

    Yields
    ------
    str
        A sentence or two.
    """
    for model in test.models:
        if not model.fitted.converged_:
            yield f"The fit of {model.title} is not clear-cut: {model.fitted.message_}."
    if test.actual < FEW:
        yield (
            f"Only {counting(test.actual, 'purchase')} {'was' if test.actual == 1 else 'were'} "
            "held out: too few to tell one method from another. An earlier --until holds out more."
        )
        return
    if test.cohort.days > FAR * test.cohort.split:
        yield "Far more days are held out than fitted to: forecasts so far ahead are guesses."
    known = [model for model in test.models if not math.isnan(model.deviation)]
    if known and not any(model.holds() for model in known):
        yield (
            f"No model's 95 % interval holds the {test.actual:,} purchases that came, so "
            "something that none of them knows has changed: season, prices, news, "
            "advertising. Do not trust their intervals for the next period either."
        )
    if test.advantage.low > 0:
        rule = test.best_rule
        yield f"The rule of thumb {rule.title} ({MEANING[rule.name]}) beats every model."
    yield from _stories(test.models)


def _stories(models: tuple[ModelForecast, ...]) -> Iterator[str]:
    """Say that models which forecast alike disagree about who is still there."""
    shares = sorted((model.share_alive, model.title) for model in models)
    (low, cautious), (high, trusting) = shares[0], shares[-1]
    if high - low > APART:
        yield (
            f"{trusting} says that {high:.0%} of the customers are still customers, {cautious} "
            f"says {low:.0%}. Orders do not show which, as nobody sees a customer leave: rely on "
            "expected purchases, not on P(alive). cvosim lab clv shows what hangs on it."
        ).replace("%", " %")


def _about(model: ModelForecast) -> Iterator[str]:
    """Say how one model did."""
    forecast = model.errors
    interval = "its 95 % interval is not known"
    if not math.isnan(model.deviation):
        low, high = model.interval()
        verb = "holds what came" if model.holds() else "misses what came"
        interval = f"its 95 % interval, {low:,.0f} to {high:,.0f}, {verb}"
    yield f"{model.title} expects {forecast.total:,.0f}{_off(forecast.total_error)}; {interval}."
    happened = sum(group.happened * group.customers for group in model.groups)
    predicted = sum(group.predicted * group.customers for group in model.groups)
    people = sum(group.customers for group in model.groups)
    yield (
        f"  Of the customers it expects {100 * predicted / people:.1f} % to buy at all; "
        f"{100 * happened / people:.1f} % did. In {model.groups_held} of {len(model.groups)} "
        "groups of rising chance that is within the limits of luck (95 %)."
    )
    if not math.isnan(model.top.value):
        ranks = "" if math.isnan(model.rank.value) else f"; rank correlation {model.rank.value:.2f}"
        yield (
            f"  The tenth of customers that it rates highest made {100 * model.top.value:.0f} % "
            f"of the purchases, {model.lift:.1f} times a tenth{ranks}."
        )


def _against_rules(test: Backtest) -> Iterator[str]:
    """Compare the best model with the best rule of thumb."""
    model, rule, gain = test.best_model, test.best_rule, test.advantage
    words = "but that may be luck"
    if gain.high < 0:
        words = "beyond what luck explains"
    elif gain.low > 0:
        words = "which is worse beyond what luck explains"
    yield (
        f"Rules of thumb: the best is {rule.title} ({MEANING[rule.name]}), off by "
        f"{rule.errors.root_mean_square:.3g} purchases a customer (root mean square) against "
        f"{model.errors.root_mean_square:.3g} of {model.title}, {words}."
    )


def _off(relative: float) -> str:
    """Say by how much a total is off."""
    if math.isnan(relative):
        return ""
    size = f"{100 * abs(relative):.1f} %"
    return f", {size} too {'many' if relative > 0 else 'few'}"
