"""Metrics of the further sections: content, experience, loyalty and referral."""

from __future__ import annotations

from collections.abc import Iterator

from cvosim.metrics.columns import PROSPECTS, REFERRAL, Column
from cvosim.metrics.metric import MONEY, WITH_REFERRALS, Metric
from cvosim.metrics.quantities import ENGAGE
from cvosim.tables.columns import Names
from cvosim.tables.schema import AWARENESS

_ARRIVED, _REFERRED, _BUYERS = Column("arrived"), Column("referred"), Column("buyers")


def further(names: Names) -> Iterator[Metric]:
    """Yield what a table has beside the spine's metrics, one number each."""
    if names.extras and ENGAGE in names.stages:
        yield from _content()
    if names.experience:
        yield from _experience()
    if names.tiers or REFERRAL in names.channels:
        yield _rewards()
    if REFERRAL in names.channels:
        yield from _advocates()
        yield from _referral()


def further_groups(names: Names) -> Iterator[Metric]:
    """Yield the metrics of each rung, tier and generation."""
    if names.extras and ENGAGE in names.stages:
        for rung in AWARENESS:
            text = "Share of the people who have arrived who stand on the rung at the horizon."
            on = Column("on_rung", rung)
            yield Metric(f"awareness_at_end.{rung}", "share", text, on, _ARRIVED)
    for tier in names.tiers:
        text = "Share of buyers who hold the loyalty tier at the horizon."
        yield Metric(f"tier_share.{tier}", "share", text, Column("in_tier", tier), _BUYERS)


def _content() -> Iterator[Metric]:
    text = "Times that content reached somebody, over prospects; of those prospects."
    seen = Column("exposures", market=True)
    yield Metric("exposures_per_prospect", "exposures", text, seen, PROSPECTS)
    text = "Share of prospects who engaged with content at least once."
    engaged = Column("accepted", ENGAGE, market=True)
    yield Metric("engaged_per_prospect", "share", text, engaged, PROSPECTS)
    text = "Rungs of the awareness ladder climbed through content, over prospects."
    climbed = Column("rungs_climbed", market=True)
    yield Metric("rungs_climbed_per_prospect", "ratio", text, climbed, PROSPECTS)


def _experience() -> Iterator[Metric]:
    surveyed, deliveries = Column("surveyed"), Column("deliveries")
    text = (
        "Net promoter score: 100 times promoters (9 to 10) less detractors (0 to 6), over all who "
        "were surveyed, by everybody's last answer; from -100 to 100 (Reichheld 2003)."
    )
    yield Metric("nps", "points", text, Column("net_promoter_points"), surveyed)
    text = "Mean satisfaction, 0 to 10, by everybody's last answer."
    yield Metric("satisfaction", "points", text, Column("satisfaction"), surveyed)
    text = (
        "Customer effort score: mean effort, 1 (least) to 7, by everybody's last answer (Dixon, "
        "Freeman & Toman 2010)."
    )
    yield Metric("ces", "points", text, Column("effort"), surveyed)
    text = "Support tickets over deliveries."
    yield Metric("ticket_rate", "share", text, Column("tickets"), deliveries)
    text = "Share of support tickets that were resolved before the horizon; open ones are not."
    yield Metric("resolution_rate", "share", text, Column("resolved"), Column("tickets"))
    text = "Share of delivered orders that were returned."
    yield Metric("return_rate", "share", text, Column("returns"), deliveries)
    text = "Money given back for returned orders; revenue is before it, contribution after it."
    yield Metric("refunds", MONEY, text, Column("refunds"))


def _rewards() -> Metric:
    text = "Cost of loyalty and referral rewards, which is in contribution but in no other cost."
    return Metric("reward_cost", MONEY, text, Column("reward_cost"))


def _advocates() -> Iterator[Metric]:
    text = "People who became advocates after their first survey."
    yield Metric("advocates", "customers", text, Column("advocates"))
    text = "Advocates who gave a testimonial."
    yield Metric("testimonials", "customers", text, Column("testimonials"))
    text = "Advocates who became certified partners."
    yield Metric("certified_partners", "customers", text, Column("partners"))
    text = (
        "Invitations sent by the horizon over the people who arrived, be they prospects or "
        "referred. Those who came late have had little time to send theirs, and not everybody "
        "invited has come yet: k_factor counts who has."
    )
    yield Metric("invitations_per_person", "invitations", text, Column("invited"), _ARRIVED)


def _referral() -> Iterator[Metric]:
    text = (
        "K factor: people who arrived by referral over all the people who arrived, be they "
        "prospects or referred: the mean number of people whom one brings, as estimated from "
        "family trees (Harris 1948). The horizon cuts it: those who came late have had little "
        "time to bring anybody, and it stays below 1 even where the crowd would grow for ever."
    )
    yield Metric("k_factor", "ratio", text, _REFERRED, _ARRIVED)
    text = (
        "K factor of friends: people who arrived by the invitation of referred people, over "
        "referred people. Referred people may bring more or fewer than prospects do, and later "
        "generations are all theirs, so this K decides whether the crowd grows by itself. The "
        "horizon cuts it as it cuts k_factor, and more, since friends come later than prospects."
    )
    of_friends = Column("in_generation", "2+")
    yield Metric("k_of_friends", "ratio", text, of_friends, _REFERRED)
    text = "People brought by referral who arrived before the horizon."
    yield Metric("referred_people", "customers", text, _REFERRED)
    for which, words in (("1", "a prospect"), ("2", "a referred person of generation 1")):
        text = f"People invited by {words}."
        generation = Column("in_generation", which)
        yield Metric(f"referred_in_generation_{which}", "customers", text, generation)
    text = "People of generation 3 and later, those that generation 2 and later invited."
    later = Column("in_generation", "3+")
    yield Metric("referred_in_later_generations", "customers", text, later)
    text = "Share of buyers who were brought by referral."
    yield Metric("referral_share", "share", text, Column("referred_buyers"), _BUYERS)
    text = (
        "CLV of prospects and of all the people who came through them, over prospects: descendants "
        "are credited to the prospect at the beginning of their chain. Each person's value is "
        "discounted to its own arrival, that of somebody brought by referral not to the "
        "prospect's. In a comparison with a scenario that has referral, one without has its "
        "clv_per_prospect here."
    )
    yield Metric(WITH_REFERRALS, MONEY, text, Column("clv"), PROSPECTS)
    text = "Mean CLV of people brought by referral, discounted to their own arrival."
    of_referred = Column("clv", channel=REFERRAL)
    yield Metric("clv_per_referred_person", MONEY, text, of_referred, _REFERRED)
