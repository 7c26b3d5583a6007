"""The question: what went in, and what was left out for which reason."""

from cisgram.report.binned_results import BinnedResults
from cisgram.report.blocks import Cell, Column, Section, Table, number
from cisgram.report.contact_plots import distance_label

_CEILINGS = {"replicates": "two replicates", "pseudo-replicates": "two random halves of its reads", "none": "-"}
_FOLDED_ABOVE = 12


def inputs(results: BinnedResults) -> Section | None:
    """Tracks, windows kept and dropped."""
    notes = results.notes("prepare")
    if results.candidates is None or results.store is None or not notes:
        return None
    layout = results.store.layout
    n_kept, n_all = sum(notes["n_kept"].values()), notes["n_candidates"]
    finding = (
        f"Data: {number(len(layout.track_names))} tracks; {n_kept:,} of {n_all:,} windows are used; of each, "
        f"{distance_label(layout.input_length)} of sequence are read and {layout.n_bins} bins of "
        f"{distance_label(layout.bin_size)} in the middle predicted."
    )
    blocks = [_track_table(results), _window_table(results), *_reasons(results)]
    return Section("Data", "Nothing is lost without a count: see examples/windows.tsv.gz.", blocks, findings=[finding])


def _track_table(results: BinnedResults) -> Table:
    """What is known of every track."""
    assert results.store is not None, "sections look before they draw"
    layout, means = results.store.layout, results.notes("prepare").get("training_mean", {})
    columns = [
        Column("track"),
        Column("kind"),
        Column("what"),
        Column("other strand"),
        Column("ceiling from"),
        Column("mean per bin", numeric=True, hint="in training windows, in the units of the targets"),
    ]
    rows = []
    for track, name in enumerate(layout.track_names):
        partner = layout.strand_pairs[track]
        cells = [Cell(name, "whole"), Cell(results.families[name]), Cell(results.descriptions[name], "soft")]
        cells.append(Cell(layout.track_names[partner] if partner != track else "-"))
        cells.append(Cell(_CEILINGS[layout.ceiling[track]]))
        rows.append([*cells, Cell(number(means.get(name)), "n")])
    return Table(columns, rows, title="Tracks", is_folded=len(rows) > _FOLDED_ABOVE)


def _window_table(results: BinnedResults) -> Table:
    """Windows that are used, by part of the split."""
    assert results.candidates is not None, "sections look before they draw"
    kept = results.candidates[results.candidates["dropped"].eq("")]
    held = results.notes("prepare").get("held_out_bp", {})
    rows = []
    for split in ("train", "valid", "test"):
        part = kept[kept["split"] == split]
        contigs = [str(one) for one in part["chrom"].unique()]
        shown = ", ".join(contigs[:12]) + (f" and {len(contigs) - 12} more" if len(contigs) > 12 else "")
        size = distance_label(held[split]) if split in held else "-"
        rows.append([Cell(split), Cell(number(len(part)), "n"), Cell(size, "n"), Cell(shown)])
    head = [Column("part"), Column("windows", numeric=True), Column("of the genome", numeric=True), Column("contigs")]
    return Table(head, rows, title="Windows used")


def _reasons(results: BinnedResults) -> list[Table]:
    dropped = results.notes("prepare")["dropped"]
    if not dropped:
        return []
    rows = [[Cell(reason), Cell(number(n), "n")] for reason, n in dropped.items()]
    return [Table([Column("reason"), Column("windows", numeric=True)], rows, title="Windows left out")]
