"""Simulated histone marks: the same for the same seed, planted as told, and called where they were planted."""

import json
from dataclasses import replace

import numpy as np
import pytest

from cisgram.chromatin.mark_files import binarize_files
from cisgram.errors import ConfigError, FormatError, RunFolderError
from cisgram.genomics.interval import beyond_contig
from cisgram.genomics.sequence import reverse_complement
from cisgram.io.chromhmm.file_table import read_mark_files
from cisgram.io.fasta import read_genome
from cisgram.io.genes import read_genes
from cisgram.io.meme import read_meme
from cisgram.io.tables import read_chrom_sizes, read_intervals, read_table
from cisgram.simulate.assays.histone_marks import HistoneExperiment, draw_fragments
from cisgram.simulate.chromatin_cells import (
    ChromatinConfig,
    find_chromatin,
    planted_segmentation,
    simulate_chromatin,
)
from cisgram.simulate.chromatin_files import ChromatinFiles
from cisgram.simulate.chromatin_states import MARKS, PLANTED_STATES, plan_chromatin, state_levels

NUMBERS = {state.name: number for number, state in enumerate(PLANTED_STATES)}
CELLS = ("erythroid", "hepatic")


@pytest.fixture(scope="module")
def tiny():
    return replace(ChromatinConfig.preset("tiny", seed=3), cell_types=CELLS)


@pytest.fixture(scope="module")
def files(tiny, tmp_path_factory):
    return simulate_chromatin(tiny, tmp_path_factory.mktemp("chromatin") / "tiny")


@pytest.fixture(scope="module")
def planted(files):
    return {cell: planted_segmentation(files, cell) for cell in CELLS}


def contents(files):
    return {str(path.relative_to(files.folder)): path.read_bytes() for path in files.paths()}


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(tiny, files, tmp_path):
    again = contents(simulate_chromatin(tiny, tmp_path / "again"))
    assert again == contents(files)
    assert find_chromatin(tiny, tmp_path / "again") == ChromatinFiles.in_folder(tmp_path / "again", cell_types=CELLS)
    assert find_chromatin(replace(tiny, seed=4), tmp_path / "again") is None
    assert find_chromatin(tiny, tmp_path / "nothing") is None
    other = contents(simulate_chromatin(replace(tiny, seed=4), tmp_path / "other"))
    same = {name for name in other if other[name] == again[name]}
    assert same == {"chrom.sizes", "marks.tsv", "motifs.meme"}


def test_files_agree_with_each_other_and_a_missing_one_is_named(files, planted, tmp_path):
    sizes = read_chrom_sizes(files.chrom_sizes)
    truth = json.loads(files.truth.read_text())
    assert truth["contigs"] == sizes == dict(read_genome(files.genome, cache_folder=tmp_path / "cache").sizes)
    assert truth["states"] == [state.name for state in PLANTED_STATES]
    genes = read_genes(files.genes)
    table = read_table(files.gene_table)
    assert genes["gene"].tolist() == table["name"].tolist()
    for intervals in (
        genes,
        table,
        read_table(files.enhancers),
        read_table(files.instances),
        read_intervals(files.islands),
    ):
        assert len(intervals) > 0
        assert not beyond_contig(intervals, sizes).any()
    for segmentation in planted.values():
        assert {chrom: len(segmentation.states(chrom)) for chrom in sizes} == {c: n // 200 for c, n in sizes.items()}
    assert read_table(files.levels).columns.tolist() == ["state", *MARKS]
    (tmp_path / "truth.json").write_text("[]")
    with pytest.raises(FormatError, match="not the truth of a 'cisgram simulated histone marks'"):
        ChromatinFiles.load(tmp_path)
    (tmp_path / "truth.json").write_text(files.truth.read_text())
    with pytest.raises(RunFolderError, match=r"lacks genome\.fa\.gz"):
        ChromatinFiles.load(tmp_path)
    (tmp_path / "truth.json").unlink()
    with pytest.raises(RunFolderError, match="no simulation"):
        simulate_chromatin(ChromatinConfig.preset("tiny"), tmp_path)


def test_promoters_are_shared_and_enhancers_are_not(files, planted):
    shared = {}
    for name in ("active promoter", "strong enhancer"):
        both = [[planted[cell].states(chrom) == NUMBERS[name] for chrom in planted[cell].chroms] for cell in CELLS]
        one, other = (np.concatenate(parts) for parts in both)
        shared[name] = (one & other).sum() / (one | other).sum()
    assert shared["active promoter"] > 0.5 > shared["strong enhancer"] + 0.1
    for gene in read_table(files.gene_table).to_dict("records"):
        middle = (gene["promoter_start"] + gene["promoter_end"]) // 400
        for cell in CELLS:
            state = planted[cell].states(gene["chrom"])[middle]
            is_active = cell in gene["active_in"].split(",")
            assert (state == NUMBERS["active promoter"]) == is_active
            if gene["kind"] == "housekeeping":
                assert is_active


def test_the_plan_of_a_contig_has_textbook_shares():
    plan = plan_chromatin("chr1", 50_000, cell_types=("erythroid", "hepatic", "myeloid"), seed=1)
    for states in plan.states.values():
        share = dict(zip(NUMBERS, np.bincount(states, minlength=9) / states.size, strict=True))
        assert 0.005 < share["active promoter"] < 0.02
        assert 0.1 < share["transcribed"] < 0.3
        assert share["quiescent"] > 0.35
        assert min(share.values()) > 0.001
    assert (plan.genes["start"].to_numpy()[1:] >= plan.genes["end"].to_numpy()[:-1]).all()
    one = plan_chromatin("chr1", 50_000, cell_types=("erythroid", "hepatic", "myeloid"), seed=1)
    assert (one.states["hepatic"] == plan.states["hepatic"]).all()


def test_marks_are_called_where_their_states_are(files, planted):
    levels = state_levels().to_numpy()
    called, bins = np.zeros(levels.shape), np.zeros(len(levels))
    for cell in binarize_files(read_mark_files(files.marks), sizes=read_chrom_sizes(files.chrom_sizes)):
        assert cell.marks == MARKS
        for (_, chrom), table in cell.contigs():
            one_hot = np.eye(len(levels))[planted[cell.cell].states(chrom)]
            called += one_hot.T @ table
            bins += one_hot.sum(axis=0)
    share = called / bins[:, None]
    assert (share[levels >= 0.7] > 0.6).all()
    assert (share[levels == 0] < 0.03).all()


def test_motifs_stand_in_the_genome_where_the_truth_says(files, tmp_path):
    genome = read_genome(files.genome, cache_folder=tmp_path)
    motifs = {motif.name: motif for motif in read_meme(files.motifs)}
    enhancers = read_table(files.enhancers).set_index("name")
    scores, own = [], {"GATA1": "erythroid", "HNF4A": "hepatic"}
    for one in read_table(files.instances).to_dict("records"):
        codes = genome.codes(one["chrom"], one["start"], one["end"])
        codes = reverse_complement(codes) if one["strand"] == "-" else codes
        ppm = motifs[one["name"]].ppm
        scores.append(np.log2(ppm[codes, np.arange(len(codes))] / 0.25).sum() / np.log2(ppm.max(axis=0) / 0.25).sum())
        if one["name"] in own:
            assert own[one["name"]] in enhancers.loc[one["element"], "active_in"].split(",")
    assert min(scores) > 0.5


def test_fragments_have_their_middle_in_the_bin_they_count_for():
    expected = np.array([0.0, 40.0, 0.0, 3.0, 0.0])
    drawn = draw_fragments(expected, bin_size=200, experiment=HistoneExperiment(), rng=np.random.default_rng(1))
    middle = (drawn.start + (drawn.end - drawn.start) // 2) // 200
    assert set(middle.tolist()) <= {1, 3}
    assert 20 < (middle == 1).sum() < 60
    reads = drawn.reads(50)
    assert ((reads.end - reads.start) == 50).all()
    assert (np.diff(reads.start) >= 0).all()


def test_fragments_in_place_of_reads_and_no_control(tiny, tmp_path):
    experiment = HistoneExperiment(reads_per_bin=1.0, control_reads_per_bin=0)
    config = replace(tiny, cell_types=("stem",), has_fragments=True, experiment=experiment)
    files = simulate_chromatin(config, tmp_path)
    assert ("stem", "control") not in files.reads
    assert find_chromatin(config, tmp_path) == files == ChromatinFiles.load(tmp_path)
    assert all(one.control is None for one in read_mark_files(files.marks))
    assert set(read_intervals(files.reads["stem", "H3K4me3"]).columns) == {"chrom", "start", "end"}


def test_wrong_settings_are_refused():
    for wrong, message in (
        ({"cell_types": ()}, "at least one cell type"),
        ({"cell_types": ("stem", "stem")}, "each once"),
        ({"cell_types": ("neuron",)}, "no cell type 'neuron'"),
        ({"genome_bp": 200_000}, "100000 bp on average"),
        ({"seed": -1}, "seed"),
    ):
        with pytest.raises(ConfigError, match=message):
            ChromatinConfig(**wrong)
    with pytest.raises(ConfigError, match="no preset 'huge'"):
        ChromatinConfig.preset("huge")
    for wrong in ({"reads_per_bin": 0.0}, {"signal": -1.0}, {"read_bp": 300}):
        with pytest.raises(ConfigError):
            HistoneExperiment(**wrong)
