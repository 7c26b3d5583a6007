"""The question: do tracks gain from being learnt together."""

from cisgram.report.blocks import Cell, Column, Section, Table, number
from cisgram.report.label_results import LabelResults
from cisgram.report.sections.labels.accuracy import METRIC_NAMES, means_picture, means_table

_LEAD = (
    "The same network was trained once for each of these tracks alone, on the same split and with the same settings, "
    "and is compared with the model of all tracks."
)


def single_task(results: LabelResults) -> Section | None:
    """Means of both, and the difference of every track."""
    names = ("single_task_tracks", "single_task_means", "single_task_differences")
    tracks, means, differences = (results.judged(name) for name in names)
    if tracks is None or means is None or differences is None:
        return None
    differences = differences.fillna({"track": ""})
    own = differences[differences["track"].ne("")]
    rows = []
    for row in own.to_dict("records"):
        values = tracks[(tracks["track"] == row["track"]) & (tracks["metric"] == row["metric"])]["value"].tolist()
        shown = f"{row['value']:+.3f} ({row['low']:+.3f} to {row['high']:+.3f})"
        cells = [Cell(str(row["track"])), Cell(METRIC_NAMES[row["metric"]])]
        rows.append([*cells, *(Cell(number(value), "n") for value in values), Cell(shown, "n")])
    columns = [
        Column("track"),
        Column("metric"),
        Column("all tracks together", numeric=True),
        Column("this track alone", numeric=True),
        Column("together minus alone (95 %)", numeric=True),
    ]
    blocks = [means_picture(means), means_table(means, differences), Table(columns, rows, title="Track by track")]
    first = own[own["metric"] == means["metric"].iloc[0]]
    n_gain, n_lose = int((first["low"] > 0).sum()), int((first["high"] < 0).sum())
    finding = (
        f"Learnt together or alone: of {len(first)} tracks, {n_gain} are better with the others, {n_lose} worse, "
        f"{len(first) - n_gain - n_lose} not told apart."
    )
    return Section("Together or alone", _LEAD, blocks, findings=[finding])
