"""CPU-seconds per sequence of saturation mutagenesis of a Basset: every mutant in full against only where it differs.

The net of the paper (600 bp in, 164 cell types), all 1800 substitutions of a sequence, the logits of one cell type.
Both ways take turns in one process, a sequence each; the gradient of the same logit stands beside them. What counts
is the ratio of the medians.

Usage: python benchmarks/mutagenesis.py [--rounds 5] [--threads 1]
"""

import argparse
import statistics
import time

import numpy as np
import torch

from cisgram.interpret.experiments.responses import Asking
from cisgram.interpret.experiments.saturation import gradient_effects, mutate_all
from cisgram.interpret.scores import logit
from cisgram.models.basset import BassetConfig, build


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--threads", type=int, default=1)
    given = options.parse_args()
    torch.set_num_threads(given.threads)
    model = build(BassetConfig.paper(), n_tracks=164, seed=1)
    rng = np.random.default_rng(1)
    ways = {
        "every mutant in full": lambda codes: mutate_all(
            model, codes, scores=[logit(0)], asking=Asking(local_mutants=False)
        ),
        "only where it differs": lambda codes: mutate_all(model, codes, scores=[logit(0)]),
        "gradient (an estimate)": lambda codes: gradient_effects(model, codes, scores=[logit(0)]),
    }
    seconds, largest = {name: [] for name in ways}, 0.0
    for number in range(given.rounds + 1):
        codes = rng.integers(0, 4, (1, 600), dtype=np.uint8)
        found = {}
        for name, ask in ways.items():
            begun = time.process_time()
            found[name] = ask(codes).effects
            if number:
                seconds[name].append(time.process_time() - begun)
        full, quick = list(found.values())[:2]
        largest = max(largest, float(np.abs(full - quick).max() / np.abs(full).max()))
    first = statistics.median(next(iter(seconds.values())))
    print("| | CPU-s per sequence (median) | lowest .. highest | of the full way |\n|---|---|---|---|")
    for name, measured in seconds.items():
        middle = statistics.median(measured)
        print(f"| {name} | {middle:.3f} | {min(measured):.3f} .. {max(measured):.3f} | 1/{first / middle:.1f} |")
    print(f"\nLargest difference of an effect: {largest:.1e} of the largest effect.")


if __name__ == "__main__":
    main()
