"""Every reader of files, as a function of the bytes that a file holds.

A target ends for whatever bytes, or lets out only what its reader promises to say (CvosimError,
and RefusedError for requests of the page). Any other exception is a bug, and so is a broken
promise: what parses is read twice and written out, and must be the same thing each time.
"""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from cvosim.app.limits import Limits
from cvosim.app.state import RefusedError, read_json, sources_of, turn_of
from cvosim.cli.baselines import read as read_baseline
from cvosim.clv.orders.reading import read_orders
from cvosim.errors import CvosimError
from cvosim.experiment.baseline.record import Baseline
from cvosim.experiment.calibration.event_log import Names, read_event_log
from cvosim.experiment.calibration.stage_counts import read_stage_counts
from cvosim.experiment.certificate.worlds import pool_of_data
from cvosim.experiment.stream_events import MANIFEST as STREAMED
from cvosim.experiment.stream_events import read_manifest_of, written_apart
from cvosim.experiment.sweeps import read_sweep
from cvosim.experiment.sweeps.manifest import Outline
from cvosim.experiment.sweeps.parts import Parts
from cvosim.experiment.sweeps.points_file import read_points
from cvosim.metrics.aggregate import Aggregate
from cvosim.plan.steps import journey_steps
from cvosim.scenario import (
    Scenario,
    library_path,
    load_experiment,
    load_scenario,
    load_variants,
    scenario_hash,
    warnings_in,
)
from cvosim.scenario.template import load_sweep, load_template
from cvosim.scenario.upload import questions_of_text, template_of_text
from cvosim.scenario.yaml_writer import flow_text
from cvosim.stats.data.reading import Roles, read_cohort
from cvosim.stats.monitor.activity import ActivityLog, read_activity
from cvosim.stats.monitor.reading import read_units
from cvosim.stats.monitor.settings import MonitorSettings
from cvosim.stats.monitor.state import read_state
from cvosim.tables.store import read_customers, read_events, read_manifest

Target = Callable[[bytes], None]
SHOP = "carpet_cleaning"


_home: list[Path] = []


def folder() -> Path:
    """A folder of this process, gone when it ends."""
    if not _home:
        _home.append(Path(tempfile.mkdtemp(prefix="cvosim-fuzz-")))
        atexit.register(shutil.rmtree, _home[0], ignore_errors=True)
    return _home[-1]


def at_home(path: Path) -> None:
    """Write into a folder that somebody else looks after."""
    _home.append(path)


def written(data: bytes, name: str) -> Path:
    """The bytes as a file."""
    path = folder() / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return path


def outcome(reader: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """What a reader gives, or None where it refuses, in words."""
    try:
        return reader(*arguments, **options)
    except CvosimError as error:
        said = str(error)
    assert all(line.strip() for line in said.split("\n")), "refused without a word"
    return None


# ---------------------------------------------------------------------------- scenarios
def scenario(data: bytes) -> None:
    """The loader: once, twice, and again from what the writer makes of it."""
    file = written(data, "scenario.yaml")
    first = outcome(load_scenario, file)
    assert outcome(load_scenario, file) == first, "read twice, and not the same"
    outcome(load_variants, file)
    if first is not None:
        check_writer(first)
        warnings_in(first)
        outcome(load_experiment, file)
        outcome(load_sweep, file)


def check_writer(found: Scenario) -> None:
    """A scenario that is written out as YAML is the same scenario."""
    raw = found.model_dump(mode="json")
    if any((one["arrivals"] or {}).get("kind") == "daily" for one in raw["channels"]):
        return  # its numbers stand in a file of their own
    again = load_scenario(written(flow_text(raw).encode(), "again.yaml"))
    assert scenario_hash(again) == scenario_hash(found), "written out and read, another scenario"


def overrides(data: bytes) -> None:
    """What ``-S`` may hold: one a line."""
    given = data.decode("utf-8", "replace").split("\n")[:20]
    outcome(load_scenario, SHOP, given)
    outcome(load_variants, SHOP, given)


def upload(data: bytes) -> None:
    """A scenario that comes as text."""
    text = data.decode("utf-8", "replace")
    outcome(template_of_text, text, "mine.yaml")
    outcome(questions_of_text, text, "mine.yaml")


def daily(data: bytes) -> None:
    """A channel's arrivals, a line a day."""
    written(data, "daily.csv")
    text = f"extends: {SHOP}\nname: Daily\nchanges:\n  channels.search.arrivals: {{kind: daily, "
    file = written(f"{text}file: daily.csv, column: visitors}}\n".encode(), "daily.yaml")
    outcome(load_scenario, file)


def points(data: bytes) -> None:
    """The points of a sweep."""
    outcome(read_points, written(data, "points.csv"), _shop())


def state(data: bytes) -> None:
    """What a browser sends to the page."""
    try:
        found = read_json(data)
        for reader in (turn_of, sources_of):
            reader(found, Limits())
    except RefusedError as error:
        said, status = error.words, error.status
    else:
        return
    assert said.strip()
    assert 400 <= status < 500


# ---------------------------------------------------------------------------- tables
def orders(data: bytes) -> None:
    """Order logs, CSV and Parquet: plain, with a way of writing, with a further column."""
    file = written(data, "orders.csv")
    outcome(read_orders, file)
    outcome(read_orders, file, date_format="%d.%m.%Y", decimal=",", timezone="America/New_York")
    outcome(read_orders, file, attributes=["channel"])


def cohort(data: bytes) -> None:
    """Data of an experiment, with all roles and with the arm alone."""
    file = written(data, "cohort.csv")
    outcome(read_cohort, file, Roles("variant"), ["revenue"])
    every = Roles("variant", None, "customer", "segment", "assigned", ("before",), "day", 300.0)
    outcome(read_cohort, file, every, ["revenue"])


def units(data: bytes) -> None:
    """What `monitor` watches: a row a unit, and a row an event."""
    file = written(data, "units.csv")
    settings = MonitorSettings(window=7.0)
    roles = Roles("variant", unit="customer", assigned="assigned", until=60.0)
    outcome(read_units, file, roles, "revenue", settings)
    outcome(read_activity, file, roles, "revenue", ActivityLog("happened"), settings)


def pool(data: bytes) -> None:
    """Customers to try procedures on."""
    outcome(pool_of_data, written(data, "pool.csv"), ["revenue", "before"])


def monitor_state(data: bytes) -> None:
    """Sums that `monitor` keeps."""
    file = written(data, "state.csv")
    outcome(read_state, file)
    outcome(read_state, file, ("A", "B"))


def stage_counts(data: bytes) -> None:
    """How many came to each stage."""
    outcome(read_stage_counts, written(data, "stages.csv"), _steps(), ("search", "facebook"))


def event_log(data: bytes) -> None:
    """What customers did."""
    file = written(data, "log.csv")
    names = Names(("search", "facebook"), ("nurture",))
    outcome(read_event_log, file, _steps(), names)
    outcome(read_event_log, file, _steps(), names, None, 20_000)


# ---------------------------------------------------------------------------- our own files
def tables(data: bytes) -> None:
    """Tables that a run wrote."""
    file = written(data, "table.parquet")
    outcome(read_events, file)
    outcome(read_customers, file)
    outcome(read_manifest, file)


def sweep_results(data: bytes) -> None:
    """The table of a finished sweep, beside sound files of it."""
    outcome(read_sweep, _store({"results.parquet": data}))


def sweep_entries(data: bytes) -> None:
    """The JSON files of a sweep: its manifest, its design, or any entries of either."""
    outcome(read_sweep, _store({"manifest.json": data}))
    outcome(read_sweep, _store({"design.json": data}))
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return
    for name, whole in _sweep_json().items():
        if isinstance(found, dict):
            mixed = whole | {key: value for key, value in found.items() if key in whole}
            outcome(read_sweep, _store({name: json.dumps(mixed).encode("utf-8", "replace")}))


def sweep_parts(data: bytes) -> None:
    """Rows that a sweep was about to go on from: each is found sound, or the part is set aside."""
    folder_of_parts = folder() / "parts"
    folder_of_parts.mkdir(exist_ok=True)
    (folder_of_parts / "part-000001.parquet").write_bytes(data)
    outline = Outline.from_dict(_sweep_json()["design.json"])
    parts = Parts(folder_of_parts, _sweep_json()["manifest.json"]["design_hash"], outline.line)
    found = parts.search()
    parts.strange()
    assert len(found.damaged) + len({*found.where} - {-1}) <= 1
    for row in parts.rows(found.where):
        assert row.error or Aggregate.from_json(row.aggregate).to_json() == row.aggregate


def aggregates(data: bytes) -> None:
    """What a block of customers came to, in a part whose digest belongs to it."""
    text = data.decode("utf-8", "replace")
    found = outcome(Aggregate.from_json, text)
    if found is not None:
        again = found.to_json()
        assert Aggregate.from_json(again).to_json() == again, "written out and read, another"


def stream_manifest(data: bytes) -> None:
    """What a folder of streamed events says of itself."""
    place = folder() / "streamed"
    place.mkdir(exist_ok=True)
    (place / STREAMED).write_bytes(data)
    assert isinstance(read_manifest_of(place), dict)
    for force in (False, True):
        outcome(_stream_over, place, force=force)


def _stream_over(place: Path, *, force: bool) -> None:
    with written_apart(place, force=force):
        pass


def baseline(data: bytes) -> None:
    """What `check` holds scenarios against."""
    found = outcome(read_baseline, written(data, "baseline.json"), ["shop.yaml"])
    if found is not None:
        text = found.to_json()
        assert Baseline.from_json(text).to_json() == text, "written out and read, another"


@cache
def _shop() -> Any:
    return load_template(SHOP)


@cache
def _steps() -> Any:
    return journey_steps(load_scenario(SHOP))


@cache
def sweep_files() -> dict[str, bytes]:
    """A finished sweep of two points, file by file."""
    from cvosim.experiment.sweeps import Factor, SweepDesign, grid, run_sweep

    price = Factor("journey.tripwire.price", "lever", (19, 29))
    design = SweepDesign(_shop(), (price,), grid([price]), ("cac",), customers=100)
    store = folder() / "made"
    run_sweep(design, executor="serial", store=store)
    return {path.name: path.read_bytes() for path in store.rglob("*") if path.is_file()}


def _sweep_json() -> dict[str, dict[str, Any]]:
    files = sweep_files()
    return {name: json.loads(files[name]) for name in ("manifest.json", "design.json")}


def _store(changed: dict[str, bytes]) -> Path:
    place = folder() / "store"
    place.mkdir(exist_ok=True)
    for name, content in (sweep_files() | changed).items():
        (place / name).write_bytes(content)
    return place


def library_file(name: str) -> bytes:
    """The file of a library scenario."""
    return library_path(name).read_bytes()


TARGETS: dict[str, Target] = {
    target.__name__: target
    for target in (
        *(scenario, overrides, upload, daily, points, state),
        *(orders, cohort, units, pool, monitor_state, stage_counts, event_log),
        *(tables, sweep_results, sweep_entries, sweep_parts, aggregates),
        *(stream_manifest, baseline),
    )
}
