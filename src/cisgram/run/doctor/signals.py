"""Questions to the signals of a run: depth, copies, strands, registration, replicates, peaks, blow-ups."""

import warnings
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import SequenceCodes
from cisgram.doctor.blow_ups import check_blow_ups
from cisgram.doctor.complexity import check_complexity
from cisgram.doctor.depth import check_depth
from cisgram.doctor.mislabelled_replicate import check_mislabelled_replicate
from cisgram.doctor.one_based import check_one_based
from cisgram.doctor.peak_signal import check_peak_signal
from cisgram.doctor.read_shift import check_read_shift
from cisgram.doctor.registration import check_registration
from cisgram.doctor.replicates import check_replicates
from cisgram.doctor.sampled import Places, SampledSignal
from cisgram.doctor.strand_alignment import check_strand_alignment
from cisgram.doctor.strand_swap import check_strand_swap
from cisgram.doctor.summits import check_summits
from cisgram.doctor.unmappable_signal import check_unmappable_signal
from cisgram.doctor.verdict import Verdict
from cisgram.errors import CisgramWarning, ContigError
from cisgram.genomics.genome import Genome
from cisgram.io.genes import read_genes
from cisgram.io.tables import read_intervals
from cisgram.run.doctor.asking import ask
from cisgram.run.doctor.examined import Examined, ExaminedPeaks
from cisgram.run.doctor.signal_places import choose_places, contig_sizes, matched_names, named_table
from cisgram.run.doctor.signal_reading import SignalGroup, group_signals, read_group
from cisgram.run.settings.profiles import ProfileRunConfig

_BINNED_WINDOW_BP = 1000
_LONGEST_WINDOW_BP = 10_000


class _Read(NamedTuple):
    """Everything that was read for the questions."""

    signals: list[SampledSignal]
    groups: list[SignalGroup]
    """Of each signal."""
    places: Places
    sizes: dict[str, int]
    codes: SequenceCodes | None
    """Bases of the sample, where there is a genome."""
    peaks: dict[ExaminedPeaks, pd.DataFrame]
    """In the names of the genome, with the columns ``center`` (summit or middle) and ``has_summit``."""


def signal_verdicts(examined: Examined, genome: Genome | None) -> list[Verdict]:
    """Ask all questions about signals; none of a run without signals, such as one on sequences or on peaks alone.

    A sample of 17 Mb is looked at (:func:`~cisgram.run.doctor.signal_places.choose_places`); bigWigs are read there
    only, files of reads once from beginning to end.

    Parameters
    ----------
    examined
        What the settings name.
    genome
        The genome; None for runs that have none.

    Returns
    -------
    list of Verdict
        What cannot be read is an error of ``depth`` (signals) or ``peak_signal`` (peaks). Signals whose contigs are not
        those of the genome are skipped: that is the question ``contigs``.
    """
    verdicts: list[Verdict] = []
    if not examined.signals:
        return _of_peak_files(examined, contig_sizes(examined, genome) if genome is not None else {})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CisgramWarning)
        read: list[_Read] = []
        verdicts += ask("depth", "signals", lambda: _read(examined, genome, read))
        for one in read:
            verdicts += _of_signals(examined, one)
            verdicts += _of_peaks(examined, one)
            verdicts += _of_peak_files(examined, one.sizes)
    return verdicts


def _read(examined: Examined, genome: Genome | None, into: list[_Read]) -> list[Verdict]:
    """Read signals and peaks; verdicts on those that cannot be read."""
    sizes = contig_sizes(examined, genome)
    verdicts: list[Verdict] = []
    peaks: dict[ExaminedPeaks, pd.DataFrame] = {}
    for one in examined.peaks:
        verdicts += ask("peak_signal", one.path.name, partial(_keep_peaks, peaks, one, sizes))
    everywhere = [table[["chrom", "start", "end"]] for table in peaks.values()]
    places = choose_places(examined, sizes, pd.concat(everywhere, ignore_index=True) if everywhere else pd.DataFrame())
    found = _Read([], [], places, sizes, None if genome is None else _codes(genome, places), peaks)
    for group in group_signals(examined.signals):
        name = f"{group.track} replicate {group.replicate + 1}"
        verdicts += ask("depth", name, partial(_keep_signal, found, group, sizes))
    into.append(found)
    return verdicts


def _keep_peaks(peaks: dict[ExaminedPeaks, pd.DataFrame], one: ExaminedPeaks, sizes: dict[str, int]) -> list[Verdict]:
    """Read one file of peaks; what does not fit the genome is the question of contigs."""
    try:
        table = named_table(one.path, sizes)
    except ContigError:
        return []
    has_summit = "summit" in table and bool((table["summit"] >= 0).all())
    center = table["summit"] if has_summit else (table["start"] + table["end"]) // 2
    peaks[one] = table.assign(center=center.astype(np.int64), has_summit=has_summit)
    return []


def _keep_signal(found: _Read, group: SignalGroup, sizes: dict[str, int]) -> list[Verdict]:
    """Read one replicate; skipped where its contigs are others, which is the question of contigs."""
    twin = next((n for n, other in enumerate(found.groups) if _same_files(other, group)), None)
    try:
        if twin is None:
            signal = read_group(group, found.places, sizes)
        else:
            named = {"track": group.track, "replicate": group.replicate, "role": group.role}
            signal = replace(found.signals[twin], **named)
    except ContigError:
        text = "its contigs are not those of the genome: see contigs"
        return [Verdict("depth", f"{group.track} replicate {group.replicate + 1}", "skipped", text)]
    found.signals.append(signal)
    found.groups.append(group)
    return []


def _same_files(one: SignalGroup, other: SignalGroup) -> bool:
    """Whether two replicates are read from the same files, as cell types of one experiment are."""
    return [(file.path, file.strand, file.count) for file in one.files] == [
        (file.path, file.strand, file.count) for file in other.files
    ]


def _codes(genome: Genome, places: Places) -> SequenceCodes:
    """Bases of the sample, end to end."""
    rows = places.table[["chrom", "start", "end"]].itertuples(index=False)
    return np.concatenate([genome.codes(*row) for row in rows])


def _of_signals(examined: Examined, read: _Read) -> list[Verdict]:
    """Questions about the signals themselves."""
    signals, bin_size = read.signals, examined.bin_size or 1
    tracks = [one for one in signals if one.role == "track"]
    genes = _genes(examined, read)
    ends = [one for one, group in zip(signals, read.groups, strict=True) if _counts_ends(group)]
    swaps = check_strand_swap(ends, places=read.places, genes=genes)
    exchanged = {one.subject.rsplit(" replicate ", 1)[0] for one in swaps if one.is_bad}
    verdicts = check_registration([one for one in tracks if one.track not in exchanged], bin_size=bin_size)
    if read.codes is not None:
        verdicts += check_strand_alignment(ends, read.codes, bin_size=bin_size)
        name = "the genome" if examined.fasta is None else examined.called(examined.fasta)
        verdicts += check_unmappable_signal(signals, read.codes, genome_name=name)
    verdicts += swaps
    verdicts += check_depth(signals, window_bp=_window_bp(examined), centers=_centers(read))
    complexity = check_complexity(signals)
    mislabelled = check_mislabelled_replicate(signals)
    away = frozenset(one.subject for one in mislabelled if one.is_bad)
    copies = {one.subject: _copies(one) for one in complexity}
    verdicts += [*complexity, *_shifts(examined, read, bin_size)]
    verdicts += [*check_replicates(signals, leave_out=away, copies=copies), *mislabelled]
    return [*verdicts, *check_blow_ups(signals, places=read.places)]


def _counts_ends(group: SignalGroup) -> bool:
    """Whether both strands are ends of reads as they are, and not cuts that were moved."""
    return all(one.count != "cut_sites" for one in group.files)


def _copies(verdict: Verdict) -> float:
    """Reads per molecule, where a verdict on copies is bad."""
    if not verdict.is_bad:
        return 1.0
    if "distinct" in verdict.figures:
        return 1 / max(float(verdict.figures["distinct"]), 0.01)
    return max(2.0, float(verdict.figures.get("mean_alone", 2.0)))


def _shifts(examined: Examined, read: _Read, bin_size: int) -> list[Verdict]:
    """Questions about the read shift, where cuts of reads are counted and there is a sequence."""
    verdicts = []
    for signal, group in zip(read.signals, read.groups, strict=True):
        one = group.files[0]
        if one.form == "bigwig" or one.count != "cut_sites" or signal.role == "shallow":
            continue
        if one.read_shift is None and not isinstance(examined.config, ProfileRunConfig):
            continue  # nothing is moved, and nothing asks for single bases
        if read.codes is None:
            text = "there is no genome in these settings, and the bases around cuts are what tells"
            verdicts.append(Verdict("read_shift", signal.subject, "skipped", text))
        else:
            verdicts.append(check_read_shift(signal, read.codes, one.read_shift, bin_size=bin_size))
    return verdicts


def _genes(examined: Examined, read: _Read) -> pd.DataFrame | None:
    """Genes in the names of the genome, where there is an annotation that fits."""
    if examined.genes is None:
        return None
    genes = read_genes(examined.genes)
    try:
        names = matched_names(read.sizes, genes["chrom"].unique().tolist(), examined.genes.name)
    except ContigError:
        return None
    return genes.assign(chrom=genes["chrom"].map(names)).dropna(subset=["chrom"])


def _window_bp(examined: Examined) -> int:
    """Length of a window as the model sees it; 1 kb where it predicts bins along a long stretch."""
    length = examined.output_length or examined.input_length or _BINNED_WINDOW_BP
    return _BINNED_WINDOW_BP if (examined.bin_size or 1) > 1 or length > _LONGEST_WINDOW_BP else length


def _centers(read: _Read) -> dict[str, np.ndarray]:
    """Per track, where its peaks lie along the sample."""
    found: dict[str, list[np.ndarray]] = {}
    for one, table in read.peaks.items():
        found.setdefault(one.track, []).append(_joined(read.places, table, "center"))
    return {track: np.concatenate(parts) for track, parts in found.items()}


def _joined(places: Places, table: pd.DataFrame, column: str) -> np.ndarray:
    """A column of positions along the sample, without those outside of it."""
    parts = [places.joined(str(chrom), rows[column].to_numpy()) for chrom, rows in table.groupby("chrom", sort=False)]
    at = np.concatenate([*parts, np.zeros(0, dtype=np.int64)])
    return at[at >= 0]


def _of_peaks(examined: Examined, read: _Read) -> list[Verdict]:
    """Questions about signal in peaks: of the track that they are of, else of all tracks together."""
    usable = [one for one in read.signals if one.role in ("track", "deep")]
    if not usable or not read.peaks:
        return []
    everyone = pd.concat(list(read.peaks.values()), ignore_index=True)
    intervals = (_edges(read.places, everyone, "start"), _edges(read.places, everyone, "end"))
    verdicts = []
    for one, table in read.peaks.items():
        own = [signal for signal in usable if signal.track == one.track] or usable
        if one.is_by_name or (one.track and own is usable):
            continue  # peaks of factors that no signal is of
        centers = _joined(read.places, table, "center")
        options = {"subject": one.path.name, "intervals": intervals, "seed": examined.seed}
        verdicts.append(check_peak_signal(own, centers, **options))
        if bool(table["has_summit"].any()) and all(signal.resolution_bp == 1 for signal in own):
            verdicts.append(check_summits(own, centers, subject=one.path.name))
    return verdicts


def _edges(places: Places, table: pd.DataFrame, column: str) -> np.ndarray:
    """Starts or ends of peaks along the sample, of those whose middle lies in it."""
    middle = (table["start"] + table["end"]) // 2
    parts = []
    for chrom, rows in table.assign(middle=middle).groupby("chrom", sort=False):
        at = places.joined(str(chrom), rows["middle"].to_numpy())
        parts.append((at + (rows[column] - rows["middle"]).to_numpy())[at >= 0])
    return np.concatenate([*parts, np.zeros(0, dtype=np.int64)])


def _of_peak_files(examined: Examined, sizes: dict[str, int]) -> list[Verdict]:
    """Whether files of peaks and regions were counted from 1."""
    regions = [path for path in examined.excluded if not isinstance(path, str)]
    verdicts = []
    for path in dict.fromkeys([*(one.path for one in examined.peaks), *regions]):
        verdicts += ask("registration", path.name, partial(_counted_from, path, sizes))
    return verdicts


def _counted_from(path: Path, sizes: dict[str, int]) -> Verdict:
    """Whether a file of intervals was counted from 1."""
    return check_one_based(read_intervals(path), sizes=sizes, subject=path.name)
