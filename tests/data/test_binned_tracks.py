"""Tables of tracks as Basenji's, and which tracks are the two strands of one experiment."""

import pytest

from cisgram.data.binned_tracks import BinnedTrack, read_track_table, strand_pairs_of, track_name
from cisgram.errors import ConfigError, FormatError

HEAD = "\tidentifier\tfile\tclip\tclip_soft\tscale\tsum_stat\tstrand_pair\tdescription\n"
ROWS = [
    "0\tENC1\tdnase.bw\t32\t\t2\tmean\t0\tDNASE:liver\n",
    "1\tCN1+\tcage.plus.bw\t384\t64\t1\tsum_sqrt\t2\tCAGE:liver, adult\n",
    "2\tCN1-\tcage.minus.bw\t384\t64\t1\tsum_sqrt\t1\tCAGE:liver, adult\n",
]


def write(path, *rows, head=HEAD):
    path.write_text(head + "".join(rows))
    return path


def test_a_table_of_basenji_is_read_as_it_is_meant(tmp_path):
    tracks = read_track_table(write(tmp_path / "targets.txt", *ROWS), folder="there")
    assert [one.name for one in tracks] == ["ENC1", "CN1_plus", "CN1_minus"]
    assert tracks[0] == BinnedTrack(
        "ENC1", "there/dnase.bw", clip=32.0, scale=2.0, sum_stat="mean", description="DNASE:liver"
    )
    assert (tracks[1].clip, tracks[1].clip_soft, tracks[1].sum_stat) == (384, 64, "sum_sqrt")
    assert strand_pairs_of(tracks) == (0, 2, 1)
    assert [one.assay for one in tracks] == ["DNASE", "CAGE", "CAGE"]


def test_rows_that_were_chosen_out_of_a_larger_table_keep_their_partners(tmp_path):
    rows = [row.replace("\t2\t", "\t17\t", 1) if row.startswith("1") else row for row in ROWS[1:]]
    rows = ["4\tCN1+\ta.bw\t\t\t\tsum\t17\t\n", "17\tCN1-\tb.bw\t\t\t\tsum\t4\t\n"]
    assert strand_pairs_of(read_track_table(write(tmp_path / "t.txt", *rows))) == (1, 0)


def test_partners_may_be_named_and_columns_left_out(tmp_path):
    head = "name\tfile\tstrand_pair\treplicates\tfamily\n"
    rows = ["plus\ta.bw\tminus\ta1.bw, a2.bw\tRNA\n", "minus\tb.bw\tplus\t\tRNA\n", "007\tc.bw\t\t\t\n"]
    tracks = read_track_table(write(tmp_path / "t.tsv", *rows, head=head))
    assert strand_pairs_of(tracks) == (1, 0, 2)
    assert tracks[0].replicates == ("a1.bw", "a2.bw")
    assert tracks[2].name == "007"
    assert [one.assay for one in tracks] == ["RNA", "RNA", ""]
    assert {one.sum_stat for one in tracks} == {"sum"}


def test_the_real_table_of_human_tracks_is_read(data_folder):
    tracks = read_track_table(data_folder / "basenji_hg38" / "tracks.tsv")
    assert len(tracks) == 34
    pairs = strand_pairs_of(tracks)
    assert pairs[:4] == (1, 0, 3, 2)
    assert pairs[24:] == tuple(range(24, 34))
    assert [one.assay for one in tracks] == ["CAGE"] * 24 + ["DNASE"] * 10


@pytest.mark.parametrize(
    ("rows", "head", "message"),
    [
        (["1\ta.bw\n"], "name\tpath\n", "has no column file"),
        (["a\ta.bw\thg38\n", "b\tb.bw\tmm10\n"], "name\tfile\tgenome\n", r"several genomes \(hg38, mm10\)"),
        (["a\ta.bw\tmode\n"], "name\tfile\tsum_stat\n", r"line 2.*sum_stat must be one of"),
        (["a\ta.bw\tfoo\n"], "name\tfile\tstrand_pair\n", r"line 2.*neither an index nor a name"),
        (["a\ta.bw\tx\n"], "name\tfile\tclip\n", "line 2"),
    ],
)
def test_a_damaged_table_is_told_with_its_line(tmp_path, rows, head, message):
    with pytest.raises(FormatError, match=message):
        read_track_table(write(tmp_path / "t.txt", *rows, head=head))


def test_strands_that_do_not_name_each_other_are_refused():
    plus, minus = BinnedTrack("plus", "a.bw", strand_pair="minus"), BinnedTrack("minus", "b.bw")
    with pytest.raises(ConfigError, match="must name each other"):
        strand_pairs_of([plus, minus])
    with pytest.raises(ConfigError, match="no track 'minus'"):
        strand_pairs_of([plus])
    with pytest.raises(ConfigError, match="minus comes more than once"):
        strand_pairs_of([minus, minus])


def test_names_become_such_as_files_can_have():
    assert [track_name(one) for one in ("A+", "A-", "a b/c", "H3K27ac", "++")] == [
        "A_plus",
        "A_minus",
        "a_b_c",
        "H3K27ac",
        "plus",
    ]
