"""Disruption by variants: what a model says of a place with either allele."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from torch import nn

from cisgram.arrays import Codes, Responses
from cisgram.errors import InputError
from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import decode
from cisgram.genomics.variant import Variant, allele_windows, is_swapped, matches_genome
from cisgram.interpret.experiments.responses import ONE_STRAND, Asking, Progress, Score, compare
from cisgram.nn.predict import Device

VARIANT_COLUMNS = ("variant", "name", "chrom", "start", "ref", "alt", "status", "track", "before", "after", "effect")
"""Columns of :func:`disruption_table`."""

OK = "ok"
"""Status of a variant whose reference allele is what the genome says."""


class Disruption(NamedTuple):
    """Responses to windows with either allele; NaN, and N throughout, where a variant does not fit the genome."""

    status: tuple[str, ...]
    """``ok``, or what is wrong, one per variant."""
    ref_codes: Codes
    """``batch length``; the first base of the variant stands at ``length // 2``."""
    alt_codes: Codes
    before: Responses
    """With the reference allele, ``batch track``."""
    after: Responses
    """With the alternative allele."""


def compare_alleles(
    model: nn.Module,
    genome: Genome,
    variants: Sequence[Variant],
    *,
    length_bp: int,
    scores: Sequence[Score],
    asking: Asking = ONE_STRAND,
    device: Device | None = None,
    progress: Progress | None = None,
) -> Disruption:
    """Ask a model about the surroundings of variants with the reference and with the alternative allele.

    Parameters
    ----------
    model, scores, asking, device, progress
        As in :func:`cisgram.interpret.experiments.responses.respond`.
    genome
        The reference.
    variants
        At least one. Those whose ``ref`` is not what the genome says keep their row, with a status that says so.
    length_bp
        What the model reads; windows are those of :func:`cisgram.genomics.variant.allele_windows`.

    Raises
    ------
    InputError
        Where there are no variants.
    """
    if not variants:
        raise InputError("give at least one variant")
    status = tuple(status_of(variant, genome) for variant in variants)
    rows = np.array([one == OK for one in status])
    codes = np.full((2, len(variants), length_bp), 4, dtype=np.uint8)
    for row in np.flatnonzero(rows).tolist():
        windows = allele_windows(variants[row], genome, length_bp=length_bp)
        codes[0, row], codes[1, row] = windows.ref, windows.alt
    n_tracks = 0
    answers = None
    if rows.any():
        answers = compare(
            model,
            codes[0, rows],
            codes[1, rows][:, None],
            scores=scores,
            asking=asking,
            device=device,
            progress=progress,
        )
        n_tracks = answers.before.shape[1]
    before, after = (np.full((len(variants), n_tracks or len(scores)), np.nan, dtype=np.float32) for _ in range(2))
    if answers is not None:
        before[rows], after[rows] = answers.before, answers.after[:, 0]
    return Disruption(status, codes[0], codes[1], before, after)


def status_of(variant: Variant, genome: Genome) -> str:
    """Whether a variant fits a genome: ``ok``, or what is wrong in a few words.

    Examples
    --------
    >>> from cisgram.genomics.sequence import encode
    >>> genome = Genome.from_codes({"I": encode("ACGT")})
    >>> status_of(Variant("I", 1, "C", "T"), genome), status_of(Variant("I", 1, "T", "C"), genome)
    ('ok', 'ref and alt are swapped: the genome has C')
    """
    size = genome.sizes.get(variant.chrom)
    if size is None:
        return f"the genome has no contig {variant.chrom}"
    if variant.end > size:
        return f"beyond the end of {variant.chrom} ({size:,} bp)"
    if matches_genome(variant, genome):
        return OK
    there = decode(genome.codes(variant.chrom, variant.start, variant.end))
    swapped = is_swapped(variant, genome)
    return f"{'ref and alt are swapped' if swapped else 'ref differs'}: the genome has {there}"


def disruption_table(disruption: Disruption, variants: Sequence[Variant], *, tracks: Sequence[str]) -> pd.DataFrame:
    """One row per variant and track.

    Returns
    -------
    pandas.DataFrame
        :data:`VARIANT_COLUMNS`; ``start`` is 0-based, ``variant`` is written 1-based, as ``chr1:100:A>G``; responses
        of variants that do not fit the genome are NaN.
    """
    rows = [
        {
            "variant": str(variant),
            "name": variant.name,
            "chrom": variant.chrom,
            "start": variant.start,
            "ref": variant.ref,
            "alt": variant.alt,
            "status": disruption.status[number],
            "track": track,
            "before": float(disruption.before[number, column]),
            "after": float(disruption.after[number, column]),
            "effect": float(disruption.after[number, column]) - float(disruption.before[number, column]),
        }
        for number, variant in enumerate(variants)
        for column, track in enumerate(tracks)
    ]
    return pd.DataFrame(rows, columns=list(VARIANT_COLUMNS))
