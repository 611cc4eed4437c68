"""Points spread over the factors, simulated: what dependence and discovery look at."""

from __future__ import annotations

from cvosim.experiment.sensitivity.asking import run_points
from cvosim.experiment.sensitivity.question import Question, Running
from cvosim.experiment.sensitivity.sample import Sample

POINTS = 512
"""Points unless asked for others."""


def draw(
    question: Question,
    outcome: str | None = None,
    *,
    points: int = POINTS,
    running: Running | None = None,
) -> Sample:
    """Simulate a scenario at scrambled Sobol points of its factors, each on the same customers.

    Parameters
    ----------
    question : Question
    outcome : str, optional
        The question's first if left out.
    points : int
        A power of two.
    running : Running, optional
        Where and how.

    Raises
    ------
    DataError
        If the outcome is none of the question's.

    Examples
    --------
    >>> question = Question.of("carpet_cleaning", paths=["journey.core_offer.price"],
    ...                        customers=200)
    >>> len(draw(question, points=8))
    8
    """
    from cvosim.experiment.sweeps.design import sobol

    name = question.chosen(outcome)
    listed, _ = sobol(question.factors, points, question.template.scenario.seed)
    return Sample.of(run_points(question, listed, (running or Running()).of("sample")), name)
