"""From one seed to the contigs of a cell: background, planted regions, sites and how often each is bound."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from cisgram.arrays import SequenceCodes
from cisgram.genomics.genome import Genome
from cisgram.simulate.contig import CellContig, with_planted
from cisgram.simulate.genome import BackgroundConfig, background_contig, repeat_families
from cisgram.simulate.grammar import Grammar
from cisgram.simulate.occupancy import occupancies
from cisgram.simulate.planting import PlantingConfig, instance_pools, plant
from cisgram.simulate.sites import find_sites, weaken_chance_sites
from cisgram.simulate.streams import named_stream

CHANCE_SITE_WEIGHT = 0.03
"""Sites that background sequence holds by chance are broken from this statistical weight on."""


def build_contigs(
    sizes: Mapping[str, int],
    *,
    grammar: Grammar,
    background: BackgroundConfig,
    planting: PlantingConfig,
    chance_sites_kept: float,
    seed: int,
    codes_path: Path,
) -> tuple[list[CellContig], Genome]:
    """Make all contigs, one after the other.

    Parameters
    ----------
    sizes
        Name and length of every contig.
    grammar, background, planting
        What is planted, on what, how densely.
    chance_sites_kept
        Share of the sites in background sequence that is left as it is.
    seed
        Seed of the cell; a contig depends on it, on its own name and length, and not on the other contigs.
    codes_path
        Where the bases are put (``.npy``); the contigs hold slices of a memory map on it.

    Returns
    -------
    list of CellContig and Genome
        The contigs in the order of ``sizes``, and the same bases as a genome.
    """
    families = repeat_families(background, named_stream(seed, "repeats"))
    pools = instance_pools(grammar, named_stream(seed, "instances"))
    joined = np.lib.format.open_memmap(codes_path, mode="w+", dtype=np.uint8, shape=(sum(sizes.values()),))
    contigs = []
    offset = 0
    for name, length in sizes.items():
        drawn = background_contig(
            length, config=background, families=families, rng=named_stream(seed, "background", name)
        )
        cleared = weaken_chance_sites(
            drawn.codes,
            grammar,
            min_weight=CHANCE_SITE_WEIGHT,
            kept_share=chance_sites_kept,
            rng=named_stream(seed, "chance sites", name),
        )
        codes, planted = plant(
            cleared,
            unmappable=drawn.unmappable,
            grammar=grammar,
            pools=pools,
            config=planting,
            rng=named_stream(seed, "planting", name),
        )
        sites = with_planted(find_sites(codes, grammar), planted, grammar)
        joined[offset : offset + length] = codes
        slice_of_map: SequenceCodes = joined[offset : offset + length]
        contigs.append(CellContig(name, slice_of_map, drawn.unmappable, sites, occupancies(sites, grammar), planted))
        offset += length
    joined.flush()
    return contigs, Genome(dict(sizes), joined, hashlib.sha256(joined.data).hexdigest())
