"""The map and the values of cooltools that tests of features are compared with, and maps of planted blocks."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from cisgram.genomics.contacts import ContactBins, ContactMap


@pytest.fixture(scope="session")
def reference():
    """What cooltools says: see data/README.md."""
    return dict(np.load(Path(__file__).parent / "data" / "cooltools_features.npz"))


@pytest.fixture(scope="session")
def reference_map(reference):
    """The map that it says it of."""
    row, column = (reference[name].astype(np.int64) for name in ("bin1", "bin2"))
    bins = ContactBins({"one": 1_395_000, "two": 900_000}, 10_000)
    return ContactMap(bins, row, column, reference["counts"], reference["weights"])


@pytest.fixture(scope="session")
def reference_expected(reference):
    """What is expected by distance, by cooltools."""
    region = np.where(reference["expected_region"], "two", "one")
    return pd.DataFrame({"region1": region, "dist": reference["expected_dist"], "balanced.avg": reference["expected"]})


class StoredMap(NamedTuple):
    """A drawn map, and what cooler and cooltools say of it."""

    values: dict
    source: ContactMap
    balanced: ContactMap


@pytest.fixture(scope="session")
def stored_map():
    """The map of cooltools_map.npz: see data/README.md."""
    with np.load(Path(__file__).parent / "data" / "cooltools_map.npz") as stored:
        values = dict(stored)
    row, column, counts = (values[name].astype(np.int64) for name in ("bin1", "bin2", "counts"))
    source = ContactMap(ContactBins(dict.fromkeys(("chr1", "chr2", "chr3"), 600_000), 10_000), row, column, counts)
    return StoredMap(values, source, source.with_weights(values["weights_all"]))


@pytest.fixture(scope="session")
def block_map():
    """Make a map of blocks along the diagonal."""
    return _block_map


@pytest.fixture(scope="session")
def decay_of():
    """Average a map by distance, the plain way."""
    return _decay_of


def _block_map(sizes_of_blocks, *, inside=40.0, outside=10.0, bin_size=1000, seed=0):
    """A map of blocks along the diagonal upon a decay with distance, Poisson counts, weights of 1."""
    n = sum(sizes_of_blocks)
    block = np.repeat(np.arange(len(sizes_of_blocks)), sizes_of_blocks)
    row, column = np.triu_indices(n)
    rate = np.where(block[row] == block[column], inside, outside) / (1 + column - row) ** 0.7
    counts = np.random.default_rng(seed).poisson(rate)
    seen = counts > 0
    bins = ContactBins({"I": n * bin_size}, bin_size)
    return ContactMap(bins, row[seen], column[seen], counts[seen], np.ones(n))


def _decay_of(source):
    """Mean balanced contacts by distance, contig by contig, the plain way."""
    parts = []
    for chrom in source.bins.chroms:
        square = source.cis(chrom).dense()
        mean = [np.nanmean(np.diagonal(square, d)) if d >= 2 else np.nan for d in range(len(square))]
        parts.append(pd.DataFrame({"region1": chrom, "dist": np.arange(len(square)), "balanced.avg": mean}))
    return pd.concat(parts, ignore_index=True)
