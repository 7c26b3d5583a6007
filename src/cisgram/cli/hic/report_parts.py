"""What ``cisgram hic report`` puts together: a map, its halves or a replicate, and what else is known of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

    from cisgram.arrays import PerBin
    from cisgram.genomics.contacts import ContactSource
    from cisgram.hic.features import FeatureConfig, MapFeatures
    from cisgram.hic.territories import Territories
    from cisgram.report.map_results import MapResults


@dataclass(frozen=True)
class Asked:
    """What the command line asks for."""

    map_file: str
    replicate: str | None = None
    weight: str = "weight"
    genome: Path | None = None
    sites: Path | None = None
    tracks: tuple[Path, ...] = ()
    genes: Path | None = None
    windows_bp: tuple[int, ...] = ()
    known_boundaries: Path | None = None
    known_loops: Path | None = None
    truth: Path | None = None
    at: tuple[str, ...] = ()
    ignore_diagonals: int = 2
    seed: int = 0

    @property
    def files(self) -> list[Path]:
        """Everything that is read, the map first."""
        maps = [Path(text.partition("::")[0]) for text in (self.map_file, self.replicate) if text is not None]
        others = (self.genome, self.sites, *self.tracks, self.genes, self.known_boundaries, self.known_loops)
        return [*maps, *(path for path in others if path is not None)]


class Comparison(NamedTuple):
    """What a second measurement shows; as named by :class:`cisgram.report.map_results.MapResults`."""

    second: str = ""
    is_halves: bool = True
    agreement: "pd.DataFrame | None" = None
    held_out: "pd.DataFrame | None" = None


def gather(source: "ContactSource", second: "ContactSource | None", asked: Asked) -> "MapResults":
    """Find everything, and compare it with halves or a replicate, known places and planted ones."""
    from cisgram.cli.hic.report_loci import locus_pictures
    from cisgram.cli.hic.report_truth import recovered
    from cisgram.cli.hic.tracks import read_phase
    from cisgram.hic.compartment_width import compartment_map
    from cisgram.hic.distance_smoothing import decay_slope
    from cisgram.hic.feature_strength import feature_strengths
    from cisgram.hic.features import map_features
    from cisgram.hic.found_again import best_window
    from cisgram.io.files import sha256_of
    from cisgram.report.map_results import MapResults

    places = _places(source, asked)
    inputs = {str(path): sha256_of(path) for path in asked.files}
    was_balanced = source.weights is not None
    source, config = _balanced(source), _config(source, asked)
    second = None if second is None else _balanced(second)
    coarse = compartment_map(source, config)
    phase = None if asked.genome is None else read_phase(asked.genome, coarse.bins)
    features = map_features(source, config, coarse=coarse, phase=phase)
    compared = _compare(source, coarse, second, features, config, phase)
    window = best_window(compared.agreement, config.windows_bp) or features.middle_window
    facts, territories = _facts(source, asked, was_balanced=was_balanced)
    return MapResults(
        title=Path(asked.map_file.partition("::")[0]).name,
        facts=facts,
        features=features,
        strengths=feature_strengths(features, source, coarse=coarse, window_bp=window, seed=asked.seed),
        main_window=window,
        decay=decay_slope(features.expected[features.expected["n_valid"] > 0]),
        territories=territories,
        **compared._asdict(),
        eigen_bin_size=coarse.bins.bin_size,
        phase="" if asked.genome is None else asked.genome.name,
        orientation=_orientation(features, places.sites, seed=asked.seed),
        known=_known(features, places, seed=asked.seed),
        truth=None
        if asked.truth is None
        else recovered(asked.truth, source, features, coarse, is_new=not was_balanced),
        loci=locus_pictures(source, features, coarse, asked, window_bp=window),
        settings={**config.__dict__, "seed": asked.seed, "weight": asked.weight if was_balanced else "balanced here"},
        inputs=inputs,
    )


class Places(NamedTuple):
    """What the small files hold, with contigs called as in the map; None where none was given."""

    sites: "pd.DataFrame | None"
    boundaries: "pd.DataFrame | None"
    loops: "pd.DataFrame | None"


def _places(source: "ContactSource", asked: Asked) -> Places:
    """Read what is small before the long work: what is wrong with it, or with a file or locus, is said at once."""
    from cisgram.cli.hic.inputs import read_region
    from cisgram.cli.hic.sites import read_pairs, read_places
    from cisgram.io.files import require_file

    for path in asked.files:
        require_file(path, "input of the report")
    for text in asked.at:
        read_region(text, source.bins)
    return Places(
        None if asked.sites is None else read_places(asked.sites, source.bins),
        None if asked.known_boundaries is None else read_places(asked.known_boundaries, source.bins),
        None if asked.known_loops is None else read_pairs(asked.known_loops, source.bins),
    )


def _config(source: "ContactSource", asked: Asked) -> "FeatureConfig":
    from cisgram.hic.features import FeatureConfig

    usual = FeatureConfig.for_bins(source.bins.bin_size)
    return FeatureConfig(asked.windows_bp or usual.windows_bp, ignore_diagonals=asked.ignore_diagonals, seed=asked.seed)


def _balanced(source: "ContactSource") -> "ContactSource":
    """The map itself, or with weights found here where it has none."""
    from cisgram.hic.balanced_map import balanced_map

    return source if source.weights is not None else balanced_map(source)


def _compare(
    source: "ContactSource",
    coarse: "ContactSource",
    second: "ContactSource | None",
    features: "MapFeatures",
    config: "FeatureConfig",
    phase: "PerBin | None",
) -> Comparison:
    """Features of halves side by side, or those of the map beside a replicate; nothing where neither can be had."""
    from cisgram.errors import InputError
    from cisgram.genomics.half_map import HalfMap
    from cisgram.hic.feature_strength import feature_strengths
    from cisgram.hic.features import map_features
    from cisgram.hic.found_again import best_window, feature_agreement

    if second is not None:
        wide = _as_wide(second, coarse)
        other = map_features(second, config, coarse=wide, phase=phase)
        agreed = feature_agreement(features, other, seed=config.seed)
        window = best_window(agreed, config.windows_bp)
        held = feature_strengths(features, second, coarse=wide, window_bp=window, seed=config.seed).table
        return Comparison("map and replicate", is_halves=False, agreement=agreed, held_out=held)
    halves = [(HalfMap(source, n, config.seed), HalfMap(coarse, n, config.seed)) for n in (0, 1)]
    try:
        found = [map_features(half, config, coarse=wide, phase=phase) for half, wide in halves]
    except InputError:  # contacts that are no whole numbers cannot be dealt
        return Comparison()
    agreed = feature_agreement(*found, seed=config.seed)
    window, (near, far) = best_window(agreed, config.windows_bp), halves[1]
    held = feature_strengths(found[0], near, coarse=far, window_bp=window, seed=config.seed).table
    return Comparison("two halves of its contacts", agreement=agreed, held_out=held)


def _as_wide(source: "ContactSource", other: "ContactSource") -> "ContactSource":
    """A map in bins as wide as those of another one."""
    from cisgram.hic.balanced_map import balanced_map

    factor = other.bins.bin_size // source.bins.bin_size
    return source if factor == 1 else balanced_map(source, factor=factor)


def _facts(source: "ContactSource", asked: Asked, *, was_balanced: bool) -> "tuple[dict[str, str], Territories | None]":
    """What the map is, in words; contacts within and between contigs where there are several."""
    import numpy as np

    from cisgram.genomics.weighted_contacts import weights_rise_with_coverage
    from cisgram.hic.territories import territories

    bins = source.bins
    found = territories(source)
    total = float(found.contigs["cis"].sum() + found.contigs["trans"].sum() / 2)
    weights = source.weights if source.weights is not None else np.ones(bins.n_bins)
    masked = int(np.isnan(weights).sum())
    n_contigs, length = len(bins.chroms), sum(bins.sizes.values())
    on = f"{n_contigs} contig{'s' * (n_contigs > 1)}"
    ends = 2 * total / max(bins.n_bins - masked, 1)
    facts = {
        "contacts": f"{total:,.0f}",
        "bins": f"{bins.n_bins:,} of {bins.bin_size:,} bp, on {on} ({length:,} bp)",
        "contacts per bin": f"{ends:,.0f} ends in the mean of bins that are not masked",
        "masked": f"{masked:,} bins ({masked / bins.n_bins:.1%})",
        "within contigs": f"{found.cis_share:.1%} of contacts",
        "balanced": f"as in the file, column {asked.weight!r}" if was_balanced else "here, by iterative correction",
    }
    if wrong := [chrom for chrom in bins.chroms if weights_rise_with_coverage(source.cis(chrom))]:
        facts["warning"] = (
            f"on {len(wrong)} of {n_contigs} contigs weights are larger where there are more contacts, where they "
            "should be smaller: what follows is not to be trusted; --weight none balances the map anew"
        )
    return facts, found if len(bins.chroms) > 1 else None


def _orientation(features: "MapFeatures", sites: "pd.DataFrame | None", *, seed: int) -> "pd.DataFrame | None":
    """Which way motifs point at the anchors of loops; those without a strand are left out."""
    if sites is None or features.loops is None or features.loops.empty:
        return None
    from cisgram.hic.anchors import orientation_enrichment

    if "strand" in sites:
        sites = sites[sites["strand"].isin(["+", "-"])].reset_index(drop=True)
    return orientation_enrichment(features.loops, sites, slack_bp=features.bins.bin_size, seed=seed)


def _known(features: "MapFeatures", places: Places, *, seed: int) -> "pd.DataFrame | None":
    """Known boundaries (all windows) and loops beside called ones."""
    import pandas as pd

    from cisgram.hic.found_again import found_again

    pairs: list[tuple[str, pd.DataFrame, pd.DataFrame]] = []
    if places.boundaries is not None:
        pairs += [(f"boundaries ({w:,} bp)", places.boundaries, features.boundaries(w)) for w in features.windows_bp]
    if places.loops is not None and features.loops is not None:
        pairs.append(("loops", places.loops, features.loops))
    rows, spans = [], features.known_spans()
    tolerance = {"tolerance_bp": 2 * features.bins.bin_size, "spans": spans, "seed": seed}
    for what, everywhere, called in pairs:
        given = everywhere[everywhere["chrom" if "chrom" in everywhere else "chrom1"].isin(list(spans))]
        forth, back = found_again(given, called, **tolerance), found_again(called, given, **tolerance)
        row = {"what": what, "n_known": len(given), "n_called": len(called), "found": forth.share}
        row |= {"found_by_chance": forth.by_chance, "right": back.share, "right_by_chance": back.by_chance}
        rows.append(row)
    return pd.DataFrame(rows) if rows else None
