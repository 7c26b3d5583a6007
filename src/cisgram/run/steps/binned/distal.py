"""Ask the model which distal elements promoters of held-out stretches use, and compare with what was planted."""

import logging
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cisgram.data.binned_store import open_binned
from cisgram.errors import EmptySetError, InputError
from cisgram.genomics.genes import find_genes
from cisgram.genomics.genome import Genome
from cisgram.interpret.saliency.deletion import StretchDeletionConfig
from cisgram.interpret.saliency.elements import ElementConfig
from cisgram.interpret.saliency.geometry import bin_geometry
from cisgram.interpret.saliency.question import EnsembleConfig
from cisgram.io.fasta import read_genome
from cisgram.io.files import sha256_of, write_json_atomic
from cisgram.io.tables import read_table
from cisgram.run.experiments.distal.asking import MOST_TRACKS, AskedPromoters, ask_distal, tracks_of
from cisgram.run.experiments.distal.promoters import promoters_of, windows_around
from cisgram.run.experiments.distal.study import DistalConfig
from cisgram.run.experiments.folding.windows import bed_sites
from cisgram.run.experiments.trained import TrainedModel
from cisgram.run.folder import BinnedRun
from cisgram.run.pace import logged_pace
from cisgram.run.steps.binned.genes import GenesOfRun, genes_of_run, genes_on_genome
from cisgram.run.steps.binned.planted_links import link_figures
from cisgram.run.trained import trained_model
from cisgram.simulate.expression_files import ExpressionFiles
from cisgram.training.gene_agreement import assays_of

logger = logging.getLogger(__name__)


def is_asked(run: BinnedRun) -> bool:
    """Whether there is an annotation, and genes are asked for."""
    return bool(run.config.evaluation.genes) and run.config.distal.is_wanted


def distal_inputs(run: BinnedRun) -> Iterator[str]:
    """Files besides those of other steps: known elements, and the truth."""
    yield from (one for one in (run.config.distal.elements, run.config.truth) if one)


def distal(run: BinnedRun) -> Mapping[str, Any]:
    """Do the step: the folder ``distal`` with tables, tracks, arcs and a page, and ``distal/summary.json``."""
    asked, folder = run.config.distal, run.folder / "distal"
    shutil.rmtree(folder, ignore_errors=True)
    genome, store = read_genome(run.input(run.config.genome.fasta)), open_binned(run.examples)
    layout = store.layout
    path = run.best.relative_to(run.folder)  # results say the same wherever the folder lies
    trained = TrainedModel(
        trained_model(run), "basenji", layout.track_names, path, sha256_of(run.best), layout.strand_pairs
    )
    annotation = genes_on_genome(run, genome)
    assert annotation is not None, "the step is asked for with an annotation"
    tracks = asked.tracks or _shown(run, trained)
    try:
        genes = _genes(run, annotation, trained, tracks)
    except EmptySetError as error:
        logger.warning("no genes to ask about: %s", error)
        write_json_atomic(folder / "summary.json", {"findings": [], "n_promoters": 0, "n_distal": 0})
        return {"n_promoters": 0}
    table = promoters_of(genes, bin_size=layout.bin_size, flank_bins=asked.flank_bins)
    promoters = windows_around(table, genome, bin_geometry(trained.module), annotation=annotation)
    files = _simulation(run)
    question = AskedPromoters(promoters, tracks, _config(run), _known(run, genome, files))
    notes = {"genes": f"{len(table)} of held-out stretches with most signal" if not asked.genes else "as named"}
    found = ask_distal(trained, question, out=folder, notes=notes, progress=logged_pace(logger, "promoters"))
    if files is not None:
        found["links"] = link_figures(folder, files)
    write_json_atomic(folder / "summary.json", {name: one for name, one in found.items() if name != "report"})
    return {"n_promoters": found["n_promoters"], "n_distal": found["n_distal"]}


def _config(run: BinnedRun) -> DistalConfig:
    """The settings of the run as those of the experiment."""
    asked = run.config.distal
    return DistalConfig(
        ensemble=EnsembleConfig(jitter_bp=asked.jitters_bp),
        elements=ElementConfig(min_z=asked.min_z),
        deletion=StretchDeletionConfig(n_draws=asked.n_draws, seed=run.config.seed),
        promoter_bp=asked.promoter_bp,
        n_controls=asked.n_controls,
    )


def _shown(run: BinnedRun, trained: TrainedModel) -> tuple[str, ...]:
    """No names where all assays can be asked; else the tracks that the page shows."""
    if len(assays_of(trained.track_names, trained.strand_pairs)) <= MOST_TRACKS:
        return ()
    path = run.folder / "evaluation" / "windows.tsv"
    return tuple(dict.fromkeys(read_table(path, types={"track": "text"})["track"]))


def _genes(run: BinnedRun, annotation: pd.DataFrame, trained: TrainedModel, tracks: tuple[str, ...]) -> pd.DataFrame:
    """Rows of the annotation of the genes that are asked about.

    Raises
    ------
    EmptySetError
        Where no gene begins in a test window.
    """
    if run.config.distal.genes:
        return annotation.iloc[find_genes(annotation, run.config.distal.genes).rows]
    own = genes_of_run(run, open_binned(run.examples), annotation)
    if not len(own.starts.genes):
        raise EmptySetError("genes that begin in test windows", dropped={"elsewhere": own.starts.n_outside})
    strength = _strength(own, trained, tracks)
    order = np.argsort(-strength, kind="stable")[: run.config.distal.n_genes]
    wanted = set(zip(*(own.starts.genes[name].to_numpy()[order] for name in ("chrom", "gene")), strict=True))
    chosen = [key in wanted for key in zip(annotation["chrom"], annotation["gene"], strict=True)]
    return annotation[chosen]


def _strength(own: GenesOfRun, trained: TrainedModel, tracks: tuple[str, ...]) -> np.ndarray:
    """How strong a gene is: mean over the assays that are asked about of its signal over that of all genes."""
    asked = {number for strand in "+-" for number in tracks_of(trained, strand, tracks)}
    chosen = [at for at, one in enumerate(own.assays) if {one.plus, one.minus} & asked]
    measured = np.nan_to_num(own.measured[:, chosen])
    return (measured / np.maximum(measured.mean(axis=0), 1e-9)).mean(axis=1)


def _simulation(run: BinnedRun) -> ExpressionFiles | None:
    """The files of the simulation, if the truth is one of ours and whole."""
    if not run.config.truth:
        return None
    try:
        return ExpressionFiles.load(run.input(run.config.truth).parent)
    except InputError:
        return None


def _known(run: BinnedRun, genome: Genome, files: ExpressionFiles | None) -> pd.DataFrame | None:
    """Elements that were given, or planted."""
    given = run.config.distal.elements
    path: Path | None = run.input(given) if given else None if files is None else files.enhancers
    return None if path is None else bed_sites(path, genome)
