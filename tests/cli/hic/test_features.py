"""The verbs insulation, domains, compartments and loops, from files to files."""

import json

import cooler
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from cisgram.cli.main import app
from cisgram.io.bigwig import read_bigwig_contig, write_bigwig
from cisgram.io.tables import read_intervals, read_table
from cisgram.io.tables.bedpe import read_bedpe

N, SIZE = 120, 10_000
EDGES = (0, 35, 70, 120)
DOT = (36, 68)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A map with three domains, the outer two of one kind, and a dot; one contig is called I, as no genome has it."""
    folder = tmp_path_factory.mktemp("features")
    row, column = np.triu_indices(N)
    domain = np.searchsorted(EDGES, np.arange(N), side="right")
    rate = 200.0 / (1 + column - row) * np.where(domain[row] == domain[column], 2, 1)
    rate *= np.where(domain[row] % 2 == domain[column] % 2, 1.5, 0.7)
    rate *= 1 + 6 * np.exp(-((row - DOT[0]) ** 2 + (column - DOT[1]) ** 2) / 2)
    counts = np.random.default_rng(0).poisson(rate)
    start = np.arange(N) * SIZE
    ends = np.minimum(start + SIZE, N * SIZE - 3000)
    bins = pd.DataFrame({"chrom": "I", "start": start, "end": ends, "weight": 1.0})
    pixels = pd.DataFrame({"bin1_id": row, "bin2_id": column, "count": counts})
    cooler.create_cooler(str(folder / "map.cool"), bins, pixels[counts > 0], ordered=True)
    signal = np.repeat((domain % 2 == 1).astype(np.float32), SIZE)[: N * SIZE - 3000]
    write_bigwig(folder / "phase.bw", {"chr1": signal.size}, [("chr1", signal)])
    return folder


def call(*words):
    done = CliRunner().invoke(app, ["hic", *map(str, words), "--json"], catch_exceptions=False)
    return done.exit_code, json.loads(done.stdout[done.stdout.index("{") :])


def is_picture(path):
    return path.read_bytes().startswith(b"\x89PNG")


def test_insulation_writes_tables_tracks_and_boundaries(folder, tmp_path):
    code, result = call("insulation", folder / "map.cool", "-o", tmp_path, "-w", 100_000, "--threshold", "0.4")
    assert code == 0
    called = read_intervals(tmp_path / "boundaries_100000.bed")
    assert result["boundaries"] == {"100000": len(called)}
    assert all(np.abs(called["start"] / SIZE + 0.5 - edge).min() <= 1 for edge in EDGES[1:-1])
    table = read_table(tmp_path / "insulation.tsv.gz")
    track = read_bigwig_contig(tmp_path / "insulation_100000.bw", "I")
    assert track.size == N * SIZE - 3000
    np.testing.assert_allclose(track[::SIZE][5:-5], table["log2_insulation_score_100000"][5:-5], rtol=1e-5)
    assert is_picture(tmp_path / "insulation.png")


def test_domains_are_written_with_their_nesting(folder, tmp_path):
    code, result = call("domains", folder / "map.cool", "-o", tmp_path, "-w", 100_000)
    assert code == 0
    found = read_intervals(tmp_path / "domains.bed")
    assert len(found) == result["domains"] == len(read_table(tmp_path / "domains.tsv"))
    assert (np.abs(found[["start", "end"]].to_numpy() / SIZE - [35, 70]).max(axis=1) <= 1).any()
    assert found["end"].max() <= N * SIZE - 3000
    assert is_picture(tmp_path / "domains.png")


@pytest.mark.filterwarnings("ignore::cisgram.errors.CisgramWarning")
def test_compartments_are_turned_by_a_track_of_another_name(folder, tmp_path):
    code, result = call(
        "compartments", folder / "map.cool", "-o", tmp_path, "--phase", folder / "phase.bw", "--groups", 8
    )
    assert code == 0
    assert result["phased"]
    assert result["strength_20_percent"] > 1.3
    vectors = read_table(tmp_path / "eigenvectors.tsv")
    assert vectors["E1"][:30].mean() > 0 > vectors["E1"][40:65].mean()
    segments = read_intervals(tmp_path / "compartments.bed")
    assert set(segments["name"]) == {"A", "B"}
    assert len(read_table(tmp_path / "saddle.tsv")) == 100
    assert is_picture(tmp_path / "compartments.png")


def test_loops_come_back_as_pairs(folder, tmp_path):
    code, result = call("loops", folder / "map.cool", "-o", tmp_path)
    assert code == 0
    pairs = read_bedpe(tmp_path / "loops.bedpe")
    assert result["loops"] == len(pairs) == len(read_table(tmp_path / "loops.tsv"))
    assert (np.abs(pairs[["start1", "start2"]].to_numpy() / SIZE - DOT).max(axis=1) <= 1).any()


@pytest.mark.parametrize("verb", ["insulation", "domains", "compartments", "loops"])
def test_a_map_that_is_not_balanced_is_one_line_of_error(verb, folder, tmp_path):
    done = CliRunner().invoke(app, ["hic", verb, str(folder / "map.cool"), "-o", str(tmp_path), "--weight", "none"])
    assert done.exit_code == 1
    assert "not balanced" in done.stderr


def test_unknown_thresholds_and_odd_windows_say_what_holds(folder, tmp_path):
    words = ["hic", "insulation", str(folder / "map.cool"), "-o", str(tmp_path)]
    done = CliRunner().invoke(app, [*words, "--threshold", "best"])
    assert "li, otsu or a number" in done.stderr
    done = CliRunner().invoke(app, [*words, "-w", "15000"])
    assert "multiples of the bin size 10000" in done.stderr
