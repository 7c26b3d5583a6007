"""One method judged on the windows of a pair."""

import numpy as np
import pandas as pd
import pytest

from cisgram.run.steps.coverage.judge import Ground, judge, raw_pieces, scopes_of, score_pieces
from cisgram.training.track_agreement import evaluation_blocks

DEEP = np.random.default_rng(1).poisson(3, 10_000).astype(np.float32)


def read(chrom, start, end):
    return DEEP[start:end]


@pytest.fixture
def ground():
    windows = pd.DataFrame({"chrom": "I", "start": [0, 5_000], "end": [5_000, 10_000]})
    genes = pd.DataFrame({"chrom": ["I"], "tss": [5_000], "strand": ["+"]})
    blocks = evaluation_blocks(windows, fewest_on=["I"])
    scopes = scopes_of(blocks, ["I"], n_resamples=5, seed=1)
    return Ground(windows, blocks, scopes, read, lambda *place: read(*place) > 6, genes)


def test_coverage_around_starts_is_that_of_tracks_over_all_windows(ground):
    judged = judge(ground, raw_pieces(ground.windows, read))
    found = judged.starts.result(n_resamples=0, seed=0)
    expected = DEEP[4_950:5_051].mean() / np.concatenate([DEEP[3_000:4_000], DEEP[6_001:7_001]]).mean()
    assert found.n_starts == 1
    assert found.enrichment == pytest.approx(expected, rel=1e-6)


def test_a_method_without_a_track_has_nothing_to_say_of_starts(ground):
    judged = judge(ground, score_pieces(ground.windows, read))
    assert judged.starts is None
    assert "pearson" not in judged.agreement["all contigs"]
    assert judged.agreement["all contigs"]["auprc"].value == pytest.approx(1.0)
