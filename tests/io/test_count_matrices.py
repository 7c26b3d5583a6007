"""Text matrices of motifs: every layout says the same, real motifs survive a round trip, one clear error per defect."""

import gzip

import numpy as np
import pytest

from cisgram.errors import FormatError
from cisgram.genomics.motif import Motif
from cisgram.io.count_matrices import read_count_matrices
from cisgram.io.meme import read_meme

PFM = np.array([[0, 3, 9, 1, 0], [4, 0, 0, 1, 0], [5, 6, 0, 1, 9], [0, 0, 0, 6, 0]])
ROWS = [" ".join(map(str, row)) for row in PFM]
COLUMNS = [" ".join(map(str, column)) for column in PFM.T]

LAYOUTS = {
    "JASPAR": ">MA1.1 Abc\n" + "\n".join(f"{base} [ {row} ]" for base, row in zip("ACGT", ROWS, strict=True)),
    "JASPAR in another order": ">MA1.1\tAbc\n"
    + "\n".join(f"{base}  [{row} ]" for base, row in zip("TGCA", ROWS[::-1], strict=True)),
    "PFM below a header": ">MA1.1 Abc\n" + "\n".join(ROWS),
    "positions below a header": ">MA1.1 Abc\n" + "\n".join(COLUMNS),
    "letters and colons": ">MA1.1 Abc\n" + "\n".join(f"{base}: {row}" for base, row in zip("ACGT", ROWS, strict=True)),
    "letters and bars": ">MA1.1 Abc\n" + "\n".join(f"{base} | {row}" for base, row in zip("ACGT", ROWS, strict=True)),
    "TRANSFAC": "VV  x\nXX\n//\nAC MA1.1\nXX\nID MA1.1\nNA  Abc\nXX\nP0      A      C      G      T\n"
    + "\n".join(f"{n:02d}  {column}  N" for n, column in enumerate(COLUMNS, 1))
    + "\nXX\n//\n",
    "TRANSFAC without an end": "AC\tMA1.1\nNA\tAbc\nPO\tA\tC\tG\tT\n"
    + "\n".join(f"{n}\t" + column.replace(" ", "\t") for n, column in enumerate(COLUMNS, 1)),
}


def read(folder, text, name="x.jaspar"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_count_matrices(path)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["unix", "windows"])
def test_every_layout_is_the_same_motif(tmp_path, layout, ending):
    (motif,) = read(tmp_path, LAYOUTS[layout].replace("\n", ending))
    assert (motif.name, motif.alternate_name, motif.n_sites) == ("MA1.1", "Abc", 9)
    np.testing.assert_allclose(motif.ppm, PFM / 9)


def test_a_bare_matrix_is_named_by_its_file_and_may_be_packed(tmp_path):
    (motif,) = read(tmp_path, gzip.compress("\n".join(ROWS).encode()), "reb1.pfm.gz")
    assert motif.name == "reb1"
    np.testing.assert_allclose(motif.ppm, PFM / 9)


def test_homer_gives_proportions_by_position_and_the_name_in_the_second_cell(tmp_path):
    # Four rows of four: only the header says that rows are positions.
    rows = "0.997\t0.001\t0.001\t0.001\n0.1\t0.2\t0.3\t0.4\n" * 2
    (motif,) = read(tmp_path, f">AKAK\tAP-1(bZIP)/Thio PU.1\t6.049537\t-1782.99\t0\n{rows}")
    assert (motif.name, motif.n_sites) == ("AP-1(bZIP)/Thio_PU.1", 20)
    np.testing.assert_allclose(motif.ppm[:, 1], [0.1, 0.2, 0.3, 0.4])


def test_a_square_matrix_is_turned_by_its_sums(tmp_path):
    by_base = np.array([[8, 1, 0, 0], [0, 1, 7, 0], [0, 3, 1, 0], [0, 3, 0, 8]])  # columns sum to 8
    expected = by_base / 8
    for matrix in (by_base, by_base.T):
        (motif,) = read(tmp_path, "\n".join(" ".join(map(str, row)) for row in matrix))
        np.testing.assert_allclose(motif.ppm, expected)


def test_databases_come_back_from_jaspar_text(data_folder, tmp_path):
    motifs = read_meme(data_folder / "motifs" / "JASPAR2024_CORE_fungi_nr.meme")
    text = "".join(
        f">{motif.name} {motif.alternate_name}\n"
        + "".join(
            f"{base} [ {' '.join(map(repr, (motif.ppm[row] * 1000).tolist()))} ]\n" for row, base in enumerate("ACGT")
        )
        for motif in motifs
    )
    again = read(tmp_path, text)
    assert [(one.name, one.alternate_name) for one in again] == [(one.name, one.alternate_name) for one in motifs]
    for one, other in zip(again, motifs, strict=True):
        np.testing.assert_allclose(one.ppm, other.ppm, atol=1e-12)


def test_biopython_reads_the_same(tmp_path):
    motifs = pytest.importorskip("Bio.motifs")
    path = tmp_path / "a.jaspar"
    path.write_text(LAYOUTS["JASPAR"] + "\n" + LAYOUTS["JASPAR in another order"].replace("MA1.1", "MA2.1"))
    with path.open() as handle:
        reference = motifs.parse(handle, "jaspar")
    for ours, theirs in zip(read_count_matrices(path), reference, strict=True):
        expected = Motif.from_counts(theirs.matrix_id, np.array([theirs.counts[base] for base in "ACGT"]))
        np.testing.assert_allclose(ours.ppm, expected.ppm)
        assert (ours.name, ours.alternate_name) == (theirs.matrix_id, theirs.name)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (">a\nA [1 2]\nC [1 2]\nG [1 2]\n", r"line 1: motif a needs one row for each of A, C, G and T; got ACG"),
        (">a\nA 1 2\nA 1 2\nG 1 2\nT 1 2\n", r"needs one row for each of A, C, G and T; got AAGT"),
        (">a\n1 2\n1 2\n1 2\n", r"needs four rows \(A C G T\) or rows of four numbers; got 3 rows of 2"),
        (">b\n1 2 3\n1 2\n1 2\n1 2\n", r"all rows must have as many numbers; got rows of 2, 3"),
        (">c\n>d\n1 2\n1 2\n1 2\n1 2\n", r"line 1: motif c: all rows must have as many numbers; got none"),
        (">\n1 2\n", r"line 1: a header must name the motif"),
        (">a\nACGTACGT\n", r"line 2: a row of numbers is needed, .*; got 'ACGTACGT'"),
        (">a\n1 0\n1 0\n1 0\n1 0\n", r"counts must be 0 or more, with at least one site in every column"),
        (">a\n1 -1\n1 2\n1 2\n1 2\n", r"counts must be 0 or more"),
        (">a\n1 nan\n1 2\n1 2\n1 2\n", r"motif a: counts must be 0 or more"),
        (">a\n1 2\n1 2\n1 2\n1 2\n>a\n1 2\n1 2\n1 2\n1 2\n", r"line 6: motif a came before, on line 1"),
        ("1 1 1 1\n" * 4, r"nothing says which are the bases; write A, C, G and T before the rows"),
        ("\n\n", r"there is no matrix"),
        (b"\0\1\2", r"must be text"),
    ],
    ids=range(14),
)
def test_a_broken_file_is_refused_with_its_line(tmp_path, text, message):
    with pytest.raises(FormatError, match=message) as caught:
        read(tmp_path, text)
    assert "x.jaspar" in str(caught.value)
