"""Batches against slices of the genome and of the measured counts, taken one window at a time."""

import pickle
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cisgram.data.batches import Batches, Sampling
from cisgram.errors import ConfigError, EmptySetError, InputError
from cisgram.genomics.sequence import reverse_complement

TRAINING = Sampling(batch_size=5, shuffle=True, jitter_bp=8, reverse_complement=True, seed=3)
same_fixture = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)


def numpy_batch(batch):
    return [None if tensor is None else tensor.numpy() for tensor in batch]


def assert_same(first, second):
    for one, other in zip(numpy_batch(first), numpy_batch(second), strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == other.dtype


def turned(batch):
    """The other strand of a batch, done plainly."""
    sequences, controls, targets = numpy_batch(batch)
    return reverse_complement(sequences), controls[:, ::-1, ::-1], targets[:, :, ::-1, ::-1]


def measured(cell, window, moved):
    """Sequence, controls and targets of one window, cut out of the genome and of every replicate's counts."""
    start = int(window["start"]) + moved

    def pooled(names, strand):
        signals = [cell.signal[f"{name}.{strand}"][window["chrom"]] for name in names]
        return sum(signal[start + 10 : start + 30] for signal in signals)

    targets = [[pooled(names, strand) for strand in "+-"] for names in (["a1", "a2"], ["b1", "b2", "b3"])]
    controls = [pooled(["input1", "input2"], strand) for strand in "+-"]
    return cell.genome.codes(window["chrom"], start, start + 40), np.array(controls), np.array(targets)


def test_a_moved_batch_is_a_naive_slice_of_genome_and_counts(cell, store):
    batches = Batches(store, store.rows("train"), replace(TRAINING, reverse_complement=False))
    plan = batches.plan(2)
    assert np.unique(plan.moved_bp).size > 3
    for k, batch in enumerate(batches.epoch(2)):
        for i, (sequence, controls, targets) in enumerate(zip(*numpy_batch(batch), strict=True)):
            window = store.windows.loc[plan.rows[5 * k + i]]
            expected = measured(cell, window, int(plan.moved_bp[5 * k + i]))
            for one, other in zip((sequence, controls, targets), expected, strict=True):
                np.testing.assert_array_equal(one, other)


def test_a_turned_batch_is_the_reverse_complement_of_the_plain_one(store):
    plain = Batches(store, store.rows(), replace(TRAINING, reverse_complement=False))
    both = Batches(store, store.rows(), TRAINING)
    reverse = both.plan(0).reverse
    np.testing.assert_array_equal(both.plan(0).rows, plain.plan(0).rows)
    assert reverse.any()
    assert not reverse.all()
    for k, (one, other) in enumerate(zip(plain.epoch(0), both.epoch(0), strict=True)):
        flip = reverse[5 * k : 5 * k + 5]
        for straight, back, mixed in zip(numpy_batch(one), turned(one), numpy_batch(other), strict=True):
            np.testing.assert_array_equal(mixed[~flip], straight[~flip])
            np.testing.assert_array_equal(mixed[flip], back[flip])


def test_turning_twice_is_identity(store):
    batch = next(Batches(store, store.rows(), Sampling()).epoch(0))
    once = turned(batch)
    twice = reverse_complement(once[0]), once[1][:, ::-1, ::-1], once[2][:, :, ::-1, ::-1]
    for one, other in zip(numpy_batch(batch), twice, strict=True):
        np.testing.assert_array_equal(one, other)


def test_n_stays_n_on_the_other_strand(store):
    batches = Batches(store, store.rows(), Sampling(batch_size=4))
    with_n = np.array(store.sequences)
    with_n[:, ::3] = 4
    batches.store = replace(store, sequences=with_n)
    zeros = np.zeros(4, dtype=np.int64)
    plain = batches.store.gather(np.arange(4), zeros, np.zeros(4, dtype=bool)).inputs
    back = batches.store.gather(np.arange(4), zeros, np.ones(4, dtype=bool)).inputs
    assert (plain == 4).any()
    np.testing.assert_array_equal(back, reverse_complement(plain))


def test_types_and_shapes_are_those_of_the_contract(store):
    batch = next(Batches(store, store.rows(), TRAINING).epoch(0))
    assert (batch.inputs.dtype, batch.inputs.shape) == (torch.uint8, (5, 40))
    assert (batch.controls.dtype, batch.controls.shape) == (torch.float32, (5, 2, 20))
    assert (batch.targets.dtype, batch.targets.shape) == (torch.float32, (5, 2, 2, 20))
    assert all(tensor.is_contiguous() for tensor in batch)


def test_tensors_belong_to_the_receiver(store):
    batches = Batches(store, store.rows(), Sampling(batch_size=4))
    first = next(batches.epoch(0))
    kept = [tensor.clone() for tensor in first]
    for batch in batches.epoch(0):
        for tensor in batch[:1]:
            tensor.zero_()
    next(batches.epoch(0)).targets.fill_(-1)
    assert_same(next(batches.epoch(0)), kept)


@same_fixture
@given(batch_size=st.integers(1, 40), seed=st.integers(0, 2**40), number=st.integers(0, 2**31))
def test_every_row_comes_once_per_epoch(store, batch_size, seed, number):
    rows = store.rows("train")
    sampling = Sampling(batch_size=batch_size, shuffle=True, seed=seed)
    plan = Batches(store, rows, sampling).plan(number)
    assert sorted(plan.rows) == rows.tolist()
    batches = Batches(store, rows, sampling)
    sizes = [len(batch.inputs) for batch in batches.epoch(number)]
    assert sum(sizes) == rows.size
    assert len(sizes) == len(batches)
    assert all(size == batch_size for size in sizes[:-1])
    full = Batches(store, rows, replace(sampling, drop_last=True)) if batch_size <= rows.size else None
    if full is not None:
        assert [len(batch.inputs) for batch in full.epoch(number)] == [batch_size] * (rows.size // batch_size)


@same_fixture
@given(number=st.integers(0, 1000), start=st.integers(0, 6))
def test_an_epoch_goes_on_in_the_middle_with_the_same_batches(store, number, start):
    negatives = store.rows(kind="negative")
    sampling = replace(TRAINING, negatives_per_row=0.5)
    whole = list(Batches(store, store.rows(kind="peak"), sampling, negatives=negatives).epoch(number))
    resumed = list(
        Batches(store, store.rows(kind="peak"), sampling, negatives=negatives).epoch(number, start_batch=start)
    )
    assert len(resumed) == len(whole) - start
    for one, other in zip(whole[start:], resumed, strict=True):
        assert_same(one, other)


def test_epochs_and_seeds_differ_and_the_same_seed_gives_the_same_bytes(store):
    def first(seed, number):
        return next(Batches(store, store.rows(), replace(TRAINING, seed=seed)).epoch(number))

    assert_same(first(3, 1), first(3, 1))
    assert not torch.equal(first(3, 1).inputs, first(3, 2).inputs)
    assert not torch.equal(first(3, 1).inputs, first(4, 1).inputs)


@same_fixture
@given(batch_size=st.integers(1, 6), world_size=st.integers(1, 7), drop_last=st.booleans(), n=st.integers(7, 30))
def test_processes_share_out_every_epoch(store, batch_size, world_size, drop_last, n):
    rows = store.rows()[:n]
    sampling = replace(TRAINING, batch_size=batch_size, drop_last=drop_last)
    if drop_last and batch_size * world_size > rows.size:
        with pytest.raises(InputError, match="do not make a batch"):
            Batches(store, rows, sampling, world_size=world_size)
        return
    single = Batches(store, rows, replace(sampling, drop_last=False))
    assert single.for_process(0, 1).plan(4).rows.tolist() == single.plan(4).rows.tolist()
    shares = [Batches(store, rows, sampling, rank=rank, world_size=world_size) for rank in range(world_size)]
    shares[-1] = shares[0].for_process(world_size - 1, world_size)
    steps = list(zip(*[share.epoch(4) for share in shares], strict=True))  # strict: all have as many
    together = [torch.cat([batch.targets for batch in step]) for step in steps]
    assert all(len(batch.targets) for step in steps for batch in step)
    assert all(len(batch.targets) <= batch_size + 1 for step in steps for batch in step)
    whole = Batches(store, rows, replace(sampling, batch_size=rows.size, drop_last=False))
    expected = next(whole.epoch(4)).targets
    n_seen = rows.size // (batch_size * world_size) * batch_size * world_size if drop_last else rows.size
    assert torch.equal(torch.cat(together), expected[:n_seen])


def test_fewer_examples_than_processes_are_refused(store):
    with pytest.raises(InputError, match="3 examples do not make a batch of 5 for each of 4"):
        Batches(store, store.rows()[:3], TRAINING, world_size=4)


def test_without_shuffling_the_rows_come_in_order_and_unchanged(store):
    rows = store.rows("valid")[::-1].copy()
    batches = list(Batches(store, rows, Sampling(batch_size=4)).epoch(0))
    expected = store.centred(rows)
    for name, values in (("inputs", expected.sequences), ("controls", expected.controls)):
        found = torch.cat([getattr(batch, name) for batch in batches]).numpy()
        np.testing.assert_array_equal(found, values)
    np.testing.assert_array_equal(torch.cat([batch.targets for batch in batches]).numpy(), expected.counts)


@same_fixture
@given(ratio=st.floats(0, 4), number=st.integers(0, 100))
def test_negatives_are_drawn_anew_without_repeats_for_as_long_as_there_are_enough(store, ratio, number):
    peaks, negatives = store.rows(kind="peak"), store.rows(kind="negative")
    batches = Batches(store, peaks, replace(TRAINING, negatives_per_row=ratio), negatives=negatives)
    drawn = Counter(batches.plan(number).rows.tolist())
    n_wanted = round(ratio * peaks.size)
    assert all(drawn.pop(row) == 1 for row in peaks.tolist())
    assert sum(drawn.values()) == n_wanted
    assert set(drawn) <= set(negatives.tolist())
    assert set(drawn.values()) <= {n_wanted // negatives.size, n_wanted // negatives.size + 1}


def test_different_epochs_draw_different_negatives(store):
    negatives = store.rows(kind="negative")
    batches = Batches(store, store.rows(kind="peak"), replace(TRAINING, negatives_per_row=0.1), negatives=negatives)
    drawn = {tuple(sorted(set(batches.plan(number).rows) & set(negatives))) for number in range(8)}
    assert len(drawn) > 1


def test_jitter_reaches_both_ends_and_no_farther(store):
    plan = Batches(store, np.repeat(store.rows(), 100), TRAINING).plan(0)
    assert (plan.moved_bp.min(), plan.moved_bp.max()) == (-8, 8)
    assert abs(plan.moved_bp.mean()) < 0.5
    assert 0.4 < plan.reverse.mean() < 0.6


def test_a_store_travels_to_another_process_by_its_folder(store):
    message = pickle.dumps(store)
    assert len(message) < 1000
    batches = [Batches(one, one.rows(), TRAINING).epoch(1) for one in (store, pickle.loads(message))]
    for one, other in zip(*batches, strict=True):
        assert_same(one, other)


def test_impossible_wishes_are_refused(store):
    with pytest.raises(EmptySetError, match="no rows"):
        Batches(store, store.rows()[:0], TRAINING)
    with pytest.raises(EmptySetError, match="no negatives"):
        Batches(store, store.rows(), replace(TRAINING, negatives_per_row=1.0))
    with pytest.raises(ConfigError, match="jitter_bp is 9, but the store has room for 8"):
        Batches(store, store.rows(), replace(TRAINING, jitter_bp=9))
    with pytest.raises(InputError, match=r"rows must lie in 0\.\."):
        Batches(store, np.array([0, 1000]), TRAINING)
    with pytest.raises(ConfigError, match="rank"):
        Batches(store, store.rows(), TRAINING, rank=2, world_size=2)
    batches = Batches(store, store.rows(), TRAINING)
    with pytest.raises(InputError, match="start_batch"):
        batches.epoch(0, start_batch=len(batches) + 1)
    assert list(batches.epoch(0, start_batch=len(batches))) == []
    with pytest.raises(InputError, match="numbered from 0"):
        batches.plan(-1)


@pytest.mark.parametrize(
    "wrong",
    [{"batch_size": 0}, {"jitter_bp": -1}, {"seed": -1}, {"negatives_per_row": -0.5}, {"negatives_per_row": 0.5}],
)
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(ConfigError):
        Sampling(**wrong)


def test_a_batch_is_described_by_the_windows_it_was_cut_from(store):
    batches = Batches(store, store.rows("train"), TRAINING)
    plan = batches.plan(2)
    for k in range(len(batches)):
        here = slice(5 * k, 5 * k + 5)
        texts = batches.describe(2, k)
        for text, row, moved, is_turned in zip(
            texts, plan.rows[here], plan.moved_bp[here], plan.reverse[here], strict=True
        ):
            window = store.windows.loc[row]
            assert text.startswith(f"window {row} at {window['chrom']}:{window['start'] + 1:,}-{window['end']:,}")
            assert ("turned" in text) == is_turned
            assert (f"moved by {moved:+d} bp" in text) == bool(moved)


def test_processes_describe_their_own_examples(store):
    whole = Batches(store, store.rows("train"), replace(TRAINING, batch_size=6))
    parts = [Batches(store, store.rows("train"), replace(TRAINING, batch_size=3), rank=r, world_size=2) for r in (0, 1)]
    for k in range(len(whole)):
        assert whole.describe(1, k) == [text for part in parts for text in part.describe(1, k)]
