"""What a file reaches, which files are kept to be broken further, and a guided campaign."""

from random import Random

import pytest
from tests.fuzz.campaign import run_campaign
from tests.fuzz.corpus import Corpus
from tests.fuzz.reached import steps_taken
from tests.fuzz.readers import READERS

from cisgram.errors import FormatError
from cisgram.io.tables import read_chrom_sizes


def reached_by(path, text):
    path.write_text(text, encoding="utf-8")
    with steps_taken() as steps:
        try:
            read_chrom_sizes(path)
        except FormatError:
            assert not text.endswith("2\n")
    return set(steps)


def test_steps_are_the_same_for_the_same_file_and_others_for_what_takes_another_way(tmp_path):
    path = tmp_path / "a.sizes"
    reached_by(path, "I\t1\n")  # imports
    one = reached_by(path, "I\t1\nII\t2\n")
    assert one
    assert reached_by(path, "I\t3\nIV\t2\n") == one
    assert reached_by(path, "I\t1\nII\tmany\n") - one


def test_what_is_outside_the_house_is_not_followed():
    with steps_taken() as steps:
        Random(1).shuffle([1, 2, 3])
    assert not steps


def test_a_file_is_kept_where_it_reached_something_new(tmp_path):
    reader, corpus = READERS["barcodes"], Corpus(tmp_path / "kept")
    files = tmp_path / "files"
    files.mkdir()
    contents = {}
    for content, reached in (("a", {1, 2}), ("b", {2}), ("c", {2, 3}), ("d", {1, 3})):
        (files / "a.tsv").write_text(content, encoding="utf-8")
        corpus.add(reader, files, reached, is_read=content == "a")
        contents[content] = corpus.n_kept(reader)
    assert contents == {"a": 1, "b": 1, "c": 2, "d": 2}
    assert corpus.n_reached(reader) == 3
    drawn = [corpus.source(reader, Random(seed)) for seed in range(60)]
    texts = {None if one is None else (one / "a.tsv").read_text(encoding="utf-8") for one in drawn}
    assert texts == {None, "a", "c"}
    assert sum(one is not None and one.name == "1" for one in drawn) < 15
    assert corpus.source(READERS["fasta"], Random(1)) is None


@pytest.mark.slow
def test_a_guided_campaign_reaches_what_lies_behind_several_accidents(monkeypatch):
    names = ["fasta", "motifs.meme"]
    guided = run_campaign(names, seed=5, n_each=300, guided=True)
    monkeypatch.setattr(Corpus, "source", lambda *_: None)
    anew = run_campaign(names, seed=5, n_each=300, guided=True)
    assert guided.findings == anew.findings == []
    assert total_reached(guided) > total_reached(anew)


def total_reached(tally):
    return sum(n_reached for _, n_reached in tally.kept.values())
