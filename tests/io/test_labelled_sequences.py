"""Tables of sequences with labels: measured benchmarks, every form of header, and one clear error per defect."""

import csv
import gzip

import pytest

from cisgram.errors import FormatError
from cisgram.genomics.sequence import decode
from cisgram.io.labelled_sequences import read_labelled_sequences


def read(folder, text):
    path = folder / "x.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_labelled_sequences(path)


@pytest.mark.parametrize("name", ["tf_0.dev", "mouse_0.test"])
def test_measured_benchmarks_are_read_whole(data_folder, name):
    path = data_folder / "seqlabels" / "gue" / f"{name}.csv.gz"
    found = read_labelled_sequences(path)
    with gzip.open(path, "rt") as file:
        rows = list(csv.DictReader(file))
    for label, sequences in (("1", found.bound), ("0", found.unbound)):
        expected = [row["sequence"].upper() for row in rows if row["label"] == label]
        assert [decode(codes) for codes in sequences] == expected


@pytest.mark.parametrize(
    "text",
    [
        "sequence,label\nTTACCC,1\nACG,0\n",
        "TTACCC,1\nACG,0\n",
        "sequence\tlabel\r\nTTACCC\t1\r\n\r\nACG\t0\r\n",
        '"Label","Sequence"\n"1","ttaccc"\n"0"," ACG "\n',
        "\ufeffseq,y,fold\nTTACCC,1,a\nACG,0,b\n",
    ],
    ids=["csv", "no header", "tsv", "quoted, other order", "byte order mark, more columns"],
)
def test_every_layout_says_the_same(tmp_path, text):
    found = read(tmp_path, text)
    assert [decode(codes) for codes in found.bound] == ["TTACCC"]
    assert [decode(codes) for codes in found.unbound] == ["ACG"]
    assert (found.bound.names, found.unbound.names) == (["row_1"], ["row_2"])


def test_names_are_kept_and_losses_counted(tmp_path):
    found = read(tmp_path, "id,label,sequence\na,1,ACRYT\nb,0,\nb,0,AC\n")
    assert (found.bound.names, found.unbound.names) == (["a"], ["b"])
    assert (found.dropped, found.changed) == ({"without sequence": 1}, {"IUPAC letters read as N": 2})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sequence,label\nACG,1\nACG,2\n", "line 3: a label must be 1 or 0; got '2'"),
        ("sequence,label\nACG,1.0\n", "line 2: a label must be 1 or 0; got '1.0'"),
        ("sequence,label\nACG,1\nAJG,0\n", "line 3: 'J' is not a base"),
        ("sequence,label\nACG,1\nAC\u00e9G,0\n", "line 3: '\u00e9' is not a base"),
        ("sequence,label\nACG,1\nACG\n", "line 3: 1 cells, but the first row has 2"),
        ("sequence,label\nACG,1\n", "no sequence has the label 0"),
        ("sequence,label\n", "no sequence has the label 1"),
        ("sequence,value\nACG,1\n", "line 1: one column must be called label; the header is 'sequence, value'"),
        ("sequence,seq,label\nA,A,1\n", "line 1: one column must be called sequence"),
        (">a\nACG\n", "line 1: one column must be called sequence"),
        ('sequence,label\n"ACG,1\n', "this is no table of cells"),
        ("\n\n", "there is no row in this file"),
        (b"sequence,label\n\xff\xfe,1\n", "must be text in UTF-8"),
    ],
    ids=range(13),
)
def test_a_broken_table_is_refused(tmp_path, text, message):
    with pytest.raises(FormatError, match=message):
        read(tmp_path, text)
