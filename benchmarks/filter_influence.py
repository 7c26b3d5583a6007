"""Processor time of the influence of all first-layer filters of a Basset: the whole model per filter, or what follows.

The net of ``BassetConfig.small`` (64 pairs of filters) and 1,000 random sequences of 400 bp. Both ways are asked for
once per round in turn.

Usage: python benchmarks/filter_influence.py [--rounds 3] [--threads 1]

The last result stands in benchmarks/README.md.
"""

import argparse
import statistics
import time

import numpy as np
import torch
from torch import nn

from cisgram.interpret.filter_influence import filter_influence
from cisgram.models.basset import BassetConfig, build, loss

N, LENGTH, TRACKS = 1000, 400, 5
LAYER = "convolutions.0.activation"


class Whole(nn.Module):
    """The same model as one of another class, about whose layers nothing is known."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, sequences):
        return self.model(sequences)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--threads", type=int, default=1)
    options = options.parse_args()
    torch.set_num_threads(options.threads)
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (N, LENGTH), dtype=np.uint8)
    labels = rng.integers(0, 2, (N, TRACKS)).astype(np.float32)
    model = build(BassetConfig.small(input_length=LENGTH), n_tracks=TRACKS)
    ways = {"the whole model per filter": (Whole(model), f"model.{LAYER}"), "only what follows": (model, LAYER)}
    seconds, found = {name: [] for name in ways}, {}
    for _ in range(options.rounds):
        for name, (asked, layer) in ways.items():
            start = time.process_time()
            found[name] = filter_influence(asked, codes, labels, layer=layer, loss=loss, is_paired=True).overall
            seconds[name].append(time.process_time() - start)
    slowest = statistics.median(seconds["the whole model per filter"])
    for name, values in seconds.items():
        middle = statistics.median(values)
        print(f"| {name} | {middle:.1f} | {min(values):.1f} .. {max(values):.1f} | 1/{slowest / middle:.1f} |")
    first, second = (table["influence"] for table in found.values())
    print(f"largest difference: {(first - second).abs().max():.1e}, of a loss of about {TRACKS * np.log(2):.1f}")


if __name__ == "__main__":
    main()
