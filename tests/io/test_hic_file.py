import numpy as np
import pytest

from cisgram.errors import FormatError, InputError
from cisgram.genomics.contacts import ContactBins, ContactMap
from cisgram.io.hic_file import open_hic

hictkpy = pytest.importorskip("hictkpy")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("hic") / "a.hic"
    bins = ContactBins({"A": 200_000, "B": 95_000}, 10_000)
    row, column = np.triu_indices(bins.n_bins)
    counts = np.random.default_rng(0).poisson(3, len(row)) + 1
    writer = hictkpy.hic.FileWriter(str(path), dict(bins.sizes), bins.bin_size)
    columns = {"bin1_id": row.tolist(), "bin2_id": column.tolist(), "count": counts.astype(float).tolist()}
    writer.add_pixels_from_dict(columns)
    writer.finalize()
    return path, ContactMap(bins, row, column, counts)


def test_a_hic_file_gives_what_was_put_in(made):
    path, truth = made
    read = open_hic(path)
    assert read.bins == truth.bins
    assert read.weights is None
    np.testing.assert_array_equal(read.cis("B").dense(balanced=False), truth.cis("B").dense(balanced=False))
    columns = [np.concatenate(column) for column in zip(*read.pixels(), strict=True)]
    for found, name in zip(columns, ("bin1", "bin2", "counts"), strict=True):
        np.testing.assert_array_equal(found, getattr(truth, name))


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (slice(0, 30), slice(0, 30)),
        (slice(18, 25), slice(2, 9)),
        (slice(3, 9), slice(6, 20)),
        (slice(6, 20), slice(3, 9)),
    ],
)
def test_blocks_are_those_of_the_map(made, row, column):
    path, truth = made
    np.testing.assert_array_equal(
        open_hic(path).block(row, column, balanced=False), truth.block(row, column, balanced=False)
    )


def test_what_is_missing_is_said(made, tmp_path):
    with pytest.raises(InputError, match="no map of 5000 bp; it has 10000"):
        open_hic(made[0], resolution=5000)
    with pytest.raises(InputError, match="no normalisation KR"):
        open_hic(made[0], normalization="KR")
    (tmp_path / "a.hic").write_text("nothing")
    with pytest.raises(FormatError, match="cannot be read"):
        open_hic(tmp_path / "a.hic")
