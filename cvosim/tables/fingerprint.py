"""One hash for all bits of some tables: equal hashes, equal lives."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


def trajectory_hash(*tables: Iterable[NDArray[np.generic]]) -> str:
    """Return the SHA-256 of all columns of some tables.

    Parameters
    ----------
    *tables : iterable of ndarray
        Such as the columns of a customer table, of the referred and of an event table; order,
        types and shapes count, and so does every bit but those of a NaN.

    Returns
    -------
    str
        64 hexadecimal digits.

    Examples
    --------
    >>> import numpy as np
    >>> one, other = np.array([1.0, np.nan]), np.array([1.0, -np.nan])
    >>> trajectory_hash([one]) == trajectory_hash([other])
    True
    >>> trajectory_hash([one]) == trajectory_hash([np.array([1.0, 2.0])])
    False
    """
    digest = hashlib.sha256()
    for table in tables:
        for column in table:
            digest.update(f"{column.dtype} {column.shape}".encode())
            is_float = column.dtype == np.float64
            values = np.where(np.isnan(column), np.nan, column) if is_float else column
            digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()
