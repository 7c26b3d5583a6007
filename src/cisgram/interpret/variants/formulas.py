"""What scores of variants are made of: formulas over the predictions of two alleles, ``variant track``.

Positions of which one allele has no prediction count nothing in either.
"""

from dataclasses import dataclass

import numpy as np

from cisgram.arrays import AllelePositions, ScoresPerAllele
from cisgram.errors import InputError
from cisgram.genomics.contact_pairs import square_of
from cisgram.interpret.folding.scores import insulation_at
from cisgram.interpret.variants.outputs import OutputGeometry

PSEUDOCOUNT = 1.0
"""Added to totals before their ratio is taken."""

JSD_PERCENTILE = 25
"""Percentile of a track's reference prediction that is added to both alleles before profiles are compared."""


@dataclass(frozen=True, eq=False)
class ComparedAlleles:
    """Predictions of both alleles of some variants, ready for scores.

    Parameters
    ----------
    reference, alternative
        ``variant track position``; NaN in both where one has no prediction, or where it is not asked for.
    reference_logits, alternative_logits
        ``variant track number``, as they were averaged.
    geometry
        Of the predictions.
    bins
        The bin of each variant, counted from the first that is predicted, ``variant``.
    """

    reference: AllelePositions
    alternative: AllelePositions
    reference_logits: AllelePositions
    alternative_logits: AllelePositions
    geometry: OutputGeometry
    bins: np.ndarray

    def __post_init__(self) -> None:
        if self.reference.shape != self.alternative.shape:
            raise InputError(f"alleles must have the same shape; got {self.reference.shape}, {self.alternative.shape}")

    @property
    def n_known(self) -> np.ndarray:
        """Positions that both have, ``variant track``, at least 1."""
        return np.maximum(np.isfinite(self.reference).sum(axis=-1), 1)

    @property
    def difference(self) -> np.ndarray:
        """ALT minus REF, float64; 0 where one is not known."""
        return np.nan_to_num(self.alternative.astype(np.float64) - self.reference)


def _sums(values: np.ndarray) -> np.ndarray:
    return np.asarray(np.nansum(values, axis=-1, dtype=np.float64))


def diff_sum(alleles: ComparedAlleles) -> ScoresPerAllele:
    """Sum of ALT minus REF."""
    return alleles.difference.sum(axis=-1)


def diff_mean(alleles: ComparedAlleles) -> ScoresPerAllele:
    """Mean of ALT minus REF."""
    return alleles.difference.sum(axis=-1) / alleles.n_known


def diff_log2_sum(alleles: ComparedAlleles) -> ScoresPerAllele:
    """Difference of sums of log2(x + 1)."""
    return _sums(np.log2(alleles.alternative + 1.0) - np.log2(alleles.reference + 1.0))


def diff_sqrt_sum(alleles: ComparedAlleles) -> ScoresPerAllele:
    """Difference of sums of square roots."""
    return _sums(np.sqrt(alleles.alternative) - np.sqrt(alleles.reference))


def log2_ratio(alleles: ComparedAlleles) -> ScoresPerAllele:
    """log2 of the ratio of totals, 1 being added to either."""
    return np.log2((_sums(alleles.alternative) + PSEUDOCOUNT) / (_sums(alleles.reference) + PSEUDOCOUNT))


def max_abs(alleles: ComparedAlleles) -> ScoresPerAllele:
    """Largest absolute difference."""
    return np.abs(alleles.difference).max(axis=-1)


def extreme_diff(alleles: ComparedAlleles) -> ScoresPerAllele:
    """The difference that is largest in size; the first of several."""
    at = np.abs(alleles.difference).argmax(axis=-1)[..., None]
    return np.take_along_axis(alleles.difference, at, axis=-1)[..., 0]


def l1_diff(alleles: ComparedAlleles) -> ScoresPerAllele:
    """Sum of absolute differences."""
    return np.abs(alleles.difference).sum(axis=-1)


def l2_diff(alleles: ComparedAlleles) -> ScoresPerAllele:
    """Euclidean distance."""
    return np.sqrt(np.square(alleles.difference).sum(axis=-1))


def root_mean_square(alleles: ComparedAlleles) -> ScoresPerAllele:
    """Root of the mean squared difference."""
    return np.sqrt(np.square(alleles.difference).sum(axis=-1) / alleles.n_known)


def ref_sum(alleles: ComparedAlleles) -> ScoresPerAllele:
    """Sum of REF."""
    return _sums(alleles.reference)


def alt_sum(alleles: ComparedAlleles) -> ScoresPerAllele:
    """Sum of ALT."""
    return _sums(alleles.alternative)


def diff_logit(alleles: ComparedAlleles) -> ScoresPerAllele:
    """Difference of the first logit: that of a model with one number per track."""
    return (alleles.alternative_logits - alleles.reference_logits)[..., 0]


def jsd(alleles: ComparedAlleles) -> ScoresPerAllele:
    """Jensen-Shannon divergence in bits of profiles that sum to 1, :data:`JSD_PERCENTILE` of REF added to both."""
    known = np.isfinite(alleles.reference)
    if known.all():
        low = np.percentile(alleles.reference, JSD_PERCENTILE, axis=-1, keepdims=True)
    else:
        low = np.zeros((*known.shape[:2], 1))
        for place in np.ndindex(*known.shape[:2]):
            if known[place].any():
                low[place] = np.percentile(alleles.reference[place][known[place]], JSD_PERCENTILE)
    shares = []
    for values in (alleles.reference, alleles.alternative):
        raised = np.where(known, values + low, 0.0).astype(np.float64)
        total = raised.sum(axis=-1, keepdims=True)
        shares.append(np.divide(raised, total, out=np.zeros_like(raised), where=total > 0))
    middle = (shares[0] + shares[1]) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = [np.where(one > 0, one * np.log2(one / middle), 0.0).sum(axis=-1) for one in shares]
    return np.clip((parts[0] + parts[1]) / 2, 0, None)


def insulation_change(alleles: ComparedAlleles) -> ScoresPerAllele:
    """Difference of insulation at the bin of each variant; NaN at an end of the map."""
    geometry, found = alleles.geometry, np.full(alleles.reference.shape[:2], np.nan)
    for row, at in enumerate(alleles.bins.tolist()):
        both = [
            np.stack(
                [square_of(one.astype(np.float64), geometry.n_bins, geometry.diagonal_offset) for one in values[row]]
            )
            for values in (alleles.reference, alleles.alternative)
        ]
        before, after = (insulation_at(square[None], at)[0] for square in both)
        found[row] = after - before
    return found
