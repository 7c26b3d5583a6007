"""Restriction enzymes: where they cut a genome, and how long the fragments between the cuts are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import CutPositions, SequenceCodes
from cisgram.errors import InputError
from cisgram.genomics.genome import Genome

ENZYMES: Mapping[str, tuple[str, ...]] = {
    "AluI": ("AG^CT",),
    "Arima": ("^GATC", "G^ANTC"),
    "BamHI": ("G^GATCC",),
    "BglII": ("A^GATCT",),
    "Csp6I": ("G^TAC",),
    "DdeI": ("C^TNAG",),
    "DpnII": ("^GATC",),
    "EcoRI": ("G^AATTC",),
    "HaeIII": ("GG^CC",),
    "HindIII": ("A^AGCTT",),
    "HinfI": ("G^ANTC",),
    "MboI": ("^GATC",),
    "MseI": ("T^TAA",),
    "MspI": ("C^CGG",),
    "NcoI": ("C^CATGG",),
    "NlaIII": ("CATG^",),
    "Sau3AI": ("^GATC",),
    "XbaI": ("T^CTAGA",),
}
"""Enzymes (and a mixture) of conformation capture, each with its sites: IUPAC letters, ``^`` where it cuts."""

FRAGMENT_COLUMNS = ("chrom", "start", "end")
"""Columns of :attr:`Digest.fragments`."""

_BASES = {
    **{"A": "A", "C": "C", "G": "G", "T": "T", "R": "AG", "Y": "CT", "S": "CG", "W": "AT", "K": "GT", "M": "AC"},
    **{"B": "CGT", "D": "AGT", "H": "ACT", "V": "ACG", "N": "ACGT"},
}
_OTHER_STRAND = dict(zip("ACGTRYSWKMBDHVN", "TGCAYRSWMKVHDBN", strict=True))


@dataclass(frozen=True)
class RestrictionSite:
    """A word that an enzyme knows and where it cuts it.

    Parameters
    ----------
    word
        IUPAC letters.
    cut
        Bases of the word before the cut of the strand on which it is read.

    Examples
    --------
    >>> RestrictionSite.parse("A^AGCTT")
    RestrictionSite(word='AAGCTT', cut=1)
    """

    word: str
    cut: int

    def __post_init__(self) -> None:
        if not self.word or set(self.word) - set(_BASES) or not 0 <= self.cut <= len(self.word):
            raise InputError(f"a site is IUPAC letters with a ^ where it is cut, such as A^AGCTT; got {self.word!r}")

    @classmethod
    def parse(cls, text: str) -> "RestrictionSite":
        """Read a site such as ``A^AGCTT``; without ``^`` it is cut before its first base.

        Raises
        ------
        InputError
            Where letters are not IUPAC's, or there are several cuts.
        """
        letters = text.strip().upper()
        if letters.count("^") > 1:
            raise InputError(f"a site is cut at one place; got {text!r}")
        return cls(letters.replace("^", ""), max(letters.find("^"), 0))

    @property
    def turned(self) -> "RestrictionSite":
        """The site as it reads on the other strand, with the cut of the same double strand."""
        return RestrictionSite("".join(_OTHER_STRAND[letter] for letter in self.word[::-1]), len(self.word) - self.cut)

    def probability(self, gc: float = 0.5) -> float:
        """How probable the word is at a place of a random sequence of a given share of G and C, on one strand."""
        of_base = {"A": (1 - gc) / 2, "C": gc / 2, "G": gc / 2, "T": (1 - gc) / 2}
        return float(np.prod([sum(of_base[base] for base in _BASES[letter]) for letter in self.word]))


class Digest(NamedTuple):
    """Fragments that enzymes leave of a genome."""

    fragments: pd.DataFrame
    """A row per fragment, ``FRAGMENT_COLUMNS``, in the order of the genome."""
    sites: tuple[RestrictionSite, ...]
    """What is cut."""
    expected_length: float
    """Mean length in bp between the sites of a random sequence with the genome's share of G and C."""
    expected_length_uniform: float
    """The same where all bases are as frequent: 4 to the power of the length of the word, for one plain word."""

    @property
    def cuts(self) -> dict[str, CutPositions]:
        """Contig -> where fragments begin and end, from 0 to the contig's length."""
        groups = self.fragments.groupby("chrom", sort=False)
        return {str(chrom): np.append(own["start"].to_numpy(), own["end"].iloc[-1]) for chrom, own in groups}


def restriction_sites(enzymes: Sequence[str]) -> tuple[RestrictionSite, ...]:
    """The sites of enzymes, by name (``HindIII``, ``DpnII``, ``Arima``) or as words (``A^AGCTT``), each once.

    Raises
    ------
    InputError
        Where a text is neither, or there is none.

    Examples
    --------
    >>> [site.word for site in restriction_sites(["dpnii", "G^ANTC"])]
    ['GATC', 'GANTC']
    """
    by_name = {name.lower(): words for name, words in ENZYMES.items()}
    found: list[RestrictionSite] = []
    for enzyme in enzymes:
        name = enzyme.strip()
        if name.lower() in by_name:
            found += [RestrictionSite.parse(word) for word in by_name[name.lower()]]
        elif name and set(name.upper()) <= {*_BASES, "^"}:
            found.append(RestrictionSite.parse(name))
        else:
            raise InputError(f"{name!r} is no enzyme that is known here ({', '.join(ENZYMES)}) nor a site like A^AGCTT")
    if not found:
        raise InputError("name at least one enzyme, or a site such as A^AGCTT")
    return tuple(dict.fromkeys(found))


def digest(genome: Genome, enzymes: Sequence[str]) -> Digest:
    """Cut a genome with enzymes.

    Parameters
    ----------
    genome
        The genome; an N is no base of any site.
    enzymes
        Names or sites, see :func:`restriction_sites`; several cut together.

    Returns
    -------
    Digest
        Fragments between the cuts of the plus strand, and how long such fragments should be.

    Examples
    --------
    >>> from cisgram.genomics.sequence import encode
    >>> cut = digest(Genome.from_codes({"I": encode("CCAAGCTTCCAAGCTTGG")}), ["HindIII"])
    >>> cut.fragments["start"].tolist(), cut.expected_length_uniform
    ([0, 3, 11], 4096.0)
    """
    sites = restriction_sites(enzymes)
    parts, n_gc, n_bases = [], 0, 0
    for chrom, size in genome.sizes.items():
        codes = genome.codes(chrom, 0, size)
        many = np.bincount(codes, minlength=5)
        n_gc, n_bases = n_gc + int(many[1] + many[2]), n_bases + int(many[:4].sum())
        edges = np.concatenate([[0], cut_positions(codes, sites), [size]]).astype(np.int64)
        parts.append(pd.DataFrame({"chrom": chrom, "start": edges[:-1], "end": edges[1:]}))
    fragments = pd.concat(parts, ignore_index=True)
    gc = n_gc / n_bases if n_bases else 0.5
    return Digest(fragments, sites, _mean_length(sites, gc), _mean_length(sites, 0.5))


def cut_positions(codes: SequenceCodes, sites: Sequence[RestrictionSite]) -> CutPositions:
    """Where sites of either strand are cut, as the first base behind the cut of the plus strand; sorted, each once.

    Parameters
    ----------
    codes
        A contig.
    sites
        What is cut; cuts at the very ends of the contig leave no fragment and are not given.
    """
    cuts = [np.zeros(0, dtype=np.int64)]
    for site in _both_strands(sites):
        n_places = len(codes) - len(site.word) + 1
        if n_places < 1:
            continue
        is_here = np.ones(n_places, dtype=np.bool_)
        for at, letter in enumerate(site.word):
            allowed = np.array([base in _BASES[letter] for base in "ACGT"] + [False])
            if letter != "N":
                is_here &= allowed[codes[at : at + n_places]]
            else:
                is_here &= codes[at : at + n_places] < 4
        cuts.append(np.flatnonzero(is_here) + site.cut)
    found = np.unique(np.concatenate(cuts))
    return found[(found > 0) & (found < len(codes))]


def _both_strands(sites: Sequence[RestrictionSite]) -> list[RestrictionSite]:
    """Sites, and those that are no palindromes on the other strand too."""
    turned = [site.turned for site in sites if site.turned.word != site.word]
    return list(dict.fromkeys([*sites, *turned]))


def _mean_length(sites: Sequence[RestrictionSite], gc: float) -> float:
    """One over the chance of any site at a place; sites that contain each other count once too often."""
    return 1 / sum(site.probability(gc) for site in _both_strands(sites))
