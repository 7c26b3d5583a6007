"""Arrays written row by row and opened with checks."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgram.data.npy import RowWriter, open_array
from cisgram.errors import FormatError


@given(st.lists(st.integers(0, 4), max_size=5), st.sampled_from([1.0, 65535.0, 65536.0, 0.5]), st.data())
def test_counts_come_back_as_written_in_the_narrowest_type(tmp_path_factory, sizes, odd_one, data):
    path = tmp_path_factory.mktemp("npy") / "counts.npy"
    rng = np.random.default_rng(1)
    blocks = [rng.poisson(3, (n, 2, 3)).astype(np.float32) for n in sizes]
    n_rows = sum(sizes)
    if n_rows:
        block = data.draw(st.sampled_from([b for b in blocks if len(b)]))
        block[0, 1, 2] = odd_one
    with RowWriter(path, (n_rows, 2, 3), "uint16") as writer:
        for block in blocks:
            writer.append_counts(block)
    fits = not n_rows or odd_one in (1.0, 65535.0)
    assert writer.dtype == (np.uint16 if fits else np.float32)
    array = open_array(path, shape=(n_rows, 2, 3), dtype=writer.dtype.name)
    np.testing.assert_array_equal(array, np.concatenate([np.zeros((0, 2, 3), np.float32), *blocks]))
    assert [file.name for file in path.parent.iterdir()] == ["counts.npy"]


def test_a_file_is_what_numpy_would_have_saved(tmp_path):
    rows = np.arange(24, dtype=np.uint16).reshape(4, 6)
    with RowWriter(tmp_path / "ours.npy", (4, 6), "uint16") as writer:
        writer.append(rows[:3])
        writer.append(rows[3:])
    np.save(tmp_path / "numpy.npy", rows)
    assert (tmp_path / "ours.npy").read_bytes() == (tmp_path / "numpy.npy").read_bytes()


def test_missing_rows_never_pass_for_a_whole_array(tmp_path):
    with (
        pytest.raises(AssertionError, match="rows are missing"),
        RowWriter(tmp_path / "a.npy", (4, 6), "uint8") as writer,
    ):
        writer.append(np.zeros((3, 6), dtype=np.uint8))


def saved(path, array, **options):
    np.save(path, array, **options)
    return path


@pytest.mark.parametrize("cut", [0, 5, 60, 127, 128, 200, -1])
def test_a_truncated_file_is_refused(tmp_path, cut):
    path = saved(tmp_path / "a.npy", np.zeros((10, 10), dtype=np.float32))
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(FormatError, match=r"a\.npy.*make it again"):
        open_array(path, shape=(10, 10), dtype="float32")


def test_pickled_objects_are_refused(tmp_path):
    objects = saved(tmp_path / "objects.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(FormatError, match="not a complete"):
        open_array(objects, shape=(1,), dtype="object")
    plain = tmp_path / "plain.npy"
    plain.write_bytes(pickle.dumps([1, 2]))
    with pytest.raises(FormatError, match="not a complete"):
        open_array(plain, shape=(2,), dtype="int64")


@pytest.mark.parametrize(("shape", "dtype"), [((5, 20), "float32"), ((10, 10), "uint16"), ((100,), "float32")])
def test_another_shape_or_type_is_refused(tmp_path, shape, dtype):
    path = saved(tmp_path / "a.npy", np.zeros((10, 10), dtype=np.float32))
    with pytest.raises(FormatError, match=r"got float32 \(10, 10\)"):
        open_array(path, shape=shape, dtype=dtype)


def test_a_missing_file_and_an_archive_are_refused(tmp_path):
    with pytest.raises(FormatError, match=r"a\.npy"):
        open_array(tmp_path / "a.npy", shape=(1,), dtype="uint8")
    np.savez(tmp_path / "b.npz", one=np.zeros(3))
    (tmp_path / "b.npz").rename(tmp_path / "b.npy")
    with pytest.raises(FormatError, match="archive of several arrays"):
        open_array(tmp_path / "b.npy", shape=(3,), dtype="float64")


def test_what_is_open_cannot_be_written_to(tmp_path):
    array = open_array(saved(tmp_path / "a.npy", np.zeros(3)), shape=(3,), dtype="float64")
    assert not array.flags.writeable
