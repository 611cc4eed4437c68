"""Twins: the same customers, with the same luck, meet every scenario."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cvosim.experiment.comparison import Comparison, Difference, check_comparable
from cvosim.experiment.sides import Progress, Side, joined, live, pair_of

if TYPE_CHECKING:
    from cvosim.scenario import Scenario

__all__ = ["Comparison", "Difference", "check_comparable", "compare"]


def compare(
    scenarios: Sequence[Scenario],
    *,
    customers: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Let the same customers meet every scenario and compare what comes of it.

    A customer has the same luck in every scenario (common random numbers; Law 2015,
    *Simulation Modeling and Analysis*, section 11.2), so most of the noise cancels in the
    differences. Their intervals are those of paired samples, of ratios by linearisation (delta
    method; see `cvosim.stats.paired`). The pairs are market prospects: what people brought by
    referral do, of whom one scenario may have more, is added to what the prospect at the
    beginning of their chain does (Liang & Zeger 1986; see `cvosim.measure`).
    What word of mouth is worth is the difference of ``clv_with_referrals`` from a scenario
    without referral, whose prospects are worth their ``clv_per_prospect`` and bring nobody.

    Intervals are withheld where those of either side are (see `cvosim.measure`), and where a
    share is exactly 0 or 1 on both sides, unless every customer is identical: what never
    happened on either side cannot tell how often it would. A share of exactly 0 or 1 on one
    side adds its own error (Agresti & Coull 1998). No more than two tables are held at a time.

    Parameters
    ----------
    scenarios : sequence of Scenario
        The baseline, then one variant or more; names must differ, horizon and currency not.
    customers, seed : int, optional
        For every scenario; the baseline's own by default.
    threads : int, optional
        Of the kernel; never changes a number.
    progress : callable, optional
        Called now and then with the number of customers done since the last call, every
        scenario's customers counting anew.

    Returns
    -------
    Comparison
        Paired differences of every metric with 95 % intervals, and the split of the
        difference in CLV.

    Raises
    ------
    ScenarioError
        When the scenarios cannot be compared; all reasons at once.
    CvosimError
        For an impossible number of customers, seed or threads.

    Examples
    --------
    >>> from cvosim import compare, load_scenario
    >>> names = ("carpet_cleaning", "carpet_cleaning_no_tripwire")
    >>> result = compare([load_scenario(name) for name in names], customers=2000)
    >>> result.differences[result.variants[0]]["clv_per_prospect"].unit
    'USD'
    """
    check_comparable(scenarios)
    first, *others = scenarios
    everybody = first.customers if customers is None else customers
    luck = first.seed if seed is None else seed

    def side(scenario: Scenario) -> Side:
        return live(scenario, customers=everybody, seed=luck, threads=threads, progress=progress)

    baseline = side(first)
    # a variant's table goes before the next one comes
    pairs = [pair_of(baseline, side(scenario)) for scenario in others]
    return joined(baseline, pairs)
