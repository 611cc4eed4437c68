"""The report of who comes back, and for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvosim.clv.orders.days import format_day
from cvosim.report import retention as words
from cvosim.report.customers_exhibits import retention_exhibits
from cvosim.report.document import Document, Section
from cvosim.report.documents.clv_shared import LogRead, sentences, unplaced
from cvosim.report.segments import counted

if TYPE_CHECKING:
    from cvosim.clv.retention.study import RetentionStudy


def retention_document(done: RetentionStudy, read: LogRead | None = None) -> Document:
    """Make the report of the retention of an order log.

    Parameters
    ----------
    done : RetentionStudy
    read : LogRead, optional
        Where the orders came from.

    Examples
    --------
    >>> from cvosim.clv.orders.log import OrderLog
    >>> from cvosim.clv.retention.study import RetentionSettings, retention_study
    >>> log = OrderLog.of([("ann", 0, 9.0), ("bob", 3, 12.0), ("ann", 50, 7.0)])
    >>> found = retention_document(retention_study(log, RetentionSettings(gap=30)))
    >>> [one.key for one in found.sections[0].exhibits]
    ['cohorts', 'survival', 'stickiness']
    """
    read, done = read or LogRead(), unplaced(done)
    leaving = []
    if done.survival is not None:
        hazards = (words.hazard_table(done.survival),)
        said = words.survival_words(done.survival, given=done.gap_given)
        leaving = [
            Section("Who leaves when", words.hazard_words(done.survival), tables=hazards),
            Section("How it was counted", said),
        ]
    gap = None if done.survival is None else done.survival.gap
    return Document(
        title=f"{done.source}: who comes back, and for how long",
        verdict=retention_verdict(done),
        sections=(Section("Who comes back", "", retention_exhibits(done)), *leaving),
        assumptions=(
            read.assumptions(
                **{"cohorts by": done.cohorts.unit, "days of silence that count as gone": gap},
                campaign=done.campaign,
            ),
        ),
        manifest=read.manifest(),
        data=done.to_dict(),
    )


def retention_verdict(done: RetentionStudy) -> str:
    """Say how long customers keep buying, then who was seen, then what to doubt."""
    people = counted(int(done.cohorts.size.sum()))
    seen = [f"{done.source}: {people}, seen until {format_day(done.cohorts.end)}"]
    doubts = [f"Warning: {doubt}" for doubt in done.doubts]
    if done.survival is None:
        return sentences([*seen, *doubts])
    said = words.survival_words(done.survival, given=done.gap_given).splitlines()
    answers = [line for line in said if line.startswith(("Still buying", "Half", "More than half"))]
    rest = [line for line in said if line not in answers]
    return sentences([*answers, *rest[:1], *seen, *doubts])
