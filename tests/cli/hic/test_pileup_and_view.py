"""The verbs pileup and view, from files to files."""

import json

import cooler
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from cisgram.cli.main import app
from cisgram.io.bigwig import bigwig_sizes, write_bigwig
from cisgram.io.tables import read_table

N = 120
LOOPS = [(20, 50), (60, 95)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A map of contig chr4 with two loops, and what goes with it, called IV as in the genome."""
    folder = tmp_path_factory.mktemp("map")
    bins = pd.DataFrame({"chrom": "chr4", "start": np.arange(N) * 1000, "end": np.arange(1, N + 1) * 1000})
    bins["weight"] = 1.0
    row, column = np.triu_indices(N)
    rate = 400.0 / (1 + column - row)
    for a, b in LOOPS:
        rate[(abs(row - a) < 2) & (abs(column - b) < 2)] *= 5
    pixels = pd.DataFrame({"bin1_id": row, "bin2_id": column, "count": np.random.default_rng(0).poisson(rate)})
    cooler.create_cooler(str(folder / "map.cool"), bins, pixels[pixels["count"] > 0], ordered=True)
    (folder / "loops.bedpe").write_text("".join(f"IV\t{a}000\t{a + 1}000\tIV\t{b}000\t{b + 1}000\n" for a, b in LOOPS))
    ends = [(a, "+") for a, _ in LOOPS] + [(b, "-") for _, b in LOOPS]
    (folder / "ctcf.bed").write_text("".join(f"IV\t{a}400\t{a}420\tctcf\t5\t{s}\n" for a, s in ends))
    write_bigwig(folder / "signal.bw", {"IV": N * 1000 - 300}, [("IV", np.ones(N * 1000 - 300, np.float32))])
    return folder


def call(*words):
    done = CliRunner().invoke(app, ["hic", *map(str, words), "--json"], catch_exceptions=False)
    return done.exit_code, json.loads(done.stdout[done.stdout.index("{") :])


@pytest.mark.filterwarnings("ignore::cisgram.errors.CisgramWarning")
def test_pileup_of_loops_and_their_orientation(folder, tmp_path):
    code, result = call(
        "pileup", folder / "map.cool", folder / "loops.bedpe", "--out", tmp_path, "--flank", 10_000,
        "--motifs", folder / "ctcf.bed",
    )  # fmt: skip
    assert code == 0
    assert result["sites"] == 2
    assert result["corner_score"] > 2
    assert result["orientation"][0]["share"] == 1.0
    assert {path.name for path in tmp_path.iterdir()} >= {"pileup.png", "pileup.npz", "anchors.tsv", "orientation.tsv"}
    mean = np.load(tmp_path / "pileup.npz")["mean"]
    assert mean.shape == (21, 21)
    assert read_table(tmp_path / "pileup.tsv")["corner_score"][0] == pytest.approx(result["corner_score"])


@pytest.mark.filterwarnings("ignore::cisgram.errors.CisgramWarning")
@pytest.mark.parametrize("option", ["--pairs", "--rescale"])
def test_pileup_of_pairs_of_places_and_of_domains(folder, tmp_path, option):
    domains = folder / "domains.bed"
    domains.write_text("IV\t40000\t60000\nIV\t60000\t80000\n")
    code, result = call("pileup", folder / "map.cool", domains, "--out", tmp_path, "--flank", 5000, option)
    assert code == 0
    assert result["sites" if option == "--pairs" else "domains"] == (1 if option == "--pairs" else 2)
    assert (tmp_path / "pileup.png").stat().st_size > 5000


@pytest.mark.filterwarnings("ignore::cisgram.errors.CisgramWarning")
def test_pairs_are_not_paired_again(folder, tmp_path):
    code, result = call("pileup", folder / "map.cool", folder / "loops.bedpe", "--out", tmp_path, "--pairs")
    assert code == 1
    assert "has pairs already" in result["error"]


@pytest.mark.filterwarnings("ignore::cisgram.errors.CisgramWarning")
def test_view_draws_all_that_is_asked_for(folder, tmp_path):
    code, result = call(
        "view", folder / "map.cool", "chr4:10,001-110,000", "--out", tmp_path, "--with", folder / "map.cool", "--ratio",
        "--bigwig", folder / "signal.bw", "--bed", folder / "ctcf.bed", "--loops", folder / "loops.bedpe",
        "--insulation", 10_000, "--viewpoint", "chr4:50,001-51,000", "--peaks", folder / "ctcf.bed",
        "--baits", folder / "ctcf.bed",
    )  # fmt: skip
    assert code == 0
    assert result["pictures"] == ["triangle.png", "square.png", "capture.png"]
    assert bigwig_sizes(tmp_path / "viewpoint_chr4_50001-51000.bw") == {"chr4": N * 1000}
    table = read_table(tmp_path / "site_contacts.tsv")
    found = {(a // 1000, b // 1000) for a, b in table[table["q_value"] < 1e-4][["start1", "start2"]].to_numpy()}
    assert found == set(LOOPS)
    assert len(read_table(tmp_path / "capture.tsv")) == 16


def test_a_stretch_outside_of_the_map_is_refused(folder, tmp_path):
    code, result = call("view", folder / "map.cool", "chr4:1-999,999", "--out", tmp_path)
    assert code == 1
    assert "reaches past the end of chr4" in result["error"]
