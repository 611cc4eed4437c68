"""From the words of ``cvosim abtest`` to its result."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import click
import numpy as np

from cvosim.cli.experiments.abtest_options import Analysis, Columns
from cvosim.cli.experiments.money_names import is_money
from cvosim.cli.progress import progress_bar
from cvosim.report.abtest import Wording
from cvosim.stats.abtest.analyze import analyze
from cvosim.stats.abtest.doubts import SKEWED, skewness_of_difference
from cvosim.stats.abtest.methods import samples_needed
from cvosim.stats.abtest.prepare import Metric
from cvosim.stats.abtest.result import ABTest
from cvosim.stats.abtest.settings import Settings
from cvosim.stats.cohort import Cohort
from cvosim.stats.data.reading import Roles, read_cohort
from cvosim.stats.further_metrics import CLV, Proportion, Quantile, Survival
from cvosim.stats.methods.noninferiority import Margin
from cvosim.stats.metric import Adjustment, Mean, Ratio
from cvosim.stats.moments import Moments

_ALIKE = 0.8
"""Arms of this ratio of sizes, or a higher one, count as equal."""


def analysed(data: Path, columns: Columns, analysis: Analysis) -> tuple[ABTest, Wording]:
    """Read the data and analyse them.

    Raises
    ------
    CvosimError, click.UsageError
        In words.
    """
    cohort = read_for(data, columns)
    columns = _useful(cohort, columns)
    metrics = metrics_of(cohort, columns)
    settings = _settings(analysis)
    samples = samples_needed(cohort, len(metrics), settings)
    with progress_bar("Drawing samples", samples) if samples else nullcontext() as progress:
        result = analyze(cohort, metrics, settings, progress=progress)
    return result, wording_of(cohort, metrics, analysis)


def read_for(data: Path, columns: Columns) -> Cohort:
    """Read the columns that the metrics need."""
    _check_dates(columns)
    values = [*columns.metrics]
    for ratio in columns.ratios:
        values += _pair(ratio, "--ratio", "NUM/DEN, such as revenue/orders")
    values += [_at(text)[0] for text in columns.quantiles]
    if columns.survival is not None:
        values += _pair(columns.survival, "--survival", "DAYS/ENDED, such as days/churned")
    if not values:
        raise click.UsageError("name at least one --metric, such as --metric spend")
    covariates: tuple[str, ...] = () if columns.covariate is None else (columns.covariate,)
    if columns.ratio_covariate is not None:
        covariates += tuple(_pair(columns.ratio_covariate, "--ratio-covariate", "NUM/DEN"))
    if columns.covariate in values:
        raise click.UsageError(
            f"--covariate {columns.covariate} is a metric, too; a covariate must be from before "
            "the experiment"
        )
    roles = Roles(
        columns.variant,
        columns.control,
        columns.unit,
        columns.stratum,
        columns.assigned,
        covariates,
        columns.measured,
        columns.until,
    )
    return read_cohort(data, roles, list(dict.fromkeys(values)))


def _check_dates(columns: Columns) -> None:
    if columns.window is not None and (columns.assigned is None or columns.until is None):
        raise click.UsageError("--window needs --assigned COLUMN and --until DATE")
    if columns.measured is not None and columns.assigned is None:
        raise click.UsageError("--covariate-date needs --assigned COLUMN")
    if columns.measured is not None and columns.covariate is None:
        raise click.UsageError("--covariate-date needs --covariate COLUMN")
    if columns.ratio_covariate is not None and not columns.ratios:
        raise click.UsageError("--ratio-covariate needs --ratio NUM/DEN")


def _useful(cohort: Cohort, columns: Columns) -> Columns:
    """Leave out a covariate that is the same for everybody."""
    if columns.covariate is None:
        return columns
    values = np.asarray(cohort.column(columns.covariate), np.float64)
    if np.nanmin(values, initial=np.inf) < np.nanmax(values, initial=-np.inf):
        return columns
    click.echo(f"Warning: {columns.covariate} is the same for everybody, and left out.", err=True)
    return columns._replace(covariate=None)


def metrics_of(cohort: Cohort, columns: Columns) -> dict[str, Metric]:
    """Name the metrics; a column of zeros and ones is a share."""
    found: dict[str, Metric] = {}
    for column in columns.metrics:
        slopes = _slopes(cohort, column)
        if columns.window is not None:
            found[column] = CLV(columns.window, column, columns.covariate, slopes)
        elif columns.covariate is None and _binary(cohort, column):
            found[column] = Proportion(column)
        else:
            found[column] = Mean(column, columns.covariate, slopes)
    before = columns.ratio_covariate
    known = None if before is None else tuple(_pair(before, "--ratio-covariate", "NUM/DEN"))
    for ratio in columns.ratios:
        numerator, denominator = _pair(ratio, "--ratio", "NUM/DEN")
        slopes = _slopes(cohort, numerator)
        found[ratio] = Ratio(numerator, denominator, known, slopes)  # type: ignore[arg-type]
    for text in columns.quantiles:
        column, q = _at(text)
        found[text] = Quantile(column, q)
    if columns.survival is not None:
        days, ended = _pair(columns.survival, "--survival", "DAYS/ENDED")
        found[days] = Survival(days, ended)
    return found


def _slopes(cohort: Cohort, column: str) -> Adjustment:
    """One slope of a covariate for both arms, or one each where their sizes differ (Lin 2013).

    Not where a small arm meets a long tail: its own slope would chase the outliers.
    """
    sizes = cohort.units_by_arm()
    if min(sizes) > _ALIKE * max(sizes):
        return "pooled"
    arms = [
        Moments.of({"y": np.nan_to_num(cohort.of_arm(arm, column))}) for arm in range(len(sizes))
    ]
    skews = [abs(skewness_of_difference(arms[0], arm, "y")) for arm in arms[1:]]
    return "interacted" if max(skews) < SKEWED else "pooled"


def wording_of(cohort: Cohort, metrics: dict[str, Metric], analysis: Analysis) -> Wording:
    """Say which metrics are money and which are shares."""
    means = {n: m.value for n, m in metrics.items() if isinstance(m, (Mean, CLV, Proportion))}
    shares = frozenset(name for name, column in means.items() if _binary(cohort, column))
    money = frozenset(analysis.money) or frozenset(
        n for n, metric in metrics.items() if n not in shares and _in_money(n, metric)
    )
    return Wording(analysis.currency, money, shares, "customer" if cohort.unit is None else "row")


def _in_money(name: str, metric: Metric) -> bool:
    column = metric.numerator if isinstance(metric, Ratio) else name
    return not isinstance(metric, Survival) and is_money(column)


def _settings(analysis: Analysis) -> Settings:
    return Settings(
        level=analysis.level,
        alternative=analysis.alternative,  # type: ignore[arg-type]  # OneOf checked it
        method=analysis.method,  # type: ignore[arg-type]
        correction=analysis.correction,  # type: ignore[arg-type]
        missing=analysis.missing,  # type: ignore[arg-type]
        keep_immature=analysis.keep_immature,
        cap=analysis.cap,
        shares=None if analysis.shares is None else _shares(analysis.shares),
        guardrails=dict(_guardrail(text) for text in analysis.guardrails),
        lower_is_better=frozenset(analysis.lower),
    )


def _shares(text: str) -> tuple[float, ...]:
    """Read designed shares such as 90/10."""
    try:
        found = tuple(float(part) for part in text.split("/"))
    except ValueError:
        found = ()
    if len(found) < 2 or min(found) <= 0.0:
        raise click.UsageError(f"--shares {text}: write one number above 0 an arm, such as 90/10")
    return tuple(part / sum(found) for part in found)


def _guardrail(text: str) -> tuple[str, Margin]:
    """Read METRIC=MARGIN."""
    name, equals, margin = text.rpartition("=")
    relative = margin.rstrip().endswith("%")
    try:
        size = float(margin.rstrip(" %")) / (100.0 if relative else 1.0)
    except ValueError:
        size = -1.0
    if not equals or not name or size < 0.0:
        raise click.UsageError(f"--guardrail {text}: write METRIC=MARGIN, such as returns=2%")
    return name.strip(), Margin(size, relative)


def _pair(text: str, option: str, form: str) -> list[str]:
    parts = [part.strip() for part in text.split("/")]
    if len(parts) != 2 or not all(parts):
        raise click.UsageError(f"{option} {text}: write {form}")
    return parts


def _at(text: str) -> tuple[str, float]:
    """Read COLUMN@Q."""
    column, _, q = text.rpartition("@")
    try:
        found = column, float(q)
    except ValueError:
        found = "", 0.0
    if not column or not found[0]:
        raise click.UsageError(f"--quantile {text}: write COLUMN@Q, such as spend@0.9")
    return found


def _binary(cohort: Cohort, column: str) -> bool:
    values = cohort.column(column)
    known = values[~np.isnan(values)]
    return bool(((known == 0.0) | (known == 1.0)).all()) and len(known) > 0
