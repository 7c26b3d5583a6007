"""What sites alone say of contacts: strengths and strands of sites at two bins and between them, and boosted trees.

The floor that a model of contact maps must pass to have learnt more than where its sites lie: most of the pattern of a
mammalian map follows from CTCF sites and their orientation (Rao et al. 2014; Sanborn et al. 2015).
"""

from collections.abc import Sequence

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from cisgram.arrays import PairFeatures, PairValues, PairValuesOfWindows, StrandSites
from cisgram.errors import EmptySetError, InputError
from cisgram.genomics.contact_pairs import pair_bins

SITE_FEATURES = (
    "distance",
    "left_plus",
    "left_minus",
    "right_plus",
    "right_minus",
    "convergent",
    "tandem",
    "divergent",
    "between_plus",
    "between_minus",
    "strongest_between",
    "around_left",
    "around_right",
)
"""What is known of a pair of bins, see :func:`site_features`."""

MAX_PAIRS = 300_000
"""So many pairs of training windows are learnt from, drawn at random."""


def site_features(sites: StrandSites, *, diagonal_offset: int) -> PairFeatures:
    """Describe every pair of bins by the sites at its ends and between them.

    Columns, :data:`SITE_FEATURES`: the distance in bins; strength of sites on each strand at the left and at the right
    bin; products of strengths for convergent (plus left, minus right), tandem and divergent ends; sums between the
    ends, and the strongest bin there; and sums within two bins around each end.

    Parameters
    ----------
    sites
        Strength of the sites in every bin of a window, on the plus and on the minus strand; 0 where there is none.
        Where strands are not known, give half of each to both.
    diagonal_offset
        Distance of the closest pairs in bins.

    Examples
    --------
    >>> sites = np.array([[2.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 3.0]])
    >>> first = dict(zip(SITE_FEATURES, site_features(sites, diagonal_offset=2)[1].tolist()))
    >>> first["distance"], first["convergent"], first["between_plus"]
    (3.0, 6.0, 1.0)
    """
    n_bins = sites.shape[1]
    row, column = pair_bins(n_bins, diagonal_offset)
    plus, minus = sites
    both = plus + minus
    sums = np.concatenate([np.zeros((3, 1)), np.cumsum([plus, minus, both], axis=1)], axis=1)
    between = sums[:, column] - sums[:, row + 1]
    left, right = np.maximum(np.arange(n_bins) - 2, 0), np.minimum(np.arange(n_bins) + 3, n_bins)
    around = sums[2, right] - sums[2, left]
    return np.stack(
        [
            column - row,
            plus[row],
            minus[row],
            plus[column],
            minus[column],
            plus[row] * minus[column],
            plus[row] * plus[column] + minus[row] * minus[column],
            minus[row] * plus[column],
            between[0],
            between[1],
            _strongest_between(both)[row, column],
            around[row],
            around[column],
        ],
        axis=1,
    ).astype(np.float64)


class SiteContacts:
    """Boosted trees that predict contacts from sites; made by :func:`fit_site_contacts`.

    Parameters
    ----------
    trees
        Fitted regression.
    diagonal_offset
        Distance of the closest pairs in bins.
    """

    def __init__(self, trees: HistGradientBoostingRegressor, diagonal_offset: int) -> None:
        self._trees, self._diagonal_offset = trees, diagonal_offset

    def predict(self, sites: StrandSites) -> PairValues:
        """Log observed over expected of all pairs of a window."""
        with threadpool_limits(limits=1, user_api="openmp"):
            return self._trees.predict(site_features(sites, diagonal_offset=self._diagonal_offset))


def fit_site_contacts(
    sites: Sequence[StrandSites], measured: PairValuesOfWindows, *, diagonal_offset: int, seed: int = 0
) -> SiteContacts:
    """Learn contacts from the sites of training windows.

    Parameters
    ----------
    sites
        Strengths of sites, one array per window.
    measured
        Natural log observed over expected of all pairs of the same windows; NaN where it is not known.
    diagonal_offset
        Distance of the closest pairs in bins.
    seed
        Of the draw of :data:`MAX_PAIRS` pairs.

    Raises
    ------
    EmptySetError
        Where nothing is known.
    InputError
        Where there is not one array of sites per window.
    """
    if len(sites) != len(measured):
        raise InputError(f"sites are needed of every window: {len(measured)}; got {len(sites)}")
    rng = np.random.default_rng(seed)
    per_window = max(1, MAX_PAIRS // max(1, len(measured)))
    features, values = [], []
    for own, wanted in zip(sites, measured, strict=True):
        known = np.flatnonzero(~np.isnan(wanted))
        chosen = np.sort(rng.choice(known, min(per_window, known.size), replace=False))
        features.append(site_features(own, diagonal_offset=diagonal_offset)[chosen].astype(np.float32))
        values.append(wanted[chosen].astype(np.float64))
    if not sum(one.size for one in values):
        raise EmptySetError("pairs of bins to learn from", dropped={}, hint="no training window has known pairs")
    trees = HistGradientBoostingRegressor(max_iter=200, learning_rate=0.1, min_samples_leaf=50, random_state=seed)
    # One thread: sums over several depend on their number in the last digits.
    with threadpool_limits(limits=1, user_api="openmp"):
        trees.fit(np.concatenate(features), np.concatenate(values))
    return SiteContacts(trees, diagonal_offset)


def _strongest_between(strength: np.ndarray) -> np.ndarray:
    """The largest strength strictly between two bins, ``bin bin``; 0 where nothing lies between."""
    n = strength.size
    strongest = np.zeros((n, n))
    for distance in range(2, n):
        at = np.arange(n - distance)
        strongest[at, at + distance] = np.maximum(strongest[at, at + distance - 1], strength[at + distance - 1])
    return strongest
