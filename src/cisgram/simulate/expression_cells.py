"""A simulated genome whose genes listen to distal enhancers: CAGE, ATAC and H3K27ac of several cell types on it."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import cisgram
from cisgram.errors import ConfigError
from cisgram.genomics.genome import Genome
from cisgram.io.fasta import write_fasta
from cisgram.io.files import write_json_atomic
from cisgram.io.meme import write_meme
from cisgram.io.tables import write_bed, write_chrom_sizes, write_table
from cisgram.io.vcf import write_vcf
from cisgram.simulate.cell import contig_sizes
from cisgram.simulate.expression_counts import Experiment, ExpressedContig, write_counts
from cisgram.simulate.expression_effects import EXPRESSION_READOUT_BP, expression_effects
from cisgram.simulate.expression_files import (
    EXPRESSION_FORMAT,
    EXPRESSION_VERSION,
    ExpressionFiles,
    read_expression_truth,
)
from cisgram.simulate.expression_layout import ExpressionLayout, PlantedElements, plant_elements
from cisgram.simulate.expression_rules import ExpressionRules
from cisgram.simulate.expression_tracks import ASSAYS, ExpressionAssays, expected_signal, state_of, track_names
from cisgram.simulate.expression_truth import element_table, gene_bodies, joined, link_table, promoter_table
from cisgram.simulate.expression_variants import PlantedContig, draw_expression_variants
from cisgram.simulate.folder import claim_folder, earlier_simulation
from cisgram.simulate.genome import BackgroundConfig, background_contig, repeat_families
from cisgram.simulate.streams import named_stream
from cisgram.simulate.truth import describe_grammar, suggested_split

_LOG = logging.getLogger(__name__)
_SCALES = {"CAGE_plus": 0.1, "CAGE_minus": 0.1, "ATAC": 0.1, "H3K27ac": 0.05}


@dataclass(frozen=True)
class ExpressionConfig:
    """What to simulate.

    Parameters
    ----------
    seed
        Seed of everything, 0 or more.
    genome_bp, n_contigs
        Length of the genome and number of contigs, at least 3.
    n_variants
        Number of variants with known effects.
    background
        The sequence between elements.
    layout
        Where elements stand.
    assays
        Depth and noise of the experiments.
    rules
        Motifs, cell types, and what bound proteins do.
    """

    seed: int = 1
    genome_bp: int = 10_000_000
    n_contigs: int = 8
    n_variants: int = 600
    background: BackgroundConfig = field(default_factory=lambda: BackgroundConfig(repeat_share=0.0))
    layout: ExpressionLayout = field(default_factory=ExpressionLayout)
    assays: ExpressionAssays = field(default_factory=ExpressionAssays)
    rules: ExpressionRules = field(default_factory=ExpressionRules)

    def __post_init__(self) -> None:
        if self.seed < 0 or self.n_contigs < 3 or self.n_variants < 0:
            raise ConfigError("seed and n_variants must be 0 or more, n_contigs at least 3")
        if min(contig_sizes(self.genome_bp, self.n_contigs).values()) < 50_000:
            raise ConfigError(f"every contig needs 50000 bp; {self.genome_bp} bp in {self.n_contigs} are too little")

    @classmethod
    def preset(cls, name: str, *, seed: int = 1) -> "ExpressionConfig":
        """Named sizes: ``tiny`` (300,000 bp, for tests), ``small`` (2 million), ``demo`` (12) and ``large`` (60)."""
        sizes = {
            "tiny": (300_000, 4, 40),
            "small": (2_000_000, 5, 200),
            "demo": (12_000_000, 8, 1_000),
            "large": (60_000_000, 12, 4_000),
        }
        if name not in sizes:
            raise ConfigError(f"there is no preset {name!r}; there are {', '.join(sizes)}")
        genome_bp, n_contigs, n_variants = sizes[name]
        return cls(seed=seed, genome_bp=genome_bp, n_contigs=n_contigs, n_variants=n_variants)

    def settings(self) -> dict[str, Any]:
        """All settings as plain values; of the rules all but the grammar, which has a place of its own in the truth."""
        plain = {name: getattr(self, name) for name in ("seed", "genome_bp", "n_contigs", "n_variants")}
        parts = {name: asdict(getattr(self, name)) for name in ("background", "layout", "assays")}
        rules = self.rules
        acting = {name: getattr(rules, name) for name in ("insulator", "blocking", "reach_bp")}
        acting |= {name: [asdict(one) for one in getattr(rules, name)] for name in ("activators", "cores")}
        acting |= {"cell_types": {one.name: dict(one.concentrations) for one in rules.cell_types}}
        return {**plain, **parts, "rules": acting}


def simulate_expression(config: ExpressionConfig, folder: Path) -> ExpressionFiles:
    """Simulate a genome and the experiments on it; write all files.

    The same config gives the same files, byte for byte. Time and memory are linear in the genome: some 20 bytes per
    base of it.

    Parameters
    ----------
    config
        What to simulate.
    folder
        Where to; made if it is missing. An earlier simulation in it is replaced.

    Returns
    -------
    ExpressionFiles
        Where everything is.

    Raises
    ------
    RunFolderError
        Where the folder holds something else.
    OutputError
        Where a file cannot be written.
    """
    folder, rules, assays = Path(folder), config.rules, config.assays
    files = ExpressionFiles.in_folder(folder, track_names=track_names(rules), n_replicates=assays.n_replicates)
    claim_folder(folder, paths=list(files.paths()), truth=files.truth)
    sizes = contig_sizes(config.genome_bp, config.n_contigs)
    planted = {chrom: _planted(chrom, length_bp, config) for chrom, length_bp in sizes.items()}
    write_fasta(files.genome, {chrom: one.codes for chrom, one in planted.items()})
    write_chrom_sizes(files.chrom_sizes, sizes)
    write_meme(files.motifs, [motif.motif for motif in rules.grammar.motifs])
    contigs = [_expressed(chrom, one, config) for chrom, one in planted.items()]
    _LOG.info("built %d contigs of %d bp in all", len(contigs), config.genome_bp)
    write_counts(files, contigs, sizes, Experiment(rules, assays, config.seed))
    write_table(files.track_table, track_table(files))
    promoters, counts = _write_elements(files, contigs, planted, config)
    effects = _write_variants(files, planted, promoters, config)
    write_json_atomic(files.truth, _truth(config, sizes, {**counts, "variants": len(effects)}, files))
    return files


def find_expression(config: ExpressionConfig, folder: Path) -> ExpressionFiles | None:
    """The files that :func:`simulate_expression` would write, if they lie there already, of these settings."""
    described = {"config": config.settings(), **describe_grammar(config.rules.grammar)}
    return earlier_simulation(ExpressionFiles.load, read_expression_truth, folder, described=described)


def track_table(files: ExpressionFiles) -> pd.DataFrame:
    """The table of tracks: ``index``, ``identifier``, ``file`` and so on, as Basenji reads it, and ``replicates``.

    Values are scaled so that peaks are a few units high, which a softplus reaches soon, and summed over bins; paths
    begin at the folder of the table. CAGE of the two strands are partners.
    """
    rows = []
    for number, (name, track) in enumerate(files.tracks.items()):
        assay, cell = next((one, name.removeprefix(f"{one}_")) for one in ASSAYS if name.startswith(f"{one}_"))
        partner = {"CAGE_plus": 1, "CAGE_minus": -1}.get(assay, 0)
        paths = [path.relative_to(files.folder).as_posix() for path in (track.pooled, *track.replicates)]
        rows.append(
            {
                "index": number,
                "identifier": name,
                "file": paths[0],
                "clip": 100,
                "scale": _SCALES[assay],
                "sum_stat": "sum",
                "strand_pair": number + partner,
                "description": f"{assay.split('_')[0]}:{cell}",
                "replicates": ",".join(paths[1:]),
            }
        )
    return pd.DataFrame(rows)


def _planted(chrom: str, length_bp: int, config: ExpressionConfig) -> PlantedElements:
    """The sequence of one contig; it depends on its own name and length, and on no other contig."""
    families = repeat_families(config.background, named_stream(config.seed, "repeats"))
    rng = named_stream(config.seed, "background", chrom)
    drawn = background_contig(length_bp, config=config.background, families=families, rng=rng)
    grammar = config.rules.grammar
    return plant_elements(drawn.codes, grammar=grammar, layout=config.layout, seed=config.seed, chrom=chrom)


def _expressed(chrom: str, planted: PlantedElements, config: ExpressionConfig) -> ExpressedContig:
    """What happens on one contig."""
    state = state_of(planted.codes, config.rules)
    signal = expected_signal(state, config.rules, config.assays).astype(np.float32)
    return ExpressedContig(chrom, state, signal)


def _write_elements(
    files: ExpressionFiles,
    contigs: Sequence[ExpressedContig],
    planted: Mapping[str, PlantedElements],
    config: ExpressionConfig,
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Write genes, elements and links; returns the promoters and how many of everything there are."""
    provenance = {"seed": config.seed, "cisgram": cisgram.__version__}
    elements, promoters, links, instances = [], [], [], []
    for one in contigs:
        own = planted[one.name]
        elements.append(element_table(one.name, own, one.state, config.rules))
        promoters.append(promoter_table(one, own, config.rules))
        links.append(link_table(one, elements[-1], promoters[-1], own, config.rules))
        names = own.elements["name"].to_numpy()[own.instances["element"].to_numpy(np.int64)]
        instances.append(own.instances.assign(chrom=one.name, element=names))
    table, genes = joined(elements), joined(promoters)
    write_table(files.elements, table, provenance=provenance)
    write_table(files.promoters, genes, provenance=provenance)
    write_table(files.links, joined(links), provenance=provenance)
    write_table(files.instances, joined(instances), provenance=provenance)
    write_bed(files.genes, gene_bodies(genes, contig_sizes(config.genome_bp, config.n_contigs)))
    chosen = table[table["kind"].isin(["enhancer", "decoy"])]
    write_bed(files.enhancers, chosen[["chrom", "start", "end", "name"]].assign(score=0, strand="."))
    kinds = {str(kind): int(n) for kind, n in table["kind"].value_counts().sort_index().items()}
    return genes, kinds | {"genes": len(genes), "links": sum(len(one) for one in links)}


def _write_variants(
    files: ExpressionFiles, planted: Mapping[str, PlantedElements], promoters: pd.DataFrame, config: ExpressionConfig
) -> pd.DataFrame:
    """Draw variants and write them, and their effects apart from them."""
    genome = Genome.from_codes({chrom: one.codes for chrom, one in planted.items()})
    contigs = [PlantedContig(chrom, one) for chrom, one in planted.items()]
    rng = named_stream(config.seed, "variants")
    drawn = draw_expression_variants(contigs, genome, config.rules.grammar, n_variants=config.n_variants, rng=rng)
    variants = list(drawn["variant"])
    write_vcf(files.variants, variants, sizes=genome.sizes, source=f"cisgram {cisgram.__version__} simulated")
    effects = expression_effects(variants, genome, promoters, rules=config.rules, assays=config.assays)
    for place, name in enumerate(("kind", "motif", "element")):
        effects.insert(5 + place, name, drawn[name])
    effects = effects.round(5)
    write_table(files.variant_effects, effects, provenance={"seed": config.seed, "cisgram": cisgram.__version__})
    return effects


def _truth(
    config: ExpressionConfig, sizes: Mapping[str, int], counts: Mapping[str, int], files: ExpressionFiles
) -> dict[str, Any]:
    """What ``truth.json`` says."""
    return {
        "format": EXPRESSION_FORMAT,
        "version": EXPRESSION_VERSION,
        "cisgram": cisgram.__version__,
        "seed": config.seed,
        "config": config.settings(),
        "contigs": dict(sizes),
        "split": suggested_split(list(sizes)),
        **describe_grammar(config.rules.grammar),
        "tracks": list(files.tracks),
        "counts": dict(counts),
        "readout_bp": EXPRESSION_READOUT_BP,
        "files": sorted(path.relative_to(files.folder).as_posix() for path in files.paths()),
    }
