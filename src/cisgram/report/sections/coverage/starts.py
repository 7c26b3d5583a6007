"""The question: does coverage stand out at transcription starts, before and after."""

from matplotlib.figure import Figure

from cisgram.report.blocks import Cell, Column, Picture, Section, Table, number, picture
from cisgram.report.coverage_results import METHOD_NAMES, CoverageResults, depth_name
from cisgram.report.depth_plots import plot_start_profiles

_LEAD = (
    "Open chromatin at transcription starts is what every ATAC-seq library should show, and needs no deep library to "
    "be judged by: mean coverage within 50 bp of starts, over that 1 to 2 kb away. A poor library has a low one. "
    "Denoising can raise it above that of deep data, since it also takes away the background: it is a sign of "
    "contrast, not of truth."
)


def starts(results: CoverageResults) -> Section | None:
    """Mean profiles of the shallowest track of each pair, and enrichment at all depths."""
    table, profiles = (results.table("evaluation", name) for name in ("starts.tsv", "start_profiles.tsv.gz"))
    if table is None or table.empty or profiles is None:
        return None
    blocks: list[Table | Picture] = []
    findings = []
    for pair, own in table.groupby("pair", sort=False):
        raw = own[own["method"] == "raw"].sort_values("depth", kind="stable").iloc[0]
        columns = {"deep": f"{pair}.clean/deep", **{m: f"{raw['track']}/{m}" for m in ("raw", "denoised")}}
        shown = {method: profiles[name] for method, name in columns.items() if name in profiles}

        def draw(figure: Figure, shown: dict = shown) -> None:
            ax = plot_start_profiles(shown, distance=profiles["distance_bp"], ax=figure.subplots(), names=METHOD_NAMES)
            ax.legend(loc="upper right")

        caption = f"{pair}, {depth_name('', float(raw['depth']))}; mean of {int(raw['n_starts']):,} starts."
        blocks.append(picture(draw, width=5.2, height=3.0, caption=caption))
        after = own[(own["method"] == "denoised") & (own["track"] == raw["track"])].iloc[0]
        findings.append(
            f"Starts: of {pair}, coverage at transcription starts is {raw['enrichment']:.1f} times its surroundings "
            f"before and {after['enrichment']:.1f} times after denoising."
        )
    columns = [Column("cells"), Column("depth"), Column("method"), Column("enrichment (95 %)", numeric=True)]
    rows = [
        [
            Cell(str(row["pair"])),
            Cell("-" if row["method"] in ("deep", "replicate") else depth_name("", float(row["depth"]))),
            Cell(METHOD_NAMES[row["method"]]),
            Cell(f"{row['enrichment']:.2f} ({number(row['low'], 2)} to {number(row['high'], 2)})", "n"),
        ]
        for row in table.to_dict("records")
    ]
    return Section("Transcription starts", _LEAD, [*blocks, Table(columns, rows)], findings)
