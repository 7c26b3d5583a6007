import cooler
import h5py
import numpy as np
import pytest

from cisgram.errors import FormatError, InputError
from cisgram.genomics.chosen_contigs import choose_contigs
from cisgram.genomics.contacts import ContactBins, ContactMap, ContactSource
from cisgram.io.cool import cool_resolutions, open_cool, write_cool, write_mcool, write_weights

BINS = ContactBins({"I": 45, "II": 30}, 10)


def drawn(seed=0, bins=BINS):
    rng = np.random.default_rng(seed)
    row, column = np.triu_indices(bins.n_bins)
    counts = rng.poisson(2, len(row)).astype(np.int32)
    seen = counts > 0
    weights = rng.uniform(0.5, 2, bins.n_bins)
    weights[2] = np.nan
    return ContactMap(bins, row[seen], column[seen], counts[seen], weights)


@pytest.fixture
def path(tmp_path):
    made = drawn()
    write_cool(tmp_path / "a.cool", made.bins, made.pixels(), weights=made.weights)
    return tmp_path / "a.cool"


def change(path, name, change):
    with h5py.File(path, "r+") as file:
        values = change(file[name][:])
        attributes = dict(file[name].attrs)
        del file[name]
        file[name] = values
        file[name].attrs.update(attributes)


def test_what_is_written_is_read_back_by_us_and_by_cooler(path):
    made, read, other = drawn(), open_cool(path), cooler.Cooler(str(path))
    assert isinstance(read, ContactSource)
    assert read.bins == made.bins
    for chrom in made.bins.chroms:
        np.testing.assert_allclose(read.cis(chrom).dense(), made.cis(chrom).dense())
        np.testing.assert_allclose(read.cis(chrom).dense(), other.matrix(balance=True).fetch(chrom))
    assert other.info["sum"] == made.counts.sum()


def test_blocks_of_a_file_are_those_in_memory(path):
    made, read = drawn(), open_cool(path)
    for row, column in ((slice(1, 7), slice(3, 8)), (slice(5, 8), slice(0, 4)), (slice(0, 8), slice(0, 8))):
        np.testing.assert_allclose(read.block(row, column), made.block(row, column))


def test_chunks_of_pixels_make_the_whole(path, monkeypatch):
    monkeypatch.setattr("cisgram.io.cool.reading._CHUNK", 3)
    whole = open_cool(path).in_memory()
    np.testing.assert_array_equal(whole.counts, drawn().counts)
    np.testing.assert_array_equal(whole.bin2, drawn().bin2)


def test_chosen_contigs_are_a_map_of_their_own(path):
    chosen = choose_contigs(open_cool(path), ["II"])
    assert chosen.bins.chroms == ("II",)
    square = chosen.block(slice(0, 3), slice(0, 3), balanced=False)
    np.testing.assert_array_equal(square, drawn().cis("II").dense(balanced=False))
    row, column, counts = next(chosen.pixels())
    assert np.triu(square)[row, column].sum() == counts.sum() == np.triu(square).sum()


def test_several_resolutions_must_be_chosen_among(tmp_path):
    path = tmp_path / "a.mcool"
    wide = drawn(bins=ContactBins({"I": 45}, 20))
    assert write_mcool(path, [(drawn(), {"var": 1e-6}), (wide, {})]) == [10, 20]
    assert list(cool_resolutions(path)) == [10, 20]
    assert cooler.fileops.is_multires_file(str(path))
    with pytest.raises(InputError, match="choose one of 10, 20 bp"):
        open_cool(path)
    with pytest.raises(InputError, match="no map of 30 bp; it has 10, 20"):
        open_cool(path, resolution=30)
    assert open_cool(f"{path}::/resolutions/20").bins == open_cool(path, resolution=20).bins == wide.bins


def test_the_old_layout_of_zoom_levels_is_known(tmp_path, path):
    with h5py.File(path) as one, h5py.File(tmp_path / "old.mcool", "w") as file:
        for name in ("bins", "chroms", "pixels", "indexes"):
            one.copy(name, file.require_group("0"))
    assert cool_resolutions(tmp_path / "old.mcool") == {10: "/0"}
    assert open_cool(tmp_path / "old.mcool").bins == BINS


def test_weights_are_added_to_a_copy_or_in_place(path, tmp_path):
    weights = np.arange(1.0, 9)
    write_weights(path, {"/": (weights, {"converged": True})}, out=tmp_path / "b.cool", name="mine")
    np.testing.assert_array_equal(open_cool(tmp_path / "b.cool", weight="mine").weights, weights)
    np.testing.assert_allclose(open_cool(tmp_path / "b.cool", weight="1/mine").weights, 1 / weights)
    with pytest.raises(InputError, match="no column 'mine'; they have weight"):
        open_cool(path, weight="mine")
    write_weights(path, {"/": (weights, {})})
    np.testing.assert_array_equal(open_cool(path).weights, weights)


def test_weights_to_divide_by_are_turned_round(path):
    write_weights(path, {"/": (np.full(8, 4.0), {})}, name="VC")
    with h5py.File(path, "r+") as file:
        del file["bins/VC"].attrs["divisive_weights"]
    assert open_cool(path, weight="VC").weights.tolist() == [0.25] * 8


def test_pixels_sorted_by_row_only_are_put_in_order(path):
    with h5py.File(path) as file:
        first, last = file["indexes/bin1_offset"][:2]
    for name in ("pixels/bin2_id", "pixels/count"):
        change(path, name, lambda values: np.concatenate([values[first:last][::-1], values[last:]]))
    np.testing.assert_array_equal(open_cool(path).in_memory().counts, drawn().counts)


def test_a_symmetric_square_is_read_and_another_is_refused(tmp_path):
    made = drawn()
    whole = made.block(slice(0, 8), slice(0, 8), balanced=False)
    row, column = np.nonzero(whole)
    for name, square in (("even", whole), ("odd", whole + np.triu(np.ones((8, 8)), 1))):
        pixels = {"bin1_id": row, "bin2_id": column, "count": square[row, column].astype(int)}
        cooler.create_cooler(
            str(tmp_path / name), BINS.table(), pixels, symmetric_upper=False, triucheck=False, ordered=True
        )
    np.testing.assert_array_equal(open_cool(tmp_path / "even").in_memory().counts, made.counts)
    with pytest.raises(FormatError, match="not symmetric"):
        open_cool(tmp_path / "odd")


@pytest.mark.parametrize(
    ("name", "how", "message"),
    [
        ("bins/end", lambda ends: ends + (np.arange(8) == 4), "tile|end behind"),
        ("bins/start", lambda starts: starts + (np.arange(8) == 2), "tile"),
        ("chroms/length", lambda lengths: lengths - 3, "end behind|tile"),
        ("pixels/count", lambda counts: counts - 5, "0 or more"),
        ("pixels/count", lambda counts: np.where(np.arange(len(counts)) == 3, np.nan, counts), "0 or more"),
        ("pixels/bin2_id", lambda bins: bins + 5, "map lacks"),
        ("pixels/bin2_id", lambda bins: np.where(np.arange(len(bins)) == 1, bins[0], bins), "twice"),
        ("pixels/bin2_id", lambda bins: bins[:-1], "unlike lengths"),
        ("pixels/bin1_id", lambda bins: bins[::-1], "sorted by bin1"),
        ("indexes/bin1_offset", lambda offsets: offsets[::-1], "does not fit"),
    ],
)
def test_a_broken_file_says_what_is_wrong(path, name, how, message):
    change(path, name, how)
    with pytest.raises(FormatError, match=message):
        open_cool(path).in_memory()


def test_a_file_cut_short_and_another_file_are_refused(path, tmp_path):
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FormatError, match="cannot be read"):
        open_cool(path)
    (tmp_path / "a.txt").write_text("no map")
    with pytest.raises(FormatError, match="cannot be read"):
        open_cool(tmp_path / "a.txt")
    with h5py.File(tmp_path / "b.h5", "w") as file:
        file["x"] = 1
    with pytest.raises(FormatError, match="no bins and pixels"):
        open_cool(tmp_path / "b.h5")


def test_nothing_is_left_where_writing_fails(tmp_path):
    unsorted = np.array([3, 0]), np.array([4, 1]), np.array([1, 1])
    with pytest.raises(InputError):
        write_cool(tmp_path / "x.cool", BINS, [(np.array([3]), np.array([1]), np.array([1]))])
    with pytest.raises(InputError, match="two maps have bins of 10"):
        write_mcool(tmp_path / "x.mcool", [(drawn(), {}), (drawn(), {})])
    assert not list(tmp_path.iterdir()), unsorted


def test_floats_and_maps_without_contacts_are_kept(tmp_path):
    write_cool(tmp_path / "f.cool", BINS, [(np.array([0]), np.array([1]), np.array([0.25]))])
    assert open_cool(tmp_path / "f.cool").in_memory().counts.tolist() == [0.25]
    write_cool(tmp_path / "e.cool", BINS, [])
    assert open_cool(tmp_path / "e.cool").cis("II").dense(balanced=False).sum() == 0


@pytest.mark.filterwarnings("ignore:.*weights are larger")  # rightly said of the third
def test_measured_maps_are_read_as_cooler_reads_them(data_folder):
    for name in ("scer_w303_g1_2kb_SRR8769554.cool", "yeast.10kb.cool", "dmel_dm6_40-640kb.mcool::/4"):
        read, other = open_cool(data_folder / "hic" / name), cooler.Cooler(str(data_folder / "hic" / name))
        chrom = read.bins.chroms[1]
        np.testing.assert_allclose(read.cis(chrom).dense(), other.matrix(balance=True).fetch(chrom))
