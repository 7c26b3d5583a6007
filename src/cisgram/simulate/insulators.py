"""CTCF sites with a direction: a long motif, its sites written into a sequence, and how often each one is bound."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cisgram.arrays import SequenceCodes
from cisgram.errors import ConfigError
from cisgram.genomics.motif import Motif
from cisgram.genomics.sequence import reverse_complement
from cisgram.simulate.footprint import Footprint, FootprintMode
from cisgram.simulate.grammar import Contact, Factor, Grammar, PlantedMotif
from cisgram.simulate.occupancy import occupancies
from cisgram.simulate.planting import InstancePools, instance_pools
from cisgram.simulate.pluripotency import ppm_from_text
from cisgram.simulate.sites import find_sites, weaken_chance_sites
from cisgram.simulate.streams import named_stream

SITE_COLUMNS = ("start", "end", "strand", "occupancy", "kind")
"""Columns of a table of sites on one contig: 0-based half-open in bp, ``+`` or ``-``, share of the time for which the
site is bound, and one of :data:`KINDS`."""

KINDS = ("boundary", "inner", "half", "chance")
"""At the border of a domain, within a domain, half of the motif only, and where nothing was planted."""

_CTCF = "T45C25 G45A22 G50C28 C90 C97 A76G14 C62G28 C62T26 A92 G96 A40G55 G66T28 G97 G93 C84A8 G52A40 C74 C40T42 A55G25"
_HALF = slice(3, 10)
_BEST_WEIGHT = 19.0
_LEAST_OCCUPANCY = 0.02
_CHANCE_WEIGHT = 0.1
_CHANCE_KEPT = 0.05


@dataclass(frozen=True)
class SiteLayout:
    """Where sites stand.

    Parameters
    ----------
    domain_bp
        Mean length of a domain; lengths spread by about half of it.
    border_gap_bp
        Greatest distance between the two sites of a border that has two.
    paired_share
        Share of borders with two sites that point away from each other, into the domains on both sides; the others
        have one site of a random direction.
    inner_bp
        Mean distance between further sites, of random directions and from weak to strong, within domains.
    half_bp
        Mean distance between half sites, which are hardly ever bound.
    """

    domain_bp: int = 2_400
    border_gap_bp: int = 200
    paired_share: float = 0.4
    inner_bp: int = 2_000
    half_bp: int = 2_000

    def __post_init__(self) -> None:
        if min(self.domain_bp, self.inner_bp, self.half_bp) < 200 or not 40 <= self.border_gap_bp <= self.domain_bp / 4:
            raise ConfigError(
                "distances between sites must be at least 200 bp, and border_gap_bp from 40 bp to a quarter of "
                f"domain_bp; got {self}"
            )
        if not 0 <= self.paired_share <= 1:
            raise ConfigError(f"paired_share must be between 0 and 1; got {self.paired_share}")


def insulator_grammar() -> Grammar:
    """One motif of 19 columns and 17 bits, like that of CTCF; its best sequence is bound 95 % of the time.

    Examples
    --------
    >>> motif = insulator_grammar().motifs[0].motif
    >>> motif.consensus()[3:15], round(float(motif.information_content().sum()), 1)
    ('CCACCAGRGGGC', 16.9)
    """
    sides = (FootprintMode(-40.0, 30.0, 0.5), FootprintMode(40.0, 30.0, 0.5))
    factor = Factor(
        "CTCF", "stops the legs of rings that extrude loops", (Contact("CTCF", 1.0, Footprint(sides, sides)),)
    )
    return Grammar(motifs=(PlantedMotif(Motif("CTCF", ppm_from_text(_CTCF)), _BEST_WEIGHT, 1.0),), factors=(factor,))


def plant_insulators(
    codes: SequenceCodes, *, layout: SiteLayout, seed: int, chrom: str
) -> tuple[SequenceCodes, pd.DataFrame]:
    """Write sites into one contig, and find all that can be bound in the result.

    Sites that the background holds by chance are broken first, most of them. Occupancies come from the letters that
    were written, so a table of sites follows from the sequence alone, apart from its column ``kind``.

    Parameters
    ----------
    codes
        Background sequence; not changed.
    layout
        Where sites stand.
    seed, chrom
        Seed of the simulation and name of the contig.

    Returns
    -------
    tuple of SequenceCodes and pandas.DataFrame
        The sequence, and its sites, :data:`SITE_COLUMNS`, half sites among them, by start.
    """
    grammar = insulator_grammar()
    rng = named_stream(seed, "sites", chrom)
    pools = instance_pools(grammar, named_stream(seed, "instances"))[0]
    written = weaken_chance_sites(codes, grammar, min_weight=_CHANCE_WEIGHT, kept_share=_CHANCE_KEPT, rng=rng)
    is_free = np.ones(codes.size, dtype=bool)
    planted = []
    for kind, center, is_reverse in _laid_out(codes.size, layout, rng):
        letters = _letters(kind, pools, rng)
        start = center - letters.size // 2
        if start < 0 or start + letters.size > codes.size or not is_free[start : start + letters.size].all():
            continue
        written[start : start + letters.size] = reverse_complement(letters) if is_reverse else letters
        is_free[max(start - 5, 0) : start + letters.size + 5] = False
        planted.append((start, start + letters.size, "-" if is_reverse else "+", kind))
    return written, _with_kinds(bound_sites(written), planted)


def bound_sites(codes: SequenceCodes) -> pd.DataFrame:
    """The sites of a sequence that are bound at least 2 % of the time.

    Parameters
    ----------
    codes
        One sequence; positions count from its first base.

    Returns
    -------
    pandas.DataFrame
        :data:`SITE_COLUMNS`, by start; ``kind`` is ``chance``, as nothing is known of planting.

    Examples
    --------
    >>> from cisgram.genomics.sequence import encode
    >>> bound_sites(encode("AAAATGGCCACCAGGGGGCGCTAAAAA"))[["start", "strand", "occupancy"]].values.tolist()
    [[4, '+', 0.95]]
    """
    grammar = insulator_grammar()
    found = find_sites(codes, grammar, min_weight=_LEAST_OCCUPANCY)
    occupancy = occupancies(found, grammar)
    table = pd.DataFrame(
        {
            "start": found.start,
            "end": found.end,
            "strand": np.where(found.is_reverse, "-", "+").astype(object),
            "occupancy": occupancy,
            "kind": "chance",
        }
    )
    return table[occupancy >= _LEAST_OCCUPANCY].reset_index(drop=True)


def _laid_out(length_bp: int, layout: SiteLayout, rng: np.random.Generator) -> list[tuple[str, int, bool]]:
    """Kind, centre and direction of the sites to write: borders first, which nothing may displace."""
    rows: list[tuple[str, int, bool]] = []
    lengths = rng.gamma(4.0, layout.domain_bp / 4, size=int(2 * length_bp / layout.domain_bp) + 20)
    for middle in np.cumsum(np.maximum(lengths, layout.domain_bp / 4)).astype(np.int64).tolist():
        if middle >= length_bp:
            break
        if rng.random() < layout.paired_share:
            half = int(rng.integers(20, layout.border_gap_bp // 2 + 1))
            rows += [("boundary", middle - half, True), ("boundary", middle + half, False)]
        else:
            rows.append(("boundary", middle, bool(rng.random() < 0.5)))
    for kind, spacing_bp in (("inner", layout.inner_bp), ("half", layout.half_bp)):
        centers = rng.integers(0, length_bp, size=rng.poisson(length_bp / spacing_bp))
        rows += [(kind, int(center), bool(rng.random() < 0.5)) for center in np.sort(centers)]
    return rows


def _letters(kind: str, pools: InstancePools, rng: np.random.Generator) -> SequenceCodes:
    """The bases of one site, read along its motif."""
    is_weak = kind == "inner" and rng.random() < 0.5
    letters = (pools.moderate if is_weak else pools.strong)[0]
    chosen = letters[int(rng.integers(len(letters)))]
    return chosen[_HALF] if kind == "half" else chosen


def _with_kinds(found: pd.DataFrame, planted: list[tuple[int, int, str, str]]) -> pd.DataFrame:
    """Say which sites were planted as what, and add the half sites, which are not bound."""
    kind_at = {(start, strand): kind for start, _, strand, kind in planted}
    keys = zip(found["start"], found["strand"], strict=True)
    found = found.assign(kind=[kind_at.get(key, "chance") for key in keys])
    halves = [(start, end, strand, 0.0, kind) for start, end, strand, kind in planted if kind == "half"]
    table = pd.concat([found, pd.DataFrame(halves, columns=list(SITE_COLUMNS))]) if halves else found
    return table.sort_values(["start", "strand"], kind="stable", ignore_index=True)
