"""``cvosim app``: the what-if page in a browser."""

from __future__ import annotations

import click

from cvosim.cli.advice import print_warning
from cvosim.cli.usage import Whole

EXAMPLES = """\b
Try:
  cvosim app                                   the carpet cleaner, to play with
  cvosim app mine.yaml                         your scenario as A, changes as B
  cvosim app carpet_cleaning carpet_cleaning_no_tripwire
"""


@click.command("app", short_help="Ask what if, on a page with sliders.", epilog=EXAMPLES)
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]...")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8477,
    show_default=True,
    help="Which port to listen at; 0 takes any that is free.",
)
@click.option(
    "--customers-limit",
    type=Whole(1000),
    default=200_000,
    show_default=True,
    help="Most customers that anybody may simulate there.",
)
@click.option(
    "--seconds-limit",
    type=Whole(1),
    default=20,
    show_default=True,
    help="Longest time for an answer.",
)
@click.option("--open", "open_", is_flag=True, help="Open the page in your browser.")
def command(
    scenarios: tuple[str, ...],
    host: str,
    port: int,
    customers_limit: int,
    seconds_limit: int,
    open_: bool,
) -> None:
    """Show two scenarios side by side, with a slider for every number, until Ctrl-C.

    One SCENARIO is A, and B starts from it; with two, the second is B. Others can be chosen
    on the page. Nothing is fetched from, or sent to, anywhere else.
    """
    if len(scenarios) > 2:
        raise click.UsageError("The page shows two scenarios side by side; name two at most.")
    if not host:
        raise click.UsageError("--host must not be empty; 0.0.0.0 listens everywhere.")
    from cvosim.app.limits import Limits
    from cvosim.app.server import is_private, require_packages, serve

    require_packages()
    if not is_private(host):
        print_warning(f"everybody who can reach {host} can use this page; it asks for no password")
    limits = Limits(customers=customers_limit, seconds=float(seconds_limit))

    def ready(address: str) -> None:
        click.echo(f"The what-if page is at {address} (Ctrl-C ends it).", err=True)
        if open_:
            click.launch(address)

    serve(scenarios, host, port, limits, ready)
