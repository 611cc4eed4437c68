"""What moves an outcome, as figures with their words and numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from cvosim.experiment.insight.words import amount, minus
from cvosim.report import sensitivity_picture as pictures
from cvosim.report import sensitivity_tables as tables
from cvosim.report.documents.names import keys_of
from cvosim.report.exhibit import Exhibit
from cvosim.report.numbers import percent
from cvosim.report.sensitivity_discovery import discovery_figure
from cvosim.report.settings_text import setting
from cvosim.report.tables import Table

if TYPE_CHECKING:
    from cvosim.experiment.sensitivity.dependence import Dependence
    from cvosim.experiment.sensitivity.discovery import Discovery
    from cvosim.experiment.sensitivity.elasticity import Elasticities
    from cvosim.experiment.sensitivity.one_at_a_time import Bar, Tornado
    from cvosim.experiment.sensitivity.sobol import SobolIndices

_NAMED = 3
"""Factors whose numbers a text alternative has; the table has all."""


def tornado_exhibits(found: Tornado) -> tuple[Exhibit, ...]:
    """Give the tornado; nothing where no factor could be run."""
    answer = found.answer
    bars = [bar for bar in found.bars if bar.ends is not None]
    if not bars:
        return ()
    alt = (
        f"{answer.outcome} is {amount(answer.base.value, answer.unit)} as written. "
        f"{' '.join(_bar(bar, answer.unit) for bar in bars[:_NAMED])}{_more(len(bars))}"
    )
    return (
        Exhibit(
            "tornado", f"How far each factor by itself moves {answer.outcome}", alt,
            pictures.tornado_figure, found, tables.tornado_table(found),
            "A bar goes from the outcome at one end of a factor to that at the other, while all "
            "else stays as written. Where the whiskers cross the line there may be no effect.",
        ),
    )  # fmt: skip


def _bar(bar: Bar, unit: str) -> str:
    assert bar.ends is not None
    low, high = sorted(bar.ends, key=bar.tries.index)
    return (
        f"{bar.path} from {setting(low.value)} to {setting(high.value)}: "
        f"{amount(low.outcome, unit)} to {amount(high.outcome, unit)}"
        f"{'.' if bar.swing.certain else ', perhaps by luck.'}"
    )


def _more(count: int) -> str:
    return f" {count - _NAMED} more factors move it less." if count > _NAMED else ""


def elasticity_exhibits(found: Elasticities) -> tuple[Exhibit, ...]:
    """Give the elasticities; nothing where there is none."""
    rows = [row for row in found.rows if math.isfinite(row.elasticity.value)]
    if not rows:
        return ()
    each = ", ".join(
        minus(f"{row.path} {row.elasticity.value:+.2f} %") for row in rows[: 2 * _NAMED]
    )
    alt = f"Percent that {found.answer.outcome} moves for one percent more of: {each}."
    return (
        Exhibit(
            "elasticity", f"What one percent of each number does to {found.answer.outcome}", alt,
            pictures.elasticity_figure, found, tables.elasticity_table(found),
        ),
    )  # fmt: skip


def sobol_exhibits(found: SobolIndices) -> tuple[Exhibit, ...]:
    """Give the parts of the variance; nothing where nothing varies."""
    if not found.variance:
        return ()
    each = "; ".join(
        f"{part.path} {_part(part.first.value)} by itself, {_part(part.total.value)} with "
        "interactions"
        for part in found.parts[:_NAMED]
    )
    alt = f"Parts of the variance of {found.answer.outcome}: {each}."
    return (
        Exhibit(
            "sobol", f"Which factor the differences in {found.answer.outcome} come from", alt,
            pictures.sobol_figure, found, tables.sobol_table(found),
            "Interactions are what a factor does only together with others.",
        ),
    )  # fmt: skip


def _part(value: float) -> str:
    return percent(min(max(value, 0.0), 1.0))


def dependence_exhibits(found: Dependence) -> tuple[Exhibit, ...]:
    """Give a figure for each of the factors that matter most."""
    drawn = pictures.along_factors(found)
    exhibits = []
    for data, key in zip(drawn, keys_of("along", [one.curve.path for one in drawn]), strict=True):
        path, steps = data.curve.path, data.curve.steps
        ends = sorted(steps, key=lambda step: step.mean.value)
        low, high = (
            f"{amount(step.mean.value, data.unit)} at {setting(step.value)}"
            for step in (ends[0], ends[-1])
        )
        alt = f"Mean {data.outcome} along {path}: lowest {low}, highest {high}."
        if not ends[-1].mean.low > ends[0].mean.high:
            alt = f"How the mean {data.outcome} differs along {path} is not certain: the intervals "
            alt += f"of {low} and of {high} overlap."
        table = tables.dependence_table(found, path)
        title = f"Mean {data.outcome} along {path}"
        exhibits.append(Exhibit(key, title, alt, pictures.dependence_figure, data, table))
    return tuple(exhibits)


def discovery_exhibits(found: Discovery) -> tuple[Exhibit, ...]:
    """Give the map of where the plan loses."""
    points, share = f"{len(found.sample):,} points", _share(found.share.value)
    alt = f"The plan loses ({found.losing}) at {share} of {points}."
    if found.boxes:
        box = found.boxes[0]
        alt += (
            f" Where {box.clause()}, it loses at {_share(box.density.value)}; "
            f"{_share(box.coverage.value)} of all losses lie there."
        )
    else:
        alt += f" No region can be named: {found.reason}."
    boxes = tables.discovery_tables(found)
    table = boxes[0] if boxes else _counts(found)
    title = f"Where {found.losing}"
    note = "A cross loses, a ring does not. The shaded part is the region that the losses lie in."
    return (Exhibit("discovery", title, alt, discovery_figure, found, table, note),)


def _share(value: float) -> str:
    return "n/a" if math.isnan(value) else f"{100 * value:.0f} %"


def _counts(found: Discovery) -> Table:
    """Count the points that lose, where no region can be named."""
    bad = int(found.losing.holds(found.sample.values).sum())
    rows = (("loses", bad), ("does not lose", len(found.sample) - bad))
    shown = tuple((name, f"{count:,}") for name, count in rows)
    return Table(("points", "count"), rows, shown, f"Points by {found.losing}")


EXHIBITS: Mapping[str, Callable[[Any], tuple[Exhibit, ...]]] = {
    "tornado": tornado_exhibits,
    "elasticity": elasticity_exhibits,
    "sobol": sobol_exhibits,
    "dependence": dependence_exhibits,
    "discover": discovery_exhibits,
}
"""Figures by method."""
