"""Words around anchors: how often they stand at each place, and whether they come back with the turns of the helix.

Two uses. Words such as AAAAA have places of their own: :func:`word_hits` gives them in the form of hits, for
:func:`cisgram.motifs.grammar.around.motif_positions`. And dinucleotides bend the helix one way or the other, so that
around a nucleosome's dyad AA, TT and TA come back every turn, 10.2 bp there, with GC half a turn later (Satchwell, Drew
and Travers 1986): :func:`word_periodicity` looks for it with the analysis of
:mod:`cisgram.motifs.grammar.periodicity`, whose chance is found by moving every anchor for itself.

A word is read along its anchor's strand and stands where its middle lies: the A and the T of a TA at a distance of -0.5
lie at -1 and at the anchor. Where anchors have no strand, they are read both ways, and the two are averaged.

References
----------
Satchwell, Drew and Travers (1986), Sequence periodicities in chicken nucleosome core DNA. Journal of Molecular Biology.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Bool

from cisgram.arrays import Codes
from cisgram.errors import InputError
from cisgram.genomics.genome import Genome
from cisgram.genomics.interval import merge
from cisgram.genomics.motif import IUPAC
from cisgram.genomics.sequence import reverse_complement
from cisgram.motifs.grammar.anchors import Anchors, contig_offsets
from cisgram.motifs.grammar.periodicity import Periodicity, PeriodicityConfig, periodicity_of_rows

WORD_HIT_COLUMNS = ("chrom", "start", "end", "strand", "name")
"""Columns of a table of places of words."""

TURNS_OF_HELIX = PeriodicityConfig()
"""Looks for 10 to 11 bp."""

_BASES_OF = np.array([[bits >> base & 1 for base in range(4)] + [0] for bits in range(16)], dtype=bool)
"""Which codes an IUPAC letter stands for; an N of the genome is none of them."""


def words_of(text: str) -> tuple[str, ...]:
    """Split words that are counted together, ``AA/TT/TA``, and check them.

    Raises
    ------
    InputError
        A letter is not IUPAC's, words differ in length, one is there twice, or there is none.

    Examples
    --------
    >>> words_of("aa/tt")
    ('AA', 'TT')
    """
    words = tuple(one.strip().upper() for one in text.split("/"))
    _checked(words)
    return words


def word_rows(sequences: Codes, words: Sequence[str]) -> Bool[np.ndarray, "row place"]:
    """Where any of the words begins in sequences of one length; there are no words across N or past the end.

    Parameters
    ----------
    sequences
        Codes, ``row length``.
    words
        IUPAC letters, of one length; read along the sequences.

    Returns
    -------
    numpy.ndarray
        ``row place``, with one place less than the length per further letter.

    Examples
    --------
    >>> from cisgram.genomics.sequence import encode
    >>> word_rows(encode("TAATT")[None], ["AA", "TT"]).astype(int).tolist()
    [[0, 1, 0, 1]]
    """
    n_places = max(sequences.shape[-1] - _checked(words) + 1, 0)
    found = np.zeros((len(sequences), n_places), dtype=bool)
    for word in words:
        is_here = np.ones_like(found)
        for at, letter in enumerate(word.upper()):
            is_here &= _BASES_OF[IUPAC.index(letter)][sequences[:, at : at + n_places]]
        found |= is_here
    return found


def word_hits(genome: Genome, words: Sequence[str], *, regions: pd.DataFrame | None = None) -> pd.DataFrame:
    """Find all places of words, on both strands.

    Parameters
    ----------
    genome
        The genome.
    words
        IUPAC letters, of one length; they are counted together, at most once per place and strand.
    regions
        Interval table in the genome's contig names: only words that lie inside one; None for all.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`WORD_HIT_COLUMNS`, the plus strand before the minus strand; ``name`` is the words with ``/``
        between them.
    """
    length, name = _checked(words), "/".join(words).upper()
    whole = pd.DataFrame({"chrom": list(genome.sizes), "start": 0, "end": list(genome.sizes.values())})
    places = whole if regions is None else merge(regions)
    tables = []
    for chrom, start, end in zip(places["chrom"], places["start"], places["end"], strict=True):
        codes = genome.codes(chrom, int(start), int(end))
        forward = start + np.flatnonzero(word_rows(codes[None], words)[0])
        reverse = end - length - np.flatnonzero(word_rows(reverse_complement(codes)[None], words)[0])[::-1]
        at = np.concatenate([forward, reverse])
        strand = np.repeat(["+", "-"], [forward.size, reverse.size])
        tables.append(pd.DataFrame({"chrom": chrom, "start": at, "end": at + length, "strand": strand, "name": name}))
    return pd.concat(tables, ignore_index=True)[list(WORD_HIT_COLUMNS)]


def word_periodicity(
    anchors: Anchors,
    genome: Genome,
    words: Sequence[str],
    *,
    reach_bp: int = 73,
    config: PeriodicityConfig = TURNS_OF_HELIX,
) -> Periodicity:
    """Look for a period in how often words stand around anchors.

    Parameters
    ----------
    anchors
        From :func:`cisgram.motifs.grammar.anchors.anchors_of` with a reach of at least :func:`needed_reach_bp`, without
        those near an N (:func:`cisgram.motifs.grammar.anchors.without_n`). Where any has no strand, all are read both
        ways.
    genome
        The genome.
    words
        IUPAC letters, of one length, counted together.
    reach_bp
        Distances from the anchor; 73 is half a nucleosome.
    config
        What is sought.

    Returns
    -------
    Periodicity
        Its signal is the share of anchors with a word at each distance of the word's middle.

    Raises
    ------
    InputError
        The reach is too short, an anchor too near to an end of its contig, or a word has a letter that is not IUPAC's.
    EmptySetError
        There are fewer than 5 anchors.
    """
    length = _checked(words)
    reach = needed_reach_bp(words, reach_bp=reach_bp, config=config)
    codes = _around(anchors.table, genome, reach)
    if anchors.has_direction:
        is_reverse = (anchors.table["strand"] == "-").to_numpy(dtype=bool)
        codes[is_reverse] = reverse_complement(codes[is_reverse])
    # Word rows begin at distance -reach, and the words' middles lie (length - 1) / 2 further: cut so that
    # the row is as symmetric around the anchor as whole bases allow.
    first = reach - reach_bp - config.reach_bp - length // 2
    wanted = slice(first, first + 2 * (reach_bp + config.reach_bp) + 1)
    rows = word_rows(codes, words)[:, wanted].view(np.uint8)
    turned = None
    if not anchors.has_direction:
        turned = word_rows(reverse_complement(codes), words)[:, wanted].view(np.uint8)
    found = periodicity_of_rows(rows, turned_rows=turned, config=config)
    to_middle = (length - 1) / 2 - length // 2
    crest = (found.crest_bp + to_middle) % config.period_bp
    return found._replace(position_bp=found.position_bp + to_middle, crest_bp=float(crest))


def needed_reach_bp(words: Sequence[str], *, reach_bp: int, config: PeriodicityConfig = TURNS_OF_HELIX) -> int:
    """Bases that an anchor needs on either side for :func:`word_periodicity`."""
    return reach_bp + config.reach_bp + _checked(words)


def _around(table: pd.DataFrame, genome: Genome, reach_bp: int) -> Codes:
    """Codes around anchors, along the plus strand."""
    size = table["chrom"].map(dict(genome.sizes)).to_numpy(dtype=np.int64)
    position = table["position"].to_numpy(dtype=np.int64)
    is_near = (position < reach_bp) | (position + reach_bp >= size)
    if is_near.any():
        raise InputError(
            f"{int(is_near.sum())} of {len(table)} anchors lie nearer than {reach_bp} bp to an end of their contig; "
            "anchors_of(..., reach_bp=needed_reach_bp(words, ...)) leaves them out"
        )
    line = contig_offsets(genome, table["chrom"]) + position
    return genome.joined[line[:, None] + np.arange(-reach_bp, reach_bp + 1)]


def _checked(words: Sequence[str]) -> int:
    """The length of the words."""
    unknown = sorted({letter for word in words for letter in word.upper()} - set(IUPAC[1:]))
    if unknown or not words or not all(words):
        raise InputError(
            f"words are made of the letters {IUPAC[1:]}, at least one; got {', '.join(map(repr, words)) or 'no word'}"
        )
    if len({len(word) for word in words}) > 1 or len(set(words)) < len(words):
        raise InputError(f"words that are counted together must be of one length and differ; got {', '.join(words)}")
    return len(words[0])
