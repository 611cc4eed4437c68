"""Hypothesis strategies for the values that every section is made of; edges are likely."""

from __future__ import annotations

from typing import Any, NamedTuple

from hypothesis import strategies as st

Raw = dict[str, Any]

HORIZON = 90.0
probability = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0.02, 0.98))
likely = st.one_of(st.sampled_from([1.0, 0.9, 0.7]), probability)
"""Leans to a yes, so that people get far enough to meet what comes late."""
money = st.one_of(st.just(0.0), st.floats(0.5, 500))
effect = st.one_of(st.just(0.0), st.floats(-2, 2))
days = st.one_of(st.sampled_from([0.0, 1.0, 7.0, 30.0, HORIZON]), st.floats(0, 40))
some_days = st.one_of(st.sampled_from([1.0, 7.0, 30.0, HORIZON]), st.floats(0.2, 40))
shape = st.floats(0.05, 5)

delay = st.one_of(
    st.none(),
    st.builds(lambda d: {"kind": "fixed", "days": d}, days),
    st.builds(lambda d: {"kind": "exponential", "mean_days": d}, some_days),
    st.builds(
        lambda d, s: {"kind": "lognormal", "median_days": d, "sigma": s},
        some_days,
        st.floats(0, 1.5),
    ),
    st.builds(lambda d, k: {"kind": "gamma", "mean_days": d, "shape": k}, some_days, shape),
    st.builds(lambda d, k: {"kind": "weibull", "scale_days": d, "shape": k}, some_days, shape),
    st.builds(lambda a, b: {"kind": "uniform", "low_days": a, "high_days": a + b}, days, days),
)


@st.composite
def maybe_effects(draw: st.DrawFn, stages: list[str]) -> Raw:
    """The key ``effects`` of a segment or a channel: extra log-odds at up to three stages."""
    if draw(st.integers(0, 2)) < 2:
        return {}
    moved = draw(st.lists(st.sampled_from(stages), min_size=1, max_size=3, unique=True))
    return {"effects": {stage: draw(effect) for stage in moved}}


class Cast(NamedTuple):
    """What one part of a drawn scenario may name in another."""

    segments: tuple[str, ...]
    channels: tuple[str, ...]
    tiers: tuple[str, ...]
    sections: frozenset[str]
    """Which of the sections that may be left out are there."""
    spine: bool
    """Whether to keep to the sections of the spine: nothing that looks back or around."""
    fewest: int = 0
    """How many profit maximizers there are at least."""

    def has(self, section: str) -> bool:
        """Whether a section is to be drawn."""
        return section in self.sections

    def everything(self, draw: st.DrawFn) -> bool:
        """Whether this part uses what came after the spine."""
        return not self.spine and draw(st.booleans())


def some(names: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    """A few of the names, at least one."""
    return st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True)


@st.composite
def aim(draw: st.DrawFn, cast: Cast) -> Raw:
    """Up to three conditions on a customer."""
    menu = {
        "segments": some(cast.segments),
        "channels": some(cast.channels),
        "min_orders": st.integers(0, 2),
        "min_spend": money,
        "max_days_since_order": days,
    }
    if cast.tiers:
        menu["tiers"] = some(cast.tiers)
    keys = st.lists(st.sampled_from(sorted(menu)), min_size=1, max_size=3, unique=True)
    return {key: draw(menu[key]) for key in draw(keys)}


@st.composite
def maybe_aimed(draw: st.DrawFn, cast: Cast) -> Raw:
    """The key ``aim`` of an offer or a program, mostly left out."""
    wanted = not cast.spine and draw(st.integers(0, 3)) == 3
    return {"aim": draw(aim(cast))} if wanted else {}
