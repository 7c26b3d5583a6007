"""The question: are places that are known from elsewhere found here."""

from cisgram.report.blocks import Cell, Column, Section, Table
from cisgram.report.map_results import MapResults

_LEAD = (
    "Known places were given; nothing here was fitted to them. Found: known ones with a call near them. Right: calls "
    "with a known one near them. Near: within two bins, on both sides of loops. Chance: one of the two moved along its "
    "contig."
)


def known(results: MapResults) -> Section | None:
    """Known boundaries and loops beside called ones."""
    if results.known is None:
        return None
    columns = [Column("what"), Column("known", numeric=True), Column("called", numeric=True)]
    names = ("found", "found_by_chance", "right", "right_by_chance")
    columns += [Column(name.replace("_", " "), numeric=True) for name in names]
    records = results.known.to_dict("records")
    rows = [
        [Cell(str(row["what"]), "whole"), Cell(f"{row['n_known']:,}", "n"), Cell(f"{row['n_called']:,}", "n")]
        + [Cell("-" if row[name] != row[name] else f"{row[name]:.0%}", "n") for name in names]
        for row in records
    ]
    window = f"({results.main_window:,} bp)"
    findings = [
        f"Of {row['n_known']:,} known {row['what']}, "
        + (
            f"{row['found']:.0%} have a call near them (chance {row['found_by_chance']:.0%}), and {row['right']:.0%} "
            f"of the calls lie near a known one (chance {row['right_by_chance']:.0%})."
            if row["n_called"]
            else "none is found: nothing was called."
        )
        for row in records
        if row["found"] == row["found"] and (window in str(row["what"]) or row["what"] == "loops")
    ]
    return Section("Known places", _LEAD, [Table(columns, rows)], findings)
