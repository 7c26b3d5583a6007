import h5py
import numpy as np
import pandas as pd
import pytest

from cisgram.errors import FormatError, InputError
from cisgram.genomics.interval import interval_table
from cisgram.genomics.sequence import codes_of, one_hot
from cisgram.io.contributions import (
    contribution_groups,
    read_contributions,
    read_explained_windows,
    writing_contributions,
)

N_WINDOWS, LENGTH = 7, 11


@pytest.fixture
def windows():
    return interval_table(
        [f"chr{number % 2}" for number in range(N_WINDOWS)],
        np.arange(N_WINDOWS) * 10,
        np.arange(N_WINDOWS) * 10 + LENGTH,
        name=[f"peak_{number}" for number in range(N_WINDOWS)],
        row=np.arange(N_WINDOWS) + 100,
    )


@pytest.fixture
def codes():
    return np.random.default_rng(0).integers(0, 5, (N_WINDOWS, LENGTH), dtype=np.uint8)


def values_of(seed):
    return np.random.default_rng(seed).normal(size=(N_WINDOWS, 4, LENGTH)).astype(np.float32)


def write(path, windows, codes, groups, *, blocks=((0, 3), (3, 4), (4, 7))):
    with writing_contributions(path, attributes={"genome": "abc", "seed": 1}) as writer:
        for number, (track, score) in enumerate(groups):
            group = writer.group(track, score, windows=windows, codes=codes, attributes={"method": "deeplift"})
            values, errors = values_of(number), np.arange(N_WINDOWS, dtype=np.float32)
            for start, end in blocks:
                group.append(
                    values[start:end], completeness_error=errors[start:end], relative_error=errors[start:end] / 10
                )
    return path


@pytest.fixture
def path(tmp_path, windows, codes):
    groups = [("Oct4", "profile"), ("Oct4", "counts"), ("Nanog", "profile")]
    return write(tmp_path / "contributions.h5", windows, codes, groups)


def test_what_was_written_is_read(path, windows, codes):
    assert contribution_groups(path) == [("Oct4", "profile"), ("Oct4", "counts"), ("Nanog", "profile")]
    for number, (track, score) in enumerate(contribution_groups(path)):
        read = read_contributions(path, track, score)
        np.testing.assert_array_equal(read.hypothetical, values_of(number))
        np.testing.assert_array_equal(read.one_hot, one_hot(codes))
        np.testing.assert_array_equal(read.contributions, values_of(number) * one_hot(codes))
        np.testing.assert_array_equal(read.completeness_error, np.arange(N_WINDOWS))
        np.testing.assert_allclose(read.relative_error, np.arange(N_WINDOWS) / 10)
        pd.testing.assert_frame_equal(read.windows, windows, check_like=True)
        assert read.attributes["method"] == "deeplift"
        assert read.attributes["genome"] == "abc"
        assert "cisgram_version" in read.attributes


def test_windows_are_read_without_the_rest(path, windows):
    pd.testing.assert_frame_equal(read_explained_windows(path, "Nanog"), windows, check_like=True)


def test_a_group_as_a_context_is_checked_when_its_block_ends(tmp_path, windows, codes):
    with (
        pytest.raises(InputError, match="/t/s has 7 windows, but contributions of 0 were added"),
        writing_contributions(tmp_path / "a.h5") as writer,
        writer.group("t", "s", windows=windows, codes=codes, attributes={}),
    ):
        pass
    with (
        pytest.raises(ArithmeticError),
        writing_contributions(tmp_path / "a.h5") as writer,
        writer.group("t", "s", windows=windows, codes=codes, attributes={}),
    ):
        raise ArithmeticError
    assert list(tmp_path.iterdir()) == []


def test_groups_may_be_filled_side_by_side(tmp_path, windows, codes):
    with writing_contributions(tmp_path / "a.h5", attributes={}) as writer:
        groups = [writer.group("t", score, windows=windows, codes=codes, attributes={}) for score in ("a", "b")]
        for start in range(N_WINDOWS):
            for number, group in enumerate(groups):
                error = np.zeros(1, dtype=np.float32)
                group.append(values_of(number)[[start]], completeness_error=error, relative_error=error)
    for number, score in enumerate(("a", "b")):
        np.testing.assert_array_equal(read_contributions(tmp_path / "a.h5", "t", score).hypothetical, values_of(number))


@pytest.mark.parametrize("rows", [slice(2, 5), np.array([5, 0, 3, 3]), np.array([], dtype=np.int64), np.array([-1])])
def test_some_rows_are_read_in_the_order_asked_for(path, windows, codes, rows):
    read = read_contributions(path, "Nanog", "profile", rows=rows)
    np.testing.assert_array_equal(read.hypothetical, values_of(2)[rows])
    np.testing.assert_array_equal(codes_of(read.one_hot), codes[rows])
    assert read.windows["name"].tolist() == windows["name"].to_numpy()[rows].tolist()
    np.testing.assert_array_equal(read.completeness_error, np.arange(N_WINDOWS)[rows])


def test_the_first_group_that_fits_is_taken_where_names_are_left_out(path):
    np.testing.assert_array_equal(read_contributions(path).hypothetical, values_of(0))
    np.testing.assert_array_equal(read_contributions(path, "Nanog").hypothetical, values_of(2))
    np.testing.assert_array_equal(read_contributions(path, score="counts").hypothetical, values_of(1))


def test_readers_of_chrombpnet_files_find_their_datasets_at_the_root(path, codes):
    half_width = 3
    with h5py.File(path) as file:
        # as finemo's extract-regions-chrombpnet-h5 and modisco-lite's "motifs -i" read it
        start = file["raw/seq"].shape[-1] // 2 - half_width
        sequences = file["raw/seq"][:, :, start : start + 2 * half_width].astype(np.int8)
        contributions = np.nan_to_num(file["shap/seq"][:, :, start : start + 2 * half_width])
        projected = file["projected_shap"]["seq"][:]
        transposed = file["shap"]["seq"][..., :, 1:5].transpose(0, 2, 1)
    np.testing.assert_array_equal(sequences, one_hot(codes)[:, :, 2:8])
    np.testing.assert_array_equal(contributions, values_of(0)[:, :, 2:8])
    np.testing.assert_array_equal(projected, values_of(0) * one_hot(codes))
    np.testing.assert_array_equal(transposed, values_of(0)[:, :, 1:5].transpose(0, 2, 1))


def test_links_cost_nothing_and_equal_sequences_are_stored_once(path):
    with h5py.File(path) as file:
        assert file["raw/seq"].id == file["Oct4/profile/raw/seq"].id == file["Nanog/profile/raw/seq"].id
        assert file["shap/seq"].id == file["Oct4/profile/shap/seq"].id
        assert file["shap/seq"].compression == "gzip"


def test_a_file_appears_only_when_every_window_has_its_contributions(tmp_path, windows, codes):
    with pytest.raises(InputError, match=r"/t/s has 7 windows, but contributions of 3 were added"):
        write(tmp_path / "short.h5", windows, codes, [("t", "s")], blocks=((0, 3),))
    with pytest.raises(InputError, match=r"/t/s has 7 windows; contributions of 8 came"):
        write(tmp_path / "long.h5", windows, codes, [("t", "s")], blocks=((0, 7), (0, 1)))
    with pytest.raises(InputError, match="at least one group"):
        write(tmp_path / "empty.h5", windows, codes, [])
    assert list(tmp_path.iterdir()) == []


def test_groups_that_cannot_be_are_refused(tmp_path, windows, codes):
    for track, score, message in [
        ("a/b", "s", "must not be empty or hold '/'; got 'a/b'"),
        ("t", "", "must not be empty"),
        ("raw", "s", "cannot be called 'raw'"),
    ]:
        with pytest.raises(InputError, match=message):
            write(tmp_path / "a.h5", windows, codes, [(track, score)])
    with pytest.raises(InputError, match="t/s is written twice"):
        write(tmp_path / "a.h5", windows, codes, [("t", "s"), ("t", "s")])
    for kept, table in ((6, windows), (0, windows[:0])):
        with pytest.raises(InputError, match=rf"t/s: at least one window is needed, .* shape \({kept}, 11\)"):
            write(tmp_path / "a.h5", table, codes[:kept], [("t", "s")])


def test_a_missing_group_is_told_with_those_that_are_there(path):
    with pytest.raises(InputError, match=r"no group Sox2/profile; it has Oct4/profile, Oct4/counts, Nanog/profile"):
        read_contributions(path, "Sox2", "profile")


def test_files_that_were_cut_off_or_are_something_else_are_named(path, tmp_path):
    whole = path.read_bytes()
    for name, content in {
        "half.h5": whole[: len(whole) // 2],
        "head.h5": whole[:100],
        "text.h5": b"chr1\t0\t5\n",
        "empty.h5": b"",
    }.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(FormatError, match=name):
            read_contributions(tmp_path / name)
    with h5py.File(tmp_path / "foreign.h5", "w") as file:
        file["raw/seq"] = np.zeros((2, 4, 5))
    with pytest.raises(FormatError, match=r"foreign.h5: the attribute format must be 'cisgram contributions 1'"):
        read_contributions(tmp_path / "foreign.h5")
    with h5py.File(path, "r+") as file:
        del file["Oct4/profile/relative_error"]
    with pytest.raises(FormatError, match="relative_error"):
        read_contributions(path)
