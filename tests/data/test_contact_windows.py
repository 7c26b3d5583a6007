"""Windows along contigs: where they lie, what they avoid, and that nothing is lost without a reason."""

import numpy as np
import pandas as pd
import pytest

from cisgram.data.contact_windows import CONTACT_WINDOW_COLUMNS, ContactWindowConfig, contact_windows, drop_by_reasons
from cisgram.errors import ConfigError, EmptySetError
from cisgram.genomics.interval import interval_table

SIZES = {"I": 1000, "II": 450, "III": 400, "IV": 120}


def windows(**changes):
    options = {"length_bp": 200, "snap_bp": 50, "strides_bp": (50, 200), "valid": ["II"], "test": ["III"], **changes}
    return contact_windows(SIZES, **options)


def test_windows_tile_their_contigs_at_the_strides_of_their_parts():
    table = windows()
    assert tuple(table.columns) == CONTACT_WINDOW_COLUMNS
    kept = table[table["dropped"].eq("")]
    starts = kept.groupby("chrom", sort=False)["start"].apply(list).to_dict()
    assert starts == {"I": list(range(0, 801, 50)), "II": [0, 200], "III": [0, 200]}
    assert (kept["end"] - kept["start"] == 200).all()
    assert table.loc[table["chrom"] == "IV", "dropped"].tolist() == ["shorter than a window"]


def test_windows_are_laid_around_excluded_regions_at_multiples_of_a_bin():
    excluded = interval_table(["I", "I"], [310, 600], [420, 610])
    kept = windows(excluded=excluded).query("chrom == 'I' and dropped == ''")
    assert kept["start"].tolist() == [0, 50, 100, 650, 700, 750, 800]
    gap = windows(excluded=excluded).query("chrom == 'I' and dropped != ''")
    assert gap[["start", "end", "dropped"]].to_numpy().tolist() == [[420, 600, "shorter than a window"]]


def test_contigs_left_out_keep_their_rows_with_the_reason():
    table = windows(leave_out=["IV"])
    assert table.loc[table["chrom"] == "IV", "dropped"].tolist() == ["shorter than a window"]
    table = contact_windows(
        {**SIZES, "V": 400},
        length_bp=200,
        snap_bp=50,
        strides_bp=(50, 200),
        valid=["II"],
        test=["III"],
        leave_out=["V"],
    )
    assert set(table.loc[table["chrom"] == "V", "dropped"]) == {"contig left out"}


def test_strides_are_rounded_up_to_whole_bins():
    kept = windows(strides_bp=(70, 200)).query("chrom == 'I'")
    assert np.diff(kept["start"].to_numpy()).tolist() == [100] * (len(kept) - 1)


def test_each_row_gets_the_reason_of_its_own():
    table = pd.DataFrame({"dropped": ["", "before", "", ""]})
    found = drop_by_reasons(table, np.array([0, 2, 3]), ["too few", "", "masked"])
    assert found["dropped"].tolist() == ["too few", "before", "", "masked"]


def test_a_part_without_windows_and_wrong_lengths_are_refused():
    with pytest.raises(EmptySetError, match="test windows"):
        windows(length_bp=450)
    with pytest.raises(ConfigError, match="multiple of the bins"):
        windows(length_bp=220)
    with pytest.raises(ConfigError, match="strides must not be negative"):
        ContactWindowConfig(stride_train_bp=-1)
