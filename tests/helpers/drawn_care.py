"""Hypothesis strategies for what follows a purchase: reorders, service, loyalty, word of mouth."""

from __future__ import annotations

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

_NURTURING = ("exit_offer", "follow_up", "remarketing")
_RETAINING = ("win_back", "anniversary", "birthday")

_bg_nbd = st.builds(
    lambda r, alpha, a, b: {"model": "bg_nbd", "r": r, "alpha_days": alpha, "a": a, "b": b},
    shape,
    some_days,
    shape,
    shape,
)
_frequency = st.one_of(
    _bg_nbd,
    st.builds(
        lambda r, alpha, s, beta: {
            "model": "pareto_nbd",
            "r": r,
            "alpha_days": alpha,
            "s": s,
            "beta_days": beta,
        },
        shape,
        some_days,
        shape,
        some_days,
    ),
    st.builds(lambda mean: {"model": "poisson", "mean_days": mean}, some_days),
)
_mbg_nbd = _bg_nbd.map(lambda row: row | {"model": "mbg_nbd"})
_spend = st.one_of(
    st.builds(
        lambda p, q, v: {"model": "gamma_gamma", "p": p, "q": q, "v": v},
        shape,
        st.floats(1.1, 6),
        st.floats(1, 90),
    ),
    st.builds(
        lambda m, s: {"model": "lognormal", "median": m, "sigma": s},
        st.floats(1, 90),
        st.floats(0, 2),
    ),
    st.builds(lambda a: {"model": "fixed", "amount": a}, money),
)


@st.composite
def repeat_purchases(draw: st.DrawFn, stages: list[str], cast: Cast) -> Raw:
    """Orders that customers make on their own after a stage."""
    return {
        "after": draw(st.sampled_from(stages)),
        "frequency": draw(_frequency if cast.spine else st.one_of(_frequency, _mbg_nbd)),
        "spend": draw(_spend),
        "margin": draw(st.floats(0, 1)),
    }


@st.composite
def program(draw: st.DrawFn, index: int, stages: list[str], cast: Cast) -> Raw:
    """A program that serves stages."""
    kind = draw(st.sampled_from(_NURTURING))
    head: Raw = {"kind": kind, "name": f"program_{index}", "conversion": draw(likely)}
    head["at"] = draw(st.lists(st.sampled_from(stages), min_size=1, max_size=3, unique=True))
    head |= draw(maybe_aimed(cast))
    match kind:
        case "exit_offer":
            return head | {"discount": draw(st.floats(0, 0.9)), "cost": draw(money)}
        case "follow_up":
            head |= draw(_messages())
            head["days"] = sorted(draw(st.sets(days, min_size=1, max_size=4)))
            return head
        case _:
            head |= {"window_days": draw(some_days), "cpm": draw(money)}
            head["impressions_per_day"] = draw(st.floats(0.1, 5))
            head["click"] = draw(st.sampled_from([0.0, 0.01, 0.3]))
            return head | {"frequency_cap": draw(st.one_of(st.none(), st.integers(1, 20)))}


@st.composite
def _messages(draw: st.DrawFn) -> Raw:
    words: Raw = {"open": draw(likely), "click": draw(likely)}
    leaves = st.one_of(st.sampled_from([0.0, 0.05]), probability)
    words |= {"unsubscribe": draw(leaves), "cost": draw(money)}
    return words | {"fatigue": draw(st.floats(0.3, 1))}


@st.composite
def retention_program(draw: st.DrawFn, index: int, cast: Cast) -> Raw:
    """A program that serves customers, not a stage."""
    kind = draw(st.sampled_from(_RETAINING))
    head: Raw = {"kind": kind, "name": f"keeping_{index}", "conversion": draw(likely)}
    head |= draw(_messages()) | draw(maybe_aimed(cast))
    if kind == "win_back":
        head["after_days"] = draw(st.one_of(st.sampled_from([1.0, 7.0, 30.0]), st.floats(1, 60)))
        head["days"] = sorted(draw(st.sets(days, min_size=1, max_size=3)))
        return head
    del head["fatigue"]  # once a year nobody tires
    if draw(st.booleans()):
        head["every_days"] = draw(st.sampled_from([3.5, 7.0, 30.0, 45.0]))
    return head


@st.composite
def experience(draw: st.DrawFn) -> Raw:
    """Delivery, a score, perhaps a ticket, perhaps a return; any of it may be left out."""
    section: Raw = {"delivery": draw(delay)}
    often = st.sampled_from([True, True, False])
    if draw(often):
        scores = st.one_of(st.sampled_from([9.0, 7.0, 10.0, 6.0, 0.0]), st.floats(5, 10))
        spread = st.sampled_from([0.0, 0.7, 2.0])
        section["satisfaction"] = {"mean": draw(scores), "sd": draw(spread)}
        section["effort"] = {"mean": draw(st.floats(1, 7)), "sd": draw(spread)}
    if draw(often):
        section["ticket"] = {
            "probability": draw(likely),
            "resolved": draw(probability),
            "delay": draw(delay),
            "resolved_effect": draw(effect),
            "unresolved_effect": draw(effect),
        }
    if draw(often):
        section["returned"] = {"probability": draw(probability), "refund": draw(likely)}
    if draw(often):
        drop_out = draw(st.sampled_from([-0.4, 0.3, 0.0]))
        section["effects"] = {"trust": draw(st.floats(-0.4, 0.4)), "drop_out": drop_out}
    return section


@st.composite
def loyalty(draw: st.DrawFn, names: tuple[str, ...]) -> Raw:
    """Tiers, so near that most customers climb, or so far that nobody does."""
    measure = draw(st.sampled_from(["spend", "orders"]))
    steps = st.integers(1, 6) if measure == "orders" else st.floats(1, 900)
    level, tiers = 0.0, []
    for name in names:
        level += draw(steps)
        tier = {"name": name, "from": level, "drop_out": draw(st.sampled_from([1.0, 0.6, 1.7]))}
        tiers.append(tier | {"reward_share": draw(st.sampled_from([0.0, 0.02, 1.0]))})
    return {"measure": measure, "tiers": tiers}


@st.composite
def referral(draw: st.DrawFn, stages: list[str]) -> Raw:
    """Word of mouth that dies out by itself, or that only the horizon stops.

    Where an invited person brings more than one other, a month passes between them, so that
    three generations fit into the horizon.
    """
    grows = draw(st.booleans())
    slow = st.builds(
        lambda a, b: {"kind": "uniform", "low_days": a, "high_days": a + b},
        st.floats(30, 60),
        days,
    )
    most = 1.5 if grows else 0.8
    means = st.one_of(st.just(most), st.sampled_from([most, most, 0.0]), st.floats(0, most))
    invitations: Raw = {"mean": draw(means), "delay": draw(slow if grows else delay)}
    section: Raw = {"invitations": invitations, "cap": 100}
    if draw(st.booleans()):
        classes = ("promoter", "passive", "detractor")
        section["advocates"] = {fans: draw(likely) for fans in classes}
    else:
        section["advocates"] = {"promoter": 1.0, "passive": 0.9, "detractor": 0.8}
    if draw(st.booleans()):
        section["testimonials"] = draw(probability)
    if draw(st.booleans()):
        section["partner"] = {"probability": draw(probability), "invitations": draw(means)}
    if draw(st.booleans()):
        section["effects"] = {draw(st.sampled_from(stages)): draw(effect)}
    rewarding = [stage for stage in stages if stage != "engage"]
    if rewarding and draw(st.booleans()):
        gifts = {"advocate": draw(money), "friend": draw(money)}
        section["reward"] = gifts | {"at": draw(st.sampled_from(rewarding))}
    return section
