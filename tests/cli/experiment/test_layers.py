import numpy as np
import pytest

from cisgram.genomics.motif import Motif
from cisgram.interpret.experiments.arrangements import SpacingConfig
from cisgram.interpret.experiments.layers import (
    LAYER_COLUMNS,
    SPACING_LAYER_COLUMNS,
    layer_table,
    predict_without_layers,
    without_layers,
)
from cisgram.interpret.experiments.spacing import space_motifs
from cisgram.interpret.local_scores import PeakHeightScore, local_part
from cisgram.interpret.scores import log_counts
from cisgram.io.tables import read_table

PAIR = ("--motif", "a=GATAA,b=CACGTG", "--sequences", "s.fa", "--from", "8", "--to", "20", "--step", "3")


def test_curves_of_a_model_with_layers_skipped_are_those_of_the_library(files, answer):
    said = answer("layers", "run", *PAIR, "--tracks", "Sox2", "--reach", "10")
    table, curves = read_table("out/results.tsv"), read_table("out/curves.tsv.gz")
    assert tuple(table.columns) == SPACING_LAYER_COLUMNS
    assert (said["n_layers"], said["score"]) == (3, "peak_height")
    assert len(curves) == 4 * 4 * 5
    np.testing.assert_allclose(table.loc[table["n_removed"] == 0, "kept"], 1)
    start, end = local_part(70, input_length=140, output_length=60, reach_bp=10)
    motifs = (Motif.from_consensus("a", "GATAA"), Motif.from_consensus("b", "CACGTG"))
    config, scores = SpacingConfig(range(8, 21, 3), ("AB",)), [PeakHeightScore((1,), start, end)]
    with without_layers(files.model, [2, 3]) as skipped:
        expected = space_motifs(skipped, files.codes, motifs, scores=scores, config=config)
    found = curves.loc[curves["n_removed"] == 2, "interaction"]
    np.testing.assert_allclose(found, expected.interactions.mean(axis=0)[:, 0], atol=1e-6)


def test_without_motifs_responses_are_compared_with_those_of_the_whole_model(files, answer):
    said = answer("layers", "run", "--sequences", "s.fa", "--removal", "each")
    table = read_table("out/results.tsv")
    assert tuple(table.columns) == LAYER_COLUMNS
    scores = [log_counts(0), log_counts(1)]
    expected = layer_table(
        predict_without_layers(files.model, files.codes, scores=scores, removal="each"), tracks=["Nanog", "Sox2"]
    )
    np.testing.assert_allclose(table["change"], expected["change"], atol=1e-6)
    assert table["removed"].astype(str).unique().tolist() == ["none", "1", "2", "3"]
    assert len(said["agreement"]) == 8


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["basset.safetensors", "--random", "3"], "such as BPNet; Basset has none"),
        (["run", "--random", "3", "-m", "A,C,G"], "takes one or two motifs, or none; got A, C, G"),
        (
            ["run", "--random", "3", "--score", "peak_height"],
            "read at the place of a motif, which this question has not",
        ),
        (["run", *PAIR, "--both-strands"], "leave out --both-strands, or take --score counts or profile"),
    ],
)
def test_bad_input_is_one_line(call, words, says):
    done = call("layers", *words)
    assert done.exit_code == 1
    assert says in " ".join(done.stderr.split())
    assert done.stderr.count("error:") == 1
