"""SNVs per second through the four networks: both alleles of each in full, against only what an SNV changes.

Plain: the reference and the alternative window of every SNV go through the network, on both strands, in batches. Ours:
windows that SNVs share are read once, and of an alternative, layers are computed where they differ. Clustered SNVs lie
in the middle of one window (within a quarter of what is predicted), scattered ones have a window each, so that ours
must read half of what the plain way reads. Both ways take turns in one process; medians over rounds. Seconds are those
of the clock, or with --cpu those that the processor worked, which other work on the machine changes less.

Usage: python benchmarks/variants.py [--rounds 5] [--threads 2] [--cpu] [--only NAME ...] [--batch 16]
"""

import argparse
import os
import statistics
import time
from dataclasses import dataclass, replace

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that spin take the core from whoever has work

import numpy as np
import torch
from torch import nn

from cisgram.genomics.sequence import reverse_complement
from cisgram.interpret.precision import full_precision
from cisgram.interpret.variants.answers import plain_answers
from cisgram.interpret.variants.local import local_answers
from cisgram.models import akita, basenji, basset, bpnet
from cisgram.nn.predict import evaluating


@dataclass(frozen=True)
class Case:
    """A network, and how many SNVs of it are timed."""

    name: str
    model: nn.Module
    n_clustered: int
    n_scattered: int


def cases():
    published = basenji.BasenjiConfig.published()
    tenth = replace(
        published,
        filters=tuple(round(n / 10) for n in published.filters),
        trunk_filters=38,
        head_filters=154,
        residual_gain=0.5,
    )
    return {
        "basset": lambda: Case(
            "Basset, the paper's: 600 bp, 164 tracks", basset.build(basset.BassetConfig.paper(), n_tracks=164), 128, 64
        ),
        "bpnet": lambda: Case(
            "BPNet: 2,114 bp, 64 filters, 8 layers", bpnet.build(bpnet.BPNetConfig(), n_tracks=1), 64, 32
        ),
        "basenji": lambda: Case(
            "Basenji, a tenth as wide: 131 kb, 50 tracks", basenji.build(tenth, n_tracks=50), 16, 4
        ),
        "basenji-small": lambda: Case(
            "Basenji, small: 66 kb, 10 tracks",
            basenji.build(replace(basenji.BasenjiConfig.small(), residual_gain=0.5), n_tracks=10),
            32,
            8,
        ),
        "akita": lambda: Case(
            "Akita, half as wide: 262 kb, 1 map",
            akita.build(replace(akita.AkitaConfig.small(), residual_gain=0.5), n_tracks=1),
            16,
            4,
        ),
    }


def snvs(model, n, rng, *, is_scattered):
    """Windows, alternatives and the window of each."""
    length = model.input_length
    windows = rng.integers(0, 4, (n if is_scattered else 1, length), dtype=np.uint8)
    window_of = np.arange(n) if is_scattered else np.zeros(n, dtype=np.int64)
    alternatives = windows[window_of]
    reach = 1 if is_scattered else max(model.output_length // 8, 1)
    places = length // 2 + rng.integers(-reach, reach + 1, n)
    rows = np.arange(n)
    alternatives[rows, places] = (alternatives[rows, places] + 1 + rng.integers(0, 3, n)) % 4
    return windows, alternatives, window_of


def plain(model, windows, alternatives, window_of, *, batch_size):
    """A loop as one would write it: both alleles of every SNV."""
    found = []
    for turn in (np.asarray, reverse_complement):
        references, others = turn(windows[window_of]), turn(alternatives)
        found.append(plain_answers(model, references, others, window_of, batch_size=batch_size).alternatives)
    return found


def ours(model, windows, alternatives, window_of, *, batch_size):
    found = []
    for turn in (np.asarray, reverse_complement):
        answers = local_answers(model, turn(windows), turn(alternatives), window_of, batch_size=batch_size)
        found.append(answers.alternatives)
    return found


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--cpu", action="store_true")
    options.add_argument("--batch", type=int, default=16)
    options.add_argument("--only", nargs="*", choices=list(cases()))
    given = options.parse_args()
    torch.set_num_threads(given.threads)
    print("| network | SNVs | plain, SNVs/s | ours, SNVs/s | ratio | largest difference |\n|---|---|---|---|---|---|")
    for name, make in cases().items():
        if given.only and name not in given.only:
            continue
        case = make()
        for kind, n in (("clustered", case.n_clustered), ("scattered", case.n_scattered)):
            per_second, apart = timed(case.model, n, given, is_scattered=kind == "scattered")
            slow, quick = (statistics.median(per_second[way]) for way in (plain, ours))
            print(f"| {case.name} | {kind} | {slow:.3g} | {quick:.3g} | {quick / slow:.1f} | {apart:.0e} |", flush=True)


def timed(model, n, given, *, is_scattered):
    """SNVs per second of both ways, and the largest difference of an output by the spread of all outputs."""
    rng, per_second, apart = np.random.default_rng(1), {plain: [], ours: []}, 0.0
    clock = time.process_time if given.cpu else time.perf_counter
    with evaluating(model), full_precision(torch.device("cpu")), torch.inference_mode():
        for number in range(given.rounds + 1):
            # The first round, of few SNVs, is not counted.
            asked, found = snvs(model, n if number else min(n, 4), rng, is_scattered=is_scattered), {}
            for way in (plain, ours):
                begun = clock()
                found[way] = way(model, *asked, batch_size=given.batch)
                if number:
                    per_second[way].append(n / (clock() - begun))
            for one, other in zip(found[plain], found[ours], strict=True):
                pairs = zip(one, other, strict=True)
                apart = max(apart, *(float((x - y).abs().max() / x.std()) for x, y in pairs))
    return per_second, apart


if __name__ == "__main__":
    main()
