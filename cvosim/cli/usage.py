"""Wrong usage in one line: which word is wrong, and what it must be."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

import click


def in_one_line(error: click.ClickException, args: Sequence[str]) -> str:
    """Say what is wrong with the words of a command line.

    Parameters
    ----------
    error : ClickException
        What click has against them.
    args : sequence of str
        The words after ``cvosim``, to call an option by the name that was typed.

    Returns
    -------
    str
        ``-n abc: must be a whole number``, or, where no value is to blame,
        ``cvosim run: missing argument SCENARIO (see cvosim run --help)``.

    Examples
    --------
    >>> in_one_line(click.UsageError("Nothing to compare with."), ())
    'cvosim: nothing to compare with (see cvosim --help)'
    """
    missing = isinstance(error, click.MissingParameter)
    if isinstance(error, click.BadParameter) and not missing and error.param is not None:
        return f"{_typed(error.param, args)} {_on_one_line(error.message)}"
    context = getattr(error, "ctx", None)
    words = ("cvosim", *args[:1]) if args and not args[0].startswith("-") else ("cvosim",)
    command = context.command_path if context is not None else " ".join(words)
    return f"{command}: {_problem(error)} (see {command} --help)"


def _problem(error: click.ClickException) -> str:
    if isinstance(error, click.MissingParameter) and error.param is not None:
        if isinstance(error.param, click.Argument):
            name = error.param.make_metavar(error.ctx) if error.ctx else error.param.name
            return f"missing argument {str(name).strip('[].')}"
        return f"missing option {error.param.opts[-1]}"
    if isinstance(error, click.NoSuchOption):
        near = error.possibilities
        return f"no such option {error.option_name}" + (
            f"; did you mean {near[0]}?" if near else ""
        )
    if isinstance(error, click.BadOptionUsage) and "requires" in error.message:
        return f"{error.option_name} needs a value"
    text = _on_one_line(error.message)
    return f"{text[:1].lower()}{text[1:]}".removesuffix(".")


def _typed(param: click.Parameter, args: Sequence[str]) -> str:
    """Call a parameter as it was typed: ``-n`` or ``--customers``."""
    if isinstance(param, click.Argument):
        return (param.name or "").upper()
    for option in param.opts:
        alone = len(option) == 2
        if any(
            word == option or word.startswith(option if alone else option + "=") for word in args
        ):
            return option
    return param.opts[-1]


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


class Whole(click.types.IntParamType):
    """A whole number, ``least`` or more, also as ``1e9``; else refused in the house's words."""

    def __init__(self, least: int | None = None) -> None:
        self.least = least

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Give the number."""
        try:
            number = _whole(str(value))
        except (ValueError, OverflowError):
            self.fail(f"{value}: must be a whole number", param, ctx)
        if self.least is not None and number < self.least:
            self.fail(f"{value}: must be at least {self.least}", param, ctx)
        return number


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        number = float(text)
        if not number.is_integer():
            raise
        return int(number)


class OneOf(click.Choice):  # type: ignore[type-arg]  # generic only since click 8.2
    """One of a few words; a near miss is answered with a suggestion."""

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Give the word."""
        words = [str(choice) for choice in self.choices]
        if value not in words:
            near = get_close_matches(str(value), words, n=1)
            hint = f'; did you mean "{near[0]}"?' if near else ""
            self.fail(f"{value}: must be one of {', '.join(words)}{hint}", param, ctx)
        return str(value)
