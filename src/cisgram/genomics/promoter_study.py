"""One promoter as a case: its predicted signal, what every bin of its window adds to it, and the elements it uses."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from jaxtyping import Float

from cisgram.errors import InputError

ELEMENT_COLUMNS = (
    "gene", "track", "chrom", "start", "end", "strand", "tss", "distance_bp", "kind", "saliency", "relative", "peak_z",
    "p_value", "q_value", "deletion_log2", "deletion_low", "deletion_high", "deletion_p",
)  # fmt: skip
"""Elements that a promoter's signal depends on: 0-based half-open places; ``distance_bp`` from the TSS to the middle,
below 0 upstream; ``kind``: ``promoter`` around the TSS, else ``distal``; ``saliency`` in units of the signal, and
``relative`` to it; the greatest of its bins in robust standard deviations of the window; p and q of the t-test over
readings; log2 fold of the signal when the element is shuffled (mean, least, greatest over shuffles), and the share of
stretches by chance whose shuffling changes the signal as much."""

KNOWN_COLUMNS = (
    "gene", "track", "chrom", "start", "end", "strand", "tss", "name", "distance_bp", "saliency", "relative",
    "deletion_log2",
)  # fmt: skip
"""The same of elements that were given."""

TrackBins = Float[np.ndarray, "track bin"]
TrackInputBins = Float[np.ndarray, "track input_bin"]


@dataclass(frozen=True, eq=False)
class PromoterStudy:
    """What a model says of one promoter.

    Raises
    ------
    InputError
        The parts do not fit together.
    """

    name: str
    """Gene or locus."""
    chrom: str
    tss: int
    """0-based; the middle of a locus."""
    strand: str
    """``+``, ``-`` or ``.``."""
    start: int
    """First base of the window that is read, 0-based; below 0 where it reaches beyond the contig."""
    bin_size: int
    crop: int
    """Bins at either end of the window that are read, but not predicted."""
    asked: tuple[int, int]
    """Stretch of the genome whose signal is asked about, 0-based half-open."""
    tracks: tuple[str, ...]
    signal: Float[np.ndarray, "track"]
    """Predicted values of that stretch, summed."""
    rates: TrackBins
    """Predicted values of all predicted bins."""
    saliency: TrackInputBins
    """What each bin that is read adds to the signal, mean over readings."""
    elements: pd.DataFrame = field(repr=False)
    """:data:`ELEMENT_COLUMNS`."""
    known: pd.DataFrame = field(repr=False)
    """:data:`KNOWN_COLUMNS`; without rows where none were given."""

    def __post_init__(self) -> None:
        n_tracks, n_bins = len(self.tracks), self.rates.shape[1] + 2 * self.crop
        shapes = self.signal.shape, self.rates.shape[:1], self.saliency.shape
        if shapes != ((n_tracks,), (n_tracks,), (n_tracks, n_bins)):
            raise InputError(
                f"a promoter with {n_tracks} tracks and {n_bins} bins needs arrays of these sizes; {shapes}"
            )
        for table, columns in ((self.elements, ELEMENT_COLUMNS), (self.known, KNOWN_COLUMNS)):
            if missing := [name for name in columns if name not in table]:
                raise InputError(f"a promoter needs the columns {', '.join(columns)}; {', '.join(missing)} is missing")

    @property
    def end(self) -> int:
        """One past the last base that is read."""
        return self.start + self.saliency.shape[1] * self.bin_size

    @property
    def relative(self) -> TrackInputBins:
        """Saliency as a share of the signal; NaN where that is 0."""
        return self.saliency / np.where(self.signal > 0, self.signal, np.nan)[:, None]

    def links(self, track: str) -> pd.DataFrame:
        """Distal elements of a track as pairs with the promoter: columns of BEDPE, score (``relative``) and strands."""
        own = self.elements[self.elements["track"].eq(track) & self.elements["kind"].eq("distal")]
        n = len(own)
        places = {"chrom": [self.chrom] * n, "start": own["start"].to_numpy(), "end": own["end"].to_numpy()}
        asked = {"chrom": [self.chrom] * n, "start": [max(self.asked[0], 0)] * n, "end": [self.asked[1]] * n}
        pairs = {f"{name}1": values for name, values in asked.items()} | {
            f"{name}2": values for name, values in places.items()
        }
        names = [f"{self.name}|{track}"] * n
        return pd.DataFrame({**pairs, "name": names, "score": own["relative"].to_numpy(np.float64)})


def distance_from(tss: int, strand: str, start: int, end: int) -> int:
    """Bp from a TSS to the middle of an element; below 0 upstream, which for a place without strand is to the left.

    Examples
    --------
    >>> distance_from(100, "+", 20, 40), distance_from(100, "-", 20, 40)
    (-70, 70)
    """
    distance = (start + end) // 2 - tss
    return -distance if strand == "-" else distance
