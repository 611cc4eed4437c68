"""What can go wrong because of what a person wrote, as opposed to a bug in cvosim."""

from __future__ import annotations

import re
from dataclasses import dataclass

_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
"""What would end the line: YAML allows it in keys, and file systems in names."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with something a person wrote, and where.

    As text it is one line, whatever the person wrote: a CI system may obey some lines.

    Attributes
    ----------
    message : str
        What is wrong, what is allowed, and what to write instead.
    file : str
        The file, ``-S`` or an argument's name; empty when there is none.
    line, column : int
        Counted from 1; 0 when there is no place to point at.
    path : str
        Dotted path inside the file, such as ``journey.tripwire.price``.

    Examples
    --------
    >>> print(Problem("must be at least 0 (got -5)", "a.yaml", 3, 5, "journey.tripwire.price"))
    a.yaml:3:5: journey.tripwire.price: must be at least 0 (got -5)
    """

    message: str
    file: str = ""
    line: int = 0
    column: int = 0
    path: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        whole = ": ".join(part for part in (place, self.path, self.message) if part)
        return _BREAKS.sub(" ", whole)


class CvosimError(Exception):
    """Base of every error that is explained to the user without a traceback.

    Examples
    --------
    >>> issubclass(ScenarioError, CvosimError)
    True
    """


class ScenarioError(CvosimError):
    """A scenario, variant or override that cannot be used; holds every problem found.

    Attributes
    ----------
    problems : tuple of Problem
        In the order of the file.

    Examples
    --------
    >>> from cvosim import load_scenario
    >>> try:
    ...     load_scenario("carpet_cleaning", ["journey.tripwire.conversion=2"])
    ... except ScenarioError as error:
    ...     print(error.problems[0].message)
    must be between 0 and 1 (got 2); 2 % is 0.02
    """

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class DataError(CvosimError):
    """A data file (orders, tables, results) that cannot be read, understood or written.

    Examples
    --------
    >>> from cvosim import calibrate
    >>> try:
    ...     calibrate("carpet_cleaning", "nowhere.csv")
    ... except DataError as error:
    ...     print(error)
    nowhere.csv: no such file
    """
