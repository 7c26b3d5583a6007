"""Sites of the settings as strengths per bin and strand: from a BED file, by their motifs, or from a ChIP-seq track."""

import logging
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from cisgram.arrays import ContigSites, StrandSites
from cisgram.errors import ConfigError
from cisgram.genomics.contacts import ContactBins
from cisgram.genomics.contigs import match_contigs
from cisgram.genomics.genome import Genome
from cisgram.io.bigwig import bigwig_sizes
from cisgram.io.bigwig.bin_means import read_bigwig_bin_means
from cisgram.io.motifs import read_motifs
from cisgram.motifs.scanning.scan import ScanConfig, scan_genome
from cisgram.run.folder import ContactRun
from cisgram.run.regions import intervals_of

logger = logging.getLogger(__name__)


def sites_input(run: ContactRun) -> Iterator[str]:
    """The file of the sites, if there is one."""
    sites = run.config.sites
    yield from (one for one in (sites.bed, sites.motifs, sites.track) if one)


def site_strengths(run: ContactRun, genome: Genome) -> Mapping[str, ContigSites]:
    """Strength of the sites in every bin of every contig, on the plus and on the minus strand.

    A site counts for the bin of its middle. A signal without strands counts half for each.
    """
    sites, bins = run.config.sites, ContactBins(genome.sizes, run.config.model.bin_size)
    if sites.track:
        return _of_track(run, genome, bins)
    table = intervals_of(run, genome, sites.bed) if sites.bed else _scanned(run, genome)
    table = table[table["chrom"].isin(list(genome.sizes))]
    score = table["score"].fillna(0).to_numpy() if "score" in table else np.zeros(len(table))
    strength = np.where(score > 0, score, 0.0) if (score > 0).any() else np.ones(len(table))
    strand = table["strand"].to_numpy() if "strand" in table else np.full(len(table), ".")
    middle = (table["start"].to_numpy() + table["end"].to_numpy()) // 2 // bins.bin_size
    found = {}
    for chrom in bins.chroms:
        own = table["chrom"].eq(chrom).to_numpy()
        per_strand = [
            np.bincount(
                middle[own],
                weights=(strength * np.where(strand == sign, 1, np.where(strand == ".", 0.5, 0)))[own],
                minlength=bins.count(chrom),
            )
            for sign in "+-"
        ]
        found[chrom] = np.stack(per_strand)
    logger.info("sites: %d", len(table))
    return found


def window_sites(
    strengths: Mapping[str, ContigSites], window: pd.Series, *, crop_bp: int, bin_size: int
) -> StrandSites:
    """The strengths in the bins of a window that are predicted."""
    first, last = (int(window["start"]) + crop_bp) // bin_size, (int(window["end"]) - crop_bp) // bin_size
    return strengths[window["chrom"]][:, first:last]


def _scanned(run: ContactRun, genome: Genome) -> pd.DataFrame:
    """Hits of the motifs; their strength is the score in bits."""
    sites = run.config.sites
    motifs = read_motifs(run.input(sites.motifs))
    if sites.names:
        if unknown := sorted(set(sites.names) - {one.name for one in motifs}):
            raise ConfigError(f"{sites.motifs} has no motif {', '.join(unknown)}; see sites.names")
        motifs = [one for one in motifs if one.name in sites.names]
    return scan_genome(motifs, genome, config=ScanConfig(p_value=sites.p_value)).hits


def _of_track(run: ContactRun, genome: Genome, bins: ContactBins) -> Mapping[str, ContigSites]:
    """Mean signal per bin, half of it for each strand."""
    path = run.input(run.config.sites.track)
    names = match_contigs(genome.sizes, bigwig_sizes(path), what=path.name).to_other
    found = {}
    for chrom in bins.chroms:
        half = np.zeros(bins.count(chrom))
        if chrom in names:
            means = read_bigwig_bin_means(path, names[chrom], length=genome.sizes[chrom], bin_size=bins.bin_size)
            half[: means.size] = means / 2
        found[chrom] = np.stack([half, half])
    return found
