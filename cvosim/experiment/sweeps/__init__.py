"""Sweeps: many points of a scenario's levers and uncertainties, each simulated.

A file's section and its scenario are read by `cvosim.scenario.template.load_sweep`; a scenario
alone, whose paths factors set, by `cvosim.scenario.template.load_template`.

Examples
--------
>>> from cvosim.experiment.sweeps import Factor, SweepDesign, grid, run_sweep
>>> from cvosim.scenario.template import load_template
>>> price = Factor("journey.tripwire.price", "lever", (19, 29))
>>> template = load_template("carpet_cleaning")
>>> design = SweepDesign(template, (price,), grid([price]), ("cac",), customers=2000)
>>> len(run_sweep(design).table())
2
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvosim.lazy import lazily

if TYPE_CHECKING:
    from cvosim.experiment.sweeps.design import SweepDesign, sweep_design
    from cvosim.experiment.sweeps.factors import Factor, grid, latin_hypercube, listed, sobol
    from cvosim.experiment.sweeps.laws import (
        Beta,
        Choice,
        LogNormal,
        LogUniform,
        Normal,
        Range,
        Triangular,
        Uniform,
    )
    from cvosim.experiment.sweeps.merge import merge_shards
    from cvosim.experiment.sweeps.result import SweepResult, SweepTable
    from cvosim.experiment.sweeps.run import run_sweep
    from cvosim.experiment.sweeps.shards import Shard, parse_shard
    from cvosim.experiment.sweeps.stored import read_sweep

__all__ = [
    "Beta",
    "Choice",
    "Factor",
    "LogNormal",
    "LogUniform",
    "Normal",
    "Range",
    "Shard",
    "SweepDesign",
    "SweepResult",
    "SweepTable",
    "Triangular",
    "Uniform",
    "grid",
    "latin_hypercube",
    "listed",
    "merge_shards",
    "parse_shard",
    "read_sweep",
    "run_sweep",
    "sobol",
    "sweep_design",
]

_IN = "cvosim.experiment.sweeps"
_HOME = {
    "Beta": f"{_IN}.laws",
    "Choice": f"{_IN}.laws",
    "LogNormal": f"{_IN}.laws",
    "LogUniform": f"{_IN}.laws",
    "Normal": f"{_IN}.laws",
    "Range": f"{_IN}.laws",
    "Triangular": f"{_IN}.laws",
    "Uniform": f"{_IN}.laws",
    "Factor": f"{_IN}.factors",
    "Shard": f"{_IN}.shards",
    "SweepDesign": f"{_IN}.design",
    "SweepResult": f"{_IN}.result",
    "SweepTable": f"{_IN}.result",
    "grid": f"{_IN}.factors",
    "latin_hypercube": f"{_IN}.factors",
    "listed": f"{_IN}.factors",
    "merge_shards": f"{_IN}.merge",
    "parse_shard": f"{_IN}.shards",
    "read_sweep": f"{_IN}.stored",
    "run_sweep": f"{_IN}.run",
    "sobol": f"{_IN}.factors",
    "sweep_design": f"{_IN}.design",
}

__getattr__, __dir__ = lazily(__name__, _HOME, globals())
