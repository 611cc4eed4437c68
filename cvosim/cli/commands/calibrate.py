"""``cvosim calibrate``: let real orders speak."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from cvosim.cli.files import Output, check_outputs, print_result
from cvosim.cli.options import bundled, force_option, format_option, path_option

if TYPE_CHECKING:
    from cvosim.experiment.calibrate import Calibration
    from cvosim.report.tables import Table


class Columns(NamedTuple):
    """Which column of the order log is what; None to find it by its usual names."""

    customer: str | None
    date: str | None
    amount: str | None


@click.command("calibrate", short_help="Fit repeat purchases to an order log.")
@click.argument("scenario")
@path_option("--orders", metavar="FILE", text="Order log: CSV or Parquet, one row an order.")
@bundled(
    "columns",
    Columns,
    click.option("--customer", metavar="COL", help="Column of the customer.  [default: found]"),
    click.option("--date", metavar="COL", help="Column of the day.  [default: found]"),
    click.option("--amount", metavar="COL", help="Column of the amount.  [default: found]"),
)
@click.option("--until", metavar="DATE", help="Last day to fit to; later orders test the forecast.")
@path_option("-o", "--output", metavar="FILE.yaml", text="Write the calibrated scenario here.")
@force_option
@format_option
def command(
    scenario: str,
    orders: Path | None,
    columns: Columns,
    until: str | None,
    output: Path | None,
    force: bool,
    format_: str | None,
) -> None:
    """Fit the repeat purchases of SCENARIO to an order log and print how well they fit.

    The calibrated scenario keeps everything else, the author's comments included.
    """
    if orders is None:
        raise click.UsageError("missing option --orders")
    outputs = [Output(output, "--output", (".yaml", ".yml"))]
    check_outputs(outputs, inputs=[orders], force=force)
    from cvosim.experiment.calibrate import calibrate

    done = calibrate(scenario, orders, **columns._asdict(), until=until)
    if output is not None:
        done.write(output)
        click.echo(f"Wrote {output}", err=True)
    print_result(_render(done, format_ or "table"))


def _render(done: Calibration, format_: str) -> str:
    if format_ == "table":
        return done.summary()
    if format_ == "json":
        result = {"schema_version": 1, **done.to_dict()}
        return json.dumps(result, indent=2, allow_nan=False, ensure_ascii=False)
    return _table(done).render(format_).rstrip("\n")


def _table(done: Calibration) -> Table:
    """One row a fitted parameter, then the forecast."""
    from cvosim.report.tables import Table

    rows: list[tuple[str, str, float, float | None]] = []
    for part, fit in (("frequency", done.fit_frequency), ("spend", done.fit_spend)):
        if fit is not None:
            errors = fit.standard_errors or {}
            values = fit.model.to_dict().items()
            rows += [(part, k, float(v), errors.get(k)) for k, v in values if k != "model"]
            rows.append((part, "log_likelihood", fit.log_likelihood, None))
            rows.append((part, "converged", float(fit.converged), None))
    if done.holdout is not None:
        rows += [("holdout", k, float(getattr(done.holdout, k)), None) for k in HOLDOUT]
    shown = tuple(
        (part, name, _cell(value, 6), "" if name in EXACT else _cell(error, 3))
        for part, name, value, error in rows
    )
    return Table(("part", "parameter", "value", "standard_error"), tuple(rows), shown)


def _cell(value: float | None, digits: int) -> str:
    return "n/a" if value is None or math.isnan(value) else f"{value:.{digits}g}"


HOLDOUT = ("forecast", "low", "high", "actual")
EXACT = frozenset({"log_likelihood", "converged", *HOLDOUT})
"""Rows that have no standard error; a parameter's is n/a where the orders do not settle it."""
