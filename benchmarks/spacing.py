"""Seconds of a spacing experiment of the published size, beside a plain loop over arrangements.

Two motifs, 150 distances, 4 pairs of strands (B right of A), 128 random backgrounds; the height of the peak at A, and
the counts. The plain loop edits one arrangement at a time and shows the model the background, A alone, B alone and
both for each of them, in the same batches; it is timed on a part of the distances and scaled. The model is that of a
run (of the demo, say), or one of the same form with random weights.

Usage: python benchmarks/spacing.py [--run FOLDER] [--rounds 3] [--threads 2] [--batch 128]
"""

import argparse
import os
import statistics
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the command line does, before torch is loaded

import numpy as np
import torch

from cisgram.genomics.motif import Motif
from cisgram.interpret.experiments.arrangements import SpacingConfig, arrangements_of
from cisgram.interpret.experiments.backgrounds import random_sequences
from cisgram.interpret.experiments.edits import put
from cisgram.interpret.experiments.responses import Asking, compare
from cisgram.interpret.experiments.spacing import space_motifs
from cisgram.interpret.local_scores import PeakHeightScore, local_part
from cisgram.interpret.scores import log_counts
from cisgram.models.bpnet import BPNetConfig, build
from cisgram.training.load import load_model

A, B = Motif.from_consensus("A", "AGCCATCA"), Motif.from_consensus("B", "TTTGCATAACAA")
DISTANCES = range(11, 161)


def plain(model, codes, scores, config, batch):
    """One arrangement at a time: background, A alone, B alone, both."""
    words = [np.array([motif.ppm.argmax(axis=0)], dtype=np.uint8) for motif in (A, B)]
    parts = []
    for row in arrangements_of((len(A), len(B)), codes.shape[1], config=config).itertuples():
        with_a = put(codes, words[0], position=row.start_a, strand=row.strand_a)
        with_b = put(codes, words[1], position=row.start_b, strand=row.strand_b)
        both = put(with_a, words[1], position=row.start_b, strand=row.strand_b)
        edited = np.stack([codes, with_b, both], axis=1)
        found = compare(model, with_a, edited, scores=scores, asking=Asking(batch_size=batch))
        parts.append(found.after[:, 2] - found.after[:, 1] - found.before + found.after[:, 0])
    return np.stack(parts, axis=1)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--run", type=Path, help="run folder of a BPNet")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--batch", type=int, default=128)
    options.add_argument("--part", type=int, default=15, help="every so many distances in the plain loop")
    given = options.parse_args()
    torch.set_num_threads(given.threads)
    if given.run is None:
        form = BPNetConfig(input_length=696, output_length=400, n_filters=48, n_dilated_layers=6, profile_width=25)
        model = build(form, n_tracks=4, seed=1)
    else:
        model = load_model(given.run / "checkpoints" / "best.safetensors")
    length = model.input_length
    start, end = local_part(length // 2, input_length=length, output_length=model.output_length)
    scores = [PeakHeightScore((0,), start, end), log_counts(0)]
    codes = random_sequences(128, length, seed=0)
    part = SpacingConfig(list(DISTANCES)[:: given.part], orders=("AB",))
    ways = {
        "a plain loop (scaled)": lambda: plain(model, codes, scores, part, given.batch),
        "cisgram": lambda: (
            space_motifs(
                model,
                codes,
                (A, B),
                scores=scores,
                config=SpacingConfig(DISTANCES, orders=("AB",)),
                asking=Asking(batch_size=given.batch),
            ).interactions
        ),
    }
    factor = {"a plain loop (scaled)": len(DISTANCES) / len(part.distances), "cisgram": 1.0}
    seconds, processor, found = ({name: [] for name in ways} for _ in range(3))
    for _ in range(given.rounds):
        for name, ask in ways.items():
            begun, used = time.perf_counter(), time.process_time()
            found[name] = ask()
            seconds[name].append((time.perf_counter() - begun) * factor[name])
            processor[name].append((time.process_time() - used) * factor[name])
    print("| | seconds (median) | lowest .. highest | processor seconds |\n|---|---|---|---|")
    for name, measured in seconds.items():
        used = statistics.median(processor[name])
        middle = statistics.median(measured)
        print(f"| {name} | {middle:.0f} | {min(measured):.0f} .. {max(measured):.0f} | {used:.0f} |")
    whole = found["cisgram"].reshape(128, 4, len(DISTANCES), 2)[:, :, :: given.part].reshape(128, -1, 2)
    largest = np.abs(whole - found["a plain loop (scaled)"]).max()
    print(f"\nLargest difference of an interaction: {largest:.1e}, where they reach {np.abs(whole).max():.2f}.")


if __name__ == "__main__":
    main()
