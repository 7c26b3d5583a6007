"""Targets per bin against a plain twin written from the description: base by base, window by window."""

import math

import numpy as np
import pandas as pd
import pytest

from cisgram.data.binned_build import Regions, TargetMaker
from cisgram.data.binned_signals import open_signals
from cisgram.data.binned_targets import BinnedTargetConfig, below_baseline, below_quantile, bin_targets
from cisgram.data.binned_tracks import BinnedTrack
from cisgram.data.binned_windows import WindowGeometry
from cisgram.errors import ConfigError, ContigError, InputError
from cisgram.genomics.interval import interval_table
from cisgram.io.bigwig import write_bigwig

SIZES = {"I": 900, "II": 640}
WIDTH, LENGTH, CROP = 16, 160, 32
STATISTICS = ["sum", "sum_sqrt", "mean", "mean_sqrt", "median", "max", "peak"]


def plain_target(bases, track):
    """One bin, with python's own numbers."""
    values = [track.scale * float(one) for one in bases]
    if any(math.isnan(one) for one in values):
        return math.nan
    mean, ordered = sum(values) / len(values), sorted(values)
    middle = (ordered[len(values) // 2] + ordered[(len(values) - 1) // 2]) / 2
    found = {
        "sum": lambda: sum(values),
        "sum_sqrt": lambda: -1 + math.sqrt(1 + sum(values)),
        "mean": lambda: mean,
        "mean_sqrt": lambda: -1 + math.sqrt(1 + mean),
        "median": lambda: middle,
        "max": lambda: ordered[-1],
        "peak": lambda: min(max(math.sqrt(4 * mean), 0), 1),
    }[track.sum_stat]()
    if track.clip_soft and found > track.clip_soft:
        found = track.clip_soft - 1 + math.sqrt(found - track.clip_soft + 1)
    return max(-track.clip, min(track.clip, found)) if track.clip else found


def plain_window(bases, track, *, blacklisted, unmappable, config):
    """One window of a track: the steps in the order of the description."""
    bases = [float(one) for one in bases]
    if any(blacklisted):
        baseline = float(np.median(bases))
        bases = [max(-baseline, min(baseline, x)) if black else x for x, black in zip(bases, blacklisted, strict=True)]
    bins = [plain_target(bases[at : at + WIDTH], track) for at in range(0, len(bases), WIDTH)]
    low = np.quantile(bins, config.unmappable_quantile)
    for number in range(len(bins)):
        inside = sum(unmappable[number * WIDTH : (number + 1) * WIDTH]) / WIDTH
        if inside > 0 and inside >= config.min_unmappable_overlap:
            bins[number] = min(bins[number], low)
    return bins


@pytest.fixture(scope="module")
def signal():
    rng = np.random.default_rng(8)
    return {
        chrom: rng.poisson(2.0, size).astype(np.float32) * (rng.random(size) < 0.6) for chrom, size in SIZES.items()
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory, signal):
    folder = tmp_path_factory.mktemp("tracks")
    write_bigwig(folder / "a.bw", SIZES, signal.items())
    # Another file of the same assembly calls contigs otherwise.
    write_bigwig(
        folder / "b.bw",
        {f"chr{chrom}": size for chrom, size in SIZES.items()},
        ((f"chr{chrom}", 2 * values[::-1].copy()) for chrom, values in signal.items()),
    )
    return folder


def windows():
    starts = [("I", at) for at in range(0, 741, 48)] + [("II", at) for at in range(-32, 481, 96)]
    table = pd.DataFrame(starts, columns=["chrom", "start"])
    split = ["train"] * (len(table) - 4) + ["test"] * 4
    return table.assign(end=table["start"] + LENGTH, split=split, dropped="")


def maker(folder, track, **changes):
    config = BinnedTargetConfig(**changes.pop("config", {}))
    signals = open_signals(track, SIZES, locate=lambda name: folder / name, config=config)
    return TargetMaker([signals], WindowGeometry(LENGTH, CROP, WIDTH), config, **changes)


@pytest.mark.parametrize("sum_stat", STATISTICS)
@pytest.mark.parametrize("limits", [{}, {"clip": 9.0}, {"clip": 7.0, "clip_soft": 3.0, "scale": 2.5}])
def test_every_statistic_is_that_of_the_plain_twin(sum_stat, limits, signal):
    track = BinnedTrack("one", "a.bw", sum_stat=sum_stat, **limits)
    bases = signal["I"][: 900 // WIDTH * WIDTH].reshape(-1, WIDTH)
    bases[3, 2] = np.nan
    np.testing.assert_allclose(
        bin_targets(bases, track), [plain_target(row, track) for row in bases.tolist()], rtol=1e-5, atol=1e-6
    )
    bases[3, 2] = 1.0


@pytest.mark.parametrize("sum_stat", ["sum_sqrt", "mean", "max"])
def test_windows_are_those_of_the_plain_twin_with_artefacts_and_unmappable_bins(folder, signal, sum_stat):
    track = BinnedTrack("one", "a.bw", sum_stat=sum_stat, clip=6.0, clip_soft=4.0)
    black = interval_table(["I", "I", "II"], [100, 250, 60], [131, 259, 90])
    unmappable = interval_table(["I", "I", "II"], [200, 340, 0], [233, 341, 40])
    config = {"unmappable_quantile": 0.3}
    made = maker(folder, track, blacklist=Regions(black), unmappable=Regions(unmappable), config=config)
    table = windows()
    found = list(made.examples(table))
    for row, one in zip(table.itertuples(), found, strict=True):
        at = np.arange(row.start + CROP, row.end - CROP)
        inside = {
            name: np.logical_or.reduce(
                [(at >= r.start) & (at < r.end) & (r.chrom == row.chrom) for r in regions.itertuples()]
            )
            for name, regions in (("blacklisted", black), ("unmappable", unmappable))
        }
        expected = plain_window(signal[row.chrom][at], track, **inside, config=made.config)
        np.testing.assert_allclose(one.targets[0], expected, rtol=1e-5, atol=1e-6)
    share = dict(zip(table["start"], made.unmappable_shares(table), strict=True))
    assert share[144] == 3 / 6
    assert share[288] == 0, "1 base of a bin is too little"


@pytest.mark.filterwarnings("ignore:.*matched under different names")
def test_stretches_that_are_read_one_by_one_give_the_same(folder, monkeypatch):
    track = BinnedTrack("one", "a.bw", replicates=("a.bw", "b.bw"))
    whole = list(maker(folder, track).examples(windows()))
    monkeypatch.setattr("cisgram.data.binned_build._BYTES_AT_ONCE", 12 * 14)
    monkeypatch.setattr("cisgram.data.binned_signals._STRETCH_BP", 3 * WIDTH)
    parts = list(maker(folder, track).examples(windows()))
    for one, other in zip(whole, parts, strict=True):
        np.testing.assert_array_equal(one.targets, other.targets)
        assert (one.replicates is None) == (other.replicates is None)
        if one.replicates is not None:
            np.testing.assert_array_equal(one.replicates, other.replicates)


def test_files_of_a_track_are_added_up_and_replicates_stay_apart(folder, signal):
    with pytest.warns(UserWarning, match="matched under different names"):
        made = maker(folder, BinnedTrack("one", replicates=("a.bw", "b.bw"), sum_stat="sum"))
    last = list(made.examples(windows()))[-1]
    at = slice(480 - 32 + CROP, 480 - 32 + CROP + 96)
    first = signal["II"][at].reshape(-1, WIDTH).sum(1)
    second = 2 * signal["II"][::-1][at].reshape(-1, WIDTH).sum(1)
    np.testing.assert_allclose(last.replicates[:, 0], [first, second])
    np.testing.assert_allclose(last.targets[0], first + second)


def test_an_odd_replicate_is_left_out_of_the_halves():
    track = BinnedTrack("one", replicates=("1.bw", "2.bw", "3.bw", "4.bw", "5.bw"))
    assert track.files == track.replicates
    assert track.halves == (("1.bw", "3.bw"), ("2.bw", "4.bw"))


def test_reads_count_by_their_cut_sites_and_are_dealt_into_halves(tmp_path):
    rng = np.random.default_rng(2)
    start = np.sort(rng.integers(0, 800, 400))
    rows = [f"chrI\t{at}\t{at + 50}\n" for at in start.tolist()]
    (tmp_path / "fragments.bed").write_text("".join(rows))
    track = BinnedTrack("atac", "fragments.bed", sum_stat="sum")
    with pytest.warns(UserWarning, match=r"different names|nothing on"):
        made = maker(tmp_path, track)
    assert made.signals[0].ceiling == "pseudo-replicates"
    table = windows()[lambda rows: rows["chrom"].eq("I")].assign(split="test")
    counts = np.zeros(900)
    np.add.at(counts, start, 1)
    np.add.at(counts, start + 49, 1)
    for row, one in zip(table.itertuples(), made.examples(table), strict=True):
        expected = counts[row.start + CROP : row.end - CROP].reshape(-1, WIDTH).sum(1)
        np.testing.assert_array_equal(one.targets[0], expected)
        np.testing.assert_array_equal(one.replicates[:, 0].sum(0), expected)
        assert 0.2 < one.replicates[0, 0].sum() / expected.sum() < 0.8


@pytest.mark.filterwarnings("ignore:.*lacks 1 contigs")
def test_what_was_not_measured_stays_unknown_where_files_write_their_zeros(tmp_path):
    import pybigtools

    writer = pybigtools.open(str(tmp_path / "part.bw"), "w")
    writer.write(SIZES, iter([("I", 100, 400, 0.0), ("I", 400, 500, 2.0)]))
    track = BinnedTrack("one", "part.bw")
    table = windows()
    table = table[table["chrom"].eq("I")]
    zero = np.stack([one.targets[0] for one in maker(tmp_path, track).examples(table)])
    made = maker(tmp_path, track, config={"uncovered": "unknown", "processed": True})
    unknown = np.stack([one.targets[0] for one in made.examples(table)])
    at = table["start"].to_numpy()[:, None] + CROP + WIDTH * np.arange(6)
    np.testing.assert_array_equal(np.isnan(unknown), (at < 100) | (at + WIDTH > 500))
    np.testing.assert_array_equal(np.nan_to_num(unknown[(at >= 100) & (at < 480)]), zero[(at >= 100) & (at < 480)])
    np.testing.assert_allclose(made.unknown_shares(table), np.isnan(unknown).mean(axis=1))


def test_only_bad_bases_and_bins_are_brought_down():
    bases = np.array([1, 5, -9, 2, 3], np.float32)
    found = below_baseline(bases, np.array([0, 1, 1, 0, 0], bool))
    assert found.tolist() == [1, 2, -2, 2, 3]
    targets = np.array([1.0, 8.0, np.nan, 4.0])
    assert below_quantile(targets, np.ones(4, bool), 1.0) is targets
    np.testing.assert_array_equal(below_quantile(targets, np.array([0, 1, 1, 0], bool), 0.0), [1, 1, np.nan, 4])


def test_bad_tracks_are_told(folder, tmp_path):
    negative = BinnedTrack("minus", "a.bw", scale=-1.0, sum_stat="sum_sqrt")
    with pytest.raises(InputError, match="needs values of 0 or more"):
        list(maker(folder, negative).examples(windows()))
    with pytest.raises(InputError, match="at most 65,504 can be stored"):
        list(maker(folder, BinnedTrack("high", "a.bw", scale=1e5, sum_stat="sum")).examples(windows()))
    with pytest.raises(InputError, match=r"there is no such file|does not exist|no file"):
        maker(folder, BinnedTrack("lost", "lost.bw"))
    (tmp_path / "reads.bed").write_text("I\t5\t20\n")
    (tmp_path / "a.bw").write_bytes((folder / "a.bw").read_bytes())
    with pytest.raises(InputError, match="cannot be mixed"):
        maker(tmp_path, BinnedTrack("both", ("a.bw", "reads.bed")))
    with pytest.raises(InputError, match="these are reads"):
        maker(tmp_path, BinnedTrack("reads", "reads.bed"), config={"processed": True})
    write_bigwig(tmp_path / "other.bw", {"I": 77}, [("I", np.ones(77))])
    with pytest.raises(ContigError, match="another assembly"):
        maker(tmp_path, BinnedTrack("one", "other.bw"))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "needs a file"),
        ({"file": "a.bw", "replicates": ("b.bw",)}, "two files or more"),
        ({"file": "a.bw", "scale": 0.0}, "other than 0"),
        ({"file": "a.bw", "clip": 3.0, "clip_soft": 5.0}, "clip_soft not above"),
        ({"file": "a.bw", "extend_bp": -1}, "must not be negative"),
    ],
)
def test_a_track_that_cannot_be_meant_is_refused(given, message):
    with pytest.raises(ConfigError, match=message):
        BinnedTrack("one", **given)


def test_settings_outside_their_range_are_refused():
    with pytest.raises(ConfigError, match="max_unmappable must lie"):
        BinnedTargetConfig(max_unmappable=1.5)
    with pytest.raises(ConfigError, match="blacklist_extend_bp"):
        BinnedTargetConfig(blacklist_extend_bp=-1)
