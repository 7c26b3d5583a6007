"""Compare raw and denoised coverage with the deep library at every depth, beside a replicate and MACS3."""

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

import numpy as np
import pandas as pd

from cisgram.data.coverage_store import CoverageStore, open_coverage
from cisgram.genomics.contigs import match_contigs
from cisgram.genomics.interval import interval_table
from cisgram.io.files import write_json_atomic
from cisgram.io.genes import read_genes
from cisgram.io.tables import read_table, write_narrowpeak, write_table
from cisgram.models.atacworks import AtacWorks
from cisgram.run.folder import CoverageRun
from cisgram.run.steps.coverage import depth_tables
from cisgram.run.steps.coverage.examples import ExampleTracks, example_loci
from cisgram.run.steps.coverage.judge import (
    Ground,
    denoised_pieces,
    judge,
    raw_pieces,
    scopes_of,
    score_pieces,
)
from cisgram.run.steps.coverage.known import KnownGenome, known_genome
from cisgram.run.steps.coverage.libraries import open_libraries
from cisgram.run.steps.coverage.macs import macs_peaks
from cisgram.run.steps.coverage.train import known_again
from cisgram.run.trained import trained_model
from cisgram.training.denoise import denoise
from cisgram.training.track_agreement import evaluation_blocks

logger = logging.getLogger(__name__)


def evaluate(run: CoverageRun) -> Mapping[str, Any]:
    """Do the step: evaluation/ with tables and example tracks, and metrics.json."""
    known, store = known_again(run), open_coverage(run.examples / "store")
    tracks = read_table(run.examples / "tracks.tsv", types={"level": "text"})
    model = cast(AtacWorks, trained_model(run))
    windows = evaluation_windows(known, run.config.evaluation.window_bp)
    folder = run.folder / "evaluation"
    folder.mkdir(parents=True, exist_ok=True)
    results, examples = [], ExampleTracks(example_loci(run, known))
    macs = dict(_macs_scores(run, known_genome(run))) if run.config.evaluation.macs3 else {}
    for name in dict.fromkeys(tracks.loc[tracks["is_judged"], "pair"]):
        own = tracks[tracks["pair"] == name]
        ground = _ground(run, known, store, windows, str(name))
        examples.add_deep(str(name), ground)
        results += list(_judge_pair(run, ground, own, known, store, model, macs, examples))
    write_json_atomic(run.metrics, {"records": depth_tables.records(results)})
    settings = run.config.evaluation
    for table, rows in (
        ("depths", depth_tables.depth_table(results)),
        ("differences", depth_tables.difference_table(results)),
        ("equivalents", depth_tables.equivalent_table(results)),
        ("starts", depth_tables.start_table(results, n_resamples=settings.n_bootstrap, seed=run.config.seed)),
    ):
        write_table(folder / f"{table}.tsv", rows)
    write_table(folder / "start_profiles.tsv.gz", depth_tables.start_profiles(results))
    examples.write(folder / "examples.npz")
    n_blocks = evaluation_blocks(windows, fewest_on=run.config.split.test)
    return {"n_windows": len(windows), "n_blocks": n_blocks.n_blocks, "block_bp": n_blocks.block_bp}


def evaluation_windows(known: KnownGenome, window_bp: int) -> pd.DataFrame:
    """The known regions cut into stretches of at most ``window_bp``, in order."""
    parts = [
        (chrom, left, min(left + window_bp, end))
        for chrom, start, end in known.regions.itertuples(index=False)
        for left in range(start, end, window_bp)
    ]
    return interval_table(*(list(column) for column in zip(*parts, strict=True)))


def _ground(run: CoverageRun, known: KnownGenome, store: CoverageStore, windows: pd.DataFrame, name: str) -> Ground:
    """What every track of a pair is judged on; all pairs share blocks and draws."""
    settings, held_out = run.config.evaluation, run.config.split.test
    blocks = evaluation_blocks(windows, fewest_on=held_out)
    scopes = scopes_of(blocks, held_out, n_resamples=settings.n_bootstrap, seed=run.config.seed)
    read = {kind: known.reader(store, f"{name}.{kind}") for kind in ("clean", "peaks")}
    return Ground(windows, blocks, scopes, read["clean"], read["peaks"], _genes(run, known))


def _genes(run: CoverageRun, known: KnownGenome) -> pd.DataFrame | None:
    """Genes on the contigs of the run, if an annotation is given."""
    if not run.config.evaluation.genes:
        return None
    genes = read_genes(run.input(run.config.evaluation.genes))
    matched = match_contigs(known.sizes, list(dict.fromkeys(genes["chrom"])), what=run.config.evaluation.genes)
    genes = genes.assign(chrom=[matched.to_genome.get(name, name) for name in genes["chrom"]])
    return genes[genes["chrom"].isin(list(known.sizes))]


def _judge_pair(
    run: CoverageRun,
    ground: Ground,
    tracks: pd.DataFrame,
    known: KnownGenome,
    store: CoverageStore,
    model: AtacWorks,
    macs: Mapping[str, Callable[[str, int, int], np.ndarray]],
    examples: ExampleTracks,
) -> Iterator[depth_tables.Result]:
    """Every method on every track of one pair."""
    windows = ground.windows
    deep = tracks.set_index("kind")["track"]
    yield depth_tables.Result.of(tracks, deep["clean"], "deep", judge(ground, raw_pieces(windows, ground.deep)))
    if "replicate" in deep:
        read = known.reader(store, deep["replicate"])
        yield depth_tables.Result.of(tracks, deep["replicate"], "replicate", judge(ground, raw_pieces(windows, read)))
    for track in tracks.loc[tracks["is_judged"], "track"]:
        read = known.reader(store, track)
        examples.add(track, "raw", read)
        yield depth_tables.Result.of(tracks, track, "raw", judge(ground, raw_pieces(windows, read)))
        if track in macs:
            yield depth_tables.Result.of(tracks, track, "macs3", judge(ground, score_pieces(windows, macs[track])))
        stream = denoise(
            model,
            lambda chrom, start, end, read=read: read(chrom, start, end)[None],
            windows,
            window_bp=run.config.evaluation.window_bp,
        )
        pieces = denoised_pieces(windows, stream, seen=examples.taker(track))
        yield depth_tables.Result.of(tracks, track, "denoised", judge(ground, pieces))
        logger.info("%s: judged", track)


def _macs_scores(run: CoverageRun, known: KnownGenome) -> Iterator[tuple[str, Callable[[str, int, int], np.ndarray]]]:
    """The score of MACS3 per base for every judged track; its peaks are written too."""
    for libraries in open_libraries(run, known):
        for level in libraries.judged:
            source = libraries.shallow[level]
            track = f"{libraries.pair.name}.{level.label}"
            found = macs_peaks(run, known, source, with_score=True)
            write_narrowpeak(run.folder / "evaluation" / f"{track}.macs3.narrowPeak", found.peaks)
            logger.info("%s: %d peaks by MACS3", track, len(found.peaks))
            if found.score is not None:
                yield track, found.score.read
