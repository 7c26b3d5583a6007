"""The question, for simulated cell types: does the model know which motif matters where."""

import numpy as np
from matplotlib.figure import Figure

from cisgram.report.blocks import Picture, Section, Table, Text, picture
from cisgram.report.effect_heat_map import plot_effect_heat_map
from cisgram.report.label_results import LabelResults
from cisgram.report.planted_variants import planted_variant_blocks
from cisgram.report.recovered import RecoveredTable

_LEAD = (
    "These cell types were simulated, so the answer is known: which motifs were planted, and in which cell types their "
    "proteins are at work. A method that looks fine and recovers little here is broken."
)
_MOTIFS = RecoveredTable(
    "Planted motifs among the filters",
    {
        "planted": "planted motif",
        "is_found": "found",
        "best": "most similar filter",
        "similarity": "similarity",
        "floor": "similarity by chance",
    },
    "Similarity: cosine of the two matrices at their best alignment, in both directions; found from 0.8 on. By chance: "
    "the same with the columns of the planted motif shuffled.",
)
_SPECIFICITY = RecoveredTable(
    "Which motif matters in which cell type",
    {
        "by": "read from",
        "of": "over",
        "name": "for",
        "n_active": "at work in",
        "auroc": "AUROC",
        "floor_auroc": "by chance",
        "pearson": "Pearson r",
        "floor_pearson": "by chance",
    },
    "AUROC: chance that a motif has a larger effect where its protein is at work than where it is not; r: with the "
    "concentrations. By chance: shuffled effects.",
)


def truth(results: LabelResults) -> Section | None:
    """Planted motifs and their specificity against what was found."""
    recovery = results.recovery
    if recovery is None:
        return None
    motifs, rows = recovery["motifs"], recovery["specificity"]
    n_found = sum(one["is_found"] for one in motifs)
    overall = next(one for one in rows if one["of"] == "all" and one["by"] == "motif insertion")
    findings = [
        f"Truth recovered: {n_found} of {len(motifs)} planted motifs are among the filters; which motif opens which "
        f"cell type is told by motif insertion with an AUROC of {overall['auroc']:.3f} (chance "
        f"{overall['floor_auroc']:.2f})."
    ]
    variants, said = planted_variant_blocks(recovery)
    blocks: list[Table | Picture | Text] = [
        _effects(recovery["inserted"]),
        _SPECIFICITY.table(rows),
        _MOTIFS.table(motifs),
        *variants,
    ]
    return Section("Planted truth", _LEAD, blocks, [*findings, *said])


def _effects(rows: list[dict[str, float | str]]) -> Picture:
    """Effects of inserted motifs by cell type."""
    tracks = [name for name in rows[0] if name != "motif"]
    values = np.array([[float(row[name]) for name in tracks] for row in rows])
    names = [str(row["motif"]) for row in rows]

    def draw(figure: Figure) -> None:
        plot_effect_heat_map(values, names, tracks, ax=figure.subplots(), label="rise of the logit")

    caption = "Mean rise of a cell type's logit when a planted motif is put into shuffled held-out sequences."
    return picture(draw, width=6.5, height=1.6 + 0.25 * len(names), caption=caption)
