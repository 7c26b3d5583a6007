"""Two groups of cells of one sample, denoised, and where they differ by more than random groups of the same size do."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import PerBin
from cisgram.errors import ConfigError, EmptySetError, InputError
from cisgram.io.bigwig import write_bigwig_pieces
from cisgram.io.files import write_text_atomic
from cisgram.io.reads import CoverageSource
from cisgram.io.tables import write_table
from cisgram.models.atacworks import AtacWorks
from cisgram.report.differential import LOCUS_COLUMNS, DifferentialFigures, differential_html
from cisgram.run.denoise import sample_mean
from cisgram.training.denoise import denoise
from cisgram.training.differential import LEAST_PERMUTATIONS, DifferentialTest, permutation_test

DIFFERENTIAL_COLUMNS = ("chrom", "start", "end", "track", "other", "difference", "z", "p_value", "q_value")
"""Bins that differ: both tracks over their means; ``other`` is the mean over random groups where none was given."""
_GAP_BP = 500
"""Bins that differ in the same direction and are not farther apart belong to one locus."""


@dataclass(frozen=True)
class DifferentialConfig:
    """How groups of cells are compared."""

    n_permutations: int = 40
    """Random groups of the same size; each is denoised. The smallest q of a single bin is one over this."""
    bin_bp: int = 100
    """Length of a bin in bp."""
    window_bp: int = 50_000
    """Bases that go through the model at once; a multiple of ``bin_bp``."""
    max_q_value: float = 0.05
    """Bins up to this q-value are listed."""
    seed: int = 1
    """Of the random groups."""

    def __post_init__(self) -> None:
        if self.n_permutations < LEAST_PERMUTATIONS:
            raise ConfigError(f"n_permutations must be at least {LEAST_PERMUTATIONS}; got {self.n_permutations}")
        if self.bin_bp < 1 or self.window_bp < self.bin_bp or self.window_bp % self.bin_bp:
            raise ConfigError(f"window_bp must be a multiple of bin_bp; got {self.window_bp} and {self.bin_bp}")


class DifferentialResult(NamedTuple):
    """Bins of the regions in order, and the test of each."""

    bins: pd.DataFrame
    """Interval table."""
    track: PerBin
    """Denoised coverage of the group, over its mean."""
    other: PerBin
    """That of the other group; without one, the mean over random groups."""
    test: DifferentialTest
    is_between_groups: bool = True
    """Whether another group was given."""


def differential(
    model: AtacWorks,
    source: CoverageSource,
    regions: pd.DataFrame,
    *,
    group: Sequence[str],
    other: Sequence[str] = (),
    config: DifferentialConfig,
    progress: Callable[[int, int], None] | None = None,
) -> DifferentialResult:
    """Denoise a group of cells, and test where it differs from another one, or from random cells of the sample.

    Tracks are divided by their means, so that groups with more reads per cell do not differ everywhere. With another
    group, the difference of the two is compared with that of random groups which are dealt from the cells of both;
    without, the track is compared with those of random groups of all cells.

    Parameters
    ----------
    model
        Trained on as many cells, or as many reads, as the groups have.
    source
        Fragments with barcodes.
    regions
        Interval table without overlaps.
    group, other
        Barcodes.
    config
        Settings.
    progress
        Called after every track with the tracks done and to do.

    Returns
    -------
    DifferentialResult
        Memory: a few numbers per bin; the tracks of random groups lie in a temporary file.

    Raises
    ------
    InputError
        Where a cell is in both groups, or there are too few cells to draw random groups from.
    EmptySetError
        Where a barcode list or the regions are empty.
    """
    sizes = (len(set(group)), len(set(other)))
    pool = sorted({*group, *other}) if other else sorted(source.barcodes)
    _check_groups(group, other, pool)
    bins = _bins(regions, config.bin_bp)
    n_tracks = (1 + bool(other)) * (1 + config.n_permutations)
    done = 0

    def track(barcodes: Sequence[str]) -> PerBin:
        nonlocal done
        values = _binned_track(model, source.only(barcodes), regions, config)
        done += 1
        if progress is not None:
            progress(done, n_tracks)
        return values

    def difference(barcodes: Sequence[str], others: Sequence[str]) -> tuple[PerBin, PerBin]:
        own = track(barcodes)
        return own, track(others) if len(others) else np.zeros_like(own)

    rng = np.random.default_rng(config.seed)
    observed, against = difference(group, other)
    with tempfile.TemporaryDirectory(prefix="cisgram-differential-") as folder:
        shape = (config.n_permutations, len(bins))
        random = np.lib.format.open_memmap(Path(folder) / "random.npy", mode="w+", dtype=np.float32, shape=shape)
        for row in range(config.n_permutations):
            dealt = rng.permutation(pool)
            one, two = difference(dealt[: sizes[0]].tolist(), dealt[sizes[0] : sum(sizes)].tolist())
            random[row] = one - two
        difference_ = (observed - against).astype(np.float32).astype(np.float64)
        test = permutation_test(difference_, random, max_q_value=config.max_q_value)
    return DifferentialResult(bins, observed, against if other else test.mean, test, bool(other))


def write_differential(
    prefix: Path,
    result: DifferentialResult,
    *,
    sizes: dict[str, int],
    max_q_value: float,
    provenance: dict[str, object],
) -> dict[str, Path]:
    """Write all bins, those that differ, and a page; returns the paths.

    ``PREFIX.difference.bw`` and ``PREFIX.z.bw`` hold all bins, ``PREFIX.tsv`` those that differ, ``PREFIX.loci.tsv``
    the same joined (:data:`cisgram.report.differential.LOCUS_COLUMNS`), ``PREFIX.html`` is for people.

    Parameters
    ----------
    prefix
        Beginning of the names.
    result
        What was found.
    sizes
        Contigs and their lengths.
    max_q_value
        Bins up to this q-value differ.
    provenance
        What is said in the tables and on the page: ``group`` and ``against`` among others.
    """
    paths = {name: Path(f"{prefix}.{name}") for name in ("difference.bw", "z.bw", "tsv", "loci.tsv", "html")}
    values = {"difference.bw": result.track - result.other, "z.bw": np.nan_to_num(result.test.z)}
    for name, signal in values.items():
        write_bigwig_pieces(paths[name], sizes, _pieces(result.bins, signal, sizes))
    loci = differing_loci(result, max_q_value=max_q_value)
    write_table(paths["tsv"], differing_bins(result, max_q_value=max_q_value), provenance=provenance)
    write_table(paths["loci.tsv"], loci, provenance=provenance)
    figures = _figures(result, loci, max_q_value, provenance)
    write_text_atomic(paths["html"], differential_html(figures, provenance=provenance))
    return paths


def differing_loci(result: DifferentialResult, *, max_q_value: float) -> pd.DataFrame:
    """Bins that differ, joined where they differ in the same direction and lie within 500 bp; the strongest first.

    Returns
    -------
    pandas.DataFrame
        :data:`cisgram.report.differential.LOCUS_COLUMNS`; ``difference``, ``z`` and ``q_value`` are those of the bin
        with the largest z. Without rows where nothing differs.
    """
    bins = differing_bins(result, max_q_value=max_q_value)
    rows = []
    for _, one in bins.groupby(bins["z"] > 0, sort=False):
        one = one.sort_values(["chrom", "start"], kind="stable")
        is_new = (one["chrom"] != one["chrom"].shift()) | (one["start"] - one["end"].shift() > _GAP_BP)
        for _, own in one.groupby(is_new.cumsum(), sort=False):
            best = own.iloc[int(own["z"].abs().to_numpy().argmax())]
            place = (best["chrom"], int(own["start"].iloc[0]), int(own["end"].iloc[-1]), len(own))
            rows.append((*place, best["difference"], best["z"], best["q_value"]))
    table = pd.DataFrame(rows, columns=list(LOCUS_COLUMNS))
    return table.sort_values("z", key=lambda z: -z.abs(), kind="stable", ignore_index=True)


def _figures(
    result: DifferentialResult, loci: pd.DataFrame, max_q_value: float, provenance: dict[str, object]
) -> DifferentialFigures:
    """What the page shows."""
    test = result.test
    # Of a group alone, random groups are tracks; of two, differences.
    centre = 0.0 if result.is_between_groups else test.mean
    return DifferentialFigures(
        bins=result.bins.assign(
            track=result.track,
            other=result.other,
            low=test.low - centre,
            high=test.high - centre,
            z=test.z,
            p_value=test.p_value,
            q_value=test.q_value,
        ),
        loci=loci,
        random_p_shares=test.random.p_shares,
        random_called=test.random.n_called,
        max_q_value=max_q_value,
        names=(str(provenance.get("group", "group")), str(provenance.get("against", "others"))),
    )


def differing_bins(result: DifferentialResult, *, max_q_value: float) -> pd.DataFrame:
    """Bins whose q-value is small enough, in the order of the genome (:data:`DIFFERENTIAL_COLUMNS`)."""
    test = result.test
    table = result.bins.assign(
        track=result.track,
        other=result.other,
        difference=result.track - result.other,
        z=test.z,
        p_value=test.p_value,
        q_value=test.q_value,
    )
    return table.loc[table["q_value"] <= max_q_value, list(DIFFERENTIAL_COLUMNS)].reset_index(drop=True)


def _check_groups(group: Sequence[str], other: Sequence[str], pool: Sequence[str]) -> None:
    """Refuse groups that cannot be compared."""
    if not group:
        raise EmptySetError("cells of the group", dropped={}, hint="give barcodes")
    if both := sorted(set(group) & set(other)):
        raise InputError(f"{len(both)} cells are in both groups, such as {both[0]}; a cell belongs to one")
    if not other and len(pool) < 2 * len(set(group)):
        raise InputError(
            f"random groups of {len(set(group))} cells need at least twice as many cells to draw from; the sample has "
            f"{len(pool)}. Name another group to compare with"
        )
    if other and len(pool) < 4:
        raise InputError(f"two groups need at least 4 cells in all to be dealt anew; got {len(pool)}")


def _bins(regions: pd.DataFrame, bin_bp: int) -> pd.DataFrame:
    """Bins of every region from its left end; the last may be shorter."""
    if regions.empty:
        raise EmptySetError("regions to compare", dropped={}, hint="give contigs or regions")
    parts = []
    for chrom, start, end in regions[["chrom", "start", "end"]].itertuples(index=False):
        at = np.arange(start, end, bin_bp)
        parts.append(pd.DataFrame({"chrom": chrom, "start": at, "end": np.minimum(at + bin_bp, end)}))
    return pd.concat(parts, ignore_index=True)


def _binned_track(
    model: AtacWorks, source: CoverageSource, regions: pd.DataFrame, config: DifferentialConfig
) -> PerBin:
    """Denoised coverage of some cells per bin, over its mean."""
    found = []
    stream = denoise(
        model,
        lambda *place: source.coverage(*place)[None],
        regions,
        window_bp=config.window_bp,
        mean_coverage=sample_mean(model, source, regions),
    )
    for part in stream:
        at = np.arange(0, part.track.size, config.bin_bp)
        width = np.diff(np.append(at, part.track.size))
        found.append(np.add.reduceat(part.track.astype(np.float64), at) / width)
    values = np.concatenate(found)
    mean = values.mean()
    return values / mean if mean > 0 else values


def _pieces(bins: pd.DataFrame, signal: PerBin, sizes: dict[str, int]) -> Iterator[tuple[str, int, np.ndarray]]:
    """Values per base, one bin after the other, contigs in the order of ``sizes``."""
    starts, ends = (bins[name].to_numpy(dtype=np.int64) for name in ("start", "end"))
    for chrom in sizes:
        rows = np.flatnonzero(bins["chrom"].to_numpy() == chrom)
        for row in rows[np.argsort(starts[rows], kind="stable")]:
            start, end = int(starts[row]), int(ends[row])
            yield str(chrom), start, np.full(end - start, signal[row], dtype=np.float32)
