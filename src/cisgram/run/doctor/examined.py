"""What the settings of a run name, in one form for all five kinds: signals, peaks, regions, tables, maps, geometry."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

from cisgram.data.binned_tracks import BinnedTrack
from cisgram.genomics.interval import is_locus
from cisgram.io.reads.counting import is_bam
from cisgram.io.reads.coverage_source import is_bigwig
from cisgram.run.config import RunConfig
from cisgram.run.folder import Run
from cisgram.run.settings.binned import BinnedRunConfig
from cisgram.run.settings.contacts import ContactRunConfig
from cisgram.run.settings.coverage import CoverageRunConfig
from cisgram.run.settings.labels import LabelRunConfig
from cisgram.run.settings.profiles import ProfileRunConfig, TrackConfig
from cisgram.run.steps.binned.prepare import tracks_of
from cisgram.run.steps.labels.peak_tables import listed_tracks

SignalForm: TypeAlias = Literal["bigwig", "bam", "fragments"]
"""``fragments``: text, fragments or a BED of reads."""

_PLUS_WORDS = ("plus", "pos", "fwd", "forward", "watson")


@dataclass(frozen=True)
class ExaminedSignal:
    """One file of signal or of reads."""

    track: str
    """Name of the track, the pair or the control."""
    path: Path
    """The file; it is there."""
    form: SignalForm
    """What kind of file it is."""
    replicate: int = 0
    """Number of the replicate from 0 on; files that are added up share one."""
    strand: Literal["+", "-", "."] = "."
    """``.``: both strands: added up in a bigWig, told apart in a file of reads."""
    role: Literal["track", "control", "shallow", "deep", "pooled"] = "track"
    """What the model does with it; ``shallow`` and ``deep`` are the two of a pair of libraries, ``pooled`` is the sum
    of replicates that are files of their own."""
    count: Literal["five_prime", "cut_sites", "coverage"] = "coverage"
    """What the values count; ``coverage``: any signal, not necessarily counts."""
    read_shift: tuple[int, int] | None = None
    """Moves plus and minus ends of reads, in bp; None: not given, or not of reads."""
    strand_pair: str = ""
    """Name of the track that is its other strand, where strands are tracks of their own (Basenji)."""

    @property
    def subject(self) -> str:
        """How verdicts call it, such as ``Oct4 replicate 2 (plus strand)``."""
        strand = {"+": " (plus strand)", "-": " (minus strand)", ".": ""}[self.strand]
        name = self.track if self.role in ("track", "deep") else f"{self.track} ({self.role})"
        return f"{name} replicate {self.replicate + 1}{strand}"


@dataclass(frozen=True)
class ExaminedPeaks:
    """One file of peaks or sites."""

    path: Path
    track: str = ""
    """The track that it is of; empty where it is for all of them."""
    is_by_name: bool = False
    """Whether the fourth column says whose peak each is."""


@dataclass(frozen=True)
class ExaminedTable:
    """One file of sequences with labels."""

    path: Path
    part: Literal["train", "valid", "test"] = "train"
    """``train`` also where parts are drawn from it."""


@dataclass(frozen=True)
class ExaminedMap:
    """One contact map."""

    track: str
    path: Path
    weight: str = "weight"
    """Column of weights."""
    replicate: int | None = None
    """Number of the replicate from 0 on; None for the map that is learnt from."""
    slack_bins: int = 1
    """By how many bins ends of contigs may differ from the genome's."""


@dataclass(frozen=True)
class ExaminedSplit:
    """Contigs that are held out."""

    test: tuple[str, ...]
    valid: tuple[str, ...]


@dataclass(frozen=True)
class Examined:
    """What the settings of a run name. Files are there and not empty; nothing else is known of them."""

    config: RunConfig
    """The settings themselves."""
    data_folder: Path
    """Where relative paths of the settings begin."""
    seed: int
    """Seed of the run, for whatever is drawn."""
    fasta: Path | None = None
    """The genome; None for runs on coverage and on sequences."""
    sizes: Path | None = None
    """Lengths of contigs as a table, where that is given in place of a genome."""
    signals: tuple[ExaminedSignal, ...] = ()
    peaks: tuple[ExaminedPeaks, ...] = ()
    excluded: tuple[str | Path, ...] = ()
    """Regions that no window may touch, and blacklists: loci as text, files as paths."""
    unmappable: tuple[str | Path, ...] = ()
    """Regions that reads cannot be mapped to."""
    regions: tuple[str | Path, ...] = ()
    """Regions outside of which nothing is used (coverage; Basenji's split by a BED file); empty: whole contigs."""
    tables: tuple[ExaminedTable, ...] = ()
    labels: Path | None = None
    """Table of the labels of FASTA records."""
    maps: tuple[ExaminedMap, ...] = ()
    genes: Path | None = None
    """Annotation."""
    split: ExaminedSplit | None = None
    """None where parts are not given as contigs."""
    leave_out: tuple[str, ...] = ()
    """Contigs that are never used."""
    input_length: int | None = None
    """What the model reads, in bp."""
    output_length: int | None = None
    """What the model predicts of, in bp; None for one value per sequence."""
    bin_size: int | None = None
    """Width of a predicted bin in bp; None for one value per sequence."""

    @property
    def name(self) -> str:
        """Name of the run."""
        return self.config.name

    def called(self, path: Path) -> str:
        """What a file is called in verdicts: as the settings do, from the data folder on."""
        if path.is_relative_to(self.data_folder):
            path = path.relative_to(self.data_folder)
        return path.as_posix()


def examine(config: RunConfig, data_folder: Path) -> Examined:
    """Gather what the settings of a run name; files are looked for and not read, lists of files are.

    Parameters
    ----------
    config
        Settings of any kind of run.
    data_folder
        Where relative paths of the settings begin.

    Raises
    ------
    InputError
        Where a file is missing, empty, or no file; or a list of files is none.
    """
    run = nowhere(config, data_folder)
    if isinstance(config, ProfileRunConfig):
        return _profiles(run, config)
    if isinstance(config, LabelRunConfig):
        return _labels(run, config)
    if isinstance(config, CoverageRunConfig):
        return _coverage(run, config)
    if isinstance(config, ContactRunConfig):
        return _contacts(run, config)
    return _binned(run, config)


def nowhere(config: RunConfig, data_folder: Path) -> Run[Any]:
    """A run that has no folder: it only says where files lie."""
    return Run(data_folder / "no-run", config, data_folder=data_folder)


def _profiles(run: Run[Any], config: ProfileRunConfig) -> Examined:
    signals = [one for track in config.tracks for one in _track_signals(run, track)]
    control = _track_signals(run, config.control) if config.control else ()
    return Examined(
        config,
        run.data_folder,
        config.seed,
        fasta=run.input(config.genome.fasta),
        signals=(*signals, *(replace(one, role="control") for one in control)),
        peaks=tuple(ExaminedPeaks(run.input(path)) for path in config.windows.peaks),
        excluded=_regions(run, config.windows.exclude),
        split=ExaminedSplit(config.split.test, config.split.valid),
        leave_out=config.genome.leave_out,
        input_length=config.model.input_length,
        output_length=config.model.output_length,
        bin_size=1,
    )


def _track_signals(run: Run[Any], track: TrackConfig) -> Iterator[ExaminedSignal]:
    """The files of one track, replicate by replicate, plus before minus."""
    kept = {"count": track.count, "read_shift": track.read_shift}
    for number, path in enumerate(track.reads):
        yield _signal(run, track.name, path, replicate=number, **kept)
    for number, path in enumerate(track.plus):
        yield _signal(run, track.name, path, replicate=number, strand="+" if track.minus else ".", **kept)
        if track.minus:
            yield _signal(run, track.name, track.minus[number], replicate=number, strand="-", **kept)


def _signal(run: Run[Any], track: str, path: str, **kept: Any) -> ExaminedSignal:
    """One file, with the form that its first bytes say."""
    file = run.input(path)
    form: SignalForm = "bigwig" if is_bigwig(file) else "bam" if is_bam(file) else "fragments"
    return ExaminedSignal(track, file, form, **kept)


def _regions(run: Run[Any], given: tuple[str, ...]) -> tuple[str | Path, ...]:
    """Loci as they are, files as paths."""
    return tuple(one if is_locus(one) else run.input(one) for one in given)


def _labels(run: Run[Any], config: LabelRunConfig) -> Examined:
    asked = config.sequences
    plain = Examined(config, run.data_folder, config.seed, input_length=config.model.input_length)
    if asked is not None:
        parts: tuple[Literal["train", "valid", "test"], ...] = ("train", "valid", "test")
        tables = [ExaminedTable(run.input(path), part) for part in parts for path in getattr(asked, part)]
        return replace(plain, tables=tuple(tables), labels=run.input(asked.labels) if asked.labels else None)
    genome, sites, split = config.site_plan
    signals = [
        _signal(run, track.name, path, count=track.count)
        for track in config.tracks
        for path in (*track.reads, *track.bigwig)
    ]
    peaks = [ExaminedPeaks(run.input(path), track.name) for track in config.tracks for path in track.peaks]
    if sites.table:
        peaks += [ExaminedPeaks(run.input(path), name) for name, path in listed_tracks(run, sites.table).items()]
    return replace(
        plain,
        fasta=run.input(genome.fasta),
        signals=tuple(signals),
        peaks=(*peaks, *(ExaminedPeaks(run.input(path), is_by_name=True) for path in sites.by_name)),
        excluded=_regions(run, sites.exclude),
        split=ExaminedSplit(split.test, split.valid),
        leave_out=genome.leave_out,
    )


def _coverage(run: Run[Any], config: CoverageRunConfig) -> Examined:
    signals: list[ExaminedSignal] = []
    shift = config.coverage.read_shift
    for pair in config.pairs:
        kinds = ((pair.clean, 0, "deep"), (pair.replicate, 1, "deep"), (pair.noisy, 0, "shallow"))
        for paths, replicate, role in kinds:
            found = [_signal(run, pair.name, path, replicate=replicate, role=role) for path in paths]
            of_reads = {"count": "cut_sites", "read_shift": shift}
            signals += [one if one.form == "bigwig" else replace(one, **of_reads) for one in found]
    peaks = [(pair.peaks, pair.name) for pair in config.pairs if pair.peaks not in ("macs3", "threshold")]
    split = config.split
    return Examined(
        config,
        run.data_folder,
        config.seed,
        sizes=run.input(config.contigs.sizes) if config.contigs.sizes else None,
        signals=tuple(signals),
        peaks=tuple(ExaminedPeaks(run.input(path), name) for path, name in peaks),
        regions=_regions(run, config.contigs.regions),
        genes=run.input(config.evaluation.genes) if config.evaluation.genes else None,
        split=None if split is None else ExaminedSplit(split.test, split.valid),
        leave_out=config.contigs.leave_out,
        input_length=config.model.output_length,
        output_length=config.model.output_length,
        bin_size=1,
    )


def _contacts(run: Run[Any], config: ContactRunConfig) -> Examined:
    maps = []
    for one in config.maps:
        numbered = [(one.file, None), *((path, number) for number, path in enumerate(one.replicates))]
        maps += [ExaminedMap(one.name, run.input(path), one.weight, n, one.slack_bins) for path, n in numbered]
    sites = config.sites
    return Examined(
        config,
        run.data_folder,
        config.seed,
        fasta=run.input(config.genome.fasta),
        signals=(_signal(run, "sites", sites.track, role="control"),) if sites.track else (),
        peaks=(ExaminedPeaks(run.input(sites.bed), "sites"),) if sites.bed else (),
        excluded=_regions(run, config.windows.exclude),
        maps=tuple(maps),
        split=ExaminedSplit(config.split.test, config.split.valid),
        leave_out=config.genome.leave_out,
        input_length=config.model.input_length,
        output_length=config.model.output_length,
        bin_size=config.model.bin_size,
    )


def _binned(run: Run[Any], config: BinnedRunConfig) -> Examined:
    split = config.split
    return Examined(
        config,
        run.data_folder,
        config.seed,
        fasta=run.input(config.genome.fasta),
        signals=tuple(one for track in tracks_of(run) for one in _binned_signals(run, track)),
        excluded=_regions(run, (*config.windows.exclude, *config.targets.blacklist)),
        unmappable=_regions(run, config.targets.unmappable),
        regions=_regions(run, (split.bed,) if split.bed else ()),
        genes=run.input(config.evaluation.genes) if config.evaluation.genes else None,
        split=ExaminedSplit(split.test, split.valid) if split.test else None,
        leave_out=config.genome.leave_out,
        input_length=config.model.input_length,
        output_length=config.model.output_length,
        bin_size=config.model.bin_size,
    )


def _binned_signals(run: Run[Any], track: BinnedTrack) -> Iterator[ExaminedSignal]:
    """The files of one track: one replicate each where replicates are given, else added up to one."""
    strand = "." if not track.strand_pair or track.strand_pair == track.name else _strand_of(track.name)
    is_pooled = bool(track.replicates) and not set(track.files) & set(track.replicates)
    replicates = track.replicates if is_pooled else tuple(dict.fromkeys((*track.replicates, *track.files)))
    numbered = [(path, number if track.replicates else 0, "track") for number, path in enumerate(replicates)]
    for path, number, role in [*((path, 0, "pooled") for path in track.files if is_pooled), *numbered]:
        kept = {"replicate": number, "strand": strand, "strand_pair": track.strand_pair, "role": role}
        one = _signal(run, track.name, path, **kept)
        yield one if one.form == "bigwig" else replace(one, count="cut_sites", read_shift=track.read_shift)


def _strand_of(name: str) -> Literal["+", "-"]:
    """The strand of one of two tracks that are each other's strand, by its name; minus where that says nothing."""
    return "+" if name.endswith("+") or any(word in name.lower() for word in _PLUS_WORDS) else "-"
