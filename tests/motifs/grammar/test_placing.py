"""Hits placed in windows, one by one and all at once."""

import numpy as np
import pandas as pd
import pytest

from cisgram.errors import EmptySetError, InputError
from cisgram.motifs.grammar.placing import placed_in


@pytest.mark.parametrize("n_windows", [1, 2, 25])
def test_each_hit_goes_to_the_window_whose_middle_is_nearest_and_outside_ones_are_left_out(n_windows):
    rng = np.random.default_rng(n_windows)
    start = rng.integers(0, 1500, n_windows)
    windows = pd.DataFrame({"chrom": rng.choice(["I", "II"], n_windows), "start": start, "end": start + 200})
    start = rng.integers(0, 1700, 300)
    hits = pd.DataFrame({"chrom": rng.choice(["I", "II", "III"], 300), "start": start, "end": start + 11})
    found = placed_in(hits, windows)
    expected = []
    for hit in hits.itertuples():
        best = [
            (abs(hit.start + hit.end - row.start - row.end), row.start, row.Index)
            for row in windows.itertuples()
            if row.chrom == hit.chrom and row.start <= hit.start and hit.end <= row.end
        ]
        if best:
            expected.append((hit.chrom, hit.start, min(best)[2]))
    assert list(found[["chrom", "start", "window"]].itertuples(index=False, name=None)) == expected


def test_windows_of_several_lengths_and_none_are_refused():
    hits = pd.DataFrame({"chrom": ["I"], "start": [5], "end": [9]})
    windows = pd.DataFrame({"chrom": ["I", "I"], "start": [0, 0], "end": [20, 30]})
    with pytest.raises(InputError, match="one length; got 20 to 30"):
        placed_in(hits, windows)
    with pytest.raises(EmptySetError, match="windows to place"):
        placed_in(hits, windows.iloc[:0])
