"""DeepLIFT/SHAP of cisgram and of tangermeme on the same BPNet, sequences and references, in one run.

Both explain the profile of a BPNet with random weights (2,114 bp in, 1,000 bp out, 64 filters) for the same sequences
against the same 20 dinucleotide shuffles each, on one thread. They take turns in one process. Beside them stands what
a plain gradient of the same references costs, which no method of this kind can undercut.

What the columns mean:
ms per pair       processor time per pair of sequence and reference: median over rounds, and lowest .. highest
difference        largest difference of multipliers between the two, as a share of the largest multiplier

Usage: python benchmarks/attribution_vs_tangermeme.py [--rounds N]. The last result stands in benchmarks/README.md.
"""

import argparse
import statistics
import time

import numpy as np
import torch

from cisgram.interpret.deeplift import multipliers_of
from cisgram.interpret.references import shuffled_references
from cisgram.interpret.scores import log_counts, weighted_profile
from cisgram.models.bpnet import BPNetConfig, build
from cisgram.nn.blocks import one_hot
from cisgram.nn.memory import keep_freed_memory

N_REFERENCES = 20


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=7)
    given = options.parse_args()
    torch.set_num_threads(1)
    keep_freed_memory()
    config = BPNetConfig.modern(control="none")
    model = build(config, n_tracks=1).eval()
    codes = np.random.default_rng(0).integers(0, 4, (2, config.input_length), dtype=np.uint8)
    shuffled = torch.from_numpy(shuffled_references(codes, n_references=N_REFERENCES))
    examples = one_hot(torch.from_numpy(codes))
    references = one_hot(shuffled.flatten(0, 1)).unflatten(0, shuffled.shape[:2])
    ways = {
        "plain gradient of the references": lambda: gradient(model, references),
        "cisgram, profile": lambda: deeplift(model, examples, references, "rescale"),
        "cisgram, profile and counts": lambda: deeplift(model, examples, references, "rescale", also=True),
        "tangermeme, profile": lambda: deeplift(model, examples, references, "tangermeme"),
    }
    results = {name: way() for name, way in ways.items()}  # once for whatever is slow at first
    times = {name: [] for name in ways}
    for _ in range(given.rounds):
        for name, way in ways.items():
            start = time.process_time()
            way()
            times[name].append((time.process_time() - start) / references[:, :, 0, 0].numel() * 1e3)
    show(times)
    ours, theirs = results["cisgram, profile"], results["tangermeme, profile"]
    difference = (ours - theirs).abs().max() / theirs.abs().max()
    print(f"\ndifference: {difference.item():.1e}")


def deeplift(model, examples, references, engine, *, also=False):
    scores = [weighted_profile(), log_counts()] if also else [weighted_profile()]
    return multipliers_of(model, examples, references, scores=scores, engine=engine)[0].multipliers


def gradient(model, references):
    inputs = references.flatten(0, 1).clone().requires_grad_()
    return torch.autograd.grad(weighted_profile()(model(inputs)).sum(), inputs)[0]


def show(times):
    print("| | ms per pair (median) | lowest .. highest | of tangermeme |")
    print("|---|---|---|---|")
    slowest = statistics.median(times["tangermeme, profile"])
    for name, values in times.items():
        median = statistics.median(values)
        print(f"| {name} | {median:.1f} | {min(values):.1f} .. {max(values):.1f} | {median / slowest:.2f} x |")


if __name__ == "__main__":
    main()
