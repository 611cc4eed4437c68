"""Which factors move what a plan earns, and where it loses money.

Examples
--------
>>> from cvosim.experiment.sensitivity import Question, tornado
>>> question = Question.of("carpet_cleaning", customers=2000,
...                        paths=["journey.core_offer.price", "journey.tripwire.unit_cost"])
>>> tornado(question).bars[0].path
'journey.core_offer.price'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvosim.lazy import lazily

if TYPE_CHECKING:
    from cvosim.experiment.sensitivity.dependence import partial_dependence
    from cvosim.experiment.sensitivity.discovery import discover
    from cvosim.experiment.sensitivity.drawn import draw
    from cvosim.experiment.sensitivity.elasticity import elasticities
    from cvosim.experiment.sensitivity.losing import Losing
    from cvosim.experiment.sensitivity.one_at_a_time import tornado
    from cvosim.experiment.sensitivity.question import Question, Running
    from cvosim.experiment.sensitivity.sample import Sample
    from cvosim.experiment.sensitivity.sobol import sobol_indices

__all__ = [
    "Losing",
    "Question",
    "Running",
    "Sample",
    "discover",
    "draw",
    "elasticities",
    "partial_dependence",
    "sobol_indices",
    "tornado",
]

_IN = "cvosim.experiment.sensitivity"
_HOME = {
    "Losing": f"{_IN}.losing",
    "Question": f"{_IN}.question",
    "Running": f"{_IN}.question",
    "Sample": f"{_IN}.sample",
    "discover": f"{_IN}.discovery",
    "draw": f"{_IN}.drawn",
    "elasticities": f"{_IN}.elasticity",
    "partial_dependence": f"{_IN}.dependence",
    "sobol_indices": f"{_IN}.sobol",
    "tornado": f"{_IN}.one_at_a_time",
}

__getattr__, __dir__ = lazily(__name__, _HOME, globals())
