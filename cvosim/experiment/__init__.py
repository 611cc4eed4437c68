"""Questions put to simulated customers: comparisons, experiments, sweeps, the laboratory.

>>> from cvosim.experiment import SplitTest
>>> from cvosim.scenario import load_experiment
>>> test = SplitTest.of(load_experiment("tripwire_price_test"))
>>> result = test.run(customers=5000)
>>> result.finding("conversion.tripwire", "lower_price").effect.difference > 0
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvosim.lazy import lazily

if TYPE_CHECKING:
    from cvosim.experiment.baseline.checking import check, record
    from cvosim.experiment.baseline.findings import Checked
    from cvosim.experiment.baseline.record import Baseline
    from cvosim.experiment.certificate.certify import certify
    from cvosim.experiment.certificate.design import Design, Injected
    from cvosim.experiment.certificate.recommend import recommend
    from cvosim.experiment.certificate.worlds import pool_of_columns
    from cvosim.experiment.duration import plan_duration
    from cvosim.experiment.illustrated import Illustrated, illustrate
    from cvosim.experiment.insight.attribution import attribute
    from cvosim.experiment.insight.parts import Swap
    from cvosim.experiment.insight.segment_truth import segment_lab
    from cvosim.experiment.insight.surrogates import surrogate_lab
    from cvosim.experiment.optimisation.optimise import optimise
    from cvosim.experiment.pool import Pool
    from cvosim.experiment.precision.compare import compare_to_precision
    from cvosim.experiment.precision.run import run_to_precision
    from cvosim.experiment.stopping.race import race
    from cvosim.experiment.streaming import Stream, stream
    from cvosim.experiment.sweeps.design import SweepDesign, sweep_design
    from cvosim.experiment.sweeps.merge import merge_shards
    from cvosim.experiment.sweeps.run import run_sweep
    from cvosim.experiment.sweeps.stored import read_sweep
    from cvosim.experiment.trials.outcomes import outcomes
    from cvosim.experiment.trials.split import SplitTest
    from cvosim.experiment.trials.twin import TwinTest
    from cvosim.experiment.value_of_information.value import value_of_testing

__all__ = [
    "Baseline",
    "Checked",
    "Design",
    "Illustrated",
    "Injected",
    "Pool",
    "SplitTest",
    "Stream",
    "Swap",
    "SweepDesign",
    "TwinTest",
    "attribute",
    "certify",
    "check",
    "compare_to_precision",
    "illustrate",
    "merge_shards",
    "optimise",
    "outcomes",
    "plan_duration",
    "pool_of_columns",
    "race",
    "read_sweep",
    "recommend",
    "record",
    "run_sweep",
    "run_to_precision",
    "segment_lab",
    "stream",
    "surrogate_lab",
    "sweep_design",
    "value_of_testing",
]

_HOME = {
    "Baseline": "cvosim.experiment.baseline.record",
    "Checked": "cvosim.experiment.baseline.findings",
    "Design": "cvosim.experiment.certificate.design",
    "Illustrated": "cvosim.experiment.illustrated",
    "Injected": "cvosim.experiment.certificate.design",
    "Pool": "cvosim.experiment.pool",
    "SplitTest": "cvosim.experiment.trials.split",
    "Stream": "cvosim.experiment.streaming",
    "Swap": "cvosim.experiment.insight.parts",
    "SweepDesign": "cvosim.experiment.sweeps.design",
    "TwinTest": "cvosim.experiment.trials.twin",
    "attribute": "cvosim.experiment.insight.attribution",
    "certify": "cvosim.experiment.certificate.certify",
    "check": "cvosim.experiment.baseline.checking",
    "compare_to_precision": "cvosim.experiment.precision.compare",
    "illustrate": "cvosim.experiment.illustrated",
    "merge_shards": "cvosim.experiment.sweeps.merge",
    "optimise": "cvosim.experiment.optimisation.optimise",
    "outcomes": "cvosim.experiment.trials.outcomes",
    "plan_duration": "cvosim.experiment.duration",
    "pool_of_columns": "cvosim.experiment.certificate.worlds",
    "race": "cvosim.experiment.stopping.race",
    "read_sweep": "cvosim.experiment.sweeps.stored",
    "recommend": "cvosim.experiment.certificate.recommend",
    "record": "cvosim.experiment.baseline.checking",
    "run_sweep": "cvosim.experiment.sweeps.run",
    "run_to_precision": "cvosim.experiment.precision.run",
    "segment_lab": "cvosim.experiment.insight.segment_truth",
    "stream": "cvosim.experiment.streaming",
    "surrogate_lab": "cvosim.experiment.insight.surrogates",
    "sweep_design": "cvosim.experiment.sweeps.design",
    "value_of_testing": "cvosim.experiment.value_of_information.value",
}

__getattr__, __dir__ = lazily(__name__, _HOME, globals())
