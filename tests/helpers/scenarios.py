"""Hypothesis strategies that draw whole scenarios, edges included, as a strategist's YAML."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from helpers import drawn_care, drawn_market, drawn_offers
from helpers.drawn_values import HORIZON, Cast, Raw
from hypothesis import strategies as st

from cvosim.scenario import Scenario, load_scenario

SLOTS = ("engage", "lead_magnet", "tripwire", "excite", "core_offer", "profit_maximizers")
_SPINE = ("lead_magnet", "tripwire", "core_offer")
_SEGMENTS = ("keen", "cool")
_SECTIONS = (
    *("repeat_purchases", "retention", "experience", "referral", "loyalty"),
    *("engage", "excite", "order", "calendar"),
)
_MOST_MAXIMIZERS = 7  # with the five other stages 12


@st.composite
def _offers(draw: st.DrawFn, cast: Cast) -> Raw:
    """The declared stages by slot; at least one of the three that the spine has."""
    longest = cast.everything(draw) and draw(st.integers(0, 4)) == 4
    present = set(_SPINE) if longest else draw(st.sets(st.sampled_from(_SPINE), min_size=1))
    journey: Raw = {}
    if longest or cast.has("engage"):
        journey["engage"] = draw(drawn_offers.engage(cast))
    if "lead_magnet" in present:
        journey["lead_magnet"] = draw(drawn_offers.lead_magnet(cast))
    if longest or cast.has("excite"):
        journey["excite"] = draw(drawn_offers.excite(cast))
    for slot, name in (("tripwire", "trial_clean"), ("core_offer", "whole_house")):
        if slot in present:
            journey[slot] = draw(drawn_offers.priced(name, cast))
    most = 4 if cast.spine else _MOST_MAXIMIZERS
    count = most if longest else draw(st.integers(cast.fewest, most))
    extras = [draw(drawn_offers.maximizer(index, cast)) for index in range(count)]
    return journey | {"profit_maximizers": extras}


def _order(draw: st.DrawFn, journey: Raw) -> list[str]:
    """Any order of the slots; now and then a declared step is left out."""
    order = draw(st.permutations(SLOTS))
    steps = [slot for slot in SLOTS if journey.get(slot)]
    skipped = draw(st.sampled_from([None, None, None, *steps]))
    if skipped is not None and len(steps) > 1:
        order.remove(skipped)
    return order


def stage_keys(journey: Raw, order: tuple[str, ...] | list[str] = SLOTS) -> list[str]:
    """Keys of the declared stages that the order names."""
    keys: list[str] = []
    for slot in order:
        if slot == "profit_maximizers":
            keys += [offer["name"] for offer in journey[slot]]
        elif slot in journey:
            keys.append(slot)
    return keys


@st.composite
def _journey(draw: st.DrawFn, cast: Cast) -> Raw:
    journey: Raw = draw(_offers(cast))
    walked = stage_keys(journey)
    if cast.has("order"):
        journey["order"] = _order(draw, journey)
        walked = stage_keys(journey, journey["order"])
    keeping: list[Raw] = []
    buying = [stage for stage in walked if stage != "engage"]
    if buying and (cast.has("repeat_purchases") or cast.has("retention")):
        journey["repeat_purchases"] = draw(drawn_care.repeat_purchases(buying, cast))
        count = draw(st.integers(1, 3)) if cast.has("retention") else 0
        keeping = [draw(drawn_care.retention_program(i, cast)) for i in range(count)]
    if cast.has("experience") or cast.has("referral"):
        journey["experience"] = draw(drawn_care.experience())
    if cast.has("referral"):
        journey["referral"] = draw(drawn_care.referral(walked))
        if draw(st.sampled_from([False, True, True])):
            _early(journey)
    if cast.tiers:
        journey["loyalty"] = draw(drawn_care.loyalty(cast.tiers))
    drawn = [draw(drawn_care.program(i, walked, cast)) for i in range(draw(st.integers(0, 4)))]
    # exit offers come first: they are made at the moment of declining
    programs = sorted(drawn, key=lambda program: program["kind"] != "exit_offer")
    _decline(draw, journey, {stage for program in programs for stage in program["at"]})
    return journey | {"return_path": draw(st.permutations(keeping)) + programs}


def _early(journey: Raw) -> None:
    """Let people buy and be served soon, so that friends have time to bring friends."""
    for slot in ("tripwire", "core_offer"):
        if slot in journey:
            journey[slot] |= {"conversion": 0.9, "delay": None}
    journey["experience"]["delivery"] = None
    journey["experience"].get("ticket", {}).pop("delay", None)


def _decline(draw: st.DrawFn, journey: Raw, served: set[str]) -> None:
    ways = st.sampled_from([None, "continue", "return_path", "continue", "exit"])
    offers = [(slot, journey[slot]) for slot in SLOTS[:-1] if slot in journey]
    offers += [(offer["name"], offer) for offer in journey["profit_maximizers"]]
    for key, offer in offers:
        if key not in served:
            offer["on_decline"] = draw(ways)


@st.composite
def raw_scenarios(draw: st.DrawFn, *, spine: bool = False, fewest: int = 0) -> Raw:
    """Draw a scenario as the mapping that its YAML file would hold.

    Parameters
    ----------
    spine : bool
        Leave out everything that came after the spine: engagement, experience, loyalty, ...
    fewest : int
        How many profit maximizers there are at least.
    """
    sections = ("repeat_purchases",) if spine else _SECTIONS
    found = draw(st.sets(st.sampled_from(sections), min_size=0 if spine else 2))
    names = ("ads", "friends", "shop")[: 2 if spine else draw(st.integers(2, 3))]
    tiers = ("silver", "gold", "jade")[: draw(st.integers(1, 3)) if "loyalty" in found else 0]
    bare = Cast(_SEGMENTS, names, tiers, frozenset(found), spine, fewest)
    cast = bare._replace(channels=(*names, "referral")) if "referral" in found else bare
    sd = draw(st.sampled_from([0.0, 0.7]))
    journey: Raw = draw(_journey(cast))
    stages = stage_keys(journey)
    segments = drawn_market.segments(draw, cast, stages)
    return {
        "schema_version": 1,
        "name": "Drawn",
        "horizon_days": HORIZON,
        "customers": drawn_market.CUSTOMERS,
        "market": {"segments": segments, "propensity_sd": sd},
        "channels": drawn_market.channels(draw, bare, stages),
        "journey": journey,
        "economics": {"discount_rate": draw(st.sampled_from([0.0, 0.1]))},
        **(drawn_market.calendar(draw) if "calendar" in found else {}),
    }


def from_raw(raw: Raw, overrides: tuple[str, ...] = ()) -> Scenario:
    """Load a drawn mapping as `load_scenario` would load its file (JSON is YAML)."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "drawn.yaml"
        path.write_text(json.dumps(raw), encoding="utf-8")
        path.with_name(drawn_market.VISITS_FILE).write_text(drawn_market.VISITS, encoding="ascii")
        return load_scenario(path, overrides)


def scenarios() -> st.SearchStrategy[Scenario]:
    """Scenarios of every stage kind, program, delay and model of buying."""
    return raw_scenarios().map(from_raw)


__all__ = ["Raw", "from_raw", "raw_scenarios", "scenarios", "stage_keys"]
