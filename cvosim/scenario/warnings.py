"""What is allowed and yet seldom meant: parts of a scenario that can have no effect."""

from __future__ import annotations

from collections.abc import Iterator

from cvosim.scenario.scenario import Scenario
from cvosim.scenario.stages.aim import Aim
from cvosim.scenario.stages.profit_maximizers import Subscription
from cvosim.scenario.stages.return_path import Anniversary, WinBack
from cvosim.scenario.warnings_market import market_warnings


def warnings_in(scenario: Scenario) -> tuple[str, ...]:
    """Return what in a scenario is valid but will never be seen within its horizon.

    Parameters
    ----------
    scenario : Scenario
        As returned by `load_scenario`.

    Returns
    -------
    tuple of str
        One line each, which begins with the path that it is about, market first,
        then in the order of the journey; empty when there is nothing to say.

    Examples
    --------
    >>> from cvosim.scenario import load_scenario
    >>> warnings_in(load_scenario("carpet_cleaning"))
    ()
    >>> club = "journey.profit_maximizers.quarterly_care.trial_days=730"
    >>> warnings_in(load_scenario("carpet_cleaning", [club]))[0].partition(":")[0]
    'journey.profit_maximizers.quarterly_care.trial_days'
    """
    journey = (*_subscriptions(scenario), *_programs(scenario), *_referral(scenario))
    return (*market_warnings(scenario), *journey)


def _subscriptions(scenario: Scenario) -> Iterator[str]:
    horizon = scenario.horizon_days
    for offer in scenario.journey.stages().values():
        if not isinstance(offer, Subscription):
            continue
        path = f"journey.profit_maximizers.{offer.name}"
        if offer.trial_days >= horizon:
            yield (
                f"{path}.trial_days: a trial of {_days(offer.trial_days)} is no shorter than the "
                f"horizon of {_days(horizon)}; no bill will be seen"
            )
        elif offer.contract is not None:
            yield from _contract(f"{path}.contract", offer, horizon)


def _contract(path: str, offer: Subscription, horizon: float) -> Iterator[str]:
    assert offer.contract is not None
    cycles, notice = offer.contract.cycles, offer.contract.notice_days
    chance = offer.trial_days + cycles * offer.period_days - notice
    if chance >= horizon:
        yield (
            f"{path}: the first chance to leave comes {_days(chance)} after signing, no sooner "
            f"than the horizon of {_days(horizon)}; nobody will be seen to leave"
        )
    if offer.max_cycles is not None and cycles >= offer.max_cycles:
        yield (
            f"{path}.cycles: the subscription ends after max_cycles, {offer.max_cycles} bills, "
            f"before the contract of {cycles} is over; nobody can leave"
        )


def _programs(scenario: Scenario) -> Iterator[str]:
    horizon = scenario.horizon_days
    for program in scenario.journey.return_path:
        path = f"journey.return_path.{program.name}"
        if isinstance(program, WinBack):
            first = program.after_days + program.days[0]
            if first >= horizon:
                yield (
                    f"{path}.after_days: the first message goes out after {_days(first)} without "
                    f"an order, no sooner than the horizon of {_days(horizon)}"
                )
            yield from _nobody_is_recent(path, program.aim, first)
        elif isinstance(program, Anniversary) and program.every_days >= horizon:
            yield (
                f"{path}.every_days: the first message goes out after "
                f"{_days(program.every_days)}, no sooner than the horizon of {_days(horizon)}"
            )


def _nobody_is_recent(path: str, aim: Aim | None, first: float) -> Iterator[str]:
    """Warn of a win-back for people who ordered lately: it only ever meets those who did not."""
    recent = None if aim is None else aim.max_days_since_order
    if recent is not None and recent < first:
        yield (
            f"{path}.aim.max_days_since_order: nobody whose last order is at most {_days(recent)} "
            f"old gets a message that goes out {_days(first)} after it"
        )


def _referral(scenario: Scenario) -> Iterator[str]:
    referral = scenario.journey.referral
    if referral is None:
        return
    advocates = referral.advocates
    if max(advocates.promoter, advocates.passive, advocates.detractor) == 0.0:
        yield "journey.referral.advocates: all shares are 0; nobody will invite anybody"


def _days(days: float) -> str:
    return f"{days:g} days" if days != 1 else "1 day"
