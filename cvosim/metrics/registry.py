"""Every scalar metric, defined once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from cvosim.metrics.columns import PROSPECTS, REFERRAL, Column
from cvosim.metrics.distribution import gini, quantile, tail_mean, top_share
from cvosim.metrics.further import further, further_groups
from cvosim.metrics.metric import MONEY, UNITS, VALUE, Metric
from cvosim.tables.columns import Names

__all__ = ["MONEY", "UNITS", "Metric", "catalogue"]


@lru_cache(maxsize=64)
def catalogue(names: Names) -> tuple[Metric, ...]:
    """Every metric that a table with these names has, in the order of the journey.

    A referred customer belongs to itself. Everything per prospect, and the reach, conversion,
    drop-off and time of every stage, is about market prospects alone, in its numerator as in its
    denominator: prospects times reach times conversion are the prospects who accepted. All else
    (leads, buyers, orders, money, subscribers, what programs and segments do) is about people, be
    they from the market or brought by referral.

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
    market = REFERRAL in names.channels  # else everybody is a prospect
    return (
        *_people(),
        *(
            metric
            for n, stage in enumerate(names.stages)
            for metric in _stage(stage, first=n == 0, market=market)
        ),
        *_acquisition(),
        *_orders(),
        *_value(market=market),
        *_distribution(),
        *further(names),
        *(metric for channel in names.channels for metric in _channel(channel)),
        *(metric for segment in names.segments for metric in _segment(segment)),
        *(metric for program in names.programs for metric in _program(program)),
        *(metric for stage in names.subscriptions for metric in _subscription(stage)),
        *further_groups(names),
    )


_ALL, _LEADS, _BUYERS = PROSPECTS, Column("leads"), Column("buyers")
_SPENT = Column("acquisition_cost")
_PROSPECTS_ALONE = (
    "People brought by referral do not count here, but in totals, buyers, cac, aov and all that "
    "is per buyer."
)


def _people() -> Iterator[Metric]:
    text = "People in the market, arrived or not; those brought by referral come on top."
    yield Metric("prospects", "customers", text, _ALL)
    text = (
        "People whose contact is known: they accepted at least one offer. To engage with content "
        "is not to accept one."
    )
    yield Metric("leads", "customers", text, _LEADS)
    text = "People with at least one paid order: first-time buyers."
    yield Metric("buyers", "customers", text, _BUYERS)


def _stage(stage: str, *, first: bool, market: bool) -> Iterator[Metric]:
    def among_prospects(name: str) -> Column:
        return Column(name, stage, market=market)

    reached, accepted = among_prospects("reached"), among_prospects("accepted")
    text = "Share of prospects who were put the offer before the horizon."
    # the first stage is put to everybody who arrives
    yield Metric(f"reach.{stage}", "share", text, reached, _ALL, certain=first)
    text = (
        "Share of the prospects put the offer who accepted it before the horizon, won back or "
        f"not. {_PROSPECTS_ALONE}"
    )
    yield Metric(f"conversion.{stage}", "share", text, accepted, reached)
    text = (
        "Share of the prospects put the offer who got no further before the horizon: they neither "
        "accepted it nor were put a later one. Those still deciding are among them. "
        f"{_PROSPECTS_ALONE}"
    )
    yield Metric(f"drop_off.{stage}", "share", text, among_prospects("stopped"), reached)
    text = (
        f"Mean days from arrival to acceptance, of the prospects who accepted. {_PROSPECTS_ALONE}"
    )
    yield Metric(f"time_to.{stage}", "days", text, among_prospects("days_to_accept"), accepted)


def _acquisition() -> Iterator[Metric]:
    text = (
        "Acquisition cost over leads. Acquisition cost is all channel, content, lead-magnet and "
        "program cost before the first paid order, also of those who never bought."
    )
    yield Metric("cost_per_lead", MONEY, text, _SPENT, _LEADS)
    yield Metric("cac", MONEY, "Acquisition cost over first-time buyers.", _SPENT, _BUYERS)
    text = "Acquisition cost less what the tripwire earned, over first-time buyers."
    yield Metric("net_cac", MONEY, text, Column("net_acquisition_cost"), _BUYERS)


def _orders() -> Iterator[Metric]:
    orders, days = Column("orders"), Column("customer_days")
    yield Metric("orders", "orders", "Paid orders, bills included.", orders)
    yield Metric("orders_per_buyer", "orders", "Paid orders over buyers.", orders, _BUYERS)
    yield Metric("aov", MONEY, "Average order value, before refunds.", Column("revenue"), orders)
    text = "Share of buyers with at least two paid orders."
    yield Metric("repeat_rate", "share", text, Column("repeat_buyers"), _BUYERS)
    text = "Paid orders over the years that buyers were customers (see customer_lifetime)."
    yield Metric("purchase_frequency", "orders/year", text, orders, Column("customer_years"))
    text = "Mean days from a buyer's first to its last paid order, both included, by the horizon."
    yield Metric("customer_lifetime", "days", text, days, _BUYERS)
    text = "Mean days between a buyer's successive paid orders."
    gaps = Column("days_first_to_last_order")
    yield Metric("time_between_orders", "days", text, gaps, Column("reorders"))


def _value(*, market: bool) -> Iterator[Metric]:
    contribution, clv = Column("contribution"), Column("clv", market=market)
    margin, gross = Column("margin"), Column("clv_before_acquisition")
    text = "Everything customers paid, before refunds."
    yield Metric("revenue", MONEY, text, Column("revenue"))
    text = "Revenue less refunds and every cost."
    yield Metric("contribution", MONEY, text, contribution)
    text = (
        "Revenue less refunds and every cost, discounted to each customer's arrival, over "
        "prospects; their own, without those they referred (see clv_with_referrals)."
    )
    yield Metric(VALUE, MONEY, text, clv, _ALL)
    text = (
        "The same of everybody, referred or not, before acquisition cost, over leads: hold it "
        "against cost_per_lead."
    )
    yield Metric("clv_per_lead", MONEY, text, gross, _LEADS)
    text = (
        "The same of everybody, referred or not, before acquisition cost, over first-time buyers: "
        "hold it against cac."
    )
    yield Metric("clv_per_buyer", MONEY, text, gross, _BUYERS)
    text = "clv_per_prospect without discounting."
    own = contribution._replace(market=market)
    yield Metric("contribution_per_prospect", MONEY, text, own, _ALL)
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
        "Margin is contribution (refunds and rewards taken off) before acquisition cost; a loss "
        "counts as 0."
    )
    best = top_share(0.2)
    yield Metric("margin_share_top_20", "share", text, margin, _BUYERS, best, tail=0.2)
    text = "Gini index of the same margins, from 0 for equal to 1 (Davidson 2009)."
    yield Metric("gini", "share", text, margin, _BUYERS, gini)


def _channel(channel: str) -> Iterator[Metric]:
    def within(name: str) -> Column:
        return Column(name, channel=channel)

    buyers = within("buyers")
    text = "Acquisition cost of the channel's people over its first-time buyers."
    yield Metric(f"cac.{channel}", MONEY, text, within("acquisition_cost"), buyers)
    text = "Stickiness: share of the channel's buyers with at least two paid orders."
    yield Metric(f"repeat_rate.{channel}", "share", text, within("repeat_buyers"), buyers)
    text = "clv_per_prospect of the channel's prospects; n/a for referral, which brings none."
    yield Metric(f"clv_per_prospect.{channel}", MONEY, text, within("clv"), within("prospects"))
    text = "Revenue from the channel's people, before refunds."
    yield Metric(f"revenue_by_channel.{channel}", MONEY, text, within("revenue"))
    text = "Paid orders of the channel's people."
    yield Metric(f"orders_by_channel.{channel}", "orders", text, within("orders"))
    text = (
        "Share of the channel's prospects who arrived before the horizon: of a budget, its reach; "
        "n/a for referral, which brings none."
    )
    arrived, prospects = within("arrived"), within("prospects")
    # when people come, and whom a budget reaches, is the scenario's to say: as with reach
    yield Metric(f"arrived_share.{channel}", "share", text, arrived, prospects, certain=True)
    text = "Acquisition cost of the channel's people: all of it, also for those who never bought."
    yield Metric(f"acquisition_cost.{channel}", MONEY, text, within("acquisition_cost"))


def _segment(segment: str) -> Iterator[Metric]:
    revenue = Column("revenue", segment=segment)
    text = "Revenue from the segment, before refunds."
    yield Metric(f"revenue_by_segment.{segment}", MONEY, text, revenue)
    orders = Column("orders", segment=segment)
    yield Metric(f"orders_by_segment.{segment}", "orders", "Paid orders of the segment.", orders)


def _program(program: str) -> Iterator[Metric]:
    cost, won = Column("program_cost", program), Column("recoveries", program)
    text = (
        "Times that the program won somebody back: for a stage, or as a win-back, anniversary or "
        "birthday program for another order."
    )
    yield Metric(f"recoveries.{program}", "recoveries", text, won)
    yield Metric(f"program_cost.{program}", MONEY, "What the program cost.", cost)
    text = (
        "Revenue less refunds, rewards and cost of goods, over the horizon, of the customers the "
        "program won back at least once, per money it cost. An attribution: what it causes shows "
        "in a comparison with a variant that lacks it."
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
    text = (
        "Share of subscribers who cancelled by the horizon. To leave at the end of a trial, before "
        "the first bill, counts as cancelling (see paying_share)."
    )
    gone = Column("cancelled", stage)
    yield Metric(f"churned_share.{stage}", "share", text, gone, subscribers)
    text = (
        "Share of subscribers who paid at least one bill by the horizon: with a trial, from trial "
        "to paid, trials still running at the horizon not being paid; without one, everybody."
    )
    paying = Column("paying", stage)
    yield Metric(f"paying_share.{stage}", "share", text, paying, subscribers)
