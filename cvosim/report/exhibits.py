"""Every figure of a run or comparison, in the order of its report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cvosim.experiment.illustrated import Illustrated
    from cvosim.report.exhibit import Exhibit


def exhibits_of(found: Illustrated) -> tuple[Exhibit, ...]:
    """Every figure that there is something to draw for, in the order of the report.

    Parameters
    ----------
    found : Illustrated

    Returns
    -------
    tuple of Exhibit
        Their keys are unique.

    Examples
    --------
    >>> from cvosim.experiment.illustrated import illustrate
    >>> from cvosim import load_scenario
    >>> found = illustrate([load_scenario("carpet_cleaning")], customers=2000)
    >>> [exhibit.key for exhibit in exhibits_of(found)][:3]
    ['funnel', 'value_spread', 'cash']
    """
    return tuple(exhibit for exhibit in _all(found) if exhibit is not None)


def _all(found: Illustrated) -> Iterator[Exhibit | None]:
    from cvosim.report.figures.cash import cash_exhibit
    from cvosim.report.figures.channels import channels_exhibit
    from cvosim.report.figures.funnel import funnel_exhibit
    from cvosim.report.figures.referral import referral_exhibit
    from cvosim.report.figures.retention_map import retention_exhibit
    from cvosim.report.figures.return_path import return_path_exhibit
    from cvosim.report.figures.rfm_map import rfm_exhibit
    from cvosim.report.figures.survival import survival_exhibit
    from cvosim.report.figures.value_spread import value_spread_exhibit
    from cvosim.report.figures.waterfalls import stage_waterfall_exhibits, value_waterfall_exhibits

    yield funnel_exhibit(found)
    yield from value_waterfall_exhibits(found)
    yield from stage_waterfall_exhibits(found)
    yield value_spread_exhibit(found)
    yield cash_exhibit(found)
    yield retention_exhibit(found)
    yield survival_exhibit(found)
    yield rfm_exhibit(found)
    yield channels_exhibit(found)
    yield return_path_exhibit(found)
    yield referral_exhibit(found)
