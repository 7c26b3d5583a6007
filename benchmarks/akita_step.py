"""Windows per second of a training step of Akita on a CPU: cisgram's module against torch's layers put together.

Both are the published net at half its width and a quarter of its length (262,144 bp, 128 bins of 2,048 bp, all
convolutions with half the filters; ``--whole``: as published, one window per batch) with the same step: one-hot
sequences forward, mean squared error, back, SGD. They take turns in one process that keeps the memory it frees, as a
training of cisgram does, after a first turn that does not count. Before, torch's layers run alone with memory as it
comes, the step of a plain script. What counts are ratios of medians.

Usage: python benchmarks/akita_step.py [--rounds 5] [--threads 2] [--whole]

The last result stands in benchmarks/README.md.
"""

import argparse
import os
import statistics
import time

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that spin take the core from whoever has work

import torch
from torch import nn

from cisgram.models.akita import AkitaConfig, AkitaOutput, build, loss
from cisgram.nn.dilated import dilations
from cisgram.nn.memory import keep_freed_memory

HALF = AkitaConfig(
    input_length=262_144,
    crop=8,
    stem_filters=48,
    tower_filters=48,
    dilated_filters=24,
    bin_filters=32,
    pair_filters=24,
    pair_dilated_filters=12,
)


class PlainBlock(nn.Sequential):
    """Activation, convolution, norm, dropout, pool, in torch's own layers."""

    def __init__(self, n_in, n_out, width, *, axes=1, dilation=1, dropout=0.0, pool=1):
        convolution, norm = (nn.Conv1d, nn.BatchNorm1d) if axes == 1 else (nn.Conv2d, nn.BatchNorm2d)
        padding = dilation * (width // 2)
        layers = [nn.ReLU(), convolution(n_in, n_out, width, padding=padding, dilation=dilation, bias=False)]
        layers += [norm(n_out), nn.Dropout(dropout)]
        super().__init__(*layers, *([nn.MaxPool1d(pool)] if pool > 1 else []))


class PlainAkita(nn.Module):
    """The same net of torch's own layers: squares of pairs are written out before they are convolved."""

    def __init__(self, config, n_tracks):
        super().__init__()
        first, *pools = config.pools
        wide, n_pairs, rate = config.tower_filters, config.pair_filters, config.dilation_rate
        tower = [PlainBlock(4, wide, 11, pool=first), *(PlainBlock(wide, wide, 5, pool=pool) for pool in pools)]
        self.tower = nn.Sequential(*tower)
        self.dilated = nn.ModuleList(
            self.residual(wide, config.dilated_filters, dilation, 1, config.dropout)
            for dilation in dilations(rate, config.n_dilated)
        )
        self.bins = nn.Sequential(PlainBlock(wide, config.bin_filters, 5), nn.ReLU())
        self.first = PlainBlock(config.bin_filters + 1, n_pairs, 3, axes=2)
        self.blocks = nn.ModuleList(
            self.residual(n_pairs, config.pair_dilated_filters, dilation, 2, config.pair_dropout)
            for dilation in dilations(rate, config.n_pair_blocks)
        )
        self.head, self.crop = nn.Linear(n_pairs, n_tracks), config.crop

    @staticmethod
    def residual(n_outside, n_inner, dilation, axes, dropout):
        inner = PlainBlock(n_outside, n_inner, 3, axes=axes, dilation=dilation)
        return nn.Sequential(inner, PlainBlock(n_inner, n_outside, 1, axes=axes, dropout=dropout))

    def forward(self, sequences):
        hidden = self.tower(sequences)
        for block in self.dilated:
            hidden = hidden + block(hidden)
        hidden = self.bins(hidden)
        n = hidden.shape[2]
        pairs = (hidden[:, :, :, None] + hidden[:, :, None]) / 2
        place = torch.arange(n, dtype=pairs.dtype)
        between = (place[:, None] - place).abs().expand(len(pairs), 1, n, n)
        square = self.first(torch.cat([pairs, between], 1))
        square = (square + square.transpose(2, 3)) / 2
        for block in self.blocks:
            square = square + block(square)
            square = (square + square.transpose(2, 3)) / 2
        inside = square[:, :, self.crop : n - self.crop, self.crop : n - self.crop]
        row, column = torch.triu_indices(n - 2 * self.crop, n - 2 * self.crop, 2)
        return AkitaOutput(self.head(inside[:, :, row, column].transpose(1, 2)).transpose(1, 2))


class Training:
    """A model with its optimiser and a batch."""

    def __init__(self, model, config, *, batch, n_tracks, bfloat16):
        self.model, self.bfloat16, self.batch = model.train(), bfloat16, batch
        self.optimizer = torch.optim.SGD(model.parameters(), lr=1e-4, momentum=0.9)
        codes = torch.randint(0, 4, (batch, config.input_length))
        self.sequences = nn.functional.one_hot(codes, 4).transpose(1, 2).float().contiguous()
        self.targets = torch.randn(batch, n_tracks, config.n_pairs)

    def rate(self):
        """Windows per second of one step."""
        begun = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bfloat16):
            output = self.model(self.sequences)
        self.optimizer.zero_grad()
        loss(AkitaOutput(output.contacts.float()), self.targets).backward()
        self.optimizer.step()
        return self.batch / (time.perf_counter() - begun)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--whole", action="store_true", help="the published net")
    given = options.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(0)
    config, batch = (AkitaConfig.published(), 1) if given.whole else (HALF, 2)
    sizes = {"batch": batch, "n_tracks": 5}
    plain = Training(PlainAkita(config, 5), config, **sizes, bfloat16=False)
    alone = {"torch's layers, float32, memory as it comes": [plain.rate() for _ in range(given.rounds + 1)][1:]}
    keep_freed_memory()
    trainings = {}
    for bfloat16 in (False, True):
        precision = "bfloat16" if bfloat16 else "float32"
        for name, model in (("torch's layers", PlainAkita(config, 5)), ("cisgram", build(config, n_tracks=5))):
            trainings[f"{name}, {precision}"] = Training(model, config, **sizes, bfloat16=bfloat16)
    rates = {name: [] for name in trainings}
    for number in range(given.rounds + 1):
        for name, training in trainings.items():
            rate = training.rate()
            if number:
                rates[name].append(rate)
    first = statistics.median(next(iter(rates.values())))
    print("| | windows/s (median) | lowest .. highest | of torch's float32 |\n|---|---|---|---|")
    for name, measured in (alone | rates).items():
        middle = statistics.median(measured)
        print(f"| {name} | {middle:.2f} | {min(measured):.2f} .. {max(measured):.2f} | {middle / first:.2f} x |")


if __name__ == "__main__":
    main()
