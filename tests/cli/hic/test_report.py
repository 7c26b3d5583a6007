"""The verb report, from a map to a page: planted folding, halves, replicates, truth, and maps without weights."""

import json
import re
from itertools import pairwise

import cooler
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from cisgram.cli.main import app
from cisgram.io.tables import read_intervals, read_table

N, SIZE = 240, 10_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two contigs of nested domains of two kinds with dots at their corners; two replicates, one without weights."""
    folder = tmp_path_factory.mktemp("report")
    edges = np.arange(0, N + 1, 30)
    row, column = np.triu_indices(N)
    domain = np.searchsorted(edges, np.arange(N), side="right")
    kind = np.where(domain % 2, 1, -1)
    rate = 300.0 / (1 + column - row) * np.where(domain[row] == domain[column], 2.0, 1)
    rate *= np.exp(0.4 * kind[row] * kind[column])
    for left, right in pairwise(edges):
        rate *= 1 + 5 * np.exp(-((row - left - 1) ** 2 + (column - right + 2) ** 2) / 2)
    start = np.tile(np.arange(N) * SIZE, 2)
    bins = pd.DataFrame({"chrom": np.repeat(["chr1", "chr2"], N), "start": start, "end": start + SIZE})
    for number in (1, 2):
        drawn = [np.random.default_rng([number, contig]).poisson(rate) for contig in range(2)]
        pixels = pd.concat(
            [pd.DataFrame({"bin1_id": row + k * N, "bin2_id": column + k * N, "count": drawn[k]}) for k in range(2)]
        )
        own = bins.assign(weight=1.0) if number == 1 else bins
        pixels = pixels[pixels["count"] > 0]
        cooler.create_cooler(str(folder / f"rep{number}.cool"), own, pixels, ordered=True)
    sites = [
        (chrom, at * SIZE + 4000, at * SIZE + 4019, "m", 1, strand)
        for chrom in ("chr1", "chr2")
        for left in edges[:-1]
        for at, strand in ((left + 1, "+"), (left + 28, "-"))
    ]
    pd.DataFrame(sites).to_csv(folder / "sites.bed", sep="\t", header=False, index=False)
    inner = [(c, e * SIZE - 1, e * SIZE + 1) for c in ("chr1", "chr2") for e in edges[1:-1]]
    pd.DataFrame(inner).to_csv(folder / "known.bed", sep="\t", header=False, index=False)
    return folder


def call(*words):
    done = CliRunner().invoke(app, ["hic", "report", *map(str, words), "--json"], catch_exceptions=False)
    return done.exit_code, json.loads(done.stdout[done.stdout.index("{") :])


@pytest.fixture(scope="module")
def reported(folder):
    out = folder / "one"
    options = ("--sites", folder / "sites.bed", "--known-boundaries", folder / "known.bed", "--at", "chr2:1-1,500,000")
    code, result = call(folder / "rep1.cool", "-o", out, *options)
    assert code == 0
    return out, result


def value(result, table, **where):
    return next(row for row in result[table] if all(row[name] == wanted for name, wanted in where.items()))


def test_planted_folding_is_found_again_in_the_other_half(reported):
    _, result = reported
    assert value(result, "agreement", feature="compartments")["value"] > 0.9
    boundaries = value(result, "agreement", feature="boundaries 100000")
    assert boundaries["value"] > 0.8 > boundaries["by_chance"] + 0.4
    loops = value(result, "held_out", feature="loops")
    assert loops["value"] > 1.5 > loops["by_chance"]
    assert value(result, "known", what="boundaries (100,000 bp)")["found"] > 0.9
    convergent = value(result, "orientation", orientation="convergent")
    assert convergent["share"] > 0.7
    assert convergent["p_more"] < 0.01


def test_the_page_says_what_the_tables_say(reported):
    out, result = reported
    page = (out / "report.html").read_text()
    for title in ("The map", "Compartments", "Loops", "Known places", "What a second experiment would show"):
        assert f"<h2>{title}</h2>" in page
    assert "http" not in re.sub(r'"data:[^"]*"', "", page)
    assert len(read_intervals(out / "boundaries_100000.bed")) == result["boundaries_100000"]
    assert len(read_table(out / "loops.tsv")) == result["loops"]
    assert json.loads((out / "report.json").read_text())["result"]["findings"] == result["findings"]
    assert "chr2:1-1,500,000" in page


def test_the_same_call_gives_the_same_page(folder, reported, tmp_path):
    out, _ = reported
    options = ("--sites", folder / "sites.bed", "--known-boundaries", folder / "known.bed", "--at", "chr2:1-1,500,000")
    call(folder / "rep1.cool", "-o", tmp_path, *options)
    assert (tmp_path / "report.html").read_bytes() == (out / "report.html").read_bytes()


def test_a_map_without_weights_is_balanced_and_may_have_a_replicate(folder, tmp_path):
    code, result = call(folder / "rep2.cool", "-o", tmp_path, "--replicate", folder / "rep1.cool", "-w", 100_000)
    assert code == 0
    assert result["facts"]["balanced"].startswith("here")
    assert value(result, "agreement", feature="insulation 100000")["value"] > 0.9
    assert "with the replicate" in (tmp_path / "report.html").read_text()


def test_fractions_have_no_halves_and_the_page_says_less(folder, tmp_path):
    row, column = np.triu_indices(N)
    bins = pd.DataFrame({"chrom": "chr1", "start": np.arange(N) * SIZE, "end": np.arange(1, N + 1) * SIZE})
    pixels = pd.DataFrame({"bin1_id": row, "bin2_id": column, "count": 10.5 / (1 + column - row)})
    path = tmp_path / "fractions.cool"
    cooler.create_cooler(str(path), bins.assign(weight=1.0), pixels, ordered=True, dtypes={"count": float})
    code, result = call(path, "-o", tmp_path / "out")
    assert code == 0
    assert "agreement" not in result
    assert "fractions" in result["skipped"]["loops"] or "whole" in result["skipped"]["loops"]


@pytest.mark.slow
def test_planted_truth_is_read_from_the_folder_of_a_simulation(tmp_path):
    from cisgram.simulate.contact_cells import ContactConfig, simulate_contacts

    files = simulate_contacts(ContactConfig.preset("tiny"), tmp_path / "cell")
    code, result = call(files.contacts, "-o", tmp_path / "out", "--truth", tmp_path / "cell")
    assert code == 0
    assert {row["what"] for row in result["recovered"]} >= {"loops", "power of distance, planted"}
    slopes = [value(result, "recovered", what=f"power of distance, {name}")["value"] for name in ("found", "planted")]
    assert slopes[0] == pytest.approx(slopes[1], abs=0.15)
