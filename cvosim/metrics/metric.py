"""What a scalar metric is: how it is made of sums, and its unit."""

from __future__ import annotations

from dataclasses import dataclass

from cvosim.metrics.columns import Column
from cvosim.metrics.distribution import Statistic

MONEY = "money"
"""Unit of money until the scenario's currency is known."""

VALUE = "clv_per_prospect"
"""What a prospect is worth by itself."""

WITH_REFERRALS = "clv_with_referrals"
"""What a prospect is worth with all who came through it; only where there is referral."""

UNITS = frozenset(
    {
        "customers", "orders", "recoveries", "bills", "share", "ratio", "days", "orders/year",
        "points", "exposures", "invitations",
    }
)  # fmt: skip
"""Every other unit that a metric has."""

YES_OR_NO = frozenset(
    {
        "prospects", "reached", "accepted", "stopped", "leads", "buyers", "repeat_buyers",
        "cancelled", "paying", "people", "arrived", "on_rung", "surveyed", "in_tier", "advocates",
        "testimonials", "partners", "referred", "referred_buyers", "in_generation",
    }
)  # fmt: skip
"""Columns that are 1 or 0 for every customer."""

_SOME_OF = frozenset(
    {("tickets", "deliveries"), ("resolved", "tickets"), ("returns", "deliveries")}
)
"""Columns that count some of what another counts."""


@dataclass(frozen=True)
class Metric:
    """A ratio of two sums over customers, one sum, or a statistic of a distribution.

    Attributes
    ----------
    name : str
        As in results: a word, or a word, a dot and what it is about.
    unit : str
        ``money`` stands for the scenario's currency.
    description : str
        What it is and, where statistical, whose formula.
    numerator : Column
        Summed over all customers; of a distribution, the values.
    denominator : Column or None
        Summed likewise; None for a total. Of a distribution, who counts (1) and who not (0).
    statistic : callable or None
        For a distribution: from ascending values to the statistic and its influences.
    certain : bool
        True where a share of exactly 0 or 1 leaves no doubt, because the journey has it so.
    tail : float
        Part of those who carry the metric that it rests on: 0.01 for the percentile 99, 1 for
        what takes everybody.
    """

    name: str
    unit: str
    description: str
    numerator: Column
    denominator: Column | None = None
    statistic: Statistic | None = None
    certain: bool = False
    tail: float = 1.0

    @property
    def counts_people(self) -> bool:
        """Whether it only counts customers, be it in all or among others."""
        columns = (self.numerator, self.denominator or self.numerator)
        return self.statistic is None and {column.name for column in columns} <= YES_OR_NO

    @property
    def proportion(self) -> bool:
        """Whether it counts some among others: a share that chance may make 0 or 1."""
        if self.denominator is None:
            return False
        return self.counts_people or (self.numerator.name, self.denominator.name) in _SOME_OF

    @property
    def formula(self) -> str:
        """The definition in terms of per-customer columns."""
        if self.statistic is not None:
            return f"over {self.denominator}: {self.numerator}"
        below = f" / sum of {self.denominator}" if self.denominator else ""
        return f"sum of {self.numerator}{below}"
