"""What to say where few buyers carry the money."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvosim.metrics.carried import FEW_BUYERS, ROUGH_BUYERS

if TYPE_CHECKING:
    from cvosim.metrics.carried import Carried


def too_few_words(found: Carried, what: str) -> str:
    """Say that so few buyers tell nothing.

    Examples
    --------
    >>> from cvosim.metrics.carried import Carried
    >>> too_few_words(Carried(50.0, 1.0, 1.0), "what a prospect is worth")
    'Too few buyers (1) to tell what a prospect is worth: simulate more.'
    """
    like = f", so unequal that they count as {found.effective:,.0f}"
    unequal = like if found.buyers >= FEW_BUYERS else ""
    return f"Too few buyers ({found.buyers:,.0f}{unequal}) to tell {what}: simulate more."


def rough_words(found: Carried) -> str:
    """Warn where the numbers are rough; nothing where they are not.

    Examples
    --------
    >>> from cvosim.metrics.carried import Carried
    >>> rough_words(Carried(2000.0, 99.0, 60.0)), rough_words(Carried(1e5, 5000.0, 1000.0))
    ('These numbers are rough: carried by 99 buyers.', '')
    """
    if not found.rough:
        return ""
    text = f"These numbers are rough: carried by {found.buyers:,.0f} buyers"
    if found.buyers >= ROUGH_BUYERS or 2 * found.effective < found.buyers:
        text += f", so unequal that they count as {found.effective:,.0f}"
    return f"{text}."
