"""A simulated genome that folds: sequence, oriented CTCF sites, and replicate contact maps with everything known."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import cisgram
from cisgram.errors import ConfigError
from cisgram.genomics.contacts import ContactBins
from cisgram.genomics.genome import Genome
from cisgram.io.bigwig import write_bigwig
from cisgram.io.fasta import write_fasta
from cisgram.io.files import write_json_atomic
from cisgram.io.meme import write_meme
from cisgram.io.tables import write_bed, write_chrom_sizes, write_table
from cisgram.io.vcf import write_vcf
from cisgram.simulate.cell import contig_sizes
from cisgram.simulate.compartments import CompartmentConfig
from cisgram.simulate.contact_contig import ContactContig, ContigPlan, FoldingConfig, contact_contig
from cisgram.simulate.contact_files import CONTACT_FORMAT, CONTACT_VERSION, ContactFiles, read_contact_truth
from cisgram.simulate.contact_maps import ctcf_signal, write_maps
from cisgram.simulate.contact_truth import (
    bin_table,
    compartment_table,
    planted_boundaries,
    planted_domains,
    planted_loops,
)
from cisgram.simulate.contact_variants import contact_effects, draw_contact_variants
from cisgram.simulate.contacts import ContactExperiment
from cisgram.simulate.extrusion import ExtrusionConfig
from cisgram.simulate.folder import claim_folder, earlier_simulation
from cisgram.simulate.insulators import SiteLayout, insulator_grammar
from cisgram.simulate.streams import named_stream
from cisgram.simulate.truth import suggested_split

_BED6 = ("start", "end", "name", "score", "strand")


@dataclass(frozen=True)
class ContactConfig:
    """What to simulate.

    Parameters
    ----------
    seed
        Seed of everything, 0 or more.
    genome_bp, n_contigs
        Length of the genome and number of contigs.
    n_replicates
        How many maps; they share everything but rings and counts.
    n_variants
        Number of variants with known effects; 0 for none. Each takes about as long as 2,000 bins do.
    layout
        Where sites stand.
    compartments
        What compartments are like.
    folding
        How the sequence folds.
    experiment
        Depth and biases.
    """

    seed: int = 1
    genome_bp: int = 8_000_000
    n_contigs: int = 5
    n_replicates: int = 2
    n_variants: int = 80
    layout: SiteLayout = field(default_factory=SiteLayout)
    compartments: CompartmentConfig = field(default_factory=CompartmentConfig)
    folding: FoldingConfig = field(default_factory=FoldingConfig)
    experiment: ContactExperiment = field(default_factory=ContactExperiment)

    def __post_init__(self) -> None:
        if min(self.seed, self.n_variants) < 0 or self.n_contigs < 1 or self.n_replicates < 1:
            raise ConfigError("seed and n_variants must be 0 or more, n_contigs and n_replicates 1 or more")
        least = 100 * self.folding.bin_size
        if self.genome_bp < self.n_contigs * least:
            raise ConfigError(f"contigs need 100 bins ({least} bp) each on average; got {self.genome_bp} bp in all")

    @classmethod
    def preset(cls, name: str, *, seed: int = 1) -> "ContactConfig":
        """Named sizes of two genomes.

        ``tiny`` (300,000 bp), ``small`` (2 million), ``demo`` (8) and ``large`` (24) are a genome on a small scale, for
        models that read sequence: bins of 128 bp, a site about every 900 bp, no contacts beyond 96 bins. ``map``
        (24 million bp in 3 contigs) has bins of 2,000 bp, domains of some 300,000 bp and contacts at all distances, as
        in mammals, for what is done to maps.
        """
        if name == "map":
            return _map_preset(seed)
        sizes = {
            "tiny": (300_000, 3, 6),
            "small": (2_000_000, 4, 40),
            "demo": (8_000_000, 5, 80),
            "large": (24_000_000, 8, 400),
        }
        if name not in sizes:
            raise ConfigError(f"there is no preset {name!r}; there are {', '.join((*sizes, 'map'))}")
        genome_bp, n_contigs, n_variants = sizes[name]
        folding = FoldingConfig(n_snapshots=150) if name == "tiny" else FoldingConfig()
        return cls(seed=seed, genome_bp=genome_bp, n_contigs=n_contigs, n_variants=n_variants, folding=folding)

    def settings(self) -> dict[str, Any]:
        """All settings as plain values."""
        return asdict(self)

    @property
    def plan(self) -> ContigPlan:
        """The settings that every contig is made by."""
        return ContigPlan(self.layout, self.compartments, self.folding, self.experiment, self.n_replicates, self.seed)


def simulate_contacts(config: ContactConfig, folder: Path) -> ContactFiles:
    """Simulate a genome and its contact maps; write all files.

    The same config gives the same contents (a .cool file also says when it was written). Memory is some 30 bytes per
    bin and diagonal of the width that loops are calculated for, and 100 bytes per pixel of the largest contig.

    Parameters
    ----------
    config
        What to simulate.
    folder
        Where to; made if it is missing. An earlier simulation in it is replaced.

    Returns
    -------
    ContactFiles
        Where everything is.

    Raises
    ------
    RunFolderError
        Where the folder holds something else.
    OutputError
        Where a file cannot be written.
    """
    folder = Path(folder)
    files = ContactFiles.in_folder(folder, n_replicates=config.n_replicates)
    claim_folder(folder, paths=list(files.paths()), truth=files.truth)
    sizes = contig_sizes(config.genome_bp, config.n_contigs)
    contigs = [contact_contig(chrom, length_bp, config.plan) for chrom, length_bp in sizes.items()]
    write_fasta(files.genome, {contig.chrom: contig.codes for contig in contigs})
    write_chrom_sizes(files.chrom_sizes, sizes)
    bins = ContactBins(sizes, config.folding.bin_size)
    weights = write_maps(files, contigs, bins, plan=config.plan)
    write_bigwig(files.ctcf, sizes, ((contig.chrom, ctcf_signal(contig, seed=config.seed)) for contig in contigs))
    write_meme(files.motifs, [motif.motif for motif in insulator_grammar().motifs])
    counts = _write_truth_tables(files, contigs, config, bin_table(contigs, bins, weights=weights))
    _write_variants(files, contigs, config)
    write_json_atomic(files.truth, _truth(config, sizes, counts, files))
    return files


def find_contacts(config: ContactConfig, folder: Path) -> ContactFiles | None:
    """The files that :func:`simulate_contacts` would write, if they lie there already, of these settings."""
    described = {"config": config.settings()}
    return earlier_simulation(ContactFiles.load, read_contact_truth, folder, described=described)


def _map_preset(seed: int) -> ContactConfig:
    """Bins of 2 kb, domains of a mammal."""
    rings = ExtrusionConfig(spacing_bins=75, lifetime_steps=100, hold_steps=270, interval_steps=150)
    return ContactConfig(
        seed=seed,
        genome_bp=24_000_000,
        n_contigs=3,
        n_variants=0,
        layout=SiteLayout(300_000, border_gap_bp=6_000, paired_share=0.85, inner_bp=150_000, half_bp=50_000),
        compartments=CompartmentConfig(mean_bp=600_000, strength=0.35),
        folding=FoldingConfig(2_000, width_bins=10_000, n_snapshots=200, extrusion=rings),
        experiment=ContactExperiment(contacts_per_bin=1_000, trans_share=0.05, dispersion=0.01),
    )


def _write_truth_tables(
    files: ContactFiles, contigs: Sequence[ContactContig], config: ContactConfig, bins: pd.DataFrame
) -> dict[str, int]:
    """Write everything that was planted; returns how many of each there are."""
    bin_size, gap_bp = config.folding.bin_size, config.layout.border_gap_bp
    provenance = {"seed": config.seed, "cisgram": cisgram.__version__}
    sites = pd.concat([contig.sites.assign(chrom=contig.chrom) for contig in contigs], ignore_index=True)
    score = (1000 * sites["occupancy"]).round().astype(np.int64)
    write_bed(files.sites, sites.assign(name=sites["kind"], score=score)[["chrom", *_BED6]])
    borders = [planted_boundaries(contig.chrom, contig.sites, gap_bp=gap_bp) for contig in contigs]
    boundaries = pd.concat(borders, ignore_index=True)
    domains = planted_domains(boundaries)
    loops = pd.concat([planted_loops(contig, bin_size=bin_size) for contig in contigs], ignore_index=True)
    stretches = pd.concat([compartment_table(contig.chrom, contig.compartments) for contig in contigs])
    write_table(files.boundaries, boundaries, provenance=provenance)
    write_bed(files.domains, domains)
    write_table(files.loops, loops)
    write_bed(files.compartments, stretches)
    write_table(files.bins, bins, provenance=provenance)
    tables = {"boundaries": boundaries, "domains": domains, "loops": loops, "compartments": stretches}
    kinds = {f"{kind}_sites": int(n) for kind, n in sites["kind"].value_counts().sort_index().items()}
    return kinds | {name: len(table) for name, table in tables.items()}


def _write_variants(files: ContactFiles, contigs: Sequence[ContactContig], config: ContactConfig) -> None:
    """Draw variants and write them, and their effects apart from them."""
    genome = Genome.from_codes({contig.chrom: contig.codes for contig in contigs})
    drawn = draw_contact_variants(
        {contig.chrom: contig.sites for contig in contigs},
        genome,
        n_variants=config.n_variants,
        bin_size=config.folding.bin_size,
        rng=named_stream(config.seed, "variants"),
    )
    source = f"cisgram {cisgram.__version__} simulated"
    write_vcf(files.variants, drawn["variant"], sizes=genome.sizes, source=source)
    effects = contact_effects(drawn, genome, folding=config.folding, seed=config.seed).round(5)
    write_table(files.variant_effects, effects, provenance={"seed": config.seed, "cisgram": cisgram.__version__})


def _truth(
    config: ContactConfig, sizes: Mapping[str, int], counts: Mapping[str, int], files: ContactFiles
) -> dict[str, Any]:
    """What ``truth.json`` says."""
    return {
        "format": CONTACT_FORMAT,
        "version": CONTACT_VERSION,
        "cisgram": cisgram.__version__,
        "seed": config.seed,
        "config": config.settings(),
        "contigs": dict(sizes),
        "split": suggested_split(list(sizes)),
        "bin_size": config.folding.bin_size,
        "counts": dict(counts),
        "weights": "planted: what undoes the visibility of each bin",
        "files": sorted(path.relative_to(files.folder).as_posix() for path in files.paths()),
    }
