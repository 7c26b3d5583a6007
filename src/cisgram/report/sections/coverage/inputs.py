"""The question: what went in, and what was left out for which reason."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

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
    learnt = (
        f"the model learnt from {kept.get('train', 0):,} windows of {results.config['model']['output_length']:,} bp"
    )
    origin = f"the model is that of {results.config['trained']}, as it is" if results.is_adopted else learnt
    finding = f"Data: {notes['known_bp'] / 1e6:,.1f} Mb; {origin}."
    blocks = [_track_table(results, tracks), _part_table(results, notes)]
    blocks += _reasons("Windows left out", notes["dropped"])
    for name, one in notes["peaks"].items():
        blocks += _reasons(f"Peaks of {name}: {one['n']:,} used; left out", one["left out"])
    for name, one in notes["records_left_out"].items():
        blocks += _reasons(f"Records of {name} left out", one)
    return Section("Data", "Nothing is lost without a count.", blocks, findings=[finding])


def _track_table(results: CoverageResults, tracks: pd.DataFrame) -> Table:
    """Tracks with how they were made, their reads, their mean coverage, and what they are for."""
    protocols = {pair["name"]: pair.get("protocol", "") for pair in results.config["pairs"]}
    is_named = any(protocols.values())
    rows = []
    for row in tracks[tracks["kind"] != "peaks"].to_dict("records"):
        cells = [Cell(str(row["pair"]))]
        cells += [Cell(protocols.get(str(row["pair"])) or "not named")] if is_named else []
        cells += [Cell(_named(row)), Cell(number(row["n_reads"]), "n")]
        rows.append([*cells, Cell(number(row.get("mean_coverage")), "n"), Cell(_USES[str(row["use"])])])
    head = [Column("cells"), *([Column("protocol")] if is_named else []), Column("track")]
    head += [Column("reads (cut sites)", numeric=True), Column("mean coverage", numeric=True), Column("use")]
    return Table(head, rows, title="Tracks", caption="A fragment has two cut sites; of a bigWig reads are not known.")


def _part_table(results: CoverageResults, notes: Mapping[str, Any]) -> Table:
    """Contigs by what they are for, and the windows on them."""
    bases, kept = notes["known_bp_by_contig"], notes["n_kept"]
    split = {part: results.config.get("split", {}).get(part, []) for part in ("valid", "test")}
    split["train"] = [name for name in bases if name not in (*split["valid"], *split["test"])]
    parts, caption = _PARTS, "Windows count once per shallow track that is learnt from."
    if results.is_adopted:
        split = {"judged": results.held_out, "other": [name for name in bases if name not in results.held_out]}
        parts, caption = (
            tuple(split),
            "Other: not asked for, or of the name of a contig that was trained on. No window is learnt.",
        )
    rows = [
        [
            Cell(part),
            Cell(", ".join(split[part])),
            Cell(f"{sum(bases.get(name, 0) for name in split[part]) / 1e6:,.2f}", "n"),
            Cell(number(kept.get(part, 0)), "n"),
        ]
        for part in parts
    ]
    head = [Column("part"), Column("contigs"), Column("Mb known", numeric=True), Column("windows", numeric=True)]
    return Table(head, rows, title="Windows used", caption=caption)


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
