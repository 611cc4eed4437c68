"""``cvosim lab``: how wrong is each method, where the truth is known?"""

from __future__ import annotations

import click

from cvosim.cli.lazy import LazyGroup


@click.group(
    "lab",
    cls=LazyGroup,
    folder="cvosim.cli.lab",
    names=("clv", "stages", "surrogates", "segments", "stopping", "testing"),
    short_help="Score methods against a simulated truth.",
)
def command() -> None:
    """Score methods against the truth that only a simulation knows."""
