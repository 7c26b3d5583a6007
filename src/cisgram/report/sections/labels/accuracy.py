"""The question: how good is the model on held-out sequences, beside methods that need no deep model."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from cisgram.report.blocks import Cell, Column, Picture, Section, Table, Text, number, picture
from cisgram.report.label_results import LabelResults
from cisgram.report.method_plots import plot_means, plot_track_against_track

METRIC_NAMES = {"auroc": "AUROC", "auprc": "auPRC", "pearson": "Pearson r", "spearman": "Spearman r"}
METHOD_NAMES = {"basset": "Basset", "kmers": "k-mers", "gkmsvm": "gkm-SVM", "single task": "one model per track"}
_LEAD = (
    "All figures are of held-out sequences, which no method saw. Blue: the model; black: baselines trained on the same "
    "labels; dashed: chance. Intervals hold 95 % of resampled stretches of the genome (or sequences). Labels come "
    "without replicates, so that no ceiling is known."
)


def accuracy(results: LabelResults) -> Section | None:
    """Means over tracks, differences with intervals, track against track, and all tracks."""
    tracks, means, differences = (results.judged(name) for name in ("tracks", "means", "differences"))
    if tracks is None or means is None:
        return None
    differences = differences if differences is not None else pd.DataFrame(columns=["track"])
    blocks: list[Table | Picture | Text] = [means_picture(means), means_table(means, differences)]
    blocks += _trained(results)
    blocks += _scatters(tracks)
    blocks.append(_tracks_table(tracks))
    return Section("Accuracy", _LEAD, blocks, findings=_findings(means, differences))


def _trained(results: LabelResults) -> list[Text]:
    """How the baselines were trained, in words."""
    notes = results.table("baselines", "training.tsv")
    if notes is None:
        return []
    trainers = notes[notes["trainer"].fillna("").ne("")].groupby("method", sort=False)["trainer"].first()
    how = "; ".join(f"{METHOD_NAMES.get(str(name), name)}: {trainer}" for name, trainer in trainers.items())
    middle = results.config["baselines"].get("middle_bp", 0)
    read = f" They read the middle {middle:,} bp of each sequence." if middle else ""
    return [Text(f"Baselines. {how}.{read} baselines/training.tsv says more.")] if how else []


def means_picture(means: pd.DataFrame) -> Picture:
    """Both metrics of all methods."""
    metrics = list(dict.fromkeys(means["metric"]))

    def draw(figure: Figure) -> None:
        for ax, metric in zip(figure.subplots(1, len(metrics), squeeze=False)[0], metrics, strict=True):
            own = means[means["metric"] == metric]
            plot_means(own, ax=ax, names=METHOD_NAMES, metric_name=f"mean {METRIC_NAMES[metric]}")

    n = int(means["n_tracks"].max())
    caption = f"Mean over {n} tracks, with 95 % intervals." if n > 1 else "With 95 % intervals."
    return picture(draw, width=8.0, height=0.9 + 0.4 * means["method"].nunique(), caption=caption)


def means_table(means: pd.DataFrame, differences: pd.DataFrame) -> Table:
    """The same as numbers, with what the first method has above each other one."""
    first = str(means["method"].iloc[0])
    of_means = differences[differences["track"].fillna("").eq("")]
    rows = []
    for row in means.to_dict("records"):
        against = of_means[(of_means["metric"] == row["metric"]) & (of_means["method"] == first)]
        against = against[against["other"] == row["method"]]
        ahead = "" if against.empty else _with_interval(against.iloc[0].to_dict(), sign=True)
        cells = [Cell(METHOD_NAMES.get(row["method"], str(row["method"]))), Cell(METRIC_NAMES[row["metric"]])]
        cells += [Cell(_with_interval(row), "n strong" if row["method"] == first else "n"), Cell(ahead, "n")]
        rows.append([*cells, Cell(number(row["floor"]), "n"), Cell(number(row["n_tracks"], 0), "n")])
    columns = [
        Column("method"),
        Column("metric"),
        Column("mean (95 %)", numeric=True),
        Column(f"{METHOD_NAMES.get(first, first)} minus it (95 %)", numeric=True, hint="resampled together"),
        Column("chance", numeric=True),
        Column("tracks", numeric=True),
    ]
    return Table(columns, rows)


def _with_interval(row: Mapping[Any, Any], *, sign: bool = False) -> str:
    """A value and its interval."""
    shown = [f"{row[name]:+.3f}" if sign else f"{row[name]:.3f}" for name in ("value", "low", "high")]
    return f"{shown[0]} ({shown[1]} to {shown[2]})"


def _scatters(tracks: pd.DataFrame) -> list[Picture]:
    """The model against each baseline, track by track."""
    methods = list(dict.fromkeys(tracks["method"]))
    if len(methods) < 2 or tracks["track"].nunique() < 3:
        return []
    metric = str(tracks["metric"].iloc[0])
    wide = tracks[tracks["metric"] == metric].pivot(index="track", columns="method", values="value")
    wide = wide.loc[list(dict.fromkeys(tracks["track"]))]
    first, others = methods[0], methods[1:]

    def draw(figure: Figure) -> None:
        for ax, other in zip(figure.subplots(1, len(others), squeeze=False)[0], others, strict=True):
            labels = tuple(f"{METRIC_NAMES[metric]}, {METHOD_NAMES.get(one, one)}" for one in (first, other))
            names = [str(one) for one in wide.index]
            plot_track_against_track(
                wide[first].tolist(), wide[other].tolist(), ax=ax, names=names, labels=(labels[0], labels[1])
            )

    n_above = {other: int((wide[first] > wide[other]).sum()) for other in others}
    shown = ", ".join(f"{n} of {len(wide)} against {METHOD_NAMES.get(other, other)}" for other, n in n_above.items())
    caption = f"One point per track; above the line, the model is better: {shown}."
    return [picture(draw, width=4.0 * len(others), height=3.8, caption=caption)]


def _tracks_table(tracks: pd.DataFrame) -> Table:
    """All tracks, a column per metric and method."""
    groups = list(dict.fromkeys(zip(tracks["metric"], tracks["method"], strict=True)))
    groups.sort(key=lambda one: list(METRIC_NAMES).index(one[0]))
    cells = {(row["track"], row["metric"], row["method"]): row for row in tracks.to_dict("records")}
    rows = []
    for track in dict.fromkeys(tracks["track"]):
        own = [cells[track, metric, method] for metric, method in groups]
        row = [Cell(str(track), "whole"), Cell(number(own[0]["n_positive"], 0), "n")]
        row += [Cell(_shown(one, is_first=one["method"] == groups[0][1]), "n") for one in own]
        rows.append(row)
    columns = [Column("track"), Column("positive", numeric=True)]
    columns += [Column(f"{METRIC_NAMES[m]}, {METHOD_NAMES.get(name, name)}", numeric=True) for m, name in groups]
    caption = "All intervals, and all differences with theirs, are in evaluation/."
    return Table(columns, rows, title=f"All {len(rows)} tracks", caption=caption, is_folded=len(rows) > 6)


def _shown(row: Mapping[Any, Any], *, is_first: bool) -> str:
    """A value; of the first method with its interval, so that the table fits the page."""
    if row["value"] != row["value"]:
        return "-"
    return _with_interval(row) if is_first else f"{row['value']:.3f}"


def _findings(means: pd.DataFrame, differences: pd.DataFrame) -> list[str]:
    """The mean of the first metric, and whether the baselines are beaten."""
    metric = str(means["metric"].iloc[0])
    own = means[means["metric"] == metric].to_dict("records")
    text = f"Accuracy: {METRIC_NAMES[metric]} {_with_interval(own[0])}" + (
        f" on average over {int(own[0]['n_tracks'])} tracks" if own[0]["n_tracks"] > 1 else ""
    )
    of_means = differences[differences["track"].fillna("").eq("")]
    for row in own[1:]:
        against = of_means[(of_means["metric"] == metric) & (of_means["other"] == row["method"])]
        against = against[against["method"] == own[0]["method"]]
        if against.empty:
            continue
        low, high = float(against["low"].iloc[0]), float(against["high"].iloc[0])
        verdict = "better than" if low > 0 else "worse than" if high < 0 else "not told apart from"
        text += f"; {verdict} {METHOD_NAMES.get(row['method'], row['method'])} ({row['value']:.3f})"
    return [f"{text}."]
