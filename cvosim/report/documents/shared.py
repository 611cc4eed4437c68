"""What several reports have in common: how a result was made, and tables of settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cvosim.report.tables import Cell, Table

if TYPE_CHECKING:
    from cvosim.scenario import Scenario


def made_of(
    scenarios: Sequence[Scenario] = (),
    files: Iterable[str | Path | None] = (),
    **further: object,
) -> dict[str, object]:
    """Say what it takes to get the same result again.

    Parameters
    ----------
    scenarios : sequence of Scenario
        As simulated; each with the hash of all its values.
    files : iterable of str or Path
        Data that were read: of each its name, without folders, and its SHA-256.
    **further
        Anything else, such as the seed; what is None is left out.

    Returns
    -------
    dict
        Flat, ready for JSON and the same on a second run: no times, no folders.

    Examples
    --------
    >>> from cvosim import load_scenario
    >>> made = made_of([load_scenario("carpet_cleaning")], seed=7)
    >>> made["scenario"], made["seed"], len(str(made["scenario_hash"]))
    ('Carpet cleaning', 7, 64)
    """
    from cvosim.scenario.scenario import scenario_hash
    from cvosim.tables.manifest import TRAJECTORY_VERSION

    found: dict[str, object] = {}
    for place, one in enumerate(scenarios, 1):
        end = "" if place == 1 else f"_{place}"
        found |= {f"scenario{end}": one.name, f"scenario_hash{end}": scenario_hash(one)}
    for place, path in enumerate((Path(file) for file in files if file is not None), 1):
        end = "" if place == 1 else f"_{place}"
        found |= {f"file{end}": path.name, f"file_sha256{end}": _sha256(path)}
    found |= {name: value for name, value in further.items() if value is not None}
    return {**found, "trajectory_version": TRAJECTORY_VERSION, **_versions()}


def _sha256(path: Path) -> str:
    import hashlib

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _versions() -> dict[str, object]:
    """Versions of what computes."""
    from cvosim import __version__
    from cvosim.tables.versions import versions_of

    known = {"cvosim": __version__, **versions_of("numpy", "scipy", "numba", "matplotlib")}
    return {f"version_{name}": number for name, number in known.items()}


def settings_table(title: str, values: Mapping[str, object]) -> Table:
    """List what was asked for, one setting a line; what is None or empty is left out.

    Examples
    --------
    >>> print(settings_table("Design", {"looks": 4, "covariate": None}).to_text())
    Design
    <BLANKLINE>
    setting  value
    -------  -----
    looks    4
    """
    given = {name: value for name, value in values.items() if value not in (None, "", ())}
    lines = [(name, settings_text(value)) for name, value in given.items()]
    return Table(("setting", "value"), tuple(lines), tuple(lines), title)


def settings_text(value: object) -> str:
    """Write a setting as people read it.

    Examples
    --------
    >>> settings_text(True), settings_text(0.05), settings_text((14, 28)), settings_text(20_000)
    ('yes', '0.05', '14, 28', '20,000')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if value == round(value) and abs(value) < 1e15 else f"{value:.6g}"
    if isinstance(value, (tuple, list)):
        return ", ".join(settings_text(part) for part in value)
    return str(value)


def figure_table(
    header: Sequence[str], rows: Iterable[Sequence[Cell]], shown: Iterable[Sequence[str]]
) -> Table:
    """Make the table of the numbers that a figure draws."""
    return Table(tuple(header), tuple(map(tuple, rows)), tuple(map(tuple, shown)))


def key_of(name: str, place: int) -> str:
    """Give the ``place``-th figure of its kind a key of its own, from 0.

    Examples
    --------
    >>> key_of("effects", 0), key_of("effects", 1)
    ('effects', 'effects_2')
    """
    return name if place == 0 else f"{name}_{place + 1}"
