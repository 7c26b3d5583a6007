"""Toy models whose answers can be counted by hand: bases per bin, per base, per pair of bins, per window."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import decode, encode
from cisgram.interpret.variants.model import VariantModel
from cisgram.models.akita import AkitaOutput
from cisgram.models.basenji import BasenjiOutput
from cisgram.models.basset import BassetOutput
from cisgram.models.bpnet import BPNetOutput

LENGTH = 64
BIN = 4
CROP = 2
WORD = encode("ACGTACGT")


class Toy(nn.Module):
    """What all of them have."""

    def __init__(self, n_tracks=2):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))
        self.n_tracks, self.input_length = n_tracks, LENGTH


class ToyBins(Toy):
    """Logits of a bin: how many A (track 0), how many T (track 1) it has; so the tracks are each other's strands."""

    bin_size, crop = BIN, CROP

    def __init__(self, n_tracks=2, length=LENGTH):
        super().__init__(n_tracks)
        self.input_length, self.output_length = length, length - 2 * CROP * BIN

    def forward(self, one_hot):
        bins = one_hot.unflatten(2, (-1, BIN)).sum(-1)[:, :, CROP:-CROP]
        return BasenjiOutput(self.weight * bins[:, [0, 3]])


class ToyBases(Toy):
    """Profile logits of a base: 2 where it is C on the strand; log counts: ln(1 + number of C and G)."""

    output_length = LENGTH - 16

    def __init__(self, n_tracks=1):
        super().__init__(n_tracks)
        self.profile_head = SimpleNamespace(convolution=SimpleNamespace(weight=torch.zeros(2 * n_tracks, 1, 1)))

    def forward(self, one_hot):
        strands = one_hot[:, None, [1, 2], 8:-8]
        total = one_hot[:, [1, 2]].sum((1, 2))
        return BPNetOutput(2 * self.weight * strands, torch.log1p(total)[:, None, None])


class ToyWindow(Toy):
    """The logit of a window: G less C, times a number; so the other strand says the opposite."""

    def __init__(self, factor=1.0):
        super().__init__(1)
        head = SimpleNamespace(label_mean=torch.zeros(1), label_scale=torch.ones(1))
        self.head, self.factor, self.bin_size, self.output_length = head, factor, LENGTH, LENGTH

    def forward(self, one_hot):
        sums = one_hot.sum(2)
        return BassetOutput(self.weight * self.factor * (sums[:, 2] - sums[:, 1])[:, None] / 8)


class ToyPairs(Toy):
    """Contacts of two bins: A in the one times A in the other, plus the same of T."""

    bin_size, output_length, crop, diagonal_offset = BIN, LENGTH - 2 * CROP * BIN, CROP, 1
    n_bins = LENGTH // BIN - 2 * CROP

    def forward(self, one_hot):
        bins = one_hot.unflatten(2, (-1, BIN)).sum(-1)[:, :, CROP:-CROP]
        square = torch.einsum("bci,bcj->bij", bins[:, [0, 3]], bins[:, [0, 3]])
        row, column = torch.triu_indices(*square.shape[1:], offset=1)
        return AkitaOutput(self.weight * square[:, None, row, column].expand(-1, self.n_tracks, -1))


@pytest.fixture
def bins_model():
    return VariantModel((ToyBins().eval(),), "basenji", ("A", "T"), strand_pairs=(1, 0))


@pytest.fixture
def bases_model():
    return VariantModel((ToyBases().eval(),), "bpnet", ("CG",))


@pytest.fixture
def window_model():
    return VariantModel((ToyWindow().eval(),), "basset", ("GC",))


@pytest.fixture
def pairs_model():
    return VariantModel((ToyPairs(1).eval(),), "akita", ("map",))


@pytest.fixture
def genome():
    codes = np.random.default_rng(4).integers(0, 4, 1000).astype(np.uint8)
    codes[700:710] = 4
    return Genome.from_codes({"I": codes, "II": np.random.default_rng(5).integers(0, 4, 500).astype(np.uint8)})


def snv(genome, pos, chrom="I", step=1):
    """A substitution at a 1-based position."""
    ref = decode(genome.codes(chrom, pos - 1, pos))
    return (chrom, pos, ref, "ACGT"[("ACGT".index(ref) + step) % 4])


def deletion(genome, pos, n, chrom="I"):
    """Of the n bases after a 1-based position."""
    letters = decode(genome.codes(chrom, pos - 1, pos + n))
    return (chrom, pos, letters, letters[0])


def insertion(genome, pos, letters, chrom="I"):
    """After a 1-based position."""
    ref = decode(genome.codes(chrom, pos - 1, pos))
    return (chrom, pos, ref, ref + letters)
