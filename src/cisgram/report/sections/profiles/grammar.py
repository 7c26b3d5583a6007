"""The question: how do motifs lie to each other, and which protein brings which."""

from functools import partial
from typing import Literal

import pandas as pd
from matplotlib.figure import Figure

from cisgram.motifs.grammar.recruitment import DIRECT, RECRUITED
from cisgram.report.blocks import Cell, Column, Picture, Section, Table, number, picture
from cisgram.report.grammar_plots import plot_company, plot_recruitment, plot_spacing
from cisgram.report.matches import small
from cisgram.report.profile_results import ProfileResults
from cisgram.report.sections.profiles.footprints import footprint_blocks

_MAX_PAIRS = 6
_LEVEL = 0.01
_LEAD = (
    "Instances of the patterns are places where contributions have the shape and the size of a pattern. All below is "
    "observed at them, not asked of the model. Motifs of several tracks that have the same name are one motif."
)


def grammar(results: ProfileResults) -> Section | None:
    """Who binds whose motif, which motifs meet, at which distances, and with which period."""
    relations = results.table("grammar", "recruitment.tsv")
    if relations is None:
        return None
    company, spacing = (results.table("grammar", name) for name in ("cooccurrence.tsv", "spacing.tsv.gz"))
    periods = results.table("grammar", "periodicity.tsv")
    blocks: list[Table | Picture] = [*_recruitment(relations), *footprint_blocks(results, relations)]
    if company is not None and len(company):
        motifs = list(dict.fromkeys([*company["first"], *company["second"]]))
        blocks.append(_company(company, motifs))
    if spacing is not None and periods is not None and len(spacing):
        blocks += _spacing(spacing, periods)
    if periods is not None and len(periods):
        blocks.append(_periods(periods))
    return Section("Grammar", _LEAD, blocks, findings=_findings(periods, results))


def _findings(periods: pd.DataFrame | None, results: ProfileResults) -> list[str]:
    """Who is held at whose motif, and what has the period of the helix."""
    found = []
    held = results.table("grammar", "held.tsv")
    if held is not None and len(held):
        shown = [f"{row['track']} is held at {row['pattern']}'s motif" for row in held.to_dict("records")]
        found.append(f"Grammar: {'; '.join(shown[:3])}: many reads there, and no sharp footprint.")
    if periods is not None and len(periods):
        sure = periods[(periods["p_value"] < _LEVEL) & periods["peak_bp"].between(10, 11)]
        of_pairs = sure[sure["source"] == "distances"].sort_values("enrichment", ascending=False)
        if len(of_pairs):
            best = of_pairs.iloc[0]
            found.append(
                f"Helix: distances between {best['first']} and {best['second']} have a period of "
                f"{best['peak_bp']:.1f} bp (p = {small(float(best['p_value']))})."
            )
    return found


def _recruitment(relations: pd.DataFrame) -> list[Table | Picture]:
    """The directed map, and its numbers."""
    wide = relations.pivot(index="pattern", columns="track", values="relation")
    wide = wide.loc[list(dict.fromkeys(relations["pattern"])), list(dict.fromkeys(relations["track"]))]
    styles: dict[str, Literal["yes", "no"]] = {DIRECT: "yes", RECRUITED: "no"}
    cells = {(row["pattern"], row["track"]): row for row in relations.to_dict("records")}
    rows = []
    for pattern in wide.index:
        row = [Cell(str(pattern), "whole")]
        for track in wide.columns:
            one = cells[pattern, track]
            text = f"{one['relation']}, {one['fold']:.0f}x" if one["fold"] == one["fold"] else str(one["relation"])
            row.append(Cell(text, styles.get(one["relation"], "soft")))
        rows.append(row)
    blocks: list[Table | Picture] = []
    if relations["relation"].isin([DIRECT, RECRUITED]).any():
        caption = (
            "Whose reads lie at whose motif. Boxes: motifs; discs: tracks. Solid: bound directly, with a sharp "
            "footprint; dashed: recruited by what sits there."
        )
        blocks.append(picture(partial(_draw_map, relations), width=5, height=5, caption=caption))
    caption = (
        "Reads within 60 bp of a motif over background. Direct: the footprint is sharp; recruited: many reads, also at "
        "hits without another motif near, but diffuse; beside: reads come from another motif near; absent: no more "
        "than background; unknown: too few hits. Intervals and sharpness are in grammar/recruitment.tsv."
    )
    columns = [Column("motif"), *(Column(str(track)) for track in wide.columns)]
    return [*blocks, Table(columns, rows, title="Tracks at motifs", caption=caption)]


def _draw_map(relations: pd.DataFrame, figure: Figure) -> None:
    plot_recruitment(relations, ax=figure.subplots())


def _company(company: pd.DataFrame, motifs: list[str]) -> Picture:
    """Odds ratios of meeting."""
    size = 2.2 + 0.45 * len(motifs)
    return picture(
        lambda figure: plot_company(company, motifs, ax=figure.subplots()),
        width=size + 1.2,
        height=size,
        caption="Which motifs meet in a window more often (red) or less often (blue) than by chance. Windows were "
        "chosen because something binds there, which makes unrelated motifs avoid each other a little.",
    )


def _spacing(spacing: pd.DataFrame, periods: pd.DataFrame) -> list[Picture]:
    """Distances of the pairs with the smallest p-values of a period, and then of most pairs."""
    of_pairs = periods[periods["source"] == "distances"].sort_values("p_value", kind="stable")
    pairs = list(zip(of_pairs["first"], of_pairs["second"], strict=True))[:_MAX_PAIRS]
    if not pairs:
        return []
    n_rows = (len(pairs) + 1) // 2

    def draw(figure: Figure) -> None:
        for ax, (first, second) in zip(figure.subplots(n_rows, 2, squeeze=False).flat, pairs, strict=False):
            own = spacing[(spacing["first"] == first) & (spacing["second"] == second)]
            plot_spacing(own, ax=ax, every_turn=True)
            ax.set_title(f"{first} to {second}")
        for ax in figure.axes[len(pairs) :]:
            ax.set_axis_off()

    caption = (
        "Distances between hits of two motifs, centre to centre, in all orientations; the band is what chance gives. "
        "Lines mark turns of the helix, 10.5 bp. The pairs with the clearest period come first."
    )
    return [picture(draw, width=10, height=2.3 * n_rows, caption=caption)]


def _periods(periods: pd.DataFrame) -> Table:
    """All periods that were looked for."""
    rows = []
    for row in periods.sort_values("p_value", kind="stable").to_dict("records"):
        of = f"{row['first']} to {row['second']}" if row["source"] == "distances" else f"around {row['first']}"
        track = str(row["track"]) if row["source"] != "distances" else ""
        cells = [Cell(str(row["source"])), Cell(track), Cell(of), Cell(number(row["n_observations"], 0), "n")]
        cells += [Cell(number(row["enrichment"], 2), "n"), Cell(number(row["peak_bp"], 1), "n")]
        rows.append([*cells, Cell(small(float(row["p_value"])), "n")])
    columns = [
        Column("read from"),
        Column("track"),
        Column("of"),
        Column("hits or pairs", numeric=True),
        Column("power at 10 to 11 bp", numeric=True, hint="over what chance gives"),
        Column("strongest period, bp", numeric=True),
        Column("p", numeric=True, hint="every hit moved for itself by up to a turn"),
    ]
    caption = f"{len(rows)} were looked at: by chance one in a hundred has p below 0.01."
    return Table(columns, rows, title="Periods", caption=caption, is_folded=True)
