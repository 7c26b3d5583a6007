"""The question: what was this made of, so that somebody can make it again."""

from cisgram.report.blocks import Cell, Column, Details, Section, Table, mapping_table, number
from cisgram.report.results import RunResults


def provenance(results: RunResults) -> Section:
    """Steps with their times, input files with their hashes, versions, settings."""
    about = results.manifest["about"]
    steps = [
        [
            Cell(name),
            Cell(one["state"]),
            Cell(one["started"]),
            Cell(number(one["seconds"], 1), "n"),
            Cell(str(len(one["outputs"])), "n"),
        ]
        for name, one in results.manifest["steps"].items()
        if name != "report"
    ]
    files = [
        [Cell(name), Cell(number(one["n_bytes"]), "n"), Cell(one["sha256"], "mono")]
        for name, one in results.manifest["inputs"].items()
    ]
    head = [
        Column("step"),
        Column("state"),
        Column("started (UTC)"),
        Column("seconds", numeric=True),
        Column("files", numeric=True),
    ]
    made_with = {
        "cisgram": about["cisgram"],
        "python": about["python"],
        "system": about["system"],
        "CPUs": about["n_cpus"],
        "seed": about["seed"],
        "command": " ".join(about["command"]),
        **about["packages"],
    }
    return Section(
        "Provenance",
        "The same inputs, settings, seed and versions on the same machine give the same result, bit for bit on a CPU.",
        [
            Table(head, steps, title="Steps"),
            Table([Column("input"), Column("bytes", numeric=True), Column("sha256")], files, title="Input files"),
            mapping_table(made_with, names=("made with", "")),
            Details("All settings (config.toml)", (results.folder / "config.toml").read_text(encoding="utf-8")),
        ],
    )
