"""The question: what went in, and what was left out for which reason."""

import pandas as pd

from cisgram.report.blocks import Cell, Column, Section, Table, number
from cisgram.report.profile_results import ProfileResults


def inputs(results: ProfileResults) -> Section | None:
    """Windows kept and dropped, contigs matched between files."""
    notes = results.notes("prepare")
    if results.candidates is None or not notes:
        return None
    kept = results.candidates[results.candidates["dropped"].eq("")]
    n_dropped = len(results.candidates) - len(kept)
    finding = (
        f"Windows: {len(kept):,} of {len(results.candidates):,} candidates are used"
        + (f"; {n_dropped:,} were left out, by reason below" if n_dropped else "")
        + "."
    )
    blocks = [_windows_table(kept), *_dropped_table(results), *_negatives_table(results), *_contigs_table(results)]
    lead = (
        "Nothing is lost without a count: every candidate window is in examples/windows.tsv.gz, "
        "with its reason if it was left out."
    )
    return Section("Data", lead, blocks, findings=[finding])


def _windows_table(kept: pd.DataFrame) -> Table:
    """Kept windows by part of the split and kind, with the contigs of each part."""
    rows = []
    for split in ("train", "valid", "test"):
        part = kept[kept["split"] == split]
        contigs = part["chrom"].unique().tolist()
        shown = ", ".join(contigs[:12]) + (f" and {len(contigs) - 12} more" if len(contigs) > 12 else "")
        tiles = int((part["centre"] == "tile").sum())
        peaks, negatives = (int((part["kind"] == kind).sum()) for kind in ("peak", "negative"))
        rows.append([Cell(split), *(Cell(number(n), "n") for n in (peaks - tiles, tiles, negatives)), Cell(shown)])
    counted = [Column(name, numeric=True) for name in ("peak windows", "tiles", "negatives")]
    columns = [Column("part"), *counted, Column("contigs")]
    return Table(columns, rows, title="Windows used")


def _dropped_table(results: ProfileResults) -> list[Table]:
    dropped = results.notes("prepare")["dropped"]
    if not dropped:
        return []
    rows = [[Cell(reason), Cell(number(n), "n")] for reason, n in dropped.items()]
    return [Table([Column("reason"), Column("windows", numeric=True)], rows, title="Windows left out")]


def _negatives_table(results: ProfileResults) -> list[Table]:
    """How well the GC content of negatives matches that of peak windows."""
    report = results.notes("prepare").get("negatives", {}).get("match", [])
    if not report:
        return []
    columns = [
        Column(str(name).replace("_", " "), numeric=not isinstance(value, str)) for name, value in report[0].items()
    ]
    rows = [[Cell(one) if isinstance(one, str) else Cell(number(one), "n") for one in row.values()] for row in report]
    return [Table(columns, rows, title="Negatives: GC content matched to peak windows")]


def _contigs_table(results: ProfileResults) -> list[Table]:
    """Per signal file, how many contigs fit the genome and how."""
    path = results.folder / "examples" / "contigs.tsv"
    if not path.is_file():
        return []
    table = pd.read_csv(path, sep="\t", comment="#", dtype=str)
    counts = table.groupby(["file", "status"], sort=False).size().reset_index(name="n")
    rows = [
        [Cell(str(file)), Cell(str(status)), Cell(number(int(n)), "n")]
        for file, status, n in zip(counts["file"], counts["status"], counts["n"].tolist(), strict=True)
    ]
    columns = [Column("file"), Column("contigs against the genome"), Column("number", numeric=True)]
    return [Table(columns, rows, title="Contig names", caption="Every pair of names is in examples/contigs.tsv.")]
