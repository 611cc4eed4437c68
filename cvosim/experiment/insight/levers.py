"""Small changes that a scenario offers by itself: one stage a little better."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from cvosim.errors import DataError
from cvosim.scenario import Scenario

MECHANISMS = {
    "leads": "more leads",
    "conversion": "better conversion",
    "price": "a higher price",
    "order_value": "larger orders",
    "frequency": "more frequent orders",
    "retention": "customers who stay longer",
    "return_path": "a better return path",
    "referral": "more invitations",
    "own": "a change of one's own",
}
"""Ways in which a change can work, in words."""

SIZES = (0.1, 0.3)
"""How much better, relative to the scenario as written."""

Number = tuple[tuple[str | int, ...], Callable[[float, float], float]]
"""Where a number stands, and what it becomes at a size."""


@dataclass(frozen=True)
class Lever:
    """One thing to improve, at one or several sizes.

    Attributes
    ----------
    name : str
        Such as ``tripwire conversion``.
    mechanism : str
        A key of `MECHANISMS`.
    sizes : tuple of float
        Relative: 0.1 is a tenth better. What a person gives is size 1.
    scenarios : tuple of Scenario
        The scenario with the change, one a size.
    """

    name: str
    mechanism: str
    sizes: tuple[float, ...]
    scenarios: tuple[Scenario, ...] = field(repr=False)


def levers_of(scenario: Scenario, sizes: Sequence[float] = SIZES) -> tuple[Lever, ...]:
    """Find what could be a little better in a scenario.

    Conversions of offers and programs, prices, the worth and frequency of repeat orders, the
    chance to leave, and invitations. A conversion of 0 or 1 is no lever; neither is a number that
    the scenario refuses when changed.

    Parameters
    ----------
    scenario : Scenario
    sizes : sequence of float
        How much better, relative: above 0, below 1.

    Raises
    ------
    DataError
        For any other size.

    Examples
    --------
    >>> from cvosim.scenario import load_scenario
    >>> [lever.name for lever in levers_of(load_scenario("cdnow"))]
    ['core_offer price', 'repeat order value', 'repeat order frequency', 'repeat drop-out']
    >>> bigger = levers_of(load_scenario("cdnow"), [0.5])[2].scenarios[0]
    >>> round(bigger.journey.repeat_purchases.frequency.alpha_days, 4)
    20.5968
    """
    for size in sizes:
        if not 0.0 < size < 1.0:
            raise DataError(f"sizes: must be above 0 and below 1 (got {size:g})")
    data = scenario.model_dump()
    found = []
    for name, mechanism, numbers in _candidates(data["journey"]):
        made = [(size, _changed(scenario, numbers, size)) for size in sizes]
        kept = [(size, one) for size, one in made if one is not None]
        if kept:
            done, scenarios = zip(*kept, strict=True)
            found.append(Lever(name, mechanism, done, scenarios))
    return tuple(found)


Candidate = tuple[str, str, list[Number]]


def _candidates(journey: dict[str, Any]) -> Iterator[Candidate]:
    for slot in journey["order"]:
        if slot == "profit_maximizers":
            for place, offer in enumerate(journey[slot]):
                yield from _offer(offer["name"], ("journey", slot, place), offer, "conversion")
        elif slot != "engage" and journey.get(slot) is not None:
            mechanism = "leads" if slot == "lead_magnet" else "conversion"
            yield from _offer(slot, ("journey", slot), journey[slot], mechanism)
    if journey["repeat_purchases"] is not None:
        yield from _repeat(journey["repeat_purchases"])
    for place, program in enumerate(journey["return_path"]):
        if 0.0 < program["conversion"] < 1.0:
            path = ("journey", "return_path", place, "conversion")
            yield program["name"], "return_path", [(path, _share)]
    if journey["referral"] is not None:
        where = ("journey", "referral", "invitations", "mean")
        yield "invitations", "referral", [(where, _more)]


def _offer(
    name: str, where: tuple[str | int, ...], offer: dict[str, Any], mechanism: str
) -> Iterator[Candidate]:
    if 0.0 < offer["conversion"] < 1.0:
        yield f"{name} conversion", mechanism, [((*where, "conversion"), _share)]
    if name == "core_offer" and offer["price"] > 0.0:
        yield f"{name} price", "price", [((*where, "price"), _more)]
    churn = offer.get("churn")
    if churn is not None:
        numbers: dict[str, Number] = {
            "sbg": ((*where, "churn", "alpha"), _less),
            "geometric": ((*where, "churn", "probability"), _less),
        }
        yield f"{name} churn", "retention", [numbers[churn["kind"]]]


def _share(value: float, size: float) -> float:
    return min(1.0, value * (1.0 + size))


def _more(value: float, size: float) -> float:
    return value * (1.0 + size)


def _less(value: float, size: float) -> float:
    return value * (1.0 - size)


def _faster(value: float, size: float) -> float:
    return value / (1.0 + size)


_SCALE = {"gamma_gamma": "v", "lognormal": "median", "fixed": "amount"}
_PACE = {"poisson": "mean_days"}
_STAY = {"bg_nbd": ("a", _less), "mbg_nbd": ("a", _less), "pareto_nbd": ("beta_days", _more)}


def _repeat(repeat: dict[str, Any]) -> Iterator[Candidate]:
    where = ("journey", "repeat_purchases")
    yield (
        "repeat order value",
        "order_value",
        [((*where, "spend", _SCALE[repeat["spend"]["model"]]), _more)],
    )
    model = repeat["frequency"]["model"]
    pace = _PACE.get(model, "alpha_days")
    yield "repeat order frequency", "frequency", [((*where, "frequency", pace), _faster)]
    if model in _STAY:
        key, how = _STAY[model]
        yield "repeat drop-out", "retention", [((*where, "frequency", key), how)]


def _changed(scenario: Scenario, numbers: list[Number], size: float) -> Scenario | None:
    """Give the scenario with its numbers changed; None where it refuses them."""
    data = scenario.model_dump()
    for (*where, last), how in numbers:
        place: Any = data
        for key in where:
            if isinstance(place[key], tuple):
                place[key] = list(place[key])
            place = place[key]
        place[last] = how(place[last], size)
    try:
        return Scenario.model_validate(data)
    except ValueError:
        return None
