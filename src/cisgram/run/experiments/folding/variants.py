"""Structural variants from files to files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cisgram.errors import FormatError
from cisgram.genomics.contigs import match_contigs
from cisgram.genomics.genome import Genome
from cisgram.interpret.experiments.responses import Asking
from cisgram.interpret.folding.structural import StructuralChange, StructuralVariant, VariantKind, compare_variants
from cisgram.io.tables import read_intervals, read_table, write_table
from cisgram.report.experiments.folding import write_folding_report
from cisgram.report.experiments.folding_findings import variant_findings
from cisgram.report.folding_plots import FoldingPicture
from cisgram.run.experiments.folding.measured import (
    MEASURED_LEAD,
    MeasuredChanges,
    MeasuredMaps,
    measure,
    measured_findings,
    measured_picture,
)
from cisgram.run.experiments.folding.model import FoldingModel
from cisgram.run.experiments.folding.results import records, write_maps

LEAD = (
    "The window around each variant is made again as the variant leaves it, and its map predicted. To be compared, the "
    "altered map is put back into the bins of the reference: pairs of bins that a deletion removes, or that lie beyond "
    "the end of the window, are grey. Of a duplication, the second copy is shown in the altered map alone."
)
MEASURED_NAMES = ("reference", "mapped", "change")
"""The same of measured maps, in bins of the reference; their names there begin with ``measured_``."""
MAP_NAMES = ("reference", "altered", "mapped")
"""Squares in ``maps.npz``; see :class:`cisgram.interpret.folding.structural.StructuralChange`."""
_KINDS: dict[str, VariantKind] = {
    "deletion": "deletion",
    "del": "deletion",
    "duplication": "duplication",
    "dup": "duplication",
    "inversion": "inversion",
    "inv": "inversion",
}


@dataclass(frozen=True, eq=False)
class AskedVariants:
    """Structural variants, with what is known of them."""

    variants: Sequence[StructuralVariant] = field(repr=False)
    sites: pd.DataFrame | None = field(default=None, repr=False)
    """Interval table of the genome to draw beneath, if any."""
    measured: MeasuredMaps | None = None
    """Maps of the genome with and without the variants, if any."""


def read_structural(path: Path, genome: Genome) -> list[StructuralVariant]:
    """Read structural variants: a table ``chrom start end type`` with a header, or BED with the type as name.

    Parameters
    ----------
    path
        Positions are 0-based, half-open, as in BED. Types are deletion, duplication and inversion, or DEL, DUP and INV.
    genome
        Whose names of contigs are used where they mean the same.

    Raises
    ------
    InputError, FormatError
        Where the file cannot be read or a row is no variant; the row is named.
    """
    lines = [
        line for line in path.read_text(encoding="utf-8", errors="replace").splitlines()[:50] if line and line[0] != "#"
    ]
    if lines and "type" in lines[0].split("\t"):
        table = read_table(path)
        if missing := [name for name in ("chrom", "start", "end") if name not in table]:
            raise FormatError(path, f"a table of structural variants has chrom, start, end and type; lacks {missing}")
    else:
        table = read_intervals(path)
        if "name" not in table:
            raise FormatError(path, "a BED file of structural variants says deletion, duplication or inversion as name")
        table = table.rename(columns={"name": "type"})
    to_genome = match_contigs(genome.sizes, table["chrom"], what=str(path)).to_genome
    names = table["name"].astype(str) if "name" in table else [f"variant_{n + 1}" for n in range(len(table))]
    found = []
    for number, (chrom, start, end, kind, name) in enumerate(
        zip(table["chrom"], table["start"], table["end"], table["type"], names, strict=True), start=1
    ):
        if str(kind).lower().strip("<>") not in _KINDS:
            raise FormatError(path, f"row {number}: type must be deletion, duplication or inversion; got {kind!r}")
        of_kind = _KINDS[str(kind).lower().strip("<>")]
        found.append(StructuralVariant(to_genome.get(str(chrom), str(chrom)), int(start), int(end), of_kind, str(name)))
    return found


def variants(
    model: FoldingModel,
    genome: Genome,
    asked: AskedVariants,
    *,
    asking: Asking,
    out: Path,
    notes: Mapping[str, object],
    seed: int = 0,
) -> dict[str, Any]:
    """Predict maps with variants; write ``results.tsv``, ``maps.npz`` and ``report.html``.

    Where maps were measured, ``measured.tsv`` says how their changes agree with those predicted.

    Parameters
    ----------
    model, asking, out, notes
        As in :func:`cisgram.run.experiments.folding.edit.edit`.
    genome, asked
        Where windows are cut, and the variants.
    seed
        Of the halves of measured maps.
    """
    changes, table = compare_variants(model.module, genome, asked.variants, asking=asking)
    table["track"] = np.array(model.track_names, dtype=object)[table["track"].to_numpy(np.int64)]
    out.mkdir(parents=True, exist_ok=True)
    write_table(out / "results.tsv", table, provenance=model.provenance(genome_sha256=genome.sha256))
    maps: dict[str, np.ndarray] = {name: np.concatenate([getattr(one, name) for one in changes]) for name in MAP_NAMES}
    maps |= {"window_start": np.array([one.window.start for one in changes])}
    maps |= {"bin_of": np.stack([one.bin_of for one in changes])}
    tables, findings, lead = {f"{len(asked.variants)} structural variants": table}, variant_findings(table), LEAD
    found = None
    if asked.measured is not None:
        found = measure(asked.measured, model, genome, asked.variants, changes, seed=seed)
        write_table(out / "measured.tsv", found.table, provenance=model.provenance(genome_sha256=genome.sha256))
        maps |= {f"measured_{name}": np.stack([getattr(one, name) for one in found.changes]) for name in MEASURED_NAMES}
        tables = {"Predicted beside measured changes": found.table, **tables}
        findings, lead = [*measured_findings(found), *findings], f"{LEAD} {MEASURED_LEAD}"
    write_maps(out / "maps.npz", model, **maps)
    write_folding_report(
        out / "report.html",
        tables,
        _pictures(model, asked, changes, found),
        title="Structural variants",
        lead=lead,
        findings=findings,
        settings={**model.settings(asking), **notes},
    )
    summary = {"report": str(out / "report.html"), "findings": findings, "variants": records(table)}
    return summary if found is None else {**summary, "measured": records(found.table)}


def _pictures(
    model: FoldingModel, asked: AskedVariants, changes: Sequence[StructuralChange], found: MeasuredChanges | None
) -> list[FoldingPicture]:
    """Of every variant the predicted maps, and what was measured of its change."""
    shown = []
    for number, (variant, change) in enumerate(zip(asked.variants, changes, strict=True)):
        shown.append(_picture(model, variant, change, asked.sites))
        if found is not None:
            shown.append(measured_picture(model, variant, change, found.changes[number], asked.sites))
    return shown


def _picture(
    model: FoldingModel, variant: StructuralVariant, change: StructuralChange, sites: pd.DataFrame | None
) -> FoldingPicture:
    """Reference, altered map in its own bins, and the difference in bins of the reference."""
    before, mapped = change.reference[0, 0], change.mapped[0, 0]
    return FoldingPicture(
        title=f"{variant.kind} {variant.chrom}:{variant.start + 1:,}-{variant.end:,} ({len(variant):,} bp)",
        caption=f"Predicted for {model.track_names[0]}. The altered map stands in the places of the reference.",
        maps=[("reference", before), (f"after the {variant.kind}", mapped)],
        chrom=variant.chrom,
        start_bp=change.window.start + model.geometry.first_bp,
        bin_size=model.geometry.bin_size,
        difference=("after - before", mapped - before),
        sites=sites,
        edited=(variant.start, variant.end),
    )
