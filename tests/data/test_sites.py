"""Peaks of many cell types become sites: as slow, plain merging does it, whatever the order of files and rows."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgram.data.site_merging import merge_windows
from cisgram.data.sites import PEAK_COLUMNS, SiteConfig, SiteTable, merge_peaks, peaks_by_name
from cisgram.data.windows import COLUMNS, drop_summary
from cisgram.errors import CisgramWarning, ConfigError, ContigError, EmptySetError, InputError
from cisgram.genomics.interval import interval_table
from cisgram.io.tables import read_chrom_sizes, read_intervals

SIZES = {"II": 20_000, "I": 30_000, "X": 9_000}


def plain_merge(center, cell_type, farthest):
    """Merge one list of windows step by step: look at all neighbours, take the closest and leftmost."""
    windows = [[at, {cell}, [row]] for row, (at, cell) in enumerate(zip(center, cell_type, strict=True))]
    while len(windows) > 1:
        gaps = [right[0] - left[0] for left, right in pairwise(windows)]
        if min(gaps) > farthest:
            break
        at = gaps.index(min(gaps))
        (a, cells_a, rows_a), (b, cells_b, rows_b) = windows[at : at + 2]
        wa, wb = 1 + len(cells_a), 1 + len(cells_b)
        middle = int(np.floor((wa * a + wb * b) / (wa + wb) + 0.5))
        windows[at : at + 2] = [[middle, cells_a | cells_b, rows_a + rows_b]]
    return [window[0] for window in windows], {row: n for n, window in enumerate(windows) for row in window[2]}


def random_tables(seed, *, n_tables=5, n_peaks=60):
    rng = np.random.default_rng(seed)
    tables = {}
    for number in range(n_tables):
        chrom = rng.choice(["I", "II", "X"], n_peaks, p=[0.6, 0.3, 0.1])
        start = rng.integers(0, [SIZES[one] - 250 for one in chrom])
        length = rng.integers(1, 250, n_peaks)
        summit = start + rng.integers(0, length)
        tables[f"cell {number}"] = interval_table(chrom, start, start + length, summit=summit)
    return tables


@given(
    peaks=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 69)), min_size=1, max_size=40),
    farthest=st.integers(0, 60),
)
def test_merging_is_that_of_the_plain_loop(peaks, farthest):
    center, cell_type = np.array(sorted(peaks), dtype=np.int64).T
    centers, site_of = plain_merge(center.tolist(), cell_type.tolist(), farthest)
    merged = merge_windows(center, cell_type, n_cell_types=70, farthest_bp=farthest)
    assert merged.center.tolist() == centers
    assert merged.site.tolist() == [site_of[row] for row in range(center.size)]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("config", [SiteConfig(), SiteConfig(601, 50), SiteConfig(200, 200, "summit")], ids=str)
def test_sites_labels_and_provenance_are_those_of_plain_merging(seed, config):
    tables = random_tables(seed)
    table = merge_peaks(tables, sizes=SIZES, config=config)
    expected = []
    for contig in sorted(SIZES):
        peaks = []
        for number, peak in enumerate(tables.values()):
            at = peak["summit"] if config.center == "summit" else (peak["start"] + peak["end"]) // 2
            low = at - config.width_bp // 2
            inside = (peak["chrom"] == contig) & (low >= 0) & (low + config.width_bp <= SIZES[contig])
            peaks += [(int(one), number) for one in at[inside]]
        peaks.sort()
        centers, site_of = plain_merge(*zip(*peaks, strict=True), config.width_bp - config.min_overlap_bp)
        for n, center in enumerate(centers):
            cells = {peaks[row][1] for row, site in site_of.items() if site == n}
            expected.append((contig, center - config.width_bp // 2, [int(number in cells) for number in range(5)]))
    rows = zip(table.sites["chrom"], table.sites["start"], table.labels.tolist(), strict=True)
    assert list(rows) == expected
    assert (table.sites["end"] - table.sites["start"] == config.width_bp).all()


def test_every_peak_is_in_one_site_or_dropped_for_one_reason():
    tables = random_tables(9)
    tables["cell 2"].loc[3, ["chrom", "start", "end"]] = ["Unknown", 5_000, 5_100]
    with pytest.warns(CisgramWarning, match="the genome lacks 1"):
        table = merge_peaks(tables, sizes=SIZES, leave_out=["X"])
    peaks = table.peaks
    assert tuple(peaks.columns) == PEAK_COLUMNS
    assert len(peaks) == sum(map(len, tables.values()))
    assert ((peaks["site"] >= 0) == (peaks["dropped"] == "")).all()
    assert table.dropped_peaks["contig not in the genome"] == 1
    assert table.dropped_peaks["contig left out"] == sum((one["chrom"] == "X").sum() for one in tables.values())
    assert set(table.sites["chrom"]) == {"I", "II"}
    kept = peaks[peaks["site"] >= 0]
    for peak in kept.sample(40, random_state=1).itertuples():
        source, site = tables[peak.cell_type].iloc[peak.row], table.sites.iloc[peak.site]
        middle = (source["start"] + source["end"]) // 2
        assert source["chrom"] == site["chrom"]
        assert middle - (site["start"] + 300) == peak.offset_bp
        assert table.labels[peak.site, table.names.index(peak.cell_type)] == 1
    together = set(zip(kept["site"], kept["cell_type"], strict=True))
    assert len(together) == table.labels.sum()
    outside = ~kept["offset_bp"].between(-300, 299)
    assert table.n_moved_out == outside.sum()


def test_order_of_tables_permutes_columns_and_order_of_rows_changes_nothing():
    tables = random_tables(3)
    first = merge_peaks(tables, sizes=SIZES)
    names = list(tables)[::-1]
    shuffled = {name: tables[name].sample(frac=1, random_state=2) for name in names}
    other = merge_peaks(shuffled, sizes=dict(reversed(SIZES.items())))
    pd.testing.assert_frame_equal(first.sites, other.sites)
    np.testing.assert_array_equal(first.labels, other.select(first.names).labels)
    assert first.sites["chrom"].is_monotonic_increasing


def test_merging_the_sites_again_changes_nothing():
    first = merge_peaks(random_tables(4), sizes=SIZES)
    again = {name: first.sites[first.labels[:, column] == 1] for column, name in enumerate(first.names)}
    second = merge_peaks(again, sizes=SIZES)
    pd.testing.assert_frame_equal(first.sites, second.sites)
    np.testing.assert_array_equal(first.labels, second.labels)
    assert second.n_moved_out == 0
    assert (second.peaks["offset_bp"] == 0).all()


def test_no_two_sites_overlap_by_as_much_as_is_merged():
    table = merge_peaks(random_tables(5, n_peaks=300), sizes=SIZES)
    same = table.sites["chrom"].eq(table.sites["chrom"].shift())
    overlap = table.sites["end"].shift() - table.sites["start"]
    assert overlap[same].max() < 200


def test_a_chain_of_merges_can_leave_a_peak_outside_and_says_so():
    many = {f"cell {n}": interval_table(["I"], [5_380], [5_382]) for n in range(40)}
    table = merge_peaks({"far": interval_table(["I"], [5_000], [5_002]), **many}, sizes=SIZES)
    assert len(table) == 1
    assert table.n_moved_out == 1
    assert table.sites["start"].tolist() == [round((2 * 5_001 + 41 * 5_381) / 43) - 300]


def test_windows_at_the_ends_fit_by_a_base_or_are_dropped():
    tables = {"a": interval_table(["X"] * 4, [299, 300, 8_700, 8_701], [300, 301, 8_701, 8_702])}
    table = merge_peaks(tables, sizes=SIZES, config=SiteConfig(min_overlap_bp=600))
    assert table.sites[["start", "end"]].to_numpy().tolist() == [[0, 600], [8_400, 9_000]]
    assert table.dropped_peaks == {"beyond the end of the contig": 2}


def test_sites_in_excluded_regions_are_dropped_with_their_reason():
    tables = random_tables(6)
    region = interval_table(["I"], [0], [9_000])
    table = merge_peaks(tables, sizes=SIZES, excluded=region)
    touching = table.sites["chrom"].eq("I") & (table.sites["start"] < 9_000)
    assert drop_summary(table.sites) == {"in an excluded region": touching.sum()}
    assert table.n_sites_open.tolist() == table.labels[~touching].sum(axis=0).tolist()
    assert tuple(table.sites.columns) == COLUMNS


def test_names_of_contigs_may_differ_in_form():
    tables = {"a": interval_table(["chrI"], [5_000], [5_100])}
    with pytest.warns(CisgramWarning, match="different names"):
        table = merge_peaks(tables, sizes=SIZES)
    assert table.sites["chrom"].tolist() == ["I"]


def test_bad_input_is_refused_with_the_cell_type_or_contig_named():
    tables = random_tables(1)
    with pytest.raises(ContigError, match="leave_out names chrY"):
        merge_peaks(tables, sizes=SIZES, leave_out=["chrY"])
    with pytest.raises(ConfigError, match="list of contigs"):
        merge_peaks(tables, sizes=SIZES, leave_out="X")
    with pytest.raises(EmptySetError, match="without any row"):
        merge_peaks({"a": tables["cell 0"].iloc[:0]}, sizes=SIZES)
    with pytest.raises(EmptySetError, match="1 beyond the end"):
        merge_peaks({"a": interval_table(["I"], [5], [9])}, sizes=SIZES)
    with pytest.raises(InputError, match="60 of 60 peaks of liver have no summit"):
        merge_peaks({"liver": tables["cell 0"].drop(columns="summit")}, sizes=SIZES, config=SiteConfig(center="summit"))
    outside = tables["cell 0"].assign(summit=29_999)
    with pytest.raises(InputError, match="summits of liver lie outside"):
        merge_peaks({"liver": outside}, sizes=SIZES, config=SiteConfig(center="summit"))
    for wrong in ({"min_overlap_bp": 0}, {"min_overlap_bp": 601}):
        with pytest.raises(ConfigError):
            SiteConfig(**wrong)


def test_unknown_cell_types_are_refused_with_similar_names():
    table = merge_peaks(random_tables(1), sizes=SIZES)
    with pytest.raises(InputError, match=r"no cell type 'Cell3' among 5; similar are cell 3"):
        table.select(["Cell3"])
    with pytest.raises(InputError, match="single word"):
        table.select("cell 3")
    chosen = table.select(["cell 3", "cell 0"])
    np.testing.assert_array_equal(chosen.labels, table.labels[:, [3, 0]])
    assert set(chosen.peaks["cell_type"]) == {"cell 3", "cell 0"}


def test_a_table_of_sites_checks_itself():
    table = merge_peaks(random_tables(1), sizes=SIZES)
    for labels, names in (
        (table.labels[1:], table.names),
        (table.labels, (*table.names[:4], "cell 0")),
        (table.labels + 1, table.names),
    ):
        with pytest.raises(InputError):
            SiteTable(table.sites, labels, names, table.peaks)


def test_names_with_few_peaks_are_left_out_of_a_table_of_many():
    table = pd.DataFrame({"chrom": "I", "start": [1, 2, 3], "end": [5, 6, 7], "name": ["b", "a", "b"]})
    assert {name: rows.index.tolist() for name, rows in peaks_by_name(table).items()} == {"a": [1], "b": [0, 2]}
    with pytest.raises(EmptySetError, match="2 with fewer than 3 peaks"):
        peaks_by_name(table, min_peaks=3)
    with pytest.raises(InputError, match="no column 'factor'"):
        peaks_by_name(table, column="factor")


def test_subunits_of_one_complex_share_sites_in_yeast(data_folder):
    summits = read_intervals(data_folder / "yeast/chipexo/rossi2021_summits.bed.gz")
    sizes = read_chrom_sizes(data_folder / "yeast/R64-1-1.chrom.sizes")
    table = merge_peaks(peaks_by_name(summits, min_peaks=200), sizes=sizes)
    assert (len(table.names), len(table)) == (189, 8_860)
    assert table.dropped_peaks == {}

    def jaccard(first, second):
        a, b = (table.labels[:, table.names.index(name)] == 1 for name in (first, second))
        return (a & b).sum() / (a | b).sum()

    assert jaccard("Tfc1", "Tfc3") > 0.7  # TFIIIC
    assert jaccard("Ssl1", "Tfb2") > 0.7  # TFIIH
    assert jaccard("Tfc1", "Ssl1") < 0.2
