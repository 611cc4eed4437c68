"""A baseline and one variant, however a person names them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cvosim.errors import DataError

if TYPE_CHECKING:
    from cvosim.scenario import Scenario

_LONG = 60
"""Letters of changes beyond which they are only counted."""


def baseline_and_variant(
    base: str, variant: str | None, overrides: tuple[str, ...]
) -> tuple[Scenario, Scenario]:
    """Load BASE, and what it is compared with.

    With VARIANT, overrides change both. With neither, control and the first treatment of BASE's
    experiment are taken. Else the one variant that BASE lists is; if it lists none, BASE with the
    overrides is the variant.

    Raises
    ------
    DataError
        When BASE lists several variants.
    UsageError
        When there is nothing to compare with.
    """
    from cvosim.scenario import load_experiment, load_scenario, load_variants

    if variant is not None:
        one, other = (load_scenario(source, overrides) for source in (base, variant))
        if one.name == other.name:
            other = other.model_copy(update={"name": f"{other.name} ({variant})"[:200]})
        return one, other
    if not overrides and load_scenario(base).experiment is not None:
        control, treatment, *_ = load_experiment(base).scenarios
        return control, treatment
    listed = load_variants(base, overrides)
    if len(listed) > 1:
        names = ", ".join(f'"{one.name}"' for one in listed)
        raise DataError(f"{base}: lists several variants ({names}); name one file as VARIANT")
    if listed:
        return load_scenario(base, overrides), listed[0]
    if not overrides:
        raise click.UsageError(
            "Nothing to compare with: name a VARIANT, list one or an experiment in the file, or "
            "give changes such as -S journey.tripwire.price=19."
        )
    plain, changed = load_scenario(base), load_scenario(base, overrides)
    if changed.name != plain.name:  # -S name=... says what to call it
        return plain, changed
    words = ", ".join(overrides)
    words = words if len(words) <= _LONG else f"{len(overrides)} changes"
    return plain, changed.model_copy(update={"name": f"{plain.name} with {words}"[:200]})
