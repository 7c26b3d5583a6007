"""Scores of all variants, in parts that a stopped call takes up again."""

import json
import logging
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from cisgram.genomics.genome import Genome
from cisgram.genomics.variant_table import CheckedAlleles
from cisgram.interpret.variants.config import VariantConfig
from cisgram.interpret.variants.model import VariantModel
from cisgram.interpret.variants.score_table import (
    ScoredAlleles,
    iterate_scores,
    open_scoring,
    unless_all_fail,
)
from cisgram.io.fasta import read_genome
from cisgram.io.files import write_text_atomic
from cisgram.io.tables import read_table, write_table
from cisgram.io.tables.tsv import Kind
from cisgram.run.pace import logged_pace
from cisgram.run.processes import in_processes
from cisgram.run.variants.opening import open_variant_model
from cisgram.run.variants.question import LONG_BP

_LOG = logging.getLogger(__name__)

_PARTS = 64
_LEAST, _LEAST_OF_LONG = 256, 16
"""Rows of a part at least, of models that read little and of those that read much."""

PARTS = "parts"
"""Folder of what is done already; gone when all is."""


class ScoringInProcesses(NamedTuple):
    """Processes that share variants, and what each of them opens for itself."""

    processes: int
    models: tuple[Path, ...]
    """Run folders or checkpoints."""
    genome: str
    """FASTA."""


class AllScores(NamedTuple):
    """Scores of all variants."""

    scores: pd.DataFrame
    genes: pd.DataFrame


def score_in_parts(
    model: VariantModel,
    checked: CheckedAlleles,
    genome: Genome,
    *,
    config: VariantConfig,
    genes: pd.DataFrame | None,
    folder: Path,
    asked: dict[str, object],
    sharing: ScoringInProcesses | None = None,
) -> AllScores:
    """Score all variants; what an earlier call with the same question left in ``folder`` is not done again.

    Memory is linear in variants times tracks.

    Parameters
    ----------
    model, checked, genome, config, genes
        As in :func:`cisgram.interpret.variants.score_table.iterate_scores`.
    folder
        Where results go; parts lie in :data:`PARTS` there until :func:`forget_parts`.
    asked
        What the scores depend on, in values that JSON knows; parts of another question are thrown away.
    sharing
        Processes that share the rows and what they open; by default, all is done in this one.
    """
    place = folder / PARTS
    question = json.dumps(asked, sort_keys=True, default=str)
    note = place / "asked.json"
    if not note.is_file() or note.read_text(encoding="utf-8") != question:
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        write_text_atomic(note, question)
    for leftover in place.glob(".partial-*"):  # of a call that was killed while it wrote
        leftover.unlink()
    done = sorted(place.glob("[0-9]*.scores.tsv.gz"))
    parts = [_read(path) for path in done]
    first = 1 + max((int(part.scores["index"].max()) for part in parts), default=-1)
    if first:
        _LOG.info("%d of %d variants were scored by an earlier call", first, len(checked.table))
    config = replace(config, rows_at_once=_rows_at_once(len(checked.table), model.input_length, config))
    paced = logged_pace(_LOG, "variants")
    if sharing is None or sharing.processes == 1:
        found = iterate_scores(model, checked, genome, config=config, genes=genes, first_row=first, progress=paced)
    else:
        found = _shared(sharing, checked, config, genes, first)
    for part in found:
        stem = place / f"{part.rows.start:012d}"
        # The scores come last: a part counts where they lie there.
        if len(part.genes):
            write_table(stem.with_suffix(".genes.tsv.gz"), part.genes)
        write_table(stem.with_suffix(".scores.tsv.gz"), part.scores)
        parts.append(part)
    genes_found = [part.genes for part in parts if len(part.genes)] or [part.genes for part in parts[:1]]
    return AllScores(
        pd.concat([part.scores for part in parts], ignore_index=True), pd.concat(genes_found, ignore_index=True)
    )


def open_scores(
    sharing: ScoringInProcesses, checked: CheckedAlleles, config: VariantConfig, genes: pd.DataFrame | None
) -> Callable[[range], ScoredAlleles]:
    """Open model and genome in a process; what is returned scores some rows.

    Parameters
    ----------
    sharing
        What to open.
    checked, config, genes
        As in :func:`score_in_parts`.
    """
    return open_scoring(
        open_variant_model(sharing.models), checked, read_genome(sharing.genome), config=config, genes=genes
    )


def _shared(
    sharing: ScoringInProcesses, checked: CheckedAlleles, config: VariantConfig, genes: pd.DataFrame | None, first: int
) -> Iterator[ScoredAlleles]:
    """Scores by several processes, in the order of the rows."""
    n, step, paced = len(checked.table), config.rows_at_once, logged_pace(_LOG, "variants")
    tasks = [range(start, min(start + step, n)) for start in range(first, n, step)]
    opened = partial(open_scores, sharing, checked, config, genes)
    for part in unless_all_fail(in_processes(opened, tasks, processes=sharing.processes, what="variants")):
        yield part
        paced(part.rows.stop, n)


def _rows_at_once(n: int, input_length: int, config: VariantConfig) -> int:
    """Rows of a part: few enough that processes can share them, enough that variants can share windows."""
    least = _LEAST_OF_LONG if input_length > LONG_BP else _LEAST
    return min(config.rows_at_once, max(least, -(-n // _PARTS)))


def forget_parts(folder: Path) -> None:
    """Take parts away when the results that were made of them are written."""
    shutil.rmtree(folder / PARTS, ignore_errors=True)


def _read(path: Path) -> ScoredAlleles:
    types: dict[str, Kind] = {
        "ref": "text",
        "alt": "text",
        "status": "text",
        "track": "text",
        "name": "text",
        "chrom": "text",
    }
    scores = read_table(path, types=types)
    of_genes = path.with_name(path.name.replace(".scores.", ".genes."))
    genes = read_table(of_genes) if of_genes.is_file() else pd.DataFrame()
    return ScoredAlleles(range(int(scores["index"].min()), int(scores["index"].max()) + 1), scores, genes)
