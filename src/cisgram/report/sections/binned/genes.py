"""The question: is it known which genes are on, and in which cells or conditions more than in others."""

import pandas as pd
from matplotlib.figure import Figure

from cisgram.report.binned_plots import plot_genes
from cisgram.report.binned_results import MODEL, REPLICATES, BinnedResults
from cisgram.report.blocks import Cell, Column, Picture, Section, Table, Text, number, picture

_LEAD = (
    "Signal where genes begin, summed over the bins of the start{flank}; of tracks with strands, the one of the "
    "gene's own strand. {n:,} genes begin in the test windows. Figures are of ln(1 + signal)."
)
_DIFFERENCES = (
    "Which promoters are strong is much the same in most experiments, and a model can score by that alone. Below, "
    "every assay is first brought to mean 0 and standard deviation 1 across genes, and the mean of each gene is then "
    "taken out: what is left is in which assays a gene is higher than in the others."
)
_FOLDED_ABOVE = 12


def genes(results: BinnedResults) -> Section | None:
    """Across genes, assay by assay, and across assays."""
    table, values = results.table("evaluation", "genes.tsv"), results.table("evaluation", "gene_values.tsv.gz")
    if table is None or values is None:
        return None
    flank = results.config.get("evaluation", {}).get("tss_flank_bp", 0)
    n = int(results.notes("evaluate").get("n_genes", table["n_genes"].max()))
    lead = _LEAD.format(flank=f" and {flank} bp on either side" if flank else "", n=n)
    blocks: list[Picture | Table | Text] = [_scatters(table, values), _table(table)]
    differences = results.table("evaluation", "differences.tsv")
    findings = [_finding(table)]
    if differences is not None and not differences.empty:
        blocks += [Text(_DIFFERENCES), _difference_table(differences)]
        findings += _difference_findings(differences)
    return Section("Genes", lead, blocks, findings=findings)


def _scatters(table: pd.DataFrame, values: pd.DataFrame) -> Picture:
    """Predicted against measured, gene by gene."""
    assays = list(dict.fromkeys(values["assay"].astype(str)))
    own = table[table["method"] == MODEL].set_index("assay")["pearson"]
    n_columns = len(assays) if len(assays) <= 4 else 3
    n_rows = -(-len(assays) // n_columns)

    def draw(figure: Figure) -> None:
        axes = figure.subplots(n_rows, n_columns, squeeze=False)
        for ax, assay in zip(axes.ravel(), assays, strict=False):
            rows = values[values["assay"] == assay].dropna(subset=["measured", "predicted"])
            title = f"{assay}: r = {number(float(own[assay]))}"
            plot_genes(rows["measured"].to_numpy(float), rows["predicted"].to_numpy(float), ax=ax, title=title)
        for ax in axes.ravel()[len(assays) :]:
            ax.axis("off")
        for ax in axes[:, 0]:
            ax.set_ylabel("predicted, ln(1 + x)")
        for column in range(n_columns):
            last = max(row for row in range(n_rows) if row * n_columns + column < len(assays))
            axes[last, column].set_xlabel("measured, ln(1 + x)")

    caption = "One dot per gene that begins in a test window; the line is equality."
    return picture(draw, width=0.5 + 2.3 * n_columns, height=0.3 + 2.4 * n_rows, caption=caption)


def _table(table: pd.DataFrame) -> Table:
    """Assay by assay."""
    methods = _methods(table)
    by_key = {(str(row["assay"]), str(row["method"])): row for row in table.to_dict("records")}
    columns = [Column("assay"), Column("genes", numeric=True), Column("r", numeric=True), Column("95 %", numeric=True)]
    columns += [Column("Spearman r", numeric=True)]
    columns += [Column(name, numeric=True, hint="Pearson r") for name in methods if name != MODEL]
    rows = []
    for assay in dict.fromkeys(table["assay"].astype(str)):
        own = by_key[assay, MODEL]
        cells = [Cell(assay, "whole"), Cell(number(own["n_genes"]), "n"), Cell(number(own["pearson"]), "n strong")]
        cells.append(Cell("-" if own["low"] != own["low"] else f"{own['low']:.3f} to {own['high']:.3f}", "n"))
        cells.append(Cell(number(own["spearman"]), "n"))
        others = (by_key.get((assay, name)) for name in methods if name != MODEL)
        rows.append([*cells, *(Cell(number(one["pearson"] if one else None), "n") for one in others)])
    caption = (
        "Across genes. Replicates: one against the other. Measured and predicted values: evaluation/gene_values.tsv.gz."
    )
    return Table(columns, rows, title="Across genes", caption=caption, is_folded=len(rows) > _FOLDED_ABOVE)


def _methods(table: pd.DataFrame) -> list[str]:
    """The model, replicates if there are any, and floors that say something."""
    known = table[table["pearson"].notna()]["method"].unique()
    order = [MODEL, REPLICATES, *(str(one) for one in table["method"].unique() if one not in (MODEL, REPLICATES))]
    return [one for one in order if one in known]


def _difference_table(table: pd.DataFrame) -> Table:
    """How genes differ between assays, by method."""
    columns = [Column("prediction"), Column("r of differences", numeric=True), Column("95 %", numeric=True)]
    columns += [Column("genes", numeric=True), Column("assays", numeric=True)]
    rows = [
        [
            Cell(str(row["method"])),
            Cell(number(row["pearson"]), "n strong" if row["method"] == MODEL else "n"),
            Cell("-" if row["low"] != row["low"] else f"{row['low']:.3f} to {row['high']:.3f}", "n"),
            Cell(number(row["n_genes"]), "n"),
            Cell(number(row["n_assays"]), "n"),
        ]
        for row in table.to_dict("records")
    ]
    return Table(columns, rows, title="Across assays")


def _finding(table: pd.DataFrame) -> str:
    """The mean over assays beside replicates and floors."""
    means = {str(name): own["pearson"].mean() for name, own in table.groupby("method", sort=False)}
    others = [f"{name} {number(float(means[name]))}" for name in _methods(table) if name != MODEL]
    n = table["assay"].nunique()
    return (
        f"Genes: predicted and measured signal at gene starts correlate with r = {number(float(means[MODEL]))} across "
        f"genes" + (f", on average over {n} assays" if n > 1 else "") + (f" ({', '.join(others)})." if others else ".")
    )


def _difference_findings(table: pd.DataFrame) -> list[str]:
    """What is known of differences."""
    own = table[table["method"] == MODEL].iloc[0]
    others = table[(table["method"] != MODEL) & table["pearson"].notna()]
    beside = ", ".join(
        f"{name} {number(float(r))}" for name, r in zip(others["method"], others["pearson"], strict=True)
    )
    text = f"Between assays: with means of genes and assays taken out, r = {number(float(own['pearson']))}"
    return [f"{text} ({beside})." if beside else f"{text}."]
