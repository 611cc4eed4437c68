"""Stable numbers for the places in a journey where chance decides."""

from __future__ import annotations

import hashlib
from functools import lru_cache


@lru_cache(maxsize=4096)
def site_id(name: str) -> int:
    """Return the 32-bit number of a named site, part of every random draw's address.

    It depends on the name alone, so a stage that is added, dropped or moved changes no
    other stage's luck. BLAKE2b (RFC 7693) with a 4-byte digest, read little-endian.

    Parameters
    ----------
    name : str
        Such as ``"tripwire/one_room_clean/accept"``; any text, hashed as UTF-8.

    Returns
    -------
    int
        From 0 to 2**32 - 1. Two names meet with probability 2**-32; whoever collects the
        sites of a plan checks that they differ.

    Examples
    --------
    >>> site_id("market/segment") == site_id("market/segment")
    True
    """
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=4).digest(), "little")
