"""Null changes: like the variants of a set, in shuffled surroundings or at random places of the genome."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import Codes, SequenceCodes, SomeCodes
from cisgram.errors import EmptySetError, InputError
from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import N, decode, dinucleotide_shuffle, encode
from cisgram.genomics.variant import Variant, allele_windows
from cisgram.interpret.variants.null import KINDS, kind_of

_TRIES = 400
_LEAST_SHARE = 0.2


class ShuffledChanges(NamedTuple):
    """Changes in shuffled surroundings."""

    variants: list[Variant]
    """Whose change it is; one entry per null change."""
    ref: Codes
    """Shuffled windows with the reference allele in the middle, ``change length``."""
    alt: Codes
    """The same windows with the alternative allele."""


def shuffled_changes(
    variants: Sequence[Variant], genome: Genome, *, length_bp: int, n: int, seed: int = 0
) -> ShuffledChanges:
    """Put the changes of variants into dinucleotide shuffles of their own windows.

    Motifs are gone and what is left is composition, so that the change can only matter by chance.

    Parameters
    ----------
    variants
        Whose ``ref`` is what the genome says, with a window that is known in part.
    genome
        The reference.
    length_bp
        Of the windows.
    n
        Null changes in all; kinds of changes share them as they share the variants, with at least a fifth of ``n``
        divided by the number of kinds for each.
    seed
        Same seed, same shuffles.
    """
    chosen = _share_out(variants, n, seed)
    rng = np.random.default_rng([seed, 1])
    first = length_bp // 2
    windows: dict[Variant, SequenceCodes] = {}
    pairs = []
    for variant in chosen:
        if variant not in windows:
            windows[variant] = allele_windows(variant, genome, length_bp=length_bp + len(variant.ref)).ref
        shuffled = dinucleotide_shuffle(windows[variant], rng=rng)[0]
        alleles = (encode(variant.ref), encode(variant.alt))
        right = shuffled[first + len(variant.ref) :]
        right = np.concatenate([right, dinucleotide_shuffle(right, rng=rng)[0]])  # a deletion is read on
        pairs.append([np.concatenate([shuffled[:first], allele, right])[:length_bp] for allele in alleles])
    return ShuffledChanges(chosen, *(np.stack([pair[side] for pair in pairs]) for side in (0, 1)))


def random_changes(
    variants: Sequence[Variant], genome: Genome, *, n: int, seed: int = 0, margin_bp: int = 0, away_bp: int = 50
) -> list[Variant]:
    """Put changes like those of variants at random places of the genome.

    A substitution keeps its reference and alternative base; several bases at once become as many others; an insertion
    inserts the same letters, a deletion takes away as many.

    Parameters
    ----------
    variants
        What to imitate.
    genome
        Where; contigs are drawn by their length.
    n
        Null changes in all, shared out as in :func:`shuffled_changes`.
    seed
        Same seed, same places.
    margin_bp
        Distance from the ends of a contig; contigs that are shorter than twice that are left out, unless all are.
    away_bp
        Distance from all variants.

    Raises
    ------
    EmptySetError
        Where hardly any place fits: the genome is too short, or has no known bases.
    """
    chosen = _share_out(variants, n, seed)
    rng = np.random.default_rng([seed, 2])
    longest = max(len(variant.ref) for variant in chosen)
    room = {chrom: size - 2 * margin_bp - longest for chrom, size in genome.sizes.items()}
    if max(room.values()) < 1:
        margin_bp, room = 0, {chrom: size - longest for chrom, size in genome.sizes.items()}
    room = {chrom: size for chrom, size in room.items() if size > 0}
    if not room:
        raise EmptySetError("null changes", dropped={"contigs shorter than the variants": len(genome.sizes)})
    taken = {
        chrom: np.sort([one.start for one in variants if one.chrom == chrom]) for chrom in {v.chrom for v in variants}
    }
    chroms, shares = list(room), np.array(list(room.values()), dtype=float) / sum(room.values())
    found, n_without = [], 0
    for number, variant in enumerate(chosen):
        for _ in range(_TRIES):
            chrom = chroms[rng.choice(len(chroms), p=shares)]
            start = margin_bp + int(rng.integers(room[chrom]))
            if _is_near(taken.get(chrom), start, away_bp):
                continue
            alleles = _alleles_there(variant, genome.codes(chrom, start, start + len(variant.ref)), rng)
            if alleles is not None:
                found.append(Variant(chrom, start, *alleles, f"null_{number + 1}"))
                break
        else:
            n_without += 1
    if len(found) < len(chosen) / 2:
        raise EmptySetError("null changes", dropped={"no place that fits was found": n_without})
    return found


class PairAlleles(NamedTuple):
    """What two sequences differ by."""

    ref: str
    """Letters of the first: of sequences of one length at the places that differ, else of the whole stretch."""
    alt: str
    places: np.ndarray
    """Places in the first sequence that these letters stand at."""


def pair_alleles(ref: SequenceCodes, alt: SomeCodes) -> PairAlleles:
    """Find the places where two sequences differ.

    Raises
    ------
    InputError
        Where they are equal.

    Examples
    --------
    >>> pair_alleles(encode("ACGTA"), encode("AGGTT"))[:2], pair_alleles(encode("ACGTA"), encode("ACCCGTA"))[:2]
    (('CA', 'GT'), ('C', 'CCC'))
    """
    if len(ref) == len(alt):
        places = np.flatnonzero(ref != alt)
        if not places.size:
            raise InputError("the two sequences of a pair are equal")
        return PairAlleles(decode(ref[places]), decode(alt[places]), places)
    shorter = min(len(ref), len(alt))
    left = int(np.cumprod(ref[:shorter] == alt[:shorter]).sum())
    right = int(np.cumprod(ref[::-1][: shorter - left] == alt[::-1][: shorter - left]).sum())
    left = max(left - 1, 0)  # one base in common, as in VCF
    places = np.arange(left, len(ref) - right)
    return PairAlleles(decode(ref[places]), decode(alt[left : len(alt) - right]), places)


def shuffled_pairs(pairs: pd.DataFrame, *, n: int, seed: int = 0) -> pd.DataFrame:
    """Put the changes of pairs of sequences into dinucleotide shuffles of the first sequence.

    Parameters
    ----------
    pairs
        ``ref_sequence`` and ``alt_sequence``; equal ones are passed over.
    n
        Null changes; pairs take turns in a random order.
    seed
        Same seed, same shuffles.

    Returns
    -------
    pandas.DataFrame
        ``ref_sequence``, ``alt_sequence`` and, as :func:`pair_alleles` gives them, ``ref`` and ``alt``.

    Raises
    ------
    EmptySetError
        Where all pairs are equal.
    """
    usable = pairs[pairs["ref_sequence"] != pairs["alt_sequence"]]
    if usable.empty:
        raise EmptySetError("pairs of sequences that differ", dropped={"equal": len(pairs)})
    rng = np.random.default_rng([seed, 3])
    rounds = [row for _ in range(-(-n // len(usable))) for row in rng.permutation(len(usable)).tolist()]
    rows = []
    for row in rounds[:n]:
        ref, alt = (encode(usable[side].iloc[row]) for side in ("ref_sequence", "alt_sequence"))
        alleles = pair_alleles(ref, alt)
        shuffled = dinucleotide_shuffle(ref, rng=rng)[0]
        shuffled[alleles.places] = encode(alleles.ref)
        first, last = int(alleles.places[0]), int(alleles.places[-1])
        changed = shuffled.copy()
        if len(ref) == len(alt):
            changed[alleles.places] = encode(alleles.alt)
        else:
            changed = np.concatenate([shuffled[:first], encode(alleles.alt), shuffled[last + 1 :]])
        rows.append((decode(shuffled), decode(changed), alleles.ref, alleles.alt))
    return pd.DataFrame(rows, columns=["ref_sequence", "alt_sequence", "ref", "alt"])


def _share_out(variants: Sequence[Variant], n: int, seed: int) -> list[Variant]:
    """As many variants as asked for, some several times, by kind."""
    if not variants or n < 1:
        raise InputError(f"null changes need variants to imitate and a number above 0; got {len(variants)} and {n}")
    rng = np.random.default_rng([seed, 0])
    by_kind = {kind: [one for one in variants if kind_of(one.ref, one.alt) == kind] for kind in KINDS}
    by_kind = {kind: own for kind, own in by_kind.items() if own}
    chosen: list[Variant] = []
    for own in by_kind.values():
        n_own = max(round(n * len(own) / len(variants)), round(_LEAST_SHARE * n / len(by_kind)), 1)
        rounds = [own[i] for _ in range(-(-n_own // len(own))) for i in rng.permutation(len(own))]
        chosen += rounds[:n_own]
    return chosen


def _is_near(taken: np.ndarray | None, start: int, away_bp: int) -> bool:
    if taken is None:
        return False
    at = int(np.searchsorted(taken, start - away_bp))
    return at < len(taken) and int(taken[at]) <= start + away_bp


def _alleles_there(variant: Variant, there: SequenceCodes, rng: np.random.Generator) -> tuple[str, str] | None:
    """The change with the genome's own letters, or None where it does not fit."""
    if (there == N).any():
        return None
    letters = decode(there)
    if len(variant.ref) == len(variant.alt):
        if kind_of(variant.ref, variant.alt) == KINDS[0]:
            return (variant.ref, variant.alt) if letters == variant.ref else None
        others = (there + rng.integers(1, 4, size=there.size).astype(np.uint8)) % 4
        changed = np.array([one != other for one, other in zip(variant.ref, variant.alt, strict=True)])
        return letters, decode(np.where(changed, others, there).astype(np.uint8))
    n_kept = 1 if variant.ref[0] == variant.alt[0] else 0
    alt = letters[:n_kept] + variant.alt[n_kept:]
    return (letters, alt) if alt != letters else None
