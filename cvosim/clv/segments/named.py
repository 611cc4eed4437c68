"""Named segments of customers: a table that gives each of the 125 RFM cells one name.

The table goes by the score of recency and by the mean of the scores of frequency and monetary
value, rounded down, as is common in practice:

=======  ==============  ===================  ===================  ==========  ==========
recency  F and M 1       2                    3                    4           5
=======  ==============  ===================  ===================  ==========  ==========
5        new             potential loyalists  potential loyalists  champions   champions
4        promising       potential loyalists  loyal                loyal       champions
3        about to sleep  need attention       need attention       loyal       loyal
2        hibernating     about to sleep       at risk              at risk     at risk
1        lost            hibernating          at risk              can't lose  can't lose
=======  ==============  ===================  ===================  ==========  ==========
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cvosim.clv.orders.purchase_days import Ints

if TYPE_CHECKING:
    from cvosim.clv.segments.rfm import Rfm

SEGMENTS = (
    "champions", "loyal", "potential loyalists", "new", "promising", "need attention",
    "about to sleep", "at risk", "can't lose", "hibernating", "lost",
)  # fmt: skip
"""All segments, the dearest first."""

TABLE = {
    5: ("new", "potential loyalists", "potential loyalists", "champions", "champions"),
    4: ("promising", "potential loyalists", "loyal", "loyal", "champions"),
    3: ("about to sleep", "need attention", "need attention", "loyal", "loyal"),
    2: ("hibernating", "about to sleep", "at risk", "at risk", "at risk"),
    1: ("lost", "hibernating", "at risk", "can't lose", "can't lose"),
}
"""By score of recency: the segment for a mean score of frequency and monetary value of 1 to 5."""


class Segment(NamedTuple):
    """Customers of one name.

    Attributes
    ----------
    name : str
        One of `SEGMENTS`.
    customers : int
        How many.
    share : float
        Of all customers.
    revenue : float
        What they paid so far, in the currency.
    revenue_share : float or None
        Of all revenue; None where nobody paid anything.
    recency, frequency, monetary, value : float or None
        Means over these customers: days since the last purchase, purchase days, amount of a
        purchase day, amount in all; None in an empty segment.
    """

    name: str
    customers: int
    share: float
    revenue: float
    revenue_share: float | None
    recency: float | None
    frequency: float | None
    monetary: float | None
    value: float | None

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, ready for JSON."""
        return self._asdict()


def segment_codes(scored: Rfm) -> Ints:
    """Give each customer's segment, as an index into `SEGMENTS`.

    Examples
    --------
    >>> from cvosim.clv.orders.log import OrderLog
    >>> from cvosim.clv.segments.rfm import rfm
    >>> rows = [(name, day, 5.0 + day) for day, name in enumerate("abcdefghij")]
    >>> [SEGMENTS[code] for code in segment_codes(rfm(OrderLog.of(rows)))][::3]
    ['hibernating', 'about to sleep', 'loyal', 'champions']
    """
    recency, frequency, monetary = scored.fifths
    codes: Ints = _CODES[recency - 1, (frequency + monetary) // 2 - 1]
    return codes


def segments(scored: Rfm) -> tuple[Segment, ...]:
    """Sum the customers up by segment.

    Parameters
    ----------
    scored : Rfm
        Scored customers.

    Returns
    -------
    tuple of Segment
        All eleven in the order of `SEGMENTS`, the empty ones too.
    """
    codes = segment_codes(scored)
    total = float(scored.revenue.sum())
    return tuple(
        _segment(name, scored, np.flatnonzero(codes == code), total)
        for code, name in enumerate(SEGMENTS)
    )


def _segment(name: str, scored: Rfm, who: Ints, total: float) -> Segment:
    measures = (scored.recency, scored.frequency, scored.monetary, scored.revenue)
    revenue = float(scored.revenue[who].sum())
    means = [float(values[who].mean()) if len(who) else None for values in measures]
    share = len(who) / scored.n_customers
    return Segment(name, len(who), share, revenue, revenue / total if total else None, *means)


_CODES = np.array(
    [[SEGMENTS.index(name) for name in TABLE[recency]] for recency in range(1, 6)], np.int64
)
