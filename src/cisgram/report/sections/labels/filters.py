"""The question: which motifs did the first layer learn, what are they called, and which does the model need."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from cisgram.genomics.motif import Motif
from cisgram.report.blocks import Cell, Column, Picture, Section, Table, number, picture
from cisgram.report.effect_heat_map import plot_effect_heat_map
from cisgram.report.filter_plots import plot_information_against_influence
from cisgram.report.label_results import LabelResults
from cisgram.report.matches import best_match, bits_cell, known_name, match_cell, small
from cisgram.report.sections.labels.layers import deeper_layers

_MAX_ROWS, _MAX_DRAWN, _N_FAVOURED = 25, 40, 3
_LEAD = (
    "Each filter of the first layer is a short pattern. Its motif is made of the bases under it wherever it is active, "
    "half-way between its mean and its maximum (Kelley et al. 2016). Its influence: how much the loss on held-out "
    "sequences rises when the filter always gives its mean; its change of a track: by how much the track's logit then "
    "falls, in units of the logit's variance. Names are those of the best match in the database (Tomtom). "
    "Tables at the end, one per layer above, say which filters their units combine."
)


def filters(results: LabelResults) -> Section | None:
    """Information against influence, the filters that matter most, clusters, and which tracks they speak for."""
    table = results.table("filters", "filters.tsv")
    if table is None:
        return None
    table = table.fillna({"name": "", "representative": "", "motif": "", "consensus": ""})
    by_track = results.table("filters", "influence_by_track.tsv.gz")
    blocks: list[Table | Picture] = [
        picture(
            lambda figure: plot_information_against_influence(table, ax=figure.subplots()),
            width=7.0,
            height=4.0,
            caption="One point per filter. Filters without a motif have no information; influence is on a scale that "
            "is linear around 0 and logarithmic beyond.",
        )
    ]
    blocks.append(_filter_table(results, table, by_track))
    blocks += _clusters(table)
    blocks += _heat_map(table, by_track)
    blocks += deeper_layers(results)
    return Section("Filters", _LEAD, blocks, findings=[_finding(table)])


def _finding(table: pd.DataFrame) -> str:
    """What the filters are, in one sentence."""
    named = table[table["name"].ne("")].sort_values("influence", ascending=False)
    names = list(dict.fromkeys(named["name"]))
    shown = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
    n_with = int(table["motif"].ne("").sum())
    share = f"{len(named)} of {n_with} filters with a motif are like a known one"
    return f"Filters: {share}" + (f": {shown}." if names else ".")


def _filter_table(results: LabelResults, table: pd.DataFrame, by_track: pd.DataFrame | None) -> Table:
    """The filters with most influence."""
    motifs, known = results.motifs("filters", "filters.meme"), results.motifs("filters", "matched.meme")
    matches = results.table("filters", "matches.tsv")
    best = table[table["motif"].ne("")].sort_values("influence", ascending=False).head(_MAX_ROWS)
    rows = []
    for row in best.to_dict("records"):
        logo, name, q_value = _match(motifs[row["motif"]], known, matches, results.config["motifs"]["max_q_value"])
        cells = [Cell(str(row["filter"]), "n"), logo, Cell(name), Cell(q_value, "n")]
        cells += [Cell(number(row[one], digits), "n") for one, digits in _NUMBERS]
        rows.append([*cells, Cell(_favoured(row["filter"], by_track), "soft")])
    columns = [
        Column("filter", numeric=True),
        Column("motif, and the known one below it"),
        Column("like"),
        Column("q", numeric=True, hint="of the match, corrected for all motifs of the database"),
        Column("sites", numeric=True, hint="places where the filter is active"),
        Column("bits", numeric=True),
        Column("influence", numeric=True),
        Column("speaks for", hint="tracks whose logit falls most without the filter"),
    ]
    title = f"The {len(rows)} filters with most influence, of {len(table)}"
    return Table(columns, rows, title=title, caption="All of them are in filters/filters.tsv and filters.meme.")


_NUMBERS = (("n_sites", 0), ("information_bits", 1), ("influence", 3))


def _match(
    motif: Motif, known: Mapping[str, Motif], matches: pd.DataFrame | None, max_q_value: float
) -> tuple[Cell, str, str]:
    """The filter's logo, above that of its best match; the name of the match and its q-value."""
    match = None if matches is None or matches.empty else best_match(matches, motif.name, max_q_value=max_q_value)
    if match is None or str(match["motif"]) not in known:
        return bits_cell(motif), "", ""
    return match_cell(motif, known[str(match["motif"])], match), known_name(match), small(float(match["q_value"]))


def _favoured(channel: int, by_track: pd.DataFrame | None) -> str:
    """The tracks that lose most without a filter."""
    if by_track is None or by_track["track"].nunique() < 2:
        return ""
    own = by_track[(by_track["filter"] == channel) & (by_track["change"] > 0)]
    return ", ".join(own.nlargest(_N_FAVOURED, "change")["track"].astype(str))


def _clusters(table: pd.DataFrame) -> list[Table]:
    """Groups of filters that say the same."""
    sizes = table[table["cluster"] >= 0].groupby("cluster")
    rows = []
    for _, members in sizes:
        if len(members) < 2:
            continue
        names = ", ".join(dict.fromkeys(name for name in members["name"] if name)) or "nothing known"
        shown = ", ".join(str(one) for one in members["filter"])
        total = number(float(members["influence"].sum()), 3)
        consensus = str(members["consensus"].iloc[int(members["information_bits"].to_numpy().argmax())])
        rows.append(
            [Cell(consensus, "mono"), Cell(names), Cell(str(len(members)), "n"), Cell(total, "n"), Cell(shown, "soft")]
        )
    if not rows:
        return []
    rows.sort(key=lambda row: -int(row[2].text))
    columns = [
        Column("most informative member"),
        Column("like"),
        Column("filters", numeric=True),
        Column("influence, added up", numeric=True),
        Column("which"),
    ]
    return [Table(columns, rows[:_MAX_ROWS], title="Filters that say the same", is_folded=len(rows) > 8)]


def _heat_map(table: pd.DataFrame, by_track: pd.DataFrame | None) -> list[Picture]:
    """Which filters speak for and against which tracks."""
    if by_track is None or by_track["track"].nunique() < 2:
        return []
    best = table[table["motif"].ne("")].sort_values("influence", ascending=False).head(_MAX_DRAWN)
    changes = by_track.pivot(index="filter", columns="track", values="change").loc[best["filter"]]
    names = [f"{row['name'] or row['consensus']} ({row['filter']})" for row in best.to_dict("records")]
    tracks = [str(one) for one in changes.columns]

    def draw(figure: Figure) -> None:
        plot_effect_heat_map(
            changes.to_numpy(), names, tracks, ax=figure.subplots(), label="change of the track's logit"
        )

    caption = (
        "Red: the track's logit falls without the filter, the filter speaks for it; blue: it speaks against it. The "
        f"{len(names)} filters with most influence."
    )
    return [picture(draw, width=min(10.0, 4.0 + 0.14 * len(tracks)), height=1.6 + 0.16 * len(names), caption=caption)]
