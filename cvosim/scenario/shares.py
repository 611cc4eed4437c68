"""How many people come through a channel: its share of the market, and whom a budget reaches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, fsum, log

from cvosim.scenario.references import number

CUSTOMERS = 100_000
"""Prospects of a scenario that does not say how many."""


def derived_shares(channels: Sequence[object]) -> dict[int, float]:
    """Return the shares of the channels that state a reach and no share, by position.

    Parameters
    ----------
    channels : sequence
        The raw channels of a scenario; what is no mapping is passed over.

    Returns
    -------
    dict
        They divide what the stated shares leave, in proportion to their saturation; 0 where
        nothing is left or a saturation is no number (the checks report both).

    Examples
    --------
    >>> reach = {"kind": "hill", "saturation": 90000.0, "half_spend": 30000.0}
    >>> derived_shares([{"share": 0.4}, {"budget": 27000.0, "reach": reach}])
    {1: 0.6}
    """
    mappings = {i: c for i, c in enumerate(channels) if isinstance(c, Mapping)}
    asking = {i: c["reach"] for i, c in mappings.items() if takes_the_rest(c)}
    stated = [number(c.get("share")) or 0.0 for i, c in mappings.items() if i not in asking]
    sizes = {i: max(number(reach.get("saturation")) or 0.0, 0.0) for i, reach in asking.items()}
    rest, total = max(1.0 - fsum(stated), 0.0), fsum(sizes.values())
    return {i: rest * (size / total) if total > 0 else 0.0 for i, size in sizes.items()}


def takes_the_rest(channel: Mapping[str, object]) -> bool:
    """Tell whether a raw channel's share is to follow from its reach."""
    return channel.get("share") is None and isinstance(channel.get("reach"), Mapping)


def with_shares(scenario: Mapping[str, object]) -> dict[str, object]:
    """Copy a raw scenario so that every channel which need not state its share has one."""
    filled = dict(scenario)
    channels = filled.get("channels")
    if isinstance(channels, list | tuple):
        shares = derived_shares(channels)
        filled["channels"] = [
            {**channel, "share": shares[i]} if i in shares else channel
            for i, channel in enumerate(channels)
        ]
    return filled


def people_of(scenario: Mapping[str, object], index: int) -> float | None:
    """Return how many of a raw scenario's prospects come through a channel, None if unclear.

    Examples
    --------
    >>> people_of({"customers": 5000, "channels": [{"share": 0.4}, {"share": 0.6}]}, 1)
    3000.0
    """
    channels = scenario.get("channels")
    channel = channels[index] if isinstance(channels, list | tuple) else None
    customers = number(scenario.get("customers", CUSTOMERS))
    if not isinstance(channels, list | tuple) or not isinstance(channel, Mapping):
        return None
    share = number(channel.get("share", derived_shares(channels).get(index)))
    reached = reached_share(channel)
    if customers is None or share is None or reached is None:
        return None
    return customers * share * reached


def reached_share(channel: Mapping[str, object]) -> float | None:
    """Return the share of a raw channel's people whom its budget reaches, None if unclear.

    Examples
    --------
    >>> reach = {"kind": "hill", "saturation": 90000.0, "half_spend": 30000.0, "shape": 1.2}
    >>> reached_share({"budget": 30000.0, "reach": reach}), reached_share({"cpc": 0.6})
    (0.5, 1.0)
    """
    reach, budget = channel.get("reach"), number(channel.get("budget"))
    if not isinstance(reach, Mapping):
        return 1.0
    half, shape = number(reach.get("half_spend")), number(reach.get("shape", 1.0))
    if half is None or shape is None or budget is None or min(half, shape) <= 0 or budget < 0:
        return None
    if budget == 0:
        return 0.0
    # a shape beyond what the field takes is left to the field to refuse
    odds = min(shape, 10.0) * (log(budget) - log(half))
    return 1.0 / (1.0 + exp(min(-odds, 700.0)))
