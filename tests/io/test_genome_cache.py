"""Memory maps of genomes: made once, never trusted without their hash, safe to make twice at once."""

import mmap
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import numpy as np
import pytest

from cisgram.errors import OutputError
from cisgram.genomics.sequence import decode
from cisgram.io import fasta, genome_cache
from cisgram.io.fasta import read_fasta_pieces, read_genome


def texts_of(genome):
    return {name: decode(genome.codes(name, 0, size)) for name, size in genome.sizes.items()}


def owner_of(array):
    """Whose memory an array shows."""
    while isinstance(array, np.ndarray):
        array = array.base
    return array


def read(folder, content):
    """Write a text and read it as a genome, with a cache of its own."""
    (folder / "genome.fa").write_text(content)
    return read_genome(folder / "genome.fa", cache_folder=folder / "cache")


def test_a_genome_is_parsed_once(tmp_path, monkeypatch):
    first = read(tmp_path, ">I\nACGT\n>II\nNNA\n")
    monkeypatch.setattr(fasta, "read_fasta_pieces", None)
    again = read_genome(tmp_path / "genome.fa", cache_folder=tmp_path / "cache")
    assert texts_of(first) == texts_of(again) == {"I": "ACGT", "II": "NNA"}
    assert isinstance(owner_of(again.joined), mmap.mmap)
    assert again.sha256 == first.sha256


def test_the_cache_goes_by_content_not_by_name(tmp_path, monkeypatch):
    read(tmp_path, ">I\nACGT\n")
    (tmp_path / "genome.fa").rename(tmp_path / "other.fa")
    monkeypatch.setattr(fasta, "read_fasta_pieces", None)
    moved = read_genome(tmp_path / "other.fa", cache_folder=tmp_path / "cache")
    assert (texts_of(moved), moved.path) == ({"I": "ACGT"}, str(tmp_path / "other.fa"))


def test_a_changed_file_makes_an_entry_of_its_own(tmp_path):
    before = read(tmp_path, ">I\nACGT\n")
    after = read(tmp_path, ">I\nACGA\n")
    assert (texts_of(before), texts_of(after)) == ({"I": "ACGT"}, {"I": "ACGA"})
    assert before.sha256 != after.sha256
    assert len(list((tmp_path / "cache").rglob("*.npy"))) == 2


def damage_one_base(codes_path, layout_path):
    content = bytearray(codes_path.read_bytes())
    content[-1] = 0
    codes_path.write_bytes(bytes(content))


def cut_the_array(codes_path, layout_path):
    codes_path.write_bytes(codes_path.read_bytes()[:-1])


def empty_the_array(codes_path, layout_path):
    codes_path.write_bytes(b"")


def damage_the_header(codes_path, layout_path):
    codes_path.write_bytes(codes_path.read_bytes().replace(b"|u1", b"|i1"))


def replace_by_a_pickle(codes_path, layout_path):
    np.save(codes_path, np.array([{}], dtype=object), allow_pickle=True)


def move_a_contigs_end(codes_path, layout_path):
    layout_path.write_text(layout_path.read_text().replace("4\n", "5\n").replace("3\n", "2\n"))


def change_the_count_of_ambiguous_letters(codes_path, layout_path):
    layout_path.write_text(layout_path.read_text().replace('"n_ambiguous": 0', '"n_ambiguous": 1'))


def cut_the_layout(codes_path, layout_path):
    layout_path.write_text(layout_path.read_text()[:-10])


def write_another_layout(codes_path, layout_path):
    layout_path.write_text("[1, 2]")


@pytest.mark.parametrize(
    "damage",
    [
        damage_one_base,
        cut_the_array,
        empty_the_array,
        damage_the_header,
        replace_by_a_pickle,
        move_a_contigs_end,
        change_the_count_of_ambiguous_letters,
        cut_the_layout,
        write_another_layout,
    ],
)
def test_a_damaged_entry_is_made_anew_and_said_in_the_log(tmp_path, caplog, damage):
    texts = {"I": "ACGT", "II": "NNG"}
    content = "".join(f">{name}\n{text}\n" for name, text in texts.items())
    read(tmp_path, content)
    (codes_path,) = (tmp_path / "cache").rglob("*.npy")
    before = (codes_path.read_bytes(), codes_path.with_suffix(".json").read_bytes())
    damage(codes_path, codes_path.with_suffix(".json"))
    assert (codes_path.read_bytes(), codes_path.with_suffix(".json").read_bytes()) != before
    assert texts_of(read(tmp_path, content)) == texts
    assert "is made anew" in caplog.text
    assert (codes_path.read_bytes(), codes_path.with_suffix(".json").read_bytes()) == before


@pytest.mark.parametrize("suffix", [".npy", ".json"])
def test_half_an_entry_is_made_whole(tmp_path, suffix):
    read(tmp_path, ">I\nACGT\n")
    (path,) = (tmp_path / "cache").rglob(f"*{suffix}")
    path.unlink()
    assert texts_of(read(tmp_path, ">I\nACGT\n")) == {"I": "ACGT"}
    assert path.exists()


def test_without_locks_two_processes_may_make_the_same_entry_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(genome_cache, "_PATIENCE_SECONDS", 0.01)
    others = []

    def reading_while_another_does(path):
        pieces = list(read_fasta_pieces(path))
        yield pieces[0]
        if not others:  # in the middle of our own writing, another one begins and ends
            others.append(None)
            others[0] = read_genome(path, cache_folder=tmp_path / "cache")
        yield from pieces[1:]

    monkeypatch.setattr(fasta, "read_fasta_pieces", reading_while_another_does)
    ours = read(tmp_path, ">I\nACGT\n>II\nTTG\n")
    assert texts_of(ours) == texts_of(others[0]) == {"I": "ACGT", "II": "TTG"}
    assert sorted(path.suffix for path in (tmp_path / "cache" / "genomes-1").iterdir()) == ["", ".json", ".npy"]


def test_who_comes_second_waits_and_takes_what_the_first_has_made(tmp_path, monkeypatch):
    (tmp_path / "genome.fa").write_text(">I\nACGT\n")
    has_begun, may_go_on, n_parsed = Event(), Event(), []

    def slowly(path):
        n_parsed.append(1)
        has_begun.set()
        assert may_go_on.wait(10)
        yield from read_fasta_pieces(path)

    def other():
        return read_genome(tmp_path / "genome.fa", cache_folder=tmp_path / "cache")

    monkeypatch.setattr(fasta, "read_fasta_pieces", slowly)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(other)
        assert has_begun.wait(10)
        second = pool.submit(other)
        may_go_on.set()
        assert texts_of(first.result(10)) == texts_of(second.result(10)) == {"I": "ACGT"}
    assert len(n_parsed) == 1


def test_what_a_killed_process_left_in_the_cache_is_removed(tmp_path):
    folder = tmp_path / "cache" / "genomes-1"
    folder.mkdir(parents=True)
    (folder / ".partial-01234567-abc.npy").write_bytes(b"half of another genome")
    read(tmp_path, ">I\nACGT\n")
    assert sorted(path.suffix for path in folder.iterdir()) == ["", ".json", ".npy"]


def test_the_cache_lies_where_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.setenv("CISGRAM_CACHE", str(tmp_path / "elsewhere"))
    (tmp_path / "genome.fa").write_text(">I\nACGT\n")
    read_genome(tmp_path / "genome.fa")
    assert len(list((tmp_path / "elsewhere").rglob("*.npy"))) == 1
    monkeypatch.delenv("CISGRAM_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert genome_cache.folder_for_genomes().is_relative_to(tmp_path / ".cache" / "cisgram")


def test_a_cache_that_cannot_be_written_is_an_output_error(tmp_path):
    (tmp_path / "cache").write_text("a file, not a folder")
    with pytest.raises(OutputError, match="CISGRAM_CACHE"):
        read(tmp_path, ">I\nACGT\n")


def test_numpy_reads_the_array_of_the_cache(tmp_path):
    read(tmp_path, ">I\nACGT\n>II\nTTG\n")
    (path,) = (tmp_path / "cache").rglob("*.npy")
    assert decode(np.load(path)) == "ACGTTTG"
