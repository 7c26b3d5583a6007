"""The libraries of a run: deep ones, the shallow ones made of them or given, and their replicates."""

import warnings
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from cisgram.errors import CisgramWarning, ConfigError, ContigError, EmptySetError, InputError
from cisgram.io.reads import CoverageSource, open_coverage_source, read_barcode_groups
from cisgram.run.folder import Run
from cisgram.run.settings.coverage import CoverageRunConfig, PairConfig
from cisgram.run.steps.coverage.known import KnownGenome

TRACK_COLUMNS = ("pair", "use", "track", "kind", "level", "amount", "n_reads", "is_learnt", "is_judged")
"""One row per track of the store."""


class Level(NamedTuple):
    """How shallow a track is."""

    kind: Literal["noisy", "reads", "fraction", "cells"]
    amount: float

    @property
    def label(self) -> str:
        """A word for file and track names.

        Examples
        --------
        >>> Level("reads", 2e5).label, Level("fraction", 0.05).label, Level("noisy", 1).label
        ('200000_reads', '0.05_of_reads', 'noisy')
        """
        if self.kind == "noisy":
            return "noisy"
        return f"{self.amount:g}_of_reads" if self.kind == "fraction" else f"{self.amount:.0f}_{self.kind}"


class Libraries(NamedTuple):
    """Everything that one pair is made of."""

    pair: PairConfig
    clean: CoverageSource
    replicate: CoverageSource | None
    shallow: dict[Level, CoverageSource]
    learnt: tuple[Level, ...]
    judged: tuple[Level, ...]


def open_libraries(run: Run[CoverageRunConfig], known: KnownGenome) -> Iterator[Libraries]:
    """Open the libraries of one pair after the other.

    Raises
    ------
    InputError
        Where a library has fewer reads or cells than are asked for.
    ContigError
        Where a shallow library or a replicate has nothing on a contig that the deep one has.
    """
    for pair in run.config.pairs:
        clean = _of_group(run, pair, _opened(run, pair.clean, known))
        learnt = _levels(pair.depths, pair.fractions, pair.cells) or ([Level("noisy", 1)] if pair.noisy else [])
        judged = _judged(run, pair, clean, learnt)
        shallow = {}
        wanted: list[Level] = [*(learnt if pair.use == "train" else []), *judged]
        for level in list(dict.fromkeys(wanted)):
            shallow[level] = (
                _opened(run, pair.noisy, known) if level.kind == "noisy" else _drawn(run, pair, clean, level)
            )
        replicate = _opened(run, pair.replicate, known) if pair.replicate else None
        others = [*shallow.values()][:1] if pair.noisy else []
        _require_contigs(pair, clean, [*others, *([replicate] if replicate else [])])
        yield Libraries(pair, clean, replicate, shallow, tuple(learnt) if pair.use == "train" else (), tuple(judged))


def is_judged(config: CoverageRunConfig, pair: PairConfig) -> bool:
    """Whether the figures are of this pair: of those for testing, or of all where none is."""
    return pair.use == "test" or all(one.use == "train" for one in config.pairs)


def _judged(
    run: Run[CoverageRunConfig], pair: PairConfig, clean: CoverageSource, learnt: Sequence[Level]
) -> list[Level]:
    """The levels at which a pair is judged."""
    if not is_judged(run.config, pair):
        return []
    settings = run.config.evaluation
    asked = _levels(settings.depths, settings.fractions, settings.cells)
    if pair.noisy or not clean.is_countable:
        asked = []
    found = asked or list(learnt)
    if not found:
        raise ConfigError(
            f"pair {pair.name!r} is judged at no depth: give it noisy, depths, fractions or cells, or give "
            "[evaluation] depths, fractions or cells"
        )
    return found


def _levels(depths: Sequence[float], fractions: Sequence[float], cells: Sequence[int]) -> list[Level]:
    """Levels, shallow ones first."""
    return [
        *(Level("reads", float(one)) for one in sorted(depths)),
        *(Level("fraction", float(one)) for one in sorted(fractions)),
        *(Level("cells", float(one)) for one in sorted(cells)),
    ]


def _opened(run: Run[CoverageRunConfig], paths: Sequence[str], known: KnownGenome) -> CoverageSource:
    """A library on the contigs of the run; what lies elsewhere is not its business."""
    files = [run.input(path) for path in paths]
    settings = run.config.coverage
    with warnings.catch_warnings():
        # Whether a contig is lacking where it matters is looked at below, for all libraries of a pair together.
        warnings.simplefilter("ignore", CisgramWarning)
        return open_coverage_source(
            files, sizes=known.sizes, read_shift=settings.read_shift, extend_bp=settings.extend_bp
        )


def _of_group(run: Run[CoverageRunConfig], pair: PairConfig, clean: CoverageSource) -> CoverageSource:
    """The cells of the pair's group alone."""
    if not pair.barcodes:
        return clean
    groups = read_barcode_groups(run.input(pair.barcodes))
    if pair.group not in groups:
        raise ConfigError(f"{pair.barcodes} has no group {pair.group!r}; it has {', '.join(list(groups)[:10])}")
    return clean.only(groups[pair.group])


def _drawn(run: Run[CoverageRunConfig], pair: PairConfig, clean: CoverageSource, level: Level) -> CoverageSource:
    """Some of the reads, or of the cells, of the deep library."""
    seed = run.config.seed
    try:
        if level.kind == "cells":
            return clean.cells(int(level.amount), seed=seed)
        if level.kind == "fraction":
            return clean.thinned(fraction=level.amount, seed=seed)
        return clean.thinned(n_reads=int(level.amount), seed=seed)
    except InputError as error:
        raise InputError(f"pair {pair.name!r}, {level.label.replace('_', ' ')}: {error}") from error


def _require_contigs(pair: PairConfig, clean: CoverageSource, others: Sequence[CoverageSource]) -> None:
    """Refuse a library that lacks a contig which the deep one has."""
    for other in others:
        if lacking := [name for name in clean.contigs_with_reads if name not in other.contigs_with_reads]:
            raise ContigError(
                f"pair {pair.name!r}: {other.paths[0]} has nothing on {', '.join(lacking[:5])}, and {clean.paths[0]} "
                "has; leave these contigs out with [contigs] leave_out, or give the whole file"
            )
    if not clean.contigs_with_reads:
        raise EmptySetError("reads on the contigs of the run", dropped={}, hint=f"see {clean.paths[0]}")
