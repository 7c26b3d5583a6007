"""Ask the model what sites do for the maps of held-out windows: taken out, turned round, alone, and in backgrounds."""

import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cisgram.data.contact_store import open_contacts
from cisgram.errors import EmptySetError
from cisgram.genomics.genome import Genome
from cisgram.genomics.motif import Motif
from cisgram.genomics.sequence import gc_fraction
from cisgram.interpret.experiments.edits import instances_of
from cisgram.interpret.experiments.responses import Asking
from cisgram.interpret.folding.composition import CompositionConfig
from cisgram.interpret.folding.insertion import PairInsertionConfig
from cisgram.interpret.folding.site_effects import SiteEdit, SiteEditConfig
from cisgram.io.fasta import read_genome
from cisgram.io.files import sha256_of, write_json_atomic
from cisgram.io.motifs import read_motifs
from cisgram.run.experiments.folding.edit import edit
from cisgram.run.experiments.folding.insert import insert
from cisgram.run.experiments.folding.keep import keep
from cisgram.run.experiments.folding.model import FoldingModel
from cisgram.run.experiments.folding.windows import FoldingWindows, SiteSource, sites_of
from cisgram.run.folder import ContactRun
from cisgram.run.trained import trained_model

logger = logging.getLogger(__name__)

EDITS: Mapping[str, SiteEdit] = {"deleted": "delete", "inverted": "invert"}
"""Folders of edits of single sites, and what is done in them."""


def is_asked(run: ContactRun) -> bool:
    """Whether there are sites with places, and windows are asked for."""
    sites = run.config.sites
    return run.config.folding.n_windows > 0 and bool(sites.bed or sites.motifs)


def folding(run: ContactRun) -> Mapping[str, Any]:
    """Do the step: a folder with a page for each question, and ``folding/summary.json``."""
    asked, folder = run.config.folding, run.folder / "folding"
    shutil.rmtree(folder, ignore_errors=True)
    genome = read_genome(run.input(run.config.genome.fasta))
    windows = held_out_windows(run, genome)
    motifs = _motifs(run)
    try:
        sites = sites_of(windows, _source(run, motifs))
    except EmptySetError as error:
        logger.warning("no sites to ask about: %s", error)
        write_json_atomic(folder / "summary.json", {"findings": {}, "n_windows": len(windows.codes), "n_sites": 0})
        return {"n_sites": 0}
    path = run.best.relative_to(run.folder)  # results say the same wherever the folder lies
    own = FoldingModel(trained_model(run), open_contacts(run.examples).layout.track_names, path, sha256_of(run.best))
    asking = Asking(both_strands=run.config.evaluation.average_strands, batch_size=max(run.config.batches.size, 1))
    notes = {"windows": f"{len(windows.codes)} of contigs held out", "sites": len(sites)}
    shared: dict[str, Any] = {"asking": asking, "notes": notes}
    seeded = {"n_draws": asked.n_draws, "seed": run.config.seed}
    findings: dict[str, Sequence[str]] = {}
    for name, what in EDITS.items():
        config = replace(SiteEditConfig(edit=what), **seeded)
        findings[name] = edit(own, windows, sites, config=config, out=folder / name, **shared)["findings"]
        logger.info("sites %s", name)
    composition = replace(CompositionConfig(), **seeded)
    findings["alone"] = keep(own, windows, sites, config=composition, out=folder / "alone", **shared)["findings"]
    if motifs:
        findings["inserted"] = _inserted(run, own, windows, motifs, sites, shared, folder / "inserted")
    write_json_atomic(
        folder / "summary.json",
        {"findings": findings, "n_windows": len(windows.codes), "n_sites": len(sites)},
    )
    return {"n_windows": len(windows.codes), "n_sites": len(sites)}


def held_out_windows(run: ContactRun, genome: Genome) -> FoldingWindows:
    """Test windows that do not overlap, evenly spread."""
    store = open_contacts(run.examples)
    table = store.windows.iloc[store.rows("test")][["chrom", "start", "end"]]
    table = table.sort_values(["chrom", "start"], kind="stable", ignore_index=True)
    rows: list[int] = []
    for row, (chrom, start) in enumerate(zip(table["chrom"], table["start"].tolist(), strict=True)):
        if not rows or table["chrom"].iloc[rows[-1]] != chrom or start >= table["end"].iloc[rows[-1]]:
            rows.append(row)
    taken = np.unique(np.linspace(0, len(rows) - 1, min(run.config.folding.n_windows, len(rows))).round().astype(int))
    table = table.iloc[np.array(rows)[taken]].reset_index(drop=True)
    names = [
        f"{chrom}:{start + 1}-{end}"
        for chrom, start, end in zip(table["chrom"], table["start"].tolist(), table["end"].tolist(), strict=True)
    ]
    return FoldingWindows(genome, table.assign(name=names), genome.windows(table))


def _motifs(run: ContactRun) -> list[Motif]:
    """The motifs of the settings' sites."""
    sites = run.config.sites
    if not sites.motifs:
        return []
    found = read_motifs(run.input(sites.motifs))
    return [one for one in found if not sites.names or one.name in sites.names]


def _source(run: ContactRun, motifs: Sequence[Motif]) -> SiteSource:
    sites = run.config.sites
    return SiteSource(run.input(sites.bed) if sites.bed else None, () if sites.bed else motifs, sites.p_value)


def _inserted(
    run: ContactRun,
    own: FoldingModel,
    windows: FoldingWindows,
    motifs: Sequence[Motif],
    sites: pd.DataFrame,
    shared: Mapping[str, Any],
    out: Path,
) -> Sequence[str]:
    """The motif with most sites, put into backgrounds of the windows' mean GC."""
    counts = sites["name"].value_counts()
    motif = max(motifs, key=lambda one: counts.get(one.name, 0))
    asked, seed = run.config.folding, run.config.seed
    notes = {**shared["notes"], "site": f"{motif.name}: {motif.consensus()}"}
    summary = insert(
        own,
        instances_of(motif, 1, rng=np.random.default_rng(seed)),
        config=PairInsertionConfig(seed=seed),
        n_backgrounds=asked.n_backgrounds,
        gc=float(gc_fraction(windows.codes).mean()),
        asking=shared["asking"],
        out=out,
        notes=notes,
    )
    return summary["findings"]
