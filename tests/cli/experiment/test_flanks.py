import numpy as np
import pytest

from cisgram.genomics.sequence import encode
from cisgram.interpret.experiments.flanks import (
    FLANK_COLUMNS,
    FLANK_PREFERENCE_COLUMNS,
    FlankConfig,
    flank_preferences,
    vary_flanks,
)
from cisgram.interpret.scores import log_counts
from cisgram.io.tables import read_table


def test_flanks_are_what_the_library_says(files, answer):
    words = ("--core", "gatNaca", "--flank-bp", "1", "--sequences", "s.fa", "--tracks", "Sox2")
    said, table = answer("flanks", "run", *words), read_table("out/results.tsv")
    preferences = read_table("out/preferences.tsv")
    assert tuple(table.columns) == FLANK_COLUMNS
    assert tuple(preferences.columns) == FLANK_PREFERENCE_COLUMNS
    config = FlankConfig(flank_bp=1)
    found = vary_flanks(files.model, files.codes, encode("GATNACA"), scores=[log_counts(1)], config=config)
    expected = flank_preferences(found)
    np.testing.assert_allclose(preferences["effect"], expected.effects[0].ravel(), atol=1e-6)
    np.testing.assert_allclose(preferences["explained"], expected.explained[0], atol=1e-6)
    assert (preferences["low"] <= preferences["effect"] + 1e-9).all()
    assert preferences[["place", "base"]].to_numpy().tolist()[:3] == [[-1, "A"], [1, "A"], [-1, "C"]]
    assert said["n_flanks"] == len(table) == 16
    assert said["best"][0]["effect"] == pytest.approx(table["effect"].max())
    assert "GATNACA" in (files.folder / "out/report.html").read_text()


def test_a_motif_gives_its_consensus_and_some_flanks_are_drawn_by_chance(answer):
    said = answer("flanks", "run", "-m", "box=GATTACA", "--flank-bp", "5", "--sampled", "60", "--random", "4")
    assert said["n_flanks"] == 60


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "either --core LETTERS, or --motif NAME"),
        (["--core", "GATTACA", "-m", "GATTACA"], "either --core LETTERS, or --motif NAME"),
        (["--core", "GAXA"], "--core takes the letters A, C, G, T, and N"),
        (["--core", "NNN"], "--core takes the letters A, C, G, T, and N"),
        (["--core", "GATTACA", "--flank-bp", "4"], "set n_sampled (--sampled)"),
        (["--core", "GATTACA", "--flank-bp", "4", "--sampled", "5"], "5 flanks are too few"),
        (["--core", "A" * 139], "a core of 139 bp at 0 with 2 bp on either side does not fit"),
        (["--core", "GATTACA", "--position", "2", "--score", "peak_height", "--reach", "5"], "outside of the profile"),
    ],
)
def test_bad_input_is_one_line(call, words, says):
    done = call("flanks", "run", "--random", "3", *words)
    assert done.exit_code == 1
    assert says in " ".join(done.stderr.split())
    assert done.stderr.count("error:") == 1
