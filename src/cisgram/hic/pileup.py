"""Pile-ups: the mean of a contact map around many places or pairs of places, beside that around random ones."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import Mask, SnippetStack, SquareContacts, SquareCounts
from cisgram.errors import ConfigError, EmptySetError
from cisgram.genomics.contacts import ContactSource
from cisgram.genomics.interval import midpoints
from cisgram.genomics.site_pairs import anchors_of, is_pair_table, pair_distances, pair_table
from cisgram.hic.snippets import ContactsOverExpected, expected_of_contig

_VALUES_AT_ONCE = 1 << 22
_MOST_DRAWS = 200


@dataclass(frozen=True)
class PileupConfig:
    """How snippets are cut and averaged."""

    flank_bp: int = 100_000
    """How far a snippet reaches to both sides of the bin in which the middle of a site lies; rounded down to bins."""
    ignore_diagonals: int = 2
    """First diagonals that are left out: pairs of one fragment, its repairs."""
    is_over_expected: bool = True
    """Whether contacts are divided by those expected at their distance."""
    is_balanced: bool = True
    """Whether contacts are balanced; else they are counts."""
    is_flipped: bool = False
    """Whether snippets of sites on the minus strand (pairs: both on it) are turned, so that all point to the right."""
    n_controls: int = 0
    """Random places per site that make the control: of the same contig and distance; 0 for none."""
    min_distance_bp: int = 0
    """Shortest distance of the two sites of a pair; below twice the flank, snippets reach across the diagonal."""
    max_distance_bp: int | None = None
    """Longest distance of the two sites of a pair."""
    seed: int = 0
    """Of the random places."""

    def __post_init__(self) -> None:
        if self.flank_bp < 0 or self.ignore_diagonals < 0 or self.n_controls < 0 or self.min_distance_bp < 0:
            raise ConfigError(f"flank, diagonals, controls and distances must be 0 or more; got {self}")
        if self.max_distance_bp is not None and self.max_distance_bp < self.min_distance_bp:
            raise ConfigError(f"max_distance_bp must be at least min_distance_bp; got {self}")


@dataclass(frozen=True, eq=False)
class Pileup:
    """The mean of a contact map around many sites.

    Parameters
    ----------
    mean
        Mean over snippets, NaN left out pixel by pixel; NaN where no snippet has a value.
    n_values
        How many snippets have a value, per pixel.
    bin_size
        Width of a bin in bp.
    sites
        The sites that were used, with their columns as given.
    dropped
        How many sites were not, by reason.
    is_on_diagonal
        Whether sites are places (the middle of ``mean`` is the diagonal) and not pairs.
    control
        The same mean around random places; None where none was asked for.
    """

    mean: SquareContacts = field(repr=False)
    n_values: SquareCounts = field(repr=False)
    bin_size: int
    sites: pd.DataFrame = field(repr=False)
    dropped: Mapping[str, int]
    is_on_diagonal: bool
    control: SquareContacts | None = field(default=None, repr=False)

    @property
    def n_sites(self) -> int:
        """How many sites were used."""
        return len(self.sites)

    @property
    def over_control(self) -> SquareContacts:
        """The mean divided by the control, or the mean itself where there is none."""
        if self.control is None:
            return self.mean
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.mean / self.control


class SnippetsOfContig(NamedTuple):
    """Snippets of some sites of one contig."""

    rows: np.ndarray
    """Their rows in the table of sites."""
    stack: SnippetStack
    """``site bin bin``."""


def pileup(
    source: ContactSource,
    sites: pd.DataFrame,
    *,
    expected: pd.DataFrame | None = None,
    config: PileupConfig | None = None,
) -> Pileup:
    """Average a contact map around sites or pairs of sites.

    Snippets are those of cooltools 0.7 (``cooltools.pileup``, then ``nanmean``): their middle is the bin of the middle
    of a site; those that reach past an end of the contig are left out. Around places they are symmetric; around pairs,
    rows are bins around the left site and columns around the right one, and what lies below the diagonal is left out.

    Parameters
    ----------
    source
        The map; one contig is in memory at a time.
    sites
        Interval table, or pair table of one contig each (:mod:`cisgram.genomics.site_pairs`).
    expected
        Expected contacts of the same map by distance (:func:`cisgram.hic.expected.expected_cis`, of whole contigs);
        made here where None.
    config
        Flank and all else; the defaults where None.

    Raises
    ------
    EmptySetError
        Where no site is left, by reason.
    InputError
        Where the map is not balanced, or ``expected`` is of other regions or another map.
    """
    config = config or PileupConfig()
    is_pairs = is_pair_table(sites)
    table = pair_table(sites) if is_pairs else sites.reset_index(drop=True)
    usable, dropped = _usable(table, source, config, is_pairs=is_pairs)
    total, many = _empty(source, config)
    used = np.zeros(len(usable), dtype=bool)
    for part in snippets_of_sites(source, usable, expected=expected, config=config):
        used[part.rows] = _add(part.stack, total, many)
    dropped["at the end of a contig or among masked bins"] = int((~used).sum())
    if not used.any():
        raise EmptySetError("sites for a pile-up", dropped=dropped, hint="a shorter flank loses fewer")
    kept = usable[used].reset_index(drop=True)
    control = None
    if config.n_controls:
        control = _control(source, kept, expected=expected, config=config)
    return Pileup(
        _mean(total, many), many, source.bins.bin_size, kept, dropped, is_on_diagonal=not is_pairs, control=control
    )


def snippets_of_sites(
    source: ContactSource,
    sites: pd.DataFrame,
    *,
    expected: pd.DataFrame | None = None,
    config: PileupConfig | None = None,
) -> Iterator[SnippetsOfContig]:
    """The snippets of a pile-up themselves, contig by contig and at most some 30 MB at a time.

    Parameters are those of :func:`pileup`; sites must lie on contigs of the map. A site whose snippet would reach past
    an end of its contig has NaN.
    """
    config = config or PileupConfig()
    is_pairs = is_pair_table(sites)
    chroms = sites["chrom1" if is_pairs else "chrom"].to_numpy()
    flank, size = _flank(source, config), 2 * _flank(source, config) + 1
    strands = _is_turned(sites, is_pairs=is_pairs) if config.is_flipped else np.zeros(len(sites), dtype=bool)
    for chrom in source.bins.chroms:
        rows = np.flatnonzero(chroms == chrom)
        if not rows.size:
            continue
        contig = contacts_over_expected(source, chrom, expected=expected, config=config)
        at_once = max(1, _VALUES_AT_ONCE // (size * size))
        for part in np.array_split(rows, -(-len(rows) // at_once)):
            own = sites.iloc[part]
            first, second = (place // source.bins.bin_size for place in _middles(own, is_pairs=is_pairs))
            stack = contig.snippets(first - flank, second - flank, size)
            if not is_pairs:
                stack = np.fmax(stack, stack.transpose(0, 2, 1))
            turned = strands[part]
            stack[turned] = stack[turned][:, ::-1, ::-1].transpose(0, 2, 1)
            yield SnippetsOfContig(part, stack)


def contacts_over_expected(
    source: ContactSource, chrom: str, *, expected: pd.DataFrame | None = None, config: PileupConfig | None = None
) -> ContactsOverExpected:
    """The contacts of one contig with what each distance expects; parameters are those of :func:`pileup`."""
    config = config or PileupConfig()
    contacts = source.cis(chrom)
    if config.is_balanced:
        contacts.require_weights()
    values = np.ones(contacts.n_bins)
    if config.is_over_expected:
        values = expected_of_contig(
            contacts, expected, is_balanced=config.is_balanced, ignore_diagonals=config.ignore_diagonals
        )
    return ContactsOverExpected(contacts, values, config.ignore_diagonals, config.is_balanced)


def random_sites(
    sites: pd.DataFrame, source: ContactSource, *, n_per_site: int, flank_bp: int, seed: int
) -> pd.DataFrame:
    """Place sites, or pairs with their distance, anywhere on their own contigs, as often as asked for.

    Parameters
    ----------
    sites
        Interval or pair table.
    source
        The map whose contigs they lie on. Of a balanced map, places whose middle is masked are drawn again, up to 200
        times, so that a map of a single region gets its control there.
    n_per_site
        Random places per site.
    flank_bp
        How far they stay from the ends of contigs, where contigs are long enough.
    seed
        Of the random places.
    """
    generator = np.random.default_rng(seed)
    is_pairs = is_pair_table(sites)
    drawn = sites.loc[sites.index.repeat(n_per_site)].reset_index(drop=True)
    names = [f"{name}{n}" for n in (1, 2) for name in ("start", "end")] if is_pairs else ["start", "end"]
    low, high = drawn[names].min(axis=1).to_numpy(), drawn[names].max(axis=1).to_numpy()
    chroms = drawn["chrom1" if is_pairs else "chrom"]
    size = chroms.map(dict(source.bins.sizes)).to_numpy()
    offset = chroms.map({chrom: source.bins.slice_of(chrom).start for chrom in source.bins.chroms}).to_numpy()
    first = np.minimum(flank_bp, np.maximum(size - (high - low), 0) // 2)
    last = np.maximum(size - (high - low) - first, first)
    centers = [place - low for place in _middles(drawn, is_pairs=is_pairs)]
    start = generator.integers(first, last + 1)
    weights = source.weights
    for _ in range(0 if weights is None else _MOST_DRAWS):
        assert weights is not None
        is_masked = np.zeros(len(drawn), dtype=bool)
        for center in centers:
            bins = np.minimum((start + center) // source.bins.bin_size, -(-size // source.bins.bin_size) - 1)
            is_masked |= np.isnan(weights[offset + bins])
        if not is_masked.any():
            break
        start = np.where(is_masked, generator.integers(first, last + 1), start)
    for name in names:
        drawn[name] = drawn[name].to_numpy() + start - low
    return drawn


def _usable(
    table: pd.DataFrame, source: ContactSource, config: PileupConfig, *, is_pairs: bool
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Sites on contigs of the map and at the distances that are asked for, and how many others there are."""
    known = table["chrom1" if is_pairs else "chrom"].isin(source.bins.chroms).to_numpy()
    dropped = {"on contigs that the map does not have": int((~known).sum())}
    kept: Mask = known
    if is_pairs:
        distance = pair_distances(table).to_numpy()
        is_cis = np.isfinite(distance)
        longest = np.inf if config.max_distance_bp is None else config.max_distance_bp
        with np.errstate(invalid="ignore"):
            in_range = (distance >= config.min_distance_bp) & (distance <= longest)
        dropped["pairs of two contigs"] = int((known & ~is_cis).sum())
        dropped["nearer or farther than asked for"] = int((known & is_cis & ~in_range).sum())
        kept = known & is_cis & in_range
    if not kept.any():
        hint = f"the map has {', '.join(source.bins.chroms[:5])}"
        raise EmptySetError("sites for a pile-up", dropped=dropped, hint=hint)
    return table[kept].reset_index(drop=True), dropped


def _flank(source: ContactSource, config: PileupConfig) -> int:
    """The flank in bins."""
    return config.flank_bp // source.bins.bin_size


def _empty(source: ContactSource, config: PileupConfig) -> tuple[SquareContacts, SquareCounts]:
    """Sums and numbers of values, all 0."""
    size = 2 * _flank(source, config) + 1
    return np.zeros((size, size)), np.zeros((size, size), dtype=np.int64)


def _add(stack: SnippetStack, total: SquareContacts, many: SquareCounts) -> Mask:
    """Add snippets to the sums; returns which of them have a value at all."""
    known = ~np.isnan(stack)
    total += np.where(known, stack, 0.0).sum(axis=0)
    many += known.sum(axis=0)
    return np.asarray(known.any(axis=(1, 2)))


def _mean(total: SquareContacts, many: SquareCounts) -> SquareContacts:
    return np.where(many > 0, total / np.maximum(many, 1), np.nan)


def _control(
    source: ContactSource, sites: pd.DataFrame, *, expected: pd.DataFrame | None, config: PileupConfig
) -> SquareContacts:
    """The mean around random places."""
    drawn = random_sites(sites, source, n_per_site=config.n_controls, flank_bp=config.flank_bp, seed=config.seed)
    total, many = _empty(source, config)
    for part in snippets_of_sites(source, drawn, expected=expected, config=config):
        _add(part.stack, total, many)
    return _mean(total, many)


def _middles(sites: pd.DataFrame, *, is_pairs: bool) -> tuple[np.ndarray, np.ndarray]:
    """The middles of the two sites in bp; twice the same around places."""
    if not is_pairs:
        return (midpoints(sites).to_numpy(),) * 2
    return midpoints(anchors_of(sites, 1)).to_numpy(), midpoints(anchors_of(sites, 2)).to_numpy()


def _is_turned(sites: pd.DataFrame, *, is_pairs: bool) -> Mask:
    """Which snippets are turned: sites on the minus strand, pairs of two such."""
    names = ("strand1", "strand2") if is_pairs else ("strand",)
    if missing := [name for name in names if name not in sites]:
        raise ConfigError(f"snippets can be turned by strand where sites have {', '.join(missing)}; these have not")
    return np.asarray((sites[list(names)] == "-").to_numpy().all(axis=1))
