"""Scores that are read at the place of a motif, and the two names of one verb."""

import re

import numpy as np
import pytest

from cisgram.genomics.motif import Motif
from cisgram.interpret.experiments.arrangements import SpacingConfig
from cisgram.interpret.experiments.spacing import space_motifs
from cisgram.interpret.local_scores import LocalCountsScore, PeakHeightScore, local_part
from cisgram.interpret.scores import log_counts
from cisgram.io.tables import read_table

PAIR = ("--motif", "a=GATAA,b=CACGTG", "--sequences", "s.fa", "--tracks", "Sox2", "--from", "8", "--to", "12")
PART = local_part(70, input_length=140, output_length=60)


@pytest.mark.parametrize(
    ("words", "score"),
    [
        ([], PeakHeightScore((1,), *PART)),
        (["--score", "local_counts"], LocalCountsScore((1,), *PART)),
        (["--score", "counts"], log_counts(1)),
    ],
)
def test_spacing_of_a_bpnet_reads_the_height_of_the_peak_at_a_unless_told_otherwise(files, answer, words, score):
    said = answer("spacing", "run", *PAIR, *words)
    assert said["score"] == score.name
    motifs = (Motif.from_consensus("a", "GATAA"), Motif.from_consensus("b", "CACGTG"))
    found = space_motifs(files.model, files.codes, motifs, scores=[score], config=SpacingConfig(range(8, 13)))
    table = read_table("out/results.tsv")
    np.testing.assert_allclose(table["interaction"], found.interactions.mean(axis=0)[:, 0], atol=1e-6)
    page = (files.folder / "out/report.html").read_text()
    assert ("within 35 bp of base 71 of 140" in page) == (score.name != "counts")


def test_spacing_of_a_basset_reads_the_logit(answer):
    assert answer("spacing", "basset.safetensors", *PAIR[:2], "--random", "4", *PAIR[6:])["score"] == "logit"


def test_insertion_reads_near_the_motif_wherever_it_is_put(files, answer):
    words = ("--motif", "GATTACA", "--sequences", "s.fa", "--tracks", "Nanog", "--score", "local_counts")
    answer("insert", "run", *words, "--position", "90", "--reach", "8")
    start, end = local_part(93, input_length=140, output_length=60, reach_bp=8)
    from cisgram.interpret.experiments.insertion import InsertionConfig, insert_motifs

    motif, scores = [Motif.from_consensus("GATTACA", "GATTACA")], [LocalCountsScore((0,), start, end)]
    config = InsertionConfig(position=90)
    expected = insert_motifs(files.model, files.codes, motif, scores=scores, config=config)
    assert read_table("out/results.tsv")["effect"][0] == pytest.approx(expected.effects.mean(), abs=1e-6)


def test_marginalize_is_another_name_of_insert(files, answer, call):
    words = ("--motif", "GATTACA", "--sequences", "s.fa")
    first = answer("insert", "run", *words)
    assert answer("marginalize", "run", *words) == first
    text = " ".join(re.sub(r"[^\w. ]", " ", call("--help").stdout).split())
    assert "marginalize The same as insert" in text
    assert "insert Put motifs into the middle" in text


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ["mutate", "run", "--sequences", "s.fa", "--score", "peak_height"],
            "insert, spacing, dose, flanks, and layers",
        ),
        (["insert", "run", "--random", "3", "-m", "GATTA", "--score", "height"], "near a motif); got 'height'"),
        (["insert", "basset.safetensors", "--random", "3", "-m", "GATTA", "--score", "peak_height"], "a basset has"),
        (["spacing", "run", *PAIR, "--both-strands"], "leave out --both-strands"),
        (["dose", "run", "--random", "3", "-m", "A" * 150], "do not fit into 140 bp"),
        (["dose", "run", "--random", "3", "-m", "GATTACA", "--pitch", "5"], "a pitch of at least 7"),
        (["dose", "run", "--random", "3", "-m", "GATTA,CCCC"], "dose takes one --motif; got GATTA, CCCC"),
        (["dose", "run", "--random", "3", "-m", "hello"], "'hello' is not made of IUPAC letters"),
    ],
)
def test_bad_input_is_one_line(call, words, says):
    done = call(*words)
    assert done.exit_code == 1
    assert says in " ".join(done.stderr.split())
    assert done.stderr.count("error:") == 1
