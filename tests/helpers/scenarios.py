"""Hypothesis strategies that draw whole scenarios, edges included, as a strategist's YAML."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import strategies as st

from cvosim.scenario import Scenario, load_scenario

Raw = dict[str, Any]

HORIZON = 90.0
probability = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0.02, 0.98))
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
def _offer(draw: st.DrawFn, name: str, **more: Any) -> Raw:
    offer: Raw = {"name": name, "conversion": draw(probability), "delay": draw(delay), **more}
    offer["unit_cost"] = draw(money)
    offer["trust"] = draw(effect)
    offer["trust_weight"] = draw(st.sampled_from([0.0, 1.0, 1.0, 0.5]))
    if draw(st.booleans()):
        offer["by_awareness"] = {"product": draw(effect), "unaware": draw(effect)}
    return offer


@st.composite
def _lead_magnet(draw: st.DrawFn) -> Raw:
    offer: Raw = draw(_offer("guide"))
    offer |= {"consumed": draw(probability), "time_to_value": draw(delay)}
    return offer


@st.composite
def _maximizer(draw: st.DrawFn, index: int) -> Raw:
    kind = draw(st.sampled_from(["upsell", "cross_sell", "slack_adjuster", "subscription"]))
    offer: Raw = draw(_offer(f"extra_{index}", kind=kind, price=draw(st.floats(1, 500))))
    if kind == "cross_sell" and draw(st.booleans()):
        offer["commission"] = draw(st.floats(0.05, 1))
    if kind == "subscription":
        churn = draw(
            st.one_of(
                st.builds(lambda p: {"kind": "geometric", "probability": p}, probability),
                st.builds(lambda a, b: {"kind": "sbg", "alpha": a, "beta": b}, shape, shape),
            )
        )
        offer |= {"period_days": draw(some_days), "churn": churn, "trial_days": draw(days)}
        offer["max_cycles"] = draw(st.one_of(st.none(), st.integers(1, 5)))
    return offer


_frequency = st.one_of(
    st.builds(
        lambda r, alpha, a, b: {"model": "bg_nbd", "r": r, "alpha_days": alpha, "a": a, "b": b},
        shape,
        some_days,
        shape,
        shape,
    ),
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
def _program(draw: st.DrawFn, index: int, stages: list[str]) -> Raw:
    program: Raw = {
        "kind": draw(st.sampled_from(["exit_offer", "follow_up", "remarketing"])),
        "name": f"program_{index}",
        "at": draw(st.lists(st.sampled_from(stages), min_size=1, max_size=3, unique=True)),
        "conversion": draw(probability),
    }
    match program["kind"]:
        case "exit_offer":
            program |= {"discount": draw(st.floats(0, 0.9)), "cost": draw(money)}
        case "follow_up":
            touches = sorted(draw(st.sets(days, min_size=1, max_size=4)))
            program |= {"days": touches, "open": draw(probability), "click": draw(probability)}
            program |= {"unsubscribe": draw(probability), "cost": draw(money)}
            program["fatigue"] = draw(st.floats(0.3, 1))
        case _:
            program |= {"window_days": draw(some_days), "cpm": draw(money)}
            program["impressions_per_day"] = draw(st.floats(0.1, 5))
            program["click"] = draw(st.sampled_from([0.0, 0.01, 0.3]))
            program["frequency_cap"] = draw(st.one_of(st.none(), st.integers(1, 20)))
    return program


@st.composite
def _journey(draw: st.DrawFn) -> Raw:
    present = draw(st.sets(st.sampled_from(["lead_magnet", "tripwire", "core_offer"]), min_size=1))
    journey: Raw = {}
    if "lead_magnet" in present:
        journey["lead_magnet"] = draw(_lead_magnet())
    for slot, name in (("tripwire", "trial_clean"), ("core_offer", "whole_house")):
        if slot in present:
            commitment = draw(st.sampled_from(["money", "money", "time"]))
            price = draw(st.floats(1, 300)) if commitment == "money" else 0.0
            journey[slot] = draw(_offer(name, price=price, commitment=commitment))
    count = draw(st.integers(0, 4))
    journey["profit_maximizers"] = [draw(_maximizer(index)) for index in range(count)]
    stages = sorted(present) + [offer["name"] for offer in journey["profit_maximizers"]]
    programs = draw(st.integers(0, 4))
    drawn = [draw(_program(index, stages)) for index in range(programs)]
    # exit offers come first: they are made at the moment of declining
    journey["return_path"] = sorted(drawn, key=lambda program: program["kind"] != "exit_offer")
    _decline(draw, journey)
    if draw(st.booleans()):
        journey["repeat_purchases"] = {
            "after": draw(st.sampled_from(stages)),
            "frequency": draw(_frequency),
            "spend": draw(_spend),
            "margin": draw(st.floats(0, 1)),
        }
    return journey


def _decline(draw: st.DrawFn, journey: Raw) -> None:
    served = {stage for program in journey["return_path"] for stage in program["at"]}
    for slot in ("lead_magnet", "tripwire", "core_offer"):
        if slot in journey and slot not in served:
            ways = [None, "return_path", "continue", "exit"]
            journey[slot]["on_decline"] = draw(st.sampled_from(ways))


@st.composite
def raw_scenarios(draw: st.DrawFn) -> Raw:
    """Draw a scenario as the mapping that its YAML file would hold."""
    rungs = draw(st.sampled_from([(1.0, 0.0, 0.0, 0.0), (0.25, 0.25, 0.25, 0.25)]))
    names = ("unaware", "problem", "solution", "product")
    segments = [
        {
            "name": name,
            "share": share,
            "fit": draw(effect),
            "trust": draw(effect),
            "price_sensitivity": draw(st.floats(0, 2)),
            "awareness": dict(zip(names, rungs, strict=True)),
        }
        for name, share in (("keen", 0.3), ("cool", 0.7))
    ]
    arrivals = {"kind": "uniform", "over_days": draw(st.floats(1, HORIZON))}
    channels = [
        {"name": "ads", "kind": "paid", "share": 0.6, "cost_per_prospect": draw(money)},
        {"name": "friends", "kind": "earned", "share": 0.4},
    ]
    if draw(st.booleans()):
        channels[0]["arrivals"] = arrivals
    return {
        "schema_version": 1,
        "name": "Drawn",
        "horizon_days": HORIZON,
        "market": {"segments": segments, "propensity_sd": draw(st.sampled_from([0.0, 0.7]))},
        "channels": channels,
        "journey": draw(_journey()),
        "economics": {"discount_rate": draw(st.sampled_from([0.0, 0.1]))},
    }


def from_raw(raw: Raw, overrides: tuple[str, ...] = ()) -> Scenario:
    """Load a drawn mapping as `load_scenario` would load its file (JSON is YAML)."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "drawn.yaml"
        path.write_text(json.dumps(raw), encoding="utf-8")
        return load_scenario(path, overrides)


def scenarios() -> st.SearchStrategy[Scenario]:
    """Scenarios of every stage kind, program, delay and repeat-buying model."""
    return raw_scenarios().map(from_raw)
