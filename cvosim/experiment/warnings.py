"""What a scenario's author should know before it is simulated."""

from __future__ import annotations

from cvosim.plan import compile_plan
from cvosim.scenario import Scenario, warnings_in


def warnings_of(scenario: Scenario) -> tuple[str, ...]:
    """Everything about a scenario that is allowed and yet seldom meant.

    Parameters
    ----------
    scenario : Scenario
        As returned by `load_scenario`.

    Returns
    -------
    tuple of str
        One line each, which begins with the path that it is about; empty when there is nothing
        to say. Parts that can have no effect within the horizon, as `cvosim.scenario.warnings_in`
        finds them; and customers who bring so many more that their number would not cease to
        grow, as `cvosim.theory.growth` expects it.

    Raises
    ------
    CvosimError
        If a scenario with referral cannot be compiled.

    Examples
    --------
    >>> from cvosim import load_scenario
    >>> from cvosim.experiment.warnings import warnings_of
    >>> long_trial = "journey.profit_maximizers.quarterly_care.trial_days=900"
    >>> for warning in warnings_of(load_scenario("carpet_cleaning", [long_trial])):
    ...     print(warning)
    journey.profit_maximizers.quarterly_care.trial_days: a trial of 900 days is ...
    """
    if scenario.journey.referral is None:
        return warnings_in(scenario)
    from cvosim.theory import growth  # needs scipy, which most scenarios can do without

    endless = growth(compile_plan(scenario)).warning
    return (*warnings_in(scenario), *([f"journey.referral: {endless}"] if endless else []))
