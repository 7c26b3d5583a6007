import numpy as np
import pytest

from cisgram.errors import InputError
from cisgram.hic.zoom import coarsen, zoom_levels


@pytest.mark.parametrize("factor", [1, 2, 7, 100])
def test_wider_bins_hold_the_sums_of_their_squares(stored_map, factor):
    fine, coarse = stored_map.source, coarsen(stored_map.source, factor)
    assert coarse.counts.sum() == fine.counts.sum()
    whole = fine.block(slice(0, 180), slice(0, 180), balanced=False)
    whole = np.triu(whole)
    starts = [60 * contig + at for contig in range(3) for at in range(0, 60, factor)]
    sums = np.add.reduceat(np.add.reduceat(whole, starts, 0), starts, 1)
    n = coarse.bins.n_bins
    np.testing.assert_array_equal(np.triu(coarse.block(slice(0, n), slice(0, n), balanced=False)), sums)


def test_pixels_in_many_chunks_give_the_same(stored_map):
    class Chunked:
        bins, weights = stored_map.source.bins, None

        def pixels(self):
            for start in range(0, len(stored_map.source.counts), 97):
                part = slice(start, start + 97)
                yield tuple(getattr(stored_map.source, name)[part] for name in ("bin1", "bin2", "counts"))

        def cis(self, chrom): ...
        def block(self, row, column, *, balanced=True): ...

    one, other = coarsen(stored_map.source, 3), coarsen(Chunked(), 3)
    for name in ("bin1", "bin2", "counts"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_levels_come_from_narrow_to_wide_and_are_the_direct_ones(stored_map):
    levels = list(zoom_levels(stored_map.source, [60_000, 10_000, 20_000]))
    assert [level.bins.bin_size for level in levels] == [10_000, 20_000, 60_000]
    np.testing.assert_array_equal(levels[2].counts, coarsen(stored_map.source, 6).counts)
    with pytest.raises(InputError, match="25000 bp is no multiple"):
        list(zoom_levels(stored_map.source, [25_000]))
