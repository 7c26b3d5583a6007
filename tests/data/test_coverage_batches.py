"""Examples of coverage: windows with margins, mirrored and moved as a whole, of one store or several."""

import numpy as np
import pytest
import torch

from cisgram.data.batches import Batches, Sampling
from cisgram.data.coverage_batches import CoverageExamples, JoinedExamples, is_covered
from cisgram.data.coverage_store import write_coverage
from cisgram.errors import ConfigError, ContigError, EmptySetError, InputError
from cisgram.genomics.interval import interval_table

SIZES = {"I": 400, "II": 150}
NAMES = ("noisy", "motif", "clean", "peaks")


def signal(name, chrom):
    return np.random.default_rng((NAMES.index(name), SIZES[chrom])).integers(0, 50, SIZES[chrom]).astype(np.float32)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    tracks = {name: lambda chrom, a, b, name=name: signal(name, chrom)[a:b] for name in NAMES}
    return write_coverage(tmp_path_factory.mktemp("c") / "store", SIZES, tracks)


def windows_of(starts, *, length=60):
    chroms, starts = zip(*starts, strict=True)
    splits = ["train" if chrom == "I" else "valid" for chrom in chroms]
    return interval_table(list(chroms), list(starts), [start + length for start in starts], split=splits)


PLACES = [("I", 0), ("I", 100), ("II", 90), ("I", 340)]


def expected_inputs(chrom, start, names=("noisy",), *, length=60, margin=25):
    rows = [np.pad(signal(name, chrom), margin)[start : start + length + 2 * margin] for name in names]
    return np.stack(rows)


def test_an_example_is_its_window_with_margins_and_zeros_beyond_the_contig(store):
    names = ("noisy", "motif")
    examples = CoverageExamples(store, windows_of(PLACES), inputs=names, margin_bp=25)
    (batch,) = Batches(examples, np.arange(4), Sampling(batch_size=4)).epoch(0)
    assert (batch.inputs.dtype, batch.inputs.shape) == (torch.float32, (4, 2, 110))
    for row, (chrom, start) in enumerate(PLACES):
        np.testing.assert_array_equal(batch.inputs[row], expected_inputs(chrom, start, names))
        targets = [signal(name, chrom)[start : start + 60] for name in ("clean", "peaks")]
        np.testing.assert_array_equal(batch.targets[row], targets)


def test_mirrored_examples_are_mirrored_as_a_whole_and_moved_ones_moved(store):
    examples = CoverageExamples(store, windows_of(PLACES[1:2] * 40), margin_bp=25, jitter_bp=15)
    sampling = Sampling(batch_size=40, jitter_bp=15, reverse_complement=True, seed=3)
    batches = Batches(examples, np.arange(40), sampling)
    (batch,), plan = batches.epoch(2), batches.plan(2)
    assert plan.reverse.any()
    assert len(set(plan.moved_bp.tolist())) > 10
    for inputs, targets, moved, turned in zip(batch.inputs, batch.targets, plan.moved_bp, plan.reverse, strict=True):
        step = -1 if turned else 1
        np.testing.assert_array_equal(inputs, expected_inputs("I", 100 + moved)[:, ::step])
        np.testing.assert_array_equal(targets[0], signal("clean", "I")[100 + moved : 160 + moved][::step])


def test_joined_examples_are_those_of_the_parts_in_their_order(store):
    one = CoverageExamples(store, windows_of(PLACES), margin_bp=25)
    other = CoverageExamples(store, windows_of([("II", 10), ("I", 50)]), inputs=("motif",), margin_bp=25)
    joined = JoinedExamples([one, other])
    assert len(joined) == 6
    assert joined.rows("train").tolist() == [0, 1, 3, 5]
    rows, offsets, reverse = np.array([5, 0, 4, 3]), np.zeros(4, dtype=np.int64), np.array([True, False, False, True])
    found = joined.gather(rows, offsets, reverse)
    for at, (part, row) in enumerate([(other, 1), (one, 0), (other, 0), (one, 3)]):
        alone = part.gather(np.array([row]), offsets[:1], reverse[at : at + 1])
        np.testing.assert_array_equal(found.inputs[at], alone.inputs[0])
        np.testing.assert_array_equal(found.targets[at], alone.targets[0])


def test_means_are_those_of_the_windows_without_their_margins(store):
    examples = CoverageExamples(store, windows_of(PLACES), inputs=("noisy", "motif"), margin_bp=25)
    means = examples.means(examples.rows("train"))
    train = [place for place in PLACES if place[0] == "I"]
    for channel, name in enumerate(("noisy", "motif")):
        expected = np.mean([signal(name, chrom)[start : start + 60].mean() for chrom, start in train])
        assert means.inputs[channel] == pytest.approx(expected)
    assert means.clean == pytest.approx(np.mean([signal("clean", c)[s : s + 60].mean() for c, s in train]))
    joined = JoinedExamples([examples, examples])
    np.testing.assert_allclose(joined.means(joined.rows("train")).inputs, means.inputs)


def test_factors_scale_coverage_and_the_clean_track_and_nothing_else(store):
    windows, names = windows_of(PLACES), ("noisy", "motif")
    plain, scaled = (
        CoverageExamples(store, windows, inputs=names, margin_bp=25, factors=factors)
        for factors in ((1.0, 1.0), (2.0, 0.5))
    )
    rows = np.arange(2)
    one, other = (part.gather(rows, np.zeros(2, int), np.zeros(2, bool)) for part in (plain, scaled))
    np.testing.assert_allclose(other.inputs[:, 0], 2 * one.inputs[:, 0])
    np.testing.assert_array_equal(other.inputs[:, 1:], one.inputs[:, 1:])
    np.testing.assert_allclose(other.targets[:, 0], 0.5 * one.targets[:, 0])
    np.testing.assert_array_equal(other.targets[:, 1], one.targets[:, 1])
    means = [part.means(rows) for part in (plain, scaled)]
    assert means[1].inputs[0] == pytest.approx(2 * means[0].inputs[0])
    assert means[1].clean == pytest.approx(0.5 * means[0].clean)
    with pytest.raises(ConfigError, match="factors must be numbers above 0"):
        CoverageExamples(store, windows, factors=(0.0, 1.0))


def test_windows_without_coverage_are_known(tmp_path):
    values = np.zeros(300, np.float32)
    values[150] = 1
    store = write_coverage(tmp_path / "s", {"I": 300}, {"noisy": lambda _, a, b: values[a:b]})
    table = interval_table(["I"] * 4, [0, 90, 91, 151], [100, 150, 151, 160])
    assert is_covered(store, table).tolist() == [False, False, True, False]


def test_windows_that_cannot_be_cut_are_refused(store):
    with pytest.raises(ContigError, match=r"1 of 2 windows .* II start 100, end 160, which has 150 bp"):
        CoverageExamples(store, windows_of([("I", 0), ("II", 100)]))
    with pytest.raises(ContigError, match="III start 0, end 60, which the store does not have"):
        CoverageExamples(store, windows_of([("III", 0)]))
    with pytest.raises(InputError, match="same length; got 60 to 61"):
        CoverageExamples(store, windows_of(PLACES).assign(end=lambda table: table["end"] + [0, 0, 0, 1]).iloc[[0, 3]])
    with pytest.raises(InputError, match="none called split"):
        CoverageExamples(store, windows_of(PLACES).drop(columns="split"))
    with pytest.raises(EmptySetError):
        CoverageExamples(store, windows_of(PLACES).iloc[:0])
    with pytest.raises(InputError, match="no track 'deep'"):
        CoverageExamples(store, windows_of(PLACES), clean="deep")
    with pytest.raises(InputError, match="must agree"):
        JoinedExamples([CoverageExamples(store, windows_of(PLACES), margin_bp=margin) for margin in (1, 2)])
