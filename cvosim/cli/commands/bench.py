"""``cvosim bench``: how fast is cvosim on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import click

from cvosim.cli.files import write_result
from cvosim.cli.options import Result, bundled, json_option, overrides_option, result_options
from cvosim.cli.progress import progress_bar
from cvosim.cli.rendering import as_html, as_json, save_picture, told
from cvosim.cli.usage import Whole
from cvosim.errors import CvosimError

if TYPE_CHECKING:
    from cvosim.experiment.bench import Bench
    from cvosim.scenario import Scenario

EXAMPLES = """\b
Try:
  cvosim bench
  cvosim bench pizza_chain --customers 100000
  cvosim bench --json
"""


class Effort(NamedTuple):
    """How much is timed, and how often."""

    customers: int | None
    threads: int | None
    rounds: int


effort_options = bundled(
    "effort",
    Effort,
    click.option(
        "-n",
        "--customers",
        type=Whole(least=1),
        help="Prospects of a run.  [default: a million, or what takes about a second]",
    ),
    click.option(
        "--threads", type=Whole(least=1), help="Threads to use, at most.  [default: all cores]"
    ),
    click.option(
        "--rounds",
        type=Whole(least=1),
        default=5,
        show_default=True,
        help="How often each contender is timed; the best counts.",
    ),
)


@click.command("bench", short_help="Measure how fast cvosim is on this machine.", epilog=EXAMPLES)
@click.argument("scenario", default="carpet_cleaning")
@overrides_option
@effort_options
@json_option
@result_options
def command(
    scenario: str, overrides: tuple[str, ...], effort: Effort, json_: bool, result: Result
) -> None:
    """Measure how fast SCENARIO, a file or library name, is simulated here: about 15 seconds.

    Both engines must first agree to the bit. Then the compiled kernel is timed on one thread
    and on all, in turns with the reference engine and with what nobody can do without: the
    random numbers and formulas of the same customers alone.  [default: carpet_cleaning]
    """
    if json_:
        result = result.in_json()
    result.check([scenario])
    found = _measured(scenario, overrides, effort)
    if result.picture is not None:
        from cvosim.report.bench_picture import bench_picture

        save_picture(bench_picture(found), result.picture)
    write_result(_render(found, result.form()), result.output)


def _measured(scenario: str, overrides: tuple[str, ...], effort: Effort) -> Bench:
    from cvosim.cli.advice import warn
    from cvosim.experiment.bench import bench, bench_steps
    from cvosim.scenario import load_scenario

    loaded = load_scenario(scenario, overrides)
    warn(loaded)
    if effort.customers is not None:
        _check_room(loaded, effort.customers)
    with progress_bar(f"Timing {loaded.name}", bench_steps(effort.rounds)) as progress:
        return bench(loaded, **effort._asdict(), progress=progress)


def _check_room(scenario: Scenario, customers: int) -> None:
    """Refuse more customers than this machine holds in one table: a bench cannot stream.

    Raises
    ------
    CvosimError
        Says how much memory they need.
    """
    from cvosim.experiment.table_memory import bytes_needed, memory_there
    from cvosim.plan import compile_plan

    there = memory_there()
    needed = bytes_needed(compile_plan(scenario), customers)
    if there is not None and needed > there:
        raise CvosimError(
            f"customers: {customers:,} customers take about {needed / 1e9:,.1f} GB of memory in "
            f"one table, and this machine has {there / 1e9:,.1f} GB; ask for fewer --customers"
        )


def _render(found: Bench, form: str) -> str:
    if form == "html":
        from cvosim.report.documents.bench import bench_document

        return as_html(bench_document(found))
    from cvosim.report.bench import bench_table, bench_text, bench_verdict

    verdict = bench_verdict(found)
    if form == "json":
        whole: dict[str, Any] = {"verdict": verdict, **found.to_dict()}
        return as_json(whole)
    if form == "csv":
        return bench_table(found).to_csv()
    return f"{told(verdict, form)}\n\n{bench_text(found, form)}"
