"""Variants and the motifs they disrupt, from files to files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cisgram.errors import ConfigError
from cisgram.genomics.motif import Motif
from cisgram.genomics.variant import Variant
from cisgram.interpret.experiments.disruption import OK, Disruption, compare_alleles, disruption_table
from cisgram.interpret.experiments.responses import Asking
from cisgram.interpret.experiments.saturation import mutate_all
from cisgram.io.fasta import read_genome
from cisgram.io.tables import write_table
from cisgram.report.experiments import VariantPicture, write_disruption_report
from cisgram.run.experiments.sites import site_changes
from cisgram.run.experiments.trained import Question, Scored, TrainedModel
from cisgram.run.experiments.variants import with_contigs_of

MOST_MAPS = 12
"""Variants of the largest effects whose surroundings are mapped."""


def disrupt(
    trained: TrainedModel,
    variants: Sequence[Variant],
    genome_path: Path,
    *,
    question: Question,
    out: Path,
    part_bp: int = 60,
    motifs: Sequence[Motif] = (),
) -> dict[str, Any]:
    """Score variants, map their surroundings, and write ``results.tsv``, ``sites.tsv`` and ``report.html``.

    Parameters
    ----------
    trained, question, out
        As in :func:`cisgram.run.experiments.insert.insert`.
    variants
        Those whose reference allele is not the genome's keep their row, which says so.
    genome_path
        FASTA.
    part_bp
        Bases around a variant that are mapped.
    motifs
        Known motifs to score at the variants; ``sites.tsv`` is written where some are given.

    Returns
    -------
    dict
        A summary that JSON knows.
    """
    scored, length_bp = trained.scored(question), trained.input_length
    if not 1 <= part_bp <= length_bp:
        raise ConfigError(f"the part to map must have 1 to {length_bp} bp, as the model reads; got {part_bp}")
    genome = read_genome(genome_path)
    variants = with_contigs_of(variants, genome.sizes)
    asked = {"scores": scored.scores, "asking": question.asking}
    found = compare_alleles(trained.module, genome, variants, length_bp=length_bp, **asked)
    table = disruption_table(found, variants, tracks=scored.tracks)
    sites = site_changes(motifs, found, variants) if motifs else None
    out.mkdir(parents=True, exist_ok=True)
    notes = trained.provenance(scored, genome=genome_path, genome_sha256=genome.sha256)
    write_table(out / "results.tsv", table, provenance=notes)
    (out / "sites.tsv").unlink(missing_ok=True)  # of an earlier call with motifs
    if sites is not None:
        write_table(out / "sites.tsv", sites, provenance=notes)
    pictures = _pictures(trained, found, variants, scored=scored, part_bp=part_bp, asking=question.asking)
    mapped = f"{part_bp} bp, in the track that changes most"
    settings = {**trained.settings(scored, question), "genome": genome_path, "mapped around variants": mapped}
    write_disruption_report(out / "report.html", table, pictures, unit=scored.unit, settings=settings, sites=sites)
    return {
        "report": str(out / "report.html"),
        "score": scored.name,
        "n_variants": len(variants),
        "n_without_score": sum(status != OK for status in found.status),
        "variants": table.astype(object).where(table.notna(), None).to_dict("records"),
    }


def _pictures(
    trained: TrainedModel,
    found: Disruption,
    variants: Sequence[Variant],
    *,
    scored: Scored,
    part_bp: int,
    asking: Asking,
) -> list[VariantPicture]:
    """Maps around the variants of the largest effects, each in the track that changes most."""
    sizes = np.abs(found.after - found.before)
    largest = pd.Series(np.nan_to_num(sizes, nan=-1.0).max(axis=1))
    rows = [row for row in largest.sort_values(ascending=False, kind="stable").index if found.status[row] == OK]
    pictures = []
    for row in rows[:MOST_MAPS]:
        track = int(sizes[row].argmax())
        pair = np.stack([found.ref_codes[row], found.alt_codes[row]])
        maps = mutate_all(trained.module, pair, scores=[scored.scores[track]], part_bp=part_bp, asking=asking)
        start = maps.start - trained.input_length // 2
        variant = variants[row]
        name = str(variant) if variant.name == "." else f"{variant} ({variant.name})"
        alleles = (variant.ref, variant.alt)
        pictures.append(VariantPicture(name, scored.tracks[track], maps.map(0, 0), maps.map(1, 0), alleles, start))
    return pictures
