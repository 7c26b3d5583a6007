"""A model whose map is known: a corner where a site on the plus strand stands left of one on the minus strand."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from cisgram.genomics.sequence import encode, reverse_complement

WORD = encode("GCCACCAGGGGG")
BIN, N_BINS, CROP, OFFSET = 50, 24, 2, 2


class Contacts(NamedTuple):
    contacts: torch.Tensor


class CornerModel(nn.Module):
    """Corners of 3 x 3 pixels worth 1 at convergent sites; half a unit less across every site, up to 5 bins far."""

    input_length, bin_size, n_bins, crop, diagonal_offset = (N_BINS + 2 * CROP) * BIN, BIN, N_BINS, CROP, OFFSET

    def __init__(self):
        super().__init__()
        letters = torch.from_numpy(np.stack([WORD, reverse_complement(WORD)]).astype(np.int64))
        self.find = nn.Conv1d(4, 2, len(WORD))
        self.find.weight.data = nn.functional.one_hot(letters, 4).transpose(1, 2).float()
        self.find.bias.data = torch.full((2,), 1.0 - len(WORD))

    def forward(self, sequences):
        found = nn.functional.pad(self.find(sequences).relu(), (6, 5))
        bins = nn.functional.max_pool1d(found, BIN)[..., CROP:-CROP]
        wide = nn.functional.max_pool1d(bins, 3, stride=1, padding=1)
        passed = bins.sum(1).cumsum(1)
        between = (passed[:, None, :] - bins.sum(1)[:, None, :] - passed[:, :, None]).clamp(min=0)
        near = (torch.arange(N_BINS) - torch.arange(N_BINS)[:, None]).abs() <= 5
        square = wide[:, 0, :, None] * wide[:, 1, None, :] - 0.5 * between * near
        row, column = torch.triu_indices(N_BINS, N_BINS, OFFSET)
        return Contacts(square[:, None, row, column])


@pytest.fixture
def corner_model():
    return CornerModel()


@pytest.fixture
def background():
    """A and T alone: no site on either strand, whatever is shuffled."""
    return np.random.default_rng(3).choice(np.array([0, 3], np.uint8), (N_BINS + 2 * CROP) * BIN)


def place(codes, *sites):
    """The sequence with sites (bin of the map, strand) in the middle of their bins, and the table of these."""
    codes, rows = codes.copy(), []
    for bin_, strand in sites:
        start = (bin_ + CROP) * BIN + 20
        codes[start : start + len(WORD)] = WORD if strand == "+" else reverse_complement(WORD)
        rows.append((0, start, start + len(WORD), strand, f"bin {bin_}"))
    return codes, pd.DataFrame(rows, columns=["row", "start", "end", "strand", "name"])
