"""``cvosim clv``: what an order log says about its customers."""

from __future__ import annotations

import click

from cvosim.cli.lazy import LazyGroup


@click.group(
    "clv",
    cls=LazyGroup,
    folder="cvosim.cli.clv",
    names=("fit", "project", "rfm", "retention", "backtest"),
    short_help="Fit, project and segment the customers of an order log.",
)
def command() -> None:
    """Fit, project and segment the customers of an order log (CSV or Parquet)."""
