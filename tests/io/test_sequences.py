"""Sequences from FASTA and from contributions: read as a plain parser reads them, with every loss counted."""

import gzip
import warnings

import numpy as np
import pysam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cisgram.errors import CisgramWarning, ConfigError, EmptySetError, FormatError
from cisgram.genomics.interval import interval_table
from cisgram.genomics.sequence import decode, encode
from cisgram.io.contributions import writing_contributions
from cisgram.io.sequences import read_sequences, read_weighted_windows

names = st.text("abcXYZ019_.|>-", min_size=1, max_size=8)
letters = st.text("ACGTNacgtnRYSWKMBDHVXryx", max_size=90)


def read(folder, content, **options):
    path = folder / "x.fa"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_sequences(path, **options)


def texts_of(sequences):
    return [decode(codes) for codes in sequences]


@st.composite
def layouts(draw):
    """A FASTA file in one of the many ways to lay it out, and what it says; names may repeat, records be empty."""
    records = draw(st.lists(st.tuples(names, letters), min_size=1, max_size=6))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    text = end * draw(st.integers(0, 2))
    for name, sequence in records:
        text += f">{name}" + draw(st.sampled_from(["", " a description > of it", "\tlength=3"])) + end
        width = draw(st.integers(1, 100))
        for start in range(0, len(sequence), width):
            text += sequence[start : start + width] + draw(st.sampled_from(["", "", " ", "\t"]))
            text += end * draw(st.sampled_from([1, 1, 1, 2]))
    if draw(st.booleans()):
        text = text.removesuffix(end)
    return text, records


@settings(max_examples=120)
@given(layouts(), st.booleans(), st.booleans())
def test_every_layout_is_read_as_it_says(tmp_path_factory, layout, is_packed, mask_lower_case):
    text, records = layout
    folder = tmp_path_factory.mktemp("fasta")
    content = gzip.compress(text.encode()) if is_packed else text.encode()
    filled = [(name, sequence) for name, sequence in records if sequence]
    if not filled:
        with pytest.raises(EmptySetError, match=f"{len(records)} without sequence"):
            read(folder, content)
        return
    found = read(folder, content, mask_lower_case=mask_lower_case)
    kept = "ACGT" if mask_lower_case else "ACGTacgt"
    assert list(found.sequences.names) == [name for name, _ in filled]
    assert texts_of(found.sequences) == [
        "".join(letter.upper() if letter in kept else "N" for letter in sequence) for _, sequence in filled
    ]
    assert (found.sequences.joined[found.sequences.starts[1:] - 1] == 4).all()
    everything = "".join(sequence for _, sequence in records)
    expected = {
        "IUPAC letters read as N": sum(letter in "RYSWKMBDHVXryx" for letter in everything),
        "lower-case letters read as N": sum(letter in "acgt" for letter in everything) * mask_lower_case,
    }
    assert found.changed == {reason: n for reason, n in expected.items() if n}
    assert found.dropped == ({"without sequence": len(records) - len(filled)} if len(filled) < len(records) else {})


def test_peaks_of_ctcf_are_read_as_samtools_reads_them_with_their_places(data_folder):
    path = data_folder / "seqlabels" / "ctcf" / "ctcf.fa.gz"
    found = read_sequences(path)
    assert len(found.sequences) == 39_184
    with pysam.FastxFile(str(path)) as reference:
        for row, record in enumerate(reference):
            if row % 100 == 0:
                assert record.name == found.sequences.names[row]
                assert record.sequence.upper() == decode(found.sequences[row])
    places = found.sequences.places
    assert places.iloc[0].tolist() == ["chr1", 17036408, 17036508, "."]
    assert ((places["end"] - places["start"]) == found.sequences.lengths).all()


def test_names_of_bedtools_and_samtools_are_places(tmp_path):
    bedtools = read(tmp_path, ">peak::chr:1:3-5(+)\nAC\n>chr2:0-3(-)\nACG\n>chrX:7-8\nA\n")
    assert bedtools.sequences.places.to_numpy().tolist() == [
        ["chr:1", 3, 5, "+"],
        ["chr2", 0, 3, "-"],
        ["chrX", 7, 8, "."],
    ]
    samtools = read(tmp_path, ">chr1:3-5\nACG\n>chr2:1-1\nA\n")
    assert samtools.sequences.places[["start", "end"]].to_numpy().tolist() == [[2, 5], [0, 1]]
    assert read(tmp_path, ">chr1:3-5\nAC\n>other\nACG\n").sequences.places is None


def test_names_that_only_look_like_places_are_said_and_left_alone(tmp_path):
    with pytest.warns(CisgramWarning, match=r"1 of 2 sequences have another length \(the first is b:3-5 with 4 bp\)"):
        found = read(tmp_path, ">a:3-5\nAC\n>b:3-5\nACGT\n")
    assert found.sequences.places is None


def test_names_may_repeat_and_places_of_dropped_records_go_with_them(tmp_path):
    found = read(tmp_path, ">I:0-2\nAC\n>I:2-2\n>I:0-2\nGT\n")
    assert found.sequences.names == ["I:0-2", "I:0-2"]
    assert found.sequences.places["start"].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("I\nACGT\n", r"line 1: FASTA begins with a header, '>name'; this begins with b'I"),
        ("\n\r\n  \nACGT\n>I\nA\n", r"line 4: FASTA begins with a header"),
        ("@read\nACGT\n+\nIIII\n", r"line 1: .*FASTQ"),
        ("\n \n", r"there is nothing but blank lines"),
        (">I\nACGT\n> II\nAC\n", r"line 3: a header must begin with '>'"),
        (">I\nACGT\n>II\nAC\nAUG\n", r"line 5: b'U' is not a base.*looks like RNA"),
        (">I\nAC>GT\n", r"line 2: '>' stands inside a line"),
        (">I\nMEKL\n", r"line 2: b'E' is not a base.*a protein"),
        (">I\rACGT\r>II\rAC\r", r"line 1: lines must end in"),
        (b">I\nAC\n>\xff\xfe\nAC\n", r"line 3: the record's name is no text"),
    ],
    ids=range(10),
)
def test_what_is_no_fasta_is_refused_with_its_line(tmp_path, content, message):
    with pytest.raises(FormatError, match=message):
        read(tmp_path, content)


@pytest.fixture
def contributions(tmp_path):
    """Three windows of 6 bp, the last of unknown bases, and their hypothetical contributions."""
    windows = interval_table(["I", "I", "II"], [10, 20, 0], [16, 26, 6], strand=["+", "-", "."])
    codes = np.array([encode("ACGTAC"), encode("NACGTT"), encode("NNNNNN")])
    values = np.random.default_rng(1).normal(size=(3, 4, 6)).astype(np.float32)
    error = np.zeros(3, dtype=np.float32)
    with writing_contributions(tmp_path / "c.h5") as writer:
        group = writer.group("Reb1", "profile", windows=windows, codes=codes, attributes={})
        group.append(values, completeness_error=error, relative_error=error)
    return tmp_path / "c.h5", values


def test_weights_are_absolute_contributions_of_the_bases_that_are_there(contributions):
    path, values = contributions
    found = read_weighted_windows(path, "Reb1", "profile")
    assert texts_of(found.sequences) == ["ACGTAC", "NACGTT"]
    assert found.dropped == {"without a known base": 1}
    weights = found.sequences.weights
    np.testing.assert_array_equal(weights[:6], np.abs(values[0, [0, 1, 2, 3, 0, 1], range(6)]))
    assert weights[6] == 0  # between the sequences
    assert weights[7] == 0  # at N
    assert (weights[8:13] > 0).all()
    assert found.sequences.names == ["I:10-16", "I:20-26"]


def test_the_middle_of_windows_is_cut_with_weights_and_places(contributions):
    path, _ = contributions
    whole, middle = read_weighted_windows(path), read_weighted_windows(path, width_bp=3)
    assert texts_of(middle.sequences) == ["CGT", "ACG"]
    np.testing.assert_array_equal(middle.sequences.weights[:3], whole.sequences.weights[1:4])
    # On the minus strand the second base of the window lies left of its right end.
    assert middle.sequences.places[["start", "end"]].to_numpy().tolist() == [[11, 14], [22, 25]]


@pytest.mark.parametrize("width_bp", [0, 7])
def test_a_width_beyond_the_windows_is_refused(contributions, width_bp):
    with pytest.raises(ConfigError, match=f"windows have 6 bp; width_bp must be 1 to 6, got {width_bp}"):
        read_weighted_windows(contributions[0], width_bp=width_bp)


def test_reading_says_nothing_where_nothing_is_odd(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read(tmp_path, ">a\nACGT\n").changed == {}
