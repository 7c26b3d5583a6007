"""The effect of a variant on the open chromatin of every cell type, known because occupancy is worked out anew."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cisgram.arrays import SequenceCodes, Totals
from cisgram.genomics.genome import Genome
from cisgram.genomics.variant import Variant, allele_windows
from cisgram.simulate.assays.chip_nexus import ChipNexus
from cisgram.simulate.cell_types import CellType
from cisgram.simulate.grammar import Contact, Factor, Grammar
from cisgram.simulate.occupancy import occupancies
from cisgram.simulate.sites import find_sites

OPEN_READOUT_BP = 300
"""Effects are on the expected cuts of sites whose middle lies within this many bp around a variant, half on either
side: what a model that reads a peak from the variant in its middle can see."""

_CONTEXT_BP = 2_000


def cell_type_effects(
    variants: Sequence[Variant], genome: Genome, assay: ChipNexus, cell_types: Sequence[CellType]
) -> pd.DataFrame:
    """Expected cuts around each variant with either allele, in every cell type.

    Windows are placed as :func:`~cisgram.genomics.variant.allele_windows` does. Cuts are those of one replicate on both
    strands, the mean background included; repeats and gaps that hide reads are not looked at.

    Parameters
    ----------
    variants, genome
        The variants, and the genome that they are called against.
    assay
        The experiment; its grammar says what opens chromatin.
    cell_types
        In which the effects are wanted.

    Returns
    -------
    pandas.DataFrame
        One row per variant, in the same order: ``name, chrom, start`` (0-based)``, ref, alt`` and for every cell type
        ``ref_CELL`` and ``alt_CELL`` (expected cuts) and ``log2_fold_CELL`` (of alt over ref).
    """
    background = assay.config.background_per_kb * OPEN_READOUT_BP / 1_000
    rows = []
    for variant in variants:
        row: dict[str, object] = {"name": variant.name, "chrom": variant.chrom, "start": variant.start}
        row |= {"ref": variant.ref, "alt": variant.alt}
        windows = allele_windows(variant, genome, length_bp=_CONTEXT_BP)
        before, after = (_expected_cuts(codes, assay, cell_types) + background for codes in windows)
        for cell, one, other in zip(cell_types, before.tolist(), after.tolist(), strict=True):
            row |= {f"ref_{cell.name}": one, f"alt_{cell.name}": other}
            row[f"log2_fold_{cell.name}"] = float(np.log2(other / one)) if one > 0 and other > 0 else 0.0
        rows.append(row)
    columns = ["name", "chrom", "start", "ref", "alt"]
    columns += [f"{what}_{cell.name}" for cell in cell_types for what in ("ref", "alt", "log2_fold")]
    return pd.DataFrame(rows, columns=columns)


def opening_contacts(grammar: Grammar) -> tuple[Contact, ...]:
    """What every factor of a grammar does to its sites, together."""
    return tuple(contact for factor in grammar.factors for contact in factor.contacts)


def _expected_cuts(codes: SequenceCodes, assay: ChipNexus, cell_types: Sequence[CellType]) -> Totals:
    """Expected cuts that the sites in the middle of a window bring to every cell type."""
    sites = find_sites(codes, assay.grammar)
    inside = np.abs(sites.center - codes.size // 2) <= OPEN_READOUT_BP / 2
    cuts = []
    for cell in cell_types:
        weight = sites.weight * cell.weights(assay.grammar)[sites.motif]
        share = occupancies(sites._replace(weight=weight), assay.grammar)
        factor = Factor(cell.name, "open chromatin", opening_contacts(assay.grammar))
        cuts.append(assay.expected_at_sites(sites.motif[inside], share[inside], factor).sum())
    return np.array(cuts)
