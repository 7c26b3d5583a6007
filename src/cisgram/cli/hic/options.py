"""Options that several verbs on contact maps have."""

from pathlib import Path
from typing import Annotated

import typer

Map = Annotated[
    str,
    typer.Argument(
        metavar="MAP",
        help="Contact map: .cool, .mcool, .hic, or a place in a file such as map.mcool::/resolutions/10000.",
        show_default=False,
    ),
]
Resolution = Annotated[
    int | None,
    typer.Option("--resolution", "-r", min=1, help="Width of a bin in bp; needed where the file has several."),
]
Chroms = Annotated[
    list[str] | None, typer.Option("--chroms", "-c", help="Only these contigs, with commas between (default: all).")
]
Regions = Annotated[
    list[str] | None,
    typer.Option("--region", help="Locus such as chr1:1-1,000,000, a contig, or a BED file. Repeat for more."),
]
Weight = Annotated[
    str,
    typer.Option("--weight", help="Column of the bins with the weights; 1/weight to divide by them; 'none': counts."),
]
IgnoreDiagonals = Annotated[
    int,
    typer.Option("--ignore-diagonals", min=0, help="First diagonals to leave out: pairs of one fragment, its repairs."),
]
Out = Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")]
