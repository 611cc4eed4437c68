"""Questions put to simulated customers: comparisons, experiments, calibration, the laboratory.

Examples
--------
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
    from cvosim.experiment.certificate.certify import certify
    from cvosim.experiment.certificate.design import Design, Injected
    from cvosim.experiment.certificate.recommend import recommend
    from cvosim.experiment.certificate.worlds import pool_of_columns
    from cvosim.experiment.duration import plan_duration
    from cvosim.experiment.insight.attribution import attribute
    from cvosim.experiment.insight.parts import Swap
    from cvosim.experiment.insight.segment_truth import segment_lab
    from cvosim.experiment.insight.surrogates import surrogate_lab
    from cvosim.experiment.pool import Pool
    from cvosim.experiment.stopping.race import race
    from cvosim.experiment.trials.outcomes import outcomes
    from cvosim.experiment.trials.split import SplitTest
    from cvosim.experiment.trials.twin import TwinTest
    from cvosim.experiment.value_of_information.value import value_of_testing

__all__ = [
    "Design",
    "Injected",
    "Pool",
    "SplitTest",
    "Swap",
    "TwinTest",
    "attribute",
    "certify",
    "outcomes",
    "plan_duration",
    "pool_of_columns",
    "race",
    "recommend",
    "segment_lab",
    "surrogate_lab",
    "value_of_testing",
]

_HOME = {
    "Design": "cvosim.experiment.certificate.design",
    "Injected": "cvosim.experiment.certificate.design",
    "Pool": "cvosim.experiment.pool",
    "SplitTest": "cvosim.experiment.trials.split",
    "Swap": "cvosim.experiment.insight.parts",
    "TwinTest": "cvosim.experiment.trials.twin",
    "attribute": "cvosim.experiment.insight.attribution",
    "certify": "cvosim.experiment.certificate.certify",
    "outcomes": "cvosim.experiment.trials.outcomes",
    "plan_duration": "cvosim.experiment.duration",
    "pool_of_columns": "cvosim.experiment.certificate.worlds",
    "race": "cvosim.experiment.stopping.race",
    "recommend": "cvosim.experiment.certificate.recommend",
    "segment_lab": "cvosim.experiment.insight.segment_truth",
    "surrogate_lab": "cvosim.experiment.insight.surrogates",
    "value_of_testing": "cvosim.experiment.value_of_information.value",
}

__getattr__, __dir__ = lazily(__name__, _HOME, globals())
