"""Customer Value Optimization, simulated: what a funnel earns, and what a change is worth.

A strategist writes a journey (lead magnet, tripwire, core offer, profit maximizers, return
path) as a small YAML file; cvosim walks every prospect through it, one by one, and compares
variants on the very same prospects.

Importing this package is cheap: each public name is loaded when it is first used.

>>> import cvosim
>>> scenario = cvosim.load_scenario("carpet_cleaning")
>>> result = cvosim.simulate(scenario, customers=1000)
>>> len(result.customers)
1000
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvosim.lazy import lazily

if TYPE_CHECKING:
    from cvosim.errors import DataError, ScenarioError
    from cvosim.experiment.calibrate import Calibration, calibrate
    from cvosim.experiment.compare import Comparison, compare
    from cvosim.experiment.simulate import Simulation, simulate
    from cvosim.metrics import measure
    from cvosim.plan import Plan, compile_plan
    from cvosim.scenario import Scenario, load_scenario
    from cvosim.theory import expected

__version__ = "0.1.0"

__all__ = [
    "Calibration",
    "Comparison",
    "CvosimError",
    "DataError",
    "Plan",
    "Scenario",
    "ScenarioError",
    "Simulation",
    "calibrate",
    "compare",
    "compile_plan",
    "expected",
    "load_scenario",
    "measure",
    "simulate",
]

_HOME = {
    "Calibration": "cvosim.experiment.calibrate",
    "Comparison": "cvosim.experiment.compare",
    "CvosimError": "cvosim.errors",
    "DataError": "cvosim.errors",
    "Plan": "cvosim.plan",
    "Scenario": "cvosim.scenario",
    "ScenarioError": "cvosim.errors",
    "Simulation": "cvosim.experiment.simulate",
    "calibrate": "cvosim.experiment.calibrate",
    "compare": "cvosim.experiment.compare",
    "compile_plan": "cvosim.plan",
    "expected": "cvosim.theory",
    "load_scenario": "cvosim.scenario",
    "measure": "cvosim.metrics",
    "simulate": "cvosim.experiment.simulate",
}


__getattr__, __dir__ = lazily(__name__, _HOME, globals())
