"""Units that were built to ask for two words at a distance say so."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from cisgram.errors import EmptySetError, InputError
from cisgram.genomics.sequence import encode, one_hot, reverse_complement
from cisgram.interpret.active_filters import activity_in_stretches, stretches_at
from cisgram.interpret.layer_motifs import UNIT_COLUMNS, UNIT_FILTER_COLUMNS, layer_motifs
from cisgram.models.basset import BassetConfig, build

WORDS = ("TTACCCG", "CACGTTA")
LENGTH, DISTANCE, N = 80, 12, 200
CONFIG = BassetConfig(LENGTH, n_filters=(4, 4), widths=(7, 9), pools=(2, 2), n_hidden=(4,))
# A field has 7 + 1 + 8 x 2 bp; the words' first bases are its bases 2 and 14.
FIELD, FIRST, SECOND = 24, 2, 14


def two_words(mode="none"):
    """Filters 0 and 1 are the words; unit 0 of layer 2 fires where they stand 12 bp apart, and dense unit 0 with it."""
    model = build(replace(CONFIG, reverse_complement=mode), n_tracks=1)
    first, second, dense = (
        model.convolutions[0].convolution,
        model.convolutions[1].convolution,
        model.dense[0].linear,
    )
    with torch.no_grad():
        for part in (first, second, dense):
            part.weight.zero_()
            part.bias.fill_(-100.0)
        for channel, word in enumerate(WORDS):
            first.weight[channel] = torch.from_numpy(one_hot(encode(word)))
            first.bias[channel] = -5.5
        second.weight[0, 0, 1] = second.weight[0, 1, 7] = 1.0  # 3 positions of 2 bp to the left and right
        second.bias[0] = -2.5
        dense.weight[0, : CONFIG.lengths[-1]] = 1.0
        dense.bias[0] = 0.0
    return model


def planted(rng, *, mixed):
    """Every second sequence has both words at the distance; the others one, none, or both at another distance."""
    codes = rng.integers(0, 4, (N, LENGTH), dtype=np.uint8)
    for row in range(N):
        start = 2 * rng.integers(5, 25) + 1
        gap = DISTANCE if row % 2 == 0 else DISTANCE - 4
        wanted = {1: WORDS[:1], 5: ()}.get(row % 8, WORDS)
        for number, word in enumerate(wanted):
            codes[row, start + number * gap : start + number * gap + len(word)] = encode(word)
    turned = reverse_complement(codes)
    return np.where((np.arange(N) % 3 == 0)[:, None], turned, codes) if mixed else codes


@pytest.mark.parametrize("mode", ["none", "average", "equivariant"])
def test_two_words_at_a_distance_come_back(mode):
    codes = planted(np.random.default_rng(0), mixed=mode != "none")
    found = layer_motifs(two_words(mode), codes, layer=2)
    assert tuple(found.units.columns) == UNIT_COLUMNS
    assert tuple(found.filters.columns) == UNIT_FILTER_COLUMNS
    assert [motif.name for motif in found.motifs] == ["layer2_unit_0"]
    consensus = found.motifs[0].consensus()
    assert consensus[FIRST : FIRST + 7] == WORDS[0]
    assert consensus[SECOND : SECOND + 7] == WORDS[1]
    assert set(consensus[:FIRST] + consensus[FIRST + 7 : SECOND] + consensus[SECOND + 7 :]) <= set("NDHBV")
    unit = found.units.iloc[0]
    assert (unit["field_bp"], unit["n_stretches"], unit["consensus"]) == (FIELD, N // 2, consensus)
    assert found.units["n_stretches"].tolist()[1:] == [0] * (1 if mode == "equivariant" else 3)
    # 14 certain columns, which one of each base makes a little less so
    assert 14 * 1.6 < unit["information_bits"] < 14 * 2
    two = found.filters.query("unit == 0").head(2).sort_values("filter")
    assert two["filter"].tolist() == [0, 1]
    assert two["strand"].tolist() == ["+", "+"]
    assert two["place_bp"].tolist() == [FIRST + 3, SECOND + 3]
    assert two["spread_bp"].tolist() == [0, 0]
    np.testing.assert_allclose(two["share"], 1, rtol=1e-5)
    assert (two["share_elsewhere"] < 0.5).all()
    assert (two["auroc"] > 0.75).all()


def test_stretches_of_the_partner_are_turned():
    codes = planted(np.random.default_rng(1), mixed=True)
    model = two_words("equivariant").eval()
    found = layer_motifs(model, codes, layer=2, n_stretches=60, batch_size=33)
    with torch.inference_mode():
        hidden = model.convolutions[0](torch.from_numpy(one_hot(codes)))
        active = model.convolutions[1][:3](hidden).numpy()
    values = np.maximum(active[:, 0].max(-1), active[:, 3].max(-1))
    counts = np.ones((4, FIELD))
    for row in np.argsort(-values, kind="stable")[:60]:
        padded = np.concatenate([np.full(20, 4), codes[row], np.full(20, 4)]).astype(np.uint8)
        is_partner = active[row, 3].max() > active[row, 0].max()
        at = 20 + 2 * active[row, 3 if is_partner else 0].argmax() - 11
        stretch = padded[at : at + FIELD]
        counts += one_hot(reverse_complement(stretch) if is_partner else stretch)
    np.testing.assert_allclose(found.motifs[0].ppm, counts / counts.sum(0), atol=1e-12)
    other = layer_motifs(model, np.ascontiguousarray(reverse_complement(codes)), layer=2, n_stretches=60)
    np.testing.assert_allclose(found.motifs[0].ppm, other.motifs[0].ppm, atol=1e-12)


def test_an_untrained_equivariant_model_finds_the_same_on_the_other_strand():
    codes = np.random.default_rng(3).integers(0, 4, (60, 101), dtype=np.uint8)
    config = BassetConfig(
        101, n_filters=(6, 6, 4), widths=(7, 5, 3), pools=(4, 3, 2), n_hidden=(6,), reverse_complement="equivariant"
    )
    model = build(config, n_tracks=1)
    for layer in (2, 3, 4):
        found = layer_motifs(model, codes, layer=layer)
        turned = layer_motifs(model, np.ascontiguousarray(reverse_complement(codes)), layer=layer)
        assert len(found.units) == len(turned.units) > 0
        for one, other in zip(found.motifs, turned.motifs, strict=True):
            np.testing.assert_allclose(one.ppm, other.ppm, atol=1e-12)
        np.testing.assert_allclose(found.units["top_activation"], turned.units["top_activation"], rtol=1e-5)


def test_filters_of_a_dense_unit_are_ranked_by_auroc_of_its_sequences():
    codes = planted(np.random.default_rng(0), mixed=False)
    model = two_words().eval()
    found = layer_motifs(model, codes, layer=3, n_stretches=70)
    assert found.motifs == ()
    assert found.units["field_bp"].eq(LENGTH).all()
    assert found.units["n_stretches"].tolist() == [70, 0, 0, 0]
    with torch.inference_mode():
        hidden = torch.from_numpy(one_hot(codes))
        first = model.convolutions[0][:3](hidden).amax(-1).numpy()
        unit = model.dense[0][:3](model.flatten(model.convolutions(hidden)))[:, 0].numpy()
    is_top = np.isin(np.arange(N), np.argsort(-unit, kind="stable")[:70])
    table = found.filters.set_index("filter")
    assert table["rank"].tolist() == [1, 2]
    assert table["auroc"].is_monotonic_decreasing
    for channel in (0, 1):
        assert table["auroc"][channel] == pytest.approx(roc_auc_score(is_top, first[:, channel]))
    assert table["place_bp"].isna().all()
    assert table["strand"].eq("").all()


def test_places_at_the_end_of_a_sequence_count_with_n_beyond_it():
    codes = planted(np.random.default_rng(0), mixed=False)
    codes[::2] = 0
    for row in range(0, N, 2):  # the first word begins with the sequence: the field has begun before it
        codes[row, 1:8], codes[row, 13:20] = encode(WORDS[0]), encode(WORDS[1])
    found = layer_motifs(two_words(), codes, layer=2)
    np.testing.assert_allclose(found.motifs[0].ppm[:, 0], 0.25)
    assert found.motifs[0].consensus()[FIRST : FIRST + 7] == WORDS[0]


def test_units_that_vary_most_are_chosen_and_few_stretches_make_no_motif():
    codes = planted(np.random.default_rng(0), mixed=False)
    model = two_words()
    found = layer_motifs(model, codes, layer=2, n_units=1)
    assert found.units["unit"].tolist() == [0]
    assert found.units["sd_activation"][0] > 0
    few = layer_motifs(model, codes, layer=2, n_stretches=9)
    assert few.motifs == ()
    assert few.filters.empty
    assert tuple(few.filters.columns) == UNIT_FILTER_COLUMNS


def test_a_filter_in_a_stretch_is_as_active_as_in_the_whole_sequence():
    codes = planted(np.random.default_rng(0), mixed=False)[:20]
    model = build(CONFIG, n_tracks=1, seed=4).eval()
    starts = np.arange(20) * 4 - 8
    found = activity_in_stretches(model, stretches_at(codes, starts, width=FIELD))
    with torch.inference_mode():
        whole = model.convolutions[0][:3](torch.from_numpy(one_hot(codes))).numpy()
    for row, start in enumerate(starts):
        middles = np.arange(max(start + 3, 0), min(start + FIELD - 3, LENGTH))
        inside = whole[row][:, middles]
        is_whole = (start >= 0) and (start + FIELD <= LENGTH)
        assert (found.highest[row] <= whole[row].max(-1) + 1e-5).all() or not is_whole
        if is_whole:
            np.testing.assert_allclose(found.highest[row], inside.max(-1), atol=1e-6)
            at = (start + found.places[row]).astype(int)
            np.testing.assert_allclose(whole[row][np.arange(4), at], inside.max(-1), atol=1e-6)


def test_the_model_is_left_as_it_was():
    model = two_words().train()
    layer_motifs(model, planted(np.random.default_rng(0), mixed=False), layer=3)
    assert model.training


def test_wrong_questions_are_refused():
    model, codes = two_words(), planted(np.random.default_rng(0), mixed=False)
    with pytest.raises(InputError, match="layer must be at least 2; got 1; for the first layer see filter_motifs"):
        layer_motifs(model, codes, layer=1)
    with pytest.raises(InputError, match="layer must lie between 1 and 3"):
        layer_motifs(model, codes, layer=4)
    with pytest.raises(InputError, match="reads 80 bp; got sequences of 79 bp"):
        layer_motifs(model, codes[:, 1:].copy(), layer=2)
    with pytest.raises(InputError, match="at least 1; got 0, 10, None"):
        layer_motifs(model, codes, layer=2, n_stretches=0)
    with pytest.raises(InputError, match="at least 2; got 1"):
        layer_motifs(model, codes[:1], layer=2)
    with pytest.raises(EmptySetError, match="sequences for the units"):
        layer_motifs(model, codes[:0], layer=2)
