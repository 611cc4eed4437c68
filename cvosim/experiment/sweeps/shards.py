"""A sweep in several parts, each run by itself: for clusters that only know job arrays."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import DataError
from cvosim.experiment.sweeps.tasks import Line


class Shard(NamedTuple):
    """One of the parts that a sweep is split into.

    Attributes
    ----------
    number : int
        Which, counted from 1.
    of : int
        How many there are.

    Examples
    --------
    >>> str(Shard(3, 10)), Shard(3, 10).folder
    ('3/10', 'shard-3-of-10')
    """

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    @property
    def folder(self) -> str:
        """Name of its store within the store of the sweep."""
        return f"shard-{self.number}-of-{self.of}"

    def places(self, line: Line) -> NDArray[np.int64]:
        """Find the shard's tasks: every N-th point; or a stretch of the line, if points are few.

        Examples
        --------
        >>> Shard(2, 3).places(Line(points=7, replicates=1, customers=10, common_luck=True))
        array([1, 4])
        >>> Shard(2, 3).places(Line(points=1, replicates=6, customers=10, common_luck=True))
        array([2, 3])
        """
        if line.points >= self.of:
            points = np.arange(self.number - 1, line.points, self.of)
            return (points[:, None] * line.a_point + np.arange(line.a_point)).ravel()
        cuts = [len(line) * number // self.of for number in (self.number - 1, self.number)]
        return np.arange(*cuts)


def parse_shard(text: str) -> Shard:
    """Read ``3/10``, the third of ten.

    Raises
    ------
    DataError
        For anything else.

    Examples
    --------
    >>> parse_shard("3/10")
    Shard(number=3, of=10)
    """
    found = re.fullmatch(r"\s*(\d+)\s*/\s*(\d+)\s*", text)
    shard = Shard(int(found[1]), int(found[2])) if found else Shard(0, 0)
    return checked(shard, text)


def checked(shard: Shard, text: str = "") -> Shard:
    """Refuse a shard that cannot be."""
    if not 1 <= shard.number <= shard.of:
        raise DataError(
            f"shard: must be i/N with i from 1 to N, such as 3/10 for the third of ten "
            f"(got {text or shard})"
        )
    return shard


def shard_folders(store: Path) -> list[Path]:
    """Folders of shards within the store of a sweep, by their number."""
    found = [(m, path) for path in store.iterdir() if (m := _FOLDER.fullmatch(path.name))]
    return [path for match, path in sorted(found, key=lambda each: int(each[0][1]))]


_FOLDER = re.compile(r"shard-(\d+)-of-(\d+)")


def is_shard_folder(name: str) -> bool:
    """Whether a folder's name is that of a shard."""
    return _FOLDER.fullmatch(name) is not None
