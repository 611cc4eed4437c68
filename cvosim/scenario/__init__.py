"""What the strategist writes: a scenario file, its variants, and the values they hold."""

from cvosim.scenario.library import library, library_path
from cvosim.scenario.loader import load_experiment, load_scenario, load_variants
from cvosim.scenario.scenario import Scenario, scenario_hash
from cvosim.scenario.schema import scenario_schema
from cvosim.scenario.warnings import warnings_in

__all__ = [
    "Scenario",
    "library",
    "library_path",
    "load_experiment",
    "load_scenario",
    "load_variants",
    "scenario_hash",
    "scenario_schema",
    "warnings_in",
]
