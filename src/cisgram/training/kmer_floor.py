"""What ridge regression on 6-mers expects of the reads in a window: a floor that knows the sequence."""

import numpy as np

from cisgram.arrays import PooledTotals, Positions
from cisgram.baselines.kmers import kmer_features
from cisgram.baselines.ridge import fit_ridge
from cisgram.data.store import ExampleStore
from cisgram.genomics.sequence_set import SequenceSet

MAX_ROWS = 10_000
"""Training windows that are taken, evenly spread; more hardly change two thousand coefficients."""


def kmer_log_totals(
    store: ExampleStore, rows: Positions, training_rows: np.ndarray, *, crop_bp: int = 0
) -> PooledTotals:
    """Predict ln(1 + reads), strands added up, of windows from the 6-mers of their sequences.

    Parameters
    ----------
    store
        The examples.
    rows
        Windows to predict.
    training_rows
        Windows to learn from; at most :data:`MAX_ROWS` of them are taken, evenly spread.
    crop_bp
        Count only reads in so many bp in the middle of the output; 0 for all of it.

    Returns
    -------
    numpy.ndarray
        ``window track``. The penalty of each track is chosen by leaving out one training window at a time.
    """
    step = -(-len(training_rows) // MAX_ROWS)
    taken = training_rows[:: max(step, 1)]
    examples = store.centred(taken)
    first = (store.output_length - crop_bp) // 2 if crop_bp else 0
    totals = examples.counts[..., first : store.output_length - first].sum(axis=(2, 3), dtype=np.float64)
    features = kmer_features(SequenceSet.from_codes(list(examples.sequences)))
    machine = fit_ridge(features, np.log1p(totals))
    return machine.predict(kmer_features(SequenceSet.from_codes(list(store.centred(rows).sequences))))
