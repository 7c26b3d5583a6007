"""Filters that are known come back as motifs, and what a model does not use has no influence."""

import numpy as np
import pytest
import torch
from torch import nn

from cisgram.errors import EmptySetError, InputError
from cisgram.genomics.motif import Motif
from cisgram.genomics.motif_alignment import motif_similarity
from cisgram.genomics.sequence import decode, encode, one_hot, reverse_complement
from cisgram.interpret.filter_influence import INFLUENCE_COLUMNS, TRACK_INFLUENCE_COLUMNS, filter_influence
from cisgram.interpret.filters import CLUSTER_COLUMNS, FILTER_COLUMNS, filter_clusters, filter_motifs
from cisgram.models.basset import BassetConfig, build, loss

WORDS = ("TTACCCG", "CACGTTA", "GATTACA")
WIDTH = len(WORDS[0])


class WordCounter(nn.Module):
    """Filters 0 and 1 fire at their words, filter 2 never, filter 3 at a word that nothing reads; 2 outputs."""

    def __init__(self, *, padding=0):
        super().__init__()
        self.convolution = nn.Conv1d(4, 4, WIDTH, padding=padding)
        self.activation = nn.ReLU()
        self.head = nn.Linear(4, 2)
        with torch.no_grad():
            for channel, word in enumerate([WORDS[0], WORDS[1], WORDS[0], WORDS[2]]):
                self.convolution.weight[channel] = torch.from_numpy(one_hot(encode(word)))
            self.convolution.bias[:] = torch.tensor([-6.0, -6.0, -100.0, -6.0])
            self.head.weight[:] = torch.tensor([[3.0, -3.0, 1.0, 0.0], [0.0, 3.0, 1.0, 0.0]])
            self.head.bias[:] = -1.0

    def forward(self, sequences):
        return self.head(self.activation(self.convolution(sequences)).amax(-1))


@pytest.fixture(scope="module")
def sequences():
    """200 random sequences of 60 bp; each word is planted in every fourth, in turn."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (200, 60), dtype=np.uint8)
    for row in range(200):
        if row % 4 < 3:
            at = rng.integers(0, 60 - WIDTH)
            codes[row, at : at + WIDTH] = encode(WORDS[row % 4])
    return codes


def bernoulli(output, targets):
    return nn.functional.binary_cross_entropy_with_logits(output, targets)


@pytest.fixture(scope="module")
def labels():
    return np.stack([np.arange(200) % 4 == 0, np.arange(200) % 4 == 1], axis=1).astype(np.float32)


@pytest.mark.parametrize("padding", [0, WIDTH // 2], ids=["valid", "same"])
def test_known_words_come_back(sequences, padding):
    found = filter_motifs(WordCounter(padding=padding), sequences, layer="activation", width=WIDTH)
    assert tuple(found.table.columns) == FILTER_COLUMNS
    assert [motif.name for motif in found.motifs] == ["filter_0", "filter_1", "filter_3"]
    assert [motif.consensus() for motif in found.motifs] == list(WORDS)
    assert found.table["consensus"].tolist() == [WORDS[0], WORDS[1], "", WORDS[2]]
    occurrences = [sum(decode(row).count(word) for row in sequences) for word in WORDS]
    assert found.table["n_sites"].tolist() == [occurrences[0], occurrences[1], 0, occurrences[2]]


def test_counts_are_those_of_a_loop_over_places(sequences):
    codes = sequences.copy()
    codes[::5, 20] = 4  # N
    torch.manual_seed(1)
    model = nn.Sequential(nn.Conv1d(4, 3, 5, padding=2), nn.ReLU())
    active = model(torch.from_numpy(one_hot(codes))).detach().numpy()
    found = filter_motifs(model, codes, layer="1", width=5, batch_size=33)
    for channel in range(3):
        values = active[:, channel].astype(float)
        threshold = 0.5 * (values.max() - values.mean()) + values.mean()
        counts, n_sites = np.ones((4, 5)), 0
        for row, place in zip(*np.nonzero(values > threshold), strict=True):
            if 2 <= place < 58:
                word = codes[row, place - 2 : place + 3]
                counts += np.where(word == 4, 0.25, one_hot(word))
                n_sites += 1
        assert found.table["n_sites"][channel] == n_sites
        np.testing.assert_allclose(found.motifs[channel].ppm, counts / counts.sum(0), rtol=1e-6)
        assert found.motifs[channel].n_sites == pytest.approx(n_sites)


def test_few_sites_make_no_motif(sequences):
    found = filter_motifs(WordCounter(), sequences, layer="activation", width=WIDTH, min_sites=1000)
    assert found.motifs == ()
    assert (found.table["information_bits"] == 0).all()


def test_paired_filters_are_counted_on_both_strands(sequences):
    config = BassetConfig(
        60, n_filters=(4,), widths=(WIDTH,), pools=(4,), n_hidden=(4,), reverse_complement="equivariant"
    )
    model = build(config, n_tracks=2)
    first = model.convolutions[0].convolution
    with torch.no_grad():
        first.bias[:] = -6.0
        for channel in range(2):
            first.weight[channel] = torch.from_numpy(one_hot(encode(WORDS[channel])))
    options = {"layer": "convolutions.0.activation", "width": WIDTH, "is_paired": True}
    found = filter_motifs(model, sequences, **options)
    assert [motif.consensus() for motif in found.motifs] == list(WORDS[:2])
    other = filter_motifs(model, np.ascontiguousarray(reverse_complement(sequences)), **options)
    for one, turned in zip(found.motifs, other.motifs, strict=True):
        np.testing.assert_allclose(one.ppm, turned.ppm, atol=1e-12)
    both = np.concatenate([sequences, reverse_complement(sequences)])
    plain = filter_motifs(model, both, **{**options, "is_paired": False})
    assert plain.table["n_sites"][0] == found.table["n_sites"][0]


def test_filters_that_learnt_the_same_form_a_cluster():
    rng = np.random.default_rng(0)
    motifs = []
    for number, word in enumerate([*WORDS, *WORDS, WORDS[0]]):
        ppm = 0.85 * Motif.from_consensus("w", word).ppm + 0.15 * rng.dirichlet(np.ones(4), WIDTH).T
        motif = Motif(f"filter_{number}", ppm)
        motifs.append(motif.reverse_complement() if number > 2 else motif)
    table = filter_clusters(motifs)
    assert tuple(table.columns) == CLUSTER_COLUMNS
    assert table["cluster"].tolist() == [0, 1, 2, 0, 1, 2, 0]
    by_name = {motif.name: motif for motif in motifs}
    for row in table.itertuples():
        assert row.similarity == pytest.approx(motif_similarity(by_name[row.motif], by_name[row.representative]))
    assert filter_clusters(motifs[:1])["cluster"].tolist() == [0]
    assert len(filter_clusters([])) == 0


def test_influence_of_what_is_silent_or_unread_is_zero(sequences, labels):
    found = filter_influence(WordCounter(), sequences, labels, layer="activation", loss=bernoulli)
    assert tuple(found.overall.columns) == INFLUENCE_COLUMNS
    assert tuple(found.tracks.columns) == TRACK_INFLUENCE_COLUMNS
    influence = found.overall["influence"]
    assert influence[2] == 0
    assert influence[3] == 0
    assert (influence[:2] > 0.05).all()
    changes = found.tracks.pivot_table(index="filter", columns="track", values="change")
    assert (changes.loc[[2, 3]] == 0).all(axis=None)
    assert changes.loc[0, 1] == 0
    assert changes.loc[0, 0] > 0 > changes.loc[1, 0]
    assert changes.loc[1, 1] > 0


def test_influence_is_what_the_definition_says_and_does_not_depend_on_batches(sequences, labels):
    model = WordCounter()
    found = filter_influence(model, sequences, labels, layer="activation", loss=bernoulli, batch_size=200)
    batched = filter_influence(model, sequences, labels, layer="activation", loss=bernoulli, batch_size=7)
    np.testing.assert_allclose(found.overall["influence"], batched.overall["influence"], atol=1e-6)
    np.testing.assert_allclose(found.tracks["change"], batched.tracks["change"], atol=1e-6)
    with torch.no_grad():
        hidden = model.activation(model.convolution(torch.from_numpy(one_hot(sequences))))
        before, targets = model.head(hidden.amax(-1)), torch.from_numpy(labels)
        hidden[:, 1] = hidden[:, 1].mean()
        after = model.head(hidden.amax(-1))
    assert found.overall["influence"][1] == pytest.approx(
        float(bernoulli(after, targets) - bernoulli(before, targets)), abs=1e-6
    )
    expected = (before.mean(0) - after.mean(0)) / before.var(0, correction=0)
    np.testing.assert_allclose(found.tracks.query("filter == 1")["change"], expected, atol=1e-5)


def test_questions_leave_the_model_as_they_found_it(sequences, labels):
    model = build(
        BassetConfig(60, n_filters=(4,), widths=(7,), pools=(4,), n_hidden=(4,), reverse_complement="equivariant"),
        n_tracks=2,
    ).train()
    state = {name: value.clone() for name, value in model.state_dict().items()}
    layer = "convolutions.0.activation"
    filter_motifs(model, sequences, layer=layer, width=7, is_paired=True)
    found = filter_influence(model, sequences, labels, layer=layer, loss=loss, is_paired=True)
    assert len(found.overall) == 2
    assert model.training
    assert not any(module._forward_hooks for module in model.modules())
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())


def test_wrong_questions_are_refused(sequences, labels):
    model = WordCounter()
    with pytest.raises(InputError, match=r"no layer 'stem'; it has convolution, activation, head"):
        filter_motifs(model, sequences, layer="stem", width=WIDTH)
    with pytest.raises(InputError, match=r"filters of 9 bp on sequences of 60 bp give 60 or 52 positions.* gives 54"):
        filter_motifs(model, sequences, layer="activation", width=9)
    with pytest.raises(InputError, match="batch, filter and position"):
        filter_motifs(model, sequences, layer="head", width=WIDTH)
    with pytest.raises(EmptySetError):
        filter_motifs(model, sequences[:0], layer="activation", width=WIDTH)
    with pytest.raises(InputError, match="agree in number"):
        filter_influence(model, sequences, labels[1:], layer="activation", loss=bernoulli)
    with pytest.raises(EmptySetError):
        filter_influence(model, sequences[:0], labels[:0], layer="activation", loss=bernoulli)
