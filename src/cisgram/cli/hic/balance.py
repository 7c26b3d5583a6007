"""``cisgram hic balance``: weights of a map after which every bin meets as many contacts."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cisgram.cli.hic.options import IgnoreDiagonals, Resolution
from cisgram.cli.session import Json, Quiet, session

if TYPE_CHECKING:
    import pandas as pd

    from cisgram.hic.balance import Balance, BalanceConfig

MinPixels = Annotated[int, typer.Option("--min-pixels", min=0, help="Mask bins with fewer pixels that are not zero.")]
MinCount = Annotated[float, typer.Option("--min-count", min=0, help="Mask bins with fewer contacts.")]
MadMax = Annotated[
    float, typer.Option("--mad-max", min=0, help="Mask bins of low coverage, in median absolute deviations; 0: none.")
]
Contacts = Annotated[
    Literal["all", "cis", "trans"],
    typer.Option("--contacts", help="All at once, those within each contig by themselves, or those between contigs."),
]
Blacklist = Annotated[Path | None, typer.Option("--blacklist", help="BED of places whose bins are masked.")]


def balance(
    path: Annotated[Path, typer.Argument(metavar="MAP", help="A .cool or .mcool file.", show_default=False)],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Copy of the file with the weights.")] = None,
    in_place: Annotated[bool, typer.Option("--in-place", help="Put the weights into the file itself.")] = False,
    resolution: Resolution = None,
    contacts: Contacts = "all",
    ignore_diagonals: IgnoreDiagonals = 2,
    mad_max: MadMax = 5,
    min_pixels: MinPixels = 10,
    min_count: MinCount = 0,
    tolerance: Annotated[float, typer.Option("--tolerance", help="Variance of the bins' sums to stop at.")] = 1e-5,
    max_iterations: Annotated[int, typer.Option("--max-iterations", min=1, help="Most rounds.")] = 200,
    blacklist: Blacklist = None,
    name: Annotated[str, typer.Option("--name", help="Column of the bins to write.")] = "weight",
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Balance a contact map by iterative correction (ICE), as cooler does; of an .mcool, every resolution.

    The weights are written to a copy (--out) or into the file itself (--in-place); either appears whole or not at all.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.errors import ConfigError
        from cisgram.hic.balance import BalanceConfig
        from cisgram.io.cool import cool_resolutions, write_weights
        from cisgram.io.tables import read_intervals

        if (out is None) != in_place:
            raise ConfigError("give either --out FILE, for a copy with weights, or --in-place")
        if name in ("chrom", "start", "end"):
            raise ConfigError(f"--name {name} is a column that every map needs; choose another")
        places = cool_resolutions(path)
        if resolution is not None and resolution not in places:
            raise ConfigError(f"{path} has no map of {resolution} bp; it has {', '.join(map(str, places))}")
        masked = None if blacklist is None else read_intervals(blacklist)
        config = BalanceConfig(
            contacts=contacts,
            ignore_diagonals=ignore_diagonals,
            mad_max=mad_max,
            min_pixels=min_pixels,
            min_count=min_count,
            tolerance=tolerance,
            max_iterations=max_iterations,
        )
        chosen = {width: place for width, place in places.items() if resolution in (None, width)}
        found = {width: _balance_one(f"{path}::{place}", config, masked) for width, place in chosen.items()}
        written = {chosen[width]: (one.weights, one.attributes()) for width, one in found.items()}
        write_weights(path, written, out=out, name=name)
        spoken.result = {"out": str(out or path), "maps": [_row(width, one) for width, one in found.items()]}
        for row in spoken.result["maps"]:
            state = "" if row["converged"] else f", not converged (variance {row['variance']:.2g})"
            spoken.say(
                f"{row['resolution']:,} bp: {row['masked_bins']:,} of {row['bins']:,} bins masked, "
                f"{row['rounds']} rounds{state}"
            )
        spoken.say(f"weights in column {name!r} of {out or path}")


def _balance_one(uri: str, config: "BalanceConfig", blacklist: "pd.DataFrame | None") -> "Balance":
    """Balance one map of a file."""
    from cisgram.hic.balance import balance as find_weights
    from cisgram.hic.balance import bins_touched
    from cisgram.io.cool import open_cool

    source = open_cool(uri, weight=None)
    masked = () if blacklist is None else bins_touched(blacklist, source.bins)
    return find_weights(source, config, blacklist=masked)


def _row(width: int, found: "Balance") -> dict[str, Any]:
    """What came out, for people and programs."""
    import numpy as np

    return {
        "resolution": width,
        "bins": len(found.weights),
        "masked_bins": int(np.isnan(found.weights).sum()),
        "rounds": int(found.table["n_iterations"].max()),
        "variance": float(found.table["variance"].max()),
        "converged": bool(found.table["converged"].all()),
    }
