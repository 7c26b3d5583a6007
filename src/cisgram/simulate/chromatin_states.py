"""Chromatin states planted along a genome with genes: promoters that cell types share, enhancers that they do not.

States are laid out as they lie around real genes. An active gene has a promoter of a few hundred bp with flanks on
both sides, and a transcribed body; a gene that is switched off lies in a polycomb domain with a bivalent promoter, or
in nothing. Enhancers stand between and inside genes, each active in some cell types; heterochromatin fills part of
the long stretches without genes. All numbers were chosen for this simulation and are no measurement.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import Rows
from cisgram.simulate.streams import named_stream

MARKS = ("H3K4me3", "H3K4me1", "H3K27ac", "H3K36me3", "H3K27me3", "H3K9me3")
"""Histone marks that are simulated."""


class PlantedState(NamedTuple):
    """One chromatin state."""

    name: str
    levels: tuple[float, ...]
    """How strong each of :data:`MARKS` is in it, 0 to 1."""


PLANTED_STATES = (
    PlantedState("active promoter", (1.0, 0.08, 0.8, 0.0, 0.0, 0.0)),
    PlantedState("promoter flank", (0.3, 0.8, 0.5, 0.0, 0.0, 0.0)),
    PlantedState("strong enhancer", (0.0, 1.0, 0.9, 0.0, 0.0, 0.0)),
    PlantedState("weak enhancer", (0.0, 0.7, 0.0, 0.0, 0.0, 0.0)),
    PlantedState("transcribed", (0.0, 0.0, 0.0, 1.0, 0.0, 0.0)),
    PlantedState("bivalent promoter", (0.6, 0.2, 0.0, 0.0, 0.9, 0.0)),
    PlantedState("polycomb", (0.0, 0.0, 0.0, 0.0, 0.9, 0.0)),
    PlantedState("heterochromatin", (0.0, 0.0, 0.0, 0.0, 0.0, 1.0)),
    PlantedState("quiescent", (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)),
)
"""States by number."""

GENE_COLUMNS = ("chrom", "start", "end", "name", "strand", "kind", "active_in", "promoter_start", "promoter_end")
"""Columns of :attr:`ChromatinPlan.genes`: ``housekeeping``, ``specific`` or ``silent``; cell types with commas
between; the bins of its promoter."""

ENHANCER_COLUMNS = ("chrom", "start", "end", "name", "active_in")
"""Columns of :attr:`ChromatinPlan.enhancers`: the strong core, in whole bins; cell types with commas between."""

_NUMBERS = {state.name: number for number, state in enumerate(PLANTED_STATES)}
_KINDS, _KIND_SHARES = ("housekeeping", "specific", "silent"), (0.4, 0.35, 0.25)
_GAP_BINS, _LEAST_GAP_BINS = 100, 40
_GENE_BINS, _SHORTEST_GENE_BINS, _LONGEST_GENE_BINS = 60, 15, 250
_ENHANCER_EVERY_BINS = 65
_POISED_SHARE = 0.25
_POLYCOMB_SHARE = 0.65
_HETEROCHROMATIN_SHARE = 0.35


class ChromatinPlan(NamedTuple):
    """One contig: its elements, and the state of every bin in every cell type."""

    genes: pd.DataFrame
    """Interval table with :data:`GENE_COLUMNS`; genes do not overlap."""
    enhancers: pd.DataFrame
    """Interval table with :data:`ENHANCER_COLUMNS`."""
    states: dict[str, Rows]
    """int8 per bin, numbers of :data:`PLANTED_STATES`, by cell type."""


def plan_chromatin(
    chrom: str, n_bins: int, *, cell_types: Sequence[str], bin_size: int = 200, seed: int
) -> ChromatinPlan:
    """Lay out genes, enhancers and states along one contig.

    Housekeeping genes are active in every cell type, specific ones in one, silent ones in none; where a gene is off,
    two thirds of them are polycomb domains. Of the enhancers 60 % are active in one cell type, 25 % in two and 15 %
    in all; where one is not active it may be weak (a quarter) or leave no trace.

    Parameters
    ----------
    chrom
        Name of the contig; the plan depends on it, on its length, on the cell types and on the seed.
    n_bins
        Its length in bins.
    cell_types
        Names, at least one.
    bin_size
        Width of a bin in bp; elements are whole bins.
    seed
        Of everything.
    """
    genes = _genes(chrom, n_bins, cell_types, bin_size, named_stream(seed, "chromatin genes", chrom))
    enhancers = _enhancers(genes, chrom, n_bins, cell_types, bin_size, named_stream(seed, "enhancers", chrom))
    domains = _heterochromatin(genes, n_bins, bin_size, named_stream(seed, "heterochromatin", chrom))
    states = {}
    for cell in cell_types:
        painted = np.full(n_bins, _NUMBERS["quiescent"], dtype=np.int8)
        for start, end in domains:
            painted[start:end] = _NUMBERS["heterochromatin"]
        # Shapes come from streams of their own for each element, so that they agree between cell types.
        _paint_bodies(painted, genes, cell, bin_size, seed)
        _paint_enhancers(painted, enhancers, cell, bin_size, seed)
        _paint_promoters(painted, genes, cell, bin_size, seed)
        states[cell] = painted
    return ChromatinPlan(genes, enhancers, states)


def state_levels() -> pd.DataFrame:
    """How strong every mark (columns) is in every planted state (rows), 0 to 1."""
    rows = [state.levels for state in PLANTED_STATES]
    names = pd.Index([state.name for state in PLANTED_STATES], name="state")
    return pd.DataFrame(rows, index=names, columns=list(MARKS))


def _genes(chrom: str, n_bins: int, cell_types: Sequence[str], bin_size: int, rng: np.random.Generator) -> pd.DataFrame:
    """Genes from left to right with gaps between them."""
    rows, at = [], 10 + int(rng.exponential(_GAP_BINS))
    while True:
        length = int(np.clip(rng.lognormal(np.log(_GENE_BINS), 0.6), _SHORTEST_GENE_BINS, _LONGEST_GENE_BINS))
        end, gap = at + length, _LEAST_GAP_BINS + int(rng.exponential(_GAP_BINS))
        is_plus, kind = rng.random() < 0.5, _KINDS[int(rng.choice(3, p=_KIND_SHARES))]
        own, size, offset = str(rng.choice(cell_types)), int(rng.integers(3, 6)), int(rng.integers(0, bin_size))
        if end + 10 > n_bins:
            break
        active = {"housekeeping": ",".join(cell_types), "specific": own, "silent": ""}[kind]
        middle = at if is_plus else end - 1
        promoter = (middle - size // 2, middle - size // 2 + size)
        bounds = (at * bin_size + offset, end * bin_size) if is_plus else (at * bin_size, end * bin_size - offset)
        strand = "+" if is_plus else "-"
        rows.append(
            (chrom, *bounds, f"{chrom}_gene{len(rows) + 1}", strand, kind, active, *(b * bin_size for b in promoter))
        )
        at = end + gap
    return pd.DataFrame(rows, columns=list(GENE_COLUMNS))


def _enhancers(
    genes: pd.DataFrame,
    chrom: str,
    n_bins: int,
    cell_types: Sequence[str],
    bin_size: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Enhancers that keep away from promoters and from each other."""
    is_free = np.ones(n_bins, dtype=bool)
    for start, end in genes[["promoter_start", "promoter_end"]].to_numpy(dtype=np.int64) // bin_size:
        is_free[max(0, start - 10) : end + 10] = False
    counts = np.arange(1, len(cell_types) + 1)
    shares = np.where(counts == 1, 0.6, np.where(counts == len(cell_types), 0.15, 0.25 / max(1, len(cell_types) - 2)))
    rows, at = [], 5
    while True:
        at += 14 + int(rng.exponential(_ENHANCER_EVERY_BINS - 14))
        length, n_active = int(rng.integers(3, 7)), int(rng.choice(counts, p=shares / shares.sum()))
        chosen = set(rng.permutation(cell_types)[:n_active].tolist())
        if at + length + 5 > n_bins:
            break
        if is_free[at - 2 : at + length + 2].all():
            name = f"{chrom}_enhancer{len(rows) + 1}"
            active = ",".join(cell for cell in cell_types if cell in chosen)
            rows.append((chrom, at * bin_size, (at + length) * bin_size, name, active))
    return pd.DataFrame(rows, columns=list(ENHANCER_COLUMNS))


def _heterochromatin(
    genes: pd.DataFrame, n_bins: int, bin_size: int, rng: np.random.Generator
) -> list[tuple[int, int]]:
    """Stretches in bins, in the middle of long gaps between genes."""
    ends = [0, *(genes["end"].to_numpy() // bin_size).tolist()]
    starts = [*(genes["start"].to_numpy() // bin_size).tolist(), n_bins]
    domains = []
    for left, right in zip(ends, starts, strict=True):
        is_taken, margins = rng.random() < _HETEROCHROMATIN_SHARE, rng.integers(12, 20, 2)
        if is_taken and right - left > 60:
            domains.append((left + int(margins[0]), right - int(margins[1])))
    return domains


def _paint_bodies(painted: np.ndarray, genes: pd.DataFrame, cell: str, bin_size: int, seed: int) -> None:
    """Transcribed bodies of active genes, polycomb around many of the others."""
    for gene in genes.to_dict("records"):
        rng = named_stream(seed, "body", gene["name"])
        is_polycomb, reach = rng.random() < _POLYCOMB_SHARE, rng.integers([8, 20, 4], [25, 60, 15])
        start, end = gene["start"] // bin_size, -(-gene["end"] // bin_size)
        is_plus = gene["strand"] == "+"
        if cell in gene["active_in"].split(","):
            late = min(int(reach[2]), (end - start) // 4)  # the mark of elongation begins inside the gene
            body = (start + late, end) if is_plus else (start, end - late)
            painted[body[0] : body[1]] = _NUMBERS["transcribed"]
        elif is_polycomb:
            tss = start if is_plus else end
            before, after = (int(one) for one in (reach[:2] if is_plus else reach[1::-1]))
            painted[max(0, tss - before) : tss + after] = _NUMBERS["polycomb"]


def _paint_enhancers(painted: np.ndarray, enhancers: pd.DataFrame, cell: str, bin_size: int, seed: int) -> None:
    """Strong cores with weak shoulders where active, weak ones in some of the other cell types."""
    for one in enhancers.to_dict("records"):
        shoulders = named_stream(seed, "shoulders", one["name"]).integers(1, 4, 2)
        is_poised = named_stream(seed, "poised", one["name"], cell).random() < _POISED_SHARE
        start, end = one["start"] // bin_size, one["end"] // bin_size
        if cell in one["active_in"].split(","):
            painted[start - int(shoulders[0]) : end + int(shoulders[1])] = _NUMBERS["weak enhancer"]
            painted[start:end] = _NUMBERS["strong enhancer"]
        elif is_poised:
            painted[start:end] = _NUMBERS["weak enhancer"]


def _paint_promoters(painted: np.ndarray, genes: pd.DataFrame, cell: str, bin_size: int, seed: int) -> None:
    """Promoters with flanks where the gene is active, bivalent ones in polycomb domains."""
    for gene in genes.to_dict("records"):
        flanks = named_stream(seed, "flanks", gene["name"]).integers(2, 5, 2)
        is_polycomb = named_stream(seed, "body", gene["name"]).random() < _POLYCOMB_SHARE
        start, end = gene["promoter_start"] // bin_size, gene["promoter_end"] // bin_size
        if cell in gene["active_in"].split(","):
            painted[max(0, start - int(flanks[0])) : end + int(flanks[1])] = _NUMBERS["promoter flank"]
            painted[start:end] = _NUMBERS["active promoter"]
        elif is_polycomb:
            painted[start:end] = _NUMBERS["bivalent promoter"]
