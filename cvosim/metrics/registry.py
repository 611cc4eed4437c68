"""Every scalar metric, defined once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from cvosim.metrics.columns import Column
from cvosim.metrics.distribution import Statistic, gini, quantile, tail_mean, top_share
from cvosim.tables.columns import Names

MONEY = "money"
"""Unit of money until the scenario's currency is known."""

LEAD_MAGNET = "lead_magnet"

UNITS = frozenset(
    {"customers", "orders", "recoveries", "bills", "share", "ratio", "days", "orders/year"}
)
"""Every other unit that a metric has."""

_YES_OR_NO = frozenset(
    {"prospects", "reached", "accepted", "stopped", "leads", "buyers", "repeat_buyers", "cancelled"}
)
"""Columns that are 1 or 0 for every customer."""


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
        return self.statistic is None and {column.name for column in columns} <= _YES_OR_NO

    @property
    def proportion(self) -> bool:
        """Whether it counts some customers among others: a share that chance may make 0 or 1."""
        return self.counts_people and self.denominator is not None

    @property
    def formula(self) -> str:
        """The definition in terms of per-customer columns."""
        if self.statistic is not None:
            return f"over {self.denominator}: {self.numerator}"
        below = f" / sum of {self.denominator}" if self.denominator else ""
        return f"sum of {self.numerator}{below}"


@lru_cache(maxsize=64)
def catalogue(names: Names) -> tuple[Metric, ...]:
    """Every metric that a table with these names has, in the order of the journey.

    Parameters
    ----------
    names : Names
        Stages, channels, programs and so on of the table.

    Returns
    -------
    tuple of Metric
        Names are unique.

    Examples
    --------
    >>> names = Names(("all",), ("ads",), ("tripwire",), (), ())
    >>> [m.name for m in catalogue(names) if m.name.startswith("cac")]
    ['cac', 'cac.ads']
    """
    return (
        *_people(),
        *(metric for n, stage in enumerate(names.stages) for metric in _stage(stage, first=n == 0)),
        *_acquisition(),
        *_orders(),
        *_value(),
        *_distribution(),
        *(metric for channel in names.channels for metric in _channel(channel)),
        *(metric for segment in names.segments for metric in _segment(segment)),
        *(metric for program in names.programs for metric in _program(program)),
        *(metric for stage in names.subscriptions for metric in _subscription(stage)),
    )


_ALL, _LEADS, _BUYERS = Column("prospects"), Column("leads"), Column("buyers")
_SPENT = Column("acquisition_cost")


def _people() -> Iterator[Metric]:
    yield Metric("prospects", "customers", "People in the market, arrived or not.", _ALL)
    text = "People whose contact is known: they accepted at least one offer."
    yield Metric("leads", "customers", text, _LEADS)
    text = "People with at least one paid order: first-time buyers."
    yield Metric("buyers", "customers", text, _BUYERS)


def _stage(stage: str, *, first: bool) -> Iterator[Metric]:
    reached, accepted = Column("reached", stage), Column("accepted", stage)
    text = "Share of prospects who were put the offer before the horizon."
    # the first stage is put to everybody who arrives
    yield Metric(f"reach.{stage}", "share", text, reached, _ALL, certain=first)
    text = "Share of those put the offer who accepted it before the horizon, won back or not."
    yield Metric(f"conversion.{stage}", "share", text, accepted, reached)
    text = (
        "Share of those put the offer who got no further before the horizon: they neither "
        "accepted it nor were put a later one. Those still deciding are among them."
    )
    yield Metric(f"drop_off.{stage}", "share", text, Column("stopped", stage), reached)
    text = "Mean days from arrival to acceptance, of those who accepted."
    yield Metric(f"time_to.{stage}", "days", text, Column("days_to_accept", stage), accepted)


def _acquisition() -> Iterator[Metric]:
    text = (
        "Acquisition cost over leads. Acquisition cost is all channel, lead-magnet and program "
        "cost before the first paid order, also of those who never bought."
    )
    yield Metric("cost_per_lead", MONEY, text, _SPENT, _LEADS)
    yield Metric("cac", MONEY, "Acquisition cost over first-time buyers.", _SPENT, _BUYERS)
    text = "Acquisition cost less what the tripwire earned, over first-time buyers."
    yield Metric("net_cac", MONEY, text, Column("net_acquisition_cost"), _BUYERS)


def _orders() -> Iterator[Metric]:
    orders, days = Column("orders"), Column("customer_days")
    yield Metric("orders", "orders", "Paid orders, bills included.", orders)
    yield Metric("orders_per_buyer", "orders", "Paid orders over buyers.", orders, _BUYERS)
    yield Metric("aov", MONEY, "Average order value.", Column("revenue"), orders)
    text = "Share of buyers with at least two paid orders."
    yield Metric("repeat_rate", "share", text, Column("repeat_buyers"), _BUYERS)
    text = "Paid orders over the years that buyers were customers (see customer_lifetime)."
    yield Metric("purchase_frequency", "orders/year", text, orders, Column("customer_years"))
    text = "Mean days from a buyer's first to its last paid order, both included, by the horizon."
    yield Metric("customer_lifetime", "days", text, days, _BUYERS)
    text = "Mean days between a buyer's successive paid orders."
    gaps = Column("days_first_to_last_order")
    yield Metric("time_between_orders", "days", text, gaps, Column("reorders"))


def _value() -> Iterator[Metric]:
    contribution, clv = Column("contribution"), Column("clv")
    margin, gross = Column("margin"), Column("clv_before_acquisition")
    yield Metric("revenue", MONEY, "Everything customers paid.", Column("revenue"))
    yield Metric("contribution", MONEY, "Revenue less every cost.", contribution)
    text = "Revenue less every cost, discounted to each customer's arrival, over prospects."
    yield Metric("clv_per_prospect", MONEY, text, clv, _ALL)
    text = "The same before acquisition cost, over leads: hold it against cost_per_lead."
    yield Metric("clv_per_lead", MONEY, text, gross, _LEADS)
    text = "The same before acquisition cost, over first-time buyers: hold it against cac."
    yield Metric("clv_per_buyer", MONEY, text, gross, _BUYERS)
    text = "clv_per_prospect without discounting."
    yield Metric("contribution_per_prospect", MONEY, text, contribution, _ALL)
    text = "clv_per_lead without discounting."
    yield Metric("contribution_per_lead", MONEY, text, margin, _LEADS)
    text = "clv_per_buyer without discounting."
    yield Metric("contribution_per_buyer", MONEY, text, margin, _BUYERS)
    yield Metric("ltv_to_cac", "ratio", "clv_per_buyer over cac.", gross, _SPENT)


_PERCENTILES = (10, 50, 90, 99)


def _distribution() -> Iterator[Metric]:
    clv, gross = Column("clv"), Column("clv_before_acquisition")
    for percent in _PERCENTILES:
        text = f"Percentile {percent} of prospects' CLV (standard error: Woodruff 1952)."
        at, tail = quantile(percent / 100), min(percent, 100 - percent) / 100
        yield Metric(f"clv_quantile.p{percent}", MONEY, text, clv, _ALL, at, tail=tail)
    text = "Mean CLV of the worst 5 % of prospects (Rockafellar & Uryasev 2000)."
    yield Metric("cvar_5", MONEY, text, clv, _ALL, tail_mean(0.05), tail=0.05)
    for percent in _PERCENTILES:
        text = f"Percentile {percent} of buyers' CLV before acquisition cost (Woodruff 1952)."
        at, tail = quantile(percent / 100), min(percent, 100 - percent) / 100
        yield Metric(f"clv_buyer_quantile.p{percent}", MONEY, text, gross, _BUYERS, at, tail=tail)
    margin = Column("positive_margin")
    text = (
        "Share of buyers' margin that the best 20 % of them bring (Beach & Davidson 1983). "
        "Margin is contribution before acquisition cost; a loss counts as 0."
    )
    best = top_share(0.2)
    yield Metric("margin_share_top_20", "share", text, margin, _BUYERS, best, tail=0.2)
    text = "Gini index of the same margins, from 0 for equal to 1 (Davidson 2009)."
    yield Metric("gini", "share", text, margin, _BUYERS, gini)


def _channel(channel: str) -> Iterator[Metric]:
    def within(name: str) -> Column:
        return Column(name, channel=channel)

    buyers = within("buyers")
    text = "Acquisition cost of the channel's prospects over its first-time buyers."
    yield Metric(f"cac.{channel}", MONEY, text, within("acquisition_cost"), buyers)
    text = "Stickiness: share of the channel's buyers with at least two paid orders."
    yield Metric(f"repeat_rate.{channel}", "share", text, within("repeat_buyers"), buyers)
    text = "clv_per_prospect of the channel's prospects."
    yield Metric(f"clv_per_prospect.{channel}", MONEY, text, within("clv"), within("prospects"))
    text = "Revenue from the channel's prospects."
    yield Metric(f"revenue_by_channel.{channel}", MONEY, text, within("revenue"))
    text = "Paid orders of the channel's prospects."
    yield Metric(f"orders_by_channel.{channel}", "orders", text, within("orders"))


def _segment(segment: str) -> Iterator[Metric]:
    revenue = Column("revenue", segment=segment)
    yield Metric(f"revenue_by_segment.{segment}", MONEY, "Revenue from the segment.", revenue)
    orders = Column("orders", segment=segment)
    yield Metric(f"orders_by_segment.{segment}", "orders", "Paid orders of the segment.", orders)


def _program(program: str) -> Iterator[Metric]:
    cost, won = Column("program_cost", program), Column("recoveries", program)
    yield Metric(f"recoveries.{program}", "recoveries", "Stages that the program won back.", won)
    yield Metric(f"program_cost.{program}", MONEY, "What the program cost.", cost)
    text = (
        "Revenue less cost of goods, over the horizon, of the customers the program won back at "
        "least once, per money it cost. An attribution: what it causes shows in a comparison "
        "with a variant that lacks it."
    )
    margin = Column("recovered_margin", program)
    yield Metric(f"return_on_cost.{program}", "ratio", text, margin, cost)


def _subscription(stage: str) -> Iterator[Metric]:
    subscribers = Column("accepted", stage)
    yield Metric(f"subscribers.{stage}", "customers", "People who ever subscribed.", subscribers)
    text = "Paid bills by the horizon over subscribers, trials excluded."
    yield Metric(
        f"bills_per_subscriber.{stage}", "bills", text, Column("bills", stage), subscribers
    )
    text = "Share of subscribers who cancelled by the horizon."
    gone = Column("cancelled", stage)
    yield Metric(f"churned_share.{stage}", "share", text, gone, subscribers)
