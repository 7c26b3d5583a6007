"""``cisgram motifs match``: a table or a folder with a page, and errors in one line."""

import json

import pytest
from typer.testing import CliRunner

from cisgram.cli.main import app
from cisgram.genomics.motif import Motif
from cisgram.io.meme import write_meme
from cisgram.io.tables import read_table
from cisgram.motifs.match import DATABASE_MATCH_COLUMNS

consensus = Motif.from_consensus


@pytest.fixture
def files(tmp_path):
    names = {
        "found": [consensus("motif_1", "NNCCGGGTAANN")],
        "fungi": [consensus("REB1", "TTACCCGG"), consensus("GAL4", "CGGNNNNNNNNNNNCCG")],
        "human": [consensus("REB1", "AATTGGAC"), consensus("MYC", "CCACGTGG")],
    }
    paths = {name: tmp_path / f"{name}.meme" for name in names}
    for name, motifs in names.items():
        write_meme(paths[name], motifs)
    return {name: str(path) for name, path in paths.items()}


def call(*arguments):
    return CliRunner().invoke(app, ["motifs", "match", *map(str, arguments)])


def test_a_folder_gets_a_table_and_a_page(files, tmp_path):
    out = tmp_path / "out"
    done = call(files["found"], "-d", files["fungi"], "-d", files["human"], "--out", out, "--json")
    assert done.exit_code == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["n_queries"], said["n_matched"]) == (1, 1)
    table = read_table(out / "matches.tsv")
    assert tuple(table.columns) == DATABASE_MATCH_COLUMNS
    assert table.loc[0, ["query", "database", "motif", "orientation", "overlap"]].tolist() == [
        "motif_1",
        "fungi",
        "REB1",
        "-",
        8,
    ]
    assert (table["q_value"] <= 0.1).all()
    page = (out / "report.html").read_text()
    assert "motif_1 looks like REB1 of fungi" in page


def test_a_tsv_file_is_all_where_one_was_asked_for(files, tmp_path):
    out = tmp_path / "matches.tsv"
    done = call(files["found"], "-d", files["fungi"], "--out", out, "--max-q", "1", "--n-best", "1")
    assert done.exit_code == 0, done.stderr
    assert "1 of 1 queries" in done.stdout
    assert read_table(out)["motif"].tolist() == ["REB1"]
    assert not (tmp_path / "report.html").exists()


def test_untrimmed_queries_keep_their_columns(files, tmp_path):
    offsets = []
    for trim in ("0.25", "0"):
        out = tmp_path / f"{trim}.tsv"
        call(files["found"], "-d", files["fungi"], "--out", out, "--trim", trim, "--max-q", "1")
        table = read_table(out)
        offsets.append(int(table.loc[(table["query"] == "motif_1") & (table["motif"] == "REB1"), "offset"].iloc[0]))
    assert offsets == [0, 2]


@pytest.mark.filterwarnings("ignore:1 of 2 motifs")
def test_queries_without_an_informative_column_are_left_out_and_counted(files, tmp_path):
    both = tmp_path / "both.meme"
    write_meme(both, [consensus("motif_1", "TTACCCGG"), consensus("flat", "NNNN")])
    done = call(both, "-d", files["fungi"], "--out", tmp_path / "out", "--json")
    assert json.loads(done.stdout)["n_queries"] == 1
    page = (tmp_path / "out" / "report.html").read_text()
    assert "<td>queries without an informative column, left out</td><td>1</td>" in page


def test_a_source_that_is_not_there_and_queries_without_information_are_one_line(files, tmp_path):
    done = call(tmp_path / "none.meme", "-d", files["fungi"], "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert "none.meme" in done.stderr
    write_meme(tmp_path / "flat.meme", [consensus("flat", "NNN")])
    done = call(tmp_path / "flat.meme", "-d", files["fungi"], "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert "no motif has a column of 0.25 bits" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    (tmp_path / "empty.meme").write_text("MEME version 4\n\nALPHABET= ACGT\n")
    done = call(files["found"], "-d", tmp_path / "empty.meme", "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert "there is no motif in this MEME file" in done.stderr


def test_a_database_is_needed(files):
    assert call(files["found"]).exit_code == 2
