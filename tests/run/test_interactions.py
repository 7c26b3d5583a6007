"""The step that asks the model who helps whom, with motifs that are put into its hands."""

import shutil
import sys

import numpy as np
import pandas as pd
import pytest

from cisgram.genomics.motif import Motif
from cisgram.io.contributions import read_explained_windows
from cisgram.io.tables import read_table, write_table
from cisgram.motifs.grammar.instances import INSTANCE_COLUMNS
from cisgram.motifs.grammar.interaction_map import MAP_COLUMNS
from cisgram.run import Run
from cisgram.simulate.recovery.grammar import GRAMMAR_COLUMNS

step = sys.modules["cisgram.run.steps.profiles.interactions"]
"""The file; its package has the function under the same name."""

WORDS = {"Oct4-Sox2": "TTTGCATAACAA", "Sox2": "GAACAATGG"}


def instances(windows, names):
    """One instance of each motif in every window, 40 bp apart."""
    tables = []
    for number, name in enumerate(names):
        start = windows["start"] + 200 + 40 * number
        tables.append(pd.DataFrame({"chrom": windows["chrom"], "start": start, "end": start + 10, "pattern": name}))
    quality = dict.fromkeys(INSTANCE_COLUMNS[6:], 1.0)
    return pd.concat(tables, ignore_index=True).assign(strand="+", window=0, **quality)[list(INSTANCE_COLUMNS)]


@pytest.fixture
def run(finished, tmp_path, monkeypatch):
    """A finished run of which the grammar is ours: two motifs, each bound by its track."""
    shutil.copytree(finished.folder, tmp_path / "run")
    copy = Run.open(tmp_path / "run")
    grammar = copy.folder / "grammar"
    windows = read_explained_windows(copy.contributions)
    write_table(grammar / "instances.tsv.gz", instances(windows, WORDS))
    direct = pd.DataFrame({"pattern": list(WORDS), "track": ["Oct4", "Sox2"], "relation": "direct"})
    write_table(grammar / "recruitment.tsv", direct)
    periods = pd.DataFrame([("distances", "", "Sox2", "Oct4-Sox2", 10.4, 0.001)])
    write_table(
        grammar / "periodicity.tsv",
        periods.set_axis(["source", "track", "first", "second", "peak_bp", "p_value"], axis=1),
    )
    motifs = {name: Motif.from_consensus(name, word) for name, word in WORDS.items()}
    monkeypatch.setattr(step, "motifs_of", lambda _: motifs)
    return copy


def test_every_pair_is_asked_both_ways_at_the_tracks_that_bind_there(run):
    step.interactions(run)
    table = read_table(run.folder / "interactions" / "map.tsv")
    assert tuple(table.columns) == MAP_COLUMNS
    pairs = set(table[["helper", "helped", "track"]].itertuples(index=False, name=None))
    assert pairs == {(helper, helped, helped.split("-")[0]) for helper in WORDS for helped in WORDS}
    assert np.isfinite(table[["fold", "low", "high", "fold_far"]].to_numpy()).all()
    apart = table[table["helper"] != table["helped"]]
    assert (apart["n_windows"] > 0).all()
    assert set(apart["helical"]) == {"distances"}


@pytest.mark.slow
def test_the_answer_is_the_same_again(run):
    step.interactions(run)
    before = {path.name: path.read_bytes() for path in (run.folder / "interactions").glob("*.tsv")}
    step.interactions(run)
    assert before == {path.name: path.read_bytes() for path in (run.folder / "interactions").glob("*.tsv")}


def test_motifs_without_a_track_are_helpers_only(run):
    direct = pd.DataFrame({"pattern": list(WORDS), "track": ["Oct4", "Sox2"], "relation": ["direct", "recruited"]})
    write_table(run.folder / "grammar" / "recruitment.tsv", direct)
    step.interactions(run)
    table = read_table(run.folder / "interactions" / "map.tsv")
    assert set(table["helped"]) == {"Oct4-Sox2"}
    assert set(table["helper"]) == set(WORDS)


def test_without_motifs_the_tables_are_there_and_empty(run, monkeypatch):
    monkeypatch.setattr(step, "motifs_of", lambda _: {})
    assert step.interactions(run)["n_helps"] == 0
    table = read_table(run.folder / "interactions" / "map.tsv")
    assert table.empty
    assert tuple(table.columns) == MAP_COLUMNS


def test_a_simulated_run_says_which_rules_came_back(finished):
    recovery = finished.recovery.read_text()
    assert '"grammar"' in recovery
    assert all(f'"{name}"' in recovery for name in GRAMMAR_COLUMNS)
