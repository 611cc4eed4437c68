"""Options of ``cvosim abtest`` and ``cvosim monitor``: which column is what, and how to analyse."""

from __future__ import annotations

from typing import NamedTuple

import click

from cvosim.cli.options import bundled
from cvosim.cli.usage import OneOf


class Columns(NamedTuple):
    """Which column of the data is what."""

    variant: str
    control: str | None
    metrics: tuple[str, ...]
    ratios: tuple[str, ...]
    quantiles: tuple[str, ...]
    survival: str | None
    covariate: str | None
    ratio_covariate: str | None
    unit: str | None
    stratum: str | None
    assigned: str | None
    measured: str | None
    until: str | None
    window: float | None


columns_options = bundled(
    "columns",
    Columns,
    click.option("--variant", required=True, metavar="COLUMN", help="Column of the arm."),
    click.option("--control", metavar="NAME", help="Name of the control arm.  [default: found]"),
    click.option(
        "--metric",
        "metrics",
        multiple=True,
        metavar="COLUMN",
        help="Column whose mean (or share, of zeros and ones) to compare. May be repeated.",
    ),
    click.option(
        "--ratio",
        "ratios",
        multiple=True,
        metavar="NUM/DEN",
        help="Ratio of two columns' sums, such as revenue/orders. May be repeated.",
    ),
    click.option(
        "--quantile",
        "quantiles",
        multiple=True,
        metavar="COLUMN@Q",
        help="Quantile of a column, such as spend@0.9. May be repeated.",
    ),
    click.option(
        "--survival",
        metavar="DAYS/ENDED",
        help="Columns of the days followed and of whether the customer left then (1 or 0).",
    ),
    click.option(
        "--covariate",
        metavar="COLUMN",
        help="Column known before the experiment, to narrow intervals (CUPED).",
    ),
    click.option(
        "--ratio-covariate",
        metavar="NUM/DEN",
        help="Columns known before the experiment, to narrow the intervals of ratios.",
    ),
    click.option(
        "--unit", metavar="COLUMN", help="Column of the unit assigned, where it has several rows."
    ),
    click.option("--stratum", metavar="COLUMN", help="Column to post-stratify by."),
    click.option("--assigned", metavar="COLUMN", help="Column of the day of the assignment."),
    click.option(
        "--covariate-date",
        "measured",
        metavar="COLUMN",
        help="Column of the day the covariate was measured; refused if after the assignment.",
    ),
    click.option("--until", metavar="DATE", help="Last day of the data."),
    click.option(
        "--window",
        type=float,
        metavar="DAYS",
        help="Days within which metrics are counted; customers observed for less are left out.",
    ),
)


class Analysis(NamedTuple):
    """How to analyse."""

    level: float
    alternative: str
    method: str
    correction: str
    missing: str
    keep_immature: bool
    cap: float | None
    shares: str | None
    guardrails: tuple[str, ...]
    lower: tuple[str, ...]
    money: tuple[str, ...]
    currency: str


analysis_options = bundled(
    "analysis",
    Analysis,
    click.option("--level", type=float, default=0.95, show_default=True, help="Of confidence."),
    click.option(
        "--alternative",
        type=OneOf(("two-sided", "greater", "less")),
        default="two-sided",
        show_default=True,
        help="What the treatment is suspected to do.",
    ),
    click.option(
        "--method",
        type=OneOf(("welch", "permutation", "bootstrap")),
        default="welch",
        show_default=True,
        help="Test and intervals of means, shares and ratios.",
    ),
    click.option(
        "--correction",
        type=OneOf(("holm", "bh", "bonferroni", "none")),
        default="holm",
        show_default=True,
        help="For several metrics and treatments.",
    ),
    click.option(
        "--missing",
        type=OneOf(("refuse", "zero", "exclude")),
        default="refuse",
        show_default=True,
        help="What a missing value means: nobody knows, nothing happened, or leave it out.",
    ),
    click.option(
        "--keep-immature", is_flag=True, help="Keep customers observed for less than the window."
    ),
    click.option(
        "--cap",
        type=float,
        metavar="P",
        help="Cap means at this percentile of all arms, such as 99.9.",
    ),
    click.option(
        "--shares",
        metavar="A/B/...",
        help="Designed shares, control first, such as 90/10.  [default: equal]",
    ),
    click.option(
        "--guardrail",
        "guardrails",
        multiple=True,
        metavar="METRIC=MARGIN",
        help="Metric that must not get worse by more than this (0.01, or 2%). May be repeated.",
    ),
    click.option(
        "--lower", multiple=True, metavar="METRIC", help="Metric of which less is better."
    ),
    click.option(
        "--money",
        multiple=True,
        metavar="METRIC",
        help="Metric that is money.  [default: by its name]",
    ),
    click.option("--currency", default="USD", show_default=True, help="Of the money."),
)
