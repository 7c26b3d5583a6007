"""Motifs from any source: told by content, one vocabulary, and an error that lists what would do."""

import gzip

import h5py
import numpy as np
import pytest

from cisgram.errors import FormatError, InputError
from cisgram.genomics.motif import Motif
from cisgram.genomics.pattern import Pattern, PatternSearch, SeqletValues, seqlet_table
from cisgram.io.meme import read_meme, write_meme
from cisgram.io.motifs import read_motifs
from cisgram.io.patterns import write_patterns


def pattern(name, *, n_seqlets=5, width=8):
    """A pattern whose informative part is ``width - 2`` bp of one base."""
    sequences = np.zeros((n_seqlets, 4, width), dtype=np.float32)
    sequences[:, 2] = 1
    contributions = sequences * np.array([0, *[1] * (width - 2), 0], dtype=np.float32)
    values = SeqletValues(sequences, contributions, contributions)
    starts = np.arange(n_seqlets)
    matrices = [array.mean(axis=0, dtype=np.float64) for array in values]
    return Pattern(name, *matrices, seqlet_table(starts, starts, starts + width, [False] * n_seqlets), values=values)


@pytest.fixture
def run_folder(tmp_path):
    searches = {
        ("Oct4", "profile"): PatternSearch([pattern("pos_pattern_0"), pattern("neg_pattern_0", n_seqlets=3)], "", 40),
        ("Oct4", "counts"): PatternSearch([], "too few seqlets", 40),
        ("Sox2", "profile"): PatternSearch([pattern("pos_pattern_0")], "", 40),
    }
    write_patterns(tmp_path / "run" / "patterns.h5", searches, attributes={})
    return tmp_path / "run"


def test_patterns_of_all_tracks_and_scores_are_trimmed_and_named_in_full(run_folder):
    motifs = read_motifs(run_folder)
    assert [(motif.name, len(motif), motif.n_sites) for motif in motifs] == [
        ("Oct4.profile.pos_pattern_0", 6, 5),
        ("Oct4.profile.neg_pattern_0", 6, 3),
        ("Sox2.profile.pos_pattern_0", 6, 5),
    ]
    assert {motif.consensus() for motif in motifs} == {"GGGGGG"}
    renamed = (run_folder / "patterns.h5").rename(run_folder / "what.meme")
    assert [motif.name for motif in read_motifs(str(renamed))] == [motif.name for motif in motifs]


def test_patterns_of_a_public_tool_keep_their_names(run_folder, tmp_path):
    with h5py.File(run_folder / "patterns.h5") as ours, h5py.File(tmp_path / "modisco.h5", "w") as public:
        ours.copy("Oct4/profile/pos_patterns", public)
        public.attrs["window_size"] = 40
    assert [motif.name for motif in read_motifs(tmp_path / "modisco.h5")] == ["pos_pattern_0"]


def test_what_a_file_is_does_not_depend_on_its_name(tmp_path):
    motifs = [Motif.from_consensus("a", "TTACCC"), Motif.from_consensus("b", "TGACTCA")]
    write_meme(tmp_path / "a.meme", motifs)
    (tmp_path / "b.jaspar").write_bytes(gzip.compress((tmp_path / "a.meme").read_bytes()))
    (tmp_path / "c.meme").write_text(">b x\n1 2\n3 4\n5 6\n7 8\n")
    assert [one.name for one in read_motifs(tmp_path / "b.jaspar")] == ["a", "b"]
    assert [one.alternate_name for one in read_motifs(tmp_path / "c.meme")] == ["x"]


def test_measured_databases_are_read_as_their_own_reader_reads_them(data_folder):
    path = data_folder / "motifs" / "SwissRegulon_s_cer.meme"
    assert [one.name for one in read_motifs(path)] == [one.name for one in read_meme(path)]


@pytest.mark.parametrize("source", ["jaspar:fungi", "JASPAR:Fungi"])
def test_the_database_is_asked_by_name(source):
    pytest.importorskip("pyjaspar")
    names = {motif.alternate_name for motif in read_motifs(source)}
    assert {"REB1", "GCN4", "GAL4"} <= names
    assert "CTCF" not in names


def test_several_taxa_add_up():
    pytest.importorskip("pyjaspar")
    n_of = {source: len(read_motifs(f"jaspar:{source}")) for source in ("fungi", "insects", "insects, fungi")}
    assert n_of["insects, fungi"] == n_of["fungi"] + n_of["insects"]


def test_a_misspelt_taxon_lists_those_there_are():
    with pytest.raises(InputError, match=r"taxa of JASPAR are vertebrates, .*; got fungus"):
        read_motifs("jaspar:vertebrates,fungus")


def test_what_holds_no_motif_says_what_would(tmp_path, run_folder):
    with pytest.raises(
        InputError, match=r"there is no file .*nothing\.meme.*; motifs are read from a MEME file; a text"
    ):
        read_motifs(tmp_path / "nothing.meme")
    with pytest.raises(InputError, match=r"is a folder without a patterns\.h5; motifs are read from"):
        read_motifs(tmp_path)
    (tmp_path / "x.bed").write_text("chr1\t10\t20\n")
    with pytest.raises(InputError, match=r"x\.bed, line 1: a row of numbers is needed.*; motifs are read from"):
        read_motifs(tmp_path / "x.bed")
    (tmp_path / "x.meme").write_text("MEME version 4\n")
    with pytest.raises(FormatError, match=r"x\.meme: there is no motif in this MEME file"):
        read_motifs(tmp_path / "x.meme")
    (tmp_path / "empty").touch()
    with pytest.raises(FormatError, match="the file is empty"):
        read_motifs(tmp_path / "empty")


def test_a_search_that_found_nothing_is_an_error(tmp_path):
    search = PatternSearch([], "too few seqlets", 40)
    write_patterns(tmp_path / "patterns.h5", {("Oct4", "profile"): search}, attributes={})
    with pytest.raises(InputError, match=r"patterns\.h5 holds no pattern"):
        read_motifs(tmp_path)


def test_contributions_are_not_taken_for_patterns(tmp_path):
    with h5py.File(tmp_path / "contributions.h5", "w") as file:
        file.attrs["format"] = "cisgram contributions 1"
    with pytest.raises(FormatError, match="a pattern file is needed; the attribute format says 'cisgram contributions"):
        read_motifs(tmp_path / "contributions.h5")
