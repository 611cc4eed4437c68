"""Results for machines: JSON, with the version of its form first."""

from __future__ import annotations

import json
from collections.abc import Mapping

SCHEMA_VERSION = 1
"""Of everything that is given as JSON."""


def as_json(values: Mapping[str, object], *, indent: int | None = 2) -> str:
    """Write a result as JSON, with the version of its form first.

    Parameters
    ----------
    values : mapping
        Ready for JSON.
    indent : int or None
        None for one line.

    Examples
    --------
    >>> print(as_json({"name": "Café"}))
    {
      "schema_version": 1,
      "name": "Café"
    }
    """
    whole = {"schema_version": SCHEMA_VERSION, **values}
    return json.dumps(
        whole,
        indent=indent,
        allow_nan=False,
        ensure_ascii=False,
        separators=(",", ":") if indent is None else None,
    )
