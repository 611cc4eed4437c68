"""Where customers came from and over how many days, from an event log or a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cvosim.experiment.calibration.event_log import FunnelLog
from cvosim.experiment.calibration.shares import LEVEL
from cvosim.experiment.calibration.stage_words import Kind
from cvosim.scenario import Scenario


@dataclass(frozen=True)
class ChannelFit:
    """One channel's share of the prospects, and over how many days they came.

    Attributes
    ----------
    channel : str
        Its name.
    share, low, high : float
        With the 90 % interval, all channels' together (Goodman 1965).
    n : int
        Prospects who came through it.
    over_days : float or None
        Days over which they came evenly; None where the log does not tell.
    """

    channel: str
    share: float
    low: float
    high: float
    n: int
    over_days: float | None

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, for JSON."""
        return {**vars(self)}


def channel_mix(scenario: Scenario, counts: tuple[int, ...]) -> list[ChannelFit]:
    """Give the shares of counted prospects; shares of six digits add to 1 exactly.

    Parameters
    ----------
    scenario : Scenario
        For the channels' names.
    counts : tuple of int
        Prospects by channel.
    """
    from statsmodels.stats.proportion import multinomial_proportions_confint

    total = sum(counts)
    if total == 0:
        return []
    limits = multinomial_proportions_confint(np.array(counts), alpha=1.0 - LEVEL, method="goodman")
    shares = [round(count / total, 6) for count in counts]
    largest = int(np.argmax(shares))
    shares[largest] = round(1.0 - sum(s for i, s in enumerate(shares) if i != largest), 6)
    return [
        ChannelFit(channel.name, share, max(float(low), 0.0), min(float(high), 1.0), count, None)
        for channel, share, (low, high), count in zip(
            scenario.channels, shares, limits, counts, strict=True
        )
    ]


def mix_of_log(log: FunnelLog, n_channels: int) -> tuple[int, ...] | None:
    """Count the customers of a log by channel; None if it has no channels."""
    if not len(log.channel):
        return None
    return tuple(
        int(n)
        for n in np.bincount(log.channel[log.channel >= 0], minlength=n_channels)[:n_channels]
    )


def arrival_spans(scenario: Scenario, log: FunnelLog) -> tuple[dict[int, float], list[str]]:
    """Give the days over which each channel's prospects arrive evenly, where that is what it says.

    The span of ``n`` uniform times is estimated without bias by ``(n + 1) / n`` times the last
    one (the German tank problem: Johnson 1994, *Teaching Statistics* 16). A channel stays
    as it is where prospects do not arrive evenly (Kolmogorov's test at 0.1 %).

    Returns
    -------
    spans : dict of int to float
        By row of the channel.
    notes : list of str
        What speaks against an even spread.
    """
    from scipy.stats import kstest

    came = log.first_of(log.kind == Kind.ARRIVED)
    arrived = np.isfinite(came)
    if not arrived.any():
        return {}, []
    start = float(np.floor(came[arrived].min())) if log.dated else 0.0
    spans: dict[int, float] = {}
    notes: list[str] = []
    for row, channel in enumerate(scenario.channels):
        if channel.arrivals is not None and channel.arrivals.kind != "uniform":
            continue
        if len(log.channel):
            mine = arrived & (log.channel == row)
        elif len(scenario.channels) == 1:
            mine = arrived
        else:
            continue
        days = came[mine] - start
        if len(days) < 20 or (channel.arrivals is None and days.max() <= log.unit):
            continue
        span = float(days.max()) + log.unit
        if log.unit == 0.0:
            span *= (len(days) + 1) / len(days)
        span = min(span, scenario.horizon_days)
        even = (days + 0.5 * log.unit) / span
        if kstest(even, "uniform").statistic > 1.95 / np.sqrt(len(days)) + log.unit / span:
            notes.append(
                f"Prospects of {channel.name} do not arrive evenly; its arrivals stay as written."
            )
            continue
        spans[row] = float(f"{span:.6g}")
    return spans, notes
