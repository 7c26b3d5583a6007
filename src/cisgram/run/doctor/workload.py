"""How many windows and tracks a run will have, and what its steps will write, before any of it is made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from cisgram.data.maxima import windows_from_local_maxima
from cisgram.data.tracks import PooledCounts
from cisgram.errors import EmptySetError
from cisgram.genomics.contact_pairs import count_pairs
from cisgram.genomics.genome import Genome
from cisgram.genomics.interval import overlaps
from cisgram.io.packing import read_bytes
from cisgram.run.doctor.examined import Examined
from cisgram.run.doctor.windows import inside, planned_windows, run_of
from cisgram.run.folder import Run
from cisgram.run.settings.binned import BinnedRunConfig
from cisgram.run.settings.contacts import ContactRunConfig
from cisgram.run.settings.coverage import CoverageEvaluationConfig, CoverageRunConfig, PairConfig
from cisgram.run.settings.labels import LabelRunConfig
from cisgram.run.settings.profiles import ProfileRunConfig, TrackConfig
from cisgram.run.signals import track_files
from cisgram.run.steps.binned.prepare import tracks_of
from cisgram.run.steps.coverage.known import known_genome
from cisgram.run.steps.coverage.libraries import is_judged

_ELEMENTS_PER_GENE = 40.0
"""Distal elements that stand out in the window of a gene; in simulations and in yeast there are 7 to 48."""


_JUDGE_SECONDS = 10.0
"""Seconds that judging coverage takes per megabase and shallow track, with its intervals of confidence, as measured."""


@dataclass(frozen=True)
class Workload:
    """What a run will have to do."""

    windows: Mapping[str, float]
    """Windows by part of the split: ``train``, ``valid``, ``test``."""
    n_tracks: int
    n_controls: int = 0
    disk_bytes: Mapping[str, float] = field(default_factory=dict)
    """Bytes that steps write, weights of the model left out."""
    memory_bytes: Mapping[str, float] = field(default_factory=dict)
    """Bytes that steps hold besides the program and the model."""
    n_forward: Mapping[str, float] = field(default_factory=dict)
    """Windows that steps let the model read."""
    n_backward: Mapping[str, float] = field(default_factory=dict)
    """Windows that steps other than the training let it read and go back."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """Seconds of steps besides what the model takes."""
    n_models: int = 1
    """Models that the step train fits: one, or none."""
    n_single: int = 0
    """Models of single tracks that are fitted besides."""


def workload_of(examined: Examined, genome: Genome | None) -> Workload:
    """Count what a run will have to do; where peaks are called from signals, what is said is more than will come.

    Parameters
    ----------
    examined
        What the settings of a run name.
    genome
        Its genome; None for runs that have none.

    Raises
    ------
    InputError
        Where peaks, regions or tables cannot be read.
    """
    run, config = run_of(examined), examined.config
    if isinstance(config, CoverageRunConfig):
        return _coverage(run)
    if isinstance(config, LabelRunConfig) and config.sites is None:
        return _sequences(run)
    if genome is None:
        raise EmptySetError("windows", dropped={}, hint="a run on sites or signals needs a genome")
    windows = _windows(examined, genome)
    if isinstance(config, ProfileRunConfig):
        return _profiles(run, windows)
    if isinstance(config, LabelRunConfig):
        return _sites(run, windows)
    return _contacts(run, windows) if isinstance(config, ContactRunConfig) else _binned(run, windows)


def _windows(examined: Examined, genome: Genome) -> pd.DataFrame:
    """The windows that will be kept, as far as can be said."""
    planned = planned_windows(examined, genome)
    if planned is None:
        raise EmptySetError("windows", dropped={})
    windows = planned.windows[planned.windows["dropped"].eq("")]
    if len(planned.excluded):
        windows = windows[~overlaps(windows, planned.excluded)]
    if not isinstance(examined.config, BinnedRunConfig):
        windows = windows[inside(windows, genome)]
    config = examined.config
    if isinstance(config, ProfileRunConfig) and planned.are_tiles:
        return _as_many_as_maxima(run_of(examined), genome, windows)
    return windows


def _as_many_as_maxima(run: Run[ProfileRunConfig], genome: Genome, windows: pd.DataFrame) -> pd.DataFrame:
    """About as many windows as there will be on local maxima, from those of one contig, and the tiles of training.

    With files of reads, which have to be counted first, the windows that were laid evenly stand for the maxima.
    """
    asked, tracks = run.config.windows, run.config.tracks
    kept = windows
    if not any(track.reads for track in tracks):
        chosen = [track for track in tracks if track.name in (asked.maxima_tracks or [one.name for one in tracks])]
        contigs = windows.groupby("chrom").size()
        name = str(contigs[contigs >= contigs.median()].index[0])
        files = [track_files(run, track, genome) for track in chosen]
        try:
            found = windows_from_local_maxima(
                PooledCounts(files, {name: genome.sizes[name]}),
                span_bp=asked.span_bp,
                min_counts=asked.min_span_counts,
                min_distance_bp=asked.min_distance_bp,
                candidates=asked.maxima,
            )
        except EmptySetError:
            found = windows.iloc[:1]
        rows = np.linspace(0, len(windows) - 1, max(1, round(len(found) / contigs[name] * len(windows))))
        kept = windows.iloc[rows.astype(np.int64)]
    if not asked.tile_stride_bp:
        return kept
    length = run.config.model.input_length
    train = windows[windows["split"].eq("train")]
    rows = np.linspace(0, len(train) - 1, max(1, round(len(train) * length / asked.tile_stride_bp)))
    return pd.concat([kept, train.iloc[rows.astype(np.int64)].assign(centre="tile")], ignore_index=True)


def _parts(windows: pd.DataFrame, factor: float = 1.0) -> dict[str, float]:
    return {part: factor * float(windows["split"].eq(part).sum()) for part in ("train", "valid", "test")}


def _profiles(run: Run[ProfileRunConfig], windows: pd.DataFrame) -> Workload:
    config, model = run.config, run.config.model
    parts = _parts(windows, 1 + config.negatives.ratio)
    n_all, n_tracks, n_strands = sum(parts.values()), len(config.tracks), config.tracks[0].n_strands
    n_controls = config.control.n_strands if config.control else 0
    stored, inner = 2 * config.windows.jitter_bp, n_strands * model.output_length
    n_replicates = sum(len(track.plus or track.reads) for track in config.tracks)
    per_window = model.input_length + stored
    per_window += 2 * (n_tracks * n_strands + n_controls) * (model.output_length + stored) + 2 * n_replicates * inner
    is_tile = windows["centre"].eq("tile") if "centre" in windows else pd.Series(data=False, index=windows.index)
    asked = config.contributions
    n_explained = float((windows["split"].isin(asked.splits) & ~is_tile).sum())
    n_explained = min(n_explained, asked.max_windows) if asked.max_windows else n_explained
    n_questions = n_explained * n_tracks * len(asked.scores)
    explained = n_questions * model.input_length
    values = parts["test"] * n_tracks * inner
    passes = {"deeplift": asked.n_references, "gradient": 1, "ism": 0}[asked.method]
    forward = {"predict": (1 + config.evaluation.average_strands) * parts["test"]}
    if asked.method == "ism":
        forward["contributions"] = n_explained * 3 * model.input_length
    controls = [config.control] if config.control else []
    return Workload(
        parts,
        n_tracks,
        n_controls,
        disk_bytes={
            "prepare": n_all * per_window + _bytes_of_reads(run, [*config.tracks, *controls]),
            "predict": values * 4 + values * 5,  # an array of float32, and bigWigs, whose blocks are packed
            "contributions": 24 * explained,  # measured: one-hot, hypothetical and projected contributions, packed
            "patterns": 6 * explained + 4e6,
            "report": 5e6,
        },
        memory_bytes={"prepare": 64e6 + 0.2 * sum(parts.values()), "evaluate": 12 * values, "predict": 12 * values},
        n_forward=forward,
        n_backward={"contributions": n_questions * passes},
    )


def _bytes_of_reads(run: Run[Any], tracks: list[TrackConfig]) -> float:
    """Size of files of reads: the bigWigs that are made of them are not larger."""
    return float(sum(run.input(path).stat().st_size for track in tracks for path in track.reads))


def _sites(run: Run[LabelRunConfig], windows: pd.DataFrame) -> Workload:
    sites, config = run.config.site_plan.sites, run.config
    names = [track.name for track in config.tracks]
    n_tracks = len(names) + sum(_n_names(run, path) for path in sites.by_name)
    if sites.table:
        n_tracks += read_bytes(run.input(sites.table), "the table of tracks").count(b"\n")
    reads = [TrackConfig(track.name, reads=track.reads) for track in config.tracks if track.reads]
    parts = _parts(windows, 1 + config.negatives.ratio)
    return _labels(run, parts, n_tracks, row_bytes=2 * sites.jitter_bp + 60, more_bytes=_bytes_of_reads(run, reads))


def _n_names(run: Run[Any], path: str) -> int:
    """Distinct names in the fourth column of a BED file."""
    lines = read_bytes(run.input(path), "peaks by name").splitlines()
    return len({cells[3] for cells in (line.split(b"\t") for line in lines) if len(cells) > 3})


def _sequences(run: Run[LabelRunConfig]) -> Workload:
    asked = run.config.sequences
    if asked is None:
        raise EmptySetError("sequences", dropped={})
    n_of = {
        part: float(sum(_n_records(run, path) for path in getattr(asked, part))) for part in ("train", "valid", "test")
    }
    shares = {part: getattr(asked, f"{part}_share") for part in ("valid", "test") if not n_of[part]}
    parts = {**n_of, **{part: share * n_of["train"] for part, share in shares.items()}}
    parts["train"] = n_of["train"] * (1 - sum(shares.values()))
    return _labels(run, parts, max(len(asked.tracks), 1), row_bytes=8, more_bytes=0)


def _n_records(run: Run[Any], path: str) -> int:
    """Records of a FASTA file, or lines of a table."""
    content = read_bytes(run.input(path), "sequences")
    return content.count(b"\n>") + 1 if content.startswith(b">") else content.count(b"\n")


def _labels(
    run: Run[LabelRunConfig], parts: dict[str, float], n_tracks: int, *, row_bytes: float, more_bytes: float
) -> Workload:
    config = run.config
    n_all = sum(parts.values())
    label_bytes = n_tracks * (4 if config.likelihood.kind == "gaussian" else 1)
    return Workload(
        parts,
        n_tracks,
        disk_bytes={
            "prepare": n_all * (config.model.input_length + row_bytes + label_bytes) + more_bytes,
            "predict": parts["test"] * n_tracks * 10,
            "filters": 1e6,
            "report": 2e6,
        },
        memory_bytes={"prepare": n_all * (config.model.input_length + 4 * n_tracks)},
        n_forward={"predict": (1 + config.evaluation.average_strands) * parts["test"]},
        n_single=len(config.single_task.tracks),
    )


def _contacts(run: Run[ContactRunConfig], windows: pd.DataFrame) -> Workload:
    config, model = run.config, run.config.model
    parts, n_tracks = _parts(windows), len(config.maps)
    values = n_tracks * count_pairs(model.n_bins, model.diagonal_offset)
    n_asked = config.folding.n_windows if config.sites.bed or config.sites.motifs else 0
    return Workload(
        parts,
        n_tracks,
        disk_bytes={
            "prepare": sum(parts.values()) * (2 * values + n_tracks * model.n_bins) + parts["test"] * 4 * values,
            "predict": parts["test"] * values * (4 + 10),  # an array of float32, and a .cool
            "evaluate": parts["test"] * values * 6,
            "folding": 15e6 * bool(n_asked),
            "report": 2e6,
        },
        memory_bytes={"predict": parts["test"] * values * 12, "evaluate": parts["test"] * values * 24},
        n_forward={"predict": (1 + config.evaluation.average_strands) * parts["test"], "folding": 300.0 * n_asked},
    )


def _binned(run: Run[BinnedRunConfig], windows: pd.DataFrame) -> Workload:
    config, model = run.config, run.config.model
    parts, n_tracks = _parts(windows), len(tracks_of(run))
    values = n_tracks * model.n_bins
    n_ensemble = len(config.evaluation.jitters_bp) * (1 + config.evaluation.average_strands)
    asked = config.distal
    n_genes = (len(asked.genes) or asked.n_genes) if config.evaluation.genes and asked.is_wanted else 0
    edits = asked.n_draws * (asked.n_controls + _ELEMENTS_PER_GENE)
    return Workload(
        parts,
        n_tracks,
        disk_bytes={
            "prepare": 2 * values * (sum(parts.values()) + 2 * parts["test"]),
            "predict": 8 * values * parts["test"],
            "distal": 36.0 * n_genes * model.input_length,
            "report": 2e6,
        },
        n_forward={"predict": n_ensemble * parts["test"], "distal": n_genes * 2 * len(asked.jitters_bp) * edits},
    )


def _coverage(run: Run[CoverageRunConfig]) -> Workload:
    config, known = run.config, known_genome(run)
    length = config.model.output_length
    span = sum(end - start for start, end in known.spans.values())
    learnt = {pair.name: _levels(pair) if pair.use == "train" else set() for pair in config.pairs}
    asked = _levels(config.evaluation)
    judged = {
        pair.name: (_levels(pair) if pair.noisy else asked or _levels(pair)) if is_judged(config, pair) else set()
        for pair in config.pairs
    }
    n_learnt, n_judged = (sum(map(len, levels.values())) for levels in (learnt, judged))
    n_shallow = sum(len(learnt[name] | judged[name]) for name in learnt)
    n_files = n_shallow + sum(2 + bool(pair.replicate) for pair in config.pairs)
    tiles = known.regions.assign(n=(known.regions["end"] - known.regions["start"]) // length)
    held_out = {} if config.split is None else {**dict.fromkeys(config.split.valid, "valid")}
    held_out |= {} if config.split is None else dict.fromkeys(config.split.test, "test")
    by_part = tiles.groupby([held_out.get(chrom, "train") for chrom in tiles["chrom"]])["n"].sum()
    is_trained = config.split is not None and not config.trained
    parts = {part: float(n_learnt * by_part.get(part, 0)) * is_trained for part in ("train", "valid", "test")}
    n_test = float(by_part.get("test", 0) if is_trained else tiles["n"].sum())
    return Workload(
        parts,
        1,
        disk_bytes={"prepare": 4.0 * span * n_files, "evaluate": 3e6, "report": 1e6},
        memory_bytes={"prepare": 12.0 * max(end - start for start, end in known.spans.values())},
        n_forward={"evaluate": n_judged * n_test},
        seconds={"evaluate": _JUDGE_SECONDS * n_judged * n_test * length / 1e6},
        n_models=int(is_trained),
    )


def _levels(asked: PairConfig | CoverageEvaluationConfig) -> set[tuple[str, float]]:
    """The shallow tracks of a pair, or those that all pairs are judged at."""
    noisy = [("noisy", 1.0)] if isinstance(asked, PairConfig) and asked.noisy else []
    kinds = (("reads", asked.depths), ("fraction", asked.fractions), ("cells", asked.cells))
    return {*noisy, *((kind, float(one)) for kind, amounts in kinds for one in amounts)}
