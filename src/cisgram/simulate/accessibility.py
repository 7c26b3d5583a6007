"""Open chromatin of several cell types on one simulated genome: peaks of each, and which protein opens what."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
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
from cisgram.io.fasta import write_fasta
from cisgram.io.files import write_json_atomic
from cisgram.io.meme import write_meme
from cisgram.io.tables import write_bed, write_chrom_sizes, write_narrowpeak, write_table
from cisgram.io.vcf import write_vcf
from cisgram.simulate.accessibility_files import FORMAT, VERSION, AccessibilityFiles, read_accessibility_truth
from cisgram.simulate.assays.chip_nexus import STRANDS, ChipNexus, ChipNexusConfig
from cisgram.simulate.build import build_contigs
from cisgram.simulate.cell import LISTED_FROM, MORE_READS, contig_sizes
from cisgram.simulate.cell_type_effects import cell_type_effects, opening_contacts
from cisgram.simulate.cell_types import CellType, cell_type_grammar, default_cell_types, true_specificity
from cisgram.simulate.contig import CellContig, instance_table
from cisgram.simulate.folder import TEMPORARY, claim_folder, earlier_simulation
from cisgram.simulate.genome import BackgroundConfig
from cisgram.simulate.grammar import Factor, Grammar
from cisgram.simulate.occupancy import occupancies
from cisgram.simulate.planting import PlantingConfig
from cisgram.simulate.streams import named_stream
from cisgram.simulate.truth import describe_grammar, suggested_split
from cisgram.simulate.variants import draw_variants


@dataclass(frozen=True)
class AccessibilityConfig:
    """What to simulate.

    Parameters
    ----------
    seed
        Seed of everything, 0 or more.
    genome_bp, n_contigs
        Length of the genome and number of contigs, as in :class:`cisgram.simulate.cell.CellConfig`.
    chance_sites_kept
        Share of the sites that background sequence holds by chance and that are left there.
    n_variants
        Number of variants with known effects; 0 for none.
    background, planting
        Settings of the genome.
    cuts
        Depth and noise of the experiments: reads are cuts, ``reads_per_site`` those at a site that is always bound.
    peak_rule
        How peaks are called.
    grammar
        What is planted. The contacts of its factors say how far each opens its sites (``efficiency``) and where the
        enzyme cuts.
    cell_types
        At least one, with different names.
    """

    seed: int = 1
    genome_bp: int = 2_600_000
    n_contigs: int = 8
    chance_sites_kept: float = 0.05
    n_variants: int = 400
    background: BackgroundConfig = field(default_factory=BackgroundConfig)
    planting: PlantingConfig = field(default_factory=PlantingConfig)
    cuts: ChipNexusConfig = field(default_factory=lambda: ChipNexusConfig(n_replicates=1))
    peak_rule: PeakRule = field(default_factory=lambda: PeakRule(summit_reach_bp=50))
    grammar: Grammar = field(default_factory=cell_type_grammar)
    cell_types: tuple[CellType, ...] = field(default_factory=default_cell_types)

    def __post_init__(self) -> None:
        names = [cell_type.name for cell_type in self.cell_types]
        if not names or len(set(names)) < len(names):
            raise ConfigError(f"there must be at least one cell type, all with different names; got {names}")
        if min(self.seed, self.n_variants) < 0 or self.n_contigs < 3 or not 0 <= self.chance_sites_kept <= 1:
            raise ConfigError("seed and n_variants must be 0 or more, n_contigs at least 3, chance_sites_kept in 0..1")
        if min(contig_sizes(self.genome_bp, self.n_contigs).values()) < 10_000:
            raise ConfigError(f"every contig needs 10000 bp; {self.genome_bp} bp in {self.n_contigs} are too little")
        known = {motif.name for motif in self.grammar.motifs}
        for cell_type in self.cell_types:
            if unknown := sorted(set(cell_type.concentrations) - known):
                raise ConfigError(
                    f"{cell_type.name} names the motif {unknown[0]}; there are {', '.join(sorted(known))}"
                )

    @classmethod
    def preset(cls, name: str, *, seed: int = 1) -> "AccessibilityConfig":
        """Named sizes: ``tiny`` (300,000 bp, tests), ``small`` (1.5 million), ``demo`` (6 million), ``large`` (40)."""
        sizes = {
            "tiny": (300_000, 4, 60),
            "small": (1_500_000, 5, 200),
            "demo": (6_000_000, 8, 600),
            "large": (40_000_000, 12, 4_000),
        }
        if name not in sizes:
            raise ConfigError(f"there is no preset {name!r}; there are {', '.join(sizes)}")
        genome_bp, n_contigs, n_variants = sizes[name]
        dense = PlantingConfig(region_spacing_bp=2_400)
        return cls(seed=seed, genome_bp=genome_bp, n_contigs=n_contigs, n_variants=n_variants, planting=dense)

    def settings(self) -> dict[str, Any]:
        """All settings as plain values, without the grammar."""
        plain = {name: getattr(self, name) for name in ("seed", "genome_bp", "n_contigs", "n_variants")}
        plain["chance_sites_kept"] = self.chance_sites_kept
        parts = {name: asdict(getattr(self, name)) for name in ("background", "planting", "cuts", "peak_rule")}
        cells = {"cell_types": {one.name: dict(one.concentrations) for one in self.cell_types}}
        return {**plain, **parts, **cells}


def simulate_accessibility(config: AccessibilityConfig, folder: Path) -> AccessibilityFiles:
    """Simulate the open chromatin of several cell types and write all files.

    In each cell type the weights of the sites are multiplied by its concentrations, the thermodynamic model of
    :mod:`cisgram.simulate.occupancy` says how often each is bound, and cuts fall around bound sites and at random
    elsewhere. The same config gives the same files, byte for byte; another cell type changes no file of the others
    but the truth.

    Parameters
    ----------
    config
        What to simulate.
    folder
        Where to; made if it is missing. An earlier simulation in it is replaced.

    Returns
    -------
    AccessibilityFiles
        Where everything is.

    Raises
    ------
    RunFolderError
        Where the folder holds something else.
    EmptySetError
        Where a cell type has no peaks: the genome is too small or the experiments too shallow.
    OutputError
        Where a file cannot be written.
    """
    folder = Path(folder)
    files = AccessibilityFiles.in_folder(folder, cell_types=[one.name for one in config.cell_types])
    claim_folder(folder, paths=list(files.paths()), truth=files.truth)
    sizes = contig_sizes(config.genome_bp, config.n_contigs)
    with TemporaryDirectory(dir=folder, prefix=TEMPORARY) as temporary:
        contigs, genome = build_contigs(
            sizes,
            grammar=config.grammar,
            background=config.background,
            planting=config.planting,
            chance_sites_kept=config.chance_sites_kept,
            seed=config.seed,
            codes_path=Path(temporary) / "codes.npy",
        )
        write_fasta(files.genome, {contig.name: contig.codes for contig in contigs})
        in_cells = {
            one.name: [in_cell_type(contig, one, config.grammar) for contig in contigs] for one in config.cell_types
        }
        n_peaks = {name: _write_peaks(config, name, own, files) for name, own in in_cells.items()}
        provenance = {"seed": config.seed, "cisgram": cisgram.__version__}
        instances = pd.concat([opening_table(config.grammar, of_contig) for of_contig in by_contig(in_cells)])
        write_table(files.instances, instances, provenance=provenance)
        _write_variants(config, contigs, genome, files)
        blocks = [interval_table([contig.name] * len(contig.unmappable), *contig.unmappable.T) for contig in contigs]
    write_chrom_sizes(files.chrom_sizes, sizes)
    write_bed(files.unmappable, merge(pd.concat(blocks, ignore_index=True)))
    write_meme(files.motifs, [motif.motif for motif in config.grammar.motifs])
    specificity = true_specificity(config.grammar, config.cell_types)
    write_table(files.specificity, specificity.reset_index(), provenance=provenance)
    write_json_atomic(files.truth, _truth(config, sizes, n_peaks, files))
    return files


def find_accessibility(config: AccessibilityConfig, folder: Path) -> AccessibilityFiles | None:
    """The files that :func:`simulate_accessibility` would write, if they lie there already.

    Returns
    -------
    AccessibilityFiles or None
        None where there are none, some are missing, or they are of other settings, another grammar or another version
        of cisgram.
    """
    described = {"config": config.settings(), **describe_grammar(config.grammar)}
    return earlier_simulation(AccessibilityFiles.load, read_accessibility_truth, folder, described=described)


def in_cell_type(contig: CellContig, cell_type: CellType, grammar: Grammar) -> CellContig:
    """The same contig with the weights and occupancies that its sites have in a cell type."""
    weight = contig.sites.weight * cell_type.weights(grammar)[contig.sites.motif]
    sites = contig.sites._replace(weight=weight)
    return replace(contig, sites=sites, occupancy=occupancies(sites, grammar))


def by_contig(in_cells: Mapping[str, Sequence[CellContig]]) -> Iterator[dict[str, CellContig]]:
    """For every contig, what it is like in each cell type."""
    for contigs in zip(*in_cells.values(), strict=True):
        yield dict(zip(in_cells, contigs, strict=True))


def _write_peaks(
    config: AccessibilityConfig, name: str, contigs: Sequence[CellContig], files: AccessibilityFiles
) -> int:
    """Call the peaks of one cell type and write them; returns how many there are."""
    experiment = Factor(name, "open chromatin", opening_contacts(config.grammar))
    assay = ChipNexus(config.grammar, config.cuts, config.seed)
    by_name = {contig.name: contig for contig in contigs}
    cuts = partial(_cuts_of, by_name, assay, experiment)
    peaks = call_peaks(by_name, cuts, rule=config.peak_rule, name=name, hint=MORE_READS)
    write_narrowpeak(files.peaks[name], peaks)
    return len(peaks)


def _write_variants(
    config: AccessibilityConfig, contigs: Sequence[CellContig], genome: Genome, files: AccessibilityFiles
) -> None:
    """Draw variants and write them, and their effects apart from them."""
    rng = named_stream(config.seed, "variants")
    drawn = draw_variants(contigs, genome, config.grammar, n_variants=config.n_variants, rng=rng)
    variants = list(drawn["variant"])
    write_vcf(files.variants, variants, sizes=genome.sizes, source=f"cisgram {cisgram.__version__} simulated")
    assay = ChipNexus(config.grammar, config.cuts, config.seed)
    effects = cell_type_effects(variants, genome, assay, config.cell_types)
    effects.insert(5, "kind", drawn["kind"])
    effects.insert(6, "motif", drawn["motif"])
    provenance = {"seed": config.seed, "cisgram": cisgram.__version__}
    write_table(files.variant_effects, effects.round(5), provenance=provenance)


def _cuts_of(contigs: Mapping[str, CellContig], assay: ChipNexus, experiment: Factor, name: str) -> Values:
    """Cuts of all replicates and both strands on one contig; drawn again, they are the same."""
    total = np.zeros(contigs[name].length, dtype=np.float32)
    for replicate in range(1, assay.config.n_replicates + 1):
        for strand in STRANDS:
            total += assay.counts(contigs[name], experiment, replicate=replicate, strand=strand)
    return total


def opening_table(grammar: Grammar, contig: Mapping[str, CellContig]) -> pd.DataFrame:
    """Sites of one contig with their opening by cell type; ``occupancy`` and ``score`` are the greatest of all."""
    in_cells = list(contig.values())
    highest = np.max([one.occupancy for one in in_cells], axis=0)
    table = instance_table(replace(in_cells[0], occupancy=highest), grammar, min_occupancy=0.0)
    opening = np.zeros(len(grammar.motifs))
    for factor in grammar.factors:
        for contact in factor.contacts:
            opening[grammar.index(contact.motif)] += contact.efficiency
    for name, one in contig.items():
        table[f"open_{name}"] = (opening[one.sites.motif] * one.occupancy).round(6)
    table = table.drop(columns="weight")  # that of the first cell type alone
    return table[table["origin"].ne("chance").to_numpy() | (highest >= LISTED_FROM)]


def _truth(
    config: AccessibilityConfig, sizes: Mapping[str, int], n_peaks: Mapping[str, int], files: AccessibilityFiles
) -> dict[str, Any]:
    """What ``truth.json`` says."""
    relative = {path.relative_to(files.folder).as_posix() for path in files.paths()}
    return {
        "format": FORMAT,
        "version": VERSION,
        "cisgram": cisgram.__version__,
        "seed": config.seed,
        "config": config.settings(),
        "contigs": dict(sizes),
        "split": suggested_split(list(sizes)),
        **describe_grammar(config.grammar),
        "n_peaks": dict(n_peaks),
        "files": sorted(relative),
    }
