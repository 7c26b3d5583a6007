"""What an edit of a sequence does to its contacts in truth: the locus is folded again, before and after."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import PerBin, SequenceCodes, SquareContacts
from cisgram.errors import InputError
from cisgram.genomics.sequence import dinucleotide_shuffle, reverse_complement
from cisgram.simulate.contact_contig import FoldingConfig, fold
from cisgram.simulate.insulators import bound_sites, insulator_grammar
from cisgram.simulate.polymer import square_of_band
from cisgram.simulate.streams import named_stream


class FoldedLocus(NamedTuple):
    """A sequence and the contacts it should have."""

    sites: pd.DataFrame
    """Its sites, :data:`cisgram.simulate.insulators.SITE_COLUMNS`, in bp from its first base."""
    contacts: SquareContacts
    """Contact probabilities with compartments, 1 within a bin."""


def simulate_locus(
    codes: SequenceCodes,
    *,
    config: FoldingConfig | None = None,
    compartment: PerBin | None = None,
    strength: float = 0.0,
    n_snapshots: int = 2_000,
    seed: int = 1,
) -> FoldedLocus:
    """Fold one sequence on its own: find its sites, let rings run, and average what touches.

    Rings do not leave the sequence; hand over one with flanks of some hundred bins, and leave them out of the answer.

    Parameters
    ----------
    codes
        The sequence; its first base begins its first bin.
    config
        How it folds; the defaults of :class:`~cisgram.simulate.contact_contig.FoldingConfig`, if not given.
    compartment
        From -1 (B) to 1 (A), one number per bin; without it, compartments do nothing. Edits leave them as they are.
    strength
        Of compartments.
    n_snapshots
        Moments that are averaged; noise falls with its root.
    seed
        Seed of the rings.

    Raises
    ------
    InputError
        Where the sequence is shorter than ten bins, or there is not one compartment per bin.

    Examples
    --------
    >>> from cisgram.genomics.sequence import encode
    >>> site = encode("TGGCCACCAGGGGGCGCTA")
    >>> codes = np.zeros(6_400, dtype=np.uint8)
    >>> codes[1_320:1_339], codes[5_160:5_179] = site, reverse_complement(site)  # bins 10 and 40, convergent
    >>> loop = simulate_locus(codes)
    >>> turned = simulate_locus(invert_span(codes, 1_320, 1_339))
    >>> bool(planted_change(loop, turned)[10, 40] < -0.5)
    True
    """
    return fold_sites(
        bound_sites(codes),
        length_bp=codes.size,
        config=replace(config or FoldingConfig(), n_snapshots=n_snapshots),
        compartment=compartment,
        strength=strength,
        seed=seed,
    )


def fold_sites(
    sites: pd.DataFrame,
    *,
    length_bp: int,
    config: FoldingConfig,
    compartment: PerBin | None = None,
    strength: float = 0.0,
    seed: int = 1,
) -> FoldedLocus:
    """The same for known sites, such as a table with one row less or a strand turned.

    Parameters
    ----------
    sites
        ``start``, ``end`` (bp from the first base of the locus), ``strand``, ``occupancy``.
    length_bp
        Length of the locus.
    config, compartment, strength, seed
        As for :func:`simulate_locus`; the number of snapshots is that of the config.
    """
    n_bins = -(-length_bp // config.bin_size)
    if n_bins < 10:
        raise InputError(f"a locus needs ten bins ({10 * config.bin_size} bp); got {length_bp} bp")
    profile = np.zeros(n_bins) if compartment is None else compartment
    if profile.shape != (n_bins,):
        raise InputError(f"there must be one compartment per bin ({n_bins}); got {len(profile)}")
    whole = replace(config, width_bins=n_bins)
    rng = named_stream(seed, "locus")
    return FoldedLocus(sites, square_of_band(fold(sites, profile, config=whole, strength=strength, rng=rng)[1]))


def planted_change(before: FoldedLocus, after: FoldedLocus) -> SquareContacts:
    """Natural log of contacts after an edit over those before; 0 where nothing changes.

    As both are divided by the same expected contacts, it is also the change in ln observed over expected.

    Raises
    ------
    InputError
        Where the two have not the same bins.
    """
    if before.contacts.shape != after.contacts.shape:
        raise InputError(
            f"the locus has {len(before.contacts)} bins before the edit and {len(after.contacts)} after it; "
            "only edits that keep the length can be compared bin by bin"
        )
    return np.log(after.contacts / before.contacts)


def shuffle_span(codes: SequenceCodes, start: int, end: int, *, seed: int = 1) -> SequenceCodes:
    """Delete what a stretch says by shuffling it: dinucleotides are kept, the length too.

    It is shuffled again, up to 100 times, until no bound site touches it.

    Parameters
    ----------
    codes
        The sequence; not changed.
    start, end
        0-based, half-open.
    seed
        Seed of the shuffles.

    Raises
    ------
    InputError
        Where the stretch is not inside the sequence, or every shuffle has a site.
    """
    _require_inside(codes, start, end)
    for attempt in range(100):
        changed = codes.copy()
        changed[start:end] = dinucleotide_shuffle(codes[start:end], rng=named_stream(seed, "shuffle", attempt))[0]
        near = slice(max(start - 30, 0), end + 30)
        found = bound_sites(changed[near])
        if not ((found["start"] + near.start < end) & (found["end"] + near.start > start)).any():
            return changed
    raise InputError(f"no shuffle of bases {start} to {end} is without a site; take a longer stretch")


def invert_span(codes: SequenceCodes, start: int, end: int) -> SequenceCodes:
    """Turn a stretch round: its reverse complement takes its place.

    Raises
    ------
    InputError
        Where the stretch is not inside the sequence.
    """
    _require_inside(codes, start, end)
    changed = codes.copy()
    changed[start:end] = reverse_complement(codes[start:end])
    return changed


def insert_site(codes: SequenceCodes, start: int, *, strand: str) -> SequenceCodes:
    """Write the best site over the bases from ``start`` on.

    Parameters
    ----------
    codes
        The sequence; not changed.
    start
        0-based first base.
    strand
        ``+`` for a site that stops legs which run to the left, ``-`` for the other direction.

    Raises
    ------
    InputError
        Where the site does not fit, or the strand is another one.
    """
    if strand not in ("+", "-"):
        raise InputError(f"strand must be + or -; got {strand!r}")
    best = insulator_grammar().motifs[0].motif.ppm.argmax(axis=0).astype(np.uint8)
    _require_inside(codes, start, start + best.size)
    changed = codes.copy()
    changed[start : start + best.size] = best if strand == "+" else reverse_complement(best)
    return changed


def _require_inside(codes: SequenceCodes, start: int, end: int) -> None:
    """Refuse a stretch that is empty or not inside the sequence."""
    if not 0 <= start < end <= codes.size:
        raise InputError(f"bases {start} to {end} are not inside the sequence of {codes.size} bp")
