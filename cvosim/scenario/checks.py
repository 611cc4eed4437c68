"""Do the parts of a scenario fit together: everything that no single field can tell.

The checks walk raw data, so that they find what they can even where other parts are
wrong: what is missing or of the wrong kind they pass over, the models report that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from cvosim.scenario.checks_aims import aim_issues
from cvosim.scenario.checks_customers import customer_issues
from cvosim.scenario.checks_experiment import experiment_issues
from cvosim.scenario.checks_journey import journey_issues
from cvosim.scenario.checks_market import market_issues
from cvosim.scenario.checks_programs import program_issues
from cvosim.scenario.checks_rates import rate_issues
from cvosim.scenario.checks_sweep import sweep_issues
from cvosim.scenario.raw import Issue

_CHECKS: tuple[Callable[[Mapping[str, object]], Iterator[Issue]], ...] = (
    market_issues,
    journey_issues,
    aim_issues,
    customer_issues,
    program_issues,
    rate_issues,
    experiment_issues,
    sweep_issues,
)


def issues_in(data: Mapping[str, object]) -> list[Issue]:
    """Return everything that does not fit together in a scenario's raw data.

    Parameters
    ----------
    data : mapping
        What a scenario file says, or a scenario's ``model_dump()``.

    Returns
    -------
    list of Issue
        In no particular order; empty when all is well.
    """
    return [issue for check in _CHECKS for issue in check(data)]
