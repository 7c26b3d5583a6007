"""Called peaks against those of the deep library, and those that no training type has, as tables."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cisgram.genomics.interval import midpoints, overlaps
from cisgram.peaks.blocks import GenomeBlocks, genome_blocks
from cisgram.peaks.compare import compare_peaks, share_overlapping
from cisgram.run.folder import CoverageRun
from cisgram.run.steps.coverage.depth_tables import Result
from cisgram.run.steps.coverage.judge import ALL, HELD_OUT
from cisgram.run.steps.coverage.known import KnownGenome, held_out_contigs

CALLED_COLUMNS = (
    "pair", "track", "level", "depth", "n_reads", "method", "rule", "scope", "n_called", "n_deep",
    "recall", "recall_low", "recall_high", "precision", "precision_low", "precision_high",
    "summit_distance_bp", "summit_distance_low", "summit_distance_high",
)  # fmt: skip
"""Called peaks against the deep library's: shares of peaks that overlap, and the median distance of their summits."""
OWN_COLUMNS = (
    "pair", "track", "level", "depth", "n_reads", "method", "scope", "places", "value", "low", "high", "n"
)  # fmt: skip
"""Share of the ``places`` (see ``own_peaks.PLACES``) at which a method calls a peak."""
TRAINED_ON = "contigs trained on"
"""Contigs that are neither held out nor used to choose when to stop."""
_MEASURES = ("peak_recall", "peak_precision", "summit_distance_bp")


def scopes_of_contigs(run: CoverageRun, known: KnownGenome) -> dict[str, GenomeBlocks]:
    """Blocks of all contigs, of those never trained on, and of those trained on, as far as there are any."""
    held_out, split = held_out_contigs(run), run.config.split
    trained_on = [] if split is None else [one for one in known.sizes if one not in (*held_out, *split.valid)]
    chosen = {ALL: list(known.sizes), HELD_OUT: held_out, TRAINED_ON: trained_on}
    settings = run.config.evaluation
    return {
        scope: genome_blocks(
            {name: known.sizes[name] for name in contigs},
            regions=known.regions,
            n_resamples=settings.n_bootstrap,
            seed=run.config.seed,
        )
        for scope, contigs in chosen.items()
        if contigs
    }


def called_table(
    results: Sequence[Result], truths: Mapping[str, pd.DataFrame], scopes: Mapping[str, GenomeBlocks]
) -> pd.DataFrame:
    """Every method that called peaks against the deep peaks of its pair.

    Parameters
    ----------
    results
        Of the evaluation; those without peaks are left out.
    truths
        Deep peaks by pair, with summits.
    scopes
        What is looked at; contigs never trained on, and all.
    """
    rows = []
    for one in results:
        if one.called is None:
            continue
        for scope, blocks in scopes.items():
            if scope != TRAINED_ON:
                figures = _figures(one.called.peaks, truths[one.pair], blocks)
                rows.append((*one.head, one.called.rule, scope, *figures))
    return pd.DataFrame(rows, columns=list(CALLED_COLUMNS))


def _figures(peaks: pd.DataFrame, truth: pd.DataFrame, blocks: GenomeBlocks) -> tuple[float, ...]:
    """Numbers of peaks, then recall, precision and summit distance with their intervals."""
    ours, theirs = (_looked_at(table, blocks) for table in (peaks, truth))
    if not (blocks.block_of(theirs["chrom"], midpoints(theirs)) >= 0).any():
        return (len(ours), 0, *[np.nan] * 9)
    compared = {str(row["measure"]): row for row in compare_peaks(ours, theirs, blocks).to_dict("records")}
    recall, precision, distance = (compared[name] for name in _MEASURES)
    figures = [float(row[key]) for row in (recall, precision, distance) for key in ("value", "low", "high")]
    return (int(precision["n"]), int(recall["n"]), *figures)


def _looked_at(table: pd.DataFrame, blocks: GenomeBlocks) -> pd.DataFrame:
    """Peaks on the contigs of some blocks that reach into what is known."""
    own = table[table["chrom"].isin(list(blocks.sizes))]
    return own if blocks.regions is None else own[overlaps(own, blocks.regions)]


def own_table(
    results: Sequence[Result],
    places: Mapping[str, Mapping[str, pd.DataFrame]],
    scopes: Mapping[str, GenomeBlocks],
) -> pd.DataFrame:
    """At which share of the places of each kind every method calls a peak.

    Parameters
    ----------
    results
        Of the evaluation; those without peaks are left out.
    places
        By pair and kind; pairs without an entry are left out.
    scopes
        What is looked at.
    """
    rows = []
    for one in results:
        if one.called is None or one.method == "deep":
            continue
        for scope, blocks in scopes.items():
            for kind, table in places.get(one.pair, {}).items():
                rows.append((*one.head, scope, kind, *share_overlapping(table, one.called.peaks, blocks)))
    return pd.DataFrame(rows, columns=list(OWN_COLUMNS))
