"""``cisgram hic zoom``: a map at several resolutions, in one file."""

from pathlib import Path
from typing import Annotated

import typer

from cisgram.cli.hic.balance import Contacts, MadMax, MinCount, MinPixels
from cisgram.cli.hic.options import Chroms, IgnoreDiagonals, Map, Resolution
from cisgram.cli.session import Json, Quiet, session


def zoom(
    map_file: Map,
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write (.mcool).")],
    resolution: Resolution = None,
    resolutions: Annotated[
        list[str] | None,
        typer.Option("--to", help="Widths of bins in bp, commas between (default: doubled down to 200 bins)."),
    ] = None,
    chroms: Chroms = None,
    balance: Annotated[bool, typer.Option("--balance/--no-balance", help="Balance each of them.")] = True,
    contacts: Contacts = "all",
    ignore_diagonals: IgnoreDiagonals = 2,
    mad_max: MadMax = 5,
    min_pixels: MinPixels = 10,
    min_count: MinCount = 0,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Make wider bins of a map by adding up contacts, balance each width, and write all as one .mcool."""
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.cli.experiment.options import split_words
        from cisgram.cli.hic.inputs import open_map
        from cisgram.errors import ConfigError
        from cisgram.hic.balance import BalanceConfig, balanced_levels
        from cisgram.hic.zoom import doubled_resolutions, zoom_levels
        from cisgram.io.cool import write_mcool

        source = open_map(map_file, resolution=resolution, chroms=chroms, weight="none")
        words = split_words(resolutions)
        if wrong := [word for word in words if not word.isdecimal()]:
            raise ConfigError(f"--to takes widths of bins in bp, such as 10000,20000; got {wrong[0]!r}")
        wanted = [int(word) for word in words] or doubled_resolutions(source.bins)
        config = BalanceConfig(
            contacts=contacts,
            ignore_diagonals=ignore_diagonals,
            mad_max=mad_max,
            min_pixels=min_pixels,
            min_count=min_count,
        )
        levels = zoom_levels(source, wanted)
        maps = balanced_levels(levels, config) if balance else ((level, {}) for level in levels)
        written = write_mcool(out, maps)
        spoken.say(f"{out}: {', '.join(f'{width:,}' for width in written)} bp{', balanced' if balance else ''}")
        spoken.result = {"out": str(out), "resolutions": written, "balanced": balance}
