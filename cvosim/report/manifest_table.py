"""How to do it again, as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cvosim.report.tables import Table

AGAIN = "How to do this again"


def manifest_table(manifest: Mapping[str, object]) -> Table:
    """List what it takes to get the same numbers.

    Parameters
    ----------
    manifest : mapping
        Of a `Document`. A mapping in it becomes a row each; a list is joined by commas.

    Examples
    --------
    >>> print(manifest_table({"seed": 7, "versions": {"cvosim": "1.0"}}).to_text())
    what             value
    ---------------  -----
    seed             7
    versions cvosim  1.0
    """
    rows = tuple((name.replace("_", " "), text) for name, text in _flat("", manifest))
    return Table(("what", "value"), rows, rows)


def _flat(before: str, values: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        whole = f"{before} {name}".strip()
        if isinstance(value, Mapping):
            yield from _flat(whole, value)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            yield whole, ", ".join(map(str, value))
        else:
            yield whole, "none" if value is None else str(value)
