"""What cisgram's fit costs beside the same training written out by hand, in one run.

The loop by hand takes the same batches in the same order, the same fused Adam, the same loss and, in bfloat16, torch's
autocast; it records nothing, saves nothing and prepares no batch ahead. Both take turns in one process.

What the columns mean:
ms per step          wall time of the steps of an epoch by their number: median over rounds, and lowest .. highest
CPU ms per step      processor time: on a busy machine the more reliable one
fit / by hand        median of the ratios of neighbouring measurements

Usage: python benchmarks/fit_overhead.py [--small]. ``--small`` takes a tiny network, whose steps show the cost of the
loop itself. The last result stands in benchmarks/README.md.
"""

import argparse
import statistics
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from cisgram.data.batches import Batches, Sampling
from cisgram.data.layout import StoreLayout
from cisgram.data.store import ExampleBlock, write_store
from cisgram.models.bpnet import BPNetConfig, build, loss_terms
from cisgram.nn.blocks import one_hot
from cisgram.nn.memory import keep_freed_memory
from cisgram.training.fit import FitConfig, fit

JITTER = 16


class Stopwatch:
    """A progress that notes wall and processor time of every step."""

    def __init__(self):
        self.moments = []

    def on_step(self, step):  # noqa: ARG002 - what fit calls
        self.moments.append((time.perf_counter(), time.process_time()))

    def on_epoch(self, metrics):
        pass

    def close(self):
        pass


def make_store(folder, config, n):
    rng = np.random.default_rng(0)
    wide = config.output_length + 2 * JITTER
    counts = rng.poisson(0.1, (n, 1, 2, wide)).astype(np.uint16)
    codes = rng.integers(0, 4, (n, config.input_length + 2 * JITTER), dtype=np.uint8)
    windows = pd.DataFrame({"chrom": "I", "start": np.arange(n), "end": np.arange(n) + config.input_length})
    windows = windows.assign(strand=".", name="", kind="peak", split="train", dropped="")
    layout = StoreLayout(
        input_length=config.input_length,
        output_length=config.output_length,
        jitter_bp=JITTER,
        n_strands=2,
        track_names=("track",),
        n_replicates=(1,),
    )
    replicates = (counts[:, 0][:, None, :, JITTER:-JITTER],)
    return write_store(folder, windows, layout, [ExampleBlock(codes, counts, None, replicates)])


def by_hand(model, loss, batches, *, bfloat16):
    """One epoch; wall and processor time per step, without the first."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.0, fused=True)
    model.train()
    moments = []
    for batch in batches.epoch(0):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bfloat16):
            output = model(one_hot(batch.inputs))
        total = loss(type(output)(*(part.float() for part in output)), batch.targets).total
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        moments.append((time.perf_counter(), time.process_time()))
    return per_step(moments)


def by_fit(model, loss, batches, *, bfloat16):
    """The same with fit."""
    watch = Stopwatch()
    config = FitConfig(epochs=1, accelerator="cpu", precision="bf16-mixed" if bfloat16 else "32-true")
    few = Batches(batches.store, np.arange(2), Sampling(batch_size=2))
    with tempfile.TemporaryDirectory() as folder:
        fit(model, loss, batches, validation=few, config=config, folder=Path(folder), progress=watch)
    return per_step(watch.moments)


def per_step(moments):
    first, last = np.array(moments[0]), np.array(moments[-1])
    return (last - first) / (len(moments) - 1) * 1e3


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--small", action="store_true", help="a tiny network")
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--steps", type=int, default=0, help="per epoch; 10, or 300 with --small")
    options.add_argument("--threads", type=int, default=2)
    given = options.parse_args()
    torch.set_num_threads(given.threads)
    keep_freed_memory()
    config, batch_size = BPNetConfig(), 64
    if given.small:
        config, batch_size = BPNetConfig(200, 100, n_filters=4, n_dilated_layers=2, profile_width=9), 4
    steps = given.steps or (300 if given.small else 10)
    loss = partial(loss_terms, counts_weight=50.0)
    print("| | by hand, ms per step | fit, ms per step | fit / by hand | CPU ms per step | fit / by hand (CPU) |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        store = make_store(Path(folder) / "examples", config, steps * batch_size)
        sampling = Sampling(batch_size=batch_size, shuffle=True, jitter_bp=JITTER, reverse_complement=True)
        batches = Batches(store, store.rows("train"), sampling)
        for bfloat16 in (False, True):
            for way in (by_hand, by_fit):  # once for whatever is slow at first
                way(build(config, n_tracks=1), loss, batches, bfloat16=bfloat16)
            pairs = [
                [way(build(config, n_tracks=1), loss, batches, bfloat16=bfloat16) for way in (by_hand, by_fit)]
                for _ in range(given.rounds)
            ]
            show("bfloat16" if bfloat16 else "float32", np.array(pairs))


def show(name, pairs):
    """One line; ``pairs`` is round, way, clock."""
    texts = [
        f"{statistics.median(times):.2f} ({min(times):.2f} .. {max(times):.2f})"
        for times in (pairs[:, 0, 0], pairs[:, 1, 0])
    ]
    wall, cpu = np.median(pairs[:, 1] / pairs[:, 0], axis=0)
    processor = " / ".join(f"{value:.2f}" for value in np.median(pairs[:, :, 1], axis=0))
    print(f"| {name} | {texts[0]} | {texts[1]} | {wall:.3f} | {processor} | {cpu:.3f} |")


if __name__ == "__main__":
    main()
