"""The effect of a variant on every track and gene near it, known because both alleles are read and worked out."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.genomics.genome import Genome
from cisgram.genomics.variant import Variant, allele_windows
from cisgram.simulate.expression_edits import CONTEXT_BP
from cisgram.simulate.expression_rules import ExpressionRules
from cisgram.simulate.expression_tracks import (
    STEP_BP,
    ExpressionAssays,
    StretchState,
    expected_signal,
    state_of,
    track_names,
)

EXPRESSION_READOUT_BP = 32_768
"""Effects on tracks are on the expected counts within this many bp around a variant, half on either side."""

GENE_PSEUDO_RATE = 0.2
"""Added to the rates of a gene with either allele before their ratio is taken: ten tags of two replicates."""


def expression_effects(
    variants: Sequence[Variant],
    genome: Genome,
    promoters: pd.DataFrame,
    *,
    rules: ExpressionRules,
    assays: ExpressionAssays,
) -> pd.DataFrame:
    """Expected signal around each variant with either allele, and what it does to the gene that minds it most.

    Parameters
    ----------
    variants, genome
        The variants, and the genome that they are called against.
    promoters
        ``chrom``, ``tss``, ``strand`` and ``gene`` of the genes.
    rules, assays
        Of the simulation.

    Returns
    -------
    pandas.DataFrame
        One row per variant, in the same order: ``name, chrom, start`` (0-based)``, ref, alt``; ``gene`` within reach
        whose rate changes most in any cell type (``""`` where none does), ``gene_distance`` (bp from its first base,
        below 0 upstream of it; 0 without a gene) and ``gene_log2_fold_CELL`` (of its rate); then for every track
        ``ref_TRACK`` and ``alt_TRACK``, counts of all replicates summed over :data:`EXPRESSION_READOUT_BP` (inserted
        bases count, too), and ``log2_fold_TRACK`` of alt over ref.
    """
    names = track_names(rules)
    length = EXPRESSION_READOUT_BP + 2 * (rules.reach_bp + CONTEXT_BP) // STEP_BP * STEP_BP
    rows = []
    for variant in variants:
        ref, alt = (state_of(codes, rules) for codes in allele_windows(variant, genome, length_bp=length))
        before = _summed(ref, 0, rules, assays)
        after = _summed(alt, variant.length_change, rules, assays)
        row: dict[str, object] = {"name": variant.name, "chrom": variant.chrom, "start": variant.start}
        row |= {"ref": variant.ref, "alt": variant.alt}
        row |= _gene_effect(variant, _Alleles(ref, alt), promoters, rules)
        for number, name in enumerate(names):
            row |= {f"ref_{name}": before[number], f"alt_{name}": after[number]}
            row[f"log2_fold_{name}"] = float(np.log2(after[number] / before[number]))
        rows.append(row)
    cells = [f"gene_log2_fold_{cell.name}" for cell in rules.cell_types]
    columns = ["name", "chrom", "start", "ref", "alt", "gene", "gene_distance", *cells]
    columns += [f"{what}_{name}" for name in names for what in ("ref", "alt", "log2_fold")]
    return pd.DataFrame(rows, columns=columns)


class _Alleles(NamedTuple):
    """The same stretch with either allele."""

    ref: StretchState
    alt: StretchState


def _summed(state: StretchState, length_change: int, rules: ExpressionRules, assays: ExpressionAssays) -> np.ndarray:
    """Counts of every track in the middle of a stretch; the right end moves with the bases that it had in ref."""
    signal = assays.n_replicates * expected_signal(state, rules, assays)
    reached = np.concatenate([np.zeros((len(signal), 1)), np.cumsum(signal, axis=1)], axis=1)
    middle, steps = state.length_bp // 2, np.arange(reached.shape[1]) * STEP_BP
    ends = [middle - EXPRESSION_READOUT_BP / 2, middle + EXPRESSION_READOUT_BP / 2 + length_change]
    left, right = (np.array([np.interp(end, steps, track) for track in reached]) for end in ends)
    return right - left


def _gene_effect(
    variant: Variant, alleles: _Alleles, promoters: pd.DataFrame, rules: ExpressionRules
) -> dict[str, object]:
    """The gene whose rate changes most, and by how much in every cell type."""
    own = promoters[promoters["chrom"] == variant.chrom]
    first = variant.start - alleles.ref.length_bp // 2
    near = own[(own["tss"] - variant.start).abs() <= EXPRESSION_READOUT_BP]
    tss, is_minus = near["tss"].to_numpy(np.int64), near["strand"].eq("-").to_numpy()
    moved = np.where(tss >= variant.end, variant.length_change, 0)
    before = _rates_at(alleles.ref, tss - first, is_minus)
    after = _rates_at(alleles.alt, tss - first + moved, is_minus)
    fold = np.log2((after + GENE_PSEUDO_RATE) / (before + GENE_PSEUDO_RATE))
    cells = [f"gene_log2_fold_{cell.name}" for cell in rules.cell_types]
    if not fold.size or np.abs(fold).max() < 1e-6:
        return {"gene": "", "gene_distance": 0, **dict.fromkeys(cells, 0.0)}
    most = int(np.abs(fold).max(axis=1).argmax())
    distance = int(variant.start - tss[most]) * (-1 if is_minus[most] else 1)
    folds = dict(zip(cells, fold[most].tolist(), strict=True))
    return {"gene": near["gene"].iloc[most], "gene_distance": distance, **folds}


def _rates_at(state: StretchState, tss: np.ndarray, is_minus: np.ndarray) -> np.ndarray:
    """Rates of the promoters that begin at places of a stretch, ``place cell``; 0 where none does any more."""
    found = state.regulation
    row_of = {key: row for row, key in enumerate(zip(found.tss.tolist(), found.is_reverse.tolist(), strict=True))}
    rows = [row_of.get(key, -1) for key in zip(tss.tolist(), is_minus.tolist(), strict=True)]
    rates = np.vstack([found.rates, np.zeros((1, found.rates.shape[1]))])
    return rates[np.array(rows, dtype=np.int64)]
