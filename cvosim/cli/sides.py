"""Which scenarios a comparison is about, from the words of a command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from cvosim.scenario import Scenario


def load_sides(
    base: str, variants: Sequence[str], overrides: Sequence[str], *, alone: bool = False
) -> list[Scenario]:
    """Load a baseline and its variants.

    With variants, changes are made to all scenarios. Without any, the variants that the baseline
    itself lists are taken; if it lists none, the baseline with the changes is the variant.

    Parameters
    ----------
    base : str
        File, or name of a library scenario.
    variants : sequence of str
        Likewise.
    overrides : sequence of str
        Changes, as ``journey.tripwire.price=19``.
    alone : bool
        Whether a baseline with nothing to compare it with will do.

    Returns
    -------
    list of Scenario
        Baseline first; their names differ.
    """
    from cvosim.scenario import load_scenario, load_variants

    if variants:
        sources = (base, *variants)
        return _told_apart([load_scenario(source, overrides) for source in sources], sources)
    if listed := load_variants(base, overrides):
        return [load_scenario(base, overrides), *listed]
    if not overrides:
        if alone:
            return [load_scenario(base)]
        raise click.UsageError(
            "Nothing to compare with: name a VARIANT, list variants in the file, "
            "or give a change such as -S journey.tripwire.price=19."
        )
    changed = load_scenario(base, overrides)
    name = f"{changed.name} with {', '.join(overrides)}"[:200]
    return [load_scenario(base), changed.model_copy(update={"name": name})]


def _told_apart(scenarios: list[Scenario], sources: Sequence[str]) -> list[Scenario]:
    """Add the file to a name that several scenarios have, as a calibrated copy and its original."""
    names = [scenario.name for scenario in scenarios]
    return [
        one.model_copy(update={"name": f"{one.name} ({source})"})
        if names.count(one.name) > 1 and sources.count(source) == 1
        else one
        for one, source in zip(scenarios, sources, strict=True)
    ]
