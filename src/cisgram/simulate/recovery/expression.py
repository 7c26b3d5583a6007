"""Whether a model of expression knows which enhancer serves which gene, and what variants do to tracks."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import Totals
from cisgram.errors import EmptySetError, InputError
from cisgram.nn.metrics import pearson, spearman
from cisgram.simulate.recovery.effects import EffectRecovery, effect_recovery
from cisgram.simulate.recovery.ranking import Ranking, ranking

LINK_FLOORS = ("distance", "activity", "activity x distance")
"""What pairs of enhancer and gene are ranked by without a model: near ones first, active ones first, and both."""

MIN_SHARE = 0.1
"""An enhancer is linked to a gene where it brings at least this share of its transcription."""

_PROMOTER_BP = 1_000.0


class LinkRecovery(NamedTuple):
    """How well scores tell the pairs of enhancer and gene that are linked from those that are not."""

    n_pairs: int
    n_linked: int
    model: Ranking
    floors: Mapping[str, Ranking]
    """By the names of :data:`LINK_FLOORS`."""
    correlation: float
    """Spearman correlation of scores with true shares over all pairs; NaN where either is constant."""
    floor_correlations: Mapping[str, float]
    pearson: float
    """Pearson correlation with true shares, which pairs of almost no share, in any order, do not decide."""
    floor_pearsons: Mapping[str, float]


def link_recovery(links: pd.DataFrame, score: Totals, *, cell: str, min_share: float = MIN_SHARE) -> LinkRecovery:
    """Compare scores of pairs of enhancer and gene with the planted links of one cell type.

    The floors are what is done without a model: distance alone, the enhancer's activity alone, and activity times a
    contact that falls as one over distance, as in the activity-by-contact model. They are given the true activity,
    which no measurement would give as well.

    Parameters
    ----------
    links
        Pairs, such as those of held-out contigs: ``distance`` in bp, ``share_CELL`` and ``activity_CELL``, see
        :data:`cisgram.simulate.expression_truth.LINK_COLUMNS`.
    score
        One number per pair, higher where the enhancer matters more to the gene: for instance by how much the predicted
        signal of the gene falls when the enhancer is shuffled, relative to what it was.
    cell
        The cell type.
    min_share
        An enhancer that brings this share of a gene's transcription, or more, is linked to it.

    Returns
    -------
    LinkRecovery
        Of all pairs together.

    Raises
    ------
    InputError
        Where a column is missing, or scores are not one finite number per pair.
    EmptySetError
        Where no pair is linked, or all are.

    References
    ----------
    Fulco et al. (2019), Activity-by-contact model of enhancer-promoter regulation from thousands of CRISPR
    perturbations. Nature Genetics.

    Examples
    --------
    >>> links = pd.DataFrame({"distance": [9_000, -2_000], "share_a": [0.5, 0.0], "activity_a": [2.0, 1.0]})
    >>> found = link_recovery(links, np.array([0.4, 0.1]), cell="a")
    >>> found.model.auroc, found.floors["distance"].auroc
    (1.0, 0.0)
    """
    needed = ("distance", f"share_{cell}", f"activity_{cell}")
    if missing := [name for name in needed if name not in links]:
        raise InputError(f"links need the columns {', '.join(needed)}; {missing[0]} is missing")
    if score.shape != (len(links),) or not np.isfinite(score).all():
        raise InputError(f"there must be one finite score per pair ({len(links)}); got {score.shape}")
    distance, share, activity = (links[name].to_numpy(np.float64) for name in needed)
    is_linked = share >= min_share
    if not is_linked.any() or is_linked.all():
        raise EmptySetError(
            f"pairs of enhancer and gene that are linked in {cell}, and others",
            dropped={f"with a share below {min_share}": int((~is_linked).sum())},
        )
    near = 1 / np.maximum(np.abs(distance), _PROMOTER_BP)
    floors = dict(zip(LINK_FLOORS, (near, activity, activity * near), strict=True))
    return LinkRecovery(
        n_pairs=len(links),
        n_linked=int(is_linked.sum()),
        model=ranking(is_linked, score),
        floors={name: ranking(is_linked, values) for name, values in floors.items()},
        correlation=spearman(share, score),
        floor_correlations={name: spearman(share, values) for name, values in floors.items()},
        pearson=pearson(share, score),
        floor_pearsons={name: pearson(share, values) for name, values in floors.items()},
    )


def expression_effect_recovery(
    effects: pd.DataFrame, predicted: pd.DataFrame, *, strong_from: float = 0.05, seed: int = 1
) -> dict[str, EffectRecovery]:
    """Compare predicted effects of variants on tracks with the true ones, track by track.

    Parameters
    ----------
    effects
        True effects: ``name``, and ``log2_fold_TRACK`` of the summed signal around a variant.
    predicted
        ``name`` and one column per track: the predicted log2 fold change of the same sum, or another number that grows
        with it. Variants that one table lacks are left out.
    strong_from
        Least size of a true effect that counts as strong. The sums are over tens of thousands of bp, with several
        genes in them, so that effects are small.
    seed
        Of the shuffles that give the floor.

    Returns
    -------
    dict
        By track. A track without a strong effect is left out.

    Raises
    ------
    EmptySetError
        Where no variant is in both tables, or no track has a strong effect.

    Examples
    --------
    >>> true = pd.DataFrame({"name": ["a", "b", "c"], "log2_fold_x": [0.5, 0.0, -0.4]})
    >>> expression_effect_recovery(true, pd.DataFrame({"name": ["a", "b", "c"], "x": [2.0, 0.1, -1.0]}))["x"].n_strong
    2
    """
    joined = effects.merge(predicted, on="name")
    tracks = [name for name in predicted.columns if name != "name" and f"log2_fold_{name}" in effects]
    found = {}
    for track in tracks:
        true = joined[f"log2_fold_{track}"].to_numpy(np.float64)
        if len(joined) >= 3 and (np.abs(true) >= strong_from).any():
            values = joined[track].to_numpy(np.float64)
            rng = np.random.default_rng(seed)
            found[track] = effect_recovery(true, values, strong_from=strong_from, rng=rng)
    if not found:
        raise EmptySetError(
            "variants with strong effects on a track, true and predicted",
            dropped={"in one table alone": max(len(effects), len(predicted)) - len(joined)},
        )
    return found
