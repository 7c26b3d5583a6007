"""From sequences to named motifs: a model is trained, explained, and its patterns are compared with known motifs."""

import numpy as np
import pytest
import torch
from torch import nn

from cisgram.genomics.motif import Motif
from cisgram.genomics.sequence import one_hot
from cisgram.interpret.contributions import AttributionConfig, attribute
from cisgram.motifs.match import best_names, match_motifs
from cisgram.motifs.patterns import PatternConfig, find_patterns

LENGTH = 160


@pytest.fixture(scope="module")
def measured():
    """Sequences, a third of them with GATAAGC on either strand, and a signal that counts the sites."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (900, LENGTH), dtype=np.uint8)
    motif = np.array([2, 0, 3, 0, 0, 2, 1])
    signal = rng.normal(0, 0.1, 900)
    for row in np.flatnonzero(rng.random(900) < 0.5):
        start = int(rng.integers(50, 100))
        codes[row, start : start + 7] = motif if rng.random() < 0.5 else 3 - motif[::-1]
        signal[row] += 1
    return codes, signal.astype(np.float32)


def train(codes, signal):
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv1d(4, 16, 9), nn.ReLU(), nn.MaxPool1d(152), nn.Flatten(), nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 1)
    )
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    sequences, target = torch.from_numpy(one_hot(codes)), torch.from_numpy(signal)
    rng = np.random.default_rng(0)
    for _ in range(25):
        for rows in np.array_split(rng.permutation(len(codes)), 30):
            loss = (model(sequences[rows])[:, 0] - target[rows]).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model, loss.item()


@pytest.mark.slow
def test_a_planted_motif_comes_out_of_a_trained_model_with_its_name(measured):
    pytest.importorskip("modiscolite")
    codes, signal = measured
    model, loss = train(codes, signal)
    assert loss < 0.08
    bound = codes[signal > 0.5]
    result = attribute(model, bound, score=lambda output: output[:, 0], config=AttributionConfig(n_references=10))
    search = find_patterns(one_hot(bound), result.hypothetical, config=PatternConfig(window_bp=LENGTH, min_seqlets=50))
    assert search.patterns, search.reason
    known = [Motif.from_consensus("GATA", "GATAAGC"), Motif.from_consensus("REB1", "TTACCCG")]
    rng = np.random.default_rng(1)
    known += [Motif(f"other_{number}", rng.dirichlet(np.full(4, 0.2), 8).T) for number in range(30)]
    names = best_names(match_motifs([search.patterns[0].motif()], known), ["pos_pattern_0"])
    assert names == {"pos_pattern_0": "GATA"}
