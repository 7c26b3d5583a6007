"""The question: how near does denoised coverage come to deep coverage, and raw coverage at the same depth."""

import numpy as np

from cisgram.report.blocks import Section
from cisgram.report.coverage_results import CoverageResults, depth_name
from cisgram.report.sections.coverage.figures import HELD_OUT, depth_curves, figure_table, verdict

_METRICS = ("pearson", "spearman")
_METHODS = ("denoised", "raw", "replicate")


def depth(results: CoverageResults) -> Section | None:
    """Pearson's and Spearman's r against depth, with the replicate as ceiling, and the same as numbers."""
    table = results.depths
    if table is None or table.empty:
        return None
    blocks = [
        picture for pair in dict.fromkeys(table["pair"]) for picture in depth_curves(results, pair, _METRICS, _METHODS)
    ]
    return Section(
        "Agreement with deep coverage",
        _lead(results),
        [*blocks, figure_table(results, _METRICS, _METHODS)],
        _findings(results),
    )


def _lead(results: CoverageResults) -> str:
    """What was asked, and how it is answered."""
    question = (
        "The question: shallow ATAC-seq - few reads, or few cells - went into the model, which reads no sequence. Is "
        "what comes out nearer to what the same cells show when they are sequenced deeply? Blue: denoised; black: the "
        "raw coverage that went in; green, where there is one: another deep library of the same kind of cells, the "
        "most that can be asked for. Pearson's r compares every base and is ruled by the highest peaks; Spearman's r "
        "compares the order of 100-bp bins, in which the many bins with little coverage count as much as peaks do. "
    )
    if results.is_adopted:
        cells = "The model was trained in another run, and has seen none of this one. "
    elif results.has_unseen_cells:
        cells = "The cells judged were never trained on. "
    else:
        cells = "The cells judged are those that were trained on, so that only contigs held out are a test. "
    shared = (
        "Reads drawn from the deep library are part of it, which flatters raw coverage." if _is_drawn(results) else ""
    )
    return question + cells + shared


def _is_drawn(results: CoverageResults) -> bool:
    """Whether shallow tracks are made of reads of the deep library."""
    return any(not pair.get("noisy") for pair in results.config["pairs"])


def _findings(results: CoverageResults) -> list[str]:
    """One sentence per pair, on the shallowest track."""
    table, differences = results.depths, results.table("evaluation", "differences.tsv")
    assert table is not None, "the section looks before it draws"
    own = table[(table["scope"] == HELD_OUT) & (table["metric"] == "pearson")]
    found = []
    for pair, group in own.groupby("pair", sort=False):
        denoised = group[group["method"] == "denoised"].sort_values("depth")
        if denoised.empty:
            continue
        row = denoised.iloc[0]
        if np.isnan(row["value"]):
            found.append(
                f"{pair}: the denoised track is the same everywhere. Training has failed; try a smaller "
                "learning_rate, or clip_norm in [training]."
            )
            continue
        raw = group[(group["method"] == "raw") & (group["track"] == row["track"])]["value"].iloc[0]
        better = verdict(differences, str(row["track"]), "raw", "pearson")
        ceiling = group.loc[group["method"] == "replicate", "value"]
        limit = f"; a replicate reaches {ceiling.iloc[0]:.3f}" if len(ceiling) else ""
        found.append(
            f"{pair}, {depth_name(str(row['level']), float(row['depth']))}: on {', '.join(results.held_out)}, denoised "
            f"coverage agrees with deep coverage with Pearson's r {row['value']:.3f}, {better} raw coverage ({raw:.3f})"
            f"{limit}."
        )
        if verdict(differences, str(row["track"]), "raw", "spearman") == "worse than":
            found.append(
                f"{pair}: the order of quiet bins suffers: Spearman's r over 100-bp bins is lower after denoising than "
                "before. Trust peaks, not the background."
            )
    return found
