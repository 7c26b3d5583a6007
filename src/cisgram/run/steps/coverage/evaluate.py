"""Compare raw and denoised coverage with the deep library at every depth, beside a replicate and MACS3."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import pandas as pd

from cisgram.data.coverage_store import open_coverage
from cisgram.genomics.contigs import match_contigs
from cisgram.genomics.interval import interval_table
from cisgram.io.files import write_json_atomic
from cisgram.io.genes import read_genes
from cisgram.io.tables import read_table, write_narrowpeak, write_table
from cisgram.models.atacworks import AtacWorks
from cisgram.run.folder import CoverageRun
from cisgram.run.steps.coverage import depth_tables
from cisgram.run.steps.coverage.called import deep_peaks, with_heights
from cisgram.run.steps.coverage.called_tables import called_table, own_table, scopes_of_contigs
from cisgram.run.steps.coverage.depth_tables import Result
from cisgram.run.steps.coverage.examples import ExampleTracks, example_loci
from cisgram.run.steps.coverage.judge import Ground, scopes_of
from cisgram.run.steps.coverage.known import KnownGenome, held_out_contigs, known_genome
from cisgram.run.steps.coverage.methods import Bench, judge_pair, macs_results
from cisgram.run.steps.coverage.own_peaks import add_own_stretches, judged_on_own, own_stretches, places_of
from cisgram.run.steps.coverage.train import known_again
from cisgram.run.trained import trained_model
from cisgram.training.track_agreement import evaluation_blocks


def evaluate(run: CoverageRun) -> Mapping[str, Any]:
    """Do the step: evaluation/ with tables, called peaks and example tracks, and metrics.json."""
    known, store = known_again(run), open_coverage(run.examples / "store")
    tracks = read_table(run.examples / "tracks.tsv", types=dict.fromkeys(("pair", "track", "level"), "text"))
    windows = evaluation_windows(known, run.config.evaluation.window_bp)
    (run.folder / "evaluation").mkdir(parents=True, exist_ok=True)
    judged = [str(name) for name in dict.fromkeys(tracks.loc[tracks["is_judged"], "pair"])]
    truths = {name: with_heights(deep_peaks(run, name), known.reader(store, f"{name}.clean")) for name in judged}
    places = places_of(run, truths)
    shown = own_stretches(run, known, places)
    examples = ExampleTracks(example_loci(run, known), [one.stretch for one in shown.values()])
    macs = dict(macs_results(run, known_genome(run))) if run.config.evaluation.macs3 else {}
    bench = Bench(run, known, store, cast(AtacWorks, trained_model(run)), macs, examples)
    results: list[Result] = []
    for name in judged:
        ground = _ground(bench, windows, name)
        examples.add_deep(name, ground)
        results += list(judge_pair(bench, ground, tracks[tracks["pair"] == name]))
    own_places = add_own_stretches(run, bench.read, windows, shown, examples)
    n_windows = int(windows["chrom"].isin(held_out_contigs(run)).sum())
    write_json_atomic(run.metrics, {"records": depth_tables.records(results, n_windows=n_windows)})
    scopes = scopes_of_contigs(run, known)
    _write_tables(
        run,
        results,
        called=called_table(results, truths, scopes),
        own_peaks=own_table(judged_on_own(run, results), places, scopes),
        own_places=own_places,
    )
    examples.write(run.folder / "evaluation" / "examples.npz")
    n_blocks = evaluation_blocks(windows, fewest_on=held_out_contigs(run))
    return {"n_windows": len(windows), "n_blocks": n_blocks.n_blocks, "block_bp": n_blocks.block_bp}


def _write_tables(run: CoverageRun, results: Sequence[Result], **further: pd.DataFrame) -> None:
    """Tables by depth, the further ones, and the peaks that were called."""
    folder, settings = run.folder / "evaluation", run.config.evaluation
    tables = {
        "depths": depth_tables.depth_table(results),
        "differences": depth_tables.difference_table(results),
        "equivalents": depth_tables.equivalent_table(results),
        "starts": depth_tables.start_table(results, n_resamples=settings.n_bootstrap, seed=run.config.seed),
        **further,
    }
    for table, rows in tables.items():
        write_table(folder / f"{table}.tsv", rows)
    write_table(folder / "start_profiles.tsv.gz", depth_tables.start_profiles(results))
    for one in results:
        if one.called is not None:
            write_narrowpeak(folder / f"{one.track}.{one.method}.narrowPeak", one.called.peaks)


def evaluation_windows(known: KnownGenome, window_bp: int) -> pd.DataFrame:
    """The known regions cut into stretches of at most ``window_bp``, in order."""
    parts = [
        (chrom, left, min(left + window_bp, end))
        for chrom, start, end in known.regions.itertuples(index=False)
        for left in range(start, end, window_bp)
    ]
    return interval_table(*(list(column) for column in zip(*parts, strict=True)))


def _ground(bench: Bench, windows: pd.DataFrame, name: str) -> Ground:
    """What every track of a pair is judged on; all pairs share blocks and draws."""
    run = bench.run
    settings, held_out = run.config.evaluation, held_out_contigs(run)
    blocks = evaluation_blocks(windows, fewest_on=held_out)
    scopes = scopes_of(blocks, held_out, n_resamples=settings.n_bootstrap, seed=run.config.seed)
    clean, peaks = (bench.read(f"{name}.{kind}") for kind in ("clean", "peaks"))
    return Ground(windows, blocks, scopes, clean, peaks, _genes(run, bench.known))


def _genes(run: CoverageRun, known: KnownGenome) -> pd.DataFrame | None:
    """Genes on the contigs of the run, if an annotation is given."""
    if not run.config.evaluation.genes:
        return None
    genes = read_genes(run.input(run.config.evaluation.genes))
    matched = match_contigs(known.sizes, list(dict.fromkeys(genes["chrom"])), what=run.config.evaluation.genes)
    genes = genes.assign(chrom=[matched.to_genome.get(name, name) for name in genes["chrom"]])
    return genes[genes["chrom"].isin(list(known.sizes))]
