"""Reads that depend on a word are expected from 6-mers; reads that do not are not."""

import numpy as np
import pandas as pd

from cisgram.data.layout import StoreLayout
from cisgram.data.store import ExampleBlock, write_store
from cisgram.training.kmer_floor import kmer_log_totals


def test_a_word_that_brings_reads_is_learnt_and_noise_is_not(tmp_path):
    rng = np.random.default_rng(1)
    n = 600
    codes = rng.integers(0, 4, (n, 60), dtype=np.uint8)
    n_words = rng.integers(0, 4, n)
    for row, words in enumerate(n_words):
        for place in range(words):
            codes[row, 5 + 10 * place : 11 + 10 * place] = [3, 2, 0, 1, 3, 1]
    counts = np.zeros((n, 2, 1, 20), dtype=np.float32)
    counts[:, 0, 0, 10] = rng.poisson(5 * 3.0**n_words)
    counts[:, 1, 0, 10] = rng.poisson(20, n)
    windows = pd.DataFrame({"chrom": "I", "start": 100 * np.arange(n), "end": 100 * np.arange(n) + 60})
    windows = windows.assign(name="", strand=".", kind="peak", centre="summit", dropped="")
    windows["split"] = np.where(np.arange(n) < 400, "train", "test")
    layout = StoreLayout(60, 20, 0, 1, ("word", "noise"), (1, 1))
    replicates = tuple(counts[:, track : track + 1] for track in range(2))
    store = write_store(tmp_path / "store", windows, layout, [ExampleBlock(codes, counts, None, replicates)])
    rows = store.rows("test")
    expected = kmer_log_totals(store, rows, store.rows("train"))
    observed = np.log1p(store.centred(rows).counts.sum(axis=(2, 3)))
    r = [np.corrcoef(observed[:, track], expected[:, track])[0, 1] for track in range(2)]
    assert r[0] > 0.9
    assert abs(r[1]) < 0.25
    np.testing.assert_allclose(kmer_log_totals(store, rows, store.rows("train"), crop_bp=10), expected)
