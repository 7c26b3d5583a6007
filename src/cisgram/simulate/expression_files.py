"""The files of a simulated genome with distal enhancers, and what their truth says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cisgram.simulate.folder import paths_of, read_truth_of, require_whole

EXPRESSION_FORMAT, EXPRESSION_VERSION = "cisgram simulated expression", 1


@dataclass(frozen=True)
class ExpressionTrack:
    """The bigWigs of one track.

    Parameters
    ----------
    pooled
        Sum of all replicates.
    replicates
        Each of them.
    expected
        Truth: the sum without the noise of counting.
    """

    pooled: Path
    replicates: tuple[Path, ...]
    expected: Path


@dataclass(frozen=True)
class ExpressionFiles:
    """Where everything lies.

    Parameters
    ----------
    folder
        The folder that holds it all.
    genome, chrom_sizes
        FASTA, packed with bgzip; names and lengths of the contigs.
    tracks
        bigWigs by name of the track.
    track_table
        Table of the tracks with the columns that Basenji reads, and ``replicates`` (paths with commas between).
    genes
        BED of genes with strands; the first transcribed base of each is its promoter's.
    enhancers
        BED of enhancers and decoys as one would find them by their marks; scores are 0, their activity is truth.
    motifs
        MEME file of all motifs.
    variants
        VCF of single bases, insertions and deletions.
    elements, instances, promoters, links, variant_effects
        Truth: see :mod:`cisgram.simulate.expression_truth` and :mod:`cisgram.simulate.expression_variants`.
    truth
        JSON: settings, rules, suggested split. Written last.
    """

    folder: Path
    genome: Path
    chrom_sizes: Path
    tracks: Mapping[str, ExpressionTrack]
    track_table: Path
    genes: Path
    enhancers: Path
    motifs: Path
    variants: Path
    elements: Path
    instances: Path
    promoters: Path
    links: Path
    variant_effects: Path
    truth: Path

    @classmethod
    def in_folder(cls, folder: Path, *, track_names: Sequence[str], n_replicates: int) -> "ExpressionFiles":
        """The names of all files, whether they are there or not."""
        numbers = range(1, n_replicates + 1)
        return cls(
            folder=folder,
            genome=folder / "genome.fa.gz",
            chrom_sizes=folder / "chrom.sizes",
            tracks={
                name: ExpressionTrack(
                    folder / "tracks" / f"{name}.bw",
                    tuple(folder / "tracks" / f"{name}.rep{number}.bw" for number in numbers),
                    folder / "truth" / "expected" / f"{name}.bw",
                )
                for name in track_names
            },
            track_table=folder / "tracks.tsv",
            genes=folder / "genes.bed",
            enhancers=folder / "enhancers.bed",
            motifs=folder / "motifs.meme",
            variants=folder / "variants.vcf",
            elements=folder / "truth" / "elements.tsv",
            instances=folder / "truth" / "instances.tsv.gz",
            promoters=folder / "truth" / "promoters.tsv",
            links=folder / "truth" / "links.tsv.gz",
            variant_effects=folder / "truth" / "variant_effects.tsv",
            truth=folder / "truth.json",
        )

    @classmethod
    def load(cls, folder: Path) -> "ExpressionFiles":
        """Find the files of an earlier simulation.

        Raises
        ------
        FormatError
            Where ``truth.json`` is not one of ours, or of another version.
        RunFolderError
            Where a file is missing.
        """
        truth = read_expression_truth(folder / "truth.json")
        n_replicates = truth["config"]["assays"]["n_replicates"]
        files = cls.in_folder(folder, track_names=truth["tracks"], n_replicates=n_replicates)
        require_whole(folder, files.paths())
        return files

    def paths(self) -> Iterator[Path]:
        """Every file, ``truth.json`` last."""
        return paths_of(self)


def read_expression_truth(path: Path) -> dict[str, Any]:
    """Read ``truth.json``: settings, rules, contigs, suggested split, how many of everything was planted.

    Raises
    ------
    FormatError
        Where the file is no truth of a simulated genome with enhancers, or of a version that is not known.
    """
    return read_truth_of(path, kind=EXPRESSION_FORMAT, version=EXPRESSION_VERSION)
