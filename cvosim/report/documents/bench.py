"""The report of how fast cvosim is on a machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvosim.report.bench import bench_table, bench_verdict, draws_note, operations_table
from cvosim.report.bench_picture import costs_exhibit
from cvosim.report.document import Document, Section
from cvosim.report.documents.shared import made_of, settings_table

if TYPE_CHECKING:
    from cvosim.experiment.bench import Bench
    from cvosim.report.tables import Table


def bench_document(found: Bench) -> Document:
    """Put the report together: what it came to, what that rests on, and the machine.

    Parameters
    ----------
    found : Bench

    Returns
    -------
    Document
        Its times differ from run to run; its trajectory and counts do not.

    Examples
    --------
    >>> from cvosim import load_scenario
    >>> from cvosim.experiment.bench import bench
    >>> found = bench(load_scenario("carpet_cleaning"), customers=500, rounds=1, threads=1)
    >>> bench_document(found).title
    'How fast cvosim simulates Carpet cleaning here'
    """
    said = bench_verdict(found)
    operations = (operations_table(found),)
    return Document(
        f"How fast cvosim simulates {found.scenario.name} here",
        said,
        (
            Section("Measured", "", (), (bench_table(found),)),
            Section("At least", draws_note(found), (costs_exhibit(found),), operations),
        ),
        (_asked(found),),
        made_of(
            [found.scenario],
            seed=found.scenario.seed,
            customers=found.size.customers,
            trajectory_hash=found.trajectory,
        ),
        {"verdict": said, **found.to_dict()},
    )


def _asked(found: Bench) -> Table:
    machine = {name: found.machine[name] for name in ("cpu", "cores", "system", "load")}
    versions = {f"version of {name}": one for name, one in found.machine["versions"].items()}
    return settings_table(
        "How and on what it was measured",
        {
            "prospects of the kernel": found.size.customers,
            "prospects of the reference engine": found.size.reference,
            "prospects whose operations were counted": found.size.counted,
            "threads": found.threads,
            "rounds, of which the best counts": found.rounds,
            **machine,
            **versions,
        },
    )
