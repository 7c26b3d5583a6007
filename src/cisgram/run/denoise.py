"""Denoise a sample to files: a track, the probability of peaks, and the peaks."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import pandas as pd

from cisgram import __version__
from cisgram.arrays import CoverageValues
from cisgram.errors import ConfigError, EmptySetError
from cisgram.genomics.interval import interval_table
from cisgram.io.bigwig import write_bigwig_pieces
from cisgram.io.files import write_json_atomic
from cisgram.io.reads import CoverageSource
from cisgram.io.tables import write_narrowpeak
from cisgram.models.atacworks import AtacWorks
from cisgram.nn.predict import Device
from cisgram.peaks.threshold import ScoredPiece, call_by_threshold
from cisgram.training.denoise import ChannelReader, Denoised, coverage_mean, denoise
from cisgram.training.load import best_checkpoint, load_model

_LEAST_FOR_A_MEAN_BP = 1_000_000
PROBABILITY_DECIMALS = 3
"""Of a probability, in its file and where peaks are called."""


@dataclass(frozen=True)
class DenoiseConfig:
    """How a sample is denoised, and where peaks are called.

    Raises
    ------
    ConfigError
        Where a number is out of its range.
    """

    threshold: float = 0.5
    """Least probability of a base in a peak, above 0 and at most 1."""
    min_length_bp: int = 20
    """Least length of a peak."""
    max_gap_bp: int = 0
    """Longest stretch below the threshold inside a peak."""
    decimals: int = 2
    """Of the track in its file, in units of coverage; digits that say nothing would make it many times as large."""
    window_bp: int = 100_000
    """What goes through the model at once; the result does not depend on it."""
    batch_size: int = 1
    """Windows at a time."""
    mean_coverage: float | int = 0
    """Mean coverage of the sample per base, for a model that brings samples to one depth; 0: measured
    (:func:`sample_mean`)."""

    def __post_init__(self) -> None:
        if not 0 <= self.mean_coverage < float("inf"):
            raise ConfigError(f"mean_coverage must be a number that is not negative; got {self.mean_coverage}")
        if not 0 < self.threshold <= 1:
            raise ConfigError(f"threshold must be a probability above 0 and at most 1; got {self.threshold}")
        for name, least in (("min_length_bp", 1), ("max_gap_bp", 0), ("window_bp", 1), ("batch_size", 1)):
            if getattr(self, name) < least:
                raise ConfigError(f"{name} must be at least {least}; got {getattr(self, name)}")
        if not 0 <= self.decimals <= 6:
            raise ConfigError(f"decimals must be 0 to 6; got {self.decimals}")


class DenoisedFiles(NamedTuple):
    """What was written."""

    track: Path
    """bigWig: coverage as deep data would have it."""
    probability: Path
    """bigWig: probability that a base lies in a peak, with three decimals."""
    peaks: Path
    """narrowPeak: where it is at least the threshold; signal, mean and summit are of the track."""
    about: Path
    """JSON: version, model, inputs, settings."""
    n_peaks: int
    n_bases: int
    """Bases that were denoised."""


def open_denoiser(path: str | Path) -> AtacWorks:
    """The AtacWorks of a run folder or of a checkpoint.

    Raises
    ------
    CheckpointError
        Where there is none, it is damaged, or holds another model.
    """
    model = load_model(best_checkpoint(path), expect_model="atacworks")
    assert isinstance(model, AtacWorks)
    return model


def channels_of(sources: list[CoverageSource]) -> ChannelReader:
    """Read a model's channels from a sample and further sources, one channel each."""

    def read(chrom: str, start: int, end: int) -> np.ndarray:
        return np.stack([source.coverage(chrom, start, end) for source in sources])

    return read


def regions_of(sources: list[CoverageSource], chroms: tuple[str, ...] = ()) -> pd.DataFrame:
    """Whole contigs to denoise: those named, or all on which the sample has anything.

    Raises
    ------
    EmptySetError
        Where the sample has nothing on any contig, or nothing on one of those named.
    ConfigError
        Where a named contig is not there.
    """
    sizes, covered = sources[0].sizes, sources[0].contigs_with_reads
    if unknown := [name for name in chroms if name not in sizes]:
        raise ConfigError(f"the sample has no contig {unknown[0]!r}; it has {', '.join(list(sizes)[:5])}")
    if empty := [name for name in chroms if name not in covered]:
        raise EmptySetError(f"coverage on {', '.join(empty)}", dropped={}, hint="the sample has nothing there")
    chosen = [name for name in sizes if name in (chroms or covered)]
    if not chosen:
        raise EmptySetError("coverage to denoise", dropped={}, hint="the sample is empty")
    return interval_table(chosen, [0] * len(chosen), [sizes[name] for name in chosen])


def sample_mean(model: AtacWorks, source: CoverageSource, regions: pd.DataFrame) -> float | None:
    """Mean coverage of a sample, for a model that brings samples to one depth.

    Over the regions where they come to 1 Mb at least; a few loci, which tend to be open, do not tell it: then over all
    contigs that the sample has anything on.

    Parameters
    ----------
    model
        Trained; None comes back where it reads samples as they are.
    source
        The sample.
    regions
        Interval table of what is denoised.
    """
    if float(model.sample_scale) == 0:
        return None
    is_enough = int((regions["end"] - regions["start"]).sum()) >= _LEAST_FOR_A_MEAN_BP
    return coverage_mean(channels_of([source]), regions if is_enough else regions_of([source]))


# One argument more than usual: model, input, places, output, settings, device, listener.
def denoise_to_files(
    model: AtacWorks,
    sources: list[CoverageSource],
    regions: pd.DataFrame,
    prefix: str | Path,
    *,
    config: DenoiseConfig | None = None,
    about: dict[str, Any] | None = None,
    device: Device | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> DenoisedFiles:
    """Denoise a sample and write a track, probabilities, and peaks; each file appears complete or not at all.

    Memory: a few windows. What is predicted lies, packed, in a temporary folder beside the results until they are
    written, since a bigWig is written from start to end.

    Parameters
    ----------
    model
        Trained.
    sources
        The sample, and one source per further channel that the model reads.
    regions
        Interval table: contig by contig, from left to right, without overlaps. Outside, the track is 0.
    prefix
        Of the files: ``PREFIX.track.bw``, ``.probability.bw``, ``.peaks.narrowPeak``, ``.denoise.json``.
    config
        Settings.
    about
        What the JSON file says besides: where model and sample come from.
    device
        Where to compute; where the model is, if not given.
    progress
        Called with the bases done and to do.

    Raises
    ------
    ConfigError
        Where the model reads more channels, or fewer.
    EmptySetError
        Where the sample has no coverage in the regions.
    InputError
        Where a value is negative, NaN or infinite.
    OutputError
        Where a file cannot be written.
    """
    if len(sources) != model.n_channels:
        raise ConfigError(
            f"the model reads {model.n_channels} channels, coverage and {model.n_channels - 1} more; got "
            f"{len(sources) - 1} more"
        )
    config, prefix = config or DenoiseConfig(), Path(prefix)
    prefix.parent.mkdir(parents=True, exist_ok=True)
    files = [prefix.with_name(f"{prefix.name}.{end}") for end in ("track.bw", "probability.bw", "peaks.narrowPeak")]
    notes = prefix.with_name(f"{prefix.name}.denoise.json")
    is_empty = True

    def reading(chrom: str, start: int, end: int) -> np.ndarray:
        nonlocal is_empty
        channels = read(chrom, start, end)
        is_empty = is_empty and not channels[0].any()
        return channels

    read, sizes = channels_of(sources), dict(sources[0].sizes)
    mean = config.mean_coverage or sample_mean(model, sources[0], regions)
    options = {"window_bp": config.window_bp, "batch_size": config.batch_size, "mean_coverage": mean}
    with tempfile.TemporaryDirectory(dir=prefix.parent, prefix=f".{prefix.name}.partial-") as folder:
        pieces = denoise(model, reading, regions, **options, device=device, progress=progress)
        packed = _Packed.of(pieces, Path(folder), decimals=config.decimals)
        if is_empty:
            raise EmptySetError("coverage to denoise", dropped={}, hint="the sample is 0 everywhere in these regions")
        write_bigwig_pieces(files[0], sizes, ((one.chrom, one.start, one.track) for one in packed.pieces()))
        write_bigwig_pieces(files[1], sizes, ((one.chrom, one.start, one.probability) for one in packed.pieces()))
        peaks = call_by_threshold(
            (ScoredPiece(one.chrom, one.start, one.probability, one.track) for one in packed.pieces()),
            threshold=config.threshold,
            min_length_bp=config.min_length_bp,
            max_gap_bp=config.max_gap_bp,
        )
    write_narrowpeak(files[2], peaks)
    n_bases = int((regions["end"] - regions["start"]).sum())
    settings = {"cisgram": __version__, "settings": asdict(config), **(about or {})}
    depth = {} if mean is None else {"mean_coverage": mean, "brought_to": float(model.sample_scale)}
    write_json_atomic(notes, {**settings, **depth, "n_bases": n_bases, "n_peaks": len(peaks)})
    return DenoisedFiles(files[0], files[1], files[2], notes, len(peaks), n_bases)


class _Packed:
    """Denoised stretches on disk: runs of equal values, two files, read as often as needed."""

    def __init__(self, folder: Path) -> None:
        self._paths = folder / "track", folder / "probability"
        self._places: list[tuple[str, int, int, tuple[int, int]]] = []

    @classmethod
    def of(cls, pieces: Iterator[Denoised], folder: Path, *, decimals: int) -> "_Packed":
        """Pack stretches as they come, rounded."""
        packed = cls(folder)
        with packed._paths[0].open("wb") as track, packed._paths[1].open("wb") as probability:
            for piece in pieces:
                n_runs = (
                    _pack(track, piece.track, decimals),
                    _pack(probability, piece.probability, PROBABILITY_DECIMALS),
                )
                packed._places.append((piece.chrom, piece.start, len(piece.track), n_runs))
        return packed

    def pieces(self) -> Iterator[Denoised]:
        """The stretches again."""
        with self._paths[0].open("rb") as track, self._paths[1].open("rb") as probability:
            for chrom, start, length, n_runs in self._places:
                yield Denoised(chrom, start, _unpack(track, n_runs[0], length), _unpack(probability, n_runs[1], length))


def _pack(file: BinaryIO, values: CoverageValues, decimals: int) -> int:
    """Append values, rounded, as ends of runs (uint32) and values (float32); returns how many runs."""
    rounded = np.round(values, decimals) + np.float32(0)  # -0 becomes 0
    ends = np.append(np.flatnonzero(rounded[1:] != rounded[:-1]) + 1, len(rounded))
    file.write(ends.astype("<u4").tobytes())
    file.write(rounded[ends - 1].astype("<f4").tobytes())
    return len(ends)


def _unpack(file: BinaryIO, n_runs: int, length: int) -> CoverageValues:
    """Read the next values that were packed."""
    ends = np.frombuffer(file.read(4 * n_runs), "<u4").astype(np.int64)
    values = np.frombuffer(file.read(4 * n_runs), "<f4")
    assert ends[-1] == length, "packed as it was read"
    return np.repeat(values, np.diff(ends, prepend=0)).astype(np.float32)
