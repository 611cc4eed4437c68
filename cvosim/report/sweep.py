"""A sweep in words and tables: how far the outcomes reach, and which points are best."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cvosim.report.numbers import MONEY, Z95, amount, kind_of, number
from cvosim.report.settings_text import setting
from cvosim.report.sweep_noise import Losses, error_over, losses, luck_words
from cvosim.report.tables import Cell, Table

if TYPE_CHECKING:
    from cvosim.experiment.sweeps.estimate import DryRun
    from cvosim.experiment.sweeps.result import SweepTable

SHOWN = 20
"""Points in the table that people read; files and CSV hold all."""
MOST_LEVELS = 24
"""Settings of the levers that are listed one by one."""
BEST = 10
"""Of more settings than that, so many are listed."""


def short_paths(paths: Sequence[str]) -> tuple[str, ...]:
    """Cut paths to their ends, as far as they still differ.

    Examples
    --------
    >>> short_paths(["journey.tripwire.price", "journey.core_offer.price", "seed"])
    ('tripwire.price', 'core_offer.price', 'seed')
    """
    cut = []
    for path in paths:
        parts = path.split(".")
        size = min(2, len(parts))
        while size < len(parts) and _same_end(parts[-size:], path, paths):
            size += 1
        cut.append(".".join(parts[-size:]))
    return tuple(cut)


def _same_end(end: list[str], path: str, paths: Sequence[str]) -> bool:
    return any(other != path and other.split(".")[-len(end) :] == end for other in paths)


def sweep_headline(result: SweepTable) -> str:
    """Say in a few sentences what came of a sweep."""
    design = result.outline
    kinds = [factor.role for factor in design.factors]
    counts = [
        _counted(kinds.count("lever"), "lever", "levers"),
        _counted(kinds.count("uncertainty"), "uncertainty", "uncertainties"),
    ]
    varied = " and ".join(text for text in counts if text)
    points = _counted(len(design.points), "point", "points")
    each = f"{design.customers * design.replicates:,} customers each"
    sentences = [f"{points} of {varied}, {each}." if varied else f"{points}, {each}."]
    sentences += [_reach(result), luck_words(result), _best_levers(result), *_failures(result)]
    return " ".join(text for text in sentences if text)


def dry_run_text(plan: DryRun) -> str:
    """Say how much a sweep would be, how long it would take, and how much room it needs."""
    points = _counted(plan.points, "point", "points")
    tasks = _counted(plan.tasks, "task", "tasks")
    sentences = [f"{points} in {tasks}: {plan.customers:,} customers in all."]
    if plan.done and plan.customers_left:
        sentences.append(f"{plan.done:,} tasks are done; {plan.customers_left:,} customers left.")
    if plan.problem:
        sentences.append(f"The first points cannot be run: {plan.problem.rstrip('.')}.")
    if not plan.customers_left:
        sentences.append("Nothing is left to do.")
    elif not math.isnan(plan.seconds):
        at_once = _counted(plan.workers, "job", "jobs")
        sentences.append(f"About {duration(plan.seconds)} with {at_once} at once.")
    sentences.append(
        f"About {size(plan.memory_bytes)} of memory, {size(plan.store_bytes)} on disk with --store."
    )
    return " ".join(sentences)


def shard_text(result: SweepTable) -> str:
    """Say that a part of a sweep is done, and what to do next."""
    done, shard = result.manifest, result.manifest.shard
    failed = f", {len(result.errors):,} of its points failed" if result.errors else ""
    state = "is done" if done.finished else "is not done, the same command tries again"
    return (
        f"Shard {shard} of {result.outline.scenario_name} {state}: {done.done:,} of the sweep's "
        f"{len(result.outline.line):,} tasks{failed}. When all shards are, `cvosim sweep merge "
        "FOLDER` joins them."
    )


def duration(seconds: float) -> str:
    """Write a time as people say it.

    Examples
    --------
    >>> duration(0.2), duration(42.2), duration(600), duration(7300), duration(200_000)
    ('1 s', '42 s', '10 min', '2.0 h', '2.3 days')
    """
    for unit, length in (("days", 86_400.0), ("h", 3600.0)):
        if seconds >= 2.0 * length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds / 60.0:.0f} min" if seconds >= 120.0 else f"{max(1.0, seconds):.0f} s"


def size(count: float) -> str:
    """Write a number of bytes as people say it.

    Examples
    --------
    >>> size(2_500), size(310_000_000), size(4.2e9)
    ('3 kB', '310 MB', '4.2 GB')
    """
    for unit, length in (("GB", 1e9), ("MB", 1e6)):
        if count >= length:
            return f"{count / length:.{1 if unit == 'GB' else 0}f} {unit}"
    return f"{math.ceil(count / 1000.0)} kB"


def _counted(count: int, one: str, several: str) -> str:
    return f"{count:,} {one if count == 1 else several}" if count else ""


def _reach(result: SweepTable) -> str:
    """How far the first outcome reaches, and how often it is a loss."""
    name, unit = result.outline.outcomes[0], result.units[0]
    values = result.pooled[:, 0]
    known = values[np.isfinite(values)]
    kind, count = kind_of(unit), len(known)
    if count == 0:
        return f"No point has a {name}."
    if count == 1:
        return f"{name} is {amount(float(known[0]), kind, unit)}."
    low, high = float(known.min()), float(known.max())
    text = f"{name} lies between {amount(low, kind, unit)} and {amount(high, kind, unit)}"
    if count >= 10:
        ends = [amount(float(np.quantile(known, q)), kind, unit) for q in (0.1, 0.9)]
        text += f", at eight in ten points between {ends[0]} and {ends[1]}"
    lost = losses(values, result.standard_errors[:, 0]).words()
    return f"{text}; {lost}." if kind == MONEY and lost else f"{text}."


def _best_levers(result: SweepTable) -> str:
    """The setting of all levers with the highest mean, where each met several worlds."""
    levers = _places(result, "lever")
    groups = _ranked(result, _groups(result, levers)) if levers else []
    if not 1 < len(groups) <= len(result) // 2:
        return ""
    best = groups[0]
    found = _found(result, best.points)
    if math.isnan(found.mean):
        return ""
    names = short_paths([factor.path for factor in result.outline.factors])
    parts = [f"{names[i]} {setting(value)}" for i, value in zip(levers, best.values, strict=True)]
    kind, unit = kind_of(result.units[0]), result.units[0]
    text = f"Its mean over the uncertainties is highest, {amount(found.mean, kind, unit)}, with "
    text += " and ".join(parts)
    if len(best.points) >= 10:
        text += f"; one point in ten there is at {amount(found.low, kind, unit)} or below"
    lost = found.losses.words()
    if kind == MONEY and lost:
        text += f", and {lost}"
    return f"{text}.{_too_near(result, groups)}"


def _too_near(result: SweepTable, groups: list[_Group]) -> str:
    """Say how many other settings may be as good; all means stand in the same worlds."""
    means = [(_found(result, one.points).mean, error_over(result, one.points)) for one in groups]
    (best, own), *rest = means
    near = sum(best - mean <= Z95 * math.hypot(own, error) for mean, error in rest)
    if not near:
        return ""
    several = f"{near} other settings" if near > 1 else "1 other setting"
    return f" Within its error, {several} may be as good."


def _failures(result: SweepTable) -> list[str]:
    if not result.errors:
        return []
    point, reason = min(result.errors.items())
    first = reason.splitlines()[0].rstrip(".")
    failed = _counted(len(result.errors), "point", "points")
    lost = result.manifest.tasks - result.manifest.done
    again = (
        f"{_counted(lost, 'task was', 'tasks were')} lost with killed workers or for want of "
        "memory: the same command tries again."
        if lost
        else "With --store, --retry-failed tries failed points again."
    )
    return [f"{failed} failed; the first, point {point}: {first}.", again]


def sweep_tables(result: SweepTable) -> list[Table]:
    """Give what each setting of the levers is worth, and the points where none is uncertain.

    With uncertainties the highest points only tell which worlds are kind.
    """
    tables = _by_lever(result)
    if not _places(result, "uncertainty"):
        return [*tables, points_table(result)]
    return tables or [_spread_table(result)]


def points_hint(result: SweepTable) -> str:
    """Say where all points are, if the tables leave any out."""
    if _places(result, "uncertainty") or len(result) > SHOWN:
        return "Every point: --format csv, or results.parquet in the folder of --store."
    return ""


def _places(result: SweepTable, role: str) -> tuple[int, ...]:
    return tuple(i for i, factor in enumerate(result.outline.factors) if factor.role == role)


def _by_lever(result: SweepTable) -> list[Table]:
    """What came of each combination of levers; of the best and each lever, if too many."""
    levers = _places(result, "lever")
    if not levers:
        return []
    names = short_paths([factor.path for factor in result.outline.factors])
    first = result.outline.outcomes[0]
    what = f"of {first}, its worst tenth too"
    together = _groups(result, levers)
    if _worth_listing(result, together, MOST_LEVELS):
        title = f"Mean over the points with each setting of the levers; {what}"
        return [_lever_table(result, levers, together, title)]
    found = []
    if _worth_listing(result, together, len(result)):
        title = f"The {BEST} settings of the levers with the highest mean {first}; {what}"
        found.append(_lever_table(result, levers, _ranked(result, together)[:BEST], title))
    for lever in levers if len(levers) > 1 else ():
        alone = _groups(result, (lever,))
        if _worth_listing(result, alone, MOST_LEVELS):
            title = f"Mean over the points with each {names[lever]}; {what}"
            found.append(_lever_table(result, (lever,), alone, title))
    return found


def _worth_listing(result: SweepTable, groups: list[_Group], most: int) -> bool:
    return 1 < len(groups) <= most and 2 * len(groups) <= len(result)


class _Group(NamedTuple):
    """Points that share the values of some factors."""

    values: tuple[object, ...]
    points: list[int]


class _Found(NamedTuple):
    """The first outcome at some points: mean, worst tenth, and how many of them lose."""

    mean: float
    low: float
    losses: Losses


def _groups(result: SweepTable, places: tuple[int, ...]) -> list[_Group]:
    """The points that share these factors' values, the values in order where they have one."""
    found: dict[str, _Group] = {}
    for i, point in enumerate(result.outline.points):
        values = tuple(point[place] for place in places)
        found.setdefault(repr(values), _Group(values, [])).points.append(i)
    groups = list(found.values())
    if all(type(value) in (int, float) for group in groups for value in group.values):
        return sorted(groups, key=lambda group: tuple(float(str(x)) for x in group.values))
    return groups


def _ranked(result: SweepTable, groups: list[_Group]) -> list[_Group]:
    """The same, the highest mean first."""
    return sorted(groups, key=lambda group: _rank(_found(result, group.points).mean))


def _found(result: SweepTable, points: list[int]) -> _Found:
    values = result.pooled[points, 0]
    known = values[np.isfinite(values)]
    lost = losses(values, result.standard_errors[points, 0])
    if not len(known):
        return _Found(math.nan, math.nan, lost)
    return _Found(float(known.mean()), float(np.quantile(known, 0.1)), lost)


def _lever_table(
    result: SweepTable, places: tuple[int, ...], groups: list[_Group], title: str
) -> Table:
    kinds = [kind_of(unit) for unit in result.units]
    rows: list[tuple[Cell, ...]] = []
    shown: list[tuple[str, ...]] = []
    for values, points in groups:
        picked = result.pooled[points]
        means = [_mean(picked[:, i]) for i in range(len(kinds))]
        _, low, lost = _found(result, points)
        loss = lost.surely / lost.known if lost.known else math.nan
        rows.append((*map(_cell, values), len(points), *means, low, loss))
        texts = [number(x, kind) for x, kind in zip(means, kinds, strict=True)]
        ends = (number(low, kinds[0]), number(loss, "share"))
        shown.append((*map(setting, values), f"{len(points):,}", *texts, *ends))
    names = short_paths([factor.path for factor in result.outline.factors])
    header = [*(names[place] for place in places), "points", *_headings(result)]
    return Table((*header, "worst 10 %", "surely below 0"), tuple(rows), tuple(shown), title)


def _spread_table(result: SweepTable) -> Table:
    """How far each outcome reaches over the points."""
    rows: list[tuple[Cell, ...]] = []
    shown: list[tuple[str, ...]] = []
    for place, (name, unit) in enumerate(zip(_headings(result), result.units, strict=True)):
        values = result.pooled[:, place]
        known = values[np.isfinite(values)]
        ends = np.quantile(known, (0.1, 0.5, 0.9)).tolist() if len(known) else [math.nan] * 3
        numbers = (_mean(values), *ends)
        rows.append((name, *numbers))
        shown.append((name, *(number(x, kind_of(unit)) for x in numbers)))
    header = ("outcome", "mean", "lowest 10 %", "median", "highest 10 %")
    return Table(header, tuple(rows), tuple(shown), "The outcomes over the points")


def _mean(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else math.nan


def points_table(result: SweepTable, most: int = SHOWN) -> Table:
    """Points with their outcomes, ordered by the first outcome; machines get all of them."""
    design = result.outline
    order = sorted(range(len(design.points)), key=lambda i: _rank(float(result.pooled[i, 0])))
    paths = [factor.path for factor in design.factors]
    pairs = zip(result.pooled[order[:most]], result.standard_errors[order[:most]], strict=True)
    shown = [
        (
            str(point),
            *(setting(value) for value in design.points[point]),
            *(_with_error(*cell) for cell in zip(values, errors, result.units, strict=True)),
        )
        for point, (values, errors) in zip(order, pairs, strict=False)
    ]
    first = design.outcomes[0]
    few = f"The {most} points with the highest {first}"
    title = f"Points, the highest {first} first" if len(order) <= most else few
    header = ("point", *short_paths(paths), *_headings(result))
    machine = [name for x in design.outcomes for name in (x, f"{x}.standard_error")]
    return Table(
        header,
        tuple(_row(result, point) for point in range(len(design.points))),
        tuple(shown),
        f"{title}, with 95 % intervals",
        ("point", *paths, *machine, "error"),
    )


def _rank(value: float) -> float:
    return math.inf if math.isnan(value) else -value


def _row(result: SweepTable, point: int) -> tuple[Cell, ...]:
    settings = (_cell(value) for value in result.outline.points[point])
    values = zip(result.pooled[point].tolist(), result.standard_errors[point].tolist(), strict=True)
    numbers = (x for pair in values for x in pair)
    return (point, *settings, *numbers, result.errors.get(point, ""))


def _cell(value: object) -> Cell:
    """Give a value to machines; lists and sections as JSON, as in results.parquet."""
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    return json.dumps(value, default=str)


def _with_error(value: float, error: float, unit: str) -> str:
    kind = kind_of(unit)
    text = number(value, kind)
    return text if math.isnan(error) else f"{text} ± {number(Z95 * error, kind, like=value)}"


def _headings(result: SweepTable) -> list[str]:
    pairs = zip(result.outline.outcomes, result.units, strict=True)
    return [f"{name} ({unit})" if kind_of(unit) == MONEY else name for name, unit in pairs]
