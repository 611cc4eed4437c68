"""The report of a check against a baseline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cvosim.report.check import checked_dict, tolerance_words
from cvosim.report.check_picture import effects_exhibit
from cvosim.report.check_tables import causes_table, scenarios_table, shifts_table
from cvosim.report.document import Document, Section
from cvosim.report.documents.shared import key_of, made_of, settings_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvosim.experiment.baseline.findings import Checked
    from cvosim.report.tables import Table

ALL_NUMBERS = (
    "Metrics that moved, with what they were when the baseline was written. An interval is of the "
    "part that the scenario does, on the same prospects with the same luck."
)
NONE_MOVED = "No metric moved."


def check_document(checked: Checked, baseline: str, verdict: Sequence[str]) -> Document:
    """Make the report of a check: what changed, why, and what it is worth.

    Parameters
    ----------
    checked : Checked
        As `cvosim.experiment.check` returns it.
    baseline : str
        Its file.
    verdict : sequence of str
        Paragraphs, what to do next among them.
    """
    exhibit, causes = effects_exhibit(checked), causes_table(checked)
    moves = [
        table for one in checked.findings if (table := shifts_table(one, most=None)) is not None
    ]
    first = [Section("Scenarios", tables=(scenarios_table(checked),))]
    if causes is not None:
        pictures = () if exhibit is None else (exhibit,)
        first.append(Section("Causes", exhibits=pictures, tables=(causes,)))
    words = ALL_NUMBERS if moves else NONE_MOVED
    return Document(
        title=_title(checked, baseline),
        verdict="\n".join(verdict),
        sections=(*first, Section("All numbers", words, tables=tuple(moves))),
        assumptions=(_asked(checked),),
        manifest=_made(checked, baseline),
        data=checked_dict(checked, baseline, verdict),
    )


def _title(checked: Checked, baseline: str) -> str:
    count = len(checked.findings)
    what = checked.findings[0].key if count == 1 else f"{count} scenarios"
    return f"{what} against {Path(baseline).name}"


def _asked(checked: Checked) -> Table:
    return settings_table(
        "What was asked",
        {
            "tolerance": tolerance_words(checked.tolerances),
            "chance of a false alarm where the luck is new": checked.error_rate,
        },
    )


def _made(checked: Checked, baseline: str) -> dict[str, object]:
    hashes: dict[str, object] = {}
    for place, finding in enumerate(checked.findings):
        record = finding.record
        hashes[key_of("scenario", place)] = finding.key
        for name in ("scenario_hash", "plan_hash", "trajectory_hash"):
            hashes[key_of(name, place)] = getattr(record, name)
        hashes[key_of("customers", place)] = record.settings.get("customers")
        hashes[key_of("seed", place)] = record.settings.get("seed")
    # before an update that makes it there is no file yet
    files = [baseline] if Path(baseline).is_file() else []
    return made_of((), files, **hashes)
