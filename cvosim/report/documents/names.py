"""Names that reports need: keys of figures, files without folders, results without times."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePath

_TIMES = frozenset({"started", "seconds", "compile_seconds", "threads"})
_NO_WORD = re.compile(r"[^a-z0-9]+")


def timeless(entries: Mapping[str, object]) -> dict[str, object]:
    """Give a result as plain values without its times: a second run has the same bytes.

    Examples
    --------
    >>> timeless({"metrics": {}, "manifest": {"seed": 7, "started": "2026"}})
    {'metrics': {}, 'manifest': {'seed': 7}}
    """
    found = dict(entries)
    manifest = found.get("manifest")
    if isinstance(manifest, Mapping):
        found["manifest"] = {k: v for k, v in manifest.items() if k not in _TIMES}
    return found


def file_name(source: str) -> str:
    """Name a file without its folders, which are nobody else's.

    Examples
    --------
    >>> file_name("data/orders.csv"), file_name("the simulation")
    ('orders.csv', 'the simulation')
    """
    return PurePath(source).name or source


def keys_of(prefix: str, names: Iterable[str]) -> list[str]:
    """Make a key of each name; names that make the same key are numbered.

    Examples
    --------
    >>> keys_of("over", ["tripwire.price", "tripwire_price"])
    ['over_tripwire_price', 'over_tripwire_price_2']
    """
    found: list[str] = []
    for name in names:
        key = f"{prefix}_{_NO_WORD.sub('_', name.lower()).strip('_')}".rstrip("_")
        unique, number = key, 2
        while unique in found:
            unique, number = f"{key}_{number}", number + 1
        found.append(unique)
    return found
