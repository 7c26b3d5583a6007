import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from cisgram.cli.main import app
from cisgram.errors import FormatError
from cisgram.io.finemo_hits import write_finemo_hits, write_hits_bed
from cisgram.io.hit_tables import HIT_COLUMNS, read_hit_table
from cisgram.io.tables import write_table

HITS = pd.DataFrame(
    {
        "chrom": ["I", "I", "II"],
        "start": [10, 50, 5],
        "end": [20, 60, 15],
        "strand": ["+", "-", "+"],
        "pattern": ["pos_pattern_0", "pos_pattern_0", "pos_pattern_1"],
        "window": [0, 0, 1],
        "match": [0.9, 0.8, 0.7],
        "contribution": [2.0, 1.0, 1.0],
    }
)


@pytest.fixture
def files(tmp_path):
    """The same hits in every form that is read."""
    write_finemo_hits(tmp_path / "finemo.tsv", HITS)
    write_hits_bed(tmp_path / "hits.bed.gz", HITS)
    write_table(tmp_path / "instances.tsv.gz", HITS)
    write_table(tmp_path / "scan.tsv", HITS.rename(columns={"pattern": "name"}))
    return tmp_path


@pytest.mark.parametrize("name", ["finemo.tsv", "hits.bed.gz", "instances.tsv.gz", "scan.tsv"])
def test_every_form_holds_the_same_hits(files, name):
    found = read_hit_table(files / name)
    assert tuple(found.columns) == HIT_COLUMNS
    assert found.to_numpy().tolist() == HITS[list(HIT_COLUMNS)].to_numpy().tolist()


def test_hits_without_names_are_refused(tmp_path):
    (tmp_path / "three.bed").write_text("I\t1\t5\n")
    with pytest.raises(FormatError, match="pattern is missing"):
        read_hit_table(tmp_path / "three.bed")


def ask(*words):
    return CliRunner().invoke(app, ["motifs", "agree", *map(str, words)])


def test_the_same_hits_agree_wholly_whatever_their_form(files):
    done = ask(files / "finemo.tsv", files / "hits.bed.gz", "--out", files / "a.tsv", "--json")
    assert done.exit_code == 0, done.output
    rows = {row["pattern"]: row for row in json.loads(done.stdout)["agreement"]}
    assert rows["all"]["share_of_first"] == rows["all"]["base_jaccard"] == 1
    assert rows["pos_pattern_0"]["n_second"] == 2


def test_motifs_are_renamed_to_be_compared(files):
    write_table(files / "other.tsv", HITS.assign(pattern="Reb1"))
    alone = ask(files / "finemo.tsv", files / "other.tsv", "--out", files / "a.tsv")
    assert "see --rename" in alone.output
    done = ask(
        *(
            files / "finemo.tsv",
            files / "other.tsv",
            "--rename",
            "Reb1=pos_pattern_0",
            "--out",
            files / "a.tsv",
            "--json",
        )
    )
    rows = {row["pattern"]: row for row in json.loads(done.stdout)["agreement"]}
    assert rows["pos_pattern_0"]["share_of_first"] == 1
    assert rows["pos_pattern_0"]["n_second_shared"] == 2


@pytest.mark.parametrize(("rename", "message"), [("Reb1", "OLD=NEW"), ("Reb1=x", "no hits of Reb1")])
def test_a_wrong_rename_is_one_line(files, rename, message):
    done = ask(files / "finemo.tsv", files / "scan.tsv", "--rename", rename, "--out", files / "a.tsv")
    assert done.exit_code != 0
    assert message in done.output
