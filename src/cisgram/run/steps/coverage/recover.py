"""Compare raw, denoised and deep coverage of simulated cells with what was expected, and peaks with planted ones."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd

from cisgram.arrays import CoverageValues
from cisgram.data.coverage_store import CoverageReader, CoverageStore, open_coverage
from cisgram.errors import EmptySetError
from cisgram.genomics.interval import interval_table
from cisgram.io.bigwig import read_bigwig_contig
from cisgram.io.files import write_json_atomic
from cisgram.io.tables import read_intervals, read_table
from cisgram.models.atacworks import AtacWorks
from cisgram.peaks.compare import is_in_peaks, share_overlapping
from cisgram.peaks.own import own_peaks
from cisgram.run.folder import CoverageRun
from cisgram.run.steps.coverage import depth_tables
from cisgram.run.steps.coverage.called_tables import scopes_of_contigs
from cisgram.run.steps.coverage.depth_tables import Result
from cisgram.run.steps.coverage.evaluate import evaluation_windows
from cisgram.run.steps.coverage.judge import Ground, denoised_pieces, judge, raw_pieces, scopes_of
from cisgram.run.steps.coverage.known import KnownGenome, held_out_contigs
from cisgram.run.steps.coverage.train import known_again
from cisgram.run.trained import trained_model
from cisgram.simulate.atac_files import AtacFiles, read_atac_truth
from cisgram.training.denoise import denoise
from cisgram.training.track_agreement import evaluation_blocks

AGREEMENT_COLUMNS = (*depth_tables.DEPTH_COLUMNS,)
"""Agreement with the expected coverage and the planted peaks."""
SITE_COLUMNS = ("pair", "track", "level", "depth", "method", "scope", "sites", "value", "low", "high", "n")
"""Shares of ``sites`` at which a method calls a peak, and of its peaks (``called``) that are planted."""


@dataclass(frozen=True, eq=False)
class _Planted:
    """What was planted for one pair."""

    pair: str
    expected: CoverageReader
    peaks: pd.DataFrame
    trained: Sequence[pd.DataFrame]
    """Planted peaks of the cell types that were learnt from."""


def recover(run: CoverageRun) -> Mapping[str, Any]:
    """Do the step: recovery.json, with every judged pair that the simulation knows by its name.

    Raw coverage is compared at every depth, denoised coverage at the shallowest of each pair, for which a model is
    made. The deep library's own agreement with the truth is the ceiling.

    Raises
    ------
    EmptySetError
        Where no judged pair has the name of a simulated cell type or library.
    """
    known, store = known_again(run), open_coverage(run.examples / "store")
    tracks = read_table(run.examples / "tracks.tsv", types={"level": "text"})
    judged = tracks.loc[tracks["is_judged"], "pair"]
    planted = [_planted(run, str(name)) for name in dict.fromkeys(judged)]
    found = [one for one in planted if one is not None]
    if not found:
        hint = "name [[pairs]] like the cell types and libraries of the simulation"
        raise EmptySetError("pairs that the truth knows", dropped={"with other names": len(planted)}, hint=hint)
    model = cast(AtacWorks, trained_model(run))
    results = [one for pair in found for one in _compare(run, known, store, tracks, model, pair)]
    tables = {
        "agreement": _agreement_table(results),
        "differences": depth_tables.difference_table(results),
        "equivalents": depth_tables.equivalent_table(results),
        "sites": _site_table(run, known, results, found),
    }
    plain = {name: _plain(table) for name, table in tables.items()}
    write_json_atomic(run.recovery, plain)
    return {"pairs": [one.pair for one in found], "n_planted": {one.pair: len(one.peaks) for one in found}}


def _planted(run: CoverageRun, name: str) -> _Planted | None:
    """The truth of a pair; None where the simulation has nothing of this name."""
    path = run.input(run.config.truth)
    files, truth = AtacFiles.load(path.parent), read_atac_truth(path)
    if name not in files.expected:
        return None
    types = {one: str(library["cell_type"]) for one, library in truth["config"]["libraries"].items()}
    learnt = [pair.name for pair in run.config.pairs if pair.use == "train"]
    others = {types.get(one, one) for one in learnt} & files.peaks.keys() - {types.get(name, name)}
    return _Planted(
        name,
        _expected_reader(files.expected[name]),
        read_intervals(files.peaks[types.get(name, name)]),
        [read_intervals(files.peaks[one]) for one in sorted(others)],
    )


def _expected_reader(path: Path) -> CoverageReader:
    """Expected coverage of any stretch; one contig is kept."""

    @lru_cache(maxsize=1)
    def contig(chrom: str) -> CoverageValues:
        return np.nan_to_num(read_bigwig_contig(path, chrom)).astype(np.float32)

    return lambda chrom, start, end: contig(chrom)[start:end]


def _compare(
    run: CoverageRun, known: KnownGenome, store: CoverageStore, tracks: pd.DataFrame, model: AtacWorks, of: _Planted
) -> Iterator[Result]:
    """Deep, raw and denoised coverage of a pair against what was expected."""
    own = tracks[tracks["pair"] == of.pair]
    ground = _ground(run, known, of)
    for kind, method in (("clean", "deep"), ("replicate", "replicate")):
        for track in own.loc[own["kind"] == kind, "track"]:
            yield Result.of(own, track, method, judge(ground, raw_pieces(ground.windows, known.reader(store, track))))
    shallow = own[own["is_judged"]].sort_values("n_reads", kind="stable")["track"].tolist()
    for track in shallow:
        yield Result.of(own, track, "raw", judge(ground, raw_pieces(ground.windows, known.reader(store, track))))
    read = known.reader(store, shallow[0])
    stream = denoise(
        model,
        lambda chrom, start, end: read(chrom, start, end)[None],
        ground.windows,
        window_bp=run.config.evaluation.window_bp,
    )
    yield Result.of(own, shallow[0], "denoised", judge(ground, denoised_pieces(ground.windows, stream)))


def _ground(run: CoverageRun, known: KnownGenome, of: _Planted) -> Ground:
    """The truth in the place of a deep library."""
    settings, held_out = run.config.evaluation, held_out_contigs(run)
    windows = evaluation_windows(known, settings.window_bp)
    blocks = evaluation_blocks(windows, fewest_on=held_out)
    scopes = scopes_of(blocks, held_out, n_resamples=settings.n_bootstrap, seed=run.config.seed)

    def peaks(chrom: str, start: int, end: int) -> CoverageValues:
        return is_in_peaks(of.peaks, chrom, start, end).astype(np.float32)

    return Ground(windows, blocks, scopes, of.expected, peaks, None)


def _agreement_table(results: Sequence[Result]) -> pd.DataFrame:
    """Every metric of every method, the deep library's too: the truth is not made of its reads."""
    rows = [
        (*one.head, scope, metric, found.value, *(found.interval or (np.nan, np.nan)))
        for one in results
        for scope, metrics in one.judged.agreement.items()
        for metric, found in metrics.items()
    ]
    return pd.DataFrame(rows, columns=list(AGREEMENT_COLUMNS))


def _site_table(
    run: CoverageRun, known: KnownGenome, results: Sequence[Result], planted: Sequence[_Planted]
) -> pd.DataFrame:
    """Which planted peaks are called, by whose they are, at the depth of the denoised tracks."""
    scopes, rows = scopes_of_contigs(run, known), []
    for of in planted:
        places = own_peaks(of.peaks, of.trained)._asdict()
        denoised = next(one for one in results if one.pair == of.pair and one.method == "denoised")
        for one in results:
            if one.pair != of.pair or (one.method == "raw" and one.track != denoised.track):
                continue
            called = _called(run, one)
            head = (one.pair, one.track, one.level, one.depth, one.method)
            for scope, blocks in scopes.items():
                for name, table in places.items():
                    rows.append((*head, scope, name, *share_overlapping(table, called, blocks)))
                rows.append((*head, scope, "called", *share_overlapping(called, of.peaks, blocks)))
    return pd.DataFrame(rows, columns=list(SITE_COLUMNS))


def _called(run: CoverageRun, one: Result) -> pd.DataFrame:
    """Peaks of a method as earlier steps have written them; a file without any is empty."""
    if one.method == "deep":
        return read_intervals(run.examples / f"{one.pair}.peaks.narrowPeak")
    path = run.folder / "evaluation" / f"{one.track}.{one.method}.narrowPeak"
    return read_intervals(path) if path.stat().st_size else interval_table([], [], [])


def _plain(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON has them: no NaN; infinite is the largest number there is."""
    finite = table.replace({np.inf: np.finfo(np.float64).max, -np.inf: -np.finfo(np.float64).max})
    rows = finite.astype(object).where(finite.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]
