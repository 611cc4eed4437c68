"""Hypothesis strategies for the offers of a journey, from engagement to profit maximizers."""

from __future__ import annotations

from typing import Any

from helpers.drawn_values import (
    Cast,
    Raw,
    days,
    delay,
    effect,
    likely,
    maybe_aimed,
    money,
    probability,
    shape,
    some_days,
)
from hypothesis import strategies as st

_STYLES = ("entertain", "educate", "contrast", "prove")
_MAXIMIZERS = ("upsell", "cross_sell", "slack_adjuster", "subscription", "subscription")
_PARTNERS = ("affiliate", "joint_venture")
_seldom = st.sampled_from([False, False, True])


@st.composite
def _offer(draw: st.DrawFn, name: str, cast: Cast, **more: Any) -> Raw:
    offer: Raw = {"name": name, "conversion": draw(likely), "delay": draw(delay), **more}
    offer["unit_cost"] = draw(money)
    offer["trust"] = draw(effect)
    offer["trust_weight"] = draw(st.sampled_from([0.0, 1.0, 1.0, 0.5]))
    if draw(st.booleans()):
        offer["by_awareness"] = {"product": draw(effect), "unaware": draw(effect)}
    if offer.get("price") and draw(_seldom):
        offer["list_price"] = draw(st.floats(1, 500))  # its conversion was observed at another
    if draw(_seldom):
        offer["reference_trust"] = draw(effect)
    return offer | draw(maybe_aimed(cast))


@st.composite
def lead_magnet(draw: st.DrawFn, cast: Cast) -> Raw:
    """A lead magnet that is consumed by some, sooner or later."""
    offer: Raw = draw(_offer("guide", cast))
    return offer | {"consumed": draw(probability), "time_to_value": draw(delay)}


@st.composite
def priced(draw: st.DrawFn, name: str, cast: Cast, **more: Any) -> Raw:
    """An offer for money, or for time that is given at once or kept, or not, later."""
    if draw(st.sampled_from(["money", "money", "time"])) == "money":
        return draw(_offer(name, cast, price=draw(st.floats(1, 300)), commitment="money", **more))
    offer: Raw = draw(_offer(name, cast, price=0.0, commitment="time", **more))
    if cast.everything(draw):
        offer |= {"attendance": draw(likely), "starts_after": draw(delay)}
    return offer


@st.composite
def excite(draw: st.DrawFn, cast: Cast) -> Raw:
    """A little victory: an offer without a price."""
    return draw(_offer("first_win", cast))


@st.composite
def engage(draw: st.DrawFn, cast: Cast) -> Raw:
    """Content for every rung or for one, seen once or again and again."""
    styles = draw(st.lists(st.sampled_from(_STYLES), min_size=1, max_size=4))
    section: Raw = {
        "content": [draw(_piece(f"piece_{i}", style)) for i, style in enumerate(styles)],
        "targeting": draw(probability),
        "lift": draw(likely),
        "exposures": draw(st.integers(1, 5)),
        "every": draw(delay),
        "trust_weight": draw(st.sampled_from([0.0, 1.0])),
    }
    if draw(st.booleans()):
        table = ("matched", "adjacent", "mismatched")
        section["conversion"] = {fits: draw(likely) for fits in table}
    if draw(_seldom):
        section["reference_trust"] = draw(effect)
    return section | draw(maybe_aimed(cast))


@st.composite
def _piece(draw: st.DrawFn, name: str, style: str) -> Raw:
    piece: Raw = {"name": name, "style": style, "unit_cost": draw(money), "trust": draw(effect)}
    if draw(st.booleans()):
        piece["reach"] = draw(likely)
    if draw(st.booleans()):
        rungs = st.sampled_from(["unaware", "problem", "solution", "product"])
        piece["conversion"] = {draw(rungs): draw(probability)}
    return piece


@st.composite
def maximizer(draw: st.DrawFn, index: int, cast: Cast) -> Raw:
    """A profit maximizer of any kind."""
    name = f"extra_{index}"
    kind = draw(st.sampled_from(_MAXIMIZERS if cast.spine else (*_MAXIMIZERS, *_PARTNERS)))
    if kind == "subscription":
        return draw(_subscription(name, cast))
    if kind not in _PARTNERS:
        return draw(priced(name, cast, kind=kind))
    partner: Raw = draw(_offer(name, cast, kind=kind, price=draw(st.floats(1, 500))))
    del partner["unit_cost"]  # a partner's goods cost the partner
    return partner | {"commission": draw(st.floats(0.05, 1))}


@st.composite
def _subscription(draw: st.DrawFn, name: str, cast: Cast) -> Raw:
    offer: Raw = draw(_offer(name, cast, kind="subscription", price=draw(st.floats(1, 500))))
    churn = draw(
        st.one_of(
            st.builds(lambda p: {"kind": "geometric", "probability": p}, probability),
            st.builds(lambda a, b: {"kind": "sbg", "alpha": a, "beta": b}, shape, shape),
        )
    )
    offer |= {"period_days": draw(some_days), "churn": churn, "trial_days": draw(days)}
    offer["max_cycles"] = draw(st.one_of(st.none(), st.integers(1, 5)))
    if offer["trial_days"] > 0 and cast.everything(draw):
        offer["trial_conversion"] = draw(likely)
    if cast.everything(draw):
        notice = draw(st.sampled_from([0.0, 0.25, 1.0])) * offer["period_days"]
        offer["contract"] = {"cycles": draw(st.integers(1, 4)), "notice_days": notice}
    return offer
