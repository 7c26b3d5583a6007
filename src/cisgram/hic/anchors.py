"""Which way motifs point at the two anchors of loops: convergent, in tandem, divergent, on one side or on none."""

from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import PerSitePair, SiteRows, SiteWords
from cisgram.errors import EmptySetError, InputError
from cisgram.genomics.site_pairs import PAIR_COLUMNS, anchors_of, pair_table

ORIENTATIONS = ("convergent", "tandem right", "tandem left", "divergent", "one side", "none")
"""What is told of a pair: ``+ -``, ``+ +``, ``- -``, ``- +``, a site at one anchor only, and at neither."""
ANCHOR_COLUMNS = ("site1", "site2", "n_sites1", "n_sites2", "strand1", "strand2", "orientation")
"""Columns that :func:`anchor_orientations` adds: rows of the sites (-1: none), how many lie at each anchor."""
ORIENTATION_COLUMNS = ("orientation", "n", "share", "expected_share", "fold", "p_more", "p_fewer")
"""Columns of :func:`orientation_enrichment`."""
_CODE = {("+", "-"): 0, ("+", "+"): 1, ("-", "-"): 2, ("-", "+"): 3}


class _Sites(NamedTuple):
    """Sites of one contig, by position."""

    middle: np.ndarray
    row: np.ndarray
    score: np.ndarray


def anchor_orientations(pairs: pd.DataFrame, sites: pd.DataFrame, *, slack_bp: int = 0) -> pd.DataFrame:
    """Say for each pair which way the motifs at its two anchors point.

    Where several sites lie at one anchor, the one of the highest score counts (of equal ones, or without scores, the
    one nearest to the middle of the anchor); ``n_sites1`` and ``n_sites2`` tell where that was a choice.

    Parameters
    ----------
    pairs
        Pair table, such as loops.
    sites
        Interval table with ``strand`` (``+`` or ``-``), and ``score`` where known: motif instances.
    slack_bp
        How far outside of an anchor the middle of a site may lie.

    Returns
    -------
    pandas.DataFrame
        The pairs (left anchor first) with :data:`ANCHOR_COLUMNS`; strands are ``.`` where there is no site.

    Raises
    ------
    InputError
        Where sites have no strand.

    References
    ----------
    Rao et al. (2014), A 3D map of the human genome at kilobase resolution. Cell 159: of loops with one CTCF motif at
    each anchor, 92 % are convergent, where 25 % are expected.

    Examples
    --------
    >>> pairs = pd.DataFrame([("I", 0, 10, "I", 50, 60)], columns=list(PAIR_COLUMNS))
    >>> sites = pd.DataFrame({"chrom": ["I", "I"], "start": [4, 52], "end": [6, 54], "strand": ["+", "-"]})
    >>> anchor_orientations(pairs, sites)["orientation"].tolist()
    ['convergent']
    """
    strands = _strands(sites)
    table = pair_table(pairs)
    chosen = [_sites_at(anchors_of(table, n), sites, slack_bp) for n in (1, 2)]
    for n, (row, many) in enumerate(chosen, start=1):
        table[f"site{n}"], table[f"n_sites{n}"] = row, many
        table[f"strand{n}"] = np.where(row >= 0, strands[row], ".")
    table["orientation"] = _classes(strands, chosen[0][0], chosen[1][0])
    return table


def orientation_enrichment(
    pairs: pd.DataFrame,
    sites: pd.DataFrame,
    *,
    slack_bp: int = 0,
    null: Literal["strands", "anchors"] = "strands",
    n_shuffles: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Ask whether pairs of one orientation are more, or fewer, than chance gives.

    Chance is one of two. ``strands``: sites stay where they are and exchange their strands, all over the genome;
    this asks about direction alone (``one side`` and ``none`` do not change). ``anchors``: pairs move to
    anywhere on their contig, with the distance of their anchors; this asks also whether sites lie at anchors at all,
    and keeps how sites follow each other.

    Parameters
    ----------
    pairs, sites, slack_bp
        As for :func:`anchor_orientations`.
    null
        What chance changes.
    n_shuffles
        How often.
    seed
        Of the shuffles.

    Returns
    -------
    pandas.DataFrame
        :data:`ORIENTATION_COLUMNS`, a row per orientation: how many pairs, their share, the mean share by chance, the
        ratio of the two (NaN where chance gives none), and the share of shuffles (with the data themselves) that have
        as many or more, and as many or fewer.

    Raises
    ------
    EmptySetError
        Where there is no pair.
    """
    if pairs.empty:
        raise EmptySetError("pairs whose anchors are looked at", dropped={})
    table = anchor_orientations(pairs, sites, slack_bp=slack_bp)
    observed = _tally(table["orientation"].to_numpy())
    generator = np.random.default_rng(seed)
    if null == "strands":
        rows = table["site1"].to_numpy(), table["site2"].to_numpy()
        strands = _strands(sites)
        draws = [_tally(_classes(generator.permutation(strands), *rows)) for _ in range(n_shuffles)]
    else:
        ends = _contig_ends(table, sites)
        draws = [
            _tally(
                anchor_orientations(_moved(table, ends, generator), sites, slack_bp=slack_bp)["orientation"].to_numpy()
            )
            for _ in range(n_shuffles)
        ]
    chance = np.stack(draws) if draws else np.zeros((0, len(ORIENTATIONS)))
    mean = chance.mean(axis=0) if draws else np.full(len(ORIENTATIONS), np.nan)
    n = len(table)
    return pd.DataFrame(
        {
            "orientation": ORIENTATIONS,
            "n": observed,
            "share": observed / n,
            "expected_share": mean / n,
            "fold": np.divide(observed, mean, out=np.full(len(mean), np.nan), where=mean > 0),
            "p_more": (1 + (chance >= observed).sum(axis=0)) / (1 + n_shuffles),
            "p_fewer": (1 + (chance <= observed).sum(axis=0)) / (1 + n_shuffles),
        }
    )


def sites_around(
    places: pd.DataFrame, sites: pd.DataFrame, *, flank_bp: int, bin_size: int, sizes: dict[str, int]
) -> pd.DataFrame:
    """Count sites of both strands by their distance from places, such as boundaries.

    At boundaries that loops make, sites to the left point to the left and sites to the right point to the right: away
    from the boundary, into the domain whose end they hold.

    Parameters
    ----------
    places
        Interval table; distances count from the middles.
    sites
        Interval table with ``strand``.
    flank_bp
        How far to look, to both sides.
    bin_size
        Width of a bin of distance in bp.
    sizes
        Lengths of contigs in bp, for the number that chance gives: the density of sites of each strand on its contig.

    Returns
    -------
    pandas.DataFrame
        ``offset_bp`` (middle of a bin), ``right`` and ``left`` (sites that point there, per place), and
        ``expected_right``, ``expected_left``.
    """
    strands = _strands(sites)
    n_side = flank_bp // bin_size
    edges = (np.arange(2 * n_side + 2) - n_side - 0.5) * bin_size
    counts = {"+": np.zeros(len(edges) - 1), "-": np.zeros(len(edges) - 1)}
    expected = dict.fromkeys(counts, 0.0)
    middles = (sites["start"].to_numpy() + sites["end"].to_numpy()) / 2
    for chrom, own in places.groupby("chrom", sort=False):
        center = ((own["start"] + own["end"]) / 2).to_numpy()
        for sign, count in counts.items():
            at = np.sort(middles[(sites["chrom"].to_numpy() == chrom) & (strands == sign)])
            reach = np.searchsorted(at, center[:, None] + edges)
            count += np.diff(reach, axis=1).sum(axis=0)
            expected[sign] += len(center) * len(at) * bin_size / sizes[str(chrom)]
    n = max(len(places), 1)
    return pd.DataFrame(
        {
            "offset_bp": (edges[:-1] + edges[1:]) / 2,
            "right": counts["+"] / n,
            "left": counts["-"] / n,
            "expected_right": expected["+"] / n,
            "expected_left": expected["-"] / n,
        }
    )


def _strands(sites: pd.DataFrame) -> SiteWords:
    """The strands of sites, all ``+`` or ``-``."""
    if "strand" not in sites or not sites["strand"].isin(["+", "-"]).all():
        raise InputError("sites need a strand, + or -, each; leave out those without (BED: column 6)")
    return sites["strand"].to_numpy().astype("U1")


def _sites_at(anchors: pd.DataFrame, sites: pd.DataFrame, slack_bp: int) -> tuple[SiteRows, SiteRows]:
    """The row of the best site at each anchor (-1: none), and how many there are."""
    chosen, many = np.full(len(anchors), -1, np.int64), np.zeros(len(anchors), np.int64)
    chroms = anchors["chrom"].to_numpy()
    for chrom, own in _by_contig(sites).items():
        rows = np.flatnonzero(chroms == chrom)
        low = anchors["start"].to_numpy()[rows] - slack_bp
        high = anchors["end"].to_numpy()[rows] + slack_bp
        first, last = np.searchsorted(own.middle, low), np.searchsorted(own.middle, high)
        many[rows] = last - first
        for row, a, b, center in zip(rows, first, last, (low + high) / 2, strict=True):
            if b > a:
                away = np.abs(own.middle[a:b] - center)
                chosen[row] = own.row[a + np.lexsort((away, -own.score[a:b]))[0]]
    return chosen, many


def _by_contig(sites: pd.DataFrame) -> dict[str, _Sites]:
    """Sites by contig and position; all of the same score where none is given."""
    middle = (sites["start"].to_numpy() + sites["end"].to_numpy()) / 2
    score = np.nan_to_num(sites["score"].to_numpy(np.float64)) if "score" in sites else np.zeros(len(sites))
    found = {}
    for chrom, rows in sites.reset_index(drop=True).groupby("chrom", sort=False).indices.items():
        ordered = np.asarray(rows)[np.argsort(middle[rows], kind="stable")]
        found[str(chrom)] = _Sites(middle[ordered], ordered, score[ordered])
    return found


def _classes(strands: SiteWords, first: PerSitePair, second: PerSitePair) -> PerSitePair:
    """The orientation of each pair, from the strands of the sites at its anchors."""
    n_known = (first >= 0).astype(np.int64) + (second >= 0)
    code = np.where(n_known == 1, 4, 5)
    for (one, two), number in _CODE.items():
        code[(n_known == 2) & (strands[first] == one) & (strands[second] == two)] = number
    return np.array(ORIENTATIONS)[code]


def _tally(orientations: PerSitePair) -> np.ndarray:
    """How many pairs of each orientation there are."""
    return np.array([(orientations == name).sum() for name in ORIENTATIONS])


def _contig_ends(table: pd.DataFrame, sites: pd.DataFrame) -> dict[str, int]:
    """How far pairs and sites reach on each contig: where pairs may move to."""
    parts = [sites[["chrom", "end"]], *(anchors_of(table, n)[["chrom", "end"]] for n in (1, 2))]
    return {str(chrom): int(end) for chrom, end in pd.concat(parts).groupby("chrom")["end"].max().items()}


def _moved(table: pd.DataFrame, ends: dict[str, int], generator: np.random.Generator) -> pd.DataFrame:
    """Pairs at random places of their contigs, with the distances and widths of their anchors."""
    moved = table[list(PAIR_COLUMNS)].copy()
    size = moved["chrom1"].map(ends).to_numpy()
    low = moved[["start1", "start2"]].min(axis=1).to_numpy()
    high = moved[["end1", "end2"]].max(axis=1).to_numpy()
    shift = generator.integers(0, np.maximum(size - (high - low), 0) + 1) - low
    for name in ("start1", "end1", "start2", "end2"):
        moved[name] += shift
    return moved
