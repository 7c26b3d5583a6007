"""Processor seconds to train a gkm-SVM on NFE2 (644 + 644 sequences of about 240 bp), and its AUROC: beside LS-GKM.

Both begin with two FASTA files and end with a model file (l = 11, k = 7, d = 3, C = 1, one thread); then both score the
69 + 69 test sequences with it. cisgram runs in a process of its own whose kernels were compiled before; its start and
imports are counted. Processes take turns; medians of the rounds. Below, LS-GKM's program scores with our model file.

With --gue, a second table: the trainer for large sets beside the exact one and 6-mer logistic regression, on the sets
of bound and unbound sequences of GUE (exact up to --exact sequences).

Usage::

    python benchmarks/gkmsvm_vs_lsgkm.py --lsgkm FOLDER [--data FOLDER] [--rounds N] [--gue]

FOLDER holds gkmtrain and gkmpredict (built by make in the src/ of LS-GKM). The last result stands in
benchmarks/README.md.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

NFE2 = "seqlabels/lsgkm/wgEncodeSydhTfbsGm12878Nfe2hStdAlnRep0"
ONE_THREAD = {"NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def main():
    options = argparse.ArgumentParser()
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    options.add_argument("--data", type=Path, default=Path(os.environ.get("CISGRAM_DATA", beside)))
    options.add_argument("--lsgkm", type=Path, help="folder with gkmtrain and gkmpredict")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--gue", action="store_true")
    options.add_argument("--exact", type=int, default=8000)
    options.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.child:
        child(*given.child)
        return
    with tempfile.TemporaryDirectory() as folder:
        nfe2(given, Path(folder))
    if given.gue:
        gue(given.data / "seqlabels/gue", given.exact)


def child(way, *files):
    """Train as a user would, from files to a file; or score."""
    from cisgram.io.gkm_model import read_gkm_model, write_gkm_model
    from cisgram.io.sequences import read_sequences

    if way == "score":
        from cisgram.baselines.gkmsvm.score import gkm_scores

        np.savetxt(files[2], gkm_scores(read_gkm_model(files[0]), read_sequences(files[1]).sequences))
        return
    classes = [read_sequences(file).sequences for file in files[:2]]
    if way == "exact":
        from cisgram.baselines.gkmsvm.train import fit_gkmsvm as fit
    else:
        from cisgram.baselines.gkmsvm.large import fit_gkmsvm_large as fit
    write_gkm_model(files[2], fit(*classes))


def nfe2(given, folder):
    files = [f"{given.data / NFE2}{ending}" for ending in (".tr.fa", ".neg.tr.fa", ".test.fa", ".neg.test.fa")]
    ours = [sys.executable, __file__, "--child"]
    train = {way: [*ours, name, *files[:2], folder / f"{name}.model.txt"] for way, name in OURS.items()}
    score = {way: [*ours, "score", folder / f"{name}.model.txt"] for way, name in OURS.items()}
    if given.lsgkm:
        train["LS-GKM"] = [given.lsgkm / "gkmtrain", "-v", "0", "-m", "4000", *files[:2], folder / "lsgkm"]
        predict = [given.lsgkm / "gkmpredict", "-v", "0"]
    for command in train.values():
        if command[0] == sys.executable:
            seconds(command)  # compiles the kernels
    times = {way: [] for way in train}
    for _ in range(given.rounds):
        for way, command in train.items():
            times[way].append(seconds(command))
    rows, scores = [], {}
    for way in train:
        parts = []
        for number, file in enumerate(files[2:]):
            out = folder / f"{number}.txt"
            if way == "LS-GKM":
                seconds([*predict, file, folder / "lsgkm.model.txt", out])
                parts.append(np.loadtxt(out, usecols=1))
            else:
                seconds([*score[way], file, out])
                parts.append(np.loadtxt(out))
        scores[way] = np.concatenate(parts)
    base = statistics.median(one[0] for one in times["cisgram"])
    print("| | processor seconds (median) | lowest .. highest | wall | of cisgram, exact | test AUROC |")
    print("|---|---|---|---|---|---|")
    for way, found in times.items():
        cpu, wall = ([one[i] for one in found] for i in (0, 1))
        middle = statistics.median(cpu)
        row = [way, f"{middle:.2f}", f"{min(cpu):.2f} .. {max(cpu):.2f}", f"{statistics.median(wall):.2f}"]
        rows.append([*row, f"{middle / base:.2f} x", f"{area(scores[way], 69):.4f}"])
        print("| " + " | ".join(rows[-1]) + " |", flush=True)
    if given.lsgkm:
        theirs = []
        for number, file in enumerate(files[2:]):
            seconds([*predict, file, folder / "exact.model.txt", folder / f"{number}.txt"])
            theirs.append(np.loadtxt(folder / f"{number}.txt", usecols=1))
        here = scores["cisgram"]
        largest = np.abs(np.concatenate(theirs) - here).max()
        print(f"\nlargest difference of scores: our model in both programs {largest:.1e}")
        print(f"each program's own model: {np.abs(scores['LS-GKM'] - here).max():.1e}")


OURS = {"cisgram": "exact", "cisgram, for large sets": "large"}


def seconds(command):
    """Processor seconds of a child, and seconds on the clock."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(list(map(str, command)), check=True, env=os.environ | ONE_THREAD, stdout=subprocess.DEVNULL)
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - began
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def area(scores, n_positive):
    from cisgram.nn.metrics import auroc

    return auroc(np.arange(len(scores)) < n_positive, scores)


def gue(folder, most_exact):
    from cisgram.baselines.gkmsvm.large import fit_gkmsvm_large
    from cisgram.baselines.gkmsvm.score import gkm_scores
    from cisgram.baselines.gkmsvm.train import fit_gkmsvm
    from cisgram.baselines.judge import judge_scores
    from cisgram.baselines.kmers import fit_kmers, kmer_scores
    from cisgram.errors import CisgramWarning
    from cisgram.io.labelled_sequences import read_labelled_sequences

    warnings.simplefilter("ignore", CisgramWarning)
    print("\n| set | training sequences | exact: processor s | AUROC | for large sets: processor s | AUROC | 6-mers |")
    print("|---|---|---|---|---|---|---|")
    for name in ("tf_0", "tf_1", "tf_2", "mouse_0", "mouse_2"):
        train, test = (read_labelled_sequences(folder / f"{name}.{part}.csv.gz") for part in ("train", "test"))
        n = len(train.bound) + len(train.unbound)
        cells = [name, f"{n:,}"]
        for fit, score in ((fit_gkmsvm, gkm_scores), (fit_gkmsvm_large, gkm_scores), (fit_kmers, kmer_scores)):
            if fit is fit_gkmsvm and n > most_exact:
                cells += ["-", "-"]
                continue
            began = time.process_time()
            model = fit(train.bound, train.unbound)
            spent = time.process_time() - began
            found = np.concatenate([score(model, one) for one in (test.bound, test.unbound)])
            judged = judge_scores(np.arange(len(found)) < len(test.bound), found).auroc
            cells += [str(judged)] if fit is fit_kmers else [f"{spent:.1f}", str(judged)]
        print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
