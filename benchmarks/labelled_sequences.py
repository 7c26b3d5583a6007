"""Basset beside a gkm-SVM and 6-mers on real short sequences with labels: is it bound, how much is expressed.

Binding: sets of bound and unbound human and mouse sequences of 101 bp (GUE); each model learns from the training part,
Basset chooses its epoch by the validation part, and all are judged once on the test part: AUROC and auPRC with 95 %
bootstrap intervals. Expression: yeast promoters of 110 bp measured in two media (Vaishnav et al. 2022), two tracks of
one model with a Gaussian likelihood; promoters that share 20 bp stay in one part (80 / 10 / 10 %), since many are
mutants of each other. Beside it stand ridge regression on 6-mers, and the published model's predictions, which was
trained on 20 to 30 million other promoters. A model of all these promoters then predicts 6,370 of another experiment
(DREAM 2022).

Usage::

    python benchmarks/labelled_sequences.py [--data FOLDER] [--sets tf_0,tf_1,tf_2,mouse_0,mouse_2,yeast] [--models 1]

--models trains so many of different seeds and averages their predictions. One thread. The last result stands in
benchmarks/README.md.
"""

import argparse
import os
import tempfile
import time
import warnings
from functools import partial
from pathlib import Path

os.environ.update({f"{library}_NUM_THREADS": "1" for library in ("OMP", "NUMBA", "OPENBLAS")})

import numpy as np
import pandas as pd
import torch
from scipy.linalg import solve
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from cisgram.baselines.gkmsvm.large import fit_gkmsvm_large
from cisgram.baselines.gkmsvm.score import gkm_scores
from cisgram.baselines.judge import Estimate, judge_scores
from cisgram.baselines.kmers import KmerConfig, fit_kmers, kmer_features, kmer_scores
from cisgram.data.batches import Batches, Sampling
from cisgram.data.labelled_build import store_sequences
from cisgram.errors import CisgramWarning
from cisgram.genomics.sequence import encode
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.io.labelled_sequences import read_labelled_sequences
from cisgram.models.basset import BassetConfig, build, loss_terms
from cisgram.models.labels import standardise_labels
from cisgram.nn.metrics import auroc, pearson, spearman
from cisgram.nn.predict import predict
from cisgram.training.bootstrap import interval_of, resample_blocks, resampled_pearson, resampled_spearman
from cisgram.training.config import FitConfig
from cisgram.training.fit import fit

SETS = ("tf_0", "tf_1", "tf_2", "mouse_0", "mouse_2", "yeast")
MEDIA = ("complex", "defined")
PARTS = ("train", "valid", "test")
BATCH = 128
# Peaks are where they are give or take some bases; in a promoter the distance to the start of transcription counts.
JITTER_BP = {"bernoulli": 8, "gaussian": 0}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    options.add_argument("--data", type=Path, default=Path(os.environ.get("CISGRAM_DATA", beside)))
    options.add_argument("--sets", default=",".join(SETS))
    options.add_argument("--models", type=int, default=1)
    given = options.parse_args()
    if unknown := set(given.sets.split(",")) - set(SETS):
        options.error(f"no such set: {', '.join(sorted(unknown))}; there are {', '.join(SETS)}")
    torch.set_num_threads(1)
    warnings.simplefilter("ignore", CisgramWarning)
    names = given.sets.split(",")
    if binding := [name for name in names if name != "yeast"]:
        print("| set | to train | | test AUROC | less than Basset's by | test auPRC | processor seconds | parameters |")
        print("|---|---|---|---|---|---|---|---|")
        for name in binding:
            bound_or_not(given.data / "seqlabels/gue", name, given.models)
    if "yeast" in names:
        expression(given.data / "seqlabels/yeast_mpra", given.models)


def training_for(n_train, *, seed):
    """How Basset is trained: in few epochs where there are many sequences."""
    epochs = 8 if n_train > 10_000 else 24 if n_train > 5_000 else 40
    return FitConfig(
        epochs=epochs,
        learning_rate=6e-3,
        weight_decay=0.01,
        schedule="cosine",
        warmup_steps=100,
        patience=0,
        precision="bf16-mixed",
        seed=seed,
        accelerator="cpu",
    )


def trained(folder, sequences, labels, split, *, likelihood="bernoulli", seed=0):
    """A Basset that learnt from one part and chose its epoch by another."""
    length = int(sequences.lengths[0])
    tracks = [f"track_{number}" for number in range(labels.shape[1])]
    jitter_bp = JITTER_BP[likelihood]
    store = store_sequences(folder / "store", sequences, labels, split=split, track_names=tracks, jitter_bp=jitter_bp)
    model = build(BassetConfig.short(input_length=length), n_tracks=labels.shape[1], seed=seed)
    measure = partial(loss_terms, likelihood=likelihood)
    if likelihood == "gaussian":
        standardise_labels(model, store.labels(store.rows("train")))
        measure = partial(measure, label_scale=model.head.label_scale)
    fit(
        model,
        measure,
        Batches(store, store.rows("train"), Sampling(BATCH, shuffle=True, jitter_bp=jitter_bp, seed=seed)),
        validation=Batches(store, store.rows("valid"), Sampling(1000)),
        config=training_for(len(store.rows("train")), seed=seed),
        folder=folder / "training",
    )
    return model


def basset(sequences, labels, split, *, n_models, likelihood="bernoulli"):
    """Predictions of all sequences, averaged over models; processor seconds; parameters of a model."""
    began, predictions = time.process_time(), []
    for seed in range(n_models):
        with tempfile.TemporaryDirectory() as folder:
            model = trained(Path(folder), sequences, labels, split, likelihood=likelihood, seed=seed)
        predictions.append(predict(model, np.stack(list(sequences)), batch_size=1000).logits.double().numpy())
    spent = time.process_time() - began
    return np.mean(predictions, axis=0), spent, sum(one.numel() for one in model.parameters())


def bound_or_not(folder, name, n_models):
    """Three rows of the table."""
    parts = [read_labelled_sequences(folder / f"{name}.{part}.csv.gz") for part in ("train", "dev", "test")]
    sequences = joined(*(one for part in parts for one in (part.bound, part.unbound)))
    is_bound = np.concatenate([np.arange(len(part.bound) + len(part.unbound)) < len(part.bound) for part in parts])
    split = np.repeat(PARTS, [len(part.bound) + len(part.unbound) for part in parts])
    train, test = parts[0], split == "test"
    predictions, spent, n_parameters = basset(sequences, is_bound[:, None].astype(np.float32), split, n_models=n_models)
    rows = [("Basset", predictions[test, 0], spent, f"{n_parameters:,}")]
    for method, learn, score in (
        ("gkm-SVM", fit_gkmsvm_large, gkm_scores),
        ("6-mers", fit_kmers, kmer_scores),
    ):
        began = time.process_time()
        model = learn(train.bound, train.unbound)
        found = score(model, sequences.take(np.flatnonzero(test)))
        rows.append((method, found, time.process_time() - began, ""))
    for number, (method, found, seconds, size) in enumerate(rows):
        judged = judge_scores(is_bound[test], found)
        first = [name, f"{(split == 'train').sum():,}"] if number == 0 else ["", ""]
        less = lead(is_bound[test], rows[0][1], found) if number else ""
        print_row(*first, method, judged.auroc, less, judged.auprc, f"{seconds:.0f}", size)


def lead(is_bound, scores, others, *, n_resamples=1000, seed=0):
    """By how much one AUROC is higher than another of the same sequences, drawn anew together, each class alone."""
    rng = np.random.default_rng(seed)
    classes = [np.flatnonzero(is_bound), np.flatnonzero(~is_bound)]
    differences = []
    for _ in range(n_resamples):
        rows = np.concatenate([rng.choice(one, one.size) for one in classes])
        differences.append(auroc(is_bound[rows], scores[rows]) - auroc(is_bound[rows], others[rows]))
    low, high = np.quantile(differences, [0.025, 0.975])
    return Estimate(auroc(is_bound, scores) - auroc(is_bound, others), low, high)


def expression(folder, n_models):
    """The table of promoters, and how those of another experiment are predicted."""
    table = pd.read_csv(folder / "vaishnav2022_test_promoters.tsv.gz", sep="\t")
    wide = {name: table.pivot_table(index="sequence", columns="media", values=name)[list(MEDIA)]
            for name in ("measured", "published_pred")}  # fmt: skip
    texts, labels = list(wide["measured"].index), wide["measured"].to_numpy()
    groups = related(texts)
    split = split_of_groups(groups)
    sequences = SequenceSet.from_codes([encode(text) for text in texts])
    test = split == "test"
    predictions, spent, n_parameters = basset(sequences, labels, split, n_models=n_models, likelihood="gaussian")
    began = time.process_time()
    ridge = ridge_predictions(sequences, labels, split)
    methods = {
        "Basset": (predictions, f"{spent:.0f}", f"{n_parameters:,}"),
        "6-mer ridge": (ridge, f"{time.process_time() - began:.0f}", ""),
        "published, of 20 to 30 million others": (wide["published_pred"].to_numpy(), "", ""),
    }
    n_train, n_test = ((split == part).sum() for part in ("train", "test"))
    print(f"\n{len(texts):,} promoters, {groups.max() + 1:,} groups; {n_train:,} to train, {n_test:,} to test\n")
    print("| medium | test promoters | | Pearson | Spearman | processor seconds | parameters |")
    print("|---|---|---|---|---|---|---|")
    for number, medium in enumerate(MEDIA):
        rows = np.flatnonzero(test & ~np.isnan(labels[:, number]))
        for method, (found, seconds, size) in methods.items():
            linear, ranked = correlations(labels[rows, number], found[rows, number], groups[rows])
            first = [medium, f"{rows.size:,}"] if method == "Basset" else ["", ""]
            print_row(*first, method, linear, ranked, seconds, size)
    other_experiment(folder, sequences, labels, split, n_models=n_models)


def other_experiment(folder, sequences, labels, split, *, n_models):
    """How well a model of these promoters ranks others, measured elsewhere in one medium."""
    other = pd.read_csv(folder / "dream2022_demo_6370.txt.gz", sep="\t", names=["sequence", "measured"])
    length = int(sequences.lengths[0])
    # Their right ends agree: what a shorter one lacks is on the left.
    fitted = SequenceSet.from_codes([encode(text[-length:].rjust(length, "N")) for text in other["sequence"]])
    n = len(fitted)
    everything = joined(sequences, fitted)
    unknown = np.full((n, labels.shape[1]), np.nan)
    parts = np.concatenate([np.where(split == "valid", "valid", "train"), np.repeat("test", n)])
    found, _, _ = basset(everything, np.concatenate([labels, unknown]), parts, n_models=n_models, likelihood="gaussian")
    ridge = ridge_predictions(everything, np.concatenate([labels, unknown]), parts)
    print(f"\nThe same learnt from all, and {n:,} promoters of another experiment (predicted for complex medium):\n")
    print("| | Pearson | Spearman |\n|---|---|---|")
    for method, values in (("Basset", found), ("6-mer ridge", ridge)):
        print_row(method, *correlations(other["measured"].to_numpy(), values[-n:, 0], np.arange(n)))


def ridge_predictions(sequences, labels, split):
    """Ridge regression on counts of 6-mers, one track after the other; the penalty is chosen by the validation part."""
    features, found = kmer_features(sequences, KmerConfig(is_stranded=True)), []
    for track in labels.T:
        known = ~np.isnan(track)
        rows, valid = (np.flatnonzero(known & (split == part)) for part in ("train", "valid"))
        mean, chosen = track[rows].mean(), features[rows]
        squares = (chosen.T @ chosen).toarray()
        products = chosen.T @ (track[rows] - mean)
        tried = []
        for penalty in np.logspace(-3, 2, 6):
            weights = solve(squares + penalty * np.eye(len(squares)), products, assume_a="pos")
            predicted = mean + features @ weights
            tried.append((np.square(predicted - track)[valid].mean(), penalty, predicted))
        found.append(min(tried, key=lambda one: one[:2])[2])
    return np.stack(found, axis=1)


def related(texts, word_bp=20):
    """Number of the group of every promoter; those that share a word of their middle 80 bp are in one group."""
    numbers = {}
    rows, words = [], []
    for row, text in enumerate(texts):
        middle = text[17:-13]  # the rest is the same in all
        for start in range(len(middle) - word_bp + 1):
            rows.append(row)
            words.append(len(texts) + numbers.setdefault(middle[start : start + word_bp], len(numbers)))
    size = len(texts) + len(numbers)
    links = coo_matrix((np.ones(len(rows), dtype=bool), (rows, words)), shape=(size, size))
    return np.unique(connected_components(links, directed=False)[1][: len(texts)], return_inverse=True)[1]


def split_of_groups(groups, seed=0):
    """80 % of the groups to train, 10 % each to choose and to test."""
    shuffled = np.random.default_rng(seed).permutation(groups.max() + 1)
    bounds = np.searchsorted([0.8, 0.9], shuffled / shuffled.size, side="right")
    return np.array(PARTS)[bounds][groups]


def correlations(measured, predicted, groups):
    """Pearson and Spearman correlation with 95 % bootstrap intervals; groups are drawn as a whole."""
    places = pd.DataFrame({"chrom": groups, "start": 0, "end": 1})
    drawn, found = resample_blocks(places), []
    for value, again in ((pearson, resampled_pearson), (spearman, resampled_spearman)):
        low, high = interval_of(again(drawn, measured, predicted))
        found.append(Estimate(value(measured, predicted), low, high))
    return found


def joined(*sets):
    """Several sets of sequences as one."""
    return SequenceSet.from_codes([codes for one in sets for codes in one])


def print_row(*cells):
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


if __name__ == "__main__":
    main()
