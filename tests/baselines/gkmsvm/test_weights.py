"""Weights of mismatches, against constants and a plain sum over all words."""

from itertools import product
from math import comb

import numpy as np
import pytest

from cisgram.baselines.gkmsvm.weights import mismatch_weights, smoothing_filter, subset_weights
from cisgram.genomics.gkm_model import GkmKernel

FILTERS = ("truncated", "full", "gapped")


@pytest.mark.parametrize(
    ("kernel", "expected"),
    [
        (GkmKernel(), [0.2200049901, 0.0604118795, 0.0133192401, 0.0017748347]),
        (GkmKernel(word_bp=10, informative_bp=6), [0.1695983060, 0.0557348082, 0.0149504979, 0.0027788987]),
        (GkmKernel(filter="full"), [0.2866954803, 0.0625705719, 0.0041713715, -0.0023174286]),
        (GkmKernel(filter="gapped"), [330, 120, 36, 8]),
    ],
    ids=["truncated-11-7", "truncated-10-6", "full-11-7", "gapped-11-7"],
)
def test_weights_are_those_of_ls_gkm(kernel, expected):
    np.testing.assert_allclose(mismatch_weights(kernel), expected, atol=5e-11)


@pytest.mark.parametrize("filter_name", ["truncated", "full"])
@pytest.mark.parametrize(("length", "k"), [(3, 1), (4, 2), (5, 3), (4, 4)])
def test_weights_are_the_filter_applied_to_both_words(length, k, filter_name):
    kernel = GkmKernel(word_bp=length, informative_bp=k, max_mismatches=length - 1, filter=filter_name)
    smoothing = smoothing_filter(length, k)
    if filter_name == "truncated" and (smoothing < 0).any():
        smoothing[np.argmax(smoothing < 0) :] = 0
    words = np.array(list(product(range(4), repeat=length)))
    distances = (words[:, None] != words).sum(axis=2)
    twice = smoothing[distances] @ smoothing[distances]
    for m, weight in enumerate(mismatch_weights(kernel)):
        assert twice[0, distances[0] == m] == pytest.approx(weight, abs=1e-12)


def test_the_filter_recovers_counts_from_gapped_kmers_best():
    # The minimum-norm solution of "these gapped k-mer counts" is pinv(A) A, which is the projection of the filter.
    length, k = 4, 2
    words = np.array(list(product(range(4), repeat=length)))
    rows = []
    for positions in (p for p in product([False, True], repeat=length) if sum(p) == k):
        for letters in product(range(4), repeat=k):
            rows.append((words[:, positions] == letters).all(axis=1))
    gapped = np.array(rows, dtype=float)
    assert len(gapped) == comb(length, k) * 4**k
    projection = np.linalg.pinv(gapped, rcond=1e-10) @ gapped
    distances = (words[:, None] != words).sum(axis=2)
    np.testing.assert_allclose(projection, smoothing_filter(length, k)[distances], atol=1e-12)


@pytest.mark.parametrize("filter_name", FILTERS)
def test_weights_of_subsets_add_up_to_weights_of_mismatches(filter_name):
    weights = mismatch_weights(GkmKernel(filter=filter_name))
    of_subsets = subset_weights(weights, 11)
    for m, weight in enumerate(weights):
        assert sum(comb(11 - m, size) * of_subsets[size - 8] for size in range(8, 12)) == pytest.approx(weight)
