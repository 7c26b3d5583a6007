"""Files that steps read beside those of the run's folder: each function yields their names as settings give them."""

from collections.abc import Iterator
from typing import Any

from cisgram.run.folder import Run
from cisgram.run.trained import checkpoint_input


def none(run: Run[Any]) -> Iterator[str]:  # noqa: ARG001 - it is asked like all others
    """No file."""
    yield from ()


def database(run: Run[Any]) -> Iterator[str]:
    """The database of known motifs, where one is named."""
    yield from [run.config.motifs.database] if run.config.motifs.database else []


def genome(run: Run[Any]) -> Iterator[str]:
    """The genome."""
    yield run.config.genome.fasta


def truth(run: Run[Any]) -> Iterator[str]:
    """The truth of a simulation, where there is one."""
    yield from [run.config.truth] if run.config.truth else []


def truth_and_genome(run: Run[Any]) -> Iterator[str]:
    """Both."""
    yield from (*truth(run), *genome(run))


def other_weights(run: Run[Any]) -> Iterator[str]:
    """The checkpoint of the model that a training begins with, where there is one."""
    given = run.config.transfer.weights
    yield from [checkpoint_input(run, given)] if given else []


def genes(run: Run[Any]) -> Iterator[str]:
    """The genes that predictions are judged at, where they are given."""
    yield from [run.config.evaluation.genes] if run.config.evaluation.genes else []


def genome_and_genes(run: Run[Any]) -> Iterator[str]:
    """Both."""
    yield from genome(run)
    yield from genes(run)


def truth_and_genome_and_genes(run: Run[Any]) -> Iterator[str]:
    """All three."""
    yield from truth(run)
    yield from genome_and_genes(run)


def genome_and_weights(run: Run[Any]) -> Iterator[str]:
    """Both."""
    yield from genome(run)
    yield from other_weights(run)


def is_simulated(run: Run[Any]) -> bool:
    """Whether the run has a truth to be compared with."""
    return bool(run.config.truth)
