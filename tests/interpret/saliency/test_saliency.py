import numpy as np
import pandas as pd
import pytest
import torch

from cisgram.errors import ConfigError, InputError
from cisgram.genomics.sequence import reverse_complement
from cisgram.interpret.saliency.deletion import StretchDeletionConfig, delete_stretches, signal_of
from cisgram.interpret.saliency.elements import (
    BIN_COLUMNS,
    ELEMENT_COLUMNS,
    ElementConfig,
    bin_statistics,
    call_elements,
    summed_over,
)
from cisgram.interpret.saliency.geometry import BinGeometry, bin_geometry
from cisgram.interpret.saliency.gradients import saliency
from cisgram.interpret.saliency.question import EnsembleConfig, Reading, SignalQuestion
from cisgram.models import basenji

from .conftest import BIN, CROP, ENHANCER, FLOOR, N_BINS, PROMOTER, place, weight

TSS = 14
"""The promoter's bin among those that are read."""
NEAR, FAR, AGAINST = TSS - 5, TSS + 9, TSS + 3
ONCE = EnsembleConfig(both_strands=False, jitter_bp=(0,))


@pytest.fixture
def linked(background):
    """A promoter with an enhancer 5 bins to its left, one 9 to its right, and one 3 away that represses it."""
    return place(background, (TSS, PROMOTER), (NEAR, ENHANCER), (FAR, ENHANCER), (AGAINST, ENHANCER))


def question(*tracks, strand_pairs=(1, 0, 2)):
    return SignalQuestion((TSS - CROP,), tracks, strand_pairs)


def softplus(value):
    return float(np.logaddexp(0, value))


LOGIT = FLOOR + 3 + sum(weight(one - TSS) for one in (NEAR, FAR, AGAINST))


def test_saliency_is_the_links_strength_times_the_slope_of_the_softplus(linked_model, linked):
    found = saliency(linked_model, linked, question=question(0), ensemble=ONCE, reference="zero")
    slope = 1 / (1 + np.exp(-LOGIT))
    expected = np.zeros(N_BINS + 2 * CROP)
    for at in (NEAR, FAR, AGAINST):
        expected[at] = slope * weight(at - TSS)
    expected[TSS] = slope * (LOGIT - FLOOR)  # the promoter's own word is multiplied with all that it is given
    np.testing.assert_allclose(found.bins[0, 0], expected, atol=1e-5)
    np.testing.assert_allclose(found.signal, [[softplus(LOGIT)]], rtol=1e-6)


def test_against_the_median_bin_it_does_not_matter_what_an_empty_bin_looks_like(linked_model, linked):
    plain = saliency(linked_model, linked, question=question(0), ensemble=ONCE).bins[0, 0]
    linked_model.empty = 0.7  # features of a bin without any word, as a norm leaves them
    median = saliency(linked_model, linked, question=question(0), ensemble=ONCE).bins[0, 0]
    zero = saliency(linked_model, linked, question=question(0), ensemble=ONCE, reference="zero").bins[0, 0]
    np.testing.assert_allclose(median, plain, atol=1e-5)
    assert np.abs(zero - plain)[TSS - 1] > 0.1, "zeros are no empty bin, so that one next to a promoter seems to matter"


def test_both_strands_and_jitters_say_the_same_of_a_model_that_reads_them_alike(linked_model, linked):
    ensemble = EnsembleConfig(jitter_bp=(-3, 0, 3))
    found = saliency(linked_model, linked, question=question(0, 1, 2), ensemble=ensemble)
    assert found.bins.shape == (6, 3, N_BINS + 2 * CROP)
    for one in found.bins[1:]:
        np.testing.assert_allclose(one, found.bins[0], atol=1e-5)
    assert np.ptp(found.signal, axis=0).max() < 1e-5
    assert not found.bins[:, 1].any(), "no promoter on the other strand, no link"


def test_tracks_of_the_other_strand_must_be_told(linked_model, linked):
    blind = saliency(linked_model, linked, question=question(0, strand_pairs=()))
    told = saliency(linked_model, linked, question=question(0))
    assert np.ptp(blind.signal) > 0.5
    assert np.ptp(told.signal) < 1e-5


def test_a_window_on_its_other_strand_gives_the_mirror_image(linked_model, linked):
    there = saliency(linked_model, linked, question=question(0), ensemble=ONCE)
    turned = SignalQuestion((N_BINS - 1 - (TSS - CROP),), (1,), (1, 0, 2))
    back = saliency(linked_model, reverse_complement(linked).copy(), question=turned, ensemble=ONCE)
    np.testing.assert_allclose(back.bins[0, 0, ::-1], there.bins[0, 0], atol=1e-6)
    np.testing.assert_allclose(back.bases[0, ::-1], there.bases[0], atol=1e-6)
    np.testing.assert_allclose(back.rates[0, ::-1], there.rates[0], rtol=1e-6)


def test_bases_that_matter_are_those_of_the_words(linked_model, linked):
    bases = saliency(linked_model, linked, question=question(0)).bases[0]
    touched = np.unique(np.flatnonzero(np.abs(bases) > 1e-6) // BIN)
    assert set(touched) == {TSS, NEAR, FAR, AGAINST}
    of_words = bases.reshape(-1, BIN).sum(axis=1)
    assert of_words[NEAR] > of_words[FAR] > 0 > of_words[AGAINST]


def test_base_gradients_are_those_of_a_small_step(background):
    config = basenji.BasenjiConfig(
        input_length=512, filters=(6, 8), widths=(7, 3), pools=(4, 4), trunk_filters=4, n_trunk_blocks=2, crop=2,
        head_filters=8, residual_gain=0.5,
    )  # fmt: skip
    model = basenji.build(config, n_tracks=2, seed=3).eval().double()
    codes = np.random.default_rng(1).integers(0, 4, 512).astype(np.uint8)
    codes[:3] = 4
    asked = SignalQuestion((10, 11), (1,))
    found = saliency(model, codes, question=asked, ensemble=ONCE)
    hot = torch.nn.functional.one_hot(torch.from_numpy(codes.astype(np.int64)), 5)[:, :4].T.double()[None]
    at, step = 200, 1e-5
    slopes = []
    with torch.no_grad():
        for base in range(4):
            moved = hot.repeat(2, 1, 1)
            moved[0, base, at] += step
            moved[1, base, at] -= step
            up, down = model(moved).rates[:, 1, 10:12].sum(dim=1).tolist()
            slopes.append((up - down) / (2 * step))
    np.testing.assert_allclose(found.bases[0, at], slopes[codes[at]] - np.mean(slopes), rtol=1e-3)
    assert not found.bases[0, :3].any()
    assert not model.training


def test_deleting_a_stretch_gives_the_signal_of_the_window_without_its_words(linked_model, linked):
    stretches = np.array([[at * BIN, (at + 1) * BIN] for at in (NEAR, FAR, AGAINST, TSS, 1)])
    found = delete_stretches(
        linked_model, linked, stretches, question=question(0), config=StretchDeletionConfig(n_draws=3, seed=4)
    )
    assert found.before[0] == pytest.approx(softplus(LOGIT))
    lost = [softplus(LOGIT - weight(at - TSS)) for at in (NEAR, FAR, AGAINST)]
    expected = [*lost, softplus(FLOOR), softplus(LOGIT)]
    np.testing.assert_allclose(found.after[:, :, 0], np.repeat(np.array(expected)[:, None], 3, axis=1), rtol=1e-5)
    np.testing.assert_allclose(found.log2_folds[0, 0, 0], np.log2(lost[0] / softplus(LOGIT)), rtol=1e-4)


def test_gradient_and_deletion_agree_where_the_model_is_linear(linked_model, background):
    strong = place(background, (TSS, PROMOTER), *((at, ENHANCER) for at in (TSS - 1, TSS + 1, TSS + 2, NEAR, FAR)))
    found = saliency(linked_model, strong, question=question(0), ensemble=ONCE, reference="zero")
    stretches = np.array([[at * BIN, (at + 1) * BIN] for at in (NEAR, FAR, TSS + 2)])
    deleted = delete_stretches(linked_model, strong, stretches, question=question(0), ensemble=ONCE)
    losses = deleted.before[0] - deleted.after[:, 0, 0]
    np.testing.assert_allclose(found.bins[0, 0, [NEAR, FAR, TSS + 2]], losses, rtol=0.02)


def test_stretches_are_filled_alike_whichever_others_are_asked(linked_model, linked):
    stretches = np.array([[NEAR * BIN, NEAR * BIN + 30], [FAR * BIN, FAR * BIN + 30]])
    both = delete_stretches(linked_model, linked, stretches, question=question(2))
    alone = delete_stretches(linked_model, linked, stretches[1:], question=question(2))
    np.testing.assert_array_equal(both.after[1], alone.after[0])


def test_signal_of_many_windows_is_that_of_each(linked_model, linked, background):
    together = signal_of(linked_model, np.stack([linked, background]), question=question(2, 0))
    one_by_one = [signal_of(linked_model, one[None], question=question(2, 0))[0] for one in (linked, background)]
    np.testing.assert_allclose(together, one_by_one, rtol=1e-6)
    assert together.shape == (2, 2)


@pytest.mark.parametrize("reading", [Reading(True, 3), Reading(True, -3), Reading(False, 2), Reading(False, 0)])
def test_what_was_read_goes_back_to_its_bases(reading):
    codes = np.random.default_rng(5).integers(0, 4, (1, 30)).astype(np.uint8)
    read = reading.read(codes)[0]
    hot = (read[None] == np.arange(4)[:, None]).astype(float)
    back = reading.bases_back(hot)
    inside = slice(max(-reading.jitter_bp, 0), 30 - max(reading.jitter_bp, 0))
    np.testing.assert_array_equal(back.argmax(axis=0)[inside], codes[0, inside])
    assert back.sum() == 30 - abs(reading.jitter_bp)


def test_statistics_find_the_links_and_their_signs(linked_model, linked):
    found = saliency(linked_model, linked, question=question(0))
    noisy = found.bins[:, 0] + np.random.default_rng(1).normal(0, 0.01, found.bins[:, 0].shape)
    promoter = ((TSS - 1) * BIN, (TSS + 2) * BIN)
    bins = bin_statistics(noisy, signal=float(found.signal.mean()), bin_size=BIN, promoter=promoter)
    assert tuple(bins.columns) == BIN_COLUMNS
    elements = call_elements(bins, config=ElementConfig(min_z=6, gap_bins=0))
    assert tuple(elements.columns) == ELEMENT_COLUMNS
    signs = {start // BIN: sign for start, sign in zip(elements["start"], np.sign(elements["saliency"]), strict=True)}
    assert signs == {TSS: 1, NEAR: 1, FAR: 1, AGAINST: -1}
    assert elements["saliency"].abs().is_monotonic_decreasing
    np.testing.assert_allclose(bins["relative"], bins["saliency"] / found.signal.mean(), rtol=1e-6)


def test_the_t_test_is_that_of_scipy():
    from scipy.stats import ttest_1samp

    values = np.random.default_rng(2).normal(0.3, 1, (6, 50))
    bins = bin_statistics(values, signal=1.0, bin_size=10, promoter=(0, 10))
    expected = ttest_1samp(values, 0)
    np.testing.assert_allclose(bins["t"], expected.statistic, rtol=1e-9)
    np.testing.assert_allclose(bins["p_value"], expected.pvalue, rtol=1e-9)


def test_bins_of_chance_are_rarely_elements():
    rng = np.random.default_rng(3)
    n_called = [
        len(call_elements(bin_statistics(rng.normal(0, 1, (6, 200)), signal=1.0, bin_size=10, promoter=(0, 10))))
        for _ in range(40)
    ]
    assert np.mean(n_called) < 0.2


def test_two_readings_have_no_test_and_shares_of_nothing_are_unknown():
    bins = bin_statistics(np.ones((2, 4)), signal=0.0, bin_size=10, promoter=(0, 10))
    assert bins[["p_value", "q_value", "relative"]].isna().all(axis=None)
    assert call_elements(bin_statistics(np.zeros((2, 4)), signal=1.0, bin_size=10, promoter=(0, 10))).empty


def test_sums_over_intervals_take_every_bin_that_they_touch():
    values = np.arange(6.0)[None].repeat(3, axis=0)
    bins = bin_statistics(values, signal=1.0, bin_size=10, promoter=(0, 10))
    table = pd.DataFrame({"start": [0, 15, 59, 100, -30], "end": [10, 31, 60, 120, 15]})
    assert summed_over(bins, table, "saliency").tolist() == [0.0, 6.0, 5.0, 0.0, 1.0]


def test_a_geometry_says_which_bins_a_stretch_touches():
    geometry = BinGeometry(input_length=100, bin_size=10, n_bins=6, crop=2)
    assert geometry.input_bins(-5, 11) == (0, 1)
    assert geometry.input_bins(95, 400) == (9,)
    assert geometry.input_bins(100, 120) == geometry.input_bins(-9, 0) == ()
    assert geometry.predicted_bins(0, 100) == (0, 1, 2, 3, 4, 5)
    assert geometry.predicted_bins(0, 20) == ()


def test_what_is_asked_wrongly_is_refused(linked_model, linked):
    with pytest.raises(InputError, match=r"Linear has no input_length.*represent"):
        bin_geometry(torch.nn.Linear(2, 2))
    with pytest.raises(InputError, match="reads 1,120 bp; got a window of 100 bp"):
        saliency(linked_model, linked[:100], question=question(0))
    with pytest.raises(InputError, match="asked of bin 12 and track 5"):
        saliency(linked_model, linked, question=question(5, strand_pairs=()))
    with pytest.raises(InputError, match="strand_pairs must name each of 3 tracks once"):
        saliency(linked_model, linked, question=question(0, strand_pairs=(0, 0, 1)))
    with pytest.raises(InputError, match="needs bins and tracks"):
        SignalQuestion((), (0,))
    with pytest.raises(ConfigError, match="below half a bin of 40 bp"):
        saliency(linked_model, linked, question=question(0), ensemble=EnsembleConfig(jitter_bp=(20,)))
    with pytest.raises(ConfigError, match="each once"):
        EnsembleConfig(jitter_bp=(1, 1))
    with pytest.raises(InputError, match="inside the window"):
        delete_stretches(linked_model, linked, np.array([[5, 5]]), question=question(0))
    with pytest.raises(ConfigError, match="min_z"):
        ElementConfig(min_z=-1)


def test_bins_that_the_promoter_cannot_see_do_not_make_others_stand_out():
    seen = np.random.default_rng(3).normal(0, 1, (4, 21))
    alone = bin_statistics(seen, signal=1.0, bin_size=10, promoter=(100, 110))
    blind = np.zeros((4, 40))
    wider = bin_statistics(np.hstack([blind, seen, blind]), signal=1.0, bin_size=10, promoter=(500, 510))
    np.testing.assert_allclose(wider["z"][40:61], alone["z"])
    assert not wider["z"][:40].any()
