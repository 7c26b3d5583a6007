"""Footprints and stretches: in the direction of the hit, and the same when all is turned over."""

import numpy as np
import pandas as pd
import pytest

from cisgram.errors import EmptySetError, InputError
from cisgram.motifs.grammar.footprints import hits_inside, motif_footprints
from cisgram.motifs.grammar.stretches import stretches_around

TRACKS = ["Oct4", "Nanog"]


@pytest.fixture(params=[8, 9], ids=["even", "odd"])
def setting(request, hits_at):
    rng = np.random.default_rng(1)
    rows = [
        (int(rng.integers(0, 12)), int(rng.integers(0, 290)), request.param, str(rng.choice(["+", "-"])), name)
        for name in ("a", "b")
        for _ in range(40)
    ]
    hits, windows = hits_at(rows, length=300)
    return hits, windows, rng.poisson(2, (len(windows), 2, 2, 300)).astype(np.float64)


def test_a_footprint_is_the_mean_over_hits_cut_out_one_by_one(setting):
    hits, windows, counts = setting
    found = motif_footprints(hits, counts, windows, TRACKS, predicted=2 * counts, reach_bp=30)
    for name in ("a", "b"):
        cuts = []
        for row in hits[hits["pattern"] == name].itertuples():
            window = counts[row.window]
            start = row.start - windows["start"][row.window]
            width = row.end - row.start
            if row.strand == "-":
                window, start = window[:, ::-1, ::-1], 300 - start - width
            middle = start + (width - 1) // 2
            if middle >= 30 and start + width // 2 + 30 < 300 and middle + 31 <= 300:
                cuts.append(window[:, :, middle - 30 : middle + 31])
        at = found.patterns.index(name)
        assert found.n_hits[at] == len(cuts)
        np.testing.assert_allclose(found.observed[at], np.mean(cuts, axis=0))
        np.testing.assert_allclose(found.predicted[at], 2 * found.observed[at])
    one = found.at("b", "Nanog")
    np.testing.assert_array_equal(one.observed, found.observed[1, 1])
    assert (one.offset_bp[0], one.offset_bp[-1], one.n_hits) == (-30, 30, found.n_hits[1])


def test_turning_all_windows_over_changes_nothing(setting, turned_over):
    hits, windows, counts = setting
    forward = motif_footprints(hits, counts, windows, TRACKS, reach_bp=30)
    backward = motif_footprints(turned_over(hits, windows), counts[:, :, ::-1, ::-1], windows, TRACKS, reach_bp=30)
    np.testing.assert_array_equal(forward.n_hits, backward.n_hits)
    np.testing.assert_allclose(forward.observed, backward.observed)
    assert forward.predicted is None


def test_shorter_windows_of_reads_leave_out_the_hits_near_their_ends(setting):
    hits, windows, counts = setting
    middle = windows.assign(start=windows["start"] + 50, end=windows["end"] - 50)
    found = motif_footprints(hits, counts[..., 50:-50], middle, TRACKS, reach_bp=30)
    kept = hits_inside(hits, middle, reach_bp=30)
    assert found.n_hits.sum() == len(kept) < len(hits)
    whole = motif_footprints(kept, counts, windows, TRACKS, reach_bp=30)
    np.testing.assert_allclose(found.observed, whole.observed)


def test_a_pattern_without_hits_inside_has_no_means_and_names_are_checked(setting):
    hits, windows, counts = setting
    found = motif_footprints(hits, counts, windows, TRACKS, patterns=["c", "a"], reach_bp=30)
    assert found.n_hits[0] == 0
    assert np.isnan(found.observed[0]).all()
    assert np.isfinite(found.observed[1]).all()
    with pytest.raises(InputError, match="no pattern 'x'; there are c, a"):
        found.at("x", "Oct4")
    with pytest.raises(InputError, match="3 tracks"):
        motif_footprints(hits, counts, windows, ["A", "B", "C"])


def test_stretches_that_do_not_fit_are_refused():
    windows = pd.DataFrame({"chrom": ["I"], "start": [0], "end": [50]})
    hits = pd.DataFrame({"start": [5], "end": [9], "strand": ["+"], "window": [0]})
    with pytest.raises(InputError, match="one number per base"):
        stretches_around(hits, np.ones((1, 49)), windows, reach_bp=3)
    with pytest.raises(InputError, match="two strands"):
        stretches_around(hits, np.ones((1, 50)), windows, reach_bp=3, is_stranded=True)
    with pytest.raises(EmptySetError, match="too near to an end"):
        stretches_around(hits, np.ones((1, 50)), windows, reach_bp=20)
