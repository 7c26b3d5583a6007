"""Sites and labels come back from disk as they were."""

import numpy as np
import pandas as pd
import pytest

from cisgram.data.site_files import SiteFiles, read_sites, write_sites
from cisgram.data.sites import PEAK_COLUMNS, merge_peaks
from cisgram.data.splits import split_by_contig
from cisgram.errors import FormatError, InputError
from cisgram.genomics.interval import interval_table

SIZES = {"1": 50_000, "2": 40_000, "3": 40_000}


@pytest.fixture
def table():
    rng = np.random.default_rng(5)
    tables = {}
    for name in ("K562", "HepG2", "7"):
        start = rng.integers(0, 39_000, 80)
        tables[name] = interval_table(rng.choice(list(SIZES), 80), start, start + 150)
    merged = merge_peaks(tables, sizes=SIZES, excluded=interval_table(["1"], [5_000], [9_000]))
    sites = split_by_contig(merged.sites, valid=["2"], test=["3"])
    return type(merged)(sites, merged.labels, merged.names, merged.peaks)


def test_a_table_comes_back_with_its_splits_reasons_and_peaks(table, tmp_path):
    files = write_sites(tmp_path / "all", table, with_peaks=True, provenance={"genome": "test"})
    assert files == SiteFiles.named(tmp_path / "all")
    back = read_sites(tmp_path / "all")
    pd.testing.assert_frame_equal(back.sites, table.sites, check_dtype=False)
    np.testing.assert_array_equal(back.labels, table.labels)
    assert back.names == table.names
    assert back.dropped_peaks == table.dropped_peaks
    assert back.n_moved_out == table.n_moved_out
    for name in PEAK_COLUMNS:
        assert back.peaks[name].tolist() == table.peaks[name].tolist()
    assert back.select(["7"]).labels.sum() == table.labels[:, 2].sum()


def test_without_the_file_of_peaks_there_are_no_rows_of_peaks(table, tmp_path):
    write_sites(tmp_path / "all", table, with_peaks=True)
    files = write_sites(tmp_path / "all", table)
    assert not files.peaks.exists()
    back = read_sites(tmp_path / "all")
    assert len(back.peaks) == 0
    assert back.dropped_peaks == {}


def test_files_that_do_not_belong_together_are_refused(table, tmp_path):
    files = write_sites(tmp_path / "all", table)
    other = merge_peaks({"a": interval_table(["1"], [500], [900])}, sizes=SIZES)
    other_files = write_sites(tmp_path / "other", other)
    other_files.labels.replace(files.labels)
    with pytest.raises(FormatError, match=r"not those of all\.sites\.tsv\.gz"):
        read_sites(tmp_path / "all")
    with pytest.raises(InputError, match="there is no file"):
        read_sites(tmp_path / "nowhere")
