"""``cisgram states learn``, ``segment`` and ``sequences``: files, refusals, and a simulated cell that comes back."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from cisgram.cli.main import app
from cisgram.cli.states.marks import parse_sizes
from cisgram.errors import ConfigError
from cisgram.io.chromhmm.binarised import write_binarised
from cisgram.io.chromhmm.model import read_state_model
from cisgram.io.chromhmm.segments import read_segments
from cisgram.io.tables import read_table
from cisgram.simulate.chromatin_cells import ChromatinConfig, simulate_chromatin

EMISSIONS = np.array([[0.01, 0.01, 0.01], [0.9, 0.1, 0.02], [0.05, 0.8, 0.02], [0.02, 0.03, 0.7]])
MARKS = ["H3K4me3", "H3K36me3", "H3K27me3"]


def invoke(*arguments):
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture(scope="module")
def binary(tmp_path_factory):
    """Marks of two cell types on two contigs, drawn from four states."""
    folder, rng = tmp_path_factory.mktemp("binary"), np.random.default_rng(4)
    for chrom, n in (("chr1", 4000), ("chr2", 2000)):
        shared = np.repeat(rng.integers(0, 4, n), rng.integers(5, 40, n))[:n]
        for cell in ("GM12878", "K562"):
            own = np.repeat(rng.integers(0, 4, n), rng.integers(5, 40, n))[:n]
            states = np.where(np.repeat(rng.random(n // 100) < 0.7, 100), shared, own)
            write_binarised(folder, cell, chrom, MARKS, (rng.random((n, 3)) < EMISSIONS[states]).astype(np.uint8))
    return folder


@pytest.fixture(scope="module")
def learned(binary, tmp_path_factory):
    out = tmp_path_factory.mktemp("learned") / "out"
    (out.parent / "genes.bed").write_text("chr1\t1000\t9000\tA\t0\t+\nchr1\t40000\t60000\tB\t0\t-\n")
    genes = out.parent / "genes.bed"
    code, stdout, stderr = invoke(
        "states", "learn", binary, "--states", 4, "--out", out, "--sets", genes, "--anchors", genes, "--genes", genes,
        "--locus", "chr1:1-100,000", "--json",
    )  # fmt: skip
    assert code == 0, stderr
    return out, json.loads(stdout)


def test_learn_leaves_what_chromhmm_leaves_and_a_page(learned):
    out, said = learned
    expected = {"model_4.txt", "emissions_4.txt", "transitions_4.txt", "states.json", "report.html", "names.tsv"}
    expected |= {f"{cell}_4_{kind}.bed" for cell in ("GM12878", "K562") for kind in ("segments", "dense")}
    expected |= {"trace.tsv", "enrichment.tsv", "neighborhood.tsv", "K562_overlap.txt", "switches.tsv", "share.png"}
    assert expected <= {path.name for path in out.iterdir()}
    assert said["has_converged"]
    model = read_state_model(out / "model_4.txt")
    by_mark = model.emissions[np.append(model.emissions.argmax(axis=0), model.emissions.sum(axis=1).argmin())]
    assert by_mark == pytest.approx(EMISSIONS[[1, 2, 3, 0]], abs=0.05)


def test_the_record_names_settings_versions_and_hashes(learned, binary):
    record = json.loads((learned[0] / "states.json").read_text())
    assert record["is_complete"]
    assert record["settings"]["learning"]["seed"] == 999
    assert {str(path) for path in binary.iterdir()} <= record["inputs"].keys()
    assert set(record["files"]) <= {path.name for path in learned[0].iterdir()}
    assert "cisgram" in record["versions"]


def test_the_trace_never_falls(learned):
    trace = read_table(learned[0] / "trace.tsv")
    assert (trace["change"].dropna() > -1e-6).all()


def test_the_page_has_every_part(learned):
    page = (learned[0] / "report.html").read_text()
    for title in ("States and their marks", "Share of the genome", "Where states lie", "Around anchors",
                  "Cell types compared", "Along the genome", "How the model was found"):  # fmt: skip
        assert title in page


def test_segment_gives_the_segments_of_learning_again(learned, binary, tmp_path):
    out, _ = learned
    code, _, stderr = invoke(
        "states", "segment", out / "model_4.txt", binary, "--out", tmp_path / "new", "--cells", "K562", "--posteriors",
        "--text-posteriors",
    )  # fmt: skip
    assert code == 0, stderr
    again = (tmp_path / "new" / "K562_4_segments.bed").read_bytes()
    assert again == (out / "K562_4_segments.bed").read_bytes()
    written = {path.name for path in (tmp_path / "new").iterdir()}
    assert {"K562_4_E1.bw", "K562_4_E4.bw", "K562_4_chr1_posterior.txt.gz", "report.html"} <= written
    assert "GM12878_4_segments.bed" not in written


def test_a_path_differs_from_the_best_states_of_bins(learned, binary, tmp_path):
    for name, option in (("path", "--viterbi"), ("bins", "--quiet")):
        options = ["--cells", "K562", option]
        code, _, stderr = invoke(
            "states", "segment", learned[0] / "model_4.txt", binary, "--out", tmp_path / name, *options
        )
        assert code == 0, stderr
    path, bins = (read_segments(tmp_path / name / "K562_4_segments.bed") for name in ("path", "bins"))
    assert len(path.segments) < len(bins.segments)


def test_several_sizes_leave_a_choice_and_all_models(binary, tmp_path):
    code, stdout, stderr = invoke(
        "states", "learn", binary, "--states", "3-5", "--max-iterations", 30, "--out", tmp_path / "out", "--json"
    )
    assert code == 0, stderr
    said = json.loads(stdout)
    assert said["suggested"] == said["n_states"] == 4
    assert read_table(tmp_path / "out" / "choice.tsv")["n_states"].tolist() == [3, 4, 5]
    assert {f"model_{n}.txt" for n in (3, 4, 5)} <= {path.name for path in (tmp_path / "out").iterdir()}
    assert not list((tmp_path / "out").glob("*_5_segments.bed"))


def test_an_earlier_result_is_replaced_and_another_folder_refused(binary, tmp_path):
    out, fast = tmp_path / "out", ["--max-iterations", 2, "--cells", "K562"]
    assert invoke("states", "learn", binary, "--states", 3, "--out", out, *fast)[0] == 0
    assert invoke("states", "learn", binary, "--states", 2, "--out", out, *fast)[0] == 0
    assert (out / "model_2.txt").is_file()
    assert not (out / "model_3.txt").exists()
    code, _, stderr = invoke("states", "segment", out / "model_2.txt", binary, "--out", out)
    assert code == 1
    assert "which 'states segment' did not make" in stderr
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("do not touch")
    code, _, stderr = invoke("states", "learn", binary, "--states", 2, "--out", tmp_path / "mine")
    assert code == 1
    assert "thesis.txt" in stderr
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_a_model_can_be_gone_on_from(learned, binary, tmp_path):
    model = learned[0] / "model_4.txt"
    code, stdout, stderr = invoke(
        "states", "learn", binary, "--states", 4, "--init", model, "--em", "incremental", "--out", tmp_path / "out",
        "--order", "none", "--json",
    )  # fmt: skip
    assert code == 0, stderr
    assert json.loads(stdout)["log_likelihood"] == pytest.approx(learned[1]["log_likelihood"], abs=2)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--states", "x"], "--states is a number"),
        (["--states", "5-3"], "--states is a number"),
        (["--states", "3-5", "--take", "7"], "--take must be one of --states"),
        (["--states", "99"], "different patterns"),
        (["--states", "3", "--cells", "HepG2"], "no cell type 'HepG2'"),
        (["--states", "2-3", "--init", "model_2.txt"], "one number of states"),
    ],
)
def test_wrong_requests_are_one_line(binary, tmp_path, options, said):
    code, _, stderr = invoke("states", "learn", binary, "--out", tmp_path / "out", *options)
    assert code == 1
    assert said in stderr
    assert stderr.strip().splitlines()[-1].startswith("error:")


def test_a_table_needs_contig_lengths(tmp_path):
    (tmp_path / "marks.tsv").write_text("K562\tH3K4me3\ta.bed\n")
    code, _, stderr = invoke("states", "learn", tmp_path / "marks.tsv", "--states", 2, "--out", tmp_path / "out")
    assert code == 1
    assert "--chrom-sizes" in stderr


def test_sizes_are_numbers_ranges_and_lists():
    assert parse_sizes("10") == (10,)
    assert parse_sizes("5-7, 10") == (5, 6, 7, 10)
    with pytest.raises(ConfigError, match="1 or more"):
        parse_sizes("0-3")


@pytest.mark.slow
def test_a_simulated_cell_comes_back_from_its_reads(tmp_path):
    files = simulate_chromatin(ChromatinConfig.preset("small"), tmp_path / "cell")
    code, stdout, stderr = invoke(
        "states", "learn", files.marks, "--chrom-sizes", files.chrom_sizes, "--states", 9, "--truth", files.truth,
        "--out", tmp_path / "out", "--json",
    )  # fmt: skip
    assert code == 0, stderr
    assert json.loads(stdout)["adjusted_rand"] > 0.95
    assert read_table(tmp_path / "out" / "recovered.tsv")["recall"].min() > 0.85
    assert "(planted)" in (tmp_path / "out" / "report.html").read_text()
