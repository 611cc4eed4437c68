"""``cvosim sweep merge``: the shards of a sweep become one result."""

from __future__ import annotations

from pathlib import Path

import click

from cvosim.cli import ExitCode
from cvosim.cli.files import write_result
from cvosim.cli.options import Result, path_option, result_options
from cvosim.cli.rendering import save_picture
from cvosim.cli.sweep.run import sweep_text


@click.command("merge", short_help="Join the shards of a sweep.")
@click.argument("folders", nargs=-1, required=True, metavar="FOLDER...",
                type=click.Path(path_type=Path))  # fmt: skip
@path_option("--store", metavar="FOLDER",
             text="Where to put the whole.  [default: the first FOLDER]")  # fmt: skip
@result_options
def command(folders: tuple[Path, ...], store: Path | None, result: Result) -> int:
    """Join what `cvosim sweep ... --shard i/N` left in each FOLDER.

    Name the one folder that all shards share, or the folder of each. The results are those of a
    sweep that was run as a whole, hash and all. Shards that are missing are named.
    """
    result.check([])
    from cvosim.experiment.sweeps.merge import merge_shards

    done = merge_shards(folders, folders[0] if store is None else store)
    if result.picture is not None:
        from cvosim.report.sweep_picture import sweep_picture

        save_picture(sweep_picture(done), result.picture)
    write_result(sweep_text(done, result.form()), result.output)
    return ExitCode.PARTIAL if done.errors else ExitCode.OK
