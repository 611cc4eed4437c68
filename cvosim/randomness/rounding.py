"""How this machine rounds: the last bits of `exp` and `log` belong to its C library."""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Iterator

_PLACES = 20_000
_TINIEST = 2.0**-53
"""The smallest uniform that is drawn; the largest lies as far below 1."""


def rounding_hash() -> str:
    """Return the SHA-256 of this machine's `exp` and `log` at 20,000 places each.

    The places cover what draws and formulas ask for: `log` from the smallest uniform to large
    variates, and closely below 1; `exp` wherever its result is a normal number. Machines with
    equal hashes round alike at all of them, so trajectories agree but for a place that nobody
    asked for; others agree but for rare last bits.

    Returns
    -------
    str
        64 hexadecimal digits.

    Examples
    --------
    >>> len(rounding_hash())
    64
    """
    values = [*map(math.exp, _exponents()), *map(math.log, _arguments())]
    return hashlib.sha256(struct.pack(f"<{len(values)}d", *values)).hexdigest()


def _exponents() -> Iterator[float]:
    """Most within what odds, delays and gammas have, the rest up to both ends of the range."""
    near = _PLACES * 3 // 4
    yield from ((i - near / 2 + 0.5) * 80.0 / near for i in range(near))  # -40 to 40
    far = _PLACES - near
    yield from ((i - far / 2 + 0.37) * 1400.0 / far for i in range(far))  # -700 to 700


def _arguments() -> Iterator[float]:
    """Sixty-one powers of two, each with places between it and the next; then closely below 1."""
    each, powers = 260, 61
    whole = each << 53  # whole numbers, so that only one division rounds
    yield from (((each + i) << power) / whole for power in range(powers) for i in range(each))
    left = _PLACES - each * powers
    yield from (1.0 - _TINIEST * (i + 1 + i * i * i * i) for i in range(left))
