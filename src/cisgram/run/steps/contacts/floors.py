"""What needs no model of the sequence: the average map, the mean of each distance, and sites alone."""

from collections.abc import Iterator

import numpy as np

from cisgram.arrays import PairTargets
from cisgram.baselines.contact_sites import fit_site_contacts
from cisgram.data.contact_store import ContactStore, training_average
from cisgram.genomics.contact_pairs import pair_bins
from cisgram.genomics.genome import Genome
from cisgram.io.fasta import read_genome
from cisgram.run.folder import ContactRun
from cisgram.run.steps.contacts.sites import site_strengths, window_sites

AVERAGE, DISTANCE, SITES = "average map", "distance alone", "sites alone"
"""What the floors are called."""


def floors(run: ContactRun, store: ContactStore) -> Iterator[tuple[str, PairTargets]]:
    """Name and prediction of each floor for the test windows, ``window track pair``; learnt from training windows."""
    n_test = store.rows("test").size
    average = training_average(store)
    yield AVERAGE, np.broadcast_to(average, (n_test, *average.shape[1:]))
    distance = pair_bins(store.layout.n_bins, store.layout.diagonal_offset).distance
    n_pairs = np.maximum(1, np.bincount(distance))
    per_distance = np.stack([(np.bincount(distance, weights=one) / n_pairs)[distance] for one in average[0]])
    yield DISTANCE, np.broadcast_to(per_distance[None], (n_test, *per_distance.shape))
    if run.config.sites.is_given:
        yield SITES, _site_predictions(run, store, read_genome(run.input(run.config.genome.fasta)))


def _site_predictions(run: ContactRun, store: ContactStore, genome: Genome) -> PairTargets:
    """What boosted trees make of the sites of test windows."""
    layout, strengths = store.layout, site_strengths(run, genome)
    train, test = (
        [
            window_sites(strengths, store.windows.loc[row], crop_bp=layout.crop_bp, bin_size=layout.bin_size)
            for row in store.rows(part)
        ]
        for part in ("train", "test")
    )
    found = np.empty((len(test), len(layout.track_names), layout.n_pairs), dtype=np.float32)
    for track in range(len(layout.track_names)):
        measured = np.asarray(store.targets[store.rows("train"), track], dtype=np.float32)
        trees = fit_site_contacts(train, measured, diagonal_offset=layout.diagonal_offset, seed=run.config.seed)
        for at, sites in enumerate(test):
            found[at, track] = trees.predict(sites)
    return found
