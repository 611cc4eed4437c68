"""``cvosim monitor``: an experiment that runs, week by week, without peeking."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from cvosim.cli.experiments.money_names import is_money
from cvosim.cli.files import require_writable, write_result, write_text
from cvosim.cli.options import Result, bundled, path_option, result_options
from cvosim.cli.rendering import as_html, as_json, save_picture, told
from cvosim.cli.usage import OneOf, Whole

if TYPE_CHECKING:
    from cvosim.report.abtest import Wording
    from cvosim.stats.monitor.result import Monitor
    from cvosim.stats.monitor.settings import MonitorSettings

EXAMPLES = """\b
Try:
  cvosim monitor customers.csv --variant group --control A --assigned day --metric spend
  cvosim monitor orders.csv --units customers.csv --unit customer --variant group
      --assigned day --date ordered --value amount --window 28
  cvosim monitor customers.csv --variant group --assigned day --metric spend --window 14
      --until 2026-09-30 --looks 8 --planned-units 4000
"""


class Watch(NamedTuple):
    """Which column is what."""

    variant: str
    control: str | None
    assigned: str
    metric: str
    unit: str | None
    date: str | None
    units: Path | None
    until: str | None
    state: Path | None


class Rule(NamedTuple):
    """What was decided before the data."""

    window: float | None
    period: float
    ages: int
    looks: int | None
    planned_units: float | None
    spending: str
    futility: str | None
    tuned_units: float
    worth: float | None
    lower: bool
    shares: str | None
    missing: str
    level: float


class Written(NamedTuple):
    """How numbers are written."""

    kind: str | None
    currency: str


watch_options = bundled(
    "watch",
    Watch,
    click.option("--variant", required=True, metavar="COLUMN", help="Column of the arm."),
    click.option("--control", metavar="NAME", help="Name of the control arm.  [default: found]"),
    click.option(
        "--assigned", required=True, metavar="COLUMN", help="Column of the day of the assignment."
    ),
    click.option(
        "--metric",
        "--value",
        "metric",
        required=True,
        metavar="COLUMN",
        help="Column of what a customer, or an event, brought.",
    ),
    click.option("--unit", metavar="COLUMN", help="Column of the customer, for an activity log."),
    click.option(
        "--date",
        metavar="COLUMN",
        help="Column of the day an event happened: DATA is an activity log.",
    ),
    path_option(
        "--units",
        metavar="FILE",
        text="Table of all customers, with arm and assignment, beside an activity log.",
    ),
    click.option("--until", metavar="DATE", help="Last day of the data; later rows do not count."),
    path_option(
        "--state",
        metavar="FILE",
        text="Keep sums of complete cohorts in this CSV: their rows may then leave the data.",
    ),
)
rule_options = bundled(
    "rule",
    Rule,
    click.option(
        "--window",
        type=float,
        metavar="DAYS",
        help="Days in which value counts.  [default: 4 periods of a log; else 0, at once]",
    ),
    click.option(
        "--period", type=float, default=7.0, show_default=True, help="Days of a cohort and a look."
    ),
    click.option(
        "--ages", type=Whole(least=2), default=12, show_default=True, help="Periods to follow."
    ),
    click.option(
        "--looks",
        type=Whole(least=1),
        help="Plan so many looks, one a period.  [default: look for as long as you like]",
    ),
    click.option(
        "--planned-units",
        type=float,
        metavar="N",
        help="Customers, all arms, at which a planned test ends.  [default: after --looks cohorts]",
    ),
    click.option(
        "--spending",
        type=OneOf(("obrien_fleming", "pocock", "hwang_shih_decani", "power")),
        default="obrien_fleming",
        show_default=True,
        help="How a planned test spends its error rate.",
    ),
    click.option(
        "--futility",
        type=OneOf(("obrien_fleming", "pocock", "hwang_shih_decani", "power")),
        help="Stop a planned test without hope, too, by this function.",
    ),
    click.option(
        "--tuned-units",
        type=float,
        default=5000.0,
        show_default=True,
        metavar="N",
        help="Customers at which a test without a plan sees best.",
    ),
    click.option(
        "--worth", type=float, metavar="EFFECT", help="Stop once an effect of this is ruled out."
    ),
    click.option("--lower", is_flag=True, help="Less of the metric is better."),
    click.option(
        "--shares", metavar="A/B/...", help="Designed shares, control first.  [default: equal]"
    ),
    click.option(
        "--missing",
        type=OneOf(("refuse", "zero")),
        default="refuse",
        show_default=True,
        help="What a missing value means.",
    ),
    click.option("--level", type=float, default=0.95, show_default=True, help="Of confidence."),
)
written_options = bundled(
    "written",
    Written,
    click.option(
        "--kind",
        type=OneOf(("money", "share", "number")),
        help="What the metric is.  [default: money or number, by its name]",
    ),
    click.option("--currency", default="USD", show_default=True, help="Of the money."),
)


@click.command(
    "monitor", short_help="Watch an experiment week by week, without peeking.", epilog=EXAMPLES
)
@click.argument("data", type=click.Path(path_type=Path))
@watch_options
@rule_options
@written_options
@result_options
def command(data: Path, watch: Watch, rule: Rule, written: Written, result: Result) -> None:
    """Watch the experiment in DATA, a CSV or Parquet file, as customers come in week by week.

    A row is a customer; with --date, something a customer did. The effect is shown by look, by
    cohort and by age, and intervals hold however often you look.
    """
    result.check([data, watch.units])
    if watch.state is not None:
        require_writable(watch.state, "--state", endings=(".csv",))
    if watch.units is not None and watch.date is None:
        raise click.UsageError("--units goes with an activity log; name its --date COLUMN")
    from cvosim.report.abtest import Wording

    found = _monitored(data, watch, rule)
    kind = written.kind or ("money" if is_money(watch.metric) else "number")
    money, share = (frozenset({watch.metric} if kind == one else ()) for one in ("money", "share"))
    wording = Wording(written.currency, money, share)
    if result.picture is not None:
        from cvosim.report.monitor_picture import monitor_picture

        save_picture(monitor_picture(found, wording), result.picture)
    if result.form() == "html":
        from cvosim.report.documents.monitor import monitor_document
        from cvosim.report.documents.shared import made_of

        made = made_of(files=[data, watch.units], last_day=watch.until)
        text = as_html(monitor_document(found, wording, made))
    else:
        text = _render(found, wording, result.form())
    write_result(text, result.output)


def _monitored(data: Path, watch: Watch, rule: Rule) -> Monitor:
    from cvosim.stats.data.reading import Roles
    from cvosim.stats.monitor.activity import ActivityLog
    from cvosim.stats.monitor.monitor import monitored, tallied
    from cvosim.stats.monitor.state import closed, read_state, state_text

    roles = Roles(
        watch.variant,
        watch.control,
        unit=watch.unit,
        assigned=watch.assigned,
        until=watch.until,
    )
    log = None if watch.date is None else ActivityLog(watch.date, watch.units)
    settings = _settings(rule)
    kept = None
    if watch.state is not None and watch.state.exists():
        kept = read_state(watch.state)
    tally, notes = tallied(data, roles, watch.metric, settings, log, kept)
    found = monitored(tally, watch.metric, settings, notes)
    if watch.state is not None:
        whole = closed(tally, 0 if log is None else settings.ages)
        if whole.any():
            write_text(watch.state, state_text(tally.only(whole)))
    return found


def _settings(rule: Rule) -> MonitorSettings:
    from cvosim.stats.monitor.settings import MonitorSettings

    values = rule._asdict()
    values["lower_is_better"] = values.pop("lower")
    values["shares"] = None if rule.shares is None else _shares(rule.shares)
    return MonitorSettings(**values)


def _shares(text: str) -> tuple[float, ...]:
    """Read designed shares such as 90/10."""
    try:
        return tuple(float(part) for part in text.split("/"))
    except ValueError:
        raise click.UsageError(
            f"--shares {text}: write one number above 0 an arm, such as 90/10"
        ) from None


def _render(found: Monitor, wording: Wording, format_: str) -> str:
    from cvosim.report.monitor import monitor_verdict
    from cvosim.report.monitor_tables import monitor_csv, monitor_text

    if format_ == "csv":
        return monitor_csv(found)
    verdict = monitor_verdict(found, wording)
    if format_ == "json":
        return as_json({"verdict": verdict, **found.to_dict()})
    return f"{told(verdict, format_)}\n\n{monitor_text(found, wording, format_)}"
