"""What single sites do for the predicted map: each is taken out or turned round, and the map compared."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from torch import nn

from cisgram.arrays import Codes, EditedSequence, PairTargets, SequenceCodes, TrackPairs
from cisgram.errors import ConfigError, InputError
from cisgram.interpret.experiments.deletion import AblationConfig, Filling, fillings_of
from cisgram.interpret.experiments.responses import Asking, Progress
from cisgram.interpret.folding.edits import check_sites, covered, free_places, invert, orientation_of, refill
from cisgram.interpret.folding.prediction import BOTH_STRANDS, MapGeometry, fold, geometry_of, squares_of
from cisgram.interpret.folding.scores import INSULATION_BINS, change_from, corner_at, insulation_at

SiteEdit: TypeAlias = Literal["delete", "invert"]
"""``delete``: other bases are written over the site; ``invert``: its reverse complement."""

EFFECT_COLUMNS = (
    "row",
    "name",
    "start",
    "end",
    "strand",
    "edit",
    "track",
    "scd",
    "ssd",
    "root_mean_square",
    "mean_absolute",
    "random_root_mean_square",
    "insulation_before",
    "insulation_after",
)
"""One row per site and map (by number); ``random_root_mean_square``: what the same edit does at places of the window by
chance that no site lies in."""

CORNER_COLUMNS = (
    "row",
    "name",
    "start",
    "partner",
    "partner_start",
    "orientation",
    "distance_bp",
    "edit",
    "track",
    "corner_before",
    "corner_after",
)
"""One row per edited site, other site of its window and map; ``orientation`` is that before the edit."""


@dataclass(frozen=True)
class SiteEditConfig:
    """How sites are edited.

    Raises
    ------
    ConfigError
        A setting is out of its range.
    """

    edit: SiteEdit = "delete"
    """What is done to a site."""
    filling: Filling = "random"
    """What is written over a site that is deleted."""
    n_draws: int = 5
    """Fillings by chance; scores are their mean."""
    n_random: int = 5
    """Places by chance, in every window, at which the same is done."""
    insulation_bins: int = INSULATION_BINS
    """Reach of the insulation in bins."""
    seed: int = 0
    """Of all chance."""

    def __post_init__(self) -> None:
        if self.edit not in ("delete", "invert"):
            raise ConfigError(f"edit must be delete or invert; got {self.edit!r}")
        if self.n_random < 0 or self.insulation_bins < 1:
            raise ConfigError(
                f"n_random must not be negative and insulation_bins at least 1; got {self.n_random} and "
                f"{self.insulation_bins}"
            )
        self.fillings  # noqa: B018 - checks filling and n_draws

    @property
    def fillings(self) -> AblationConfig:
        """The settings of the fillings."""
        return AblationConfig(filling=self.filling, n_draws=self.n_draws, seed=self.seed)


class SiteEdits(NamedTuple):
    """Maps before and after, and how much they differ."""

    sites: pd.DataFrame
    """:data:`cisgram.interpret.folding.edits.SITE_COLUMNS`; those in the crop, too."""
    reference: PairTargets
    """Map of every window."""
    altered: PairTargets
    """Map with each site edited, the mean over fillings; ``window`` counts sites here."""
    effects: pd.DataFrame
    """:data:`EFFECT_COLUMNS`."""
    corners: pd.DataFrame
    """:data:`CORNER_COLUMNS`."""


def edit_sites(
    model: nn.Module,
    codes: Codes,
    sites: pd.DataFrame,
    *,
    config: SiteEditConfig = SiteEditConfig(),
    asking: Asking = BOTH_STRANDS,
    progress: Progress | None = None,
) -> SiteEdits:
    """Edit every site alone and compare the predicted maps.

    Parameters
    ----------
    model
        Of contact maps; see :func:`cisgram.interpret.folding.prediction.fold`.
    codes
        Windows, ``batch length``.
    sites
        ``row``, ``start``, ``end``, and ``strand`` and ``name`` where known; in bp from the start of the window.
    config
        What is done to them.
    asking
        Strands and batches.
    progress
        Told about sites done and to do.

    Returns
    -------
    SiteEdits
        Insulation is that at the bin of the site's middle; corners are those with every other site of the window.

    Raises
    ------
    InputError
        Where there are no sites, or one leaves its window.
    """
    geometry = geometry_of(model)
    sites = check_sites(sites, len(codes), codes.shape[-1])
    if sites.empty:
        raise InputError("there are no sites to edit")
    rng = np.random.default_rng(config.seed)
    reference = fold(model, codes, asking=asking)
    altered, effects, corners = [], [], []
    for row, own in sites.groupby("row", sort=True):
        window = codes[int(str(row))]
        before = reference[int(str(row))]
        fillings = fillings_of(window, config=config.fillings, rng=rng)
        floor = _floor(model, window, own, before, fillings=fillings, config=config, asking=asking, rng=rng)
        for site in own.to_dict("records"):
            maps = fold(model, _edited(window, site["start"], site["end"], fillings, config), asking=asking)
            effects.append(_effects(site, before, maps, floor, geometry, config))
            corners.append(_corners(site, own, before, maps, geometry, config))
            altered.append(maps.mean(axis=0))
            if progress is not None:
                progress(len(altered), len(sites))
    found = [pd.DataFrame([line for part in parts for line in part]) for parts in (effects, corners)]
    return SiteEdits(
        sites,
        reference,
        np.stack(altered),
        found[0].reindex(columns=list(EFFECT_COLUMNS)),
        found[1].reindex(columns=list(CORNER_COLUMNS)),
    )


def _edited(
    window: SequenceCodes, start: int, end: int, fillings: EditedSequence, config: SiteEditConfig
) -> EditedSequence:
    """The window with one stretch edited; one form for each filling, or a single one."""
    if config.edit == "invert":
        return invert(window, start, end)[None]
    return refill(window, covered(pd.DataFrame({"start": [start], "end": [end]}), window.size), fillings)


def _floor(
    model: nn.Module,
    window: SequenceCodes,
    own: pd.DataFrame,
    before: TrackPairs,
    *,
    fillings: EditedSequence,
    config: SiteEditConfig,
    asking: Asking,
    rng: np.random.Generator,
) -> np.ndarray:
    """Mean root mean square, per map, of the same edit at places by chance; NaN where there are none."""
    starts = free_places(own, window.size, n=config.n_random, rng=rng)
    if not starts.size:
        return np.full(len(before), np.nan)
    width = int((own["end"] - own["start"]).median())
    forms = [_edited(window, at, at + width, fillings[:1], config)[0] for at in starts.tolist()]
    maps = fold(model, np.stack(forms), asking=asking)
    return change_from(before, maps).root_mean_square.mean(axis=0)


def _effects(
    site: dict[Hashable, Any],
    before: TrackPairs,
    maps: PairTargets,
    floor: np.ndarray,
    geometry: MapGeometry,
    config: SiteEditConfig,
) -> list[dict[Hashable, Any]]:
    """Rows of the table of effects, one per map: means over fillings."""
    change = change_from(before, maps)
    at = geometry.bin_at((site["start"] + site["end"]) // 2)
    insulation = [
        insulation_at(squares_of(one, geometry), at, width=config.insulation_bins).mean(axis=0)
        for one in (before[None], maps)
    ]
    return [
        {
            **site,
            "edit": config.edit,
            "track": track,
            **{name: float(values[:, track].mean()) for name, values in change._asdict().items()},
            "random_root_mean_square": float(floor[track]),
            "insulation_before": float(insulation[0][track]),
            "insulation_after": float(insulation[1][track]),
        }
        for track in range(maps.shape[1])
    ]


def _corners(
    site: dict[Hashable, Any],
    own: pd.DataFrame,
    before: TrackPairs,
    maps: PairTargets,
    geometry: MapGeometry,
    config: SiteEditConfig,
) -> list[dict[Hashable, Any]]:
    """Rows of the table of corners: with every other site of the window whose corner the map has."""
    squares = [squares_of(one, geometry) for one in (before[None], maps)]
    at = (site["start"] + site["end"]) // 2
    rows = []
    for partner in own.to_dict("records"):
        there = (partner["start"] + partner["end"]) // 2
        bins = geometry.bin_at(at), geometry.bin_at(there)
        values = [corner_at(one, *bins).mean(axis=0) for one in squares]
        if np.isnan(values[0]).all():
            continue
        left, right = (site, partner) if at < there else (partner, site)
        rows += [
            {
                "row": site["row"],
                "name": site["name"],
                "start": site["start"],
                "partner": partner["name"],
                "partner_start": partner["start"],
                "orientation": orientation_of(str(left["strand"]), str(right["strand"])),
                "distance_bp": abs(there - at),
                "edit": config.edit,
                "track": track,
                "corner_before": float(values[0][track]),
                "corner_after": float(values[1][track]),
            }
            for track in range(maps.shape[1])
        ]
    return rows
