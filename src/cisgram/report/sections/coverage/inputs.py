"""The question: what went in, and what was left out for which reason."""

from collections.abc import Mapping
from typing import Any

from cisgram.report.blocks import Cell, Column, Section, Table, number
from cisgram.report.coverage_results import CoverageResults

_PARTS = ("train", "valid", "test")
_USES = {"train": "learnt from", "test": "judged only"}


def inputs(results: CoverageResults) -> Section | None:
    """Tracks with their reads, windows kept and dropped, peaks, records left out."""
    notes, tracks = results.notes("prepare"), results.table("examples", "tracks.tsv")
    if not notes or tracks is None:
        return None
    kept = notes["n_kept"]
    finding = (
        f"Data: {notes['known_bp'] / 1e6:,.1f} Mb; the model learnt from {kept.get('train', 0):,} windows of "
        f"{results.config['model']['output_length']:,} bp."
    )
    head = [Column("cells"), Column("track"), Column("reads (cut sites)", numeric=True), Column("use")]
    rows = [
        [Cell(str(row["pair"])), Cell(_named(row)), Cell(number(row["n_reads"]), "n"), Cell(_USES[str(row["use"])])]
        for row in tracks.to_dict("records")
        if row["kind"] != "peaks"
    ]
    blocks = [
        Table(head, rows, title="Tracks", caption="A fragment has two cut sites; of a bigWig reads are not known.")
    ]
    split = {part: results.config["split"].get(part, []) for part in ("valid", "test")}
    bases = notes["known_bp_by_contig"]
    split["train"] = [name for name in bases if name not in (*split["valid"], *split["test"])]
    rows = [
        [
            Cell(part),
            Cell(", ".join(split[part])),
            Cell(f"{sum(bases.get(name, 0) for name in split[part]) / 1e6:,.2f}", "n"),
            Cell(number(kept.get(part, 0)), "n"),
        ]
        for part in _PARTS
    ]
    head = [Column("part"), Column("contigs"), Column("Mb known", numeric=True), Column("windows", numeric=True)]
    caption = "Windows count once per shallow track that is learnt from."
    blocks.append(Table(head, rows, title="Windows used", caption=caption))
    blocks += _reasons("Windows left out", notes["dropped"])
    for name, one in notes["peaks"].items():
        blocks += _reasons(f"Peaks of {name}: {one['n']:,} used; left out", one["left out"])
    for name, one in notes["records_left_out"].items():
        blocks += _reasons(f"Records of {name} left out", one)
    return Section("Data", "Nothing is lost without a count.", blocks, findings=[finding])


def _named(row: Mapping[Any, Any]) -> str:
    """What a track is, in words."""
    if row["kind"] in ("clean", "replicate"):
        return "deep" if row["kind"] == "clean" else "replicate"
    return str(row["track"]).removeprefix(f"{row['pair']}.").replace("_", " ")


def _reasons(title: str, reasons: Mapping[str, int]) -> list[Table]:
    """How many were left out, by reason."""
    if not reasons:
        return []
    rows = [[Cell(reason), Cell(number(n), "n")] for reason, n in reasons.items()]
    return [Table([Column("reason"), Column("number", numeric=True)], rows, title=title)]
