"""Segments in words, tables and a figure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from cvosim.clv.words import counting
from cvosim.report.numbers import MONEY, UNKNOWN, number, percent, signed
from cvosim.report.style import INK, bar_style, headed, new_axes, new_figure, short, tidy
from cvosim.report.tables import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cvosim.clv.segments.anomalies import Anomalies
    from cvosim.clv.segments.concentration import Concentration, Share
    from cvosim.clv.segments.ideal_customer import Interval, Profile
    from cvosim.clv.segments.named import Segment
    from cvosim.clv.segments.rfm import Rfm, Scale
    from cvosim.clv.segments.segmentation import Segmentation

MOST = 15
"""Rows of a table in print; JSON has all."""


def segmentation_text(done: Segmentation, format_: str) -> str:
    """Write the whole segmentation, doubts first.

    Parameters
    ----------
    done : Segmentation
    format_ : str
        ``table`` or ``md``.

    Examples
    --------
    >>> from cvosim.clv.orders.log import OrderLog
    >>> from cvosim.clv.segments.segmentation import segmentation
    >>> log = OrderLog.of([("ann", 0, 9.0), ("bob", 3, 12.0), ("ann", 8, 7.0)])
    >>> print(segmentation_text(segmentation(log), "table").splitlines()[2])
    orders: 2 customers, scored on 1970-01-09
    """
    from cvosim.clv.orders.days import format_day

    scored = done.scored
    head = f"{scored.source}: {counted(scored.n_customers)}, scored on {format_day(scored.day)}"
    parts = [f"Warning: {doubt}" for doubt in done.doubts]
    parts = ["\n".join(parts)] if parts else []
    parts += [head, segments_table(done.segments).render(format_)]
    parts.append(limits_table(scored).render(format_))
    if done.concentration is not None:
        parts.append(concentration_words(done.concentration))
    value = "paid after that day" if done.later else "paid so far"
    if done.anomalies is not None:
        parts.append(anomalies_words(done.anomalies, value))
        if done.anomalies.found:
            parts.append(anomalies_table(done.anomalies).render(format_))
    alike = means_table(done)
    if alike is not None:
        parts.append(alike.render(format_))
    if done.profile is not None:
        parts.append(profile_words(done.profile, value))
        if any(one.marks for one in done.profile.traits):
            parts.append(profile_table(done.profile).render(format_))
    return "\n\n".join(parts)


def customers_table(done: Segmentation) -> Table:
    """Make one row a customer, for machines; the attributes of the first order come last."""
    from cvosim.clv.segments.named import SEGMENTS, segment_codes

    scored = done.scored
    columns: list[Iterable[Any]] = [
        scored.names,
        scored.recency.tolist(),
        scored.frequency.tolist(),
        scored.monetary.tolist(),
        scored.revenue.tolist(),
        *(row.tolist() for row in scored.scores),
        [SEGMENTS[code] for code in segment_codes(scored).tolist()],
        *([one.labels[code] for code in one.codes.tolist()] for one in done.labels.values()),
    ]
    header: tuple[str, ...] = (
        *("customer", "recency_days", "frequency", "monetary", "revenue"),
        *("recency_score", "frequency_score", "monetary_score", "segment"),
    )
    header += tuple(f"{name} (attribute)" if name in header else name for name in done.labels)
    return Table(header, tuple(zip(*columns, strict=True)), ())


def segments_table(segments: tuple[Segment, ...]) -> Table:
    """Make one row a segment."""
    header = (
        *("segment", "customers", "of customers", "of revenue", "days since last"),
        *("purchases", "a purchase", "a customer"),
    )
    rows = tuple(tuple(one)[:3] + tuple(one)[4:] for one in segments)
    shown = tuple(
        (
            one.name,
            f"{one.customers:,}",
            percent(one.share),
            "-" if one.revenue_share is None else percent(one.revenue_share),
            _or_dash(one.recency, "{:,.0f}"),
            _or_dash(one.frequency, "{:,.1f}"),
            _or_dash(one.monetary, "{:,.2f}"),
            _or_dash(one.value, "{:,.2f}"),
        )
        for one in segments
    )
    return Table(header, rows, shown, title="Segments, with means of their customers")


def limits_table(scored: Rfm) -> Table:
    """Make one row a score: which values of each measure have it.

    Examples
    --------
    >>> from cvosim.clv.orders.log import OrderLog
    >>> from cvosim.clv.segments.rfm import rfm
    >>> log = OrderLog.of([(name, day, 5.0 + day) for day, name in enumerate("abcdefghij")])
    >>> limits_table(rfm(log)).shown[2]
    ('3', '4 to under 6', 'everybody', '9.00 to under 11.00')
    """
    header = ("score", "recency (days)", "frequency (purchases)", "monetary (a purchase)")
    forms = ("{:,.6g}", "{:,.6g}", "{:,.2f}")
    measures = tuple(zip(scored.scales, forms, (True, False, False), strict=True))
    rows = tuple(
        (str(score), *(_range(scale, score, form, best) for scale, form, best in measures))
        for score in range(max(scale.levels for scale in scored.scales), 0, -1)
    )
    return Table(header, rows, rows, title="Limits of the scores")


def _range(scale: Scale, score: int, form: str, fewest_best: bool) -> str:
    """Which values have a score; a dash where none has."""
    if scale.flat:
        return "everybody" if score == (scale.levels + 1) // 2 else "-"
    reached = scale.levels - score if fewest_best else score - 1
    ends = ["", *map(form.format, scale.cuts), ""]
    if not 0 <= reached <= len(scale.cuts):
        return "-"
    low, high = ends[reached], ends[reached + 1]
    if 0 < reached < len(scale.cuts) and scale.cuts[reached - 1] == scale.cuts[reached]:
        return "-"
    if low and high:
        return f"{low} to under {high}"
    if not (low or high):
        return "everybody"
    return f"under {high}" if high else f"{low} or more"


def means_table(done: Segmentation) -> Table | None:
    """Make one row a label of the attributes of which no label differs; None without any."""
    if done.anomalies is None:
        return None
    differing = {one.attribute for one in done.anomalies.found}
    alike = [one for one in done.means if one.attribute not in differing]
    if not alike:
        return None
    settings = done.anomalies.settings
    header = ("attribute", "label", "customers", "mean", f"{100 * settings.level:g} % interval")
    rows = tuple(tuple(one)[:5] for one in alike[:MOST])
    shown = tuple(
        (
            one.attribute,
            short(one.label, 30),
            f"{one.customers:,}",
            number(one.value, MONEY),
            UNKNOWN
            if one.low is None or one.high is None
            else f"{number(one.low, MONEY)} to {number(one.high, MONEY)}",
        )
        for one in alike[:MOST]
    )
    more = f"; the first {MOST} of {len(alike)}, all in JSON" if len(alike) > MOST else ""
    what = "what a customer paid after that day" if done.later else "what a customer paid so far"
    tested = f"(tested: labels of {settings.least} customers or more{more})"
    title = f"Mean of {what}: none differs beyond chance {tested}"
    return Table(header, rows, shown, title=title)


def concentration_words(found: Concentration) -> str:
    """Say how concentrated revenue is.

    Examples
    --------
    >>> from cvosim.clv.segments.concentration import concentration
    >>> print(concentration_words(concentration([1.0] * 40 + [16.0] * 10)).splitlines()[0])
    The best 20 % of the customers bring 80 % of the revenue (33 to 97 %).
    """
    level = f"{100 * found.level:g} %"
    return (
        f"The best {100 * found.top:g} % of the customers bring {_share(found.top_share)} of the "
        f"revenue{_ends(found.top_share)}.\n"
        f"{_share(found.bringers)} of the customers{_ends(found.bringers)} bring "
        f"{100 * found.part:g} % of it. Gini index {found.gini.value:.2f}"
        f"{_ends(found.gini, scale=1.0)}. In brackets: {level} intervals."
    )


def anomalies_words(found: Anomalies, value: str) -> str:
    """Say whether customers of some labels are worth more or less than the rest."""
    allowed = f"{100 * found.settings.false_discoveries:g} %"
    if not found.tested:
        return "Differences: nothing to test (too few customers a label, or all of one value)."
    count = len(found.found)
    tested = f"{len(found.tested):,}"
    if not count:
        return (
            f"Differences: none of {tested} labels differs from the rest beyond chance in what a "
            f"customer {value}."
        )
    return (
        f"Differences: {count:,} of {tested} labels differ{'s' * (count == 1)} from the rest "
        f"beyond chance in what a customer {value}; of these, {allowed} may be chance."
    )


def anomalies_table(found: Anomalies) -> Table:
    """Make one row a label that differs."""
    level = f"{100 * found.settings.level:g} % interval"
    header = (
        *("attribute", "label", "customers", "mean", "rest", "difference"),
        *(level, "adjusted p"),
    )
    rows = tuple(
        (one.attribute, one.label, one.customers, one.value, one.rest, one.difference, one.low,
         one.p_adjusted)
        for one in found.found[:MOST]
    )  # fmt: skip
    shown = tuple(
        (
            one.attribute,
            short(one.label, 30),
            f"{one.customers:,}",
            number(one.value, MONEY),
            number(one.rest, MONEY),
            signed(one.difference, MONEY),
            f"{signed(one.low, MONEY)} to {signed(one.high, MONEY)}",
            p_value(one.p_adjusted),
        )
        for one in found.found[:MOST]
    )
    hidden = len(found.found) - MOST
    more = f" (the surest {MOST}; {hidden} more in JSON)" if hidden > 0 else ""
    return Table(header, rows, shown, title=f"Labels whose customers differ{more}")


def profile_words(profile: Profile, value: str) -> str:
    """Say who the most valuable customers are, and whether anything marks them."""
    words = (
        f"Ideal customer: the {_many(profile.in_top)}most valuable of {profile.customers:,} "
        f"{value} {number(profile.threshold, MONEY)} or more."
    )
    marked = any(one.marks for one in profile.traits)
    return words if marked else f"{words} No attribute marks them beyond chance."


def profile_table(profile: Profile) -> Table:
    """Make one row a label that marks the most valuable customers, or the others."""
    level = f"{100 * profile.level:g} % interval"
    header = (
        *("attribute", "label", "customers", "of the best", "of the others", "lift", level),
        *("odds ratio", f"{level} ", "adjusted p"),
    )
    marks = [one for one in profile.traits if one.marks]
    rows = tuple(
        (one.attribute, one.label, one.customers, one.share_top, one.share_rest, one.lift.value,
         one.lift.low, one.odds_ratio.value, one.odds_ratio.low, one.p_adjusted)
        for one in marks[:MOST]
    )  # fmt: skip
    shown = tuple(
        (
            one.attribute,
            short(one.label, 30),
            f"{one.customers:,}",
            percent(one.share_top),
            percent(one.share_rest),
            *_ratio(one.lift),
            *_ratio(one.odds_ratio),
            p_value(one.p_adjusted),
        )
        for one in marks[:MOST]
    )
    more = f" (the surest {MOST} of {len(marks)})" if len(marks) > MOST else ""
    return Table(header, rows, shown, title=f"What marks the most valuable customers{more}")


def counted(customers: int) -> str:
    """Write how many customers.

    Examples
    --------
    >>> counted(1), counted(2357)
    ('1 customer', '2,357 customers')
    """
    return counting(customers, "customer")


def _many(count: int) -> str:
    return "" if count == 1 else f"{count:,} "


def p_value(p: float) -> str:
    """Write an adjusted p.

    Examples
    --------
    >>> p_value(0.031), p_value(0.00002)
    ('0.031', '< 0.001')
    """
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _ratio(found: Interval) -> tuple[str, str]:
    value = "\N{INFINITY}" if found.value is None else f"{found.value:.2f}"
    return value, f"{found.low:.2f} to {found.high:,.2f}"


def _or_dash(value: float | None, form: str) -> str:
    return "-" if value is None else form.format(value)


def _share(found: Share) -> str:
    return f"{100 * found.value:.0f} %"


def _ends(found: Share, scale: float = 100.0) -> str:
    if found.low is None or found.high is None:
        return f" (no interval: {UNKNOWN})"
    digits, unit = (0, " %") if scale == 100.0 else (2, "")
    return f" ({scale * found.low:.{digits}f} to {scale * found.high:.{digits}f}{unit})"


def segment_bars(segments: tuple[Segment, ...], ax: Axes | None = None) -> Axes:
    """Draw each segment's share of the customers beside its share of the revenue.

    Parameters
    ----------
    segments : tuple of Segment
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.

    Returns
    -------
    Axes

    Examples
    --------
    >>> from cvosim.clv.segments.named import Segment
    >>> ax = segment_bars((Segment("loyal", 3, 0.3, 60.0, 0.6, 9.0, 2.0, 10.0, 20.0),))
    >>> [text.get_text() for text in ax.texts]
    ['30.0 %', '60.0 %']
    """
    from matplotlib.ticker import MaxNLocator

    ax = new_axes(8.0, 1.2 + 0.45 * len(segments)) if ax is None else ax
    series = (
        ("of customers", [one.share for one in segments]),
        ("of revenue", [one.revenue_share or 0.0 for one in segments]),
    )
    largest = max(share for _, shares in series for share in shares)
    room = 0.01 * max(largest, 0.05)
    for index, (name, shares) in enumerate(series):
        places = [place + 0.4 * index - 0.2 for place in range(len(segments))]
        ax.barh(places, shares, height=0.36, label=name, **bar_style(index))
        for place, share in zip(places, shares, strict=True):
            ax.text(share + room, place, percent(share), va="center", fontsize=8, color=INK)
    ax.set_xlim(0, max(largest, 0.05) * 1.18)
    ax.set_ylim(len(segments) - 0.4, -0.6)
    ax.set_yticks(range(len(segments)), [one.name for one in segments])
    tidy(ax, "Segments: customers and what they paid")
    ax.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))  # whole percentages
    ax.xaxis.set_major_formatter(lambda x, _: f"{100 * x:.0f} %")
    ax.grid(axis="x", color="#e6e6e6", linewidth=0.8)
    ax.legend(loc="lower right", fontsize=9, frameon=False, handlelength=2.2)
    return ax


def segments_picture(done: Segmentation) -> Figure:
    """One sheet about the segments."""
    figure = new_figure(8.0, 1.6 + 0.45 * len(done.segments))
    segment_bars(done.segments, figure.add_subplot())
    headed(figure, short(f"{done.scored.source}: {counted(done.scored.n_customers)}", 70))
    return figure
