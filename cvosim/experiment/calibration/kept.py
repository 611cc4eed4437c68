"""What stays as the author wrote it, and why: the data do not tell everything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from cvosim.experiment.calibration.fits import Kept
from cvosim.scenario import Scenario

_WHY = {
    "trust": "trust has no likelihood: it shows only in later answers (see --refine)",
    "trust_weight": "it cannot be told apart from the trust that it weighs",
    "reference_trust": "it goes with the journey's trust",
    "fatigue": "no touches of a program with opens or recoveries are in the data (see --refine)",
    "price": "prices are your decision; conversions are those of the prices that were asked",
    "list_price": "the price at which conversions were observed",
    "discount": "discounts are your decision",
    "unit_cost": "costs are not in the data; they are in your books",
    "cost": "costs are not in the data; they are in your books",
    "cost_per_prospect": "costs are not in the data; they are in your books",
    "cpm": "costs are not in the data; they are in your books",
    "cpc": "costs are not in the data; they are in your books",
    "budget": "budgets are your decision",
    "margin": "orders do not tell the margin; it is in your books",
    "fit": "segments are not in the data",
    "price_sensitivity": "nothing was asked at two prices in the data",
    "propensity_sd": "nobody sees propensity; it shows only in who goes far",
    "discount_rate": "what money costs you is not in the data",
    "days": "schedules are your decision",
    "impressions_per_day": "impressions are not in the data",
    "window_days": "schedules are your decision",
    "period_days": "schedules are your decision",
    "trial_days": "schedules are your decision",
    "share": "the data do not say where people came from",
    "over_days": "the data do not say when the people of a channel came",
    "conversion": "nobody in the data answers it",
    "reward_share": "rewards are your decision",
    "exposures": "schedules are your decision",
}
_PARTS = {
    "segments": "segments are not in the data",
    "effects": "who answers how is not told apart by segment and channel",
    "by_awareness": "awareness is not in the data",
    "awareness": "awareness is not in the data",
    "churn": "calibrate does not fit churn; ShiftedBetaGeometric of cvosim.clv does",
    "experience": "satisfaction, tickets and returns are not fitted",
    "loyalty": "tiers are your decision, and what they change is not in the data",
    "referral": "who invited whom is not in the data",
    "engage": "answers to content by style and rung are not in the data",
    "reach": "how far other budgets would reach is not in the data",
    "aim": "whom it is meant for is your decision",
    "seasonality": "seasons are not fitted",
    "frequency": "there are no orders in the data",
    "spend": "there are no orders in the data",
}
_LEFT_OUT = frozenset({"schema_version", "horizon_days", "customers", "seed", "reference_trust"})
_TOP = ("market", "channels", "journey", "economics", "seasonality")


def kept_values(
    scenario: Scenario, fitted: Set[str], reasons: Mapping[str, str]
) -> tuple[Kept, ...]:
    """List the numbers that the author states and the data did not tell.

    Parameters
    ----------
    scenario : Scenario
        The author's, before calibration.
    fitted : set of str
        Paths that were fitted; everything below them was, too.
    reasons : mapping of str to str
        Why single paths were not, where that is known better than by their names.

    Returns
    -------
    tuple of Kept
        In the order of the file's sections.
    """
    data = scenario.model_dump(exclude_unset=True)
    found = []
    for part in _TOP:
        for path, value in _numbers(data.get(part), part):
            if any(path == done or path.startswith(f"{done}.") for done in fitted):
                continue
            found.append(Kept(path, value, _reason(path, reasons)))
    return tuple(found)


def _numbers(value: object, path: str) -> Iterator[tuple[str, object]]:
    """Go through the numbers that are stated, lists of numbers as one."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key not in _LEFT_OUT and not (key == "list_price" and inner == value.get("price")):
                yield from _numbers(inner, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        if value and all(isinstance(item, int | float) for item in value):
            yield path, list(value)
            return
        for item in value:
            name = item.get("name") if isinstance(item, Mapping) else None
            if name is not None:
                yield from _numbers(item, f"{path}.{name}")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, value


def _reason(path: str, reasons: Mapping[str, str]) -> str:
    for known, why in reasons.items():
        if path == known or path.startswith(f"{known}."):
            return why
    parts = path.split(".")
    for part in parts[:-1]:
        if part in _PARTS:
            return _PARTS[part]
    return _WHY.get(parts[-1], "the data do not tell it")
