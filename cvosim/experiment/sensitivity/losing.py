"""What losing means: an outcome on one side of a threshold, as a person writes it."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import DataError
from cvosim.tables.columns import Floats

_WRITTEN = re.compile(r"\s*([\w.]+)\s*(<=|>=|<|>)\s*(\S+)\s*")


class Losing(NamedTuple):
    """A condition on an outcome, such as ``clv_per_prospect < 0``.

    Examples
    --------
    >>> losing = Losing.of("cac > 40")
    >>> losing.holds(np.array([30.0, 50.0])).tolist(), str(losing)
    ([False, True], 'cac > 40')
    """

    outcome: str
    sign: str
    threshold: float

    @classmethod
    def of(cls, text: str) -> Losing:
        """Read what a person wrote.

        Raises
        ------
        DataError
            In words.
        """
        found = _WRITTEN.fullmatch(text)
        try:
            threshold = float(found[3]) if found else math.nan
        except ValueError:
            threshold = math.nan
        if found is None or not math.isfinite(threshold):
            raise DataError(
                f'--losing: must be "NAME < NUMBER" or "NAME > NUMBER", such as '
                f'"clv_per_prospect < 0" (got "{text}")'
            )
        return cls(found[1], found[2], threshold)

    def holds(self, values: Floats) -> NDArray[np.bool_]:
        """Tell where the outcome loses."""
        how = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}
        found: NDArray[np.bool_] = how[self.sign](values, self.threshold)
        return found

    def __str__(self) -> str:
        return f"{self.outcome} {self.sign} {self.threshold:g}"
