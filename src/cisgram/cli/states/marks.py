"""What ``states learn`` and ``states segment`` start from: marks in bins, and how they tell how far they are."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cisgram.chromatin.learn import Progress
    from cisgram.genomics.mark_patterns import MarkPatterns

_LOG = logging.getLogger("cisgram.cli.states")
_EVERY_S = 10.0


class Marks(NamedTuple):
    """Marks in bins, and where they come from."""

    patterns: "MarkPatterns"
    inputs: dict[str, str]
    """SHA-256 by file."""


def read_marks(
    source: Path,
    *,
    out: Path,
    bin_size: int,
    chrom_sizes: Path | None,
    cells: list[str] | None,
    chroms: list[str] | None,
) -> Marks:
    """Read binarised files; of a table of reads, binarise into ``OUT/binary`` first, as ``states binarize`` does."""
    from cisgram.cli.experiment.options import split_words
    from cisgram.errors import InputError
    from cisgram.io.chromhmm.binarised import read_binarised
    from cisgram.io.files import sha256_of

    inputs: dict[str, str] = {}
    if not source.exists():
        raise InputError(f"{source} is not there; give a folder of binarised files, or a table of files of reads")
    if source.is_file() and "_binary" not in source.name:
        inputs = _binarize(source, out / "binary", bin_size=bin_size, chrom_sizes=chrom_sizes)
        source = out / "binary"
    patterns = read_binarised(source, bin_size=bin_size)
    if not inputs:
        files = [path for path in source.iterdir() if "_binary" in path.name] if source.is_dir() else [source]
        inputs = {str(path): sha256_of(path) for path in sorted(files) if not path.name.startswith(".")}
    wanted, places = split_words(cells), split_words(chroms)
    if wanted or places:
        patterns = patterns.only(cells=wanted or None, chroms=places or None)
    _LOG.info(
        "%d cell types, %d marks, %s bins, %d combinations of marks",
        len(patterns.cells), len(patterns.marks), f"{patterns.n_bins:,}", len(patterns.patterns),
    )  # fmt: skip
    return Marks(patterns, inputs)


def learning_pace(max_iterations: int) -> "Callable[[str, Progress], None]":
    """Make a function that logs passes every so often: log-likelihood, rate, and the time that is left at most."""
    began: dict[tuple[str, int], float] = {}
    spoken = time.monotonic()

    def progress(what: str, done: "Progress") -> None:
        nonlocal spoken
        now = time.monotonic()
        start = began.setdefault((what, done.start), now)
        if done.iteration > 1 and now - spoken < _EVERY_S:
            return
        if done.iteration == 1:
            _LOG.info("%s%s: begins", what, f", start {done.start + 1}" if done.start else "")
            return
        spoken = now
        rate = (done.iteration - 1) / max(now - start, 1e-9)
        _LOG.info(
            "%s: pass %d, log-likelihood %.2f, %.1f passes per second, at most %.0f s left",
            what, done.iteration, done.log_likelihood, rate, (max_iterations - done.iteration) / max(rate, 1e-9),
        )  # fmt: skip

    return progress


def parse_sizes(text: str) -> tuple[int, ...]:
    """Numbers of states from ``10``, ``5-15`` or ``5,8,10``."""
    from cisgram.errors import ConfigError

    sizes: set[int] = set()
    for word in text.split(","):
        first, _, last = word.strip().partition("-")
        if not first.isdecimal() or (last and not last.isdecimal()) or (last and int(last) < int(first)):
            raise ConfigError(f"--states is a number, a range or a list, such as 10, 5-15 or 5,8,10; got {text!r}")
        sizes |= set(range(int(first), int(last or first) + 1))
    if min(sizes) < 1:
        raise ConfigError(f"--states must be 1 or more; got {text!r}")
    return tuple(sorted(sizes))


def _binarize(table: Path, folder: Path, *, bin_size: int, chrom_sizes: Path | None) -> dict[str, str]:
    """Call marks with the default settings; returns the hashes of all inputs."""
    from cisgram.chromatin.binarize import BinarizeConfig
    from cisgram.chromatin.binary_folder import inputs_record, write_binary_folder
    from cisgram.chromatin.mark_files import ReadingConfig, binarize_files
    from cisgram.cli.coverage_options import read_sizes
    from cisgram.errors import ConfigError
    from cisgram.io.chromhmm.file_table import read_mark_files

    if chrom_sizes is None:
        raise ConfigError(f"{table} is a table of files of reads: say how long contigs are with --chrom-sizes")
    config, reading = BinarizeConfig(bin_size), ReadingConfig()
    files = read_mark_files(table)
    record = inputs_record(table, files, sizes=chrom_sizes, reading=reading)
    cells = binarize_files(files, sizes=read_sizes(chrom_sizes), config=config, reading=reading)
    write_binary_folder(folder, cells, config=config, record=record)
    return dict(record["sha256"])
