"""The question: what went in, and what was left out for which reason."""

import numpy as np

from cisgram.report.blocks import Cell, Column, Section, Table, number
from cisgram.report.contact_plots import distance_label
from cisgram.report.contact_results import ContactResults


def inputs(results: ContactResults) -> Section | None:
    """Maps with their contacts, windows kept and dropped, contigs matched between files."""
    notes = results.notes("prepare")
    if results.candidates is None or results.store is None or not notes:
        return None
    layout = results.store.layout
    size = f"{layout.n_bins} bins of {distance_label(layout.bin_size)}"
    n_kept, n_all = sum(notes["n_kept"].values()), notes["n_candidates"]
    finding = (
        f"Data: {n_kept:,} of {n_all:,} windows are used; of each, {distance_label(layout.input_length)} of sequence "
        f"are read and the contacts among {size} predicted."
    )
    findings = [finding, *_transfer(results)]
    blocks = [_map_table(results), _window_table(results), *_reasons(results), *_contig_table(results)]
    return Section("Data", "Nothing is lost without a count: see examples/windows.tsv.gz.", blocks, findings=findings)


def _transfer(results: ContactResults) -> list[str]:
    """What training began with, where that was another model."""
    taken = (results.notes("train") or {}).get("transfer")
    if not taken:
        return []
    of = f" of {', '.join(taken['tracks'][:4])}" if taken["tracks"] else ""
    kept = f"; {number(taken['frozen'])} weights stayed as they were" if taken["frozen"] else ", and learnt on"
    return [
        f"Training began with {taken['convolutions']} convolutions of the {taken['model'].capitalize()}{of} in "
        f"{results.config['transfer']['weights']}{kept}."
    ]


def _map_table(results: ContactResults) -> Table:
    """What is known of every map."""
    notes = results.notes("prepare")
    rows = [
        [
            Cell(one["name"]),
            Cell(one["file"]),
            Cell("two replicates" if one.get("replicates") else "two random halves"),
            Cell(number(notes["n_contacts"][one["name"]]), "n"),
            Cell(f"{notes['masked_share'][one['name']]:.1%}", "n"),
            Cell(number(notes["spread"][one["name"]]), "n"),
        ]
        for one in results.config["maps"]
    ]
    columns = [
        Column("map"),
        Column("file"),
        Column("ceiling from"),
        Column("contacts within contigs", numeric=True),
        Column("bins masked", numeric=True),
        Column("spread", numeric=True, hint="standard deviation of ln observed / expected in test windows"),
    ]
    return Table(columns, rows, title="Maps", caption="Spread: standard deviation of what is to be predicted.")


def _window_table(results: ContactResults) -> Table:
    """Windows that are used, by part of the split."""
    assert results.candidates is not None, "sections look before they draw"
    kept = results.candidates[results.candidates["dropped"].eq("")]
    rows = []
    for split in ("train", "valid", "test"):
        part = kept[kept["split"] == split]
        contigs = [str(one) for one in part["chrom"].unique()]
        shown = ", ".join(contigs[:12]) + (f" and {len(contigs) - 12} more" if len(contigs) > 12 else "")
        stride = np.diff(part.loc[part["chrom"] == contigs[0], "start"].to_numpy()) if contigs else np.zeros(0)
        apart = distance_label(float(np.median(stride))) if stride.size else "-"
        rows.append([Cell(split), Cell(number(len(part)), "n"), Cell(apart, "n"), Cell(shown)])
    head = [Column("part"), Column("windows", numeric=True), Column("one every", numeric=True), Column("contigs")]
    return Table(head, rows, title="Windows used")


def _reasons(results: ContactResults) -> list[Table]:
    dropped = results.notes("prepare")["dropped"]
    if not dropped:
        return []
    rows = [[Cell(reason), Cell(number(n), "n")] for reason, n in dropped.items()]
    return [Table([Column("reason"), Column("windows", numeric=True)], rows, title="Windows left out")]


def _contig_table(results: ContactResults) -> list[Table]:
    """Per map, how many contigs fit the genome and how."""
    table = results.table("examples", "contigs.tsv")
    if table is None:
        return []
    counts = table.groupby(["file", "status"], sort=False).size().reset_index(name="n")
    rows = [
        [Cell(str(row["file"])), Cell(str(row["status"])), Cell(number(int(row["n"])), "n")]
        for row in counts.to_dict("records")
    ]
    columns = [Column("file"), Column("contigs against the genome"), Column("number", numeric=True)]
    return [Table(columns, rows, title="Contig names", caption="Every pair of names is in examples/contigs.tsv.")]
