"""Labels that cannot be learnt from are found before training, with the cell type named."""

import numpy as np
import pandas as pd
import pytest

from cisgram.data.label_checks import LABEL_COUNT_COLUMNS, check_labels
from cisgram.data.sites import PEAK_COLUMNS, SiteTable
from cisgram.data.splits import split_by_contig
from cisgram.data.windows import drop
from cisgram.errors import CisgramWarning, ConfigError, EmptySetError


@pytest.fixture
def table():
    chrom = ["I"] * 4 + ["II"] * 3 + ["III"] * 3
    sites = pd.DataFrame({"chrom": chrom, "start": np.arange(10), "end": np.arange(10) + 5, "split": "", "dropped": ""})
    labels = np.array([[1, 0], [0, 1], [1, 1], [0, 0], [1, 0], [0, 1], [1, 1], [1, 0], [0, 1], [1, 1]], dtype=np.uint8)
    sites = split_by_contig(sites, valid=["II"], test=["III"])
    return SiteTable(sites, labels, ("liver", "blood"), pd.DataFrame({name: [] for name in PEAK_COLUMNS}))


def with_labels(table, row, column, value):
    labels = table.labels.copy()
    labels[row, column] = value
    return SiteTable(table.sites, labels, table.names, table.peaks)


def test_kept_sites_are_counted_by_cell_type_and_split(table):
    counts = check_labels(table)
    assert tuple(counts.columns) == LABEL_COUNT_COLUMNS
    assert counts.to_numpy().tolist() == [
        ["liver", "train", 2, 2],
        ["liver", "valid", 2, 1],
        ["liver", "test", 2, 1],
        ["blood", "train", 2, 2],
        ["blood", "valid", 2, 1],
        ["blood", "test", 2, 1],
    ]
    dropped = drop(table.sites, np.arange(10) == 0, "too many N")
    fewer = check_labels(SiteTable(dropped, table.labels, table.names, table.peaks))
    assert fewer.iloc[0].tolist() == ["liver", "train", 1, 2]


def test_without_splits_all_sites_are_one(table):
    sites = table.sites.assign(split="")
    counts = check_labels(SiteTable(sites, table.labels, table.names, table.peaks))
    assert counts.to_numpy().tolist() == [["liver", "", 6, 4], ["blood", "", 6, 4]]


def test_a_cell_type_without_positives_or_negatives_in_a_split_is_named(table):
    no_positive = with_labels(table, [7, 9], 0, 0)
    with pytest.raises(EmptySetError, match="liver has 0 test sites with a peak; hold out other contigs"):
        check_labels(no_positive)
    no_negative = with_labels(table, 4, 1, 1)
    with pytest.raises(EmptySetError, match=r"1 cell types lack sites without a peak.*blood has 0 valid sites without"):
        check_labels(no_negative)
    with pytest.warns(CisgramWarning, match="1 of 2 cell types lack sites: liver has 0 test sites with a peak"):
        counts = check_labels(no_positive, on_lack="warn")
    assert counts.loc[2].tolist() == ["liver", "test", 0, 3]
    with pytest.raises(EmptySetError, match="at least 2 are asked for"):
        check_labels(table, min_sites=2)
    with pytest.raises(ConfigError):
        check_labels(table, min_sites=0)
