"""Group-sequential designs in plain sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvosim.stats.sequential.peeking import false_alarm_rate

if TYPE_CHECKING:
    from cvosim.stats.sequential.design import GroupSequential


def design_in_words(design: GroupSequential) -> str:
    """Say what a design does and what it costs, a sentence a line.

    Examples
    --------
    >>> from cvosim.stats.sequential.planning import group_sequential
    >>> print(design_in_words(group_sequential(2)))
    A two-sided test with 2 looks, at 50 % and 100 % of the data.
    It finds an effect that is not there in 5 % of tests (obrien_fleming), and the one it is made
    for in 80 %.
    It stops for an effect of either sign when |z| reaches 2.963 (p = 0.00305), 1.969 (p = 0.049).
    It takes at most 1.004 times the data of a test with one look: on average 1.002 times
    without an effect, 0.921 times with the one it is made for.
    The same looks at 5 % each would find an effect that is not there in 8.3 % of tests.
    """
    one = design.sides == 1
    shares = [f"{100 * look:.3g}" for look in design.looks]
    count = "1 look" if len(shares) == 1 else f"{len(shares)} looks"
    lines = [
        f"A {'one' if one else 'two'}-sided test with {count}, at {_listed(shares)} of the data.",
        f"It finds an effect that is not there in {100 * design.alpha:g} % of tests"
        f" ({design.spending}), and the one it is made for in {100 * (1 - design.beta):g} %.",
        f"It stops for an effect {'above 0' if one else 'of either sign'} when"
        f" {'z' if one else '|z|'} reaches {_bounds(design)}.",
    ]
    if design.bounds.futility is not None:
        lines.append(_futility(design))
    lines.append(
        f"It takes at most {design.inflation:.3f} times the data of a test with one look: on"
        f" average {design.expected_sample():.3f} times without an effect,"
        f" {design.expected_sample(design.drift):.3f} times with the one it is made for."
    )
    if len(shares) > 1:
        rate = false_alarm_rate(design.looks, alpha=design.alpha, sides=design.sides)
        lines.append(
            f"The same looks at {100 * design.alpha:g} % each would find an effect that is not"
            f" there in {100 * rate:.1f} % of tests."
        )
    return "\n".join(lines)


def _bounds(design: GroupSequential) -> str:
    pairs = zip(design.bounds.upper, design.nominal_p, strict=True)
    return ", ".join(_some([f"{z:.3f} (p = {p:.3g})" for z, p in pairs]))


def _futility(design: GroupSequential) -> str:
    bounds = (design.bounds.futility or ())[:-1]
    below = "z" if design.sides == 1 else "|z|"
    must = "must stop" if design.binding else "may stop"
    listed = ", ".join(_some([f"{z:.3f}" for z in bounds])) or "the last bound"
    return f"It {must} without an effect when {below} is below {listed} ({design.futility})."


def _listed(shares: list[str]) -> str:
    named = _some([f"{share} %" for share in shares])
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


def _some(texts: list[str]) -> list[str]:
    """First and last of a long list: more than a line of numbers says nothing."""
    return texts if len(texts) <= 6 else [*texts[:3], "…", *texts[-2:]]
