"""Options of the labs that imagine a test: its metric, and who enters it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import click

from cvosim.cli.lab.arms import baseline_and_variant
from cvosim.cli.options import bundled
from cvosim.errors import DataError

if TYPE_CHECKING:
    from cvosim.experiment.stopping.world import Study
    from cvosim.scenario import Scenario
    from cvosim.stats.metric import Mean, Ratio


class Entry(NamedTuple):
    """What is measured, of whom, and for how long; None for what the scenario says."""

    metric: str
    assign_at: str | None
    enrol_days: float | None
    follow_days: float | None
    per_day: float | None


entry_options = bundled(
    "entry",
    Entry,
    click.option(
        "--metric", default="contribution", show_default=True, metavar="NAME",
        help="Outcome that decides, such as contribution@28 (known 28 days after assignment) or "
        "revenue/orders.",
    ),
    click.option(
        "--assign-at", metavar="STAGE",
        help="Where customers enter: a stage, arrival, or order.",
    ),
    click.option(
        "--enrol-days", type=float, metavar="DAYS",
        help="Days whose customers are drawn from.  [default: the experiment's, or all]",
    ),
    click.option(
        "--follow-days", type=float, metavar="DAYS",
        help="Days after assignment in which a customer's contribution counts.  [default: the "
        "experiment's, or 90]",
    ),
    click.option(
        "--per-day", type=float, metavar="CUSTOMERS",
        help="Customers who come every day, without end.  [default: as the scenario has them]",
    ),
)  # fmt: skip


def days_listed(option: str, text: str, example: str) -> tuple[float, ...]:
    """Read days such as 7,14,28.

    Raises
    ------
    DataError
        If one is no number.
    """
    try:
        return tuple(float(word) for word in text.split(","))
    except ValueError:
        raise DataError(f'{option}: must be days such as {example} (got "{text}")') from None


def metric_named(text: str) -> Mean | Ratio:
    """Read a metric: an outcome, or the ratio of two.

    Raises
    ------
    DataError
        If half of a ratio is missing.
    """
    from cvosim.stats.metric import Mean, Ratio

    above, slash, below = (part.strip() for part in text.partition("/"))
    if not above or (slash and not below):
        raise DataError(
            f'--metric: must be an outcome, or two such as revenue/orders (got "{text}")'
        )
    return Ratio(above, below) if slash else Mean(above)


def study_of(entry: Entry, section: Any = None) -> Study:
    """Say who enters: as the options say, else as the experiment of the scenario does."""
    from cvosim.experiment.stopping.world import Study

    chosen = {
        name: getattr(section, name, None) if value is None else value
        for name, value in entry._asdict().items()
        if name != "metric"
    }
    start = getattr(section, "start_day", 0.0)
    return Study(metric_named(entry.metric).columns, start_day=start, **chosen)


def arms_of_trial(
    scenario: str, variant: str | None, overrides: tuple[str, ...], entry: Entry
) -> tuple[tuple[Scenario, Scenario], Study, float]:
    """Give control and treatment, who enters, and the treatment's share.

    They are the first two arms of the scenario's own experiment, unless there is none or a
    VARIANT is named.
    """
    from cvosim.scenario import load_experiment, load_scenario

    if variant is None and load_scenario(scenario, overrides).experiment is not None:
        trial = load_experiment(scenario, overrides)
        first, second = trial.arms[:2]
        share = second.share / (first.share + second.share)
        return (*trial.scenarios[:2],), study_of(entry, trial.experiment), share  # type: ignore[return-value]
    return baseline_and_variant(scenario, variant, overrides), study_of(entry), 0.5
