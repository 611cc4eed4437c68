"""How this machine rounds: the last bits of `exp` and `log` belong to its C library."""

from __future__ import annotations

import hashlib
import math
import struct


def rounding_hash() -> str:
    """Return the SHA-256 of this machine's `exp` and `log` at 20,000 places.

    Machines with equal hashes give equal trajectories; others agree but for rare last bits.

    Returns
    -------
    str
        64 hexadecimal digits.

    Examples
    --------
    >>> len(rounding_hash())
    64
    """
    places = [i / 700 for i in range(1, 20_001)]
    values = [*map(math.exp, places), *map(math.log, places)]
    return hashlib.sha256(struct.pack(f"<{len(values)}d", *values)).hexdigest()
