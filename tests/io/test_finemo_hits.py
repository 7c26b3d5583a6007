"""Hit tables in finemo's layout, and as BED."""

import numpy as np
import pandas as pd
import pytest

from cisgram.errors import FormatError, InputError
from cisgram.genomics.pattern import Pattern, seqlet_table
from cisgram.io.finemo_hits import (
    FINEMO_COLUMNS,
    READ_COLUMNS,
    read_finemo_hits,
    write_finemo_hits,
    write_hits_bed,
)
from cisgram.io.tables import read_intervals


@pytest.fixture
def hits():
    return pd.DataFrame(
        {
            "chrom": ["1", "chr2"],
            "start": [100, 7],
            "end": [103, 10],
            "strand": ["+", "-"],
            "pattern": ["pos_pattern_0", "pos_pattern_0"],
            "window": [0, 4],
            "match": [0.5, 0.75],
            "contribution": [2.0, 4.0],
        }
    )


@pytest.fixture
def pattern():
    cwm = np.zeros((4, 10))
    cwm[0, 2:5] = 1.0
    return Pattern("pos_pattern_0", np.full((4, 10), 0.25), cwm, cwm, seqlets=seqlet_table([], [], [], []))


def test_hits_come_back_and_the_columns_stand_in_the_order_that_finemo_reads(tmp_path, hits, pattern):
    path = tmp_path / "hits.tsv"
    write_finemo_hits(path, hits, patterns=[pattern], window_names=list("abcde"))
    lines = [line.split("\t") for line in path.read_text().splitlines()]
    assert tuple(lines[0]) == FINEMO_COLUMNS
    assert lines[1][:6] == ["1", "100", "103", "98", "108", "pos_patterns.pattern_0"]
    assert lines[2][:6] == ["chr2", "7", "10", "2", "12", "pos_patterns.pattern_0"]
    assert [line[-3:] for line in lines[1:]] == [["+", "a", "0"], ["-", "e", "4"]]
    table = read_finemo_hits(path)
    assert tuple(table.columns) == READ_COLUMNS
    pd.testing.assert_frame_equal(table.drop(columns="coefficient"), hits, check_dtype=False)
    assert table["coefficient"].tolist() == [1.0, 3.0]


def test_a_file_of_an_older_finemo_is_read_and_an_incomplete_one_refused(tmp_path):
    path = tmp_path / "hits.tsv"
    names = "chr start end start_untrimmed end_untrimmed motif_name hit_coefficient hit_correlation hit_importance"
    names = [*names.split(), "strand", "peak_name", "peak_id"]
    row = ["chr1", "5", "9", "1", "20", "neg_patterns.pattern_3", "1.5", "0.9", "0.25", "-", "NA", "12"]
    path.write_text("\t".join(names) + "\n" + "\t".join(row) + "\n")
    assert read_finemo_hits(path).iloc[0].tolist() == ["chr1", 5, 9, "-", "neg_pattern_3", 12, 0.9, 0.25, 1.5]
    path.write_text("chr\tstart\nchr1\t5\n")
    with pytest.raises(FormatError, match="has the column end"):
        read_finemo_hits(path)


def test_patterns_that_do_not_belong_to_the_hits_are_refused(tmp_path, hits, pattern):
    with pytest.raises(InputError, match="not as wide"):
        write_finemo_hits(tmp_path / "a.tsv", hits.assign(end=hits["end"] + 1), patterns=[pattern])
    with pytest.raises(InputError, match="hits of other"):
        write_finemo_hits(tmp_path / "a.tsv", hits.assign(pattern="other"), patterns=[pattern])


def test_bed_has_a_thousand_times_the_match(tmp_path, hits):
    write_hits_bed(tmp_path / "hits.bed", hits.assign(match=[0.5, np.nan]))
    table = read_intervals(tmp_path / "hits.bed")
    assert table["score"].tolist() == [500, 0]
    assert table["name"].tolist() == ["pos_pattern_0"] * 2
    assert table["strand"].tolist() == ["+", "-"]
