"""The files of simulated cell types, and what their truth says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cisgram.simulate.folder import paths_of, read_truth_of, require_whole

FORMAT, VERSION = "cisgram simulated accessibility", 1


@dataclass(frozen=True)
class AccessibilityFiles:
    """Where everything lies.

    Parameters
    ----------
    folder
        The folder that holds it all.
    genome, chrom_sizes
        FASTA, packed with bgzip; names and lengths of the contigs.
    peaks
        narrowPeak with summits, by cell type.
    motifs
        MEME file of the planted motifs.
    unmappable
        BED of stretches where no read can be placed; usable as regions to avoid.
    instances
        Truth: every planted site, and every chance site that is bound in a cell type; one column ``open_NAME`` per
        cell type: share of the time that it is bound there, times how far its protein opens it.
    specificity
        Truth: concentration by motif (rows) and cell type (columns).
    variants, variant_effects
        VCF of variants in and beside sites; truth: what each does to the cuts of every cell type, see
        :func:`cisgram.simulate.cell_type_effects.cell_type_effects`.
    truth
        JSON: grammar, settings, suggested split, layout, number of peaks. Written last.
    """

    folder: Path
    genome: Path
    chrom_sizes: Path
    peaks: Mapping[str, Path]
    motifs: Path
    unmappable: Path
    instances: Path
    specificity: Path
    variants: Path
    variant_effects: Path
    truth: Path

    @classmethod
    def in_folder(cls, folder: Path, *, cell_types: Sequence[str]) -> "AccessibilityFiles":
        """The names of all files, whether they are there or not."""
        return cls(
            folder=folder,
            genome=folder / "genome.fa.gz",
            chrom_sizes=folder / "chrom.sizes",
            peaks={name: folder / "peaks" / f"{name}.narrowPeak" for name in cell_types},
            motifs=folder / "motifs.meme",
            unmappable=folder / "unmappable.bed",
            instances=folder / "truth" / "instances.tsv.gz",
            specificity=folder / "truth" / "specificity.tsv",
            variants=folder / "variants.vcf",
            variant_effects=folder / "truth" / "variant_effects.tsv",
            truth=folder / "truth.json",
        )

    @classmethod
    def load(cls, folder: Path) -> "AccessibilityFiles":
        """Find the files of an earlier simulation.

        Raises
        ------
        FormatError
            Where ``truth.json`` is not one of ours, or of another version.
        RunFolderError
            Where a file is missing.
        """
        truth = read_accessibility_truth(folder / "truth.json")
        files = cls.in_folder(folder, cell_types=list(truth["config"]["cell_types"]))
        require_whole(folder, files.paths())
        return files

    def paths(self) -> Iterator[Path]:
        """Every file, ``truth.json`` last."""
        return paths_of(self)


def read_accessibility_truth(path: Path) -> dict[str, Any]:
    """Read ``truth.json``: settings, grammar, suggested split, layout, number of peaks.

    Raises
    ------
    FormatError
        Where the file is no truth of simulated cell types, or of a version that is not known.
    """
    return read_truth_of(path, kind=FORMAT, version=VERSION)
