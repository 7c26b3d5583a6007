"""Motif insertion: what a motif does to a model's response, whatever the sequence around it.

Averaged over many backgrounds, the effect of a motif is that of the motif alone (it is marginalised). Beside it
stands what its bases do in another order: any word disturbs what it is written over, and may hold part of a site.

References
----------
Kelley, Snoek and Rinn (2016), Basset (motif insertion); Koo et al. (2021), Global importance analysis: an
interpretability method to quantify importance of genomic features in deep neural networks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from torch import nn

from cisgram.arrays import Codes, EditedResponses, Responses, Rows
from cisgram.errors import ConfigError, InputError
from cisgram.genomics.motif import Motif
from cisgram.genomics.q_values import q_values
from cisgram.interpret.experiments.edits import Instances, MotifStrand, instances_of, put, scrambled
from cisgram.interpret.experiments.effects import effect_sizes
from cisgram.interpret.experiments.responses import ONE_STRAND, Asking, Progress, Score, compare
from cisgram.nn.predict import Device

INSERTION_COLUMNS = (
    *("motif", "track", "n", "before", "after", "effect", "low", "high", "share_up", "p_sign", "p_wilcoxon"),
    *("q_wilcoxon", "scrambled", "scrambled_low", "scrambled_high", "p_over_scrambled"),
)
"""Columns of :func:`insertion_table`."""


@dataclass(frozen=True)
class InsertionConfig:
    """How motifs are put into backgrounds."""

    position: int | None = None
    """0-based place of a motif's leftmost base; None puts it in the middle."""
    strand: MotifStrand = "+"
    """``-`` writes the reverse complement."""
    instances: Instances = "consensus"
    """``consensus``: the most frequent bases; ``sampled``: by chance, in the proportions of the motif."""
    seed: int = 0
    """Of sampled bases, and of the scrambled motifs."""

    def __post_init__(self) -> None:
        if self.position is not None and self.position < 0:
            raise ConfigError(f"position must be 0 or more; got {self.position}")
        if self.strand not in ("+", "-") or self.instances not in ("consensus", "sampled"):
            raise ConfigError(
                "strand must be '+' or '-' and instances 'consensus' or 'sampled'; "
                f"got {self.strand!r} and {self.instances!r}"
            )


class Insertion(NamedTuple):
    """Responses to backgrounds without and with each motif."""

    before: Responses
    """Of the backgrounds as they are, ``batch track``."""
    after: EditedResponses
    """With each motif in them, ``batch motif track``."""
    scrambled: EditedResponses
    """With the bases of each motif in another order; another one in every background."""

    @property
    def effects(self) -> EditedResponses:
        """After minus before."""
        return self.after - self.before[:, None]


def insert_motifs(
    model: nn.Module,
    codes: Codes,
    motifs: Sequence[Motif],
    *,
    scores: Sequence[Score],
    config: InsertionConfig = InsertionConfig(),
    asking: Asking = ONE_STRAND,
    device: Device | None = None,
    progress: Progress | None = None,
) -> Insertion:
    """Put each of some motifs into each of some backgrounds, one at a time, and ask the model.

    Parameters
    ----------
    model, scores, asking, device, progress
        As in :func:`cisgram.interpret.experiments.responses.respond`.
    codes
        Backgrounds, ``batch length``.
    motifs
        At least one; each gets the same chance whatever the others are.
    config
        Place, strand and bases.

    Raises
    ------
    InputError
        Where there are no motifs, one does not fit, or two share a name.
    """
    names = [motif.name for motif in motifs]
    if not names or len(set(names)) < len(names):
        raise InputError(f"insertion needs motifs with names that differ; got {names}")
    if not len(codes):
        raise InputError("insertion needs backgrounds; got none")
    edited = np.empty((len(codes), 2 * len(motifs), codes.shape[-1]), dtype=np.uint8)
    for number, motif in enumerate(motifs):
        rng = np.random.default_rng([config.seed, *motif.name.encode()])
        instances = instances_of(motif, len(codes), how=config.instances, rng=rng)
        for row, words in ((number, instances), (len(motifs) + number, scrambled(instances, rng=rng))):
            try:
                edited[:, row] = put(codes, words, position=config.position, strand=config.strand)
            except InputError as error:
                raise InputError(f"motif {motif.name}: {error}") from error
    compared = compare(model, codes, edited, scores=scores, asking=asking, device=device, progress=progress)
    return Insertion(compared.before, compared.after[:, : len(motifs)], compared.after[:, len(motifs) :])


def insertion_table(
    insertion: Insertion,
    *,
    motifs: Sequence[str],
    tracks: Sequence[str],
    sources: Rows | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Effect sizes of every motif on every track.

    Parameters
    ----------
    insertion
        From :func:`insert_motifs`.
    motifs, tracks
        Names, in the order of its axes.
    sources, seed
        As in :func:`cisgram.interpret.experiments.effects.effect_sizes`.

    Returns
    -------
    pandas.DataFrame
        :data:`INSERTION_COLUMNS`. ``scrambled`` is the mean effect of the same bases in another order, with its
        interval; ``p_over_scrambled`` is Wilcoxon's paired p of the motif's effect against it. ``q_wilcoxon`` are
        Benjamini and Hochberg's over the whole table.
    """
    tables = []
    for number, name in enumerate(motifs):
        options = {"sources": sources, "seed": seed}
        own = effect_sizes(insertion.before, insertion.after[:, number], **options)
        other = effect_sizes(insertion.before, insertion.scrambled[:, number], **options)
        over = effect_sizes(insertion.scrambled[:, number], insertion.after[:, number], **options)
        own = own.assign(
            motif=name,
            track=list(tracks),
            scrambled=other["effect"],
            scrambled_low=other["low"],
            scrambled_high=other["high"],
            p_over_scrambled=over["p_wilcoxon"],
        )
        tables.append(own)
    table = pd.concat(tables, ignore_index=True)
    return table.assign(q_wilcoxon=q_values(table["p_wilcoxon"].to_numpy()))[list(INSERTION_COLUMNS)]
