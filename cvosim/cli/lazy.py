"""A group of commands of which each is imported when it is called."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from typing import Any

import click


class LazyGroup(click.Group):
    """Finds the command ``x`` as the attribute ``command`` of the module ``folder.x``.

    Parameters
    ----------
    folder : str
        The package that holds one module a command.
    names : tuple of str
        The commands, in the order of the help page.
    **settings
        Whatever :class:`click.Group` takes.
    """

    def __init__(self, *, folder: str, names: tuple[str, ...], **settings: Any) -> None:
        super().__init__(**settings)
        self.folder = folder
        self.names = names

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the names in the order of the help page."""
        return list(self.names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command; None when there is none of that name."""
        if cmd_name not in self.names:
            return None
        command = import_module(f"{self.folder}.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or name the nearest one."""
        name = args[0]
        if name not in self.names and not name.startswith("-"):
            near = get_close_matches(name, self.names, n=1)
            hint = f'; did you mean "{near[0]}"?' if near else ""
            raise click.UsageError(f'no such command "{name}"{hint}', ctx)
        return super().resolve_command(ctx, args)
