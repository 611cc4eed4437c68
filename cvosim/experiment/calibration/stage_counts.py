"""A table of how many came to each stage of a funnel and how many went on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from cvosim.errors import DataError
from cvosim.experiment.calibration.stage_words import ARRIVAL, row_of, stage_of
from cvosim.experiment.calibration.tables import Floats, FunnelFile
from cvosim.plan.steps import Step

_KNOWN = {
    "stage": ("stage", "step", "name", "stagename"),
    "reached": ("reached", "entered", "visitors", "offered", "impressions", "trials"),
    "accepted": ("accepted", "converted", "conversions", "completed", "passed", "successes"),
    "count": ("count", "customers", "people", "users", "n", "number", "total"),
    "channel": ("channel", "source", "utmsource"),
}


@dataclass(frozen=True)
class StageCounts:
    """Counts by stage.

    Attributes
    ----------
    source : str
        The file.
    stages : dict of int to (int, int)
        By row of the journey: how many reached the stage, and how many of them accepted it in
        the end, those brought back by the return path among them.
    channels : tuple of int or None
        Who came through each channel of the scenario, where the table tells channels apart.
    """

    source: str
    stages: dict[int, tuple[int, int]]
    channels: tuple[int, ...] | None


def read_stage_counts(
    path: str | Path,
    steps: Sequence[Step],
    channels: Sequence[str],
    asked: Mapping[str, str] | None = None,
) -> StageCounts:
    """Read a stage-count table from a CSV or Parquet file.

    Parameters
    ----------
    path : str or Path
        With the columns stage, reached, accepted; or stage and count in the order of the
        journey, where those of the next stage are whoever accepted this one. A channel
        column splits the rows.
    steps : sequence of Step
        The journey.
    channels : sequence of str
        The scenario's channels.
    asked : mapping, optional
        Names of columns by role.

    Raises
    ------
    DataError
        If a stage or channel is not in the scenario, a number is no count, or more accepted
        than reached.
    """
    file = FunnelFile(path, _KNOWN, ("stage",), asked or {})
    codes, words = file.words("stage")
    rows = [stage_of(word, steps, file.source) for word in words]
    stage = np.array([rows[code] for code in codes], np.int64)
    channel = _channels(file, channels)
    if "reached" in file and "accepted" in file:
        reached, accepted = _counts(file, "reached"), _counts(file, "accepted")
        file.refuse(
            accepted > reached,
            lambda row: (
                f"{accepted[row]:.0f} accepted, more than the {reached[row]:.0f} who reached it"
            ),
        )
        _refuse_arrivals(file, stage == ARRIVAL)
        _refuse_twice(file, stage, channel)
        found = {
            row: (int(reached[stage == row].sum()), int(accepted[stage == row].sum()))
            for row in sorted(set(stage.tolist()))
            if row >= 0
        }
        first = min(found, default=0)
        share = _by_channel(channel, stage == first, reached, len(channels))
        return StageCounts(file.source, found, share)
    if "count" not in file:
        there = ", ".join(repr(name) for name in file.file.names)
        raise DataError(
            f"{file.source}: needs the columns reached and accepted, or count: found {there}"
        )
    counts = _counts(file, "count")
    _refuse_twice(file, stage, channel)
    found = _falling(file, stage, counts, steps)
    share = _by_channel(channel, stage == stage.min(), counts, len(channels))
    return StageCounts(file.source, found, share)


def _channels(file: FunnelFile, names: Sequence[str]) -> np.ndarray | None:
    if "channel" not in file:
        return None
    codes, words = file.words("channel")
    rows = [row_of(word, names, "channel", file.source) for word in words]
    return np.array([rows[code] for code in codes], np.int64)


def _counts(file: FunnelFile, role: str) -> Floats:
    values = file.numbers(role)
    bad = ~(values >= 0) | (values != np.floor(values))
    file.refuse(bad, lambda row: f"{role}: {values[row]:g} is no count of people")
    return values


def _refuse_arrivals(file: FunnelFile, bad: np.ndarray) -> None:
    file.refuse(bad, lambda _: "arriving is no stage; leave the row out, the first stage has it")


def _refuse_twice(file: FunnelFile, stage: np.ndarray, channel: np.ndarray | None) -> None:
    keys = list(
        zip(
            stage.tolist(),
            channel.tolist() if channel is not None else [0] * len(stage),
            strict=True,
        )
    )
    again = np.array([key in keys[:row] for row, key in enumerate(keys)])
    file.refuse(again, lambda _: "the stage stands in the table twice; keep one row of it")


def _by_channel(
    channel: np.ndarray | None, rows: np.ndarray, counts: Floats, n: int
) -> tuple[int, ...] | None:
    if channel is None:
        return None
    return tuple(int(counts[rows & (channel == code)].sum()) for code in range(n))


def _falling(
    file: FunnelFile, stage: np.ndarray, counts: Floats, steps: Sequence[Step]
) -> dict[int, tuple[int, int]]:
    """Turn counts in journey order into those who reached and accepted each stage.

    The count of a stage is whoever *accepted* it if the table begins with arrivals, or else
    whoever came to it, the last one's acceptances being unknown.
    """
    order = list(dict.fromkeys(stage.tolist()))
    total = {row: int(counts[stage == row].sum()) for row in order}
    if order != sorted(order):
        raise DataError(f"{file.source}: its stages must stand in the order of the journey")
    for before, after in pairwise(order):
        if total[after] > total[before]:
            name = steps[after].key
            words = f"{total[after]} at {name}, more than the {total[before]} at the stage before"
            raise DataError(f"{file.source}: {words}; the counts of a funnel cannot rise")
    pairs = pairwise(order)
    if order[0] == ARRIVAL:
        return {
            after: (total[before], total[after]) for before, after in pairs if _next(before, after)
        }
    return {
        before: (total[before], total[after]) for before, after in pairs if _next(before, after)
    }


def _next(before: int, after: int) -> bool:
    return after == before + 1
