"""The files of simulated ATAC-seq on single cells, and what their truth says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cisgram.simulate.folder import paths_of, read_truth_of, require_whole

ATAC_FORMAT, ATAC_VERSION = "cisgram simulated ATAC-seq", 2


@dataclass(frozen=True)
class AtacFiles:
    """Where everything lies.

    Parameters
    ----------
    folder
        The folder that holds it all.
    genome, chrom_sizes
        FASTA, packed with bgzip; names and lengths of the contigs.
    fragments
        Fragments of all cells, sorted, packed with bgzip: contig, start, end, barcode, 1. Ends are centres of cuts.
    barcodes
        Table of barcode and group (the cell type).
    libraries
        Fragments of every further library, in the same form.
    peaks
        Truth: narrowPeak by cell type, where more cuts are expected of open chromatin than of an average background.
    expected
        Truth: bigWig by cell type of the expected coverage (cuts extended by 100 bp) of all its fragments, in steps
        of 10 bp.
    motifs, unmappable, instances
        As in :class:`cisgram.simulate.accessibility_files.AccessibilityFiles`.
    truth
        JSON: grammar, settings, suggested split, fragments and cells by type. Written last.
    """

    folder: Path
    genome: Path
    chrom_sizes: Path
    fragments: Path
    barcodes: Path
    libraries: Mapping[str, Path]
    peaks: Mapping[str, Path]
    expected: Mapping[str, Path]
    motifs: Path
    unmappable: Path
    instances: Path
    truth: Path

    @classmethod
    def in_folder(cls, folder: Path, *, cell_types: Sequence[str], libraries: Sequence[str] = ()) -> "AtacFiles":
        """The names of all files, whether they are there or not."""
        return cls(
            folder=folder,
            genome=folder / "genome.fa.gz",
            chrom_sizes=folder / "chrom.sizes",
            fragments=folder / "fragments.tsv.gz",
            barcodes=folder / "barcodes.tsv",
            libraries={name: folder / "libraries" / f"{name}.fragments.tsv.gz" for name in libraries},
            peaks={name: folder / "truth" / "peaks" / f"{name}.narrowPeak" for name in cell_types},
            expected={name: folder / "truth" / "expected" / f"{name}.bw" for name in (*cell_types, *libraries)},
            motifs=folder / "motifs.meme",
            unmappable=folder / "unmappable.bed",
            instances=folder / "truth" / "instances.tsv.gz",
            truth=folder / "truth.json",
        )

    @classmethod
    def load(cls, folder: Path) -> "AtacFiles":
        """Find the files of an earlier simulation.

        Raises
        ------
        FormatError
            Where ``truth.json`` is not one of ours, or of another version.
        RunFolderError
            Where a file is missing.
        """
        truth = read_atac_truth(folder / "truth.json")
        config = truth["config"]
        names = list(config["libraries"])
        files = cls.in_folder(folder, cell_types=list(config["cells"]["cell_types"]), libraries=names)
        require_whole(folder, files.paths())
        return files

    def paths(self) -> Iterator[Path]:
        """Every file, ``truth.json`` last."""
        return paths_of(self)


def read_atac_truth(path: Path) -> dict[str, Any]:
    """Read ``truth.json``: settings, grammar, suggested split, fragments, cells and peaks by cell type.

    Raises
    ------
    FormatError
        Where the file is no truth of simulated ATAC-seq, or of a version that is not known.
    """
    return read_truth_of(path, kind=ATAC_FORMAT, version=ATAC_VERSION)
