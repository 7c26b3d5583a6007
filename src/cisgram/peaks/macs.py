"""Peaks by MACS3, the usual caller and the baseline of every other: our data in, its program run, its peaks back.

Zhang et al. (2008), Model-based analysis of ChIP-Seq (MACS), Genome Biology 9: R137. MACS3 is the extra ``peaks``; it
is run as a program, so that only its documented command line matters.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from cisgram.errors import ConfigError, InputError, MissingExtraError
from cisgram.io.bedgraph import StepTrack, read_bedgraph, write_bedgraph
from cisgram.io.packing import write_chunks
from cisgram.io.reads import CoverageSource
from cisgram.io.tables import read_intervals
from cisgram.peaks.local_rate import NEIGHBOURHOOD_BP, local_rate

NamedGenome: TypeAlias = Literal["hs", "mm", "ce", "dm"]
"""Genomes of which MACS3 knows how much can be mapped to."""

_NARROWPEAK = ("chrom", "start", "end", "name", "score", "strand", "signal", "p_value", "q_value", "summit")
_CHUNK_BP = 1 << 22


@dataclass(frozen=True)
class MacsConfig:
    """How MACS3 calls peaks; what is None is left to MACS3."""

    genome_size: float | NamedGenome
    """Bases that reads can be mapped to, in bp, or the name of a genome."""
    q_value: float | None = 0.05
    """Largest share of false peaks; None where ``p_value`` is given."""
    p_value: float | None = None
    """Largest p-value, instead."""
    shift_bp: int | None = None
    """Where an extended read begins, from its 5' end; -100 with ``extend_bp=200`` centres it on the end."""
    extend_bp: int | None = None
    """Length of extended reads; None lets MACS3 learn it from the distance of the strands (ChIP)."""
    keep_duplicates: int | Literal["all", "auto"] = "all"
    """Reads with one and the same 5' end that are used."""
    min_length_bp: int | None = None
    """Least length of a peak."""
    max_gap_bp: int | None = None
    """Longest stretch below the threshold inside a peak."""
    no_lambda: bool = False
    """Compare with the mean of the genome alone, not of the 10 kb around (which ranks wide peaks lower)."""

    def __post_init__(self) -> None:
        if (self.q_value is None) == (self.p_value is None):
            raise ConfigError("give either q_value or p_value, and None for the other")
        if not 0 < (self.q_value or self.p_value or 0) <= 1:
            raise ConfigError(f"q_value and p_value must be above 0 and at most 1; got {self.q_value}, {self.p_value}")
        if not isinstance(self.genome_size, str) and not self.genome_size >= 1:
            raise ConfigError(f"genome_size must be at least 1 bp; got {self.genome_size}")
        if self.extend_bp is not None and self.extend_bp < 1:
            raise ConfigError(f"extend_bp must be at least 1; got {self.extend_bp}")
        if self.shift_bp is not None and self.extend_bp is None:
            raise ConfigError("shift_bp needs extend_bp: reads are only moved where their length is given")

    @classmethod
    def atac(cls, genome_size: float | NamedGenome, **options: object) -> "MacsConfig":
        """Settings for cut sites: boxes of 200 bp centred on them, all of them used."""
        return cls(genome_size, **{"shift_bp": -100, "extend_bp": 200, **options})  # type: ignore[arg-type]

    def arguments(self) -> list[str]:
        """The options of ``macs3 callpeak``."""
        given = {
            "-g": self.genome_size if isinstance(self.genome_size, str) else f"{self.genome_size:.0f}",
            "-q": self.q_value,
            "-p": self.p_value,
            "--keep-dup": self.keep_duplicates,
            "--shift": self.shift_bp,
            "--extsize": self.extend_bp,
            "--min-length": self.min_length_bp,
            "--max-gap": self.max_gap_bp,
        }
        options = [text for name, value in given.items() if value is not None for text in (name, str(value))]
        flags = {"--nomodel": self.extend_bp is not None, "--nolambda": self.no_lambda}
        return options + [name for name, is_set in flags.items() if is_set]

    @property
    def cutoff(self) -> float:
        """-log10 of the threshold."""
        return float(-np.log10(self.q_value if self.q_value is not None else self.p_value or 1.0))


class MacsResult(NamedTuple):
    """What MACS3 found."""

    peaks: pd.DataFrame
    """Interval table as of a narrowPeak file, summits absolute; without rows where there is no peak."""
    score: StepTrack | None
    """-log10 of every base's Poisson p-value, where it was asked for."""
    command: tuple[str, ...]
    """What was run; paths of temporary files by their names alone."""
    version: str
    """Of MACS3, e.g. ``macs3 3.0.4``."""


def find_macs(program: str | os.PathLike[str] | None = None) -> Path:
    """Find the program ``macs3``: the one given, that of our own environment, or the first on the path.

    Raises
    ------
    MissingExtraError
        There is none.
    InputError
        What is given is no program.
    """
    if program is not None:
        if not os.access(program, os.X_OK) or Path(program).is_dir():
            raise InputError(f"{program} is no program that can be run; give the path of macs3")
        return Path(program).resolve()
    beside_python = Path(sys.executable).parent / "macs3"
    found = beside_python if os.access(beside_python, os.X_OK) else shutil.which("macs3")
    if found is None:
        raise MissingExtraError("MACS3", "peaks")
    return Path(found)


def call_macs(
    treatment: CoverageSource | str | os.PathLike[str],
    config: MacsConfig,
    *,
    control: str | os.PathLike[str] | None = None,
    program: str | os.PathLike[str] | None = None,
    with_score: bool = False,
) -> MacsResult:
    """Call narrow peaks with MACS3.

    Parameters
    ----------
    treatment
        A source of reads: its cut sites, thinned or of some cells as they are, are given to ``macs3 callpeak``, which
        needs ``extend_bp`` (see :meth:`MacsConfig.atac`). A source of coverage (bigWig): every base is compared with
        the mean of the genome or of the 10 kb around it, whichever is higher, as MACS3 does without a control
        (``macs3 bdgcmp`` and ``bdgpeakcall``). Or a file of reads that MACS3 reads itself (BAM, BED): ChIP.
    config
        Settings.
    control
        File of reads of a control; for files only.
    program
        Where ``macs3`` is; None looks for it.
    with_score
        Keep the score of every base, too.

    Raises
    ------
    MissingExtraError
        MACS3 is not installed.
    InputError
        Settings do not fit the data, or MACS3 fails; what it says is in the message.
    """
    macs = find_macs(program)
    with TemporaryDirectory(prefix="cisgram-macs-") as name:
        run = _Runs(macs, Path(name))
        if isinstance(treatment, CoverageSource):
            if control is not None:
                raise InputError("a control can be given for a file of reads only, not for a source of coverage")
            if not treatment.is_countable:
                return _call_on_coverage(treatment, config, run, with_score=with_score)
            if config.extend_bp is None:
                raise ConfigError("cut sites have no strand to learn a length from; give extend_bp, or MacsConfig.atac")
            write_chunks(run.folder / "cuts.bed", _cut_lines(treatment))
            inputs = ["-t", "cuts.bed", "-f", "BED"]
        else:
            inputs = ["-t", str(Path(treatment).resolve())]
            inputs += ["-c", str(Path(control).resolve())] if control is not None else []
        run("callpeak", *inputs, "-n", "called", *config.arguments(), *(["-B"] if with_score else []))
        if with_score:
            pair = ["-t", "called_treat_pileup.bdg", "-c", "called_control_lambda.bdg"]
            run("bdgcmp", *pair, "-m", "ppois", "-o", "score.bdg")
        return run.result("called_peaks.narrowPeak", "score.bdg" if with_score else None)


class _Runs:
    """Runs MACS3 in a folder and keeps what was run first."""

    def __init__(self, macs: Path, folder: Path) -> None:
        self.folder, self._macs, self._command = folder, macs, ()

    def __call__(self, *arguments: str) -> None:
        """Run one of its commands; raises InputError with the end of what it says where it fails."""
        done = self._run(arguments)
        self._command = self._command or ("macs3", *(Path(text).name if "/" in text else text for text in arguments))
        if done.returncode != 0:
            said = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
            problem = " ".join(line.split("]", 1)[-1].strip() for line in said[-4:])
            hint = (
                "; give extend_bp where the length of fragments cannot be learnt" if "paired peaks" in problem else ""
            )
            raise InputError(f"macs3 {arguments[0]} failed (exit code {done.returncode}): {problem}{hint}")

    def result(self, peaks: str, score: str | None) -> MacsResult:
        """Read back what was written."""
        version = self._run(["--version"]).stdout.strip()
        track = read_bedgraph(self.folder / score) if score is not None else None
        return MacsResult(_read_peaks(self.folder / peaks), track, self._command, version)

    def _run(self, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        # The command is a list and no shell is involved, so that no name of a file can be taken for anything else.
        return subprocess.run(
            [str(self._macs), *arguments], cwd=self.folder, capture_output=True, text=True, check=False
        )


def _call_on_coverage(source: CoverageSource, config: MacsConfig, run: _Runs, *, with_score: bool) -> MacsResult:
    """Compare coverage with its local rate, and call peaks on the score."""
    if isinstance(config.genome_size, str):
        raise ConfigError("for coverage, genome_size must be a number of bp: the bases that coverage is spread over")
    total = sum(float(piece.sum(dtype=np.float64)) for _, _, piece in _pieces(source))
    mean = total / config.genome_size
    write_bedgraph(run.folder / "treatment.bdg", _pieces(source))
    rates = _equal_rates(source, mean) if config.no_lambda else _local_rates(source, least=mean)
    write_bedgraph(run.folder / "rate.bdg", rates)
    pair = ["-t", "treatment.bdg", "-c", "rate.bdg"]
    for method, out in (("ppois", "score.bdg"), ("qpois", "q.bdg")):
        if method == "ppois" or config.q_value is not None:
            run("bdgcmp", *pair, "-m", method, "-o", out)
    scored = "q.bdg" if config.q_value is not None else "score.bdg"
    limits = [
        "-l",
        str(config.min_length_bp or 200),
        "-g",
        str(config.max_gap_bp if config.max_gap_bp is not None else 30),
    ]
    run("bdgpeakcall", "-i", scored, "-c", f"{config.cutoff:.6g}", *limits, "--no-trackline", "-o", "called.narrowPeak")
    return run.result("called.narrowPeak", "score.bdg" if with_score else None)


def _equal_rates(source: CoverageSource, rate: float) -> Iterator[tuple[str, int, np.ndarray]]:
    """One and the same rate everywhere, piece by piece."""
    for chrom, start, end in _places(source):
        yield chrom, start, np.full(end - start, rate)


def _local_rates(source: CoverageSource, *, least: float) -> Iterator[tuple[str, int, np.ndarray]]:
    """The local rate, piece by piece: each is read with what lies around it."""
    for chrom, start, end in _places(source):
        wide = source.coverage(chrom, start - NEIGHBOURHOOD_BP, end + NEIGHBOURHOOD_BP)
        yield chrom, start, local_rate(wide, least=least)[NEIGHBOURHOOD_BP:-NEIGHBOURHOOD_BP]


def _read_peaks(path: Path) -> pd.DataFrame:
    """Peaks of a narrowPeak file, which is empty where there are none."""
    if path.stat().st_size == 0:
        empty = pd.DataFrame({name: [] for name in _NARROWPEAK})
        text = dict.fromkeys(("chrom", "name", "strand"), str)
        return empty.astype({**text, **dict.fromkeys(("start", "end", "summit"), np.int64)})
    return read_intervals(path)


def _cut_lines(source: CoverageSource) -> Iterator[bytes]:
    """Cut sites as BED, one base each on the plus strand, so that shift and extension centre on them."""
    for chrom, start, counts in _pieces(source, as_cuts=True):
        covered = np.flatnonzero(counts)
        at = np.repeat(covered + start, counts[covered].astype(np.int64)).tolist()
        yield "".join(f"{chrom}\t{cut}\t{cut + 1}\t.\t0\t+\n" for cut in at).encode()


def _pieces(source: CoverageSource, *, as_cuts: bool = False) -> Iterator[tuple[str, int, np.ndarray]]:
    """Coverage or cut sites, piece by piece."""
    read = source.cut_counts if as_cuts else source.coverage
    for chrom, start, end in _places(source):
        yield chrom, start, read(chrom, start, end)


def _places(source: CoverageSource) -> Iterator[tuple[str, int, int]]:
    """Where the pieces lie: contigs that have anything, from left to right."""
    for chrom in source.contigs_with_reads:
        for start in range(0, source.sizes[chrom], _CHUNK_BP):
            yield chrom, start, min(start + _CHUNK_BP, source.sizes[chrom])
