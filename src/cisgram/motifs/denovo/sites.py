"""Sites: the places at which a discovered motif most probably lies."""

import numpy as np
import pandas as pd

from cisgram.arrays import Matrix
from cisgram.genomics.interval import interval_table
from cisgram.motifs.denovo.anr import posteriors_anr
from cisgram.motifs.denovo.config import Occurrence
from cisgram.motifs.denovo.em import expect
from cisgram.motifs.denovo.places import Places, best_sites, fits_at

SITE_COLUMNS = ("sequence", "name", "start", "end", "strand", "score", "posterior")
"""Columns of a table of sites: row of the sequence, its name, 0-based half-open place in the sequence, strand, score
in bits (log2 of the likelihood ratio against the background), and the posterior probability of a site there."""


def place_sites(places: Places, ppm: Matrix, *, rate: float, occurrence: Occurrence) -> pd.DataFrame:
    """Place a motif in sequences.

    Under ``oops`` every sequence has its best place; under ``zoops`` so have those sequences that hold a site with a
    probability of at least a half; under ``anr`` every place of at least that probability counts. Both strands of a
    place count together; the strand given is the one that fits better.

    Parameters
    ----------
    places
        Prepared sequences.
    ppm
        The motif, ``4 length``.
    rate
        Share of sequences with a site (zoops), or probability of a site at a free place (anr).
    occurrence
        How often the motif occurs in a sequence.

    Returns
    -------
    pandas.DataFrame
        :data:`SITE_COLUMNS`, by sequence and start.
    """
    masses = places.masses(ppm.shape[1])
    if occurrence == "anr":
        of_places = posteriors_anr(places, ppm, masses, rate)
        at = np.flatnonzero(of_places.sum(axis=1) >= 0.5)
        posterior = of_places[at].sum(axis=1)
    else:
        best = best_sites(places, ppm)
        rows = np.flatnonzero(best.start >= 0)
        log_likelihood = expect(places, ppm, masses, occurrence=occurrence, rate=rate).log_likelihood[rows]
        if occurrence == "zoops":
            has_site = 1 - np.exp(np.log1p(-rate) - log_likelihood) >= 0.5
            rows, log_likelihood = rows[has_site], log_likelihood[has_site]
        at = places.starts[rows] + best.start[rows]
        mass = np.add.reduceat(masses, places.starts[:-1])[rows] * places.n_strands
        share = (rate if occurrence == "zoops" else 1.0) * masses[at] / mass
        posterior = share * np.exp(fits_at(places, ppm, at) - log_likelihood[:, None]).sum(axis=1)
    return _table(places, ppm, at, np.minimum(posterior, 1.0))


def sites_on_genome(sites: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """Carry sites over from sequences to the genome that these were cut from.

    Parameters
    ----------
    sites
        From :func:`place_sites`.
    places
        Where the sequences lie: :attr:`cisgram.genomics.sequence_set.SequenceSet.places`. A sequence on strand ``-``
        was read along it: its sites change strands.

    Returns
    -------
    pandas.DataFrame
        Interval table in the order of the sites: ``chrom``, ``start``, ``end``, ``name`` (of the sequence), ``score``
        (bits), ``strand``.

    Examples
    --------
    >>> sites = pd.DataFrame({"sequence": [0], "name": ["a"], "start": [2], "end": [8], "strand": ["+"], "score": [9]})
    >>> places = pd.DataFrame({"chrom": ["I"], "start": [100], "end": [200], "strand": ["-"]})
    >>> sites_on_genome(sites, places).to_numpy().tolist()
    [['I', 192, 198, 'a', 9, '-']]
    """
    own = places.iloc[sites["sequence"].to_numpy()]
    is_reversed = own["strand"].to_numpy() == "-" if "strand" in own else np.zeros(len(own), dtype=bool)
    first, last = own["start"].to_numpy(), own["end"].to_numpy()
    turned = sites["strand"].map({"+": "-", "-": "+"}).to_numpy()
    return interval_table(
        own["chrom"].to_numpy(),
        np.where(is_reversed, last - sites["end"].to_numpy(), first + sites["start"].to_numpy()),
        np.where(is_reversed, last - sites["start"].to_numpy(), first + sites["end"].to_numpy()),
        name=sites["name"].to_numpy(),
        score=sites["score"].to_numpy(),
        strand=np.where(is_reversed, turned, sites["strand"].to_numpy()),
    )


def _table(places: Places, ppm: Matrix, at: np.ndarray, posterior: np.ndarray) -> pd.DataFrame:
    """Describe sites that begin at positions of the joined sequences."""
    fits = fits_at(places, ppm, at)
    rows = np.searchsorted(places.starts, at, side="right") - 1
    start = at - places.starts[rows]
    return pd.DataFrame(
        {
            "sequence": rows.astype(np.int64),
            "name": pd.Series([str(places.sequences.names[row]) for row in rows], dtype=str),
            "start": start,
            "end": start + ppm.shape[1],
            "strand": pd.Series(np.array(["+", "-"])[fits.argmax(axis=1)], dtype=str),
            "score": fits.max(axis=1) / np.log(2),
            "posterior": posterior,
        },
        columns=list(SITE_COLUMNS),
    )
