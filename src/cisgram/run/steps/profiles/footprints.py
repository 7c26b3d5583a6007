"""Mean reads around the instances of every motif, observed and predicted, and how sharp these footprints are."""

import logging
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.data.store import ExampleStore, open_store
from cisgram.genomics.interval import resize
from cisgram.genomics.track import expected_counts
from cisgram.io.tables import write_table
from cisgram.motifs.grammar.footprint_tables import ALL, HELD_OUT, footprint_table, sharpness_table
from cisgram.motifs.grammar.footprints import motif_footprints
from cisgram.motifs.grammar.placing import placed_in
from cisgram.motifs.grammar.sharpness import SMOOTH_BP
from cisgram.run.folder import ProfileRun

logger = logging.getLogger(__name__)

MOST_REACH_BP = 100
"""Footprints reach this far on either side of a motif, or over a quarter of the output, which is less."""


class _Signal(NamedTuple):
    """Reads of some windows."""

    windows: pd.DataFrame
    observed: np.ndarray
    predicted: np.ndarray | None


def write_footprints(run: ProfileRun, hits: pd.DataFrame, explained: pd.DataFrame) -> int:
    """Write ``grammar/footprints.tsv.gz`` and ``grammar/sharpness.tsv``; returns the number of footprints.

    Parameters
    ----------
    run
        Its predictions are read where they are there: those of the windows that were held out.
    hits
        Instances of all motifs, each site once: ``chrom, start, end, strand, pattern``.
    explained
        Windows in which they were found, with ``row`` of the example store.

    Notes
    -----
    Each motif and track has a footprint of all its instances (observed only), and one of those in windows held out,
    observed and predicted. Instances too near to an end of every window are left out of the means. Signals without
    strands have no footprints.
    """
    store = open_store(run.examples)
    reach_bp = min(MOST_REACH_BP, store.output_length // 4)
    is_possible = store.layout.n_strands == 2 and 2 * reach_bp + 1 >= 3 * SMOOTH_BP
    footprints, sharpness = [], []
    for which, signal in _signals(run, store, explained) if is_possible and len(hits) else ():
        placed = placed_in(hits.reset_index(drop=True), signal.windows)
        if placed.empty:
            continue
        about = {"predicted": signal.predicted, "reach_bp": reach_bp}
        found = motif_footprints(placed, signal.observed, signal.windows, store.track_names, **about)
        footprints.append(footprint_table(found, hits=which))
        sharpness.append(
            sharpness_table(
                placed, signal.observed, signal.windows, store.track_names, which=which, seed=run.config.seed, **about
            )
        )
        logger.info("footprints of %s hits: %d", which, int(found.n_hits.sum()))
    for name, tables in (("footprints.tsv.gz", footprints), ("sharpness.tsv", sharpness)):
        path = run.folder / "grammar" / name
        path.unlink(missing_ok=True)
        if tables:
            write_table(path, pd.concat(tables, ignore_index=True), provenance={"seed": run.config.seed})
    return sum(len(table) for table in sharpness)


def _signals(run: ProfileRun, store: ExampleStore, explained: pd.DataFrame) -> list[tuple[str, _Signal]]:
    """Reads of all explained windows, and reads and predictions of those held out."""
    signals = [(ALL, _signal(store, np.unique(explained["row"].to_numpy(dtype=np.int64))))]
    if (run.predictions / "test.rows.npy").is_file():
        rows, profiles, log_counts = (
            np.load(run.predictions / f"test.{name}.npy", mmap_mode="r", allow_pickle=False)
            for name in ("rows", "profiles", "log_counts")
        )
        if len(rows):
            expected = expected_counts(np.asarray(profiles), np.asarray(log_counts))
            signals.append((HELD_OUT, _signal(store, np.asarray(rows))._replace(predicted=expected)))
    return signals


def _signal(store: ExampleStore, rows: np.ndarray) -> _Signal:
    """Observed reads of some rows of a store, in the output windows that they are of."""
    windows = store.windows.loc[rows]
    middle = ((windows["start"] + windows["end"]) // 2).to_numpy()
    outputs = resize(windows, store.output_length, center=middle).reset_index(drop=True)
    return _Signal(outputs, store.centred(rows).counts, None)
