"""Stores of coverage: every base comes back, contig ends are zeros, bad values and damage are named."""

import json
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgram.data import coverage_store
from cisgram.data.coverage_store import open_coverage, write_coverage
from cisgram.errors import ContigError, EmptySetError, FormatError, InputError, RunFolderError

SIZES = {"chrB": 2300, "chrA": 70, "chrC": 1}
SIGNAL = {
    name: {chrom: np.random.default_rng((seed, size)).integers(0, 9, size) / 2 for chrom, size in SIZES.items()}
    for seed, name in enumerate(["noisy", "clean"])
}


def reader(name):
    return lambda chrom, start, end: SIGNAL[name][chrom][start:end]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coverage_store, "_CHUNK_BP", 300)  # several chunks per contig
        return write_coverage(tmp_path_factory.mktemp("c") / "store", SIZES, {name: reader(name) for name in SIGNAL})


@given(chrom=st.sampled_from(list(SIZES)), start=st.integers(-50, 2400), length=st.integers(0, 2500))
def test_any_stretch_is_what_was_written_with_zeros_beyond_the_contig(store, chrom, start, length):
    for name, signal in SIGNAL.items():
        expected = [signal[chrom][at] if 0 <= at < SIZES[chrom] else 0 for at in range(start, start + length)]
        found = store.read(name, chrom, start, start + length)
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, np.array(expected, dtype=np.float32))


def test_what_is_read_is_a_copy_that_may_be_changed(store):
    store.read("noisy", "chrB", 0, 10)[:] = 99
    assert not (store.read("noisy", "chrB", 0, 10) == 99).any()


def test_names_sizes_and_totals_come_back_also_in_another_process(store):
    for one in (store, open_coverage(store.folder), pickle.loads(pickle.dumps(store))):
        assert one.names == ("noisy", "clean")
        assert dict(one.sizes) == SIZES
        assert list(one.sizes) == list(SIZES)
        assert one.totals["noisy"] == sum(values.sum() for values in SIGNAL["noisy"].values())


def test_unknown_tracks_and_contigs_are_named_with_those_there_are(store):
    with pytest.raises(InputError, match="no track 'deep'; it has noisy, clean"):
        store.read("deep", "chrA", 0, 1)
    with pytest.raises(ContigError, match="no contig 'chr1'; it has chrB, chrA, chrC"):
        store.read("noisy", "chr1", 0, 1)
    with pytest.raises(InputError, match="start <= end"):
        store.read("noisy", "chrA", 3, 2)


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf, 1e39])
def test_a_value_that_is_no_coverage_is_refused_with_its_place_and_nothing_stays(tmp_path, bad):
    def read(chrom, start, end):
        values = np.ones(end - start)
        if chrom == "chrA":
            values[12] = bad
        return values

    with pytest.raises(InputError, match=r"track 'deep' has .* at chrA:13 \(1 such"):
        write_coverage(tmp_path / "s", SIZES, {"deep": read})
    assert list(tmp_path.iterdir()) == []


def test_a_track_that_is_empty_or_of_another_length_is_refused(tmp_path):
    with pytest.raises(EmptySetError, match=r"coverage in the track 'deep'.*chrB, chrA, chrC"):
        write_coverage(tmp_path / "s", SIZES, {"deep": lambda chrom, start, end: np.zeros(end - start)})  # noqa: ARG005
    with pytest.raises(InputError, match="gave 5 values for chrB:1-2300; 2300 are needed"):
        write_coverage(tmp_path / "s", SIZES, {"deep": lambda chrom, start, end: np.ones(5)})  # noqa: ARG005
    with pytest.raises(EmptySetError, match="no tracks"):
        write_coverage(tmp_path / "s", SIZES, {})
    with pytest.raises(EmptySetError, match="no contigs"):
        write_coverage(tmp_path / "s", {}, {"noisy": reader("noisy")})


def test_a_contig_that_a_source_lacks_stays_an_error_of_the_source(tmp_path):
    def read(chrom, start, end):
        if chrom == "chrA":
            raise ContigError("deep.bw has no contig 'chrA'")
        return np.ones(end - start)

    with pytest.raises(ContigError, match=r"deep\.bw has no contig 'chrA'"):
        write_coverage(tmp_path / "s", SIZES, {"deep": read})


def test_folders_of_other_things_are_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(RunFolderError):
        write_coverage(tmp_path, SIZES, {"noisy": reader("noisy")})
    with pytest.raises(InputError, match=r"there is no layout\.json"):
        open_coverage(tmp_path)


def test_damage_and_other_stores_are_noticed(tmp_path):
    folder = write_coverage(tmp_path / "s", SIZES, {"noisy": reader("noisy")}).folder
    data, layout = (folder / "0.npy").read_bytes(), json.loads((folder / "layout.json").read_text())
    (folder / "0.npy").write_bytes(data[:-4])
    with pytest.raises(FormatError, match=r"0\.npy"):
        open_coverage(folder)
    (folder / "layout.json").write_text(json.dumps(layout | {"kind": "examples"}))
    with pytest.raises(InputError, match="no store of coverage"):
        open_coverage(folder)
    (folder / "layout.json").write_text("{")
    with pytest.raises(FormatError, match="layout cannot be read"):
        open_coverage(folder)
