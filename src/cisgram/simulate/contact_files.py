"""The files of simulated contact maps, and what their truth says."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cisgram.simulate.folder import paths_of, read_truth_of, require_whole

CONTACT_FORMAT, CONTACT_VERSION = "cisgram simulated contact maps", 1


@dataclass(frozen=True)
class ContactFiles:
    """Where everything lies.

    Parameters
    ----------
    folder
        The folder that holds it all.
    genome, chrom_sizes
        FASTA, packed with bgzip; names and lengths of the contigs.
    contacts
        Contact map of all replicates together (.cool), with the planted weights.
    replicates
        One map per replicate.
    expected
        Map of what the replicates have in common, without noise, depth and visibility: floats, weights of 1.
    sites
        BED of CTCF sites; score is 1000 times the share of the time for which one is bound.
    ctcf
        bigWig of a ChIP-seq-like signal on them.
    motifs
        MEME file of the motif.
    variants
        VCF of variants in and beside sites.
    variant_effects
        Truth: what each does to the contacts around it, see :mod:`cisgram.simulate.contact_variants`.
    boundaries, domains, loops, compartments, bins
        Truth: see :mod:`cisgram.simulate.contact_truth`.
    truth
        JSON: settings, suggested split. Written last.
    """

    folder: Path
    genome: Path
    chrom_sizes: Path
    contacts: Path
    replicates: tuple[Path, ...]
    expected: Path
    sites: Path
    ctcf: Path
    motifs: Path
    variants: Path
    variant_effects: Path
    boundaries: Path
    domains: Path
    loops: Path
    compartments: Path
    bins: Path
    truth: Path

    @classmethod
    def in_folder(cls, folder: Path, *, n_replicates: int = 2) -> "ContactFiles":
        """The names of all files, whether they are there or not."""
        return cls(
            folder=folder,
            genome=folder / "genome.fa.gz",
            chrom_sizes=folder / "chrom.sizes",
            contacts=folder / "contacts.cool",
            replicates=tuple(folder / f"contacts.rep{number + 1}.cool" for number in range(n_replicates)),
            expected=folder / "expected.cool",
            sites=folder / "sites.bed",
            ctcf=folder / "ctcf.bw",
            motifs=folder / "motifs.meme",
            variants=folder / "variants.vcf",
            variant_effects=folder / "truth" / "variant_effects.tsv",
            boundaries=folder / "truth" / "boundaries.tsv",
            domains=folder / "truth" / "domains.bed",
            loops=folder / "truth" / "loops.bedpe",
            compartments=folder / "truth" / "compartments.bed",
            bins=folder / "truth" / "bins.tsv.gz",
            truth=folder / "truth.json",
        )

    @classmethod
    def load(cls, folder: Path) -> "ContactFiles":
        """Find the files of an earlier simulation.

        Raises
        ------
        FormatError
            Where ``truth.json`` is not one of ours, or of another version.
        RunFolderError
            Where a file is missing.
        """
        config = read_contact_truth(folder / "truth.json")["config"]
        files = cls.in_folder(folder, n_replicates=config["n_replicates"])
        require_whole(folder, files.paths())
        return files

    def paths(self) -> Iterator[Path]:
        """Every file, ``truth.json`` last."""
        return paths_of(self)


def read_contact_truth(path: Path) -> dict[str, Any]:
    """Read ``truth.json``: settings, contigs, suggested split, how many of everything was planted.

    Raises
    ------
    FormatError
        Where the file is no truth of simulated contact maps, or of a version that is not known.
    """
    return read_truth_of(path, kind=CONTACT_FORMAT, version=CONTACT_VERSION)
