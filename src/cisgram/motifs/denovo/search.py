"""From enriched words to one motif: every word is refined at the widths that it calls for, and the best one is kept.

Words and widths compete on a part of the sequences; what tells sequences from control sequences best wins and is
refined on all of them. EM maximises a likelihood, not that: where it wanders off to something commoner and weaker,
the matrix that it had after a few rounds is kept.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from cisgram.arrays import Matrix, PerBase
from cisgram.genomics.motif import Motif, information_content, informative_part
from cisgram.genomics.motif_symmetry import find_palindrome
from cisgram.motifs.denovo.candidates import Candidate, Material, judged, refined
from cisgram.motifs.denovo.config import DiscoveryConfig
from cisgram.motifs.denovo.words import Start, start_matrix

_FLANK = 5  # columns on either side of a word: it may be the middle of something longer
_GROWTH = 4
_EDGE_BITS = (0.12, 0.25, 0.4, 0.6)  # what an outermost column must have; each is tried
_SHORT_RUN, _EARLY = 6, 3
_N_FINALISTS = 3
_COST_OF_COLUMN = 4.0
_SYMMETRIC_ENOUGH = 0.95


def find_candidate(
    material: Material, sample: Material, starts: Sequence[Start], config: DiscoveryConfig
) -> Candidate | None:
    """Refine words and return the best motif; None if there is no word, or none tells sequences from controls.

    Parameters
    ----------
    material
        All sequences that may be learnt from.
    sample
        A part of them on which words and widths compete; may be the same.
    starts
        Enriched words.
    config
        Settings.
    """
    first = [
        refined(sample, one, config, stage="word", n_iterations=_SHORT_RUN)
        for one in _first_candidates(sample, starts, config)
    ]
    first = sorted((one for one in first if one.merit > 0), key=lambda one: -one.merit)[:_N_FINALISTS]
    second = [one for before in first for one in _at_several_widths(sample, before, config)]
    return _refined_fully(material, _best(second), config) if second else None


def _first_candidates(sample: Material, starts: Sequence[Start], config: DiscoveryConfig) -> Iterator[Candidate]:
    """Words as matrices with open columns on both sides; as palindromes around the centre that suits them best."""
    sequences = sample.places.sequences
    for start in starts:
        width = int(np.clip(len(start.letters) + 2 * _FLANK, config.min_width, config.max_width))
        ppm = start_matrix(start.letters, width, sample.bases)
        rate = float(np.clip(start.share, 0.05, 0.9))
        if config.occurrence == "anr":
            rate *= len(sequences) / sequences.joined.size
        is_palindrome = config.palindrome == "always"
        if is_palindrome:
            ppm = _around_best_centre(ppm, sample.bases)
        yield Candidate(ppm, start, rate, is_palindrome=is_palindrome)


def _at_several_widths(sample: Material, before: Candidate, config: DiscoveryConfig) -> Iterator[Candidate]:
    """The candidate grown while its ends are informative, then cut back to where they are, at several thresholds."""
    grown = before
    while (padded := _grown(grown, sample.bases, config)).shape[1] > grown.width:
        grown = refined(sample, grown._replace(ppm=padded), config, stage="wider", n_iterations=_SHORT_RUN)
    seen = set()
    for edge_bits in _EDGE_BITS:
        part = _informative_part(grown, sample.bases, config, edge_bits=edge_bits)
        if (part.start, part.stop) in seen:
            continue
        seen.add((part.start, part.stop))
        cut = refined(
            sample, grown._replace(ppm=grown.ppm[:, part]), config, stage="cut to width", n_iterations=_SHORT_RUN
        )
        yield cut
        if config.palindrome == "auto" and not config.is_stranded:
            yield from _as_palindrome(sample, cut, config)


def _grown(candidate: Candidate, bases: PerBase, config: DiscoveryConfig) -> Matrix:
    """A matrix with open columns added at the ends that are informative, as far as the widest motif allows."""
    bits = information_content(candidate.ppm, background=bases)
    room = config.max_width - candidate.width
    is_open = [bits[:2].max() > _EDGE_BITS[0], bits[-2:].max() > _EDGE_BITS[0]]
    if candidate.is_palindrome:
        left = right = min(_GROWTH, room // 2) if is_open[0] else 0
    else:
        left = min(_GROWTH, room) if is_open[0] else 0
        right = min(_GROWTH, room - left) if is_open[1] else 0
    ends = [np.repeat(bases[:, None], n_columns, axis=1) for n_columns in (left, right)]
    return np.concatenate([ends[0], candidate.ppm, ends[1]], axis=1)


def _informative_part(candidate: Candidate, bases: PerBase, config: DiscoveryConfig, *, edge_bits: float) -> slice:
    """From the first to the last column with enough information, beyond what so few sites have from nothing."""
    bits = information_content(candidate.ppm, background=bases)
    by_chance = 3 / (2 * np.log(2) * max(candidate.n_sites, 1.0))
    part = informative_part(bits, threshold=edge_bits + by_chance)
    if candidate.is_palindrome:
        margin = min(part.start, len(bits) - part.stop, max(len(bits) - config.min_width, 0) // 2)
        return slice(margin, len(bits) - margin)
    missing = max(config.min_width - (part.stop - part.start), 0)
    start = min(max(part.start - missing // 2, 0), max(len(bits) - config.min_width, 0))
    return slice(start, max(part.stop, start + config.min_width))


def _as_palindrome(sample: Material, candidate: Candidate, config: DiscoveryConfig) -> Iterator[Candidate]:
    """The candidate kept equal to its reverse complement, where it nearly is that and explains as much so."""
    found = find_palindrome(Motif("candidate", candidate.ppm))
    if found is None:
        return
    reach = min(found.start, candidate.width - found.end)
    ppm = candidate.ppm[:, found.start - reach : found.end + reach]
    if ppm.shape[1] < config.min_width:
        return
    tied = refined(
        sample, candidate._replace(ppm=ppm, is_palindrome=True), config, stage="palindrome", n_iterations=_SHORT_RUN
    )
    if tied.merit >= _SYMMETRIC_ENOUGH * candidate.merit:
        # Half as many numbers explain as much: the tie makes it the better one.
        merit = max(tied.merit, candidate.merit * (1 + 1e-9))
        yield tied._replace(threshold=tied.threshold._replace(log_ratio=merit))


def _around_best_centre(ppm: Matrix, bases: PerBase) -> Matrix:
    """A matrix moved so that it agrees best with its own reverse complement, about the middle."""
    width = ppm.shape[1]
    log_odds = np.log(ppm / bases[:, None])
    turned = log_odds[::-1, ::-1]

    def agreement(shift: int) -> float:
        own = log_odds[:, max(shift, 0) : width + min(shift, 0)]
        return float((own * turned[:, max(-shift, 0) : width - max(shift, 0)]).sum())

    best = max(range(-width // 2, width // 2 + 1), key=lambda shift: (agreement(shift), -abs(shift)))
    first = max(best, 0) // 2
    moved = np.repeat(bases[:, None], width, axis=1)
    offset = -(best // 2)
    for column in range(width):
        if 0 <= column + offset < width:
            moved[:, column + offset] = ppm[:, column]
    return moved if best or first else ppm


def _best(candidates: Sequence[Candidate]) -> Candidate:
    """The candidate that tells best, where every column must pay for itself (as in Akaike's criterion)."""
    return max(candidates, key=lambda one: (one.merit - _COST_OF_COLUMN * one.width, -one.width))


def _refined_fully(material: Material, best: Candidate, config: DiscoveryConfig) -> Candidate:
    """EM to its end on all sequences, unless what it had after a few rounds tells them from controls better."""
    early = refined(material, best, config, stage="all sequences", n_iterations=_EARLY, polish=True)
    late = refined(material, early, config, stage="all sequences", n_iterations=config.n_iterations, polish=True)
    chosen = early if early.merit > late.merit else late
    part = _informative_part(chosen, material.bases, config, edge_bits=_EDGE_BITS[0])
    return judged(material, chosen._replace(ppm=chosen.ppm[:, part])) if part != slice(0, chosen.width) else chosen
