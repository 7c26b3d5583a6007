"""Tracks in bins from the bases in and around each bin alone: linear models of GC content and of k-mers."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix, hstack, vstack

from cisgram.arrays import BinnedTargets, BinPlaces, SequenceCodes, TrackRates, WindowCodes
from cisgram.baselines.kmers import KmerConfig, kmer_features
from cisgram.baselines.ridge import Ridge, fit_ridge
from cisgram.errors import ConfigError, EmptySetError, InputError
from cisgram.genomics.sequence import N
from cisgram.genomics.sequence_set import SequenceSet

_GC_BINS = (1, 5, 25)
_TRACKS_AT_ONCE = 512
_LONGEST_WORD = 6


@dataclass(frozen=True)
class BinSequenceConfig:
    """What of the sequence a bin is predicted from.

    GC content of the bin, of 5 and of 25 bins around it, and their squares are always looked at.
    """

    word_bp: int = 5
    """k of the k-mers that are counted as well, up to 6; 0 for none."""
    context_bp: int = 150
    """k-mers are counted up to this far beyond the bin on either side."""
    is_stranded: bool = False
    """Whether a k-mer and its reverse complement are told apart, as tracks of one strand need."""
    n_bins: int = 20_000
    """Bins that are learnt from, drawn at random."""
    seed: int = 0
    """Of that."""

    def __post_init__(self) -> None:
        if not 0 <= self.word_bp <= _LONGEST_WORD or self.context_bp < 0 or self.n_bins < 1:
            raise ConfigError(
                f"word_bp must be 0 to {_LONGEST_WORD}, context_bp not negative, n_bins at least 1; got "
                f"{self.word_bp}, {self.context_bp}, {self.n_bins}"
            )


@dataclass(frozen=True, eq=False)
class BinRegression:
    """Linear models of all tracks; made by :func:`fit_bin_sequences`."""

    config: BinSequenceConfig
    bin_size: int
    n_bins: int
    models: tuple[Ridge, ...]
    """Each of up to 512 tracks, in their order."""

    def predict(self, codes: SequenceCodes) -> TrackRates:
        """Predict all bins of one window; as the models are linear, values may lie below 0.

        Parameters
        ----------
        codes
            As long as those it was fitted with.
        """
        features = bin_features(
            codes, np.arange(self.n_bins), bin_size=self.bin_size, n_bins=self.n_bins, config=self.config
        )
        found = np.concatenate([one.predict(features) for one in self.models], axis=1)
        return np.ascontiguousarray(found.T)


def bin_features(
    codes: SequenceCodes, bins: BinPlaces, *, bin_size: int, n_bins: int, config: BinSequenceConfig
) -> csr_matrix:
    """Numbers that describe the sequence of bins: GC contents, their squares, and k-mers (with length 1 per bin).

    Parameters
    ----------
    codes
        Sequence of the window: the bins stand in its middle, what is left on either side is context.
    bins
        Which bins.
    bin_size, n_bins
        Geometry of the window.
    config
        What is looked at.

    Returns
    -------
    scipy.sparse.csr_matrix
        A row per bin. Without a known base, GC content is that of the whole window.

    Raises
    ------
    InputError
        Where the bins do not fit into the sequence.

    Examples
    --------
    >>> from cisgram.genomics.sequence import encode
    >>> config = BinSequenceConfig(word_bp=0)
    >>> bin_features(encode("GCAT"), np.arange(2), bin_size=2, n_bins=2, config=config).toarray()[:, 0].tolist()
    [1.0, 0.0]
    """
    margin = (codes.size - n_bins * bin_size) // 2
    if margin < 0:
        raise InputError(f"{n_bins} bins of {bin_size} bp do not fit into a sequence of {codes.size} bp")
    start = margin + bins * bin_size
    shares = [_gc_share(codes, start, start + bin_size, more=(one - 1) // 2 * bin_size) for one in _GC_BINS]
    gc = np.stack([*shares, *(one**2 for one in shares)], axis=1)
    if not config.word_bp:
        return csr_matrix(gc)
    words = kmer_features(_stretches(codes, start, bin_size, config.context_bp), _words(config))
    return csr_matrix(hstack([csr_matrix(gc), words], format="csr"))


def fit_bin_sequences(
    codes: WindowCodes, targets: BinnedTargets, *, bin_size: int, config: BinSequenceConfig = BinSequenceConfig()
) -> BinRegression:
    """Fit a ridge regression of every track on the sequence of bins.

    The penalty is the one with the least leave-one-out error. It is fitted to the values as they are, as correlations
    and R2 of these are what it is compared in.

    Parameters
    ----------
    codes
        Sequences of training windows, with the bins in their middle.
    targets
        Of the same windows; bins without any value are left out, single missing values are the mean of the track.
    bin_size
        Width of a bin in bp.
    config
        What is looked at.

    Raises
    ------
    EmptySetError
        Where no bin has a value.

    Notes
    -----
    Memory: 16 bytes per bin that is learnt from and feature (1,030 with 5-mers on both strands).
    """
    n_windows, n_tracks, n_bins = targets.shape
    rng = np.random.default_rng(config.seed)
    wanted = np.sort(rng.permutation(n_windows * n_bins)[: config.n_bins])
    rows, values = [], []
    for window in np.unique(wanted // n_bins):
        bins = wanted[wanted // n_bins == window] % n_bins
        of_window = np.asarray(targets[window], dtype=np.float64)[:, bins].T
        is_known = ~np.isnan(of_window).all(axis=1)
        if is_known.any():
            rows.append(bin_features(codes[window], bins[is_known], bin_size=bin_size, n_bins=n_bins, config=config))
            values.append(of_window[is_known])
    if not rows:
        raise EmptySetError("bins", dropped={"without a value": int(wanted.size)}, hint="training windows need values")
    features, measured = csr_matrix(vstack(rows, format="csr")), np.concatenate(values)
    mean = np.nansum(measured, axis=0) / np.maximum(1, (~np.isnan(measured)).sum(axis=0))
    measured = np.where(np.isnan(measured), mean, measured)
    groups = range(0, n_tracks, _TRACKS_AT_ONCE)
    models = tuple(fit_ridge(features, measured[:, first : first + _TRACKS_AT_ONCE]) for first in groups)
    return BinRegression(config, bin_size, n_bins, models)


def _gc_share(codes: np.ndarray, start: np.ndarray, end: np.ndarray, *, more: int) -> np.ndarray:
    """Share of G and C among known bases of stretches that are widened on both sides, as far as the sequence goes."""
    counts = np.stack([(codes == 1) | (codes == 2), codes < N]).cumsum(axis=1, dtype=np.int64)
    counts = np.concatenate([np.zeros((2, 1), np.int64), counts], axis=1)
    low, high = np.maximum(start - more, 0), np.minimum(end + more, codes.size)
    gc, known = counts[:, high] - counts[:, low]
    whole = counts[0, -1] / max(1, counts[1, -1])
    return np.divide(gc, known, out=np.full(gc.shape, whole), where=known > 0)


def _stretches(codes: np.ndarray, start: np.ndarray, bin_size: int, context_bp: int) -> SequenceSet:
    """Bins with their surroundings, N where the sequence has ended."""
    padded = np.pad(codes, context_bp, constant_values=N)
    width = bin_size + 2 * context_bp
    places = start[:, None] + np.arange(width + 1)
    joined = padded[np.minimum(places, padded.size - 1)]
    joined[:, -1] = N  # so that no word reaches from one bin into the next
    return SequenceSet([""] * len(start), joined.reshape(-1), np.arange(len(start) + 1, dtype=np.int64) * (width + 1))


def _words(config: BinSequenceConfig) -> KmerConfig:
    return KmerConfig(word_bp=config.word_bp, is_stranded=config.is_stranded)
