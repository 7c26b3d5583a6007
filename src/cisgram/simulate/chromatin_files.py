"""The files of simulated histone marks, and what their truth says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cisgram.simulate.chromatin_states import MARKS, PLANTED_STATES
from cisgram.simulate.folder import paths_of, read_truth_of, require_whole

CHROMATIN_FORMAT, CHROMATIN_VERSION = "cisgram simulated histone marks", 1


@dataclass(frozen=True)
class ChromatinFiles:
    """Where everything lies.

    Parameters
    ----------
    folder
        The folder that holds it all.
    genome, chrom_sizes
        FASTA, packed with bgzip; names and lengths of the contigs.
    marks
        Table of cell type, mark, reads and control, as ``cisgram states binarize`` and ChromHMM read it.
    reads
        Reads (BED, six columns) or fragments (BED, three columns) by cell type and mark, packed; those of the control
        under ``control``, which are missing where none was made.
    genes, islands
        BED of genes with strands and of CpG islands.
    motifs
        MEME file of the planted motifs.
    segments
        Truth: BED by cell type of the planted states, E1, E2, ... in the order of ``truth.json``.
    enhancers, gene_table, instances
        Truth: tables of enhancers and genes with the cell types they are active in, and of planted motif instances.
    levels
        Truth: table of states with how strong every mark is in each.
    truth
        JSON: settings, states, motifs by state, suggested split. Written last.
    """

    folder: Path
    genome: Path
    chrom_sizes: Path
    marks: Path
    reads: Mapping[tuple[str, str], Path]
    genes: Path
    islands: Path
    motifs: Path
    segments: Mapping[str, Path]
    enhancers: Path
    gene_table: Path
    instances: Path
    levels: Path
    truth: Path

    @classmethod
    def in_folder(cls, folder: Path, *, cell_types: Sequence[str], has_control: bool = True) -> "ChromatinFiles":
        """The names of all files, whether they are there or not."""
        marks = (*MARKS, "control") if has_control else MARKS
        number = len(PLANTED_STATES)
        return cls(
            folder=folder,
            genome=folder / "genome.fa.gz",
            chrom_sizes=folder / "chrom.sizes",
            marks=folder / "marks.tsv",
            reads={(cell, mark): folder / "reads" / f"{cell}_{mark}.bed.gz" for cell in cell_types for mark in marks},
            genes=folder / "genes.bed",
            islands=folder / "cpg_islands.bed",
            motifs=folder / "motifs.meme",
            segments={cell: folder / "truth" / f"{cell}_{number}_segments.bed" for cell in cell_types},
            enhancers=folder / "truth" / "enhancers.tsv",
            gene_table=folder / "truth" / "genes.tsv",
            instances=folder / "truth" / "instances.tsv.gz",
            levels=folder / "truth" / "levels.tsv",
            truth=folder / "truth.json",
        )

    @classmethod
    def load(cls, folder: Path) -> "ChromatinFiles":
        """Find the files of an earlier simulation.

        Raises
        ------
        FormatError
            Where ``truth.json`` is not one of ours, or of another version.
        RunFolderError
            Where a file is missing.
        """
        config = read_chromatin_truth(folder / "truth.json")["config"]
        has_control = config["experiment"]["control_reads_per_bin"] > 0
        files = cls.in_folder(folder, cell_types=config["cell_types"], has_control=has_control)
        require_whole(folder, files.paths())
        return files

    def paths(self) -> Iterator[Path]:
        """Every file, ``truth.json`` last."""
        return paths_of(self)


def read_chromatin_truth(path: Path) -> dict[str, Any]:
    """Read ``truth.json``: settings, states, motifs by cell type and state, suggested split.

    Raises
    ------
    FormatError
        Where the file is no truth of simulated histone marks, or of a version that is not known.
    """
    return read_truth_of(path, kind=CHROMATIN_FORMAT, version=CHROMATIN_VERSION)
