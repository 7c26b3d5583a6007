import json
import pickle

import numpy as np
import pandas as pd
import pytest

from cisgram.data.batches import Batches, Sampling
from cisgram.data.labelled_build import store_sequences, store_windows
from cisgram.data.labelled_store import open_labelled_store
from cisgram.errors import ConfigError, FormatError, InputError, RunFolderError
from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import reverse_complement
from cisgram.genomics.sequence_set import SequenceSet

NAMES = ("K562", "GM12878", "HepG2")


@pytest.fixture
def genome():
    return Genome.from_codes({"I": np.random.default_rng(0).integers(0, 4, 500).astype(np.uint8)})


def windows_of(starts, *, length=20, dropped=()):
    table = pd.DataFrame({"chrom": "I", "start": starts, "end": np.asarray(starts) + length, "kind": "peak"})
    table["split"] = [*["train"] * (len(table) - 2), "valid", "test"]
    return table.assign(dropped=["left out" if row in dropped else "" for row in range(len(table))])


def labels_of(n, *, unknown=()):
    labels = (np.arange(n * 3).reshape(n, 3) % 2).astype(np.float32)
    for row, track in unknown:
        labels[row, track] = np.nan
    return labels


def test_sequences_and_labels_come_back_in_the_order_of_the_kept_windows(tmp_path, genome):
    windows, labels = windows_of([30, 5, 480, 100, 200], dropped=[1]), labels_of(5, unknown=[(2, 1)])
    store = store_windows(tmp_path / "s", windows, labels, genome, track_names=NAMES, jitter_bp=7)
    assert (len(store), store.track_names, store.input_length) == (4, NAMES, 20)
    kept = [0, 2, 3, 4]
    np.testing.assert_array_equal(store.labels(np.arange(4)), labels[kept])
    np.testing.assert_array_equal(store.centred(np.arange(4)), genome.windows(windows.iloc[kept]))
    assert store.stored_labels.dtype == np.uint8
    assert store.rows("valid").tolist() == [2]
    assert store.rows().tolist() == [0, 1, 2, 3]


def test_measurements_are_kept_as_numbers(tmp_path, genome):
    labels = np.array([[0.5, np.nan, 1.0], [2, 3, 4], [0, 0, 1]], dtype=np.float32)
    store = store_windows(tmp_path / "s", windows_of([0, 50, 90]), labels, genome, track_names=NAMES)
    np.testing.assert_array_equal(store.labels(np.array([2, 0])), labels[[2, 0]])


def test_batches_move_and_turn_sequences_and_leave_labels_as_they_are(tmp_path, genome):
    labels = labels_of(12, unknown=[(3, 0)])
    starts = np.arange(12) * 35 + 20
    store = store_windows(tmp_path / "s", windows_of(starts), labels, genome, track_names=NAMES, jitter_bp=5)
    sampling = Sampling(batch_size=5, shuffle=True, jitter_bp=5, reverse_complement=True, seed=3)
    batches = Batches(store, store.rows("train"), sampling)
    plan, found = batches.plan(2), list(batches.epoch(2))
    assert [len(batch.targets) for batch in found] == [5, 5]
    assert plan.reverse.any()
    assert not plan.reverse.all()
    sequences = np.concatenate([batch.inputs.numpy() for batch in found])
    np.testing.assert_array_equal(np.concatenate([batch.targets.numpy() for batch in found]), labels[plan.rows])
    for sequence, row, moved, turned in zip(sequences, plan.rows, plan.moved_bp, plan.reverse, strict=True):
        expected = genome.codes("I", int(starts[row] + moved), int(starts[row] + moved + 20))
        np.testing.assert_array_equal(sequence, reverse_complement(expected) if turned else expected)


def test_sequences_without_a_genome_are_stored_by_their_splits(tmp_path):
    rng = np.random.default_rng(1)
    sequences = SequenceSet.from_codes([rng.integers(0, 4, 15).astype(np.uint8) for _ in range(6)])
    split = ["train", "test", "train", "valid", "train", "test"]
    store = store_sequences(tmp_path / "s", sequences, labels_of(6), split=split, track_names=NAMES)
    assert store.rows("test").tolist() == [1, 5]
    np.testing.assert_array_equal(store.centred(np.array([5]))[0], sequences[5])
    assert store.candidates["name"].tolist() == list(sequences.names)


def test_sequences_that_are_moved_bring_n_from_beyond_their_ends(tmp_path):
    sequence = np.array([0, 1, 2, 3, 3, 2, 1], np.uint8)
    store = store_sequences(
        tmp_path / "s",
        SequenceSet.from_codes([sequence]),
        np.ones((1, 3)),
        split=["train"],
        track_names=NAMES,
        jitter_bp=2,
    )
    np.testing.assert_array_equal(store.centred(np.array([0]))[0], sequence)
    moved = store.gather(np.array([0, 0]), np.array([0, 4]), np.array([False, True])).inputs
    assert moved.tolist() == [[4, 4, 0, 1, 2, 3, 3], [4, 4, 2, 1, 0, 0, 1]]


def test_a_store_travels_to_another_process(tmp_path, genome):
    store = store_windows(tmp_path / "s", windows_of([0, 50, 90]), labels_of(3), genome, track_names=NAMES)
    again = pickle.loads(pickle.dumps(store))
    np.testing.assert_array_equal(again.labels(np.arange(3)), store.labels(np.arange(3)))


def test_what_does_not_fit_is_refused(tmp_path, genome):
    given = {"track_names": NAMES}
    with pytest.raises(InputError, match="3 windows and 3 tracks"):
        store_windows(tmp_path / "s", windows_of([0, 50, 90]), labels_of(4), genome, **given)
    uneven = windows_of([0, 50, 90]).assign(end=[20, 70, 111])
    with pytest.raises(InputError, match="20 to 21 bp"):
        store_windows(tmp_path / "s", uneven, labels_of(3), genome, **given)
    with pytest.raises(ConfigError, match="name of its own"):
        store_windows(tmp_path / "s", windows_of([0, 50, 90]), labels_of(3), genome, track_names=["a", "a", "b"])
    sequences = SequenceSet.from_codes([np.zeros(4, np.uint8), np.zeros(5, np.uint8)])
    with pytest.raises(InputError, match="4 to 5 bp"):
        store_sequences(tmp_path / "s", sequences, labels_of(2), split=["train", "test"], **given)
    with pytest.raises(InputError, match="got middle"):
        store_sequences(tmp_path / "s", sequences.take(np.array([0])), labels_of(1), split=["middle"], **given)
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize("file", ["sequences.npy", "labels.npy", "windows.tsv.gz", "layout.json"])
def test_a_damaged_store_is_refused_by_file(tmp_path, genome, file):
    store_windows(tmp_path / "s", windows_of([0, 50, 90]), labels_of(3), genome, track_names=NAMES)
    path = tmp_path / "s" / file
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(FormatError, match=file):
        open_labelled_store(tmp_path / "s")


def test_a_store_of_another_kind_or_version_is_refused(tmp_path, genome):
    store_windows(tmp_path / "s", windows_of([0, 50, 90]), labels_of(3), genome, track_names=NAMES)
    path = tmp_path / "s" / "layout.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "version": 9}))
    with pytest.raises(FormatError, match="version 1"):
        open_labelled_store(tmp_path / "s")
    with pytest.raises(RunFolderError, match="no example store"):
        open_labelled_store(tmp_path / "nothing")
