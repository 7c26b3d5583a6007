"""Histone marks of several cell types on one simulated genome, as reads, with the states that made them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import cisgram
from cisgram.errors import ConfigError
from cisgram.genomics.segmentation import Segmentation
from cisgram.io.chromhmm.file_table import MarkFile, write_mark_files
from cisgram.io.chromhmm.segments import read_segments, write_segments
from cisgram.io.fasta import write_fasta
from cisgram.io.files import write_json_atomic
from cisgram.io.meme import write_meme
from cisgram.io.packing import write_chunks
from cisgram.io.tables import write_bed, write_chrom_sizes, write_table
from cisgram.simulate.assays.histone_marks import (
    Fragments,
    HistoneExperiment,
    bin_landscape,
    draw_fragments,
    expected_fragments,
)
from cisgram.simulate.cell import contig_sizes
from cisgram.simulate.cell_types import cell_type_grammar
from cisgram.simulate.chromatin_files import (
    CHROMATIN_FORMAT,
    CHROMATIN_VERSION,
    ChromatinFiles,
    read_chromatin_truth,
)
from cisgram.simulate.chromatin_states import MARKS, PLANTED_STATES, ChromatinPlan, plan_chromatin, state_levels
from cisgram.simulate.element_motifs import enriched_motifs, plant_elements
from cisgram.simulate.folder import claim_folder, earlier_simulation
from cisgram.simulate.genome import BackgroundConfig, background_contig, repeat_families
from cisgram.simulate.streams import named_stream
from cisgram.simulate.truth import suggested_split

BIN_SIZE = 200
"""Width of the bins that states are planted in, in bp."""


@dataclass(frozen=True)
class ChromatinConfig:
    """What to simulate.

    Parameters
    ----------
    seed
        Seed of everything, 0 or more.
    genome_bp, n_contigs
        Length of the genome and number of contigs.
    cell_types
        Names from :data:`cisgram.simulate.element_motifs.OWN_MOTIFS`, each once.
    background
        What the genome looks like between elements.
    experiment
        Depth and noise.
    has_fragments
        Write whole fragments, as from paired ends, in place of reads of one end.
    """

    seed: int = 1
    genome_bp: int = 10_000_000
    n_contigs: int = 5
    cell_types: tuple[str, ...] = ("erythroid", "hepatic", "myeloid")
    background: BackgroundConfig = field(default_factory=BackgroundConfig)
    experiment: HistoneExperiment = field(default_factory=HistoneExperiment)
    has_fragments: bool = False

    def __post_init__(self) -> None:
        if not self.cell_types or len(set(self.cell_types)) < len(self.cell_types):
            raise ConfigError(f"there must be at least one cell type, each once; got {list(self.cell_types)}")
        enriched_motifs(self.cell_types)
        if self.seed < 0 or self.n_contigs < 3 or self.genome_bp < self.n_contigs * 100_000:
            raise ConfigError("seed must be 0 or more, n_contigs at least 3, and contigs 100000 bp on average")

    @classmethod
    def preset(cls, name: str, *, seed: int = 1) -> "ChromatinConfig":
        """Named sizes: ``tiny`` (600,000 bp, tests), ``small`` (3 million), ``demo`` (10 million), ``large`` (100)."""
        sizes = {"tiny": (600_000, 3), "small": (3_000_000, 4), "demo": (10_000_000, 5), "large": (100_000_000, 10)}
        if name not in sizes:
            raise ConfigError(f"there is no preset {name!r}; there are {', '.join(sizes)}")
        genome_bp, n_contigs = sizes[name]
        return cls(seed=seed, genome_bp=genome_bp, n_contigs=n_contigs)

    def settings(self) -> dict[str, Any]:
        """All settings as plain values."""
        return asdict(self)


def simulate_chromatin(config: ChromatinConfig, folder: Path) -> ChromatinFiles:
    """Simulate a genome, its chromatin states in several cell types, and the reads of histone marks; write all files.

    The same config gives the same files, byte for byte. Memory is that of the largest contig: some 30 bytes per base
    of it, and 30 per read on it.

    Parameters
    ----------
    config
        What to simulate.
    folder
        Where to; made if it is missing. An earlier simulation in it is replaced.

    Returns
    -------
    ChromatinFiles
        Where everything is.

    Raises
    ------
    RunFolderError
        Where the folder holds something else.
    OutputError
        Where a file cannot be written.
    """
    folder = Path(folder)
    has_control = config.experiment.control_reads_per_bin > 0
    files = ChromatinFiles.in_folder(folder, cell_types=config.cell_types, has_control=has_control)
    claim_folder(folder, paths=list(files.paths()), truth=files.truth)
    sizes = contig_sizes(config.genome_bp, config.n_contigs)
    contigs = {chrom: _contig(chrom, size, config) for chrom, size in sizes.items()}
    write_fasta(files.genome, {chrom: contig.codes for chrom, contig in contigs.items()})
    n_reads = {}
    for (cell, mark), path in files.reads.items():
        n_reads[cell, mark] = _write_reads(path, cell, mark, contigs, config)
    _write_truth_tables(files, contigs, config)
    write_chrom_sizes(files.chrom_sizes, sizes)
    write_meme(files.motifs, [motif.motif for motif in cell_type_grammar().motifs])
    control_of = {cell: files.reads.get((cell, "control")) for cell in config.cell_types}
    rows = [MarkFile(*key, path, control_of[key[0]]) for key, path in files.reads.items() if key[1] != "control"]
    write_mark_files(files.marks, rows)
    write_json_atomic(files.truth, _truth(config, sizes, n_reads, files))
    return files


def find_chromatin(config: ChromatinConfig, folder: Path) -> ChromatinFiles | None:
    """The files that :func:`simulate_chromatin` would write, if they lie there already, of these settings."""
    described = {"config": config.settings()}
    return earlier_simulation(ChromatinFiles.load, read_chromatin_truth, folder, described=described)


def planted_segmentation(files: ChromatinFiles, cell: str) -> Segmentation:
    """The planted states of one cell type, read back from its BED file.

    Raises
    ------
    InputError, FormatError
        Where the file cannot be read or is damaged.
    """
    found = read_segments(files.segments[cell], cell=cell, bin_size=BIN_SIZE, n_states=len(PLANTED_STATES))
    return replace(found, names=tuple(state.name for state in PLANTED_STATES))


@dataclass(frozen=True, eq=False)
class _Contig:
    """One contig with everything on it."""

    codes: np.ndarray
    plan: ChromatinPlan
    landscape: np.ndarray
    instances: pd.DataFrame
    islands: pd.DataFrame


def _contig(chrom: str, size: int, config: ChromatinConfig) -> _Contig:
    """Make one contig; it depends on its own name and length, and on no other contig."""
    families = repeat_families(config.background, named_stream(config.seed, "repeats"))
    rng = named_stream(config.seed, "background", chrom)
    drawn = background_contig(size, config=config.background, families=families, rng=rng)
    n_bins = size // BIN_SIZE
    plan = plan_chromatin(chrom, n_bins, cell_types=config.cell_types, bin_size=BIN_SIZE, seed=config.seed)
    codes, instances, islands = plant_elements(drawn.codes, plan, seed=config.seed)
    landscape = bin_landscape(chrom, n_bins, unmappable=drawn.unmappable, bin_size=BIN_SIZE, seed=config.seed)
    return _Contig(codes, plan, landscape, instances, islands)


def _write_reads(path: Path, cell: str, mark: str, contigs: Mapping[str, _Contig], config: ChromatinConfig) -> int:
    """Write the reads of one mark in one cell type; returns how many there are."""
    experiment, expected = config.experiment, {}
    for chrom, contig in contigs.items():
        rng = named_stream(config.seed, "strength", chrom, cell, mark)
        states = contig.plan.states[cell]
        expected[chrom] = expected_fragments(states, mark, contig.landscape, experiment=experiment, rng=rng)
    per_bin = experiment.control_reads_per_bin if mark == "control" else experiment.reads_per_bin
    n_bins = sum(values.size for values in expected.values())
    scale, n_reads = per_bin * n_bins / sum(float(values.sum()) for values in expected.values()), 0

    def lines() -> Iterator[bytes]:
        nonlocal n_reads
        for chrom, values in expected.items():
            rng = named_stream(config.seed, "reads", chrom, cell, mark)
            drawn = draw_fragments(values * scale, bin_size=BIN_SIZE, experiment=experiment, rng=rng)
            n_reads += drawn.start.size
            yield _bed_lines(chrom, drawn, None if config.has_fragments else experiment.read_bp)

    write_chunks(path, lines())
    return n_reads


def _bed_lines(chrom: str, fragments: Fragments, read_bp: int | None) -> bytes:
    """Fragments as BED of three columns, or reads of a length with their strands."""
    if read_bp is None:
        pairs = zip(fragments.start.tolist(), fragments.end.tolist(), strict=True)
        return "".join(f"{chrom}\t{start}\t{end}\n" for start, end in pairs).encode()
    reads = fragments.reads(read_bp)
    columns = (reads.start.tolist(), reads.end.tolist(), reads.is_reverse.tolist())
    rows = zip(*columns, strict=True)
    return "".join(f"{chrom}\t{start}\t{end}\t.\t0\t{'+-'[strand]}\n" for start, end, strand in rows).encode()


def _write_truth_tables(files: ChromatinFiles, contigs: Mapping[str, _Contig], config: ChromatinConfig) -> None:
    """Write genes, islands, enhancers, instances and segments."""
    provenance = {"seed": config.seed, "cisgram": cisgram.__version__}
    genes = _joined([contig.plan.genes for contig in contigs.values()])
    write_bed(files.genes, genes[["chrom", "start", "end", "name"]].assign(score=0, strand=genes["strand"]))
    write_table(files.gene_table, genes, provenance=provenance)
    write_bed(files.islands, _joined([contig.islands for contig in contigs.values()]))
    enhancers = _joined([contig.plan.enhancers for contig in contigs.values()])
    write_table(files.enhancers, enhancers, provenance=provenance)
    instances = _joined([contig.instances for contig in contigs.values()])
    write_table(files.instances, instances, provenance=provenance)
    write_table(files.levels, state_levels().reset_index(), provenance=provenance)
    for cell, path in files.segments.items():
        states = {chrom: contig.plan.states[cell] for chrom, contig in contigs.items()}
        write_segments(path, Segmentation.from_states(cell, states, n_states=len(PLANTED_STATES), bin_size=BIN_SIZE))


def _joined(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Tables of all contigs, one below the other."""
    return pd.concat([table for table in tables if len(table)] or tables[:1], ignore_index=True)


def _truth(
    config: ChromatinConfig, sizes: Mapping[str, int], n_reads: Mapping[tuple[str, str], int], files: ChromatinFiles
) -> dict[str, Any]:
    """What ``truth.json`` says."""
    return {
        "format": CHROMATIN_FORMAT,
        "version": CHROMATIN_VERSION,
        "cisgram": cisgram.__version__,
        "seed": config.seed,
        "config": config.settings(),
        "contigs": dict(sizes),
        "split": suggested_split(list(sizes)),
        "bin_size": BIN_SIZE,
        "marks": list(MARKS),
        "states": [state.name for state in PLANTED_STATES],
        "motifs_in_states": enriched_motifs(config.cell_types),
        "n_reads": {
            cell: {mark: n for (of_cell, mark), n in n_reads.items() if of_cell == cell} for cell in config.cell_types
        },
        "files": sorted(path.relative_to(files.folder).as_posix() for path in files.paths()),
    }
