"""Motif discovery on measured data: is the motif found the protein's own, how well does it tell bound from unbound.

Three parts, each chosen by name:

ctcf    39,184 CTCF peak sequences of 100 bp: seconds for five motifs, with all threads of numba
rossi   ChExMix summits of S. cerevisiae (Rossi et al. 2021), 100 bp around them, every factor with 200 or more whose
        motif a database has (JASPAR 2024 fungi, SwissRegulon): is a motif of that factor the best match of the first
        motif found? Against dinucleotide shuffles, and against windows of the other factors (matched in GC)
gue     the sets of bound and unbound sequences of GUE (human tf_0..2, mouse_0 and 2): motifs found in the training
        part, held-out AUROC of the best score of each on the test part

Usage::

    python benchmarks/discovery_on_measured_data.py --data DATA [ctcf rossi gue]

DATA holds the folders yeast/, motifs/ and seqlabels/. The last result stands in benchmarks/README.md.
"""

import argparse
import logging
import time
import warnings
from pathlib import Path

import numpy as np

from cisgram.errors import CisgramWarning
from cisgram.genomics.interval import overlaps, resize
from cisgram.genomics.sequences_at import sequences_at
from cisgram.io.fasta import read_genome
from cisgram.io.labelled_sequences import read_labelled_sequences
from cisgram.io.motifs import read_motifs
from cisgram.io.sequences import read_sequences
from cisgram.io.tables import read_intervals
from cisgram.motifs.denovo.config import DiscoveryConfig
from cisgram.motifs.denovo.discover import discover_motifs
from cisgram.motifs.gene_names import motifs_named, own_motif
from cisgram.motifs.match import match_motifs
from cisgram.motifs.scanning.best_scores import best_scores
from cisgram.nn.metrics import auroc

MIN_SUMMITS, WIDTH, N_OTHERS = 200, 100, 4000


def main():
    options = argparse.ArgumentParser()
    options.add_argument("parts", nargs="*", default=["ctcf", "rossi", "gue"])
    options.add_argument("--data", type=Path, required=True)
    given = options.parse_args()
    warnings.simplefilter("ignore", CisgramWarning)
    logging.disable(logging.INFO)
    for part in given.parts:
        {"ctcf": ctcf, "rossi": rossi, "gue": gue}[part](given.data)


def ctcf(data):
    sequences = read_sequences(data / "seqlabels/ctcf/ctcf.fa.gz").sequences
    discover_motifs(sequences.take(np.arange(300)), config=DiscoveryConfig(n_motifs=1))  # loads the kernels
    began = time.perf_counter()
    found = discover_motifs(sequences, config=DiscoveryConfig(n_motifs=5, patience=4))
    print(f"\n{len(sequences):,} sequences, 5 motifs tried: {time.perf_counter() - began:.1f} s")
    known = read_motifs(data / "motifs/JASPAR2024_CORE_vertebrates_nr.meme")
    heads("motif", "held out", "shuffled", "AUROC", "best match")
    for one in (*found.motifs, *found.rejected):
        match = match_motifs([one.motif], known, n_best=1).iloc[0]
        name = f"{match['alternate_name']} (q = {match['q_value']:.1g})"
        row(f"{one.motif.name} `{one.motif.consensus()}`", *shares(one.enrichment), f"{one.enrichment.auroc:.3f}", name)


def heads(*names):
    row(*names)
    print("|" + "---|" * len(names))


def row(*cells):
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def shares(enrichment):
    of_control = enrichment.n_control_with / max(enrichment.n_control, 1)
    return f"{enrichment.n_with / max(enrichment.n, 1):.0%}", f"{of_control:.1%}"


def rossi(data):
    genome = read_genome(data / "yeast/R64-1-1.fa.gz")
    summits = read_intervals(data / "yeast/chipexo/rossi2021_summits.bed.gz")
    windows = resize(summits, WIDTH, center=summits["start"])
    databases = ("JASPAR2024_CORE_fungi_nr.meme", "SwissRegulon_s_cer.meme")
    known = [motif for name in databases for motif in read_motifs(data / "motifs" / name)]
    counts = summits["name"].value_counts()
    factors = [name for name, n in counts.items() if n >= MIN_SUMMITS]
    judged = [name for name in factors if motifs_named(known, name)]
    print(f"\n{len(factors)} factors with {MIN_SUMMITS} summits or more, {len(judged)} with a motif in the databases")
    parts = ("motif", "held out / control", "own motif's rank, q")
    heads("factor", "summits", *(f"{name}: {part}" for name in ("shuffled", "others") for part in parts))
    n_first = {"shuffled": 0, "others": 0}
    for factor in judged:
        own, others = windows[windows["name"] == factor], windows[windows["name"] != factor]
        sequences = sequences_at(genome, own).sequences
        others = others[~overlaps(others, own)].drop_duplicates(["chrom", "start"])
        control = sequences_at(genome, others.sample(min(len(others), N_OTHERS), random_state=1)).sequences
        cells = []
        for name, against in (("shuffled", None), ("others", control)):
            found = discover_motifs(sequences, control=against, config=DiscoveryConfig(n_motifs=1))
            if not found.motifs:
                cells += ["none", "-", "-"]
                continue
            first = found.motifs[0]
            match = own_motif(first.motif, known, factor)
            n_first[name] += match.rank == 1
            best = next(one for one in known if one.name == match.best_name)
            better = "" if match.rank == 1 else f" ({best.alternate_name or best.name} is 1)"
            place = "**1**" if match.rank == 1 else str(match.rank)
            cells += [
                f"`{first.motif.consensus()}`",
                " / ".join(shares(first.enrichment)),
                f"{place}, {match.q_value:.0e}{better}",
            ]
        row(factor, counts[factor], *cells)
    print(f"the factor's own motif is the best match: {n_first} of {len(judged)}")


def gue(data):
    known = read_motifs(data / "motifs/JASPAR2024_CORE_vertebrates_nr.meme")
    print()
    heads("set", "bound / unbound", "seconds", "first motif", "its best match", "test AUROC", "AUROC of the others")
    for name in ("tf_0", "tf_1", "tf_2", "mouse_0", "mouse_2"):
        train, test = (
            read_labelled_sequences(data / f"seqlabels/gue/{name}.{part}.csv.gz") for part in ("train", "test")
        )
        began = time.perf_counter()
        found = discover_motifs(train.bound, control=train.unbound, config=DiscoveryConfig(n_motifs=3))
        cells = [name, f"{len(train.bound):,} / {len(train.unbound):,}", f"{time.perf_counter() - began:.1f}"]
        values = []
        for one in found.motifs:
            scores = [
                best_scores(one.motif, part, background=found.background).score for part in (test.bound, test.unbound)
            ]
            is_bound = np.arange(len(test.bound) + len(test.unbound)) < len(test.bound)
            values.append(f"{auroc(is_bound, np.concatenate(scores)):.3f}")
        if not values:
            row(*cells, "none", "-", "-", "-")
            continue
        match = match_motifs([found.motifs[0].motif], known, n_best=1).iloc[0]
        best = f"{match['alternate_name']} (q = {match['q_value']:.0e})"
        row(*cells, f"`{found.motifs[0].motif.consensus()}`", best, values[0], ", ".join(values[1:]) or "-")


if __name__ == "__main__":
    main()
