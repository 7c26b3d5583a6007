"""Models that count words, built by hand, so that what two words do together is known."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from cisgram.genomics.sequence import encode

WORD_A, WORD_B = "GCCAGCTG", "CGGACG"
"""With C and G in every stretch, so that backgrounds of A and T alone hold neither, on either strand."""


class Finder(nn.Module):
    """1 where a word stands (by its centre, base width // 2), 0 elsewhere: a convolution and a ReLU."""

    def __init__(self, word):
        super().__init__()
        self.width = len(word)
        self.filter = nn.Conv1d(4, 1, self.width)
        letters = nn.functional.one_hot(torch.from_numpy(encode(word)).long(), 4).T.float()
        self.filter.weight.data, self.filter.bias.data = letters[None], torch.tensor([1.0 - self.width])

    def forward(self, sequences):
        half = self.width // 2
        padded = nn.functional.pad(sequences, (half, self.width - 1 - half))
        return self.filter(padded).relu()[:, 0]


class WordModel(nn.Module):
    """Finds both words and hands (number of A, number of B, their places) to ``combine``, which gives a response."""

    def __init__(self, combine, words=(WORD_A, WORD_B)):
        super().__init__()
        self.a, self.b = (Finder(word) for word in words)
        self.combine = combine

    def forward(self, sequences):
        return self.combine(self.a(sequences), self.b(sequences))[:, None]


def counts_add_up(a, b):
    """ln(1 + counts), counts of a ground level, of A and of B added up."""
    return torch.log1p(2 + 5 * a.sum(1) + 3 * b.sum(1))


def logs_add_up(a, b):
    """Every word multiplies what is there."""
    return 0.5 + 1.5 * a.sum(1) + 0.7 * b.sum(1)


def only_at(distance):
    """Only A followed by B at this distance between centres counts."""

    def combine(a, b):
        pairs = (a[:, : a.shape[1] - distance] + b[:, distance:] - 1).relu()
        return 1 + pairs.sum(1)

    return combine


@pytest.fixture(scope="session")
def words():
    """The models above and their words."""
    return SimpleNamespace(
        a=WORD_A,
        b=WORD_B,
        Finder=Finder,
        WordModel=WordModel,
        counts_add_up=counts_add_up,
        logs_add_up=logs_add_up,
        only_at=only_at,
        score=lambda output: output,
    )
