"""The report of the segments of an order log."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cvosim.clv.orders.days import format_day
from cvosim.report import segments as words
from cvosim.report.customers_exhibits import segments_exhibits
from cvosim.report.document import Document, Section
from cvosim.report.documents.clv_shared import LogRead, sentences, unplaced

if TYPE_CHECKING:
    from cvosim.clv.segments.segmentation import Segmentation
    from cvosim.report.tables import Table


def segments_document(done: Segmentation, read: LogRead | None = None) -> Document:
    """Make the report of a segmentation.

    Parameters
    ----------
    done : Segmentation
    read : LogRead, optional
        Where the orders came from.

    Examples
    --------
    >>> from cvosim.clv.orders.log import OrderLog
    >>> from cvosim.clv.segments.segmentation import segmentation
    >>> log = OrderLog.of([("ann", 0, 9.0), ("bob", 3, 12.0), ("ann", 8, 7.0)])
    >>> segments_document(segmentation(log)).title
    'orders: who the customers are'
    """
    read, done = read or LogRead(), replace(done, scored=unplaced(done.scored))
    scored, marks = done.scored, _marks(done)
    return Document(
        title=f"{scored.source}: who the customers are",
        verdict=segments_verdict(done),
        sections=(
            Section("Segments", "All customers: --format csv.", segments_exhibits(done)),
            *([Section("What marks customers", "", tables=marks)] if marks else []),
            Section("Limits of the scores", "", tables=(words.limits_table(scored),)),
        ),
        assumptions=(
            read.assumptions(
                **{"scored on": format_day(scored.day), "customers": scored.n_customers}
            ),
        ),
        manifest=read.manifest(),
        data=done.to_dict(),
    )


def segments_verdict(done: Segmentation) -> str:
    """Say how concentrated the revenue is and what marks the best, then what to doubt."""
    scored, value = done.scored, "paid after that day" if done.later else "paid so far"
    customers = words.counted(scored.n_customers)
    said = [f"{scored.source}: {customers}, scored on {format_day(scored.day)}"]
    if done.concentration is not None:
        said = [*words.concentration_words(done.concentration).splitlines(), *said]
    if done.anomalies is not None:
        said.append(words.anomalies_words(done.anomalies, value))
    if done.profile is not None:
        said.append(words.profile_words(done.profile, value))
    return sentences([*said, *(f"Warning: {doubt}" for doubt in done.doubts)])


def _marks(done: Segmentation) -> tuple[Table, ...]:
    """Collect the tables of labels that differ, of those that do not, and of the ideal customer."""
    found = []
    if done.anomalies is not None and done.anomalies.found:
        found.append(words.anomalies_table(done.anomalies))
    alike = words.means_table(done)
    found += [] if alike is None else [alike]
    if done.profile is not None and any(one.marks for one in done.profile.traits):
        found.append(words.profile_table(done.profile))
    return tuple(found)
