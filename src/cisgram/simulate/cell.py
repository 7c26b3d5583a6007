"""The simulated cell: one seed in; a genome, the experiments on it in standard files, and the truth out."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

import cisgram
from cisgram.arrays import Values
from cisgram.errors import ConfigError
from cisgram.genomics.genome import Genome
from cisgram.genomics.interval import interval_table, merge
from cisgram.genomics.poisson_peaks import PeakRule, call_peaks
from cisgram.io.bigwig import write_bigwig
from cisgram.io.fasta import write_fasta
from cisgram.io.files import write_json_atomic
from cisgram.io.meme import write_meme
from cisgram.io.tables import write_bed, write_chrom_sizes, write_narrowpeak, write_table
from cisgram.io.vcf import write_vcf
from cisgram.simulate.assays.chip_nexus import STRANDS, ChipNexus, ChipNexusConfig
from cisgram.simulate.build import build_contigs
from cisgram.simulate.cell_files import CellFiles, read_truth
from cisgram.simulate.contig import CellContig, instance_table, region_table
from cisgram.simulate.decoys import database_motifs
from cisgram.simulate.folder import TEMPORARY, claim_folder, earlier_simulation
from cisgram.simulate.genome import BackgroundConfig
from cisgram.simulate.grammar import Factor, Grammar
from cisgram.simulate.mutants import write_mutants
from cisgram.simulate.planting import PlantingConfig
from cisgram.simulate.pluripotency import pluripotency_grammar
from cisgram.simulate.streams import named_stream
from cisgram.simulate.truth import describe, describe_grammar
from cisgram.simulate.variant_effects import variant_effects
from cisgram.simulate.variants import draw_variants

_LOG = logging.getLogger(__name__)
_MIN_CONTIG_BP = 10_000
MORE_READS = "raise reads_per_site, or genome_bp so that more regions are planted"
"""What to do where no peak is found."""
LISTED_FROM = 0.05
"""Chance sites are listed in the truth from this occupancy on."""


@dataclass(frozen=True)
class CellConfig:
    """What cell to simulate. The defaults are the demo; see also :meth:`preset`.

    Parameters
    ----------
    seed
        Seed of everything, 0 or more.
    genome_bp
        Length of the genome.
    n_contigs
        Number of contigs, at least 3 so that there is one each for training, validation and test. The first is
        1.7 times as long as the last.
    chance_sites_kept
        Share of the sites that background sequence holds by chance and that are left there.
    n_variants
        Number of variants; 0 for none.
    n_decoy_motifs
        Motifs in the database that are not planted.
    n_mutants
        Number of bound pioneer sites that are scrambled in a mutant, on which the experiments are done again; 0 for
        no mutant.
    background, planting, chip_nexus, peak_rule
        Settings of the parts.
    grammar
        What is planted.
    """

    seed: int = 1
    genome_bp: int = 2_600_000
    n_contigs: int = 8
    chance_sites_kept: float = 0.05
    n_variants: int = 400
    n_decoy_motifs: int = 60
    n_mutants: int = 0
    background: BackgroundConfig = field(default_factory=BackgroundConfig)
    planting: PlantingConfig = field(default_factory=PlantingConfig)
    chip_nexus: ChipNexusConfig = field(default_factory=ChipNexusConfig)
    peak_rule: PeakRule = field(default_factory=PeakRule)
    grammar: Grammar = field(default_factory=pluripotency_grammar)

    def __post_init__(self) -> None:
        if min(self.seed, self.n_variants, self.n_decoy_motifs, self.n_mutants) < 0:
            raise ConfigError("seed, n_variants, n_decoy_motifs and n_mutants must be at least 0")
        if not 0 <= self.chance_sites_kept <= 1:
            raise ConfigError(f"chance_sites_kept must be in 0..1; got {self.chance_sites_kept}")
        if self.n_contigs < 3:
            raise ConfigError(f"n_contigs must be at least 3 (training, validation, test); got {self.n_contigs}")
        shortest = min(contig_sizes(self.genome_bp, self.n_contigs).values())
        least = max(_MIN_CONTIG_BP, 2 * self.planting.region_spacing_bp, 8 * self.background.gap_bp)
        if shortest < least:
            raise ConfigError(
                f"every contig must have at least {least} bp; with genome_bp {self.genome_bp} and n_contigs "
                f"{self.n_contigs} the shortest has {shortest}; ask for a longer genome or fewer contigs"
            )

    @classmethod
    def preset(cls, name: str, *, seed: int = 1) -> "CellConfig":
        """A cell of a named size.

        ``tiny`` has 200,000 bp in 4 contigs with about 80 regions, for tests; ``small`` 800,000 bp in 5 contigs with
        about 280; ``demo`` 2.6 million bp in 8 contigs with about 900 regions and about 2,000 peaks over four
        factors; ``large`` 26 million bp in 12 contigs with ten times as many.
        """
        if name == "tiny":
            dense = PlantingConfig(region_spacing_bp=2_400)
            return cls(seed=seed, genome_bp=200_000, n_contigs=4, n_variants=40, n_decoy_motifs=12, planting=dense)
        sizes = {"small": (800_000, 5, 120), "demo": (2_600_000, 8, 400), "large": (26_000_000, 12, 4_000)}
        if name not in sizes:
            raise ConfigError(f"there is no preset {name!r}; there are tiny, {', '.join(sizes)}")
        genome_bp, n_contigs, n_variants = sizes[name]
        return cls(seed=seed, genome_bp=genome_bp, n_contigs=n_contigs, n_variants=n_variants)

    def settings(self) -> dict[str, Any]:
        """All settings as plain values, without the grammar, which has a place of its own in the truth."""
        values = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "grammar"}
        if not self.n_mutants:
            del values["n_mutants"]  # a cell without a mutant is what it was before there were any
        return {name: _plain(value) for name, value in values.items()}


def independent_cell(config: CellConfig) -> CellConfig:
    """The same cell without any grammar: no motif helps another, and they lie at all distances alike.

    A negative control: whatever a method says there of motifs that work together, it invents.

    Examples
    --------
    >>> independent_cell(CellConfig.preset("tiny")).planting.helical_share
    0.0
    """
    grammar = replace(config.grammar, cooperations=())
    return replace(config, grammar=grammar, planting=replace(config.planting, helical_share=0.0))


def _plain(value: Any) -> Any:
    """A setting as a plain value."""
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def contig_sizes(genome_bp: int, n_contigs: int) -> dict[str, int]:
    """Lengths of chr1, chr2, ... that fall evenly from 1.25 to 0.75 of the mean and add up to the genome.

    Examples
    --------
    >>> contig_sizes(1_000, 3)
    {'chr1': 417, 'chr2': 333, 'chr3': 250}
    """
    borders = np.round(np.cumsum(np.linspace(1.25, 0.75, n_contigs)) * genome_bp / n_contigs).astype(np.int64)
    return {f"chr{number + 1}": int(size) for number, size in enumerate(np.diff(borders, prepend=0))}


def simulate_cell(config: CellConfig, folder: Path) -> CellFiles:
    """Simulate a cell and write all its files.

    The same config gives the same files, byte for byte. Memory is bounded by the largest contig (about 50 bytes per
    base of it) and by the sites of the genome (about 100 bytes each); time is linear in the genome.

    Parameters
    ----------
    config
        What to simulate.
    folder
        Where to; made if it is missing. An earlier simulated cell in it, complete or not, is replaced; a folder that
        holds other files and no such cell is refused.

    Returns
    -------
    CellFiles
        Where everything is. ``truth.json`` is written last: where it is, the cell is complete.

    Raises
    ------
    RunFolderError
        Where the folder holds something else.
    EmptySetError
        Where the genome is so small or the experiments are so shallow that a factor has no peaks.
    OutputError
        Where a file cannot be written.
    """
    folder = Path(folder)
    grammar = config.grammar
    factors = [factor.name for factor in grammar.assayed]
    n_replicates, has_mutants = config.chip_nexus.n_replicates, config.n_mutants > 0
    files = CellFiles.in_folder(folder, factors=factors, n_replicates=n_replicates, has_mutants=has_mutants)
    _remove_mutants(folder, factors, n_replicates)
    claim_folder(folder, paths=list(files.paths()), truth=files.truth)
    sizes = contig_sizes(config.genome_bp, config.n_contigs)
    with TemporaryDirectory(dir=folder, prefix=TEMPORARY) as temporary:
        contigs, genome = build_contigs(
            sizes,
            grammar=grammar,
            background=config.background,
            planting=config.planting,
            chance_sites_kept=config.chance_sites_kept,
            seed=config.seed,
            codes_path=Path(temporary) / "codes.npy",
        )
        _LOG.info("built %d contigs of %d bp in all", len(contigs), config.genome_bp)
        write_fasta(files.genome, {contig.name: contig.codes for contig in contigs})
        write_chrom_sizes(files.chrom_sizes, sizes)
        assay = ChipNexus(grammar, config.chip_nexus, config.seed)
        _write_tracks(contigs, assay, files)
        _write_peaks(contigs, assay, config.peak_rule, files)
        effects = _write_variants(contigs, genome, assay, config.n_variants, files)
        if files.mutants is not None:
            write_mutants(contigs, genome, assay, n_sites=config.n_mutants, files=files.mutants)
        instances = _write_sites(contigs, assay, files)
    _write_motifs(config, files)
    truth = describe(
        settings=config.settings(), grammar=grammar, sizes=sizes, files=files, instances=instances, effects=effects
    )
    write_json_atomic(files.truth, truth)
    _LOG.info("wrote the simulated cell to %s", folder)
    return files


def _remove_mutants(folder: Path, factors: Sequence[str], n_replicates: int) -> None:
    """Remove the mutant of an earlier cell, which the new one may not have."""
    files = CellFiles.in_folder(folder, factors=factors, n_replicates=n_replicates, has_mutants=True)
    if files.truth.exists() and files.mutants is not None:
        for path in files.mutants.paths():
            path.unlink(missing_ok=True)
        for empty in (folder / "mutants" / "tracks", folder / "mutants"):
            if empty.is_dir() and not any(empty.iterdir()):
                empty.rmdir()


def find_cell(config: CellConfig, folder: Path) -> CellFiles | None:
    """The files of the cell that :func:`simulate_cell` would write, if it lies there already.

    Returns
    -------
    CellFiles or None
        None where there is no cell, an incomplete one, or one of other settings, another grammar or another version
        of cisgram.
    """
    described = {"config": config.settings(), **describe_grammar(config.grammar)}
    return earlier_simulation(CellFiles.load, read_truth, folder, described=described)


def _write_tracks(contigs: Sequence[CellContig], assay: ChipNexus, files: CellFiles) -> None:
    """Write every bigWig, contig by contig."""
    sizes = {contig.name: contig.length for contig in contigs}
    factors = {factor.name: factor for factor in assay.grammar.assayed}
    for track in files.tracks:
        counts = partial(assay.counts, factor=factors[track.factor], replicate=track.replicate, strand=track.strand)
        write_bigwig(track.path, sizes, ((contig.name, counts(contig)) for contig in contigs))
        _LOG.info("wrote %s", track.path.name)
    for track in files.controls:
        counts = partial(assay.control_counts, strand=track.strand)
        write_bigwig(track.path, sizes, ((contig.name, counts(contig)) for contig in contigs))


def _write_peaks(contigs: Sequence[CellContig], assay: ChipNexus, rule: PeakRule, files: CellFiles) -> None:
    """Call peaks of every factor on all its replicates and both strands together."""
    by_name = {contig.name: contig for contig in contigs}
    for factor in assay.grammar.assayed:
        peaks = call_peaks(
            by_name, partial(_pooled, by_name, assay, factor), rule=rule, name=factor.name, hint=MORE_READS
        )
        write_narrowpeak(files.peaks[factor.name], peaks)
        _LOG.info("called %d peaks of %s", len(peaks), factor.name)


def _pooled(contigs: Mapping[str, CellContig], assay: ChipNexus, factor: Factor, name: str) -> Values:
    """5' ends of all replicates and both strands of one contig; drawn again, they are the same."""
    total = np.zeros(contigs[name].length, dtype=np.float32)
    for replicate in range(1, assay.config.n_replicates + 1):
        for strand in STRANDS:
            total += assay.counts(contigs[name], factor, replicate=replicate, strand=strand)
    return total


def _write_variants(
    contigs: Sequence[CellContig], genome: Genome, assay: ChipNexus, n_variants: int, files: CellFiles
) -> pd.DataFrame:
    """Draw variants and write them, and their effects apart from them."""
    rng = named_stream(assay.seed, "variants")
    drawn = draw_variants(contigs, genome, assay.grammar, n_variants=n_variants, rng=rng)
    variants = list(drawn["variant"])
    write_vcf(files.variants, variants, sizes=genome.sizes, source=f"cisgram {cisgram.__version__} simulated")
    effects = variant_effects(variants, genome, assay)
    effects.insert(5, "kind", drawn["kind"])
    effects.insert(6, "motif", drawn["motif"])
    effects = effects.round(5)
    write_table(files.variant_effects, effects, provenance={"seed": assay.seed, "cisgram": cisgram.__version__})
    return effects


def _write_sites(contigs: Sequence[CellContig], assay: ChipNexus, files: CellFiles) -> pd.DataFrame:
    """Write instances, regions and unmappable stretches."""
    provenance = {"seed": assay.seed, "cisgram": cisgram.__version__}
    tables = [instance_table(contig, assay.grammar, min_occupancy=LISTED_FROM) for contig in contigs]
    instances = pd.concat(tables, ignore_index=True)
    motif = np.array([assay.grammar.index(name) for name in instances["name"]], dtype=np.int64)
    for factor in assay.grammar.assayed:
        expected = assay.expected_at_sites(motif, instances["occupancy"].to_numpy(), factor)
        instances[f"reads_{factor.name}"] = expected.round(3)
    write_table(files.instances, instances, provenance=provenance)
    write_bed(files.instances_bed, instances)
    regions = pd.concat([region_table(contig) for contig in contigs], ignore_index=True)
    write_table(files.regions, regions, provenance=provenance)
    blocks = [interval_table([contig.name] * len(contig.unmappable), *contig.unmappable.T) for contig in contigs]
    write_bed(files.unmappable, merge(pd.concat(blocks, ignore_index=True)))
    return instances


def _write_motifs(config: CellConfig, files: CellFiles) -> None:
    """Write the planted motifs, and a database that holds them among decoys."""
    planted = [motif.motif for motif in config.grammar.motifs]
    write_meme(files.motifs, planted)
    rng = named_stream(config.seed, "decoy motifs")
    write_meme(files.known_database, database_motifs(planted, n_decoys=config.n_decoy_motifs, rng=rng))
