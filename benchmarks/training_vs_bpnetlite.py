"""Training windows per second of cisgram's fit and of bpnet-lite's fit on a CPU, in one run.

Both train the same network (2,114 bp in, 1,000 bp x 2 strands out, 64 filters, 8 dilated layers, no control) in batches
of 64 on the same made-up windows, with jitter of 128 bp and reverse complement, each with its own loader, loop and loss
and with 1e-3 as Adam's learning rate. Every measurement is a process of its own; the four take turns. An epoch goes
before the one that is timed; the time for validation is left out.

What the columns mean:
windows/s            examples of the timed epoch by its duration: median over rounds, and lowest .. highest
windows/CPU-s        the same by the processor time that the process used: on a busy machine the more reliable one

Usage, from an environment with cisgram::

    python benchmarks/training_vs_bpnetlite.py --peer /path/to/python-with-bpnet-lite

The last result stands in benchmarks/README.md.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

INPUT, OUTPUT, JITTER, BATCH = 2114, 1000, 128, 64
COUNTS_WEIGHT = 50.0
WORKERS = ("bpnet-lite float32", "cisgram float32", "bpnet-lite bfloat16", "cisgram bfloat16")


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--peer", help="python with bpnet-lite; left out, only cisgram is timed")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--steps", type=int, default=8, help="batches per epoch")
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--worker", choices=WORKERS, help=argparse.SUPPRESS)
    options.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.worker:
        work(given.worker, given.folder)
        return
    with tempfile.TemporaryDirectory() as folder:
        make_windows(Path(folder), given.steps * BATCH)
        results = {name: [] for name in WORKERS if given.peer or name.startswith("cisgram")}
        for _ in range(given.rounds):
            for name, measured in results.items():
                python = sys.executable if name.startswith("cisgram") else given.peer
                measured.append(measure(name, python, Path(folder), threads=given.threads))
        show(results)


def make_windows(folder, n):
    """Random bases, and reads that crowd around one base of every window."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (n, INPUT + 2 * JITTER), dtype=np.uint8)
    away = np.arange(OUTPUT + 2 * JITTER) - rng.integers(400, 800, (n, 1, 1))
    rates = 0.02 + 2 * np.exp(-np.abs(away) / 20) * rng.uniform(0.2, 2, (n, 2, 1))
    np.save(folder / "codes.npy", codes)
    np.save(folder / "counts.npy", rng.poisson(rates).astype(np.uint16))


def measure(name, python, folder, *, threads):
    """Run one worker; its answer is the last line that it prints."""
    # Threads that wait for work by spinning take the core from whoever has work, on any busy machine.
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "OMP_WAIT_POLICY": "PASSIVE"}
    command = [python, __file__, "--worker", name, "--folder", str(folder)]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise SystemExit(f"{name} failed:\n{ran.stderr}")
    return json.loads(ran.stdout.splitlines()[-1])


def show(results):
    """Print the table, with ratios to bpnet-lite in its two number formats."""
    rates = {name: [one["windows"] / one["seconds"] for one in runs] for name, runs in results.items()}
    per_cpu = {name: [one["windows"] / one["cpu_seconds"] for one in runs] for name, runs in results.items()}
    peers = [name for name in results if name.startswith("bpnet-lite")]
    print("| | windows/s | range | windows/CPU-s |", *(f"x {peer} (CPU) |" for peer in peers))
    print("|---" * (4 + len(peers)) + "|")
    for name, runs in results.items():
        middle, cpu = statistics.median(rates[name]), statistics.median(per_cpu[name])
        ratios = [
            f"{middle / statistics.median(rates[peer]):.2f} ({cpu / statistics.median(per_cpu[peer]):.2f}) |"
            for peer in peers
        ]
        spread = f"{min(rates[name]):.0f} .. {max(rates[name]):.0f}"
        print(f"| {name} ({runs[0]['version']}) | {middle:.1f} | {spread} | {cpu:.1f} |", *ratios)


def work(name, folder):
    """Train for two epochs and print how long the second took."""
    train = train_cisgram if name.startswith("cisgram") else train_bpnetlite
    with contextlib.redirect_stdout(sys.stderr), tempfile.TemporaryDirectory() as scratch:
        answer = train(folder, Path(scratch), bfloat16=name.endswith("bfloat16"))
    print(json.dumps(answer))


def train_bpnetlite(folder, scratch, *, bfloat16):
    """Its fit as it comes; the loader that it is given notes when an epoch begins and ends."""
    import bpnetlite
    import torch
    from bpnetlite.bpnet import BPNet
    from bpnetlite.io import PeakNegativeSampler

    os.chdir(scratch)  # it saves its model where it runs
    torch.manual_seed(0)
    codes, counts = np.load(folder / "codes.npy"), np.load(folder / "counts.npy").astype(np.float32)
    one_hot = torch.from_numpy((codes[:, None] == np.arange(4, dtype=np.uint8)[:, None]).astype(np.int8))
    counts, n_peaks = torch.from_numpy(counts), int(len(codes) / 1.1)
    data = PeakNegativeSampler(
        one_hot[:n_peaks],
        counts[:n_peaks],
        one_hot[n_peaks:, :, JITTER:-JITTER],
        counts[n_peaks:, :, JITTER:-JITTER],
        negative_ratio=0.1,
        in_window=INPUT,
        out_window=OUTPUT,
        max_jitter=JITTER,
        reverse_complement=True,
        random_state=0,
    )
    epochs = Stopwatch(torch.utils.data.DataLoader(data, batch_size=BATCH))
    model = BPNet(n_control_tracks=0, count_loss_weight=COUNTS_WEIGHT, verbose=False)
    model.fit(
        epochs,
        torch.optim.AdamW(model.parameters(), lr=1e-3),
        X_valid=one_hot[:BATCH, :, JITTER:-JITTER].float(),
        y_valid=counts[:BATCH, :, JITTER:-JITTER],
        max_epochs=2,
        dtype="bfloat16" if bfloat16 else "float32",
        device="cpu",
    )
    return {**epochs.last, "version": bpnetlite.__version__}


class Stopwatch:
    """Batches that note how long their epoch took and how many windows it had."""

    def __init__(self, batches):
        self.batches, self.last = batches, {}

    def __iter__(self):
        begun, begun_cpu, windows = time.perf_counter(), time.process_time(), 0
        for batch in self.batches:
            windows += len(batch[0])
            yield batch
        # A loop asks for the batch after the last one when it is done with that.
        seconds, cpu_seconds = time.perf_counter() - begun, time.process_time() - begun_cpu
        self.last = {"windows": windows, "seconds": seconds, "cpu_seconds": cpu_seconds}


def train_cisgram(folder, scratch, *, bfloat16):
    """Our fit, told about by its progress."""
    from functools import partial

    import cisgram
    from cisgram.data.batches import Batches, Sampling
    from cisgram.models.bpnet import BPNetConfig, build, loss_terms
    from cisgram.training.fit import FitConfig, fit

    store = make_store(scratch / "examples", np.load(folder / "codes.npy"), np.load(folder / "counts.npy"))
    sampling = Sampling(batch_size=BATCH, shuffle=True, jitter_bp=JITTER, reverse_complement=True)
    epochs = EpochTimes()
    fit(
        build(BPNetConfig.modern(control="none"), n_tracks=1),
        partial(loss_terms, counts_weight=COUNTS_WEIGHT),
        Batches(store, store.rows("train"), sampling),
        validation=Batches(store, store.rows("train")[:BATCH], Sampling(batch_size=BATCH)),
        config=FitConfig(epochs=2, clip_norm=1.0, precision="bf16-mixed" if bfloat16 else "32-true", accelerator="cpu"),
        folder=scratch / "training",
        progress=epochs,
    )
    return {**epochs.last, "version": cisgram.__version__}


class EpochTimes:
    """Progress that notes how long an epoch took, from the end of the one before to its last step."""

    def __init__(self):
        self.begun = (time.perf_counter(), time.process_time())
        self.windows, self.last = 0, {}

    def on_step(self, step):
        self.windows += step.n_examples
        seconds, cpu_seconds = time.perf_counter() - self.begun[0], time.process_time() - self.begun[1]
        self.last = {"windows": self.windows, "seconds": seconds, "cpu_seconds": cpu_seconds}

    def on_epoch(self, metrics):  # noqa: ARG002 - the protocol gives it
        self.begun, self.windows = (time.perf_counter(), time.process_time()), 0

    def close(self):
        pass


def make_store(folder, codes, counts):
    """An example store of the same windows."""
    from cisgram.data.layout import StoreLayout
    from cisgram.data.store import ExampleBlock, write_store
    from cisgram.genomics.interval import interval_table

    starts = np.arange(len(codes)) * 5000
    windows = interval_table(
        "chr1", starts, starts + INPUT, strand=".", name="", kind="peak", split="train", dropped=""
    )
    layout = StoreLayout(
        input_length=INPUT, output_length=OUTPUT, jitter_bp=JITTER, n_strands=2, track_names=("a",), n_replicates=(1,)
    )
    counts = counts[:, None]  # window strand length -> window track strand length
    replicates = (np.ascontiguousarray(counts[..., JITTER:-JITTER]),)
    return write_store(folder, windows, layout, [ExampleBlock(codes, counts, None, replicates)])


if __name__ == "__main__":
    main()
