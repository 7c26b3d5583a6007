"""Windows along a genome and its split: parts never see a base of each other, whatever the way of splitting."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgram.data.binned_split import BinnedSplitConfig, break_contigs, deal_by_size, split_pieces
from cisgram.data.binned_windows import BinnedWindowConfig, WindowGeometry, lay_windows
from cisgram.errors import ConfigError, ContigError, EmptySetError, InputError

SIZES = {"I": 5000, "II": 3210, "III": 1777, "IV": 2400, "V": 901}
REGIONS = pd.DataFrame(
    [("I", 0, 2003, "train"), ("I", 2003, 3500, "test"), ("I", 3507, 5000, "valid"), ("II", 5, 3000, "train")],
    columns=["chrom", "start", "end", "name"],
)
WAYS = {
    "contigs": BinnedSplitConfig(test=("III",), valid=("IV",)),
    "regions": BinnedSplitConfig(bed="parts.bed"),
    "shares": BinnedSplitConfig(test_share=0.2, valid_share=0.2, break_bp=700),
    "folds": BinnedSplitConfig(n_folds=4, fold=3, break_bp=700),
}


def read_bases(windows, part, jitter_bp):
    """Every base that a part can read, by brute force."""
    own = windows[windows["dropped"].eq("") & windows["split"].eq(part)]
    return {
        (row.chrom, at)
        for row in own.itertuples()
        for at in range(max(row.start - jitter_bp, 0), min(row.end + jitter_bp, SIZES[row.chrom]))
    }


@pytest.mark.parametrize("way", list(WAYS))
@pytest.mark.parametrize("beyond_ends", [False, True])
@pytest.mark.parametrize("jitter_bp", [0, 7])
def test_no_base_is_read_by_two_parts(way, beyond_ends, jitter_bp):
    pieces = split_pieces(WAYS[way], SIZES, regions=REGIONS, seed=3)
    geometry = WindowGeometry(200, 50, 10, jitter_bp)
    windows = lay_windows(pieces, geometry, sizes=SIZES, strides_bp=(50, 100), beyond_ends=beyond_ends)
    train, valid, test = (read_bases(windows, part, jitter_bp) for part in ("train", "valid", "test"))
    assert train
    assert valid
    assert test
    assert not train & valid
    assert not train & test
    assert not valid & test


@given(
    edges=st.lists(st.integers(1, 4999), min_size=2, max_size=8, unique=True),
    jitter_bp=st.integers(0, 30),
    snap=st.sampled_from([1, 16, 32]),
)
def test_parts_that_touch_anywhere_are_kept_apart(edges, jitter_bp, snap):
    bounds = [0, *sorted(edges), 5000]
    parts = ["train", "valid", "test"]
    rows = [("I", a, b, parts[i % 3]) for i, (a, b) in enumerate(pairwise(bounds))]
    pieces = pd.DataFrame(rows, columns=["chrom", "start", "end", "split"])
    geometry = WindowGeometry(96, 32, snap if snap > 1 else 1, jitter_bp)
    try:
        windows = lay_windows(pieces, geometry, sizes={"I": 5000}, strides_bp=(32, 32))
    except EmptySetError:
        return
    kept = windows[windows["dropped"].eq("")]
    for row in kept.itertuples():
        inside = [
            piece.split == row.split
            for piece in pieces.itertuples()
            if piece.start < min(row.end + jitter_bp, 5000) and max(row.start - jitter_bp, 0) < piece.end
        ]
        assert inside == [True]
    assert (kept["start"] % geometry.bin_size == 0).all()


def test_windows_of_held_out_parts_predict_every_bin_once():
    pieces = split_pieces(WAYS["contigs"], SIZES)
    windows = lay_windows(pieces, WindowGeometry(200, 50, 10), sizes=SIZES, strides_bp=(50, 100), beyond_ends=True)
    test = windows[windows["split"].eq("test")]
    bins = np.concatenate([np.arange(start + 50, start + 150, 10) for start in test["start"]])
    assert bins.tolist() == list(range(0, 1700, 10)), "up to both ends of the contig of 1,777 bp"


def test_excluded_regions_are_not_touched_and_too_short_rests_are_told():
    excluded = pd.DataFrame({"chrom": ["I", "I"], "start": [1000, 1150], "end": [1050, 1160]})
    pieces = split_pieces(WAYS["contigs"], SIZES)
    windows = lay_windows(pieces, WindowGeometry(200, 50, 10), sizes=SIZES, strides_bp=(50, 100), excluded=excluded)
    first = windows[windows["chrom"].eq("I")]
    kept = first[first["dropped"].eq("")]
    for region in excluded.itertuples():
        assert not ((kept["start"] < region.end) & (kept["end"] > region.start)).any()
    told = first[first["dropped"].ne("")]
    assert told[["start", "end", "dropped"]].to_numpy().tolist() == [[1050, 1150, "shorter than a window"]]


def test_shares_of_the_genome_are_about_what_was_asked_for():
    rng = np.random.default_rng(1)
    lengths = rng.integers(100, 1000, 400).astype(float)
    dealt = deal_by_size(lengths, np.array([0.8, 0.1, 0.1]), rng=rng)
    shares = np.bincount(dealt, weights=lengths) / lengths.sum()
    np.testing.assert_allclose(shares, [0.8, 0.1, 0.1], atol=0.02)


def test_folds_hold_every_piece_out_once_and_stay_the_same_pieces():
    tests, valids = [], []
    for fold in range(4):
        pieces = split_pieces(BinnedSplitConfig(n_folds=4, fold=fold, break_bp=700), SIZES, seed=5)
        tests.append(set(pieces.loc[pieces["split"].eq("test"), ["chrom", "start"]].itertuples(index=False, name=None)))
        valids.append(
            set(pieces.loc[pieces["split"].eq("valid"), ["chrom", "start"]].itertuples(index=False, name=None))
        )
    everything = set(pieces[["chrom", "start"]].itertuples(index=False, name=None))
    assert set.union(*tests) == everything
    assert sum(map(len, tests)) == len(everything)
    assert all(valids[fold] == tests[(fold + 1) % 4] for fold in range(4))


def test_the_same_seed_splits_alike_and_another_one_does_not():
    one, again, other = (split_pieces(WAYS["shares"], SIZES, seed=seed) for seed in (1, 1, 2))
    assert one.equals(again)
    assert not one.equals(other)


def test_broken_contigs_are_whole_together():
    pieces = break_contigs(SIZES, 700)
    assert (pieces["end"] - pieces["start"]).max() <= 700
    for chrom, size in SIZES.items():
        own = pieces[pieces["chrom"].eq(chrom)]
        assert own["start"].tolist() == [0, *own["end"].tolist()[:-1]]
        assert own["end"].iloc[-1] == size


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "exactly one of"),
        ({"test": ("I",), "valid": ("II",), "n_folds": 3}, "exactly one of"),
        ({"test": ("I",)}, "both a test and a valid"),
        ({"test": ("I",), "valid": ("I",)}, "one part"),
        ({"test_share": 0.6, "valid_share": 0.5}, "leave something"),
        ({"n_folds": 2}, "at least 3"),
        ({"n_folds": 5, "fold": 5}, "fold one of"),
    ],
)
def test_a_split_that_cannot_be_meant_is_refused(given, message):
    with pytest.raises(ConfigError, match=message):
        BinnedSplitConfig(**given)


def test_what_cannot_be_split_is_told():
    with pytest.raises(ContigError, match="names X"):
        split_pieces(BinnedSplitConfig(test=("X",), valid=("I",)), SIZES)
    with pytest.raises(EmptySetError, match="break_bp"):
        split_pieces(BinnedSplitConfig(test_share=0.1, valid_share=0.1), {"I": 500})
    overlapping = REGIONS.assign(start=[0, 1990, 3507, 5])
    with pytest.raises(InputError, match="two parts share bases at I start 1990"):
        split_pieces(WAYS["regions"], SIZES, regions=overlapping)
    with pytest.raises(InputError, match="got 'exam'"):
        split_pieces(WAYS["regions"], SIZES, regions=REGIONS.assign(name=["train", "exam", "valid", "test"]))
    with pytest.raises(EmptySetError, match="test windows"):
        lay_windows(
            split_pieces(BinnedSplitConfig(test=("V",), valid=("II",)), SIZES),
            WindowGeometry(1000, 0, 10),
            sizes=SIZES,
            strides_bp=(100, 100),
        )
    with pytest.raises(ConfigError, match="multiples of the bins"):
        WindowGeometry(100, 15, 10)
    with pytest.raises(ConfigError, match="not be negative"):
        BinnedWindowConfig(jitter_bp=-1)
