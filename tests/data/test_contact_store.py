"""The store of contact maps: what is written is read back, batches turn sequence and map together."""

import pickle

import numpy as np
import pandas as pd
import pytest

from cisgram.data.batches import Batches, Sampling
from cisgram.data.contact_store import (
    ContactExample,
    ContactLayout,
    open_contacts,
    training_average,
    write_contacts,
)
from cisgram.data.genome_examples import GenomeExamples
from cisgram.errors import ConfigError, FormatError, InputError
from cisgram.genomics.contact_pairs import pairs_of, square_of
from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import reverse_complement

N_BINS, OFFSET = 6, 2


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
    values = {"track_names": ("one", "two"), "bin_size": 10, "input_length": 80, "n_bins": N_BINS}
    values |= {"diagonal_offset": OFFSET, "clip": 2.0, "ceiling": "replicates", "genome_sha256": genome.sha256}
    return ContactLayout(**{**values, **changes})


def examples():
    rng = np.random.default_rng(3)
    for number in range(5):
        halves = rng.normal(size=(2, 2, 10)) if number > 2 else None
        yield ContactExample(rng.normal(size=(2, 10)), rng.random((2, N_BINS)) < 0.2, halves)


@pytest.fixture
def store(tmp_path, genome):
    return write_contacts(tmp_path / "examples", layout(genome), table(), examples())


def test_what_is_written_is_read_back(store):
    expected = list(examples())
    assert len(store) == 5
    np.testing.assert_array_equal(store.targets, np.stack([one.targets for one in expected]).astype(np.float16))
    np.testing.assert_array_equal(store.masked, np.stack([one.masked for one in expected]))
    np.testing.assert_array_equal(store.halves[1], expected[4].halves.astype(np.float16))
    assert store.rows("test").tolist() == [3, 4]
    assert store.windows["start"].tolist() == [0, 40, 120, 0, 80]
    assert store.layout.n_pairs == 10
    assert store.layout.crop_bp == 10
    again = pickle.loads(pickle.dumps(store))
    np.testing.assert_array_equal(again.targets, store.targets)


def test_reverse_complements_mirror_the_map_with_the_sequence(store, genome):
    found = GenomeExamples(store, genome)
    rows, none = np.array([1, 3]), np.zeros(2, np.int64)
    plain = found.gather(rows, none, np.zeros(2, bool))
    turned = found.gather(rows, none, np.array([True, False]))
    np.testing.assert_array_equal(plain.inputs[0], genome.codes("I", 40, 120))
    np.testing.assert_array_equal(turned.inputs[0], reverse_complement(genome.codes("I", 40, 120)))
    square = square_of(plain.targets[0, 1].astype(float), N_BINS, OFFSET)
    np.testing.assert_array_equal(turned.targets[0, 1], pairs_of(square[::-1, ::-1].copy(), OFFSET))
    np.testing.assert_array_equal(turned.targets[1], plain.targets[1])


def test_jitter_moves_the_sequence_and_not_the_map(store, genome):
    found = GenomeExamples(store, genome, jitter_bp=5)
    moved = found.gather(np.array([1, 0]), np.array([5 + 3, 5 - 4]), np.zeros(2, bool))
    np.testing.assert_array_equal(moved.inputs[0], genome.codes("I", 43, 123))
    assert (moved.inputs[1][:4] == 4).all(), "beyond the contig lies N"
    np.testing.assert_array_equal(moved.targets, store.targets[[1, 0]].astype(np.float32))


def test_batches_of_contact_maps_are_those_of_any_store(store, genome):
    sampling = Sampling(batch_size=2, shuffle=True, reverse_complement=True, jitter_bp=3)
    batches = Batches(GenomeExamples(store, genome, jitter_bp=3), store.rows("train"), sampling)
    first = [batch.targets.numpy() for batch in batches.epoch(0)]
    assert [one.shape for one in first] == [(2, 2, 10)]
    np.testing.assert_array_equal(first[0], next(iter(batches.epoch(0))).targets.numpy())


def test_the_training_average_leaves_out_what_is_unknown(tmp_path, genome):
    nan = np.nan
    made = [np.full((2, 10), 1.0), np.full((2, 10), 3.0), np.zeros((2, 10)), np.zeros((2, 10)), np.zeros((2, 10))]
    made[1][0, 4] = nan
    parts = (
        ContactExample(one, np.zeros((2, 6), bool), np.zeros((2, 2, 10)) if n > 2 else None)
        for n, one in enumerate(made)
    )
    average = training_average(write_contacts(tmp_path / "s", layout(genome), table(), parts))
    assert average.shape == (1, 2, 10)
    assert average[0, 0, 4] == 1.0
    assert average[0, 1, 4] == 2.0


def test_a_store_of_another_genome_and_a_damaged_one_are_refused(store, genome):
    with pytest.raises(InputError, match="made with another genome"):
        GenomeExamples(store, Genome.from_codes({"I": np.zeros(9, np.uint8)}))
    (store.folder / "targets.npy").write_bytes(b"broken")
    with pytest.raises(FormatError, match="make it again"):
        open_contacts(store.folder)
    (store.folder / "layout.json").write_text("{}")
    with pytest.raises(InputError, match="no store of contact maps"):
        open_contacts(store.folder)
    with pytest.raises(ConfigError, match="do not fit"):
        layout(genome, n_bins=9)
