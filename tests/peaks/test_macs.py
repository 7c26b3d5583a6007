"""MACS3 behind one function: its published result, planted peaks, and what happens where it is missing or fails."""

import shutil
import stat
import sys

import numpy as np
import pandas as pd
import pytest

from cisgram.errors import ConfigError, InputError, MissingExtraError
from cisgram.genomics.interval import interval_table, overlaps
from cisgram.io.bedgraph import read_bedgraph, write_bedgraph
from cisgram.io.bigwig import write_bigwig
from cisgram.io.reads import open_coverage_source
from cisgram.peaks import macs as macs_module
from cisgram.peaks.local_rate import local_rate
from cisgram.peaks.macs import MacsConfig, call_macs, find_macs
from cisgram.peaks.threshold import ScoredPiece, call_by_threshold

SIZES = {"chr1": 200_000}
PLANTED = interval_table(["chr1"] * 4, [20_000, 60_000, 110_000, 170_000], [20_300, 60_300, 110_300, 170_300])


@pytest.fixture
def macs():
    try:
        return find_macs()
    except MissingExtraError as error:
        pytest.skip(f"{error} (it is built from source)")


@pytest.fixture
def source(tmp_path):
    """Fragments with four planted peaks."""
    rng = np.random.default_rng(0)
    left = [rng.integers(0, 199_000, 3_000), *(rng.integers(at, at + 200, 150) for at in PLANTED["start"])]
    starts = np.sort(np.concatenate(left))
    lines = (
        f"chr1\t{start}\t{start + length}\n" for start, length in zip(starts, rng.integers(40, 120, 3_600), strict=True)
    )
    (tmp_path / "fragments.tsv").write_text("".join(lines))
    return open_coverage_source(tmp_path / "fragments.tsv", sizes=SIZES)


def test_published_peaks_of_ctcf_come_back(macs, data_folder):
    reads = data_folder / "human_reads"
    found = call_macs(
        reads / "CTCF_SE_ChIP_chr22_50k.bed.gz",
        MacsConfig(52_000_000, keep_duplicates=1),
        control=reads / "CTCF_SE_CTRL_chr22_50k.bed.gz",
    )
    assert len(found.peaks) == 730
    assert ((found.peaks["summit"] >= found.peaks["start"]) & (found.peaks["summit"] < found.peaks["end"])).all()
    assert found.command[:2] == ("macs3", "callpeak")
    assert found.version.startswith("macs3 3")


def test_planted_peaks_are_found_in_cut_sites_and_the_score_is_high_there(macs, source):
    found = call_macs(source, MacsConfig.atac(200_000), with_score=True)
    assert overlaps(PLANTED, found.peaks).all()
    assert overlaps(found.peaks, PLANTED).all()
    score = found.score.read("chr1", 0, 200_000)
    assert all(score[row.start : row.end].mean() > 20 for row in PLANTED.itertuples())
    assert np.median(score) < 2


def test_thinned_reads_make_fewer_or_weaker_peaks_and_none_at_last(macs, source):
    config = MacsConfig.atac(200_000)
    half = call_macs(source.thinned(fraction=0.5, seed=1), config).peaks
    assert half["signal"].max() < call_macs(source, config).peaks["signal"].max()
    few = call_macs(source.thinned(fraction=0.003, seed=1), MacsConfig.atac(200_000, q_value=1e-9)).peaks
    assert len(few) == 0
    assert list(few.columns) == list(half.columns)


def test_coverage_of_a_bigwig_is_called_against_its_own_surroundings(macs, source, tmp_path):
    write_bigwig(tmp_path / "a.bw", SIZES, [("chr1", source.coverage("chr1", 0, 200_000))])
    coverage = open_coverage_source(tmp_path / "a.bw")
    found = call_macs(coverage, MacsConfig(200_000, q_value=0.01), with_score=True)
    assert overlaps(PLANTED, found.peaks).all()
    assert overlaps(found.peaks, PLANTED).all()
    reads = call_macs(source, MacsConfig.atac(200_000), with_score=True)
    both = [result.score.read("chr1", 0, 200_000) for result in (found, reads)]
    assert np.corrcoef(both)[0, 1] > 0.99


def test_without_a_local_rate_the_score_ranks_bases_as_coverage_does(macs, source, tmp_path):
    coverage = source.coverage("chr1", 0, 200_000)
    write_bigwig(tmp_path / "a.bw", SIZES, [("chr1", coverage)])
    config = MacsConfig(200_000, q_value=None, p_value=1e-3, no_lambda=True)
    score = call_macs(open_coverage_source(tmp_path / "a.bw"), config, with_score=True).score.read("chr1", 0, 200_000)
    order = np.argsort(coverage, kind="stable")
    assert (np.diff(score[order]) >= 0).all()
    assert "--nolambda" in MacsConfig.atac(1e6, no_lambda=True).arguments()


def test_the_threshold_caller_agrees_with_bdgpeakcall(macs, tmp_path):
    import subprocess

    rng = np.random.default_rng(3)
    score = np.repeat(rng.integers(0, 10, 2_000), rng.integers(1, 30, 2_000)).astype(np.float32) / 10
    write_bedgraph(tmp_path / "score.bdg", [("chr1", 0, score)])
    options = ["-c", "0.5", "-l", "20", "-g", "5", "--no-trackline", "-o", str(tmp_path / "out.bed")]
    command = [str(macs), "bdgpeakcall", "-i", str(tmp_path / "score.bdg"), *options]
    subprocess.run(command, check=True, capture_output=True)
    theirs = pd.read_csv(tmp_path / "out.bed", sep="\t", header=None)
    ours = call_by_threshold([ScoredPiece("chr1", 0, score)], threshold=0.5, min_length_bp=20, max_gap_bp=5)
    assert ours[["start", "end"]].to_numpy().tolist() == theirs[[1, 2]].to_numpy().tolist()


def test_a_missing_program_names_the_extra(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'cisgram\[peaks\]'"):
        find_macs()
    with pytest.raises(InputError, match="no program that can be run"):
        find_macs(tmp_path / "macs3")


def fake_macs(folder, script):
    path = folder / "macs3"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IEXEC)
    return path


def test_what_macs_says_when_it_fails_is_in_the_message(tmp_path, source):
    program = fake_macs(tmp_path, 'echo "INFO @ now: [61 MB] MACS3 needs at least 100 paired peaks" >&2; exit 3')
    with pytest.raises(
        InputError, match=r"callpeak failed \(exit code 3\): MACS3 needs .* paired peaks; give extend_bp"
    ):
        call_macs(source, MacsConfig.atac(200_000), program=program)


def test_names_of_files_are_never_read_by_a_shell(tmp_path, source):
    odd = tmp_path / "a; touch hacked $(touch hacked).bed"
    odd.write_text("chr1\t1\t2\t.\t0\t+\n")
    program = fake_macs(tmp_path, ': > called_peaks.narrowPeak; echo "$3" >> "$(dirname "$0")/seen"')
    result = call_macs(odd, MacsConfig(1e6), program=program)
    assert len(result.peaks) == 0
    assert (tmp_path / "seen").read_text().strip() == str(odd)
    assert not list(tmp_path.rglob("hacked"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"genome_size": 0}, "at least 1 bp"),
        ({"p_value": 0.1}, "either q_value or p_value"),
        ({"q_value": None}, "either q_value or p_value"),
        ({"q_value": 2.0}, "at most 1"),
        ({"shift_bp": 5}, "shift_bp needs extend_bp"),
        ({"extend_bp": 0}, "extend_bp must be at least 1"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(options, message):
    with pytest.raises(ConfigError, match=message):
        MacsConfig(**{"genome_size": 1e6, **options})


def test_data_that_do_not_fit_the_settings_are_refused(tmp_path, source):
    program = fake_macs(tmp_path, "exit 1")
    with pytest.raises(ConfigError, match="give extend_bp, or MacsConfig"):
        call_macs(source, MacsConfig(1e6), program=program)
    with pytest.raises(InputError, match="control can be given for a file"):
        call_macs(source, MacsConfig.atac(1e6), control=tmp_path / "c.bed", program=program)


def test_the_local_rate_is_a_mean_of_the_neighbourhood_but_not_below_the_genome():
    rng = np.random.default_rng(1)
    coverage = rng.poisson(0.3, 3_000).astype(np.float32)
    found = local_rate(coverage, least=0.25, width_bp=100)
    for at in (0, 7, 1_500, 2_960, 2_999):
        window = coverage[max(0, at - 50) : at + 50]
        assert found[at] == pytest.approx(max(0.25, window.sum() / 100), abs=1e-4)


def test_local_rates_of_pieces_are_those_of_the_whole_contig(source, monkeypatch):
    monkeypatch.setattr(macs_module, "_CHUNK_BP", 7_919)
    pieces = list(macs_module._local_rates(source, least=0.01))
    assert len(pieces) == 26
    assert [start for _, start, _ in pieces] == list(range(0, 200_000, 7_919))
    whole = local_rate(source.coverage("chr1", 0, 200_000), least=0.01)
    np.testing.assert_allclose(np.concatenate([values for _, _, values in pieces]), whole, atol=1.01e-4)
    assert (whole > 0.01).mean() > 0.5


def test_bedgraph_comes_back_as_it_was_written(tmp_path):
    values = np.repeat(np.array([0.0, 1.5, 0.25, 7.0]), [5, 3, 9, 2])
    write_bedgraph(tmp_path / "a.bdg.gz", [("I", 0, values[:7]), ("I", 7, values[7:]), ("II", 0, values[::-1].copy())])
    track = read_bedgraph(tmp_path / "a.bdg.gz")
    np.testing.assert_array_equal(track.read("II", -3, 25), np.pad(values[::-1], (3, 6)))
    np.testing.assert_array_equal(track.read("I", 6, 11), values[6:11])
    assert track.read("III", 0, 4).tolist() == [0.0] * 4
