"""How much work a customer is: counts, not times, so every machine finds the same.

A kernel that draws more luck than before, keeps more bytes, is compiled twice or takes memory for
each customer is slower everywhere, however fast the machine. What changes a number on purpose
renews them by `python tests/engine/test_work.py`, in the same commit.

Which customer does what hangs on the last bit of `exp` and `log`, which belongs to the machine's
C library; where that rounds otherwise, laws are still tested, but not numbers written elsewhere.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tracemalloc
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cvosim import compile_plan, load_scenario
from cvosim.engine.customer import BLOCK, EVENT, LIFE, N_AHEAD
from cvosim.engine.driver import run_kernel
from cvosim.engine.reference import run_reference
from cvosim.engine.speed.counting import tally
from cvosim.engine.speed.floor import bytes_per_row
from cvosim.engine.speed.subject import Subject
from cvosim.randomness.rounding import rounding_hash
from cvosim.scenario import library
from cvosim.tables.fingerprint import trajectory_hash

GOLDEN = Path(__file__).parent / "work.json"
PLAIN_KERNEL = Path(__file__).parents[1] / "helpers" / "plain_kernel.py"
EVERYTHING = Path(__file__).parents[2] / "benchmarks" / "everything.yaml"
"""The fullest scenario; only a checkout has it."""

CUSTOMERS = BLOCK
"""A whole block, so that nobody's luck is drawn ahead for nothing."""


def scenarios() -> dict[str, str]:
    """Names and what to load."""
    named = {name: name for name in library()}
    return {**named, "everything": str(EVERYTHING)} if EVERYTHING.is_file() else named


def in_a_fresh_process(*words: str, **env: str) -> Any:
    command = [sys.executable, *words]
    done = subprocess.run(
        command, env={**os.environ, **env}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@cache
def drawn_by_the_kernel() -> dict[str, dict[str, Any]]:
    """What `helpers.plain_kernel` counts, by name of the scenario."""
    names = scenarios()
    words = (str(PLAIN_KERNEL), str(CUSTOMERS), *names.values())
    found = in_a_fresh_process(*words, NUMBA_DISABLE_JIT="1")
    return {name: found[source] for name, source in names.items()}


@cache
def work(name: str) -> dict[str, Any]:
    """Of the first customers of a scenario, whole numbers all."""
    scenario = load_scenario(scenarios()[name])
    plan = compile_plan(scenario)
    counted = tally(Subject(plan, scenario.seed), CUSTOMERS)
    run = run_kernel(plan, scenario.seed, 0, CUSTOMERS, events=True)
    assert run.events is not None
    kernel = drawn_by_the_kernel()[name]
    return {
        "customers": counted.people,
        "events": len(run.events.time),
        "bytes_per_customer": bytes_per_row(plan),
        "needed": counted.counts(),
        "asked_by_the_reference": counted.calls,
        "drawn_by_the_kernel": kernel["drawn"],
        "drawn_by_the_kernel_for_nothing": kernel["idle"],
    }


def today() -> dict[str, Any]:
    """What the golden file would hold if it were written now."""
    return {
        "rounding": rounding_hash(),
        "bytes_per_event": sum(column.itemsize for column in _few_events()),
        "bytes_per_event_while_recording": EVENT.itemsize,
        "bytes_of_a_life": LIFE.itemsize,
        "scenarios": {name: work(name) for name in scenarios()},
    }


def _few_events() -> Any:
    return run_kernel(compile_plan(load_scenario("carpet_cleaning")), 7, 0, 1, events=True).events


def test_customers_are_as_much_work_as_they_were() -> None:
    golden = json.loads(GOLDEN.read_text("utf-8"))
    if golden["rounding"] != rounding_hash():
        pytest.skip("NOT CHECKED: counted work (this machine rounds exp and log otherwise)")
    if not EVERYTHING.is_file():
        del golden["scenarios"]["everything"]
    assert today() == golden


@pytest.mark.parametrize("name", scenarios())
def test_the_kernel_draws_what_the_model_needs_and_little_else(name: str) -> None:
    """Counted in the kernel's own functions, as plain Python; they do what compiled ones do.

    Drawing ahead in vector instructions may be for nothing; so may two draws at once where one
    would have told that the other is not needed. Any more is waste.
    """
    kernel = drawn_by_the_kernel()[name]
    scenario = load_scenario(scenarios()[name])
    run = run_reference(compile_plan(scenario), scenario.seed, 0, CUSTOMERS)
    assert kernel["trajectory"] == trajectory_hash(run[0], run[1])
    assert kernel["rows"] == len(run[0].revenue)
    assert kernel["not drawn"] == 0, "what the reference needs, the kernel must draw somewhere"
    assert kernel["idle"] <= 4 * kernel["rows"]
    assert kernel["idle, not ahead"] <= 0.06 * kernel["needed"]
    repeated = kernel["drawn"] - kernel["different"]
    assert repeated <= 0.005 * kernel["needed"] + N_AHEAD * BLOCK * _generations(run[1])


def _generations(referred: Any) -> int:
    """Each generation's luck is drawn ahead for a whole block, however few they are."""
    return int(referred.generation.max(initial=0))


COMPILED = """
import importlib, json, pkgutil, sys
from numba.core.dispatcher import Dispatcher
import cvosim.engine, cvosim.randomness
from cvosim import compile_plan, load_scenario
from cvosim.engine.driver import run_kernel
from cvosim.engine.kernel import live_all

for name in sys.argv[1:]:
    plan = compile_plan(load_scenario(name))
    for events in (False, True):
        run_kernel(plan, 7, 0, 1200, events=events, threads=2)
found = {}
for package in (cvosim.engine, cvosim.randomness):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        for thing in vars(importlib.import_module(module.name)).values():
            if isinstance(thing, Dispatcher):
                made = thing.overloads.values()
                found[thing.py_func.__module__ + "." + thing.py_func.__name__] = {
                    "nopython": bool(thing.targetoptions.get("nopython")),
                    "objects": any(one.objectmode or one.lifted for one in made),
                    "memory": bool(thing.targetoptions.get("_nrt", True)),
                    "signatures": len(thing.signatures),
                }
print(json.dumps(found))
"""


@cache
def compiled() -> dict[str, dict[str, Any]]:
    """Every compiled function, after a process has simulated every scenario."""
    found: dict[str, dict[str, Any]] = in_a_fresh_process("-c", COMPILED, *scenarios().values())
    return found


def test_one_kernel_serves_every_scenario() -> None:
    """A second signature would be compiled anew: 20 seconds, in whoever meets it first."""
    assert compiled()["cvosim.engine.kernel.live_all"]["signatures"] == 1


def test_nothing_compiled_falls_back_to_objects_or_takes_memory() -> None:
    assert len(compiled()) > 60, "the compiled functions were found"
    for name, one in compiled().items():
        assert one["nopython"], f"{name} may fall back to Python objects"
        assert not one["objects"], f"{name} has fallen back to Python objects"
        assert not one["memory"], f"{name} may take memory of its own"


def peak(name: str, customers: int, *, events: bool) -> tuple[int, int]:
    """Bytes at the peak of a run on one thread, and how many events there were."""
    plan = compile_plan(load_scenario(name))
    run_kernel(plan, 7, 0, 1, events=events)  # whatever is loaded once is loaded
    tracemalloc.start()
    try:
        run = run_kernel(plan, 7, 0, customers, events=events, threads=1)
        return tracemalloc.get_traced_memory()[1], 0 if run.events is None else len(run.events.time)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", ["carpet_cleaning", "cdnow", "gun_cleaning"])
def test_a_customer_takes_no_memory_beside_its_row(name: str) -> None:
    """But for where its events begin, eight bytes, while it lives; counted, not measured.

    Referral takes the table once more, when the people whom it brings are put below the others.
    """
    few, many = (peak(name, count, events=False)[0] for count in (20_000, 60_000))
    row = bytes_per_row(compile_plan(load_scenario(name)))
    assert (many - few) / 40_000 == pytest.approx(row + 8, abs=1.0)


def test_an_event_takes_its_row_thrice_while_it_is_sorted() -> None:
    """As a record, in columns, and in sorted columns; beside them its number in their order."""
    name = "carpet_cleaning"
    (few, n_few), (many, n_many) = (peak(name, n, events=True) for n in (20_000, 60_000))
    row = bytes_per_row(compile_plan(load_scenario(name)))
    wide = sum(column.itemsize for column in _few_events())
    per_event = (many - few - 40_000 * row) / (n_many - n_few)
    assert per_event == pytest.approx(EVENT.itemsize + 2 * wide + 8, abs=1.0)


LOADED = """
import json, sys
before = set(sys.modules)
{statement}
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def loaded_by(statement: str) -> set[str]:
    """Modules that a fresh process holds after a statement."""
    return set(in_a_fresh_process("-c", LOADED.format(statement=statement)))


def foreign(modules: set[str]) -> set[str]:
    """Packages that are neither ours nor Python's own."""
    found = {name.partition(".")[0] for name in modules} - set(sys.stdlib_module_names)
    return {name for name in found if not name.startswith("_")} - {"cvosim"}


COMMAND = """
import contextlib, io
from cvosim.cli import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main({words!r})
"""


def test_the_package_and_its_help_load_nothing_but_click() -> None:
    assert foreign(loaded_by("import cvosim; dir(cvosim)")) == set()
    for words in (["--help"], ["run", "--help"], ["bench", "--help"], ["--version"]):
        assert foreign(loaded_by(COMMAND.format(words=words))) <= {"click"}, words


def test_a_run_loads_nothing_that_it_does_not_need() -> None:
    """Half a second each, for nobody."""
    loaded = loaded_by(COMMAND.format(words=["run", "carpet_cleaning", "-n", "100"]))
    assert "numba" in loaded, "it did run"
    needless = {"matplotlib", "statsmodels", "pandas", "simpy", "pyarrow", "jinja2", "optuna",
                "sklearn", "distributed", "dask", "starlette", "uvicorn", "narwhals"}  # fmt: skip
    assert foreign(loaded) & needless == set()
    # Numba loads a little of SciPy
    assert loaded & {"scipy.stats", "scipy.special", "scipy.optimize", "scipy.integrate"} == set()


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(today(), indent=2) + "\n", encoding="utf-8")
