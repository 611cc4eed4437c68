"""``cvosim check``: do these scenarios still come to what they came to?"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from cvosim.cli.baselines import (
    asked_of,
    is_file_there,
    no_baseline,
    read,
    readable,
    records_in,
    renumbered,
    require_metrics,
    warn_of_large,
    with_numbers,
    without_idle_tolerances,
)
from cvosim.cli.check_reports import (
    Told,
    annotate,
    require_junit,
    telling_why_not,
    told_options,
    write_junit,
)
from cvosim.cli.files import (
    is_special,
    require_distinct,
    require_writable,
    write_result,
    write_text,
)
from cvosim.cli.options import Result, bundled, json_option, result_options
from cvosim.cli.progress import progress_bar
from cvosim.cli.rendering import as_html, as_json, save_picture, told
from cvosim.cli.usage import Whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvosim.experiment.baseline.findings import Checked
    from cvosim.experiment.baseline.record import Baseline, Record, Tolerances

EXAMPLES = """\b
Try:
  cvosim check baseline.json funnels/*.yaml --update      the first time, and what is meant
  cvosim check baseline.json funnels/*.yaml               every time after that
  cvosim check baseline.json funnels/*.yaml --junit check.xml --tolerance 1%

\b
Exit code: 0 if all is as it was or within tolerance, 1 if something changed, is not in the
baseline or gone, 2 for wrong usage or input.
"""


class _Part(click.ParamType):  # type: ignore[type-arg]  # generic only since click 8.2
    """``1%``, or ``cac=5%`` for one metric: its name, empty for all, and the part."""

    name = "part"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, float]:
        """Give name and part."""
        if isinstance(value, tuple):  # click converts what it has converted
            return value
        text = str(value)
        metric, equals, words = text.rpartition("=")
        try:
            part = float(words.strip().removesuffix("%")) / 100.0
        except ValueError:
            part = -1.0
        if not 0.0 <= part < float("inf") or not words.strip().endswith("%"):
            self.fail(f"{text}: must be a percentage, as 1% or cac=5%", param, ctx)
        if equals and not metric.strip():
            self.fail(f"{text}: must name a metric before the equals sign", param, ctx)
        return metric.strip(), part


class Wanted(NamedTuple):
    """What shall be done; None for what the baseline says."""

    update: bool
    renew: bool
    tolerance: tuple[tuple[str, float], ...]
    customers: int | None
    seed: int | None
    threads: int | None


class Said(NamedTuple):
    """Verdict, what to do next, how to call what is not in the baseline, who reads along."""

    verdict: list[str]
    steps: list[str]
    missing: str = ""
    github: bool = False


_wanted_options = bundled(
    "wanted",
    Wanted,
    click.option(
        "--update", is_flag=True, help="Write what they come to now into BASELINE: it was meant."
    ),
    click.option(
        "--renew", is_flag=True, help="With --update: replace a BASELINE that is damaged, or none."
    ),
    click.option(
        "--tolerance",
        type=_Part(),
        multiple=True,
        metavar="[METRIC=]PART%",
        help="How far metrics, or one, may move from their old value. Give it once for each; "
        "--update keeps it in BASELINE.  [default: what BASELINE says, at first nothing]",
    ),
    click.option(
        "-n",
        "--customers",
        type=Whole(least=1),
        help="With --update: prospects to simulate from now on.  [default: BASELINE's for this "
        "scenario, for a new one the scenario's own]",
    ),
    click.option(
        "--seed", type=Whole(), help="With --update: luck to draw from now on.  [default: likewise]"
    ),
    click.option(
        "--threads",
        type=Whole(least=1),
        help="Threads to use; never changes a number.  [default: all cores]",
    ),
)


@click.command(
    "check", short_help="Tell whether scenarios still give their numbers.", epilog=EXAMPLES
)
@click.argument("baseline", type=click.Path(path_type=Path), metavar="BASELINE.json")
@click.argument("sources", nargs=-1, required=True, metavar="SCENARIO...")
@_wanted_options
@told_options
@json_option
@result_options
def command(
    baseline: Path,
    sources: tuple[str, ...],
    wanted: Wanted,
    ci: Told,
    json_: bool,
    result: Result,
) -> int:
    """Hold each SCENARIO against BASELINE, and say what changed, where, and what it is worth.

    BASELINE is a JSON file that --update makes: what each scenario, and each variant that it
    lists, came to. Keep it beside the scenarios, in version control.

    Identical means: to the last bit, for every customer. A change is traced to the line of the
    setting, or to the version, that makes it.
    """
    from cvosim.report.check import check_lines, next_steps

    result = result.in_json() if json_ else result
    _check_usage(baseline, sources, wanted, ci, (result.output, result.picture))
    result.check([baseline, *sources])
    require_junit(ci.junit, [baseline, *sources], force=result.force)
    with telling_why_not(baseline, ci, result):
        known = (
            readable(baseline, sources, renew=wanted.renew)
            if wanted.update
            else read(baseline, sources)
        )
        asked = asked_of(sources, (known, baseline))
        require_metrics(known, baseline, [name for name, _ in wanted.tolerance], asked.metrics)
        warn_of_large(_tolerances(known or no_baseline(), wanted))
        checked = _checked(known or no_baseline(), baseline, sources, wanted, asked.customers)
    if wanted.update:
        return _update(baseline, wanted, (known, checked), (ci, result))
    _tell(checked, ci)
    steps = next_steps(checked, str(baseline), sources)
    _hand_over(checked, baseline, Said(check_lines(checked), steps, github=ci.on_github()), result)
    return 0 if checked.ok else 1


def _check_usage(
    baseline: Path,
    sources: Sequence[str],
    wanted: Wanted,
    ci: Told,
    written: Sequence[Path | None],
) -> None:
    """Refuse what does not go together, and files that could not be written later."""
    if twice := _repeated(sources):
        raise click.UsageError(f"{twice[0]} is named twice.")
    if twice := _repeated([metric or "every metric" for metric, _ in wanted.tolerance]):
        raise click.UsageError(f"--tolerance says twice how far {twice[0]} may move; keep one.")
    if wanted.update:
        if ci.junit is not None:
            raise click.UsageError("--junit tells what a check found; --update accepts it.")
        require_writable(baseline, "BASELINE", endings=(".json",))
        require_distinct(sources, [baseline, *written])
        return
    if wanted.renew:
        raise click.UsageError("--renew goes with --update.")
    for option, value in (("--customers", wanted.customers), ("--seed", wanted.seed)):
        if value is not None:
            raise click.UsageError(f"{option} is BASELINE's; --update changes it.")


def _repeated(names: Sequence[str]) -> list[str]:
    return [name for name, times in Counter(names).items() if times > 1]


def _update(
    baseline: Path,
    wanted: Wanted,
    before: tuple[Baseline | None, Checked],
    hand: tuple[Told, Result],
) -> int:
    """Write what the scenarios come to now, and say what was accepted by that."""
    from cvosim.experiment.baseline.checking import updated
    from cvosim.report.check import update_lines

    (known, checked), (ci, result) = before, hand
    old = known or no_baseline()
    after = updated(known, checked, _tolerances(old, wanted))
    if wanted.customers is not None or wanted.seed is not None:
        # what is accepted was told on the customers of before: others cannot be compared with them
        records = _recorded(checked, baseline, wanted)
        after = updated(after, records)
        checked = with_numbers(checked, records)
    require_metrics(after, baseline, [name for name, _ in wanted.tolerance])
    after = without_idle_tolerances(after)
    text = after.to_json()
    words = update_lines(checked, old, after, str(baseline)) + _replaced(known, baseline)
    if is_file_there(baseline) and baseline.read_bytes() == text.encode():
        click.echo(f"{baseline} is as it was", err=True)
    else:
        write_text(baseline, text)
    _hand_over(checked, baseline, Said(words, [], "new", ci.on_github()), result)
    return 0


def _replaced(known: Baseline | None, baseline: Path) -> list[str]:
    """Say what goes with a damaged baseline, so far as that can be told."""
    if known is not None or not is_file_there(baseline):
        return []
    keys = ", ".join(records_in(baseline)) or "none that can be told"
    return [
        f"{baseline} was no baseline that can be read, and is replaced. Its records: {keys}. "
        "Tolerances, customers and seeds that it held are not kept; give them again."
    ]


def _checked(
    known: Baseline, baseline: Path, sources: Sequence[str], wanted: Wanted, total: int
) -> Checked:
    from cvosim.experiment.baseline.checking import check

    with progress_bar("Checking", total) as progress:
        return check(
            known, sources, tolerances=_tolerances(known, wanted), threads=wanted.threads,
            progress=progress, beside=baseline.parent,
        )  # fmt: skip


def _recorded(checked: Checked, baseline: Path, wanted: Wanted) -> list[Record]:
    """Record anew what shall have other customers or other luck from now on."""
    from cvosim.experiment.baseline.checking import record

    asked = renumbered(checked, wanted.customers, wanted.seed)
    total = sum(customers * len(keys) for (_, customers, _), keys in asked.items())
    with progress_bar("Recording", total) as progress:
        return [
            one
            for (source, customers, seed), keys in asked.items()
            for one in record(
                source, customers=customers, seed=seed, threads=wanted.threads,
                progress=progress, beside=baseline.parent,
            )
            if one.key in keys
        ]  # fmt: skip


def _tolerances(known: Baseline, wanted: Wanted) -> Tolerances:
    """Put the words of the command line over what the baseline says."""
    from cvosim.experiment.baseline.record import Tolerances

    given = dict(wanted.tolerance)
    every = given.pop("", known.tolerances.every)
    return Tolerances(every, {**known.tolerances.of, **given})


def _tell(checked: Checked, ci: Told) -> None:
    """Tell the CI system, before anything can go wrong with the result."""
    if ci.junit is not None:
        write_junit(ci.junit, checked)
    if ci.on_github():
        from cvosim.report.annotations import annotations_of

        annotate(annotations_of(checked))


def _hand_over(checked: Checked, baseline: Path, said: Said, result: Result) -> None:
    """Give the result: the verdict, what it rests on, and what to do next."""
    from cvosim.report.one_line import without_commands

    if result.picture is not None:
        _save_picture(checked, result.picture)
    text = _render(checked, str(baseline), said, result.form())
    if said.github and (result.output is None or is_special(result.output)):
        text = without_commands(text, result.form())
    write_result(text, result.output)


def _save_picture(checked: Checked, path: Path) -> None:
    from cvosim.report.check_picture import effects_exhibit

    if (exhibit := effects_exhibit(checked)) is None:
        click.echo(f"{path}: not drawn; no change has an effect that is known", err=True)
    else:
        save_picture(exhibit.axes().figure.figure, path)


def _render(checked: Checked, baseline: str, said: Said, form: str) -> str:
    from cvosim.report.check import checked_dict
    from cvosim.report.check_tables import check_csv, tables_of
    from cvosim.report.one_line import one_line, one_line_table

    verdict, steps, missing = said.verdict, said.steps, said.missing
    if form == "json":
        return as_json(checked_dict(checked, baseline, verdict))
    if form == "csv":
        return check_csv(checked)
    if form == "html":
        from cvosim.report.documents.check import check_document

        return as_html(check_document(checked, baseline, [*verdict, *steps]))
    tables = [one_line_table(table).render(form) for table in tables_of(checked, missing)]
    words = told("\n".join(map(one_line, verdict)), form)
    return "\n\n".join([words, *tables, *map(one_line, steps)])
