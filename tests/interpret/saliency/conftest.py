"""A model whose links are known: an enhancer word raises a promoter word, by its distance in bins and its side."""

from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import nn

from cisgram.genomics.sequence import encode, reverse_complement

ENHANCER, PROMOTER = encode("GGCACGTGCC"), encode("GCTATAAGCG")
BIN, N_BINS, CROP, REACH = 40, 24, 2, 12
FLOOR = -3.0


class Output(NamedTuple):
    logits: torch.Tensor

    @property
    def rates(self):
        return nn.functional.softplus(self.logits)


def weight(distance_bins):
    """What an enhancer so many bins away adds to a promoter's logit; those 3 bins away take away."""
    distance = abs(distance_bins)
    return -2.0 if distance == 3 else 4.0 * 0.8**distance if 0 < distance <= REACH else 0.0


class LinkedModel(nn.Module):
    """Three tracks: the promoter on the plus strand, on the minus strand, and open chromatin of either word.

    The logit of a promoter's bin is FLOOR + 3 + the weights of all enhancers; that of any other bin is FLOOR. The
    enhancer's word is its own reverse complement; the promoter's is read on both strands.
    """

    input_length, bin_size, n_bins, crop, n_tracks = (N_BINS + 2 * CROP) * BIN, BIN, N_BINS, CROP, 3
    strand_pairs = (1, 0, 2)
    empty = 0.0

    def __init__(self):
        super().__init__()
        words = np.stack([ENHANCER, PROMOTER, reverse_complement(PROMOTER)]).astype(np.int64)
        self.find = nn.Conv1d(4, 3, words.shape[1])
        self.find.weight.data = nn.functional.one_hot(torch.from_numpy(words), 4).transpose(1, 2).float()
        self.find.bias.data = torch.full((3,), 1.0 - words.shape[1])
        kernel = torch.tensor([weight(distance) for distance in range(-REACH, REACH + 1)])
        self.reach = nn.Parameter(kernel[None, None])

    def represent(self, sequences):
        found = nn.functional.pad(self.find(sequences).relu(), (4, 5))
        return nn.functional.max_pool1d(found, BIN) + self.empty

    def predict_from(self, hidden):
        hidden = hidden - self.empty
        enhancers, promoters = hidden[:, :1], hidden[:, 1:]
        raised = 3.0 + nn.functional.conv1d(enhancers, self.reach, padding=REACH)
        logits = torch.cat([FLOOR + promoters * raised, FLOOR + 5 * hidden.sum(dim=1, keepdim=True)], dim=1)
        return Output(logits[..., CROP:-CROP])

    def forward(self, sequences):
        return self.predict_from(self.represent(sequences))


@pytest.fixture
def linked_model():
    return LinkedModel()


@pytest.fixture
def background():
    """A and C alone: none of the words on either strand, whatever is shuffled."""
    return np.random.default_rng(3).choice(np.array([0, 1], np.uint8), (N_BINS + 2 * CROP) * BIN)


def place(codes, *words):
    """The sequence with words (input bin, bases) in the middle of their bins."""
    codes = codes.copy()
    for at, word in words:
        start = at * BIN + (BIN - len(word)) // 2
        codes[start : start + len(word)] = word
    return codes
