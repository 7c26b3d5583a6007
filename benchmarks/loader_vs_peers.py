"""Windows per second of cisgram's batches, of bpnet-lite's PeakGenerator and of GenVarLoader, in one run.

Everybody reads the same made-up files (8 contigs of 3 Mb, two strands of counts, 20,000 windows) and yields batches of
64 as torch tensors: 2,114 bp of sequence and 1,000 bp x 2 strands of counts, shuffled, with jitter of 128 bp and
reverse complement. Loaders run in processes of their own, take turns, and the medians of the rounds are compared.

What the rows mean:
cisgram            sequences as codes (one byte per base), counts float32; read from a memory-mapped store
cisgram, one-hot   the same, and sequences turned into float32 one-hot on the CPU
bpnet-lite         PeakGenerator: everything in memory; sequences one-hot int8, counts float32; negatives without
                   jitter, 0.1 per peak
GenVarLoader       indexed batch by batch, or by its buffered DataLoader; sequences as letters; it has no random
                   reverse complement, so every second window lies on the minus strand; it has one length for
                   sequence and counts, so counts are 2,114 bp long and a view of the middle is taken
..., 1000 bp       the same with 1,000 bp of sequence only: less work than the others do

Usage, from an environment with cisgram (peers are left out where no interpreter is given)::

    python benchmarks/loader_vs_peers.py --bpnetlite /path/to/python --genvarloader /path/to/python

The last result stands in benchmarks/README.md.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

INPUT, OUTPUT, JITTER, BATCH, N_WINDOWS = 2114, 1000, 128, 64, 20_000
CONTIGS = {f"chr{number}": 3_000_000 for number in range(1, 9)}
LOADERS = (
    "cisgram",
    "cisgram, one-hot",
    "bpnet-lite",
    "GenVarLoader, indexed",
    "GenVarLoader, buffered",
    "GenVarLoader, 1000 bp",
)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--bpnetlite", help="python with bpnet-lite")
    options.add_argument("--genvarloader", help="python with genvarloader")
    options.add_argument("--rounds", type=int, default=9)
    options.add_argument("--worker", choices=LOADERS, help=argparse.SUPPRESS)
    options.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.worker:
        work(given.worker, given.folder)
        return
    pythons = {"cisgram": sys.executable, "bpnet-lite": given.bpnetlite, "GenVarLoader": given.genvarloader}
    with tempfile.TemporaryDirectory() as folder:
        make_files(Path(folder))
        compare({name: pythons[name.split(",")[0]] for name in LOADERS}, Path(folder), rounds=given.rounds)


def compare(pythons, folder, *, rounds):
    """Let all loaders run an epoch in turn, ``rounds`` times, after one that is not counted."""
    workers = {name: start(name, python, folder) for name, python in pythons.items() if python}
    versions = {name: worker.stdout.readline().strip() for name, worker in workers.items()}
    rates = {name: [] for name in workers}
    for number in range(rounds + 1):
        for name, worker in workers.items():
            worker.stdin.write("go\n")
            worker.stdin.flush()
            answer = json.loads(worker.stdout.readline())
            if number:
                rates[name].append(answer["windows"] / answer["seconds"])
    for worker in workers.values():
        worker.stdin.close()
        worker.wait()
    ours = statistics.median(rates["cisgram"])
    print("| loader | windows/s (median) | lowest .. highest | cisgram is faster by |\n|---|---|---|---|")
    for name, values in rates.items():
        middle = statistics.median(values)
        spread = f"{min(values):,.0f} .. {max(values):,.0f}"
        print(f"| {name} ({versions[name]}) | {middle:,.0f} | {spread} | {ours / middle:.2f} x |")


def start(name, python, folder):
    command = [python, __file__, "--worker", name, "--folder", str(folder)]
    # Threads that wait for work by spinning take the core from whoever has work, on any busy machine.
    environment = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE"}
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)


def work(name, folder):
    """Open a loader, say its version, and run an epoch whenever a line arrives."""
    answers, sys.stdout = sys.stdout, sys.stderr  # libraries may print; answers go where they are waited for
    epoch, version = {
        "cisgram": cisgram_loader,
        "cisgram, one-hot": one_hot_loader,
        "bpnet-lite": bpnetlite_loader,
        "GenVarLoader, indexed": genvarloader_indexed,
        "GenVarLoader, buffered": genvarloader_buffered,
        "GenVarLoader, 1000 bp": genvarloader_short,
    }[name](folder)
    print(version, file=answers, flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        windows = epoch()
        print(json.dumps({"windows": windows, "seconds": time.perf_counter() - began}), file=answers, flush=True)


def make_files(folder):
    import numpy as np

    from cisgram.io.bigwig import write_bigwig

    rng = np.random.default_rng(1)
    with (folder / "genome.fa").open("w") as fasta:
        for chrom, size in CONTIGS.items():
            letters = np.frombuffer(b"ACGT", dtype=np.uint8)[rng.integers(0, 4, size)].tobytes().decode()
            fasta.write(f">{chrom}\n" + "\n".join(letters[at : at + 60] for at in range(0, size, 60)) + "\n")
    for strand in ("plus", "minus"):
        counts = ((chrom, rng.poisson(0.1, size).astype(np.float32)) for chrom, size in CONTIGS.items())
        write_bigwig(folder / f"{strand}.bw", CONTIGS, counts)
    for name, n in (("peaks", N_WINDOWS), ("negatives", 1000)):
        chroms = rng.choice(list(CONTIGS), n)
        starts = rng.integers(5000, 2_990_000, n)
        lines = [
            f"{chrom}\t{at}\t{at + INPUT}\t.\t0\t{'+-'[i % 2]}\n"
            for i, (chrom, at) in enumerate(zip(chroms, starts, strict=True))
        ]
        (folder / f"{name}.bed").write_text("".join(lines))


def cisgram_batches(folder):
    import cisgram
    from cisgram.data.batches import Batches, Sampling
    from cisgram.data.build import build_store
    from cisgram.data.tracks import StrandFiles, TrackFiles
    from cisgram.data.windows import propose_windows
    from cisgram.io.fasta import read_genome
    from cisgram.io.tables import read_intervals

    genome = read_genome(folder / "genome.fa", cache_folder=folder / "cache")
    peaks = read_intervals(folder / "peaks.bed")
    windows = propose_windows(peaks, sizes=genome.sizes, input_length=INPUT, jitter_bp=JITTER, center="middle")
    track = TrackFiles("counts", (StrandFiles(folder / "plus.bw", folder / "minus.bw"),))
    lengths = {"input_length": INPUT, "output_length": OUTPUT, "jitter_bp": JITTER}
    name = tempfile.mkdtemp(dir=folder)
    store = build_store(Path(name) / "examples", windows, genome, [track], **lengths)
    sampling = Sampling(batch_size=BATCH, shuffle=True, jitter_bp=JITTER, reverse_complement=True)
    return Batches(store, store.rows(), sampling), cisgram.__version__


def cisgram_loader(folder):
    batches, version = cisgram_batches(folder)
    numbers = iter(range(1000))
    return lambda: sum(len(batch.targets) for batch in batches.epoch(next(numbers))), version


def one_hot_loader(folder):
    from cisgram.nn.blocks import one_hot

    batches, version = cisgram_batches(folder)
    numbers = iter(range(1000))
    return lambda: sum(len(one_hot(batch.inputs)) for batch in batches.epoch(next(numbers))), version


def bpnetlite_loader(folder):
    from importlib.metadata import version

    from bpnetlite.io import PeakGenerator

    loader = PeakGenerator(
        str(folder / "peaks.bed"),
        str(folder / "negatives.bed"),
        str(folder / "genome.fa"),
        [str(folder / "plus.bw"), str(folder / "minus.bw")],
        in_window=INPUT,
        out_window=OUTPUT,
        max_jitter=JITTER,
        reverse_complement=True,
        random_state=0,
        pin_memory=False,
        batch_size=BATCH,
    )
    return lambda: sum(len(batch[0]) for batch in loader), version("bpnet-lite")


def genvarloader_dataset(folder, length=INPUT):
    from importlib.metadata import version

    import genvarloader as gvl
    import pysam

    own = Path(tempfile.mkdtemp(dir=folder))
    fasta = own / "genome.fa"
    fasta.symlink_to(folder / "genome.fa")
    pysam.faidx(str(fasta))
    tracks = [gvl.BigWigs(strand, {"sample": str(folder / f"{strand}.bw")}) for strand in ("plus", "minus")]
    gvl.write(own / "examples.gvl", gvl.read_bedlike(folder / "peaks.bed"), tracks=tracks, max_jitter=JITTER)
    data = gvl.Dataset.open(own / "examples.gvl", reference=fasta, jitter=JITTER, rng=0, deterministic=False)
    return data.with_len(length).with_seqs("reference").with_tracks(["plus", "minus"]), version("genvarloader")


def as_tensors(letters, counts):
    import numpy as np
    import torch

    tracks = counts if isinstance(counts, torch.Tensor) else torch.from_numpy(counts)
    crop = (tracks.shape[-1] - OUTPUT) // 2
    return torch.from_numpy(letters.view(np.uint8)), tracks[..., crop : crop + OUTPUT]


def genvarloader_short(folder):
    return genvarloader_indexed(folder, OUTPUT)


def genvarloader_indexed(folder, length=INPUT):
    import numpy as np

    data, version = genvarloader_dataset(folder, length)
    rng = np.random.default_rng(0)

    def epoch():
        order = rng.permutation(N_WINDOWS)
        return sum(len(as_tensors(*data[order[at : at + BATCH], 0])[0]) for at in range(0, N_WINDOWS, BATCH))

    return epoch, version


def genvarloader_buffered(folder):
    data, version = genvarloader_dataset(folder)
    loader = data.to_dataloader(batch_size=BATCH, shuffle=True, mode="buffered")
    return lambda: sum(len(as_tensors(*batch)[0]) for batch in loader), version


if __name__ == "__main__":
    main()
