"""Small made-up sets of sequences, and the plain way to look at each of their places."""

from itertools import pairwise, product

import numpy as np

from cisgram.genomics.background import Background
from cisgram.genomics.sequence import N
from cisgram.genomics.sequence_set import SequenceSet


def random_codes(rng, length, *, n_unknown=0):
    codes = rng.integers(0, 4, length).astype(np.uint8)
    codes[rng.permutation(length)[:n_unknown]] = N
    return codes


def random_ppm(rng, width):
    return rng.dirichlet(np.full(4, 0.6), width).T + 1e-3


def normalised(ppm):
    return ppm / ppm.sum(axis=0)


def random_background(rng, order):
    return Background.from_word_counts(rng.integers(5, 40, 4 ** (order + 1)).astype(float))


def ratio(codes, at, ppm, background, *, is_reversed):
    """Likelihood ratio of a motif at one place, base by base; 0 where a base is N."""
    width = ppm.shape[1]
    site = codes[at : at + width]
    if (site == N).any():
        return 0.0
    known = background.log2_probabilities(codes)[at : at + width].sum()
    matrix = ppm[::-1, ::-1] if is_reversed else ppm
    return float(np.prod([matrix[base, column] for column, base in enumerate(site)]) / 2**known)


def places_of(codes, width):
    return [at for at in range(len(codes) - width + 1) if not (codes[at : at + width] == N).any()]


def arrangements(codes, width, *, n_strands, occurrence, rate):
    """All ways to lay sites into a sequence: (prior probability, [(place, is_reversed), ...])."""
    places = places_of(codes, width)
    sites = [(at, turned) for at in places for turned in range(n_strands)]
    if occurrence == "oops":
        return [(1 / len(sites), [site]) for site in sites]
    if occurrence == "zoops":
        return [(1 - rate, []), *((rate / len(sites), [site]) for site in sites)]
    found = []
    for choice in product([None, *range(n_strands)], repeat=len(places)):
        chosen = [(at, strand) for at, strand in zip(places, choice, strict=True) if strand is not None]
        if any(after[0] - before[0] < width for before, after in pairwise(chosen)):
            continue
        covered = {at + i for at, _ in chosen for i in range(width)}
        n_free = sum(at not in covered for at in places)
        found.append(((rate / n_strands) ** len(chosen) * (1 - rate) ** n_free, chosen))
    return found


def planted_set(letters, *, n=120, length=60, share=1.0, seed=0):
    """Uniform random sequences, a share of them with a word on a random strand at a random place."""
    rng = np.random.default_rng(seed)
    words = [np.array(["ACGT".index(one) for one in letters], dtype=np.uint8)]
    words.append((3 - words[0])[::-1])
    parts = []
    for row in range(n):
        codes = random_codes(rng, length)
        if row < share * n:
            at = rng.integers(0, length - len(letters) + 1)
            codes[at : at + len(letters)] = words[rng.integers(2)]
        parts.append(codes)
    return SequenceSet.from_codes(parts)
