"""Hits as files."""

import gzip

import pandas as pd
import pytest

from cisgram.errors import InputError
from cisgram.io.hits import HIT_COLUMNS, check_hits_path, write_hits
from cisgram.io.tables import read_intervals, read_provenance, read_table


def table(n=3, start=0):
    rows = range(start, start + n)
    return pd.DataFrame(
        {
            "chrom": pd.Categorical(["1"] * n, categories=["1", "2"]),
            "start": rows,
            "end": [row + 8 for row in rows],
            "name": pd.Categorical(["m"] * n),
            "score": [10.5] * n,
            "strand": pd.Categorical(["-"] * n, categories=["+", "-"]),
            "p_value": [1.5e-5] * n,
            "q_value": [0.25] * n,
            "sequence": ["ACGTACGT"] * n,
        },
        columns=list(HIT_COLUMNS),
    )


@pytest.mark.parametrize("suffix", [".tsv", ".tsv.gz"])
def test_a_table_is_read_back_with_where_it_comes_from(tmp_path, suffix):
    path = tmp_path / f"hits{suffix}"
    assert write_hits(path, [table(), table(2, 3)], provenance={"genome": "g.fa"}) == 5
    read = read_table(path)
    assert tuple(read.columns) == HIT_COLUMNS
    assert read["start"].tolist() == [0, 1, 2, 3, 4]
    assert read.iloc[4].to_dict() == table(1, 4).astype(object).iloc[0].to_dict()
    assert read_provenance(path) == {"genome": "g.fa"}


def test_bed_is_read_back(tmp_path):
    write_hits(tmp_path / "hits.bed", [table()])
    read = read_intervals(tmp_path / "hits.bed")
    assert read["strand"].tolist() == ["-"] * 3
    assert read["score"].tolist() == [10.5] * 3
    assert read["column_9"].tolist() == ["ACGTACGT"] * 3


def test_narrowpeak_is_read_back(tmp_path):
    write_hits(tmp_path / "hits.narrowPeak.gz", [table()])
    read = read_intervals(tmp_path / "hits.narrowPeak.gz")
    row = read.iloc[0]
    assert (row["score"], row["signal"], row["summit"]) == (105, 10.5, 4)
    assert row["p_value"] == pytest.approx(4.8239, abs=1e-4)
    assert row["q_value"] == pytest.approx(0.60206, abs=1e-4)
    assert gzip.decompress((tmp_path / "hits.narrowPeak.gz").read_bytes()).count(b"\n") == 3


def test_no_hits_are_a_file_without_rows(tmp_path):
    for suffix, text in ((".bed", ""), (".tsv", "\t".join(HIT_COLUMNS) + "\n")):
        assert write_hits(tmp_path / f"hits{suffix}", [table(0)]) == 0
        assert (tmp_path / f"hits{suffix}").read_text() == text


def test_another_suffix_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"\.bed, \.narrowPeak or \.tsv"):
        check_hits_path("hits.csv")
    with pytest.raises(InputError, match=r"\.bed, \.narrowPeak or \.tsv"):
        write_hits(tmp_path / "hits.gz", [table()])
    assert not list(tmp_path.iterdir())


def test_a_failure_on_the_way_leaves_no_file(tmp_path):
    def tables():
        yield table()
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        write_hits(tmp_path / "hits.bed", tables())
    assert not list(tmp_path.iterdir())
