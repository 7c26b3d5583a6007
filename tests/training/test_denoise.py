"""Denoising: no seams, constant memory's order, zeros beyond contigs, and a model that is left as it was."""

import dataclasses

import numpy as np
import pytest
import torch

from cisgram.errors import InputError
from cisgram.genomics.interval import interval_table
from cisgram.models.atacworks import AtacWorksConfig, build, set_scales
from cisgram.training.denoise import coverage_mean, denoise

CONFIG = AtacWorksConfig(
    output_length=300, width=5, dilation=4, margin_bp=100, n_filters=6, n_blocks=2, n_peak_blocks=1
)
SIZES = {"I": 5000, "II": 700}
COVERAGE = {chrom: np.random.default_rng(size).poisson(1.5, size).astype(np.float32) for chrom, size in SIZES.items()}
WHOLE = interval_table(list(SIZES), [0, 0], list(SIZES.values()))


def read(chrom, start, end):
    values = np.zeros((1, end - start), dtype=np.float32)
    first, last = max(start, 0), min(end, SIZES[chrom])
    values[0, first - start : last - start] = COVERAGE[chrom][first:last]
    return values


def joined(pieces):
    """Track and probability of every contig, after a look at the places."""
    found = {}
    for piece in pieces:
        track, probability = found.setdefault(piece.chrom, ([], []))
        assert piece.start == sum(map(len, track))
        track.append(piece.track)
        probability.append(piece.probability)
    return {chrom: tuple(map(np.concatenate, parts)) for chrom, parts in found.items()}


@pytest.mark.parametrize("window_bp", [64, 333, 1024, 10_000])
@pytest.mark.parametrize("batch_size", [1, 3])
def test_windows_of_any_length_give_one_pass_over_whole_contigs(window_bp, batch_size):
    model = build(CONFIG, seed=1).double()
    found = joined(denoise(model, read, WHOLE, window_bp=window_bp, batch_size=batch_size))
    for chrom, size in SIZES.items():
        with torch.no_grad():
            whole = model(torch.from_numpy(read(chrom, -100, size + 100))[None].double())
        np.testing.assert_allclose(found[chrom][0], whole.track[0].numpy(), atol=1e-6)
        np.testing.assert_allclose(found[chrom][1], whole.peak_logits[0].sigmoid().numpy(), atol=1e-6)


def test_inside_a_contig_a_region_sees_what_lies_beside_it():
    model = build(CONFIG, seed=1)
    whole = joined(denoise(model, read, WHOLE.iloc[:1]))["I"]
    (piece,) = denoise(model, read, interval_table(["I"], [1200], [1500]))
    assert (piece.chrom, piece.start) == ("I", 1200)
    np.testing.assert_allclose(piece.track, whole[0][1200:1500], atol=1e-5)
    np.testing.assert_allclose(piece.probability, whole[1][1200:1500], atol=1e-5)


@pytest.mark.parametrize("form", ["residual", "original"])
def test_a_model_of_one_depth_says_the_same_of_a_sample_in_any_units(form):
    model = build(dataclasses.replace(CONFIG, form=form), seed=1)
    set_scales(model, inputs=np.array([1.5]), track=20.0, sample=1.5)
    once, deeper = (
        joined(denoise(model, lambda *place, times=times: times * read(*place), WHOLE, window_bp=333))
        for times in (1.0, 8.0)
    )
    for chrom in SIZES:
        np.testing.assert_allclose(once[chrom][0], deeper[chrom][0], rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(once[chrom][1], deeper[chrom][1], atol=1e-5)


def test_the_depth_of_a_sample_is_measured_over_the_regions_or_given():
    model = build(CONFIG, seed=1)
    set_scales(model, inputs=np.array([1.5]), track=20.0, sample=3.0)
    mean = np.concatenate(list(COVERAGE.values())).mean()
    assert coverage_mean(read, WHOLE) == pytest.approx(mean, rel=1e-6)
    measured, given, wrong = (
        joined(denoise(model, read, WHOLE, mean_coverage=one))["I"][0] for one in (None, float(mean), 3.0)
    )
    np.testing.assert_array_equal(measured, given)
    model.sample_scale.zero_()
    np.testing.assert_allclose(wrong, joined(denoise(model, read, WHOLE))["I"][0], rtol=1e-5)
    assert not np.allclose(measured, wrong, rtol=1e-2)


def test_the_original_form_has_no_seams_either():
    config = AtacWorksConfig.original()
    model = build(config, seed=0)
    signal = np.random.default_rng(0).poisson(2, 30_000).astype(np.float32)

    def padded(_, start, end):
        return np.pad(signal, 6000)[start + 6000 : end + 6000][None]

    region = interval_table(["I"], [0], [30_000])
    (whole,) = denoise(model, padded, region)
    pieces = list(denoise(model, padded, region, window_bp=7001))
    assert [len(piece.track) for piece in pieces] == [7001] * 4 + [1996]
    np.testing.assert_allclose(np.concatenate([one.track for one in pieces]), whole.track, atol=1e-4)
    np.testing.assert_allclose(np.concatenate([one.probability for one in pieces]), whole.probability, atol=1e-4)


def test_stretches_without_coverage_are_what_the_model_says_of_zeros():
    model = build(CONFIG, seed=1)
    table = interval_table(["I"], [0], [900])
    pieces = list(denoise(model, lambda _, start, end: np.zeros((1, end - start)), table, window_bp=400))
    with torch.no_grad():
        expected = model(torch.zeros(1, 1, 900 + 200))
    np.testing.assert_allclose(np.concatenate([piece.track for piece in pieces]), expected.track[0], atol=1e-6)
    assert [len(piece.probability) for piece in pieces] == [400, 400, 100]


def test_pieces_come_one_by_one_and_nothing_is_read_far_ahead():
    starts = []

    def noted(chrom, start, end):
        starts.append(start)
        return read(chrom, start, end)

    pieces = denoise(build(CONFIG), noted, WHOLE.iloc[:1], window_bp=100)
    next(pieces)
    pieces.close()
    assert len(starts) <= 5  # of 50


def test_progress_ends_with_all_bases():
    told = []
    list(denoise(build(CONFIG), read, WHOLE, window_bp=1000, progress=lambda done, total: told.append((done, total))))
    assert told[-1] == (5700, 5700)
    assert [done for done, _ in told] == sorted({done for done, _ in told})


def test_between_pieces_the_model_is_as_it_was():
    model = build(CONFIG).train()
    for _ in denoise(model, read, WHOLE, window_bp=1000):
        assert model.training
        assert torch.is_grad_enabled()
        assert not torch.is_inference_mode_enabled()


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
def test_values_that_are_no_coverage_are_named_with_their_place(bad):
    def spoilt(chrom, start, end):
        values = read(chrom, start, end)
        if start <= 2500 < end:
            values[0, 2500 - start] = bad
        return values

    with pytest.raises(InputError, match="at I:2501"):
        list(denoise(build(CONFIG), spoilt, WHOLE, window_bp=1000))


def test_missing_channels_and_windows_of_no_length_are_refused():
    with pytest.raises(InputError, match=r"reads 2 channels of 500 bp at I:-99-400; got an array of shape \(1, 500\)"):
        list(denoise(build(CONFIG, n_controls=1), read, WHOLE, window_bp=300))
    with pytest.raises(InputError, match="window_bp and batch_size"):
        list(denoise(build(CONFIG), read, WHOLE, window_bp=0))
