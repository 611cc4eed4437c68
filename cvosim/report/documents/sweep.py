"""The report of a sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvosim.report import sweep as words
from cvosim.report.document import Document, Section
from cvosim.report.documents.shared import made_of, settings_table
from cvosim.report.settings_text import setting
from cvosim.report.sweep_picture import sweep_exhibits
from cvosim.report.tables import Table

if TYPE_CHECKING:
    from cvosim.experiment.sweeps.result import SweepTable

MOST_POINTS = 256
"""Points that the file holds in full; of more the folder of the sweep has them."""
LISTED = 8
"""Values of a factor that are listed one by one."""


def sweep_document(done: SweepTable) -> Document:
    """Make the report of a sweep; that of a shard says that it is a part, and what is next.

    Parameters
    ----------
    done : SweepTable

    Examples
    --------
    >>> from cvosim.experiment.sweeps.design import sweep_design
    >>> from cvosim.experiment.sweeps.run import run_sweep
    >>> from cvosim.scenario.template import load_sweep
    >>> design = sweep_design(*load_sweep("carpet_cleaning_prices"), customers=20)
    >>> [section.title for section in sweep_document(run_sweep(design)).sections]
    ['Outcome by factor', 'Numbers']
    """
    if done.manifest.shard is not None:
        return shard_document(done)
    outline = done.outline
    exhibits = sweep_exhibits(done)
    hidden = len(outline.factors) - len(exhibits)
    said = [f"The first {len(exhibits)} factors are drawn, {hidden} not."] if hidden > 0 else []
    sections = [Section("Outcome by factor", "\n".join(said), exhibits)] if exhibits else []
    sections.append(
        Section("Numbers", words.points_hint(done), tables=tuple(words.sweep_tables(done)))
    )
    return Document(
        title=f"{outline.scenario_name}: sweep",
        verdict=words.sweep_headline(done),
        sections=tuple(sections),
        assumptions=(_asked(done), _factors(done)),
        manifest=_made(done),
        data=_data(done),
    )


def shard_document(done: SweepTable) -> Document:
    """Make the report of a part of a sweep: what it is, and what to do next."""
    return Document(
        title=f"{done.outline.scenario_name}: shard {done.manifest.shard} of a sweep",
        verdict=words.shard_text(done),
        sections=(),
        assumptions=(_asked(done), _factors(done)),
        manifest=_made(done),
    )


def _asked(done: SweepTable) -> Table:
    outline = done.outline
    return settings_table(
        "What was asked",
        {
            "scenario": outline.scenario_name,
            "outcomes": ", ".join(outline.outcomes),
            "points": len(outline.points),
            "customers a replicate": outline.customers,
            "replicates": outline.replicates,
            "the same customers at every point": outline.common_luck,
            "seed": str(outline.seed),
        },
    )


def _made(done: SweepTable) -> dict[str, object]:
    """Say what it takes to do it again, and the hash that the same results have."""
    outline, manifest = done.outline, done.manifest
    return made_of(
        scenario=outline.scenario_name,
        scenario_hash=outline.scenario_hash,
        seed=outline.seed,
        customers=outline.customers,
        replicates=outline.replicates,
        design_hash=manifest.design_hash,
        result_hash=manifest.hash or None,
        shard=None if manifest.shard is None else str(manifest.shard),
    )


def _factors(done: SweepTable) -> Table:
    """Make one row a factor: what it was set to."""
    outline = done.outline
    rows = tuple(
        (factor.path, factor.role, _values([point[place] for point in outline.points]))
        for place, factor in enumerate(outline.factors)
    )
    return Table(("factor", "role", "values"), rows, rows, "What differed")


def _values(values: list[object]) -> str:
    """Write the values of a factor: each, or from where to where they go."""
    distinct = list({repr(value): value for value in values}.values())
    numbers = [value for value in distinct if type(value) in (int, float)]
    if len(numbers) == len(distinct):
        ordered = sorted(numbers, key=lambda value: float(str(value)))
        if len(ordered) > LISTED:
            return f"{setting(ordered[0])} to {setting(ordered[-1])}"
        return ", ".join(map(setting, ordered))
    more = f" and {len(distinct) - LISTED} more" if len(distinct) > LISTED else ""
    return ", ".join(map(setting, distinct[:LISTED])) + more


def _data(done: SweepTable) -> dict[str, object]:
    """Give the results as JSON, without the points where they are many."""
    found: dict[str, object] = {"verdict": words.sweep_headline(done), **done.to_dict()}
    # a sweep that was run in parts is the same sweep
    found["manifest"] = {k: v for k, v in done.manifest.to_dict().items() if k != "merged"}
    if len(done) > MOST_POINTS:
        found["points"] = []
        found["points_left_out"] = len(done)
    found["errors"] = [done.errors[point] for point in sorted(done.errors)[:LISTED]]
    return found
