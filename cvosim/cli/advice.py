"""Warnings on standard error: what a person should know and no exit code speaks of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from cvosim.scenario import Scenario


def warn(*scenarios: Scenario) -> None:
    """Say what is allowed in these scenarios and yet seldom meant.

    Parameters
    ----------
    *scenarios : Scenario
        What holds for all of them is said once, what holds for some with their names.

    Raises
    ------
    CvosimError
        If one cannot be compiled.
    """
    from cvosim.experiment.warnings import warnings_of

    found = [warnings_of(scenario) for scenario in scenarios]
    for text in dict.fromkeys(one for those in found for one in those):
        if all(text in those for those in found):
            print_warning(text)
            continue
        for scenario, those in zip(scenarios, found, strict=True):
            if text in those:
                print_warning(f"{scenario.name}: {text}")


def print_warning(text: str) -> None:
    """Print one warning, of as many lines as it has."""
    click.echo(f"warning: {text}", err=True)
