"""``cisgram peaks compare``: peaks against others, and scores per base against peaks."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cisgram import __version__
from cisgram.cli.session import Json, Quiet, session

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from cisgram.peaks.blocks import GenomeBlocks


def compare(
    peaks: Annotated[
        list[Path],
        typer.Argument(help="Peaks (BED, narrowPeak), or bigWigs with a score per base, to judge.", show_default=False),
    ],
    truth: Annotated[Path, typer.Option("--truth", help="Peaks that are held to be true.")],
    sizes: Annotated[Path, typer.Option("--chrom-sizes", help="Lengths of contigs (chrom.sizes or .fai).")],
    out: Annotated[Path | None, typer.Option("--out", help="Table to write (.tsv or .tsv.gz).")] = None,
    chroms: Annotated[
        list[str] | None,
        typer.Option("--chroms", "-c", help="Only these contigs, commas between, e.g. those never trained on."),
    ] = None,
    regions: Annotated[Path | None, typer.Option("--regions", help="BED: nothing outside is looked at.")] = None,
    resamples: Annotated[int, typer.Option("--resamples", min=0, help="Draws of blocks for the intervals.")] = 200,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the draws.")] = 0,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Compare sets of peaks, or tracks, with peaks that are held to be true.

    Peaks: precision, recall and F1 by peak and by base, Jaccard index, distance of summits. bigWigs: area under the
    precision-recall curve of bases. Intervals (95 %) come from blocks of the genome drawn with replacement.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        import pandas as pd

        from cisgram.cli.experiment.options import split_words
        from cisgram.io.tables import read_chrom_sizes, read_intervals, write_table
        from cisgram.peaks.blocks import genome_blocks

        wanted = _chosen(read_chrom_sizes(sizes), split_words(chroms), sizes)
        within = None if regions is None else read_intervals(regions)
        blocks = genome_blocks(wanted, regions=within, n_resamples=resamples, seed=seed)
        true = read_intervals(truth)
        parts = [_judge(path, true, blocks).assign(input=str(path)) for path in peaks]
        table = pd.concat(parts, ignore_index=True)
        table = table[["input", *table.columns.drop("input")]]
        if out is not None:
            notes = {"cisgram": __version__, "truth": truth, "block_bp": blocks.block_bp, "resamples": resamples}
            write_table(out, table, provenance={**notes, "seed": seed})
        rows = table.astype(object).where(table.notna(), None).to_dict("records")
        spoken.result = {"truth": str(truth), "block_bp": blocks.block_bp, "comparison": rows}
        for row in rows:
            spoken.say(_line(row))


def _chosen(sizes: "Mapping[str, int]", chroms: "Sequence[str]", path: Path) -> dict[str, int]:
    """The contigs that are looked at."""
    from cisgram.errors import ContigError

    if unknown := [name for name in chroms if name not in sizes]:
        raise ContigError(f"{path} has no contig {unknown[0]!r}; it has {', '.join(list(sizes)[:5])}")
    return {name: sizes[name] for name in chroms or sizes}


def _judge(path: Path, truth: "pd.DataFrame", blocks: "GenomeBlocks") -> "pd.DataFrame":
    """One set of peaks, or one track, against the truth."""
    import pandas as pd

    from cisgram.io.reads.coverage_source import is_bigwig, open_coverage_source
    from cisgram.io.tables import read_intervals
    from cisgram.peaks.compare import COMPARISON_COLUMNS, compare_peaks
    from cisgram.peaks.ranking import rank_bases

    if not is_bigwig(path):
        return compare_peaks(read_intervals(path), truth, blocks)
    found = rank_bases(open_coverage_source(path, sizes=blocks.sizes).coverage, truth, blocks)
    rows = [
        ("base_auprc", found.average_precision, found.low, found.high, found.n_bases),
        ("base_auprc_by_chance", found.prevalence, float("nan"), float("nan"), found.n_bases),
    ]
    return pd.DataFrame(rows, columns=list(COMPARISON_COLUMNS))


def _line(row: dict) -> str:
    """A row for people."""
    if row["value"] is None:
        return f"{row['input']}  {row['measure']}: not defined"
    interval = "" if row["low"] is None else f" ({row['low']:.4g} to {row['high']:.4g})"
    return f"{row['input']}  {row['measure']}: {row['value']:.4g}{interval}"
