"""The question, for a simulated genome: do predictions without noise, genes across cells and variants agree with it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cisgram.report.blocks import Cell, Column, Picture, Table, number, picture
from cisgram.report.planted_variant_plots import plot_effects

_FOLDED_ABOVE = 12
_ALL, _AT_GENE = "all", "CAGE at the gene"
_METHODS = {"own promoter": "own promoter, true", "activity x distance": "true activity of enhancers / distance"}


def signal_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Agreement with signal without noise, by kind of experiment."""
    columns = [Column("tracks"), Column("number", numeric=True), Column("model, r", numeric=True)]
    columns.append(Column("measured, r", numeric=True))
    found = [
        [
            Cell(family),
            Cell(number(len(own)), "n"),
            Cell(number(_mean(own, "model")), "n strong"),
            Cell(number(_mean(own, "measured")), "n"),
        ]
        for family, own in _by_family(rows).items()
    ]
    caption = (
        "Pearson's r over all bins with what the experiment would count on average; mean over tracks. What was "
        "measured has the noise of counting, so that a model can come nearer to the truth than the experiment."
    )
    return Table(columns, found, title="Signal without noise", caption=caption)


def gene_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Agreement with true rates of transcription, by method."""
    columns = [Column("CAGE at the start of genes"), Column("genes", numeric=True)]
    columns += [Column("r across genes", numeric=True), Column("r across cell types", numeric=True)]
    found = [
        [
            Cell(_METHODS.get(str(one["method"]), str(one["method"]))),
            Cell(number(one["n_genes"]), "n"),
            *(
                Cell(number(one[name]), "n strong" if one["method"] == "model" else "n")
                for name in ("across_genes", "across_cells")
            ),
        ]
        for one in rows
    ]
    caption = (
        "Correlation of logarithms with true rates of transcription: across genes, mean over cell types; and across "
        "cell types, with the mean of every gene taken out. Own promoter: the true rate that a gene would have without "
        "anything beyond its promoter, the best that can be said without distal elements. The last line knows the true "
        "activity of all enhancers within 25 kb, and how far away they are; the model is told neither."
    )
    return Table(columns, found, title="Which genes are on in which cells", caption=caption)


def variant_blocks(recovery: Mapping[str, Any], effects: pd.DataFrame | None) -> list[Table | Picture]:
    """Effects of variants: a picture, figures by kind, and track by track."""
    own = recovery.get("variants", {})
    if not own.get("by_kind"):
        return []
    blocks: list[Table | Picture] = []
    if effects is not None and len(effects):
        blocks.append(_effect_picture(effects))
    at_gene = [one for one in own["by_kind"] if one["measure"] == _AT_GENE]
    sums = [one for one in own["by_kind"] if one["measure"] != _AT_GENE]
    if at_gene:
        blocks.append(_kind_table(at_gene, "Effects of variants on genes, by kind"))
    if sums:
        blocks.append(_kind_table(sums, "Effects of variants on signal around them, by kind", is_folded=bool(at_gene)))
    if own.get("by_track"):
        blocks.append(_track_table(own["by_track"]))
    return blocks


def planted_findings(recovery: Mapping[str, Any]) -> list[str]:
    """What the page says first."""
    found = []
    if recovery.get("signal"):
        parts = [
            f"{family} {number(_mean(own, 'model'))} (as measured {number(_mean(own, 'measured'))})"
            for family, own in _by_family(recovery["signal"]).items()
        ]
        found.append(f"Truth recovered, signal without noise, r of bins: {', '.join(parts)}.")
    genes = {one["method"]: one for one in recovery.get("genes", [])}
    if genes:
        others = ", ".join(
            f"{_METHODS.get(name, name)} {number(one['across_cells'])}"
            for name, one in genes.items()
            if name != "model"
        )
        found.append(
            f"Truth recovered, in which cells a gene is higher: r = {number(genes['model']['across_cells'])} over "
            f"{genes['model']['n_genes']} genes ({others})."
        )
    together = [one for one in recovery.get("variants", {}).get("by_kind", []) if one["kind"] == _ALL]
    sums = ", ".join(f"{one['measure']} {number(one['pearson'])}" for one in together if one["measure"] != _AT_GENE)
    for one in together:
        if one["measure"] == _AT_GENE:
            found.append(
                f"Truth recovered, effects of variants on the gene that minds them most: r = {number(one['pearson'])} "
                f"over {one['n']:,} effects; of {one['n_strong']:,} strong ones {_percent(one['sign_agreement'])} have "
                f"the right sign, and they are told from neutral variants with AUROC {number(one['auroc'])}."
            )
    if sums:
        found.append(f"Truth recovered, effects of variants on signal around them, r: {sums}.")
    return found


def _by_family(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Rows of each kind of experiment."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for one in rows:
        found.setdefault(str(one["family"] or "tracks"), []).append(one)
    return found


def _mean(rows: Sequence[Mapping[str, Any]], name: str) -> float | None:
    """Mean of what is known."""
    values = [one[name] for one in rows if one[name] is not None]
    return float(np.mean(values)) if values else None


def _effect_picture(effects: pd.DataFrame) -> Picture:
    """Predicted against true, measure by measure."""
    measures = [str(one) for one in effects["measure"].unique()]
    measures.sort(key=lambda one: one != _AT_GENE)

    def draw(figure: Figure) -> None:
        axes = figure.subplots(1, len(measures), squeeze=False)[0]
        for ax, measure in zip(axes, measures, strict=True):
            plot_effects(effects[effects["measure"] == measure], ax=ax, title=measure)
        axes[0].set_ylabel("predicted")
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles[::-1], labels[::-1], loc="outside lower center", ncols=6, handletextpad=0.1)

    caption = (
        "One dot per variant of a held-out stretch and cell type; the line is equality. At the gene: the bin where the "
        "gene begins that minds the variant most, which may be many kb away, one unit of signal added to both alleles. "
        "Around: all bins that are predicted together with the variant (the truth: 32 kb), so that most variants "
        "change little of it."
    )
    return picture(draw, width=0.4 + 2.35 * len(measures), height=3.1, caption=caption, title="What variants do")


def _kind_table(rows: Sequence[Mapping[str, Any]], title: str, *, is_folded: bool = False) -> Table:
    """Figures by measure and kind."""
    columns = [Column("measured"), Column("variants"), Column("effects", numeric=True), Column("strong", numeric=True)]
    columns += [Column("Pearson r", numeric=True), Column("Spearman r", numeric=True)]
    columns += [Column("right sign", numeric=True, hint="of strong effects"), Column("AUROC", numeric=True)]
    columns.append(Column("median size", numeric=True, hint="of predicted log2 fold changes"))
    found = [
        [
            Cell(str(one["measure"])),
            Cell(str(one["kind"])),
            Cell(number(one["n"]), "n"),
            Cell(number(one["n_strong"]), "n"),
            Cell(number(one["pearson"]), "n strong" if one["kind"] == _ALL else "n"),
            Cell(number(one["spearman"]), "n"),
            Cell(_percent(one["sign_agreement"]), "n"),
            Cell(number(one["auroc"]), "n"),
            Cell(number(one["median_size"]), "n"),
        ]
        for one in rows
    ]
    caption = (
        "An effect is that of one variant in one cell type, as log2 fold change; strong: at least 0.05 of sums, 0.2 of "
        "genes. AUROC: chance that a strong effect is predicted larger than one of a background variant, which does "
        "nothing. Variants of one kind all change in one direction, so that r within a kind is about sizes alone."
    )
    return Table(columns, found, title=title, caption=caption, is_folded=is_folded)


def _track_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Figures track by track, beside chance."""
    names = {"pearson": "Pearson r", "spearman": "Spearman r", "auprc": "average precision"}
    columns = [Column("track"), Column("variants", numeric=True), Column("strong", numeric=True)]
    columns += [Column(name, numeric=True) for name in (*names.values(), "by chance", "right sign", "by chance")]
    found = [
        [
            Cell(str(one["track"]), "whole"),
            Cell(number(one["n_variants"]), "n"),
            Cell(number(one["n_strong"]), "n"),
            *(Cell(number(one[name]), "n strong" if name == "pearson" else "n") for name in names),
            Cell(number(one["floor_auprc"]), "n"),
            Cell(_percent(one["sign_agreement"]), "n"),
            Cell(_percent(one["floor_sign_agreement"]), "n"),
        ]
        for one in rows
    ]
    caption = "Sums around variants. Average precision of strong effects; by chance: predictions in random order."
    return Table(
        columns,
        found,
        title="Effects of variants on signal around them, by track",
        caption=caption,
        is_folded=len(found) > 6,
    )


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"
