import h5py
import numpy as np
import pandas as pd
import pytest

from cisgram.errors import FormatError, InputError
from cisgram.genomics.pattern import Pattern, PatternSearch, SeqletValues, seqlet_table
from cisgram.io.patterns import pattern_groups, read_patterns, write_patterns


def pattern_named(name, n_seqlets, *, seed=0, width=6, subpatterns=()):
    rng = np.random.default_rng(seed)
    values = SeqletValues(*rng.normal(size=(3, n_seqlets, 4, width)).astype(np.float32))
    starts = rng.integers(0, 50, n_seqlets)
    return Pattern(
        name,
        *(array.mean(axis=0, dtype=np.float64) for array in values),
        seqlets=seqlet_table(rng.integers(0, 9, n_seqlets), starts, starts + width, rng.random(n_seqlets) < 0.5),
        values=values,
        subpatterns=subpatterns,
    )


def assert_same(ours, theirs):
    assert ours.name == theirs.name
    for name in ("ppm", "cwm", "hcwm"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))
    pd.testing.assert_frame_equal(ours.seqlets, theirs.seqlets)
    for one, other in zip(ours.values, theirs.values, strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == other.dtype
    for one, other in zip(ours.subpatterns, theirs.subpatterns, strict=True):
        assert_same(one, other)


@pytest.fixture
def search():
    subpatterns = (pattern_named("subpattern_1", 5, seed=7), pattern_named("subpattern_0", 2, seed=8))
    many = [pattern_named(f"pos_pattern_{number}", 20 - number, seed=number) for number in range(12)]
    return PatternSearch(
        [pattern_named("pos_pattern_0", 20, subpatterns=subpatterns), *many[1:], pattern_named("neg_pattern_0", 3)],
        "",
        400,
    )


@pytest.fixture
def path(tmp_path, search):
    empty = PatternSearch([], "too few sequences", 200)
    searches = {("Oct4", "profile"): search, ("Oct4", "counts"): empty}
    write_patterns(tmp_path / "patterns.h5", searches, attributes={"genome": "abc"})
    return tmp_path / "patterns.h5"


def test_what_was_written_is_read_in_the_same_order(path, search):
    assert pattern_groups(path) == [("Oct4", "profile"), ("Oct4", "counts")]
    read = read_patterns(path, "Oct4", "profile")
    assert (read.reason, read.window_bp) == ("", 400)
    for ours, theirs in zip(read.patterns, search.patterns, strict=True):
        assert_same(ours, theirs)


def test_a_search_without_patterns_keeps_its_reason(path):
    assert read_patterns(path, "Oct4", "counts") == PatternSearch([], "too few sequences", 200)


def test_values_of_seqlets_can_be_left_out(path, search):
    read = read_patterns(path, with_values=False)
    assert all(one.values is None for one in read.patterns)
    np.testing.assert_array_equal(read.patterns[3].cwm, search.patterns[3].cwm)


def test_public_tools_find_the_first_search_at_the_root(path, search):
    with h5py.File(path) as file:
        assert file.attrs["window_size"] == 400
        names = sorted(file["pos_patterns"], key=lambda name: int(name.split("_")[-1]))  # as finemo reads it
        for name, pattern in zip(names, search.patterns, strict=False):
            found = file["pos_patterns"][name]
            np.testing.assert_array_equal(found["contrib_scores"][:].T, pattern.cwm)
            assert int(found["seqlets/n_seqlets"][0]) == pattern.n_seqlets
            np.testing.assert_array_equal(found["seqlets/example_idx"][:], pattern.seqlets["example"])


def test_a_public_file_is_read_without_groups(path, tmp_path, search):
    with h5py.File(path) as ours, h5py.File(tmp_path / "public.h5", "w") as public:
        public.attrs["window_size"] = 400
        for sign in ("pos", "neg"):
            ours.copy(ours[f"{sign}_patterns"], public)
    read = read_patterns(tmp_path / "public.h5")
    assert pattern_groups(tmp_path / "public.h5") == []
    assert [one.name for one in read.patterns] == [one.name for one in search.patterns]
    assert_same(read.patterns[0], search.patterns[0])
    with pytest.raises(InputError, match="holds a single search; leave out track and score"):
        read_patterns(tmp_path / "public.h5", "Oct4")


def test_files_that_were_cut_off_or_are_something_else_are_named(path, tmp_path):
    content = path.read_bytes()
    (tmp_path / "half.h5").write_bytes(content[: len(content) // 2])
    with pytest.raises(FormatError, match=r"half.h5: patterns expected"):
        read_patterns(tmp_path / "half.h5")
    with h5py.File(tmp_path / "foreign.h5", "w") as file:
        file["raw/seq"] = np.zeros(2)
    with pytest.raises(FormatError, match=r"foreign.h5: there is no group pos_patterns or neg_patterns"):
        read_patterns(tmp_path / "foreign.h5")
    with h5py.File(path, "r+") as file:
        del file["Oct4/profile/pos_patterns/pattern_3/seqlets/start"]
    with pytest.raises(FormatError, match="start"):
        read_patterns(path)


def test_patterns_that_do_not_fit_the_layout_are_refused(tmp_path):
    named = pattern_named("Sox2", 3)
    with pytest.raises(InputError, match="patterns are called pos_pattern_0"):
        write_patterns(tmp_path / "a.h5", {("t", "s"): PatternSearch([named], "", 400)}, attributes={})
    whole = pattern_named("pos_pattern_0", 3)
    bare = Pattern(whole.name, whole.ppm, whole.cwm, whole.hcwm, seqlets=whole.seqlets)
    with pytest.raises(InputError, match="lacks the values of its seqlets"):
        write_patterns(tmp_path / "a.h5", {("t", "s"): PatternSearch([bare], "", 400)}, attributes={})
    with pytest.raises(InputError, match="at least one search"):
        write_patterns(tmp_path / "a.h5", {}, attributes={})
    assert list(tmp_path.iterdir()) == []
