"""The store of tracks in bins: what is written is read back, batches turn sequence, bins and strands together."""

import pickle

import numpy as np
import pandas as pd
import pytest

from cisgram.data.batches import Batches, Sampling
from cisgram.data.binned_store import (
    BinnedExample,
    BinnedLayout,
    open_binned,
    require_not_negative,
    store_bytes,
    training_mean,
    turned,
    write_binned,
)
from cisgram.data.genome_examples import GenomeExamples
from cisgram.errors import ConfigError, FormatError, InputError
from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import reverse_complement

N_BINS, N_TRACKS = 6, 3


@pytest.fixture(scope="module")
def genome():
    rng = np.random.default_rng(0)
    return Genome.from_codes({name: rng.integers(0, 4, 400).astype(np.uint8) for name in ("I", "II")})


def table():
    rows = [("I", 0, "train", ""), ("I", 40, "train", ""), ("I", 80, "train", "too many N"), ("I", 120, "valid", "")]
    rows += [("II", 0, "test", ""), ("II", 80, "test", "")]
    windows = pd.DataFrame(rows, columns=["chrom", "start", "split", "dropped"])
    return windows.assign(end=windows["start"] + 80, name="w", kind="tile")


def layout(genome, **changes):
    values = {"track_names": ("cage+", "cage-", "dnase"), "descriptions": ("", "", "DNASE:liver")}
    values |= {"families": ("CAGE", "CAGE", "DNASE"), "strand_pairs": (1, 0, 2), "bin_size": 10, "input_length": 80}
    values |= {"n_bins": N_BINS, "ceiling": ("replicates", "replicates", "none"), "genome_sha256": genome.sha256}
    return BinnedLayout(**{**values, **changes})


def examples(scale=1.0):
    rng = np.random.default_rng(3)
    for number in range(5):
        replicates = rng.random((2, N_TRACKS, N_BINS)) if number > 2 else None
        targets = scale * rng.random((N_TRACKS, N_BINS))
        targets[2, number] = np.nan
        yield BinnedExample(targets, replicates)


@pytest.fixture
def store(tmp_path, genome):
    return write_binned(tmp_path / "examples", layout(genome), table(), examples())


def test_what_is_written_is_read_back(store):
    expected = list(examples())
    np.testing.assert_array_equal(store.targets, np.stack([one.targets for one in expected]).astype(np.float16))
    np.testing.assert_array_equal(store.replicates[1], expected[4].replicates.astype(np.float16))
    assert len(store) == 5
    assert store.rows("test").tolist() == [3, 4]
    assert store.windows["start"].tolist() == [0, 40, 120, 0, 80]
    assert store.outputs(store.rows("test"))[["start", "end"]].to_numpy().tolist() == [[10, 70], [90, 150]]
    again = pickle.loads(pickle.dumps(store))
    np.testing.assert_array_equal(again.targets, store.targets)
    assert again.layout == store.layout
    written = sum((store.folder / f"{name}.npy").stat().st_size - 128 for name in ("targets", "replicates"))
    assert written == store_bytes(store.layout, n_rows=5, n_test=2)


def test_the_other_strand_has_bins_backwards_and_strands_exchanged(store, genome):
    found = GenomeExamples(store, genome)
    rows, none = np.array([1, 3]), np.zeros(2, np.int64)
    plain = found.gather(rows, none, np.zeros(2, bool))
    other = found.gather(rows, none, np.array([True, False]))
    np.testing.assert_array_equal(plain.inputs[0], genome.codes("I", 40, 120))
    np.testing.assert_array_equal(other.inputs[0], reverse_complement(genome.codes("I", 40, 120)))
    np.testing.assert_array_equal(other.targets[0, 0], plain.targets[0, 1, ::-1])
    np.testing.assert_array_equal(other.targets[0, 1], plain.targets[0, 0, ::-1])
    np.testing.assert_array_equal(other.targets[0, 2], plain.targets[0, 2, ::-1])
    np.testing.assert_array_equal(other.targets[1], plain.targets[1])
    assert plain.targets.dtype == np.float32


def test_turning_twice_changes_nothing(store):
    values, pairs = np.asarray(store.targets, dtype=np.float32), np.array(store.layout.strand_pairs)
    np.testing.assert_array_equal(turned(turned(values, pairs), pairs), values)


def test_jitter_moves_the_sequence_and_not_the_bins(store, genome):
    found = GenomeExamples(store, genome, jitter_bp=5)
    moved = found.gather(np.array([1, 0]), np.array([5 + 3, 5 - 4]), np.zeros(2, bool))
    np.testing.assert_array_equal(moved.inputs[0], genome.codes("I", 43, 123))
    assert (moved.inputs[1][:4] == 4).all(), "beyond the contig lies N"
    np.testing.assert_array_equal(moved.targets, store.targets[[1, 0]].astype(np.float32))


def test_batches_are_those_of_any_store_in_another_process_too(store, genome):
    sampling = Sampling(batch_size=2, shuffle=True, reverse_complement=True, jitter_bp=3)
    found = GenomeExamples(store, genome, jitter_bp=3)
    first = next(iter(Batches(found, store.rows("train"), sampling).epoch(0)))
    assert first.targets.shape == (2, N_TRACKS, N_BINS)
    again = next(iter(Batches(pickle.loads(pickle.dumps(found)), store.rows("train"), sampling).epoch(0)))
    np.testing.assert_array_equal(first.targets.numpy(), again.targets.numpy())
    np.testing.assert_array_equal(first.inputs.numpy(), again.inputs.numpy())


def test_the_training_mean_leaves_out_what_was_not_measured(store):
    first = np.stack([one.targets for one in list(examples())[:2]]).astype(np.float16).astype(float)
    np.testing.assert_allclose(training_mean(store), np.nanmean(first, axis=(0, 2)))


def test_values_below_zero_are_refused_where_counts_are_expected(tmp_path, genome, store):
    require_not_negative(store)
    negative = write_binned(tmp_path / "negative", layout(genome), table(), examples(scale=-1.0))
    with pytest.raises(InputError, match=r"bins below 0: cage\+ .*scale = -1"):
        require_not_negative(negative)


def test_a_store_of_another_genome_and_a_damaged_one_are_refused(store):
    with pytest.raises(InputError, match="made with another genome"):
        GenomeExamples(store, Genome.from_codes({"I": np.zeros(9, np.uint8)}))
    (store.folder / "targets.npy").write_bytes(b"broken")
    with pytest.raises(FormatError, match="make it again"):
        open_binned(store.folder)
    (store.folder / "layout.json").write_text("{}")
    with pytest.raises(InputError, match="no store of tracks"):
        open_binned(store.folder)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_bins": 9}, "do not make up"),
        ({"n_bins": 5}, "do not make up"),
        ({"strand_pairs": (1, 2, 0)}, "point at each other"),
        ({"track_names": ("a", "a", "b")}, "name of its own"),
        ({"families": ("CAGE",)}, "one entry per track"),
    ],
)
def test_a_layout_that_contradicts_itself_is_refused(genome, changes, message):
    with pytest.raises(ConfigError, match=message):
        layout(genome, **changes)
