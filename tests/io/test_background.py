"""Backgrounds as the MEME suite writes them."""

import numpy as np
import pytest

from cisgram.errors import FormatError, InputError
from cisgram.genomics.background import Background
from cisgram.io.background import read_background, write_background


@pytest.mark.parametrize("order", [0, 1, 3, 5])
def test_what_is_written_is_read_back(tmp_path, order):
    rng = np.random.default_rng(order)
    written = Background.from_word_counts(rng.integers(1, 99, 4 ** (order + 1)).astype(float))
    write_background(tmp_path / "bg", written)
    read = read_background(tmp_path / "bg")
    assert read.order == order
    for ours, theirs in zip(written.conditionals, read.conditionals, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_a_file_of_the_meme_suite_is_read(tmp_path):
    # fasta-get-markov -m 1 writes orders one after the other, words in any case
    pairs = "".join(f"{a}{b} {0.4 if a == b else 0.2:.3e}\n" for a in "ac" for b in "ac")
    file = tmp_path / "bg"
    others = "".join(f"{a}{b} 1.0e-9\n" for a in "acgt" for b in "acgt" if not {a, b} <= set("ac"))
    file.write_text("# order 0\nA 0.49\nC 0.49\nG 0.01\nT 0.01\n# order 1\n" + pairs.replace("4.000", "3.000") + others)
    read = read_background(file)
    np.testing.assert_allclose(read.conditionals[1][0, :2], [0.6, 0.4], rtol=1e-6)
    np.testing.assert_allclose(read.bases, [0.49, 0.49, 0.01, 0.01])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("# nothing\n", "no word"),
        ("A 0.3\nC 0.2\nG 0.2\n", "1 of the 4 words of 1 bp are missing, such as T"),
        ("A 0.3\nC 0.2\nG 0.2\nT 0.4\n", "sum to 1; got 1.1"),
        ("A 0.3\nA 0.2\nG 0.2\nT 0.3\n", "line 2: word A came before"),
        ("A 0.3\nC x\n", "line 2: a line is a word"),
        ("A 0.3\nN 0.2\n", "line 2: a line is a word"),
        ("A 0.3\nC 0\n", "above 0"),
        ("A 0.3\nC\n", "line 2: a line is a word"),
        ("AAAAAAA 0.3\n", "at most 6 bp"),
    ],
)
def test_a_broken_file_is_refused_with_its_line(tmp_path, text, problem):
    (tmp_path / "bg").write_text(text)
    with pytest.raises(FormatError, match=problem):
        read_background(tmp_path / "bg")


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="there is no file"):
        read_background(tmp_path / "none")
