"""Pictures of one locus: reads, letters, motif instances, and what deleting each of them does."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from cisgram.errors import EmptySetError
from cisgram.genomics.locus_study import LocusStudy
from cisgram.genomics.sequence import one_hot
from cisgram.report.logos import plot_logo
from cisgram.report.plots import plot_strands
from cisgram.report.style import FLOOR, OBSERVED, PREDICTED, SERIES

_LETTER_SHARE = 0.0085
"""A letter of a name takes about this share of the window; names that would touch go to another line."""


def draw_locus(figure: Figure, study: LocusStudy) -> None:
    """Draw a whole case into a figure: instances, reads and letters of every track, effects of deletions.

    Parameters
    ----------
    figure
        Empty, about 12 inches wide; :func:`locus_height` says how high.
    study
        The locus.
    """
    n_tracks = len(study.tracks)
    heights = [0.35 + 0.22 * _n_lanes(study)]
    heights += [value for _ in study.tracks for value in (1.0, 0.75)]
    has_effects = len(study.effects) > 0
    heights += [0.6 + 0.28 * n_tracks] if has_effects else []
    axes = figure.subplots(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0]
    plot_instances(study, ax=axes[0])
    for number, track in enumerate(study.tracks):
        reads, letters = axes[1 + 2 * number], axes[2 + 2 * number]
        plot_observed_over_predicted(study, number, ax=reads)
        reads.set_ylabel(f"{track}\nreads")
        values = one_hot(study.codes).astype(np.float64) * study.contributions[number]
        plot_logo(values, ax=letters, start=study.start + 1)
        letters.set_ylabel("contri-\nbution")
        for ax in (reads, letters):
            _shade(study, ax=ax)
            ax.set_xlim(study.start + 0.5, study.end + 0.5)
            ax.set_xticks([])
        letters.set_yticks([])
        if number == 0:
            reads.legend(loc="upper right", ncols=2)
    last = axes[2 * n_tracks]
    last.set_xlabel(f"{study.chrom}:{study.start + 1:,}-{study.end:,}")
    if has_effects:
        plot_deletions(study.effects, ax=axes[-1])


def locus_height(study: LocusStudy) -> float:
    """Height in inches that a figure of a locus needs."""
    lanes = 0.35 + 0.22 * _n_lanes(study)
    effects = 1.1 + 0.34 * len(study.tracks) if len(study.effects) else 0.0
    return 0.5 + lanes + 1.75 * len(study.tracks) + effects


def plot_observed_over_predicted(study: LocusStudy, track: int, *, ax: Axes) -> Axes:
    """Draw observed reads filled and predicted ones as a line: plus strand upwards, minus strand downwards."""
    observed, predicted = study.observed[track], study.predicted[track]
    plot_strands(observed, ax=ax, color=FLOOR, label="observed", start=study.start + 1)
    plot_strands(predicted, ax=ax, color=PREDICTED, label="predicted", start=study.start + 1, fill=False)
    limit = 1.08 * max(float(observed.max()), float(predicted.max()), 1e-9)
    ax.set_ylim(-limit if len(observed) == 2 else 0, limit)
    return ax


def plot_instances(study: LocusStudy, *, ax: Axes) -> Axes:
    """Draw motif instances as boxes with their numbers, names and strands, in as many lines as names need."""
    colors = motif_colors(study.instances)
    lanes = _lanes(study)
    for lane, row in zip(lanes, study.instances.to_dict("records"), strict=True):
        box = Rectangle((row["start"] + 0.5, -lane), row["end"] - row["start"], 0.62, facecolor=colors[row["pattern"]])
        ax.add_patch(box)
        arrow = {"+": " >", "-": " <"}.get(str(row["strand"]), "")
        text = f"{row['instance']} {row['pattern']}{arrow}"
        is_left = _is_named_left(row["end"], study)
        place = row["start"] - 1 if is_left else row["end"] + 1.5
        ax.text(place, -lane + 0.3, text, va="center", ha="right" if is_left else "left", fontsize=7)
    ax.set_xlim(study.start + 0.5, study.end + 0.5)
    ax.set_ylim(-max(lanes, default=0) - 0.2, 0.9)
    ax.axis("off")
    return ax


def plot_deletions(effects: pd.DataFrame, *, ax: Axes) -> Axes:
    """Draw what deleting each instance does to each track: log2 folds as shades, with their range over fillings.

    Parameters
    ----------
    effects
        :data:`cisgram.genomics.locus_study.EFFECT_COLUMNS`.
    ax
        Where to draw; columns are instances along the genome, rows are tracks.

    Raises
    ------
    EmptySetError
        There are no effects.
    """
    if effects.empty:
        raise EmptySetError("effects of deletions to draw", dropped={})
    tracks = list(dict.fromkeys(effects["track"]))
    instances = effects.drop_duplicates("instance")
    shape = (len(tracks), len(instances))
    mean, low, high = (
        effects[name].to_numpy(dtype=np.float64).reshape(shape[::-1]).T for name in ("effect", "low", "high")
    )
    limit = max(float(np.abs(mean).max()), 0.5)
    image = ax.imshow(mean, cmap="RdBu_r", vmin=-limit, vmax=limit, aspect="auto", interpolation="nearest")
    for (row, column), value in np.ndenumerate(mean):
        text = f"{value:+.2f}"
        text += f"\n{low[row, column]:+.1f} to {high[row, column]:+.1f}" if shape[1] <= 12 else ""
        color = "white" if abs(value) > 0.6 * limit else OBSERVED
        ax.text(column, row, text, ha="center", va="center", fontsize=6 if shape[1] <= 12 else 5.5, color=color)
    labels = [f"{row['instance']} {row['pattern']}" for row in instances.to_dict("records")]
    is_crowded = max(map(len, labels)) * shape[1] > 110
    ax.set_xticks(range(shape[1]), labels, rotation=30 if is_crowded else 0, ha="right" if is_crowded else "center")
    ax.set_yticks(range(shape[0]), tracks)
    ax.tick_params(length=0)
    if ax.figure is not None:
        ax.figure.colorbar(image, ax=ax, label="log2 fold", pad=0.01)
    return ax


def motif_colors(instances: pd.DataFrame) -> dict[str, str]:
    """A colour per motif, by name; after the last colour they begin again."""
    names = sorted(set(instances["pattern"].astype(str)))
    return {name: SERIES[number % len(SERIES)] for number, name in enumerate(names)}


def _shade(study: LocusStudy, *, ax: Axes) -> None:
    """A band over every instance."""
    colors = motif_colors(study.instances)
    for row in study.instances.to_dict("records"):
        ax.axvspan(row["start"] + 0.5, row["end"] + 0.5, color=colors[row["pattern"]], alpha=0.1, linewidth=0)


def _lanes(study: LocusStudy) -> list[int]:
    """A line for every instance such that boxes and names do not touch."""
    taken: list[list[tuple[float, float]]] = []
    lanes = []
    for row in study.instances.to_dict("records"):
        width = _LETTER_SHARE * study.codes.size * (len(str(row["pattern"])) + 5)
        is_left = _is_named_left(row["end"], study)
        start, end = row["start"] - (width if is_left else 0), row["end"] + (0 if is_left else width)
        free = (n for n, spans in enumerate(taken) if all(end <= first or last <= start for first, last in spans))
        lane = next(free, len(taken))
        if lane == len(taken):
            taken.append([])
        taken[lane].append((start, end))
        lanes.append(lane)
    return lanes


def _is_named_left(end: int, study: LocusStudy) -> bool:
    """Names of instances near the right end stand left of their boxes, so that they stay in the picture."""
    return end - study.start > 0.8 * study.codes.size


def _n_lanes(study: LocusStudy) -> int:
    return max(_lanes(study), default=0) + 1
