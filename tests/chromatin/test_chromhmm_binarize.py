"""Calls beside those of ChromHMM's own program, where it is installed: no bin differs."""

import shutil
import subprocess

import numpy as np
import pysam
import pytest

from cisgram.chromatin.binarize import BinarizeConfig
from cisgram.chromatin.mark_files import ReadingConfig, binarize_files
from cisgram.genomics.mark_patterns import MarkPatterns
from cisgram.io.chromhmm.binarised import read_binarised
from cisgram.io.chromhmm.file_table import read_mark_files
from cisgram.io.reads import ReadFilter
from cisgram.io.tables import read_chrom_sizes

pytestmark = pytest.mark.skipif(shutil.which("ChromHMM") is None, reason="ChromHMM is not installed")


def chromhmm(command, *options, folder):
    """Let the program binarise what the folder holds."""
    arguments = [command, *map(str, options), folder / "chrom.sizes", folder, folder / "marks.tsv", folder / "theirs"]
    subprocess.run(["ChromHMM", *map(str, arguments)], check=True, capture_output=True)
    return read_binarised(folder / "theirs")


def ours(folder, config=None, **reading):
    """The same by our own means."""
    files = read_mark_files(folder / "marks.tsv")
    sizes = read_chrom_sizes(folder / "chrom.sizes")
    cells = list(binarize_files(files, sizes=sizes, config=config, reading=ReadingConfig(**reading)))
    return MarkPatterns.from_calls(cells[0].marks, [one for cell in cells for one in cell.contigs()])


def n_different(own, theirs):
    """Bins that differ, all contigs of all cell types together; there must be the same ones."""
    own_runs, their_runs = ({(runs.cell, runs.chrom) for runs in one.contigs} for one in (own, theirs))
    assert own_runs == their_runs
    theirs = theirs.with_marks(own.marks)
    return sum(int((own.calls(*place) != theirs.calls(*place)).any(axis=1).sum()) for place in own_runs)


@pytest.fixture(scope="module")
def ctcf(data_folder, tmp_path_factory):
    """CTCF on chromosome 22, with its control."""
    folder = tmp_path_factory.mktemp("ctcf")
    for name in ("ChIP", "CTRL"):
        shutil.copy(data_folder / "human_reads" / f"CTCF_SE_{name}_chr22_50k.bed.gz", folder / f"{name}.bed.gz")
    (folder / "chrom.sizes").write_text("chr22\t51304566\n")
    return folder


@pytest.mark.parametrize(
    ("options", "config", "reading", "has_control"),
    [
        ([], {}, {}, False),
        ([], {}, {}, True),
        (["-center"], {}, {"place": "middle"}, True),
        (["-strictthresh", "-p", "0.001"], {"is_strict": True, "p_value": 0.001}, {}, True),
        (["-strictthresh", "-f", "25"], {"is_strict": True, "min_fold": 25.0}, {}, False),
        (["-f", "6", "-g", "3.5"], {"min_fold": 6.0, "min_signal": 3.5}, {}, True),
        (
            ["-n", "60", "-w", "2", "-u", "3"],
            {"control_flank_bins": 2, "control_pseudocount": 3},
            {"shift_bp": 60},
            True,
        ),
        (["-peaks"], {}, {"are_peaks": True}, False),
    ],
)
def test_ctcf_reads_are_called_alike(ctcf, options, config, reading, has_control):
    control = "\tCTRL.bed.gz" if has_control else ""
    (ctcf / "marks.tsv").write_text(f"cell\tCTCF\tChIP.bed.gz{control}\n")
    theirs = chromhmm("BinarizeBed", *options, folder=ctcf)
    own = ours(ctcf, BinarizeConfig(**config), **reading)
    assert own.n_bins == 256_522
    assert (own.calls("cell", "chr22") == 1).sum() > 50
    assert n_different(own, theirs) == 0


def test_cell_types_with_missing_marks_and_contigs_are_called_alike(tmp_path):
    rng = np.random.default_rng(5)
    (tmp_path / "chrom.sizes").write_text("c1\t10050\nc2\t10000\nc3\t9000\n")
    for name, chroms in {"a1": "12", "a2": "1", "b1": "12", "b3": "1", "b3b": "2", "input": "12"}.items():
        with (tmp_path / f"{name}.bed").open("w") as file:
            for chrom in chroms:
                at = np.sort(np.concatenate([rng.integers(0, 9_950, 200), rng.integers(3_000, 3_400, 90)]))
                file.writelines(f"c{chrom}\t{s}\t{s + 50}\t.\t0\t{'+-'[s % 2]}\n" for s in at.tolist())
    for control in ("", "\tinput.bed"):
        rows = ["A\tM1\ta1.bed", "A\tM2\ta2.bed", "B\tM1\tb1.bed", "B\tM3\tb3.bed", "B\tM3\tb3b.bed"]
        (tmp_path / "marks.tsv").write_text("".join(f"{row}{control}\n" for row in rows))
        theirs, own = chromhmm("BinarizeBed", folder=tmp_path), ours(tmp_path)
        assert own.marks == ("M1", "M2", "M3")
        assert n_different(own, theirs) == 0
        assert {2} == set(own.calls("A", "c1")[:, 2].tolist())
        shutil.rmtree(tmp_path / "theirs")


@pytest.mark.parametrize(("option", "place"), [("-mixed", "pair_middle"), (None, "shifted")])
def test_pairs_of_a_bam_file_are_called_alike(tmp_path, option, place):
    rng = np.random.default_rng(6)
    header = pysam.AlignmentHeader.from_references(["c1"], [40_000])
    rows = []
    for number in range(3_000):
        start = int(rng.integers(0, 39_000)) if number % 4 else int(rng.integers(9_000, 9_400))
        length, is_first_left = int(rng.integers(60, 900)), rng.random() < 0.5
        if number % 7 == 0:
            rows.append((start, 16 * int(is_first_left), 0, f"s{number}"))
            continue
        first, second = (64, 128) if is_first_left else (128, 64)
        rows += [(start, 35 | first, length, f"p{number}"), (start + length - 50, 19 | second, -length, f"p{number}")]
    with pysam.AlignmentFile(str(tmp_path / "a.bam"), "wb", header=header) as bam:
        for start, flag, template, name in sorted(rows):
            read = pysam.AlignedSegment(header)
            read.query_name, read.flag, read.reference_id, read.reference_start = name, flag, 0, start
            read.mapping_quality, read.cigartuples, read.query_sequence = 60, [(0, 50)], "A" * 50
            if flag & 1:
                read.next_reference_id, read.next_reference_start = 0, start
            read.template_length = template
            bam.write(read)
    (tmp_path / "chrom.sizes").write_text("c1\t40000\n")
    (tmp_path / "marks.tsv").write_text("A\tM1\ta.bam\n")
    theirs = chromhmm("BinarizeBam", *([option] if option else []), folder=tmp_path)
    own = ours(tmp_path, place=place, filters=ReadFilter(0, keep_duplicates=True))
    assert (own.calls("A", "c1") == 1).any()
    assert n_different(own, theirs) == 0
