"""Make labelled examples, of sites on a genome or of sequences that came with labels."""

from collections.abc import Iterator, Mapping
from typing import Any

from cisgram.genomics.interval import is_locus
from cisgram.run.folder import LabelRun
from cisgram.run.steps.labels.peak_tables import peak_files
from cisgram.run.steps.labels.sequences import prepare_sequences, sequence_files
from cisgram.run.steps.labels.sites import prepare_sites


def prepare(run: LabelRun) -> Mapping[str, Any]:
    """Do the step; the notes say what was kept and what was dropped for which reason."""
    return prepare_sites(run) if run.config.sites is not None else prepare_sequences(run)


def inputs(run: LabelRun) -> Iterator[str]:
    """Every file that the step reads."""
    if run.config.sites is None:
        yield from sequence_files(run)
        return
    plan = run.config.site_plan
    yield plan.genome.fasta
    yield from peak_files(run)
    yield from (path for path in plan.sites.exclude if not is_locus(path))
