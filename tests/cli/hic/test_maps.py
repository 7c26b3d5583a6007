import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from cisgram.cli.main import app
from cisgram.genomics.contacts import ContactBins, ContactMap
from cisgram.io.cool import cool_resolutions, open_cool, write_cool
from cisgram.io.tables import read_table


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """The map of the reference values of hic, without weights."""
    with np.load(Path(__file__).parents[2] / "hic" / "data" / "cooltools_map.npz") as stored:
        pixels = tuple(stored[name].astype(np.int64) for name in ("bin1", "bin2", "counts"))
    made = ContactMap(ContactBins(dict.fromkeys(("chr1", "chr2", "chr3"), 600_000), 10_000), *pixels)
    path = tmp_path_factory.mktemp("maps") / "a.cool"
    write_cool(path, made.bins, made.pixels())
    return path


def run(*words):
    done = CliRunner().invoke(app, ["hic", *map(str, words), "--json"])
    assert done.stdout, done.output
    return json.loads(done.stdout)


def test_a_map_is_balanced_and_taken_apart_by_distance(path, tmp_path):
    found = run("balance", path, "--out", tmp_path / "b.cool")
    assert found["maps"][0]["converged"]
    found = run("expected", tmp_path / "b.cool", "--out", tmp_path / "out")
    assert found["regions"] == 3
    table = read_table(tmp_path / "out" / "expected_cis.tsv.gz")
    assert len(table) == 180
    for name in ("expected_trans.tsv", "decay.tsv", "decay.png", "territories.tsv", "territories.png"):
        assert (tmp_path / "out" / name).stat().st_size


def test_regions_and_contigs_can_be_chosen(path, tmp_path):
    run("balance", path, "--out", tmp_path / "b.cool")
    words = ["--chroms", "chr1,chr3", "--region", "chr1:1-240,000", "--region", "chr3"]
    found = run("expected", tmp_path / "b.cool", "--out", tmp_path / "out", *words)
    assert found["regions"] == 2
    wrong = run("expected", tmp_path / "b.cool", "--out", tmp_path / "out", "--region", "chr1:1-700,000")
    assert "reaches past the end of chr1" in wrong["error"]


def test_an_unbalanced_map_is_refused_with_what_to_do(path, tmp_path):
    assert "run 'cisgram hic balance'" in run("expected", path, "--out", tmp_path)["error"]
    assert run("expected", path, "--out", tmp_path, "--weight", "none")["regions"] == 3


def test_a_map_is_zoomed_and_its_levels_balanced(path, tmp_path):
    found = run("zoom", path, "--out", tmp_path / "a.mcool", "--to", "10000,20000")
    assert found["resolutions"] == [10_000, 20_000] == list(cool_resolutions(tmp_path / "a.mcool"))
    assert open_cool(tmp_path / "a.mcool", resolution=20_000).weights is not None


def test_balance_needs_to_know_where_to_write(path):
    assert "--in-place" in run("balance", path)["error"]


@pytest.mark.filterwarnings("ignore:.*matched under different names")
def test_a_genome_is_cut_and_pairs_become_a_map(tmp_path):
    rng = np.random.default_rng(0)
    letters = "".join(rng.choice(list("ACGT"), 30_000))
    (tmp_path / "g.fa").write_text(f">I\n{letters[:20_000]}\n>II\n{letters[20_000:]}\n")
    lines = ["#chromsize: chrI 20000", "#chromsize: chrII 10000"]
    for number in range(3000):
        one, other = sorted(rng.integers(1, 20_001, 2))
        strands = rng.choice(["+", "-"], 2)
        lines.append(f"r{number}\tchrI\t{one}\tchrI\t{other}\t{strands[0]}\t{strands[1]}")
    (tmp_path / "a.pairs").write_text("\n".join(lines) + "\n")
    words = ["--enzyme", "DpnII", "--pairs", tmp_path / "a.pairs", "--bin-size", 500, "--valid-pairs"]
    found = run("digest", tmp_path / "g.fa", "--out", tmp_path / "out", *words)
    assert found["expected_length_bp"] == pytest.approx(256, rel=0.05)
    made = open_cool(tmp_path / "out" / "contacts.cool")
    assert made.bins.chroms == ("I", "II")
    assert made.in_memory().counts.sum() == found["summary"]["contacts"]
    assert (tmp_path / "out" / "valid.pairs.gz").stat().st_size
    assert (
        "give them with --pairs"
        in run("digest", tmp_path / "g.fa", "--out", tmp_path / "out", "-e", "DpnII", "--bin-size", 500)["error"]
    )
