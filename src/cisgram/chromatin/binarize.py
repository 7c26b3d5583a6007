"""In which bins a mark is present: counts against what Poisson's law allows by chance, with or without a control."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit

from cisgram.arrays import ContigValues, Rows
from cisgram.errors import ConfigError, EmptySetError, InputError

_MOST_REPORTED = 1_000


@dataclass(frozen=True)
class BinarizeConfig:
    """From which count on a mark is present; the defaults are those of ChromHMM."""

    bin_size: int = 200
    """Width of a bin in bp."""
    p_value: float = 1e-4
    """Tail of Poisson's law beyond which a count is taken for more than chance; above 0 and below 1."""
    is_strict: bool = False
    """Ask for one read more: the chance of the threshold or more is then below ``p_value``. As it stands, the
    chance of *more* than the threshold is."""
    min_fold: float = 0.0
    """Least ratio of a count to what is expected; 0 for any."""
    min_signal: float = 0.0
    """Least count (or signal); 0 for any."""
    control_flank_bins: int = 5
    """The control of a bin is the sum over so many bins on either side and its own."""
    control_pseudocount: int = 1
    """Added to the control of every bin before that sum."""

    def __post_init__(self) -> None:
        if self.bin_size < 1 or not 0 < self.p_value < 1:
            raise ConfigError(
                f"bin_size must be at least 1 and p_value between 0 and 1; got {self.bin_size} and {self.p_value}"
            )
        if min(self.min_fold, self.min_signal, self.control_flank_bins, self.control_pseudocount) < 0:
            raise ConfigError(f"min_fold, min_signal and what is about the control must be 0 or more; got {self}")


class MarkCalls(NamedTuple):
    """Where one mark of one cell type is present."""

    present: dict[str, np.ndarray]
    """uint8 per bin of each contig: 1 where it is present."""
    mean: float
    """Mean count (or signal) per bin."""
    thresholds: dict[int, int]
    """Least count of a bin that has the mark: under 0 without a control, else by the sum of the control around the
    bin; of more than 1,000 different sums, the lowest ones."""

    @property
    def n_bins(self) -> int:
        """Bins of all contigs."""
        return sum(len(values) for values in self.present.values())

    @property
    def n_present(self) -> int:
        """Bins where the mark is present."""
        return sum(int(values.sum()) for values in self.present.values())


def call_marks(
    counts: Mapping[str, ContigValues],
    config: BinarizeConfig | None = None,
    *,
    control: Mapping[str, ContigValues] | None = None,
) -> MarkCalls:
    """Say in which bins a mark is present, as ChromHMM does.

    Without a control, counts are compared with Poisson's law at their mean over all bins. The threshold is the
    smallest n with P(X > n) < ``p_value``, at least 1, and at least what ``min_fold`` and ``min_signal`` ask for; a
    bin has the mark from the threshold on. With a control, the expected count is the control around the bin
    (``control_flank_bins``, ``control_pseudocount``), scaled so that both have the same total over the genome; each
    sum of the control has its own threshold. Where this sum is 0, the threshold is the larger of 1 and
    ``min_signal``.

    Parameters
    ----------
    counts
        Reads per bin of every contig that was looked at; zeros where there are none. Signal that is no count, such as
        a mean of a bigWig, is compared in the same way.
    config
        The defaults of :class:`BinarizeConfig`, if not given.
    control
        Reads per bin of the control on the same contigs.

    Returns
    -------
    MarkCalls
        The same contigs.

    Raises
    ------
    InputError
        Contigs of the control differ, a count is negative or no finite number.
    EmptySetError
        There is no bin, or nothing but zeros in the mark or (without a pseudocount) in the control.

    Examples
    --------
    >>> counts = np.zeros(1_000, dtype=np.int32)
    >>> counts[[10, 20, 30]] = [2, 3, 9]
    >>> calls = call_marks({"chr1": counts})
    >>> calls.thresholds, np.flatnonzero(calls.present["chr1"]).tolist()
    ({0: 1}, [10, 20, 30])

    References
    ----------
    Ernst & Kellis (2012), ChromHMM: automating chromatin-state discovery and characterization, Nature Methods 9: 215.
    """
    config = BinarizeConfig() if config is None else config
    _check(counts, control)
    n_bins = sum(len(values) for values in counts.values())
    total = sum(float(values.sum(dtype=np.float64)) for values in counts.values())
    if total == 0:
        raise EmptySetError("reads", dropped={}, hint=f"all of {n_bins} bins are empty, so nothing can be called")
    mean = total / n_bins
    if control is None:
        threshold = int(poisson_thresholds(np.array([mean]), config)[0])
        present = {chrom: (values >= threshold).astype(np.uint8) for chrom, values in counts.items()}
        return MarkCalls(present, mean, {0: threshold})
    around = {chrom: window_sums(values, config) for chrom, values in control.items()}
    if not (total_around := sum(int(values.sum()) for values in around.values())):
        raise EmptySetError("reads of the control", dropped={}, hint="give another control, or a pseudocount")
    scale = total / total_around
    sums = np.unique(np.concatenate([np.unique(values) for values in around.values()]))
    thresholds = poisson_thresholds(scale * sums, config)
    present = {
        chrom: (values >= thresholds[np.searchsorted(sums, around[chrom])]).astype(np.uint8)
        for chrom, values in counts.items()
    }
    pairs = zip(sums[:_MOST_REPORTED].tolist(), thresholds[:_MOST_REPORTED].tolist(), strict=True)
    return MarkCalls(present, mean, dict(pairs))


def poisson_thresholds(rates: ContigValues, config: BinarizeConfig) -> Rows:
    """Least count that is more than chance, for each expected count.

    Where an expected count is 0, it is the larger of 1 and ``config.min_signal``.

    Examples
    --------
    >>> poisson_thresholds(np.array([0.0, 0.2, 1.0, 20.0]), BinarizeConfig()).tolist()
    [1, 3, 6, 39]
    """
    beyond = _least_beyond(rates.astype(np.float64), 1 - config.p_value, config.is_strict)
    by_fold = np.ceil(config.min_fold * rates).astype(np.int64)
    return np.maximum(np.maximum(beyond, by_fold), max(1, int(np.ceil(config.min_signal))))


def window_sums(control: ContigValues, config: BinarizeConfig) -> Rows:
    """Reads of the control around every bin, pseudocounts included; fewer bins are summed at the ends of the contig.

    Examples
    --------
    >>> config = BinarizeConfig(control_flank_bins=1)
    >>> window_sums(np.array([0, 5, 0, 0]), config).tolist()
    [7, 8, 8, 2]
    """
    cumulative = np.concatenate([[0], np.cumsum(control.astype(np.int64) + config.control_pseudocount)])
    at = np.arange(control.size)
    last = np.minimum(at + config.control_flank_bins + 1, control.size)
    return cumulative[last] - cumulative[np.maximum(at - config.control_flank_bins, 0)]


def bins_overlapped(starts: Rows, ends: Rows, *, bin_size: int, n_bins: int) -> ContigValues:
    """Which bins share a base with any interval: uint8, 1 or 0.

    Parameters
    ----------
    starts, ends
        Intervals on one contig, 0-based and half-open; what lies beyond the last whole bin is passed over.
    bin_size
        Width of a bin in bp.
    n_bins
        Whole bins of the contig.

    Examples
    --------
    >>> bins_overlapped(np.array([399, 900]), np.array([401, 1000]), bin_size=200, n_bins=5).tolist()
    [0, 1, 1, 0, 1]
    """
    first = np.clip(starts // bin_size, 0, n_bins)
    last = np.clip((ends - 1) // bin_size + 1, 0, n_bins)
    depth = np.bincount(first, minlength=n_bins + 1) - np.bincount(last, minlength=n_bins + 1)
    return (np.cumsum(depth)[:n_bins] > 0).astype(np.uint8)


def _check(counts: Mapping[str, ContigValues], control: Mapping[str, ContigValues] | None) -> None:
    """Refuse counts that cannot be compared."""
    if not sum(len(values) for values in counts.values()):
        raise EmptySetError("bins", dropped={}, hint="contigs must be at least one bin long")
    if control is not None:
        sizes, others = ({chrom: len(values) for chrom, values in one.items()} for one in (counts, control))
        if sizes != others:
            raise InputError("the control must have the contigs and bins that the mark has")
    for what, one in (("mark", counts), ("control", control or {})):
        for chrom, values in one.items():
            if not (np.isfinite(values).all() and (values >= 0).all()):
                raise InputError(f"counts must be finite and 0 or more; those of the {what} on {chrom} are not")


@njit(cache=True)
def _least_beyond(rates, share, is_strict):
    """For each rate, the least n with P(X <= n) > share; one more if strict, 0 where nothing is expected.

    The sums run as in ChromHMM, term by term from 0 on, so that equal rates give equal thresholds to the last bit.
    """
    found = np.zeros(rates.size, dtype=np.int64)
    for i in range(rates.size):
        if rates[i] <= 0:
            continue
        log_rate, log_factorial, cumulative, n = np.log(rates[i]), 0.0, 0.0, 0
        while cumulative <= share:
            term = np.exp(log_rate * n - rates[i] - log_factorial)
            if n > rates[i] and term < 1e-300:
                break  # rounding may keep the sum of huge rates below a share near 1 for ever
            cumulative += term
            n += 1
            log_factorial += np.log(n)
        found[i] = n if is_strict else n - 1
    return found
