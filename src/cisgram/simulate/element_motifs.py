"""Motifs written into the elements of a chromatin plan: a cell type's own in its enhancers, NRF1 in promoters."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cisgram.arrays import SequenceCodes
from cisgram.errors import ConfigError
from cisgram.genomics.sequence import reverse_complement
from cisgram.simulate.cell_types import cell_type_grammar
from cisgram.simulate.chromatin_states import ChromatinPlan
from cisgram.simulate.grammar import Grammar
from cisgram.simulate.planting import InstancePools, instance_pools
from cisgram.simulate.streams import named_stream

OWN_MOTIFS = {"erythroid": "GATA1", "hepatic": "HNF4A", "myeloid": "SPI1", "epidermal": "TP63", "stem": "Oct4-Sox2"}
"""The motif that opens the enhancers of each cell type."""

INSTANCE_COLUMNS = ("chrom", "start", "end", "name", "strand", "element")
"""Columns of planted instances: the motif, and the name of the enhancer or gene; empty outside of elements."""

_PROMOTER, _ENHANCER, _ANYWHERE = "NRF1", "AP-1", "CTCF"
_SLOT_BP = 40
_ANYWHERE_EVERY_BP = 12_000
_ISLAND_SHARE = 0.7
_ISLAND_GC = 0.66


def plant_elements(
    codes: SequenceCodes, plan: ChromatinPlan, *, seed: int
) -> tuple[SequenceCodes, pd.DataFrame, pd.DataFrame]:
    """Write CpG islands and motifs into one contig.

    Every enhancer gets one to three instances of the own motif of each cell type it is active in, and two in five get
    AP-1. Promoters get one or two NRF1; those of 70 % of housekeeping genes lie in a CpG island: 66 % G and C, without
    the lack of CpG that the rest of the genome has. CTCF stands anywhere, and tells nothing about states.

    Parameters
    ----------
    codes
        Background; not changed.
    plan
        Elements of this contig.
    seed
        Of everything.

    Returns
    -------
    tuple
        The sequence, the instances (:data:`INSTANCE_COLUMNS`), the islands (interval table).
    """
    grammar, written = cell_type_grammar(), codes.copy()
    pools = instance_pools(grammar, named_stream(seed, "instances"))
    islands = _write_islands(written, plan.genes, seed)
    wanted = [*_in_enhancers(plan.enhancers, seed), *_in_promoters(plan.genes, seed), *_anywhere(plan, codes, seed)]
    is_taken = np.zeros(codes.size // _SLOT_BP + 1, dtype=bool)
    rows = []
    for chrom, start, end, element, motifs in wanted:
        rng = named_stream(seed, "planted", element or f"{chrom}:{start}")
        slots = rng.permutation(np.arange(-(-start // _SLOT_BP), end // _SLOT_BP))
        for motif, slot in zip(motifs, [slot for slot in slots.tolist() if not is_taken[slot]], strict=False):
            is_taken[slot] = True
            rows.append((chrom, *_write(written, slot * _SLOT_BP, motif, grammar, pools, rng), element))
    table = pd.DataFrame(rows, columns=list(INSTANCE_COLUMNS))
    return written, table.sort_values(["start", "end"], ignore_index=True), islands


def enriched_motifs(cell_types: Sequence[str]) -> dict[str, dict[str, list[str]]]:
    """Truth about motifs: for each cell type, which ones stand in which planted state.

    Raises
    ------
    ConfigError
        For a cell type that has no motif here.
    """
    if unknown := [name for name in cell_types if name not in OWN_MOTIFS]:
        raise ConfigError(f"there is no cell type {unknown[0]!r}; there are {', '.join(OWN_MOTIFS)}")
    states = {
        "active promoter": [_PROMOTER],
        "promoter flank": [],
        "bivalent promoter": [_PROMOTER],
    }
    return {cell: {**states, "strong enhancer": [OWN_MOTIFS[cell], _ENHANCER]} for cell in cell_types}


def _in_enhancers(enhancers: pd.DataFrame, seed: int) -> list[tuple[str, int, int, str, list[str]]]:
    """What goes into each enhancer."""
    found = []
    for one in enhancers.to_dict("records"):
        rng = named_stream(seed, "enhancer motifs", one["name"])
        motifs = [OWN_MOTIFS[cell] for cell in one["active_in"].split(",") for _ in range(int(rng.integers(1, 4)))]
        motifs += [_ENHANCER] if rng.random() < 0.4 else []
        found.append((one["chrom"], one["start"], one["end"], one["name"], motifs))
    return found


def _in_promoters(genes: pd.DataFrame, seed: int) -> list[tuple[str, int, int, str, list[str]]]:
    """What goes into each promoter."""
    found = []
    for gene in genes.to_dict("records"):
        n = int(named_stream(seed, "promoter motifs", gene["name"]).integers(1, 3))
        found.append((gene["chrom"], gene["promoter_start"], gene["promoter_end"], gene["name"], [_PROMOTER] * n))
    return found


def _anywhere(plan: ChromatinPlan, codes: np.ndarray, seed: int) -> list[tuple[str, int, int, str, list[str]]]:
    """Instances that have nothing to do with states."""
    chrom = str(plan.enhancers["chrom"].iloc[0]) if len(plan.enhancers) else "contig"
    rng = named_stream(seed, "anywhere", chrom)
    starts = rng.integers(1_000, max(1_001, codes.size - 1_000), rng.poisson(codes.size / _ANYWHERE_EVERY_BP))
    return [(chrom, start, start + 2 * _SLOT_BP, "", [_ANYWHERE]) for start in np.unique(starts).tolist()]


def _write(
    codes: np.ndarray,
    start: int,
    name: str,
    grammar: Grammar,
    pools: Sequence[InstancePools],
    rng: np.random.Generator,
) -> tuple[int, int, str, str]:
    """Write one strong instance; returns where, which and on which strand."""
    sequences = pools[[motif.name for motif in grammar.motifs].index(name)].strong[0]
    letters, is_reverse = sequences[int(rng.integers(len(sequences)))], bool(rng.random() < 0.5)
    end = start + letters.size
    codes[start:end] = reverse_complement(letters) if is_reverse else letters
    return start, end, name, "-" if is_reverse else "+"


def _write_islands(codes: np.ndarray, genes: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Draw the bases of CpG islands anew; returns where they are."""
    rows: list[Mapping[str, object]] = []
    shares = np.array([1 - _ISLAND_GC, _ISLAND_GC, _ISLAND_GC, 1 - _ISLAND_GC]) / 2
    for gene in genes.to_dict("records"):
        rng = named_stream(seed, "island", gene["name"])
        if gene["kind"] == "housekeeping" and rng.random() < _ISLAND_SHARE:
            start, end = gene["promoter_start"], gene["promoter_end"]
            codes[start:end] = rng.choice(4, end - start, p=shares).astype(np.uint8)
            rows.append({"chrom": gene["chrom"], "start": start, "end": end, "name": f"CpG_{gene['name']}"})
    return pd.DataFrame(rows, columns=["chrom", "start", "end", "name"])
