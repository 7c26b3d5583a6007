"""Packed text: read whatever packs it, never read short, and written so that the public tools understand it."""

import gzip

import numpy as np
import pysam
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgram.errors import FormatError, InputError
from cisgram.io.packing import read_bytes, read_chunks, write_chunks

TEXT = b"".join(b"%d\tACGT\n" % number for number in range(30_000))


def bgzip(path, content):
    """Written by htslib."""
    with pysam.BGZFile(str(path), "wb") as file:
        file.write(content)
    return path


def plain(path, content):
    path.write_bytes(content)
    return path


def in_gzip(path, content):
    return plain(path, gzip.compress(content))


def in_two_members(path, content):
    half = len(content) // 2
    return plain(path, gzip.compress(content[:half]) + gzip.compress(content[half:]))


@pytest.mark.parametrize("write", [plain, in_gzip, in_two_members, bgzip])
@pytest.mark.parametrize("chunk_bytes", [1000, 65_280, 1 << 22])
def test_the_same_text_comes_out_however_it_is_packed(tmp_path, write, chunk_bytes):
    path = write(tmp_path / "x", TEXT)  # no suffix: the first bytes tell
    chunks = list(read_chunks(path, "text", chunk_bytes=chunk_bytes))
    assert b"".join(chunks) == TEXT == read_bytes(path, "text")
    assert max(map(len, chunks)) <= chunk_bytes


@pytest.mark.parametrize("write", [in_gzip, bgzip])
def test_a_packed_file_cut_anywhere_is_refused(tmp_path, write):
    whole = write(tmp_path / "whole.gz", TEXT).read_bytes()
    rng = np.random.default_rng(1)
    cuts = [2, 10, 17, 18, 30, len(whole) - 28, len(whole) - 27, len(whole) - 8, len(whole) - 1]
    for cut in [*cuts, *rng.integers(2, len(whole), 40).tolist()]:
        with pytest.raises(FormatError, match=r"cut\.gz: the b?gzip file (ends too early|lacks its end block)"):
            read_bytes(plain(tmp_path / "cut.gz", whole[:cut]), "text")


def test_a_bgzip_file_cut_between_blocks_is_refused_though_gzip_would_read_it(tmp_path):
    whole = bgzip(tmp_path / "whole.gz", TEXT).read_bytes()
    second_block = int.from_bytes(whole[16:18], "little") + 1
    cut = plain(tmp_path / "cut.gz", whole[:second_block])
    assert len(gzip.decompress(cut.read_bytes())) < len(TEXT)
    with pytest.raises(FormatError, match="lacks its end block, so it was cut short"):
        read_bytes(cut, "text")


@pytest.mark.parametrize("write", [in_gzip, bgzip])
def test_a_damaged_byte_never_changes_the_text_in_silence(tmp_path, write):
    whole = write(tmp_path / "whole.gz", TEXT[:2000]).read_bytes()
    n_refused = 0
    for at in range(2, len(whole)):
        damaged = bytearray(whole)
        damaged[at] ^= 0x55
        try:
            assert read_bytes(plain(tmp_path / "x.gz", bytes(damaged)), "text") == TEXT[:2000]
        except FormatError:
            n_refused += 1
    assert n_refused > 0.9 * (len(whole) - 2)


def test_bytes_after_the_packed_text_are_refused(tmp_path):
    path = plain(tmp_path / "x.gz", gzip.compress(TEXT) + b"junk")
    with pytest.raises(FormatError, match="is damaged"):
        read_bytes(path, "text")


@pytest.mark.parametrize(
    ("magic", "hint"),
    [
        (b"PK\x03\x04", "a zip archive; unpack it first"),
        (b"BZh9", "packed with bzip2"),
        (b"\xfd7zXZ\x00", "packed with xz"),
        (b"\x28\xb5\x2f\xfd", "packed with zstd"),
        (b"\x43\x27\x41\x1a", "twoBitToFa"),
        (b"\x26\xfc\x8f\x88", "a bigWig"),
        (b"\xeb\xf2\x89\x87", "bigBedToBed"),
        (b"\x89HDF\r\n", "an HDF5 file"),
        (b"CRAM\x03", "a CRAM file"),
    ],
)
def test_other_kinds_of_files_are_called_by_their_name(tmp_path, magic, hint):
    with pytest.raises(FormatError, match=rf"peaks expected, as text, plain or gzip; this is .*{hint}"):
        read_bytes(plain(tmp_path / "x", magic + bytes(50)), "peaks")


def test_missing_and_empty_files_are_refused(tmp_path):
    with pytest.raises(InputError, match="peaks: there is no file"):
        read_bytes(tmp_path / "x", "peaks")
    with pytest.raises(FormatError, match="is empty"):
        read_bytes(plain(tmp_path / "x", b""), "peaks")


@given(st.lists(st.binary(max_size=40), max_size=6), st.integers(0, 5000))
def test_what_is_written_is_read_back(tmp_path_factory, chunks, n_repeats):
    chunks = [chunk * n_repeats for chunk in chunks]
    path = tmp_path_factory.mktemp("packing") / "x.gz"
    write_chunks(path, chunks)
    assert read_bytes(path, "text") == gzip.decompress(path.read_bytes()) == b"".join(chunks)


def test_bytes_that_cannot_be_packed_still_fit_into_blocks(tmp_path):
    noise = np.random.default_rng(1).bytes(200_000)
    write_chunks(tmp_path / "x.gz", [noise])
    assert read_bytes(tmp_path / "x.gz", "noise") == noise


def test_a_written_file_is_bgzip_that_htslib_can_read_and_index(tmp_path):
    path = tmp_path / "x.bed.gz"
    rows = [b"I\t%d\t%d\n" % (start, start + 5) for start in range(0, 200_000, 10)]
    write_chunks(path, rows)
    pysam.tabix_index(str(path), preset="bed")
    with pysam.TabixFile(str(path)) as indexed:
        assert list(indexed.fetch("I", 150_000, 150_015)) == ["I\t150000\t150005", "I\t150010\t150015"]


def test_the_same_content_gives_the_same_bytes(tmp_path):
    for name in ("a.gz", "b.gz"):
        write_chunks(tmp_path / name, [TEXT])
    write_chunks(tmp_path / "c.gz", [TEXT[:7], TEXT[7:100_000], b"", TEXT[100_000:]])
    assert len({(tmp_path / name).read_bytes() for name in ("a.gz", "b.gz", "c.gz")}) == 1


def test_a_name_without_gz_is_written_plain(tmp_path):
    write_chunks(tmp_path / "x.bed", [b"a", b"b"])
    assert (tmp_path / "x.bed").read_bytes() == b"ab"


def test_chunks_that_fail_leave_no_file(tmp_path):
    def failing():
        yield b"half"
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        write_chunks(tmp_path / "x.gz", failing())
    assert list(tmp_path.iterdir()) == []
