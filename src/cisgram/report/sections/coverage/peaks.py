"""The question: are the peaks of the deep data found in the shallow data."""

from cisgram.report.blocks import Section
from cisgram.report.coverage_results import METHOD_NAMES, CoverageResults, depth_name
from cisgram.report.sections.coverage.figures import HELD_OUT, depth_curves, figure_table, verdict

_METHODS = ("denoised", "raw", "macs3", "replicate", "deep")
_LEAD = (
    "Which bases lie in a peak of the deep library? Bases are ranked by the model's probability, by raw coverage, and "
    "by MACS3's p-value where it was run on the same reads; the area under the precision-recall curve (auPRC) is 1 for "
    "a perfect ranking and the share of bases in peaks for a random one. Deep coverage itself (grey) does not reach 1: "
    "peaks are called from it, but not by its height alone. The rankings need no threshold; peaks as they "
    "are called stand below."
)


def peaks(results: CoverageResults) -> Section | None:
    """The area under the precision-recall curve against depth, and the same as numbers."""
    table = results.depths
    if table is None or not (table["metric"] == "auprc").any():
        return None
    pairs = dict.fromkeys(table["pair"])
    blocks = [picture for pair in pairs for picture in depth_curves(results, pair, ["auprc"], _METHODS)]
    return Section("Peaks", _LEAD, [*blocks, figure_table(results, ["auprc"], _METHODS)], _findings(results))


def _findings(results: CoverageResults) -> list[str]:
    """One sentence per pair, on the shallowest track."""
    table, differences = results.depths, results.table("evaluation", "differences.tsv")
    assert table is not None, "the section looks before it draws"
    own = table[(table["scope"] == HELD_OUT) & (table["metric"] == "auprc")]
    found = []
    for pair, group in own.groupby("pair", sort=False):
        denoised = group[group["method"] == "denoised"].sort_values("depth")
        if denoised.empty:
            continue
        row = denoised.iloc[0]
        others = []
        for other in ("raw", "macs3"):
            value = group[(group["method"] == other) & (group["track"] == row["track"])]["value"]
            if len(value):
                better = verdict(differences, str(row["track"]), other, "auprc")
                others.append(f"{better} {METHOD_NAMES[other]} ({value.iloc[0]:.3f})")
        depth = depth_name(str(row["level"]), float(row["depth"]))
        found.append(f"{pair}, {depth}: peaks with auPRC {row['value']:.3f}, {' and '.join(others)}.")
    return found
