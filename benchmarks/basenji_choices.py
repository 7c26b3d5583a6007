"""Likelihoods and trunks of Basenji beside each other, on initiation and open chromatin of yeast.

Each row is the training of configs/yeast_expression.toml, narrower and shorter, with one thing changed: the likelihood,
or how bins see each other. Dense and recurrent trunks have about as many parameters as the residual one. Compared are
predictions of the validation chromosomes, both strands averaged: r per bin, mean over the tracks of an assay, and r
across genes of ln(1 + signal where they begin). Processor time is that of a training step, of one thread.

Usage: python benchmarks/basenji_choices.py --data FOLDER [--epochs 3] [--only NAME ...]
The last result stands in benchmarks/README.md.
"""

import argparse
import tempfile
import time
import tomllib
from pathlib import Path

import numpy as np
import torch

from cisgram.data.binned_store import open_binned
from cisgram.io.fasta import read_genome
from cisgram.nn.metrics import pearson
from cisgram.run import Run
from cisgram.run.config import config_from
from cisgram.run.steps import binned
from cisgram.run.steps.binned.genes import genes_on_genome
from cisgram.run.steps.binned.predict import predicted_rates
from cisgram.run.trained import trained_model
from cisgram.training.gene_agreement import assays_of, gene_signal, gene_starts

CONFIG = Path(__file__).parent.parent / "configs" / "yeast_expression.toml"
NARROW = {"filters": [32, 64], "trunk_filters": 32, "head_filters": 64, "residual_gain": 0.0}
CHOICES = {
    "Poisson, residual": {},
    "Poisson and multinomial (sum x 0.2)": {"likelihood": {"kind": "poisson_multinomial", "total_weight": 0.2}},
    "squared errors": {"likelihood": {"kind": "mse"}},
    "dense trunk": {"model": {"trunk": "dense", "trunk_filters": 20}},
    "recurrent trunk": {"model": {"trunk": "recurrent", "n_trunk_blocks": 2, "trunk_filters": 64}},
}
"""What is changed, section by section."""


def changed(changes, *, epochs):
    """The settings of the shipped run with changes."""
    values = tomllib.loads(CONFIG.read_text())
    for section, own in (("model", NARROW), *changes.items(), ("training", {"epochs": epochs})):
        values[section] = {**values.get(section, {}), **own}
    return config_from(values)


def agreement(run):
    """Correlations on the validation part: per bin by assay, and across genes by assay."""
    store, genome = open_binned(run.examples), read_genome(run.input(run.config.genome.fasta))
    rows, layout = store.rows("valid"), store.layout
    pairs = np.array(layout.strand_pairs)
    parts = predicted_rates(trained_model(run), genome, store.windows.iloc[rows], strand_pairs=pairs, batch_size=16)
    rates, measured = np.concatenate(list(parts)), np.asarray(store.targets[rows], dtype=np.float32)
    per_track = [pearson(measured[:, i].ravel(), rates[:, i].ravel()) for i in range(rates.shape[1])]
    assays = assays_of(layout.track_names, layout.strand_pairs)
    starts = gene_starts(
        genes_on_genome(run, genome),
        store.outputs(rows),
        bin_size=layout.bin_size,
        n_bins=layout.n_bins,
        flank_bp=run.config.evaluation.tss_flank_bp,
    )
    x, y = (np.log1p(gene_signal(values, starts, assays)) for values in (measured, rates))
    return {
        one.name: ((per_track[one.plus] + per_track[one.minus]) / 2, pearson(x[:, at], y[:, at]))
        for at, one in enumerate(assays)
    }


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--epochs", type=int, default=3)
    options.add_argument("--only", nargs="*", choices=CHOICES, default=list(CHOICES))
    given = options.parse_args()
    torch.set_num_threads(1)
    print("| | parameters | CPU ms per step | assay | r per bin | r across genes |\n|---|---|---|---|---|---|")
    for name in given.only:
        with tempfile.TemporaryDirectory() as folder:
            run = Run(Path(folder), changed(CHOICES[name], epochs=given.epochs), data_folder=given.data.resolve())
            binned.prepare(run)
            begun = time.process_time()
            notes = binned.train(run)
            n_steps = given.epochs * -(-notes["n_training_windows"] // run.config.batches.size)
            step = 1000 * (time.process_time() - begun) / n_steps
            for assay, (per_bin, across) in agreement(run).items():
                print(f"| {name} | {notes['n_parameters']:,} | {step:.0f} | {assay} | {per_bin:.3f} | {across:.3f} |")
                name = ""


if __name__ == "__main__":
    main()
