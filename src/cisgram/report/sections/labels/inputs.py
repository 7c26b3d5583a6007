"""The question: what went in, and what was left out for which reason."""

from collections.abc import Mapping

import pandas as pd

from cisgram.report.blocks import Cell, Column, Section, Table, Text, number
from cisgram.report.label_results import LabelResults

_PARTS = ("train", "valid", "test")


def inputs(results: LabelResults) -> Section | None:
    """Sites or sequences kept and dropped, labels per track and part, copies between parts."""
    notes = results.notes("prepare")
    if results.candidates is None or not notes:
        return None
    kept = results.candidates[results.candidates["dropped"].eq("")]
    what = "sites" if "sites" in results.config else "sequences"
    n_dropped = len(results.candidates) - len(kept)
    finding = f"Data: {len(kept):,} of {len(results.candidates):,} {what} are used" + (
        f"; {n_dropped:,} were left out, by reason below." if n_dropped else "."
    )
    blocks: list[Table | Text] = [_parts_table(kept, what)]
    reasons = {**notes.get("dropped", {}), **notes.get("rows_left_out", {})}
    blocks += _reasons(reasons, f"{what} left out", what)
    blocks += _reasons(notes.get("dropped_peaks", {}), "Peaks left out", "peaks")
    blocks += _leaks(notes.get("n_leaks", {}), what)
    blocks += _labels(results)
    blocks += _left_out(notes.get("tracks_left_out", {}))
    lead = (
        "Nothing is lost without a count: all candidates are in examples/windows.tsv.gz, with the reason where one was "
        "left out."
    )
    return Section("Data", lead, blocks, findings=[finding])


def _parts_table(kept: pd.DataFrame, what: str) -> Table:
    """What each part of the split holds."""
    rows = []
    for split in _PARTS:
        part = kept[kept["split"] == split]
        contigs = part["chrom"].unique().tolist() if what == "sites" else []
        shown = ", ".join(contigs[:12]) + (f" and {len(contigs) - 12} more" if len(contigs) > 12 else "")
        n = [int((part["kind"] == kind).sum()) for kind in ("peak", "negative")]
        rows.append([Cell(split), *(Cell(number(one), "n") for one in n), Cell(shown)])
    columns = [Column("part"), Column(what, numeric=True), Column("negatives", numeric=True), Column("contigs")]
    return Table(columns, rows, title=f"{what.capitalize()} used")


def _reasons(reasons: Mapping[str, int], title: str, what: str) -> list[Table]:
    """How many were left out, by reason."""
    if not reasons:
        return []
    rows = [[Cell(reason), Cell(number(n), "n")] for reason, n in reasons.items()]
    return [Table([Column("reason"), Column(what, numeric=True)], rows, title=title[0].upper() + title[1:])]


def _leaks(n_leaks: Mapping[str, int], what: str) -> list[Text]:
    """What held-out parts share with earlier ones."""
    if not n_leaks:
        return [Text(f"No {what[:-1]} of one part is a copy of one of a later part (train, valid, test).")]
    shown = ", ".join(f"{n:,} of {part}" for part, n in n_leaks.items())
    return [Text(f"Copies between parts: {shown} are like a {what[:-1]} of a later part; examples/ lists them.")]


def _labels(results: LabelResults) -> list[Table]:
    """Positives and negatives of every track in every part."""
    counts = results.table("examples", "labels.tsv")
    if counts is None:
        return []
    wide = counts.pivot(index="name", columns="split", values="n_positive").loc[list(dict.fromkeys(counts["name"]))]
    parts = [part for part in _PARTS if part in wide]
    rows = [[Cell(str(name)), *(Cell(number(int(row[part])), "n") for part in parts)] for name, row in wide.iterrows()]
    columns = [Column("track"), *(Column(f"positive in {part}", numeric=True) for part in parts)]
    return [Table(columns, rows, title="Positive labels by track", is_folded=len(rows) > 12)]


def _left_out(tracks: Mapping[str, int]) -> list[Text]:
    """Tracks with too few peaks."""
    if not tracks:
        return []
    shown = ", ".join(f"{name} ({n})" for name, n in list(tracks.items())[:12])
    more = f" and {len(tracks) - 12} more" if len(tracks) > 12 else ""
    return [Text(f"{len(tracks)} tracks were left out, having too few peaks: {shown}{more}.")]
