"""``cvosim sweep``: the same customers at many points of what is decided and what is not known."""

from __future__ import annotations

import click

from cvosim.cli.lazy import LazyGroup

EXAMPLES = """\b
Try:
  cvosim sweep carpet_cleaning_prices
  cvosim sweep carpet_cleaning_prices --store prices
  cvosim sweep carpet_cleaning_prices --store prices --shard 1/2
  cvosim sweep merge prices
"""


class _RunIsMeant(LazyGroup):
    """Takes ``cvosim sweep FILE`` for ``cvosim sweep run FILE``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the command in front that is meant when none is named."""
        if args and args[0] not in (*self.names, *ctx.help_option_names):
            args = ["run", *args]
        return super().parse_args(ctx, args)


@click.group(
    "sweep",
    cls=_RunIsMeant,
    folder="cvosim.cli.sweep",
    names=("run", "merge"),
    short_help="Run a scenario at many points, on any number of machines.",
    epilog=EXAMPLES,
)
def command() -> None:
    """Run a scenario at every point of its `sweep:` section.

    `cvosim sweep FILE` is short for `cvosim sweep run FILE`; see `cvosim sweep run --help`.
    """
