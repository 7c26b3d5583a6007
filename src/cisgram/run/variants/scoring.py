"""Scores of all variants, in parts that a stopped call takes up again."""

import json
import logging
import shutil
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from cisgram.genomics.genome import Genome
from cisgram.genomics.variant_table import CheckedAlleles
from cisgram.interpret.variants.config import VariantConfig
from cisgram.interpret.variants.model import VariantModel
from cisgram.interpret.variants.score_table import ScoredAlleles, iterate_scores
from cisgram.io.files import write_text_atomic
from cisgram.io.tables import read_table, write_table
from cisgram.io.tables.tsv import Kind
from cisgram.run.pace import logged_pace

_LOG = logging.getLogger(__name__)

PARTS = "parts"
"""Folder of what is done already; gone when all is."""


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
    """
    place = folder / PARTS
    question = json.dumps(asked, sort_keys=True, default=str)
    note = place / "asked.json"
    if not note.is_file() or note.read_text() != question:
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        write_text_atomic(note, question)
    done = sorted(place.glob("*.scores.tsv.gz"))
    parts = [_read(path) for path in done]
    first = 1 + max((int(part.scores["index"].max()) for part in parts), default=-1)
    if first:
        _LOG.info("%d of %d variants were scored by an earlier call", first, len(checked.table))
    found = iterate_scores(
        model, checked, genome, config=config, genes=genes, first_row=first, progress=logged_pace(_LOG, "variants")
    )
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
