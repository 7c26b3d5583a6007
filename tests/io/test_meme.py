"""MEME files: real databases against another reader, exact round trips, and one clear error per defect."""

import gzip
import tempfile
from pathlib import Path

import memelite.io
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cisgram.errors import FormatError, InputError
from cisgram.genomics.motif import Motif
from cisgram.io.meme import read_meme, write_meme

HEADER = "MEME version 4\n\nALPHABET= ACGT\n\nstrands: + -\n\n"
ROWS = "0.1 0.2 0.3 0.4\n1 0 0 0\n"
GOOD = HEADER + "MOTIF one first\nletter-probability matrix: alength= 4 w= 2 nsites= 9 E= 0\n" + ROWS


def read_text(folder, text):
    path = folder / "a.meme"
    path.write_text(text)
    return read_meme(path)


@pytest.mark.parametrize(
    ("name", "n_motifs"),
    [
        ("JASPAR2024_CORE_fungi_nr.meme", 178),
        ("JASPAR2024_CORE_vertebrates_nr.meme", 879),
        ("H13CORE.meme", 1611),
        ("SwissRegulon_s_cer.meme", 158),
    ],
)
def test_databases_read_as_memelite_reads_them(data_folder, name, n_motifs):
    path = data_folder / "motifs" / name
    motifs, reference = read_meme(path), memelite.io.read_meme(str(path))
    assert len(motifs) == len(reference) == n_motifs
    for motif, (title, ppm) in zip(motifs, reference.items(), strict=True):
        assert f"{motif.name} {motif.alternate_name}".strip() == title
        np.testing.assert_allclose(motif.ppm, ppm, atol=3e-6)


def test_names_and_sites_of_jaspar(data_folder):
    motifs = {motif.alternate_name: motif for motif in read_meme(data_folder / "motifs/JASPAR2024_CORE_fungi_nr.meme")}
    assert motifs["ARG80"].name == "MA0271.1"
    assert motifs["ARG80"].n_sites == 158
    assert "TTACCCG" in motifs["REB1"].consensus() + motifs["REB1"].reverse_complement().consensus()


columns = st.lists(st.tuples(*[st.floats(0, 1e6)] * 4).filter(lambda one: sum(one) > 1e-6), min_size=1, max_size=12)
words = st.text(st.characters(categories=["L", "N"], include_characters="._:-()+"), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(words, st.tuples(columns, words | st.just(""), st.floats(0.5, 1e5)), min_size=1, max_size=4))
def test_what_is_written_is_read_back_to_the_last_bit(described):
    motifs = []
    for name, (pfm, alternate_name, n_sites) in described.items():
        ppm = np.array(pfm).T
        motifs.append(Motif(name, ppm / ppm.sum(axis=0), n_sites=n_sites, alternate_name=alternate_name))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.meme"
        write_meme(path, motifs)
        back = read_meme(path)
    for one, other in zip(motifs, back, strict=True):
        assert (one.name, one.alternate_name, one.n_sites) == (other.name, other.alternate_name, other.n_sites)
        np.testing.assert_array_equal(one.ppm, other.ppm)


def test_other_readers_understand_what_we_write(tmp_path):
    motif = Motif.from_consensus("reb1", "TTACCCKRY")
    write_meme(tmp_path / "a.meme", [motif], background=np.array([0.31, 0.19, 0.19, 0.31]))
    assert "A 0.31 C 0.19 G 0.19 T 0.31" in (tmp_path / "a.meme").read_text()
    np.testing.assert_array_equal(memelite.io.read_meme(str(tmp_path / "a.meme"))["reb1"], motif.ppm)


def test_windows_line_ends_gzip_and_a_missing_last_line_end_are_read(tmp_path):
    (tmp_path / "crlf.meme").write_bytes(GOOD.replace("\n", "\r\n").rstrip().encode())
    (tmp_path / "a.meme.gz").write_bytes(gzip.compress(GOOD.encode()))
    for path in (tmp_path / "crlf.meme", tmp_path / "a.meme.gz"):
        (motif,) = read_meme(path)
        assert (motif.name, motif.alternate_name, motif.n_sites) == ("one", "first", 9)
        np.testing.assert_array_equal(motif.ppm.T, [[0.1, 0.2, 0.3, 0.4], [1, 0, 0, 0]])


def test_text_output_of_the_meme_program_is_read(tmp_path):
    text = """********
MEME - Motif discovery tool
********
MEME version 5.4.1 (Release date: Sat Aug 21 2021)

ALPHABET "DNA" DNA-LIKE
A "Adenine" CC0000 ~ T "Thymine" 008000
C "Cytosine" 0000CC ~ G "Guanine" FFB300
END ALPHABET

Letter frequencies in dataset:
A 0.31 C 0.19 G 0.19 T 0.31
********
MOTIF TA MEME-1\twidth =   2  sites =  17  llr = 30  E-value = 1.2e-009
********
\tMotif TA MEME-1 position-specific scoring matrix
log-odds matrix: alength= 4 w= 2 n= 100 bayes= 7
  -50  -10   3  190
  180  -10 -20   1
--------
letter-probability matrix: alength= 4 w= 2 nsites= 17 E= 1.2e-009
 0.000000  0.000000  0.000000  1.000000
 0.882353  0.117647  0.000000  0.000000
--------

Time  0.07 secs.
"""
    (motif,) = read_text(tmp_path, text)
    assert (motif.name, motif.alternate_name, motif.n_sites, motif.consensus()) == ("TA", "MEME-1", 17, "TA")


def test_what_is_not_stated_has_the_defaults_of_meme(tmp_path):
    (motif,) = read_text(tmp_path, "MEME version 4\nMOTIF one\nletter-probability matrix:\n\n" + ROWS)
    assert (motif.n_sites, motif.alternate_name, len(motif)) == (20, "", 2)
    assert read_text(tmp_path, GOOD.replace("nsites= 9", "nsites= 0"))[0].n_sites == 20


def test_rows_that_were_rounded_are_scaled_to_one(tmp_path):
    (motif,) = read_text(tmp_path, GOOD.replace("0.1 0.2 0.3 0.4", "0.33 0.33 0.32 0"))
    np.testing.assert_allclose(motif.ppm[:, 0], np.array([33, 33, 32, 0]) / 98)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", None, "empty"),
        ("\n\n", None, "no line 'MEME version 4'"),
        (">MA0001.1 Arnt\nA [1 2]\n", None, "JASPAR or FASTA format: convert it with jaspar2meme"),
        (GOOD.replace("MEME version 4", "hello"), None, "no line 'MEME version 4' before the first motif"),
        (HEADER, None, "there is no motif"),
        (GOOD.replace("ACGT", "ACGU"), 3, "the alphabet must be ACGT; got 'ALPHABET= ACGU'"),
        (GOOD.replace("ALPHABET= ACGT", 'ALPHABET "Protein" PROTEIN-LIKE'), 3, "alphabet must be ACGT"),
        (GOOD.replace("MOTIF one first", "MOTIF"), 7, "must name the motif"),
        (GOOD.split("letter")[0], 7, "motif one has no 'letter-probability matrix:'"),
        (GOOD.split("0.1")[0] + "MOTIF two\n", 9, r"motif one must have 2 rows \(w= 2\); got 0"),
        (GOOD.replace("w= 2", "w= 3"), 9, r"3 rows \(w= 3\); got 2"),
        (GOOD.replace("w= 2", "w= 1"), 9, r"1 rows \(w= 1\); got 2"),
        (GOOD.replace("w= 2", "w= 2.5"), 8, "w= must be a whole number above 0; got '2.5'"),
        (GOOD.replace("w= 2", "w= 0"), 8, "w= must be a whole number above 0; got '0'"),
        (GOOD.replace("nsites= 9", "nsites= many"), 8, "nsites= must be followed by a number"),
        (GOOD.replace("nsites= 9", "nsites= -4"), 8, "nsites= must be followed by a number of 0 or more"),
        (GOOD.replace("alength= 4", "alength= 20"), 8, "alength= 20; DNA motifs have 4"),
        (GOOD.replace("1 0 0 0", "1 0 0"), 10, r"a row has 4 numbers \(A C G T\); got 3"),
        (GOOD.replace("1 0 0 0", "0.5 0.2 0.2 0"), 10, "sum to 1; got '0.5 0.2 0.2 0'"),
        (GOOD.replace("1 0 0 0", "12 4 0 0"), 10, "look like counts: divide each row by its sum"),
        (GOOD.replace("1 0 0 0", "1.2 -0.2 0 0"), 10, "proportions that sum to 1"),
        (GOOD.replace("1 0 0 0", "nan 1 0 0"), 10, "proportions that sum to 1"),
        (GOOD + "\n" + GOOD.split("\n\n")[-1], 12, "motif one came before, on line 7; rename one"),
    ],
)
def test_a_broken_file_is_refused_with_its_line(tmp_path, text, line, message):
    with pytest.raises(FormatError, match=message) as caught:
        read_text(tmp_path, text)
    assert caught.value.line == line
    assert "a.meme" in str(caught.value)


def test_a_missing_file_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match=r"nothing\.meme"):
        read_meme(tmp_path / "nothing.meme")


def test_no_motifs_or_two_of_one_name_are_not_written(tmp_path):
    with pytest.raises(InputError, match="no motifs to write"):
        write_meme(tmp_path / "a.meme", [])
    with pytest.raises(InputError, match="2 motifs are named m"):
        write_meme(tmp_path / "a.meme", [Motif.from_consensus("m", "A"), Motif.from_consensus("m", "C")])
    assert list(tmp_path.iterdir()) == []
