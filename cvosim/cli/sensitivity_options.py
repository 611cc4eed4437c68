"""Options of ``cvosim sensitivity``."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import click

from cvosim.cli.options import (
    bundled,
    executor_option,
    fresh_option,
    retry_option,
    store_option,
)
from cvosim.cli.usage import OneOf, Whole

METHODS = ("tornado", "elasticity", "sobol", "dependence", "discover")
POINTED = METHODS[2:]
"""Methods that take a number of points."""


class Asked(NamedTuple):
    """What is to be found out."""

    methods: tuple[str, ...]
    outcome: str | None
    paths: tuple[str, ...]
    fix_levers: bool
    losing: str | None
    points: int | None
    customers: int | None

    @property
    def chosen(self) -> tuple[str, ...]:
        """The methods, each once, in the order of the help page."""
        methods = self.methods or (("discover",) if self.losing else ("tornado", "elasticity"))
        return tuple(method for method in METHODS if method in methods)


class Where(NamedTuple):
    """What runs the points, and where their results are kept."""

    executor: str
    store: Path | None
    fresh: bool
    retry_failed: bool


asked_options = bundled(
    "asked",
    Asked,
    click.option(
        "--method",
        "methods",
        type=OneOf(METHODS),
        multiple=True,
        help="May be repeated.  [default: tornado and elasticity]",
    ),
    click.option(
        "--outcome",
        metavar="NAME",
        help="Metric to explain, as `cvosim run` calls it.  [default: the section's first]",
    ),
    click.option(
        "--path",
        "paths",
        multiple=True,
        metavar="PATH",
        help="A number of the scenario that is a factor too, a tenth less to a tenth more; may be "
        "repeated.",
    ),
    click.option("--fix-levers", is_flag=True, help="Only uncertainties move, and --path."),
    click.option(
        "--losing",
        metavar="CONDITION",
        help='What discover calls a loss.  [default: "clv_per_prospect < 0"]',
    ),
    click.option(
        "--points",
        type=Whole(least=2),
        help="Points of dependence and discover, rows of sobol: a power of two.  [default: 512; "
        "sobol: 256]",
    ),
    click.option(
        "-n",
        "--customers",
        type=Whole(least=1),
        help="Prospects at each point.  [default: the section's, or the scenario's]",
    ),
)
where_options = bundled(
    "where",
    Where,
    executor_option(),
    store_option,
    fresh_option,
    retry_option,
)
