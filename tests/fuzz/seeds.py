"""Sound files for every target, from which broken ones are made."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cvosim.scenario import library
from cvosim.stats.monitor.state import state_text
from cvosim.stats.monitor.tally import Followed, Tally
from cvosim.stats.monitor.weeks import Weeks

Files = list[bytes]
Columns = dict[str, list[Any]]

ORDERS: Columns = {
    "customer": ["ann", "bob", "ann", "čeněk, jr."],
    "date": ["1997-01-01", "1997-02-03T10:00:00+02:00", "19970401", "1997-05-06 07:08"],
    "amount": ["9.50", "$1,230.00", "-3", "0"],
    "channel": ["web", "", "shop", "web"],
}
COHORT: Columns = {
    "customer": ["1", "2", "3", "4"],
    "variant": ["A", "B", "A", "B"],
    "segment": ["new", "old", "old", "new"],
    "assigned": ["1970-02-01", "1970-02-02", "1970-02-09", "1970-02-20"],
    "day": ["1970-01-20", "1970-02-01", "1970-02-09", "1970-02-19"],
    "happened": ["1970-02-03", "", "1970-02-20", "1970-02-21"],
    "before": ["1", "2.5", "", "1e3"],
    "revenue": ["0", "10", "3.25", "7"],
}
LOG: Columns = {
    "customer": ["7", "7", "8", "9"],
    "date": ["2024-01-01", "2024-01-03 10:00", "2024-01-02", "2024-01-09"],
    "stage": ["tripwire", "core_offer", "lead_magnet", "tripwire"],
    "event": ["accepted", "declined", "offered", "accepted"],
    "channel": ["search", "search", "facebook", ""],
    "program": ["", "nurture", "", ""],
    "revenue": ["29", "", "0", "29"],
}
STAGES: Columns = {
    "stage": ["lead_magnet", "tripwire", "core_offer"],
    "reached": ["1000", "300", "40"],
    "accepted": ["300", "40", "20"],
}
COUNTED: Columns = {
    "stage": ["arrived", "lead_magnet", "tripwire"],
    "count": ["900", "300", "30"],
    "channel": ["search", "search", "search"],
}


def csv_of(columns: Columns, sign: str = ",") -> bytes:
    """A CSV file."""
    rows = [list(columns), *zip(*columns.values(), strict=True)]
    quoted = [[f'"{cell}"' if sign in cell else cell for cell in row] for row in rows]
    return "\n".join(sign.join(row) for row in quoted).encode() + b"\n"


def parquet_of(columns: Columns, **options: Any) -> bytes:
    """A Parquet file."""
    return _parquet(pa.table(columns), **options)


def _parquet(table: pa.Table, **options: Any) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, **({"compression": "none"} | options))
    return bytes(sink.getvalue().to_pybytes())


def typed(columns: Columns) -> Columns:
    """Dates as dates, numbers as numbers, the rest as it is."""
    found: Columns = {}
    for name, cells in columns.items():
        if name in ("date", "assigned", "day", "happened"):
            days = [cell[:10] if "-" in cell else cell and "1997-04-01" for cell in cells]
            found[name] = [np.datetime64(day or "NaT", "us").astype(object) for day in days]
        elif name in ("amount", "revenue", "before", "reached", "accepted", "count"):
            found[name] = [float(cell.strip("$").replace(",", "") or 0) for cell in cells]
        else:
            found[name] = cells
    return found


def both(columns: Columns) -> Files:
    """A table in every form in which it may come."""
    dictionary = {name: pa.array(cells).dictionary_encode() for name, cells in columns.items()}
    plain = csv_of(columns)
    return [
        plain,
        csv_of(columns, ";"),
        b"\xef\xbb\xbf" + plain.replace(b"\n", b"\r\n"),
        parquet_of(columns, compression="none"),
        parquet_of(typed(columns), compression="none"),
        parquet_of(dictionary, compression="snappy"),
        *odd(columns),
    ]


def odd(columns: Columns) -> Files:
    """Parquet tables that hold in one column after the other what nobody expects there."""
    rows = len(next(iter(columns.values())))
    far, soon = datetime(9999, 12, 31), datetime(2024, 2, 29, 23, 59, 59)
    strange: list[Any] = [
        pa.nulls(rows),
        pa.array([None, *["A"] * (rows - 1)]),
        pa.array([b"\xff\x00"] * rows),
        pa.array([True, *[False] * (rows - 1)]),
        pa.array([[1, 2]] * rows),
        pa.array([{"a": 1}] * rows),
        pa.array([2**63 + n for n in range(rows)], pa.uint64()),
        pa.array([np.nan, np.inf, -np.inf][:rows] + [1e308] * (rows - 3)),
        pa.array([0.1] * rows, pa.float16()),
        pa.array([Decimal("1e30"), *[None] * (rows - 1)], pa.decimal256(60, 2)),
        pa.array([far, *[soon] * (rows - 1)], pa.timestamp("us")),
        pa.array([10**18] * rows, pa.timestamp("ns", "Asia/Kathmandu")),
        pa.array([2**53] * rows, pa.timestamp("s")),
        pa.array([-(2**31), *[2**31 - 1] * (rows - 1)], pa.date32()),
        pa.array([-1] * rows, pa.date64()),
        pa.array([1] * rows, pa.time64("ns")),
        pa.array([1] * rows, pa.duration("us")),
        pa.array(["A", "B"] * (rows // 2) + ["A"] * (rows % 2)).dictionary_encode(),
        pa.array([1, 2] * (rows // 2) + [1] * (rows % 2)).dictionary_encode(),
        pa.array([], pa.string()),
    ]
    sound = typed(columns)
    return [
        parquet_of({key: one[:0] for key, one in sound.items()} if not len(new)
                   else sound | {name: new}, compression="none")
        for name in columns for new in strange
    ]  # fmt: skip


def scenarios() -> Files:
    """Every scenario of the library, and one with all that YAML can do."""
    from fuzz.targets import library_file

    tricky = (
        "extends: carpet_cleaning\nname: &n Tricky\ndescription: |\n  two\n  lines\n"
        "changes:\n  journey.tripwire.price: 19\n  channels.organic: null\n"
        "  channels.search.share: 0.4\n  journey.return_path.nurture.days: [1, 2]\n"
        "  market.segments.households: {<<: {name: households, share: 0.65}}\n"
        "variants:\n  - {name: One, changes: {journey.tripwire: null}}\n"
    )
    return [tricky.encode(), *(library_file(name) for name in library())]


def sums() -> Files:
    """A state of `monitor`."""
    arms = np.array([0, 1, 0, 1], np.int32)
    days, values = np.array([0.0, 1.0, 8.0, 9.0]), np.array([2.0, 3.0, 5.0, 7.0])
    followed = Followed(("A", "B"), arms, days, values, np.ones((4, 2)))
    weeks = Weeks(0.0, 28.0, 7.0, 7.0)
    return [state_text(Tally.of(followed, weeks)).encode()]


def run_tables() -> Files:
    """Both tables of a small run."""
    from fuzz.targets import folder

    from cvosim import load_scenario, simulate
    from cvosim.tables.store import write_customers, write_events

    run = simulate(load_scenario("carpet_cleaning"), customers=30, events=True)
    events, customers = folder() / "e.parquet", folder() / "c.parquet"
    write_events(run.events, events)
    write_customers(run.customers, customers)
    return [Path(file).read_bytes() for file in (events, customers)]


def states() -> Files:
    """What the page sends."""
    text = {"name": "mine.yaml", "text": "extends: cdnow\nname: Mine\n"}
    found = {"a": {"library": "cdnow"}, "b": text, "changes": {"journey.tripwire.price": 9}}
    found |= {"customers": 2000, "seed": 7, "tab": "a1", "turn": 3}
    return [json.dumps(found).encode()]


def sweep_entry_files() -> Files:
    """The manifest and the design of a sweep."""
    from fuzz.targets import sweep_files

    files = sweep_files()
    return [files["manifest.json"], files["design.json"], b'{"points": [[19], [29]], "tasks": 2}']


def sweep_result_files() -> Files:
    """The table of a sweep."""
    from fuzz.targets import sweep_files

    return [sweep_files()["results.parquet"]]


def sweep_part_files() -> Files:
    """The rows of a sweep; and such that hold in one column after the other what is odd."""
    from fuzz.targets import sweep_files

    found = [data for name, data in sweep_files().items() if name.startswith("part-")]
    table = pq.read_table(pa.BufferReader(found[0]))
    rows = table.num_rows
    odd_cells = ([None], [-1], [b"\xff"], [[1]], [1e300], [""], [2**62])
    for new in (pa.array(cell * rows) for cell in odd_cells):
        for place, name in enumerate(table.column_names):
            found.append(_parquet(table.set_column(place, name, new)))
    return [*found, _parquet(table), _parquet(table.slice(0, 0))]


def sums_of_customers() -> Files:
    """Aggregates: of everything, and of single outcomes."""
    from cvosim import load_scenario
    from cvosim.experiment import stream
    from cvosim.metrics.aggregate import Wanted

    shop = load_scenario("carpet_cleaning")
    asked = (Wanted(), Wanted(("cac", "lowest_cash")), Wanted(("aov",), 30.0))
    made = (stream(shop, customers=60, wanted=wanted).aggregate for wanted in asked)
    return [one.to_json().encode() for one in made]


def stream_manifests() -> Files:
    """Of a run that ended, of one that did not, and of something else."""
    entries = [{"kind": "cvosim.events", "complete": True, "manifest": {"seed": 7}}, {"kind": 1}]
    return [json.dumps(one).encode() for one in (*entries, {**entries[0], "complete": False}, [])]


def baselines() -> Files:
    """Of no scenario, and of a small one with its tolerances."""
    from cvosim.experiment.baseline.checking import record
    from cvosim.experiment.baseline.record import Baseline, Tolerances

    (made,) = record("cdnow", customers=100)
    full = Baseline({made.key: made}, Tolerances(0.01, {"cac": 0.05}))
    return [one.to_json().encode() for one in (Baseline({}), full)]


_MADE: dict[str, Callable[[], Files]] = {
    "scenario": scenarios,
    "overrides": lambda: [
        b"journey.tripwire.price=19\njourney.tripwire=null\nchannels.search.share=0.4",
        b"market.segments.households={name: households, share: 0.65}\nname=[1, &a {b: 2}, *a]",
    ],
    "upload": scenarios,
    "daily": lambda: [b"day,visitors\n0,12\n1,0\n2,3.5\n", b"visitors\r\n1e3\r\n0x10\r\n\r\n"],
    "points": lambda: [b"journey.tripwire.price,journey.core_offer.price\n9,249\n19,229\n"],
    "state": states,
    "orders": lambda: [*both(ORDERS), *run_tables()],
    "cohort": lambda: both(COHORT),
    "units": lambda: both(COHORT),
    "pool": lambda: both(COHORT),
    "monitor_state": sums,
    "stage_counts": lambda: [*both(STAGES), *both(COUNTED)],
    "event_log": lambda: [*both(LOG), run_tables()[0]],
    "tables": run_tables,
    "sweep_results": sweep_result_files,
    "sweep_entries": sweep_entry_files,
    "sweep_parts": sweep_part_files,
    "aggregates": sums_of_customers,
    "stream_manifest": stream_manifests,
    "baseline": baselines,
}


@cache
def seeds(target: str) -> tuple[bytes, ...]:
    """Files that a target's reader takes, or nearly."""
    return tuple(_MADE[target]())
