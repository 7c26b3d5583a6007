"""Intervals of a run's files, in the names of its genome."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from cisgram.genomics.contigs import match_contigs
from cisgram.genomics.genome import Genome
from cisgram.genomics.interval import Interval, interval_table, is_locus
from cisgram.io.tables import check_within, read_intervals
from cisgram.run.folder import Run


def intervals_of(run: Run[Any], genome: Genome, path: str) -> pd.DataFrame:
    """Intervals of a file, contigs called as in the genome; contigs that the genome lacks keep their names.

    Raises
    ------
    InputError
        Where the file is missing or damaged, an interval reaches beyond its contig, or no contig is known.
    """
    table = read_intervals(run.input(path))
    matched = match_contigs(genome.sizes, table["chrom"].unique().tolist(), what=Path(path).name)
    table = table.assign(chrom=[matched.to_genome.get(name, name) for name in table["chrom"]])
    check_within(table[table["chrom"].isin(list(genome.sizes))], genome.sizes, path)
    return table


def excluded_regions(run: Run[Any], genome: Genome, exclude: Sequence[str]) -> pd.DataFrame:
    """Regions that no window may touch, from files and loci; without rows where there are none."""
    loci = [Interval.parse(one) for one in exclude if is_locus(one)]
    tables = [intervals_of(run, genome, path) for path in exclude if not is_locus(path)]
    named = interval_table([one.chrom for one in loci], [one.start for one in loci], [one.end for one in loci])
    return pd.concat([named, *tables], ignore_index=True)
