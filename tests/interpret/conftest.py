"""Small models with known answers for tests of attribution."""

from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional


class Output(NamedTuple):
    """The fields of a BPNet's output."""

    profile_logits: Tensor
    log_counts: Tensor


class TwoHeads(nn.Module):
    """A convolutional network in the form of a BPNet: ``activation`` makes one module per use."""

    def __init__(self, activation=nn.ReLU, *, n_tracks=1, n_groups=1):
        super().__init__()
        self.stem, self.first = nn.Conv1d(4, 8, 7, padding=3), activation()
        self.second, self.third = activation(), activation()
        self.middle = nn.Conv1d(8, 8, 3, padding=2, dilation=2)
        self.profile = nn.Conv1d(8, 2 * n_tracks, 5, padding=2)
        self.counts = nn.Sequential(nn.Linear(8, 8), self.third, nn.Linear(8, n_tracks * n_groups))
        self.n_tracks, self.n_groups = n_tracks, n_groups

    def forward(self, sequences):
        hidden = self.first(self.stem(sequences))
        hidden = hidden + self.second(self.middle(hidden))
        logits = self.profile(hidden).unflatten(1, (self.n_tracks, 2))
        return Output(logits, self.counts(hidden.mean(dim=-1)).unflatten(1, (self.n_tracks, self.n_groups)))


class Functional(nn.Module):
    """The same with activations that no hook sees."""

    def __init__(self, function=functional.relu):
        super().__init__()
        self.body = TwoHeads(nn.Identity)
        self.function = function

    def forward(self, sequences):
        hidden = self.function(self.body.stem(sequences))
        hidden = hidden + self.function(self.body.middle(hidden))
        logits = self.body.profile(hidden).unflatten(1, (1, 2))
        return Output(logits, self.body.counts(hidden.mean(dim=-1))[:, :, None])


class Linear(nn.Module):
    """A score that is linear in the bases: contributions are known."""

    def __init__(self, weights):
        super().__init__()
        self.weights = nn.Parameter(torch.as_tensor(weights, dtype=torch.float32))

    def forward(self, sequences):
        return (self.weights * sequences).sum(dim=(1, 2))


def as_score(output):
    """A model's output that is a score already."""
    return output


def seeded(make, *args, seed=0, gain=3.0, **options):
    """Make a model with reproducible weights, larger than usual so that activations matter."""
    generator = torch.Generator().manual_seed(seed)
    model = make(*args, **options)
    with torch.no_grad():
        for parameter in model.parameters():
            spread = gain / max(parameter[0].numel(), 1) ** 0.5
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * spread)
    return model.eval()


def random_codes(n, length, *, seed=0, share_of_n=0.0):
    """Random sequences, with some N where asked."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (n, length), dtype=np.uint8)
    codes[rng.random(codes.shape) < share_of_n] = 4
    return codes


@pytest.fixture(scope="session")
def toys():
    """The models above and what is needed to make them."""
    return SimpleNamespace(
        Output=Output,
        TwoHeads=TwoHeads,
        Functional=Functional,
        Linear=Linear,
        as_score=as_score,
        seeded=seeded,
        random_codes=random_codes,
    )
