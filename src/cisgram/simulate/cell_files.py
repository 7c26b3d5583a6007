"""The files of a simulated cell and their names."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cisgram.simulate.folder import paths_of, read_truth_of, require_whole

CONTROL = "control"
"""Name of the control in file names and tables."""

_WORDS: dict[Literal["+", "-"], str] = {"+": "plus", "-": "minus"}

TRUTH_FORMAT = "cisgram simulated cell"
TRUTH_VERSION = 1


@dataclass(frozen=True)
class TrackFile:
    """One bigWig of 5' ends.

    Parameters
    ----------
    factor
        Name of the factor, or ``control``.
    replicate
        Number from 1 on.
    strand
        ``+`` or ``-``; counts are positive on both.
    path
        The file.
    """

    factor: str
    replicate: int
    strand: Literal["+", "-"]
    path: Path


@dataclass(frozen=True)
class MutantFiles:
    """Where the experiments on a mutant of the cell lie.

    Parameters
    ----------
    config
        TOML that ``cisgram experiment validate`` reads.
    changes
        VCF of what is changed in the genome.
    tracks
        ChIP-nexus of every assayed factor: replicates and strands.
    effects
        Truth: table of the changes' effects on every factor.
    """

    config: Path
    changes: Path
    tracks: tuple[TrackFile, ...]
    effects: Path

    def paths(self) -> Iterator[Path]:
        """Every file."""
        return paths_of(self)


@dataclass(frozen=True)
class CellFiles:
    """Where everything about one simulated cell lies.

    Parameters
    ----------
    folder
        The folder that holds it all.
    genome
        FASTA, packed with bgzip.
    chrom_sizes
        Names and lengths of the contigs.
    tracks
        ChIP-nexus of every assayed factor: replicates and strands.
    controls
        The control: plus, minus.
    peaks
        narrowPeak with summits, by factor.
    motifs
        MEME file of the planted motifs.
    known_database
        MEME file of a database: the planted motifs among decoys.
    variants
        VCF, without any hint at effects.
    unmappable
        BED of stretches where no read can be placed; usable as a blacklist.
    instances
        Truth: table of every planted site and every bound chance site, see
        :func:`cisgram.simulate.contig.instance_table`.
    instances_bed
        The same as BED for browsers: name = motif, score = thousandths of occupancy.
    regions
        Truth: table of the planted regions and their kinds.
    variant_effects
        Truth: table of the variants' kinds and of their effects on every factor.
    truth
        JSON: rules, settings, seed, versions, layout, counts.
    mutants
        Of the same experiments on a mutant of the cell; None for no mutant.
    """

    folder: Path
    genome: Path
    chrom_sizes: Path
    tracks: tuple[TrackFile, ...]
    controls: tuple[TrackFile, ...]
    peaks: Mapping[str, Path]
    motifs: Path
    known_database: Path
    variants: Path
    unmappable: Path
    instances: Path
    instances_bed: Path
    regions: Path
    variant_effects: Path
    truth: Path
    mutants: "MutantFiles | None" = None

    @classmethod
    def in_folder(
        cls, folder: Path, *, factors: Sequence[str], n_replicates: int, has_mutants: bool = False
    ) -> "CellFiles":
        """The names of all files, whether they are there or not.

        Examples
        --------
        >>> files = CellFiles.in_folder(Path("cell"), factors=["Nanog"], n_replicates=2)
        >>> files.track("Nanog", replicate=2, strand="-").name
        'Nanog.rep2.minus.bw'
        """
        return cls(
            folder=folder,
            genome=folder / "genome.fa.gz",
            chrom_sizes=folder / "chrom.sizes",
            tracks=_tracks(folder / "tracks", factors, n_replicates),
            controls=tuple(
                TrackFile(CONTROL, 1, strand, folder / "tracks" / f"{CONTROL}.{word}.bw")
                for strand, word in _WORDS.items()
            ),
            peaks={factor: folder / "peaks" / f"{factor}.narrowPeak" for factor in factors},
            motifs=folder / "motifs.meme",
            known_database=folder / "known_database.meme",
            variants=folder / "variants.vcf",
            unmappable=folder / "unmappable.bed",
            instances=folder / "truth" / "instances.tsv.gz",
            instances_bed=folder / "truth" / "instances.bed.gz",
            regions=folder / "truth" / "regions.tsv.gz",
            variant_effects=folder / "truth" / "variant_effects.tsv",
            truth=folder / "truth.json",
            mutants=_mutant_files(folder / "mutants", factors, n_replicates) if has_mutants else None,
        )

    @classmethod
    def load(cls, folder: Path) -> "CellFiles":
        """Find the files of a cell that was simulated before.

        Raises
        ------
        RunFolderError
            Where a file is missing.
        FormatError
            Where ``truth.json`` is not one of ours, or of another version.
        """
        truth = read_truth(folder / "truth.json")
        factors = [factor["name"] for factor in truth["factors"] if factor["is_assayed"]]
        n_replicates = truth["config"]["chip_nexus"]["n_replicates"]
        has_mutants = bool(truth["config"].get("n_mutants", 0))
        files = cls.in_folder(folder, factors=factors, n_replicates=n_replicates, has_mutants=has_mutants)
        require_whole(folder, files.paths())
        return files

    def track(self, factor: str, *, replicate: int, strand: Literal["+", "-"]) -> Path:
        """The bigWig of one replicate and strand."""
        for track in self.tracks:
            if (track.factor, track.replicate, track.strand) == (factor, replicate, strand):
                return track.path
        raise KeyError(f"no track of {factor}, replicate {replicate}, strand {strand}")

    def paths(self) -> Iterator[Path]:
        """Every file, ``truth.json`` last."""
        return paths_of(self)


def _tracks(folder: Path, factors: Sequence[str], n_replicates: int) -> tuple[TrackFile, ...]:
    """One bigWig per factor, replicate and strand."""
    return tuple(
        TrackFile(factor, replicate, strand, folder / f"{factor}.rep{replicate}.{word}.bw")
        for factor in factors
        for replicate in range(1, n_replicates + 1)
        for strand, word in _WORDS.items()
    )


def _mutant_files(folder: Path, factors: Sequence[str], n_replicates: int) -> MutantFiles:
    tracks = _tracks(folder / "tracks", factors, n_replicates)
    return MutantFiles(folder / "mutants.toml", folder / "changes.vcf", tracks, folder / "effects.tsv")


def read_truth(path: Path) -> dict:
    """Read ``truth.json``; see :func:`cisgram.simulate.truth.describe` for what it holds.

    Raises
    ------
    FormatError
        Where the file is no truth of a simulated cell, or of a version that is not known.
    """
    return read_truth_of(path, kind=TRUTH_FORMAT, version=TRUTH_VERSION)
