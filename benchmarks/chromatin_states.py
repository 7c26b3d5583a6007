"""Processor seconds per pass of Baum and Welch: cisgram beside ChromHMM, and how time and memory grow with the data.

GM12878 and K562, chromosome 11, ten marks, 200 bp, ten states, the same start and the same likelihoods. Both programs
run as processes with one thread, in turn, with few and with many passes; the difference, per pass, leaves out start,
reading and writing. User time counts. Then cisgram alone on growing copies of the two cell types as further ones
(marks of a copy are moved along, so that runs differ), from which 100 cell types of 3 Gb follow.

Usage::

    python benchmarks/chromatin_states.py [--data FOLDER] [--rounds N] [--copies N [N ...]]

Without the program ChromHMM, cisgram is timed alone. The last result stands in benchmarks/README.md.
"""

import argparse
import itertools
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FEW, MANY = 5, 45
ONE_THREAD = {"NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
GENOMES_BP, BIN_BP = 100 * 3_000_000_000, 200


def main():
    options = argparse.ArgumentParser()
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    options.add_argument("--data", type=Path, default=Path(os.environ.get("CISGRAM_DATA", beside)))
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--copies", type=int, nargs="+", default=[1, 2, 4, 8])
    options.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.child:
        child(*given.child)
        return
    with tempfile.TemporaryDirectory() as folder:
        marks = Path(folder) / "marks"
        marks.mkdir()
        for file in (given.data / "chromhmm").glob("*_binary.txt.gz"):
            shutil.copy(file, marks)
        beside_chromhmm(marks, Path(folder), given.rounds)
        growth(marks, given.copies)


def child(what, folder, number):
    """Learn as a user would; or time passes over copies and say how much memory they take."""
    from cisgram.chromatin.baum_welch import EMConfig
    from cisgram.chromatin.learn import LearnConfig, learn_states
    from cisgram.io.chromhmm.binarised import read_binarised

    patterns = read_binarised(folder)
    if what == "learn":
        learned = learn_states(patterns, 10, LearnConfig(em=EMConfig(max_iterations=int(number))))
        print(f"{learned.log_likelihood:.3f}")
        return
    copied = copies(patterns, int(number))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    stamps = []
    config = LearnConfig(em=EMConfig(max_iterations=6))
    learn_states(copied, 10, config, on_progress=lambda _: stamps.append(time.process_time()))
    per_pass = statistics.median(after - start for start, after in itertools.pairwise(stamps))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    n_runs = sum(len(runs.pattern) for runs in copied.contigs)
    print(copied.n_bins, n_runs, per_pass, before / 1024, after / 1024)


def copies(patterns, n):
    """The same cell types n times, each copy moved along by some runs."""
    import dataclasses

    import numpy as np

    contigs = []
    for copy in range(n):
        for runs in patterns.contigs:
            by = 1013 * copy
            contigs.append(
                runs._replace(
                    cell=f"{runs.cell}_{copy}", pattern=np.roll(runs.pattern, by), length=np.roll(runs.length, by)
                )
            )
    return dataclasses.replace(patterns, contigs=tuple(contigs))


def beside_chromhmm(marks, folder, rounds):
    """A table of user seconds per pass."""
    ways = {"cisgram": cisgram}
    if shutil.which("ChromHMM"):
        ways["ChromHMM"] = chromhmm
    cisgram(marks, folder, FEW)  # compiles the kernels
    seconds = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            (few, _), (many, likelihood) = way(marks, folder, FEW), way(marks, folder, MANY)
            seconds[name].append((many - few) / (MANY - FEW))
            print(
                f"{name}: {seconds[name][-1]:.4f} s per pass, likelihood after {MANY} passes {likelihood}", flush=True
            )
    middle = {name: statistics.median(values) for name, values in seconds.items()}
    print("\n| | user s per pass (median) | lowest .. highest | of cisgram |\n|---|---|---|---|")
    for name, values in seconds.items():
        ratio = middle[name] / middle["cisgram"]
        print(f"| {name} | {middle[name]:.4f} | {min(values):.4f} .. {max(values):.4f} | {ratio:.1f} x |")


def cisgram(marks, folder, n_passes):
    del folder
    return timed([sys.executable, __file__, "--child", "learn", str(marks), str(n_passes)], ONE_THREAD)


def chromhmm(marks, folder, n_passes):
    bare = ["-noautoopen", "-nobrowser", "-noenrich", "-noimage", "-nobed", "-p", "1", "-r", str(n_passes)]
    return timed(["ChromHMM", "LearnModel", *bare, str(marks), str(folder / "out"), "10", "hg18"], {})


def timed(command, environment):
    """User seconds of a process and the last log-likelihood that it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=True)
    seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    numbers = [
        word for line in done.stdout.splitlines() for word in line.split() if word.startswith("-") and "." in word
    ]
    return seconds, numbers[-1]


def growth(marks, numbers):
    """Time and memory over copies of the data, and the line through them."""
    import numpy as np

    print("\n| cell types | million bins | thousand runs | user s per pass | MB beyond the marks |")
    print("|---|---|---|---|---|")
    rows = []
    for number in numbers:
        command = [sys.executable, __file__, "--child", "grow", str(marks), str(number)]
        done = subprocess.run(command, env=os.environ | ONE_THREAD, capture_output=True, text=True, check=True)
        n_bins, n_runs, seconds, before, after = map(float, done.stdout.split())
        rows.append((n_bins, seconds, after))
        print(f"| {2 * number} | {n_bins / 1e6:.2f} | {n_runs / 1e3:.0f} | {seconds:.4f} | {after - before:.0f} |")
    if len(rows) < 2:
        return
    n_bins, seconds, megabytes = np.array(rows).T
    pace, first = np.polyfit(n_bins, seconds, 1)
    room, own = np.polyfit(n_bins, megabytes, 1)
    goal = GENOMES_BP / BIN_BP
    print(f"\nper million bins: {1e6 * pace:.4f} s and {1e6 * room:.2f} MB, beside {first:.3f} s and {own:.0f} MB once")
    print(f"100 cell types of 3 Gb: {goal * pace + first:.0f} user s per pass, {(goal * room + own) / 1024:.1f} GB")


if __name__ == "__main__":
    main()
