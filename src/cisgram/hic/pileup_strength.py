"""How strong a pile-up is: the middle of loops against the corners, boundaries between the two sides."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from cisgram.arrays import SnippetStack, SquareContacts
from cisgram.errors import EmptySetError, InputError


class LoopStrength(NamedTuple):
    """Contacts in the middle of a pile-up around pairs against those in its corners."""

    center: float
    """Mean of the middle square."""
    upper_left: float
    """Mean of the corner outside of the left site, about as far apart as the pair."""
    upper_right: float
    """Mean of the corner outside of both sites: farther apart than the pair."""
    lower_left: float
    """Mean of the corner between the two sites: nearer than the pair."""
    lower_right: float
    """Mean of the corner outside of the right site."""

    @property
    def score(self) -> float:
        """The middle over the mean of the four corners (NaN corners left out)."""
        corners = np.array([self.upper_left, self.upper_right, self.lower_left, self.lower_right])
        known = corners[np.isfinite(corners)]
        return float(self.center / known.mean()) if known.size and known.mean() > 0 else float("nan")

    @property
    def over_lower_left(self) -> float:
        """The middle over the corner between the sites (P2LL of Rao et al. 2014): stricter, as that side is richer."""
        return self.center / self.lower_left if self.lower_left > 0 else float("nan")


def loop_strength(mean: SquareContacts, *, center_bins: int = 3, corner_bins: int | None = None) -> LoopStrength:
    """Compare the middle of a pile-up around pairs with its corners.

    Parameters
    ----------
    mean
        Pile-up around pairs; rows are bins around the left site, NaN is left out.
    center_bins
        Side of the middle square in bins, odd.
    corner_bins
        Side of the corners; about a quarter of the pile-up where None.

    Raises
    ------
    InputError
        Where the squares do not fit into the pile-up.

    References
    ----------
    Rao et al. (2014), A 3D map of the human genome at kilobase resolution. Cell 159 (aggregate peak analysis).

    Examples
    --------
    >>> mean = np.ones((9, 9))
    >>> mean[3:6, 3:6] = 3
    >>> loop_strength(mean).score
    3.0
    """
    n = len(mean)
    corner = max(1, n // 4) if corner_bins is None else corner_bins
    if center_bins % 2 == 0 or not 1 <= center_bins <= n or 2 * corner + center_bins > n or corner < 1:
        raise InputError(
            f"a pile-up of {n} bins needs an odd middle and two corners beside it; got center_bins {center_bins} and "
            f"corner_bins {corner}: take a longer flank or a narrower middle"
        )
    low, high = (n - center_bins) // 2, (n + center_bins) // 2
    first, last = slice(0, corner), slice(n - corner, n)
    return LoopStrength(
        _mean(mean[low:high, low:high]),
        _mean(mean[first, first]),
        _mean(mean[first, last]),
        _mean(mean[last, first]),
        _mean(mean[last, last]),
    )


def insulation_strength(mean: SquareContacts, *, gap_bins: int = 0) -> float:
    """Compare contacts within the two sides of the middle with contacts across it, in a pile-up around places.

    Parameters
    ----------
    mean
        Symmetric pile-up around places, observed over expected (else distance alone gives a ratio above 1).
    gap_bins
        Bins to both sides of the middle bin that count to neither side.

    Returns
    -------
    float
        Mean within over mean across; 1 where the middle does not insulate.

    Examples
    --------
    >>> mean = np.ones((5, 5))
    >>> mean[:2, 3:] = mean[3:, :2] = 0.5
    >>> insulation_strength(mean)
    2.0
    """
    middle = len(mean) // 2
    left, right = slice(0, middle - gap_bins), slice(middle + 1 + gap_bins, len(mean))
    if left.stop < 1:
        raise InputError(f"a gap of {gap_bins} bins leaves nothing of a pile-up of {len(mean)}")
    within = _mean(np.concatenate([mean[left, left].ravel(), mean[right, right].ravel()]))
    across = _mean(mean[left, right])
    return within / across if across > 0 else float("nan")


class StrengthInterval(NamedTuple):
    """A strength with its 95 % interval over resampled sites."""

    value: float
    """Of all sites."""
    low: float
    """2.5 % of the resampled ones lie below."""
    high: float
    """2.5 % lie above."""


def loop_strength_interval(
    stacks: Iterable[SnippetStack], *, center_bins: int = 3, n_samples: int = 1000, seed: int = 0
) -> StrengthInterval:
    """The corner score of many pairs, and how far it moves when other pairs are drawn, with replacement.

    As :func:`loop_strength`, with each mean taken over all pixels of all pairs at once; where no pixel is NaN, the two
    are the same.

    Parameters
    ----------
    stacks
        Snippets around pairs, ``snippet bin bin``, in any number of parts.
    center_bins
        Side of the middle square in bins.
    n_samples
        How often pairs are drawn anew.
    seed
        Of these draws.

    Raises
    ------
    EmptySetError
        Where there is no snippet.
    """
    parts = [_region_sums(stack, center_bins) for stack in stacks if len(stack)]
    if not parts:
        raise EmptySetError("snippets whose strength is measured", dropped={})
    total, many = (np.concatenate(part, axis=1) for part in zip(*parts, strict=True))
    n = total.shape[1]
    draws = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=n_samples)
    ratios = _scores(total @ draws.T, many @ draws.T)
    known = ratios[np.isfinite(ratios)]
    low, high = np.quantile(known, [0.025, 0.975]) if known.size else (np.nan, np.nan)
    return StrengthInterval(float(_scores(total.sum(1), many.sum(1))), float(low), float(high))


def _region_sums(stack: SnippetStack, center_bins: int) -> tuple[np.ndarray, np.ndarray]:
    """Sums and numbers of values of the middle and the four corners (``region snippet``)."""
    n = stack.shape[1]
    corner, low, high = max(1, n // 4), (n - center_bins) // 2, (n + center_bins) // 2
    middle, first, last = slice(low, high), slice(0, corner), slice(n - corner, n)
    squares = ((middle, middle), (first, first), (first, last), (last, first), (last, last))
    parts = [stack[:, rows, columns] for rows, columns in squares]
    total = np.stack([np.nansum(part, axis=(1, 2)) for part in parts])
    many = np.stack([(~np.isnan(part)).sum(axis=(1, 2)) for part in parts])
    return total, many


def _scores(total: np.ndarray, many: np.ndarray) -> np.ndarray:
    """The middle over the mean of the corners that have values; the first axis is regions."""
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.where(many > 0, total / many, 0.0)
        n_corners = (many[1:] > 0).sum(axis=0)
        return np.asarray(np.where(many[0] > 0, means[0], np.nan) / (means[1:].sum(axis=0) / n_corners))


def _mean(values: np.ndarray) -> float:
    """The mean of what is known; NaN of nothing."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")
