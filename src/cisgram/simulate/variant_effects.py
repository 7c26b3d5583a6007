"""The effect of a variant on every factor, known because occupancy is worked out anew with either allele."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cisgram.arrays import SequenceCodes
from cisgram.genomics.genome import Genome
from cisgram.genomics.variant import Variant, allele_windows
from cisgram.simulate.assays.chip_nexus import ChipNexus
from cisgram.simulate.occupancy import occupancies
from cisgram.simulate.sites import find_sites

READOUT_BP = 1_000
"""Effects are on the expected reads within this many bp around a variant."""
_CONTEXT_BP = 4_000


def variant_effects(variants: Sequence[Variant], genome: Genome, assay: ChipNexus) -> pd.DataFrame:
    """Expected reads around each variant with either allele.

    The window is placed as :func:`~cisgram.genomics.variant.allele_windows` does, so that it is what a model with
    an output of ``READOUT_BP`` would read. Expected reads are those of one replicate on both strands together, the
    mean background included; repeats and gaps that hide reads are not looked at.

    Returns
    -------
    pandas.DataFrame
        One row per variant, in the same order: ``name, chrom, start`` (0-based)``, ref, alt`` and for every assayed
        factor ``ref_<factor>`` and ``alt_<factor>`` (expected reads) and ``log2_fold_<factor>`` (of alt over ref).
    """
    rows = []
    background = assay.config.background_per_kb * READOUT_BP / 1_000
    for variant in variants:
        windows = allele_windows(variant, genome, length_bp=_CONTEXT_BP)
        row: dict[str, object] = {
            "name": variant.name,
            "chrom": variant.chrom,
            "start": variant.start,
            "ref": variant.ref,
            "alt": variant.alt,
        }
        ref, alt = (_expected_by_factor(codes, assay) for codes in windows)
        for factor in assay.grammar.assayed:
            before, after = ref[factor.name] + background, alt[factor.name] + background
            row[f"ref_{factor.name}"] = before
            row[f"alt_{factor.name}"] = after
            row[f"log2_fold_{factor.name}"] = float(np.log2(after / before)) if before > 0 and after > 0 else 0.0
        rows.append(row)
    names = [factor.name for factor in assay.grammar.assayed]
    columns = ["name", "chrom", "start", "ref", "alt"]
    columns += [f"{what}_{name}" for name in names for what in ("ref", "alt", "log2_fold")]
    return pd.DataFrame(rows, columns=columns)


def _expected_by_factor(codes: SequenceCodes, assay: ChipNexus) -> dict[str, float]:
    """Expected reads that the sites in the middle of a window bring to every assayed factor."""
    sites = find_sites(codes, assay.grammar)
    occupancy = occupancies(sites, assay.grammar)
    middle = codes.size // 2
    inside = (sites.center >= middle - READOUT_BP / 2) & (sites.center < middle + READOUT_BP / 2)
    return {
        factor.name: float(assay.expected_at_sites(sites.motif[inside], occupancy[inside], factor).sum())
        for factor in assay.grammar.assayed
    }
