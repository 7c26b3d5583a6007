"""Options that several verbs on chromatin states have."""

from pathlib import Path
from typing import Annotated

import typer

BinSize = Annotated[int, typer.Option("--bin-size", "-b", min=1, help="Width of a bin in bp.")]
ChromSizes = Annotated[Path | None, typer.Option("--chrom-sizes", help="Contig lengths; for a table, and for bigWigs.")]
Cells = Annotated[list[str] | None, typer.Option("--cells", help="Only these cell types (a,b).")]
Sets = Annotated[list[Path] | None, typer.Option("--sets", help="BED files, or folders of them, for fold enrichments.")]
Anchors = Annotated[
    list[Path] | None, typer.Option("--anchors", help="Starts of genes and the like, for what lies around them.")
]
Locus = Annotated[list[str] | None, typer.Option("--locus", help="Stretch to draw, e.g. chr11:65,000,001-65,200,000.")]
Genes = Annotated[Path | None, typer.Option("--genes", help="GTF, GFF3, BED or genePred, drawn above.")]
