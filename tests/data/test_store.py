"""Stores: what was measured comes back, damage is noticed, nothing half-written stays."""

import gzip
import json
import shutil
import warnings
from dataclasses import replace

import numpy as np
import pytest

from cisgram.data.build import build_store
from cisgram.data.layout import StoreLayout
from cisgram.data.store import ExampleBlock, open_store, write_store
from cisgram.data.tracks import StrandFiles, TrackFiles
from cisgram.data.windows import propose_windows
from cisgram.errors import (
    CisgramWarning,
    ConfigError,
    EmptySetError,
    FormatError,
    InputError,
    OutputError,
    RunFolderError,
)
from cisgram.genomics.interval import interval_table
from cisgram.io.bigwig import write_bigwig

LENGTHS = {"input_length": 40, "output_length": 20, "jitter_bp": 8}


def test_every_row_is_the_genome_and_the_counts_of_its_window(cell, store):
    assert len(store) == store.windows["dropped"].eq("").sum() == (cell.windows["dropped"] == "").sum()
    np.testing.assert_array_equal(store.windows.index, np.arange(len(store)))
    for row, window in store.windows.iterrows():
        start, chrom = window["start"] - 8, window["chrom"]
        np.testing.assert_array_equal(store.sequences[row], cell.genome.codes(chrom, start, start + 56))
        outside, inside = slice(start + 10, start + 46), slice(start + 18, start + 38)
        for track, names in enumerate([["a1", "a2"], ["b1", "b2", "b3"]]):
            for strand, sign in enumerate("+-"):
                signals = [cell.signal[f"{name}.{sign}"][chrom] for name in names]
                np.testing.assert_array_equal(store.counts[row, track, strand], sum(one[outside] for one in signals))
                np.testing.assert_array_equal(store.replicates[track][row, :, strand], [one[inside] for one in signals])
        for channel, sign in enumerate("+-"):
            signals = [cell.signal[f"{name}.{sign}"][chrom] for name in ("input1", "input2")]
            np.testing.assert_array_equal(store.controls[row, channel], sum(one[outside] for one in signals))


def test_replicates_add_up_to_the_counts(store):
    counts = store.centred(store.rows()).counts
    for track in range(2):
        np.testing.assert_array_equal(store.replicates[track].sum(axis=1), counts[:, track])


def test_every_candidate_is_kept_with_its_reason_and_finds_its_row(cell, store):
    key = ["chrom", "start"]
    ours = store.candidates.sort_values([*key, "name"], ignore_index=True)
    theirs = cell.windows.sort_values([*key, "name"], ignore_index=True)
    columns = list(theirs.columns)
    assert ours[columns].astype(str).equals(theirs[columns].astype(str))
    assert (ours["row"] >= 0).tolist() == ours["dropped"].eq("").tolist()
    assert (store.windows[columns].to_numpy() == ours[ours["row"] >= 0].sort_values("row")[columns].to_numpy()).all()


def test_rows_are_in_the_order_of_the_genome(cell, store):
    order = {chrom: place for place, chrom in enumerate(cell.genome.sizes)}
    places = [
        (order[chrom], start) for chrom, start in zip(store.windows["chrom"], store.windows["start"], strict=True)
    ]
    assert places == sorted(places)


def test_rows_of_splits_and_kinds(store):
    splits = [store.rows(split) for split in ("train", "valid", "test")]
    np.testing.assert_array_equal(np.sort(np.concatenate(splits)), store.rows())
    assert set(store.windows.loc[store.rows("valid"), "chrom"]) == {"II"}
    both = np.concatenate([store.rows("train", "peak"), store.rows("train", "negative")])
    np.testing.assert_array_equal(np.sort(both), store.rows("train"))
    assert store.rows("train", "negative").size


def test_centred_is_the_stored_stretch_without_its_margins(store):
    rows = store.rows("valid")[::-1]
    examples = store.centred(rows)
    np.testing.assert_array_equal(examples.sequences, store.sequences[rows][:, 8:48])
    np.testing.assert_array_equal(examples.counts, store.counts[rows][..., 8:28])
    np.testing.assert_array_equal(examples.controls, store.controls[rows][..., 8:28])
    assert examples.counts.dtype == np.float32


def test_building_twice_gives_the_same_bytes(cell, store, tmp_path):
    again = build_store(tmp_path / "again", cell.windows, cell.genome, cell.tracks, cell.controls, **LENGTHS)
    names = sorted(path.name for path in store.folder.iterdir())
    assert names == sorted(path.name for path in again.folder.iterdir())
    for name in names:
        assert (store.folder / name).read_bytes() == (again.folder / name).read_bytes(), name


def test_small_blocks_give_the_same_store(cell, store, tmp_path, monkeypatch):
    monkeypatch.setattr("cisgram.data.build._BLOCK_BYTES", 1)
    again = build_store(tmp_path / "again", cell.windows, cell.genome, cell.tracks, cell.controls, **LENGTHS)
    assert (again.folder / "counts.npy").read_bytes() == (store.folder / "counts.npy").read_bytes()
    assert again.counts.dtype == np.uint16


def test_counts_above_65535_make_the_store_float(cell, tmp_path):
    values = np.zeros(900, dtype=np.float32)
    values[450] = 70_000
    write_bigwig(tmp_path / "deep.bw", {"I": 900}, [("I", values)])
    track = TrackFiles("deep", (StrandFiles(tmp_path / "deep.bw"),))
    windows = propose_windows(
        interval_table(["I"] * 2, [100, 450], [101, 451]), sizes={"I": 900}, input_length=40, center="middle"
    )
    genome = replace(cell.genome)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CisgramWarning)  # the file has contig I only
        store = build_store(tmp_path / "store", windows, genome, [track], **{**LENGTHS, "jitter_bp": 0})
    assert store.counts.dtype == np.float32
    assert store.counts.shape == (2, 1, 1, 20)
    assert store.counts[1, 0, 0, 10] == 70_000
    assert store.controls is None


def test_padded_windows_have_n_and_no_counts_beyond_the_contig(cell, tmp_path):
    peaks = interval_table(["I"], [5], [6])
    with pytest.warns(CisgramWarning, match="reach beyond"):
        windows = propose_windows(
            peaks, sizes=cell.genome.sizes, input_length=40, jitter_bp=8, center="middle", edge="pad"
        )
    store = build_store(tmp_path / "store", windows, cell.genome, cell.tracks, **LENGTHS)
    assert (store.sequences[0, :23] == 4).all()
    assert (store.sequences[0, 23:] < 4).all()
    assert (store.counts[0, ..., :13] == 0).all()
    np.testing.assert_array_equal(store.replicates[0][0, 0, 0, 5:], cell.signal["a1.+"]["I"][:15])


def test_stranded_and_unstranded_tracks_do_not_mix(cell, tmp_path):
    plus = cell.tracks[0].replicates[0].plus
    with pytest.raises(ConfigError, match="cannot share"):
        build_store(
            tmp_path / "s", cell.windows, cell.genome, [*cell.tracks, TrackFiles("u", (StrandFiles(plus),))], **LENGTHS
        )


def test_windows_of_another_length_are_refused(cell, tmp_path):
    with pytest.raises(InputError, match="input_length = 42 bp long; 32 are not"):
        build_store(tmp_path / "s", cell.windows, cell.genome, cell.tracks, **{**LENGTHS, "input_length": 42})


def test_no_kept_windows_are_refused_by_reason(cell, tmp_path):
    with pytest.raises(EmptySetError, match="too many N"):
        build_store(tmp_path / "s", cell.windows.assign(dropped="too many N"), cell.genome, cell.tracks, **LENGTHS)


@pytest.fixture
def copy(store, tmp_path):
    return shutil.copytree(store.folder, tmp_path / "copy")


@pytest.mark.parametrize(
    "name", ["sequences.npy", "counts.npy", "controls.npy", "replicates.0.npy", "replicates.1.npy", "windows.tsv.gz"]
)
def test_a_truncated_or_missing_file_is_one_clear_error(copy, name):
    content = (copy / name).read_bytes()
    (copy / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(FormatError, match=f"{name}.*make .* again"):
        open_store(copy)
    (copy / name).unlink()
    with pytest.raises(FormatError, match=f"{name}.*make .* again"):
        open_store(copy)


def test_a_table_that_does_not_fit_the_arrays_is_refused(copy):
    lines = gzip.decompress((copy / "windows.tsv.gz").read_bytes()).decode().splitlines()
    lacking = [*lines[:5], *lines[6:]]
    swapped = [*lines[:5], lines[6], lines[5], *lines[7:]]
    for wrong in (lacking, swapped):
        (copy / "windows.tsv.gz").write_bytes(gzip.compress("\n".join([*wrong, ""]).encode()))
        with pytest.raises(FormatError, match="do not number"):
            open_store(copy)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"jitter_bp": 7}, "shapes"),
        ({"version": 99}, "version 99"),
        ({"format": "something"}, "not the layout"),
        ({"n_rows": "many"}, "incomplete or contradicts"),
        ({"track_names": ["a"]}, "incomplete or contradicts"),
        ({"arrays": {}}, "incomplete or contradicts"),
    ],
)
def test_a_layout_that_contradicts_itself_is_refused(copy, change, message):
    path = copy / "layout.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(FormatError, match=message):
        open_store(copy)


def test_a_damaged_layout_and_a_folder_without_one_are_refused(copy, tmp_path):
    (copy / "layout.json").write_text("{")
    with pytest.raises(FormatError, match="JSON"):
        open_store(copy)
    with pytest.raises(RunFolderError, match="no example store"):
        open_store(tmp_path)


def test_the_layout_names_tracks_controls_and_genome(cell, store):
    layout = store.layout
    assert layout.track_names == ("a", "b")
    assert layout.n_replicates == (2, 3)
    assert layout.control_names == ("input+", "input-")
    assert layout.control_on_reverse == (1, 0)
    assert layout.genome_sha256 == cell.genome.sha256


@pytest.mark.parametrize(
    "wrong",
    [
        {"output_length": 41},
        {"output_length": 21},
        {"jitter_bp": -1},
        {"track_names": ()},
        {"track_names": ("a", "a"), "n_replicates": (1, 1)},
    ],
)
def test_impossible_layouts_are_refused(wrong):
    with pytest.raises(ConfigError):
        StoreLayout(**{**LENGTHS, "n_strands": 2, "track_names": ("a",), "n_replicates": (1,), **wrong})


def small_store(folder, blocks=None):
    layout = StoreLayout(2, 2, 0, 1, ("a",), (1,))
    windows = propose_windows(interval_table(["I"], [5], [6]), sizes={"I": 20}, input_length=2, center="middle")
    one = np.ones((1, 1, 1, 2), dtype=np.float32)
    block = ExampleBlock(np.zeros((1, 2), dtype=np.uint8), one, None, (one,))
    return write_store(folder, windows, layout, [block] if blocks is None else blocks)


def test_an_older_store_is_replaced_and_a_folder_of_something_else_is_not(store, tmp_path):
    folder = tmp_path / "runs" / "examples"
    shutil.copytree(store.folder, folder)
    assert len(small_store(folder)) == 1
    assert sorted(path.name for path in folder.iterdir()) == [
        "counts.npy", "layout.json", "replicates.0.npy", "sequences.npy", "windows.tsv.gz",
    ]  # fmt: skip
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("precious")
    with pytest.raises(RunFolderError, match="something that is no example store"):
        small_store(tmp_path / "thesis")
    with pytest.raises(RunFolderError, match="is a file"):
        small_store(tmp_path / "thesis" / "chapter.txt")
    assert (tmp_path / "thesis" / "chapter.txt").read_text() == "precious"


def test_a_failure_leaves_the_older_store_and_nothing_else(store, tmp_path):
    folder = shutil.copytree(store.folder, tmp_path / "examples")

    def failing():
        raise RuntimeError("reading stopped")
        yield

    with pytest.raises(RuntimeError, match="reading stopped"):
        small_store(folder, failing())
    assert [path.name for path in tmp_path.iterdir()] == ["examples"]
    assert len(open_store(folder)) == len(store)


def test_too_small_a_disk_is_noticed_before_writing(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1))
    with pytest.raises(OutputError, match="free some space"):
        small_store(tmp_path / "examples")
    assert list(tmp_path.iterdir()) == []
