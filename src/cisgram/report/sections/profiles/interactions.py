"""The question: which motif helps which, when the model is asked."""

from functools import partial

import pandas as pd
from matplotlib.figure import Figure

from cisgram.motifs.grammar.interaction_map import HELPS, HINDERS, UNSURE
from cisgram.report.blocks import Cell, Column, Picture, Section, Table, number, picture
from cisgram.report.interaction_plots import plot_help, plot_interaction_map
from cisgram.report.matches import small
from cisgram.report.profile_results import ProfileResults

_MOST_CURVES = 6
_LEAD = (
    "What is observed may have other reasons than the motifs, so the model is asked. In backgrounds: the helped motif "
    "is put into the middle of random sequences, the helper beside it at many distances, and the predicted peak of the "
    "helped motif is read. In windows: instances of the helper are deleted from the genome. The fold says how many "
    "times as many reads the helped motif gets because the helper is there, less what the helper brings itself; 1 is "
    "no help. A motif helps (or hinders) another where both agree."
)


def interactions(results: ProfileResults) -> Section | None:
    """The directed map, its evidence, and help by distance."""
    table = results.table("interactions", "map.tsv")
    if table is None or table.empty:
        return None
    table = table.assign(helical=table["helical"].fillna("").astype(str))
    others = table[table["helper"] != table["helped"]]
    blocks: list[Table | Picture] = []
    if len(others):
        caption = "Arrows lead from the helper to the helped motif, with the fold in backgrounds up to 70 bp."
        blocks.append(picture(partial(_draw_map, others), width=6, height=5.4, caption=caption))
    curves = results.table("interactions", "curves.tsv.gz")
    if curves is not None and len(curves):
        blocks += _curves(curves, others)
    return Section("Who helps whom", _LEAD, [*blocks, _evidence(table)], _findings(others))


def _findings(table: pd.DataFrame) -> list[str]:
    """The strongest help, and whether it goes both ways."""
    helped = table[table["relation"] == HELPS].sort_values("fold", ascending=False, kind="stable")
    if table.empty:
        return ["Interactions: there is one motif only, and none that it could help."]
    if helped.empty:
        return ["Interactions: when the model is asked, no motif helps another."]
    pairs = set(zip(helped["helper"], helped["helped"], strict=True))
    texts = []
    for row in helped.drop_duplicates(["helper", "helped"]).head(3).to_dict("records"):
        back = ", and the other way round" if (row["helped"], row["helper"]) in pairs else ", not the other way round"
        wave = ", most on the same side of the helix" if row["helical"] else ""
        texts.append(f"{row['helper']} helps {row['helped']} ({row['fold']:.1f} times{wave}{back})")
    return [f"Interactions: {'; '.join(texts)}."]


def _draw_map(table: pd.DataFrame, figure: Figure) -> None:
    plot_interaction_map(table, ax=figure.subplots())


def _curves(curves: pd.DataFrame, table: pd.DataFrame) -> list[Picture]:
    """Help by distance of the strongest pairs."""
    strong = table[table["relation"] == HELPS].sort_values("fold", ascending=False, kind="stable")
    drawn = []
    for row in strong.drop_duplicates(["helper", "helped"]).head(_MOST_CURVES).to_dict("records"):
        own = curves[(curves["helper"] == row["helper"]) & (curves["helped"] == row["helped"])]
        own = own[own["track"] == row["track"]]
        if len(own):
            drawn.append((row, own))
    if not drawn:
        return []
    n_rows = (len(drawn) + 1) // 2

    def draw(figure: Figure) -> None:
        axes = figure.subplots(n_rows, 2, squeeze=False, sharey=True).flat
        for ax, (row, own) in zip(axes, drawn, strict=False):
            plot_help(own, ax=ax)
            ax.set_title(f"{row['helper']} helps {row['helped']}; {row['track']}")
        for ax in figure.axes[len(drawn) :]:
            ax.set_axis_off()

    caption = "Both orders together. Grey lines: whole turns of the helix, 10.5 bp."
    return [picture(draw, width=10, height=2.3 * n_rows, caption=caption, title="Help by distance")]


def _evidence(table: pd.DataFrame) -> Table:
    """Every ordered pair with what was seen and asked."""
    order = {HELPS: 0, HINDERS: 1, UNSURE: 2}
    rank = table["relation"].map(order).fillna(3)
    rows = []
    for row in table.assign(rank=rank).sort_values(["rank", "fold"], ascending=[True, False]).to_dict("records"):
        style = "yes" if row["relation"] == HELPS else "no" if row["relation"] == HINDERS else "soft"
        both = row["helper"] == row["helped"]
        windows = _interval(row["genomic_fold"], row["genomic_low"], row["genomic_high"])
        period = f"{row['period_bp']:.1f} bp, p {small(float(row['period_p']))}" if row["helical"] else ""
        rows.append(
            [
                Cell(str(row["helper"]), "whole"),
                Cell(f"{row['helped']}{' (itself)' if both else ''}", "whole"),
                Cell(str(row["track"])),
                Cell(str(row["relation"]), style),
                Cell(_interval(row["fold"], row["low"], row["high"]), "n"),
                Cell(number(row["fold_far"], 2), "n"),
                Cell(windows, "n"),
                Cell(f"{row['n_windows']:,}", "n"),
                Cell(number(row["odds_ratio"], 2), "n"),
                Cell(f"{period} ({row['helical']})" if period else ""),
            ]
        )
    columns = [
        *(Column("helper"), Column("helped"), Column("track"), Column("relation")),
        Column("fold, near", numeric=True, hint="in backgrounds, up to 70 bp"),
        Column("far", numeric=True, hint="in backgrounds, further apart"),
        Column("fold in windows", numeric=True),
        Column("windows", numeric=True),
        Column("meet", numeric=True, hint="observed odds ratio of meeting in a window"),
        Column("helical", hint="period, and where it is seen"),
    ]
    caption = (
        "Folds with 95 % intervals. Unsure: backgrounds and windows disagree, too few windows have both, or all tracks "
        "that are read at the helped motif have reads of their own at the helper, which may look like help."
    )
    return Table(columns, rows, title="Evidence", caption=caption, is_folded=len(rows) > 24)


def _interval(value: float, low: float, high: float) -> str:
    """A fold with its interval."""
    if value != value:
        return "-"
    return f"{value:.2f}" + (f" ({low:.2f} to {high:.2f})" if low == low else "")
