"""Sequences per second of a training step of Basset on a CPU: cisgram's module against torch's layers put together.

Both are the net of the paper (600 bp in, 164 cell types, 4,735,064 parameters) in batches of 64 with the same step:
one-hot sequences forward, Bernoulli loss, back, Adam. They take turns in one process, three steps at a time, after a
first turn that does not count. What counts is the ratio of the medians.

Usage: python benchmarks/training_basset.py [--rounds 7] [--threads 2]

The last result stands in benchmarks/README.md.
"""

import argparse
import os
import statistics
import time

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that spin take the core from whoever has work

import torch
from torch import nn

from cisgram.models.basset import BassetConfig, BassetOutput, build, loss

BATCH, LENGTH, TRACKS, STEPS = 64, 600, 164, 3


class Plain(nn.Module):
    """The same net of torch's own layers."""

    def __init__(self):
        super().__init__()
        layers = []
        for n_in, n_out, width, pool in [(4, 300, 19, 3), (300, 200, 11, 4), (200, 200, 7, 4)]:
            convolution = nn.Conv1d(n_in, n_out, width, padding=width // 2)
            layers += [convolution, nn.BatchNorm1d(n_out), nn.ReLU(), nn.MaxPool1d(pool, ceil_mode=True)]
        layers += [nn.Flatten()]
        for n_in in (2600, 1000):
            layers += [nn.Linear(n_in, 1000), nn.BatchNorm1d(1000), nn.ReLU(), nn.Dropout(0.3)]
        self.layers = nn.Sequential(*layers, nn.Linear(1000, TRACKS))

    def forward(self, sequences):
        return BassetOutput(self.layers(sequences))


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--threads", type=int, default=2)
    given = options.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(0)
    form = BassetConfig.paper()
    trainings = {
        "torch's layers, float32": Training(Plain()),
        "torch's layers, bfloat16": Training(Plain(), bfloat16=True),
        "cisgram, float32": Training(build(form, n_tracks=TRACKS)),
        "cisgram, bfloat16": Training(build(form, n_tracks=TRACKS), bfloat16=True),
        "cisgram, equivariant, bfloat16": Training(
            build(BassetConfig(reverse_complement="equivariant"), n_tracks=TRACKS), bfloat16=True
        ),
    }
    rates = {name: [] for name in trainings}
    for number in range(given.rounds + 1):
        for name, training in trainings.items():
            rate = training.rate()
            if number:
                rates[name].append(rate)
    first = statistics.median(next(iter(rates.values())))
    print("| | sequences/s (median) | lowest .. highest | of torch's float32 |\n|---|---|---|---|")
    for name, measured in rates.items():
        middle = statistics.median(measured)
        print(f"| {name} | {middle:.0f} | {min(measured):.0f} .. {max(measured):.0f} | {middle / first:.2f} x |")


class Training:
    """A model with its optimiser and a batch."""

    def __init__(self, model, *, bfloat16=False):
        self.model, self.bfloat16 = model.train(), bfloat16
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=True)
        codes = torch.randint(0, 4, (BATCH, LENGTH))
        self.sequences = nn.functional.one_hot(codes, 4).transpose(1, 2).float().contiguous()
        self.labels = (torch.rand(BATCH, TRACKS) < 0.1).float()

    def rate(self):
        """Sequences per second over a few steps."""
        begun = time.perf_counter()
        for _ in range(STEPS):
            with torch.autocast("cpu", torch.bfloat16, enabled=self.bfloat16):
                output = self.model(self.sequences)
            self.optimizer.zero_grad()
            loss(BassetOutput(output.logits.float()), self.labels).backward()
            self.optimizer.step()
        return STEPS * BATCH / (time.perf_counter() - begun)


if __name__ == "__main__":
    main()
