"""Mutants of the cell: pioneers are scrambled, followers lose reads, others do not, and the wild type stays."""

from dataclasses import replace

import numpy as np
import pytest

from cisgram.errors import EmptySetError
from cisgram.genomics.sequence import encode
from cisgram.genomics.variant import matches_genome
from cisgram.io.bigwig import read_bigwig_contig
from cisgram.io.fasta import read_genome
from cisgram.io.tables import read_table
from cisgram.io.vcf import read_vcf
from cisgram.simulate.cell import CellConfig, find_cell, simulate_cell
from cisgram.simulate.cell_files import CellFiles, read_truth
from cisgram.simulate.mutants import mutated
from cisgram.simulate.sites import find_sites


@pytest.fixture(scope="module")
def mutant(tmp_path_factory, cell):
    config = replace(cell.config, n_mutants=2)
    return config, simulate_cell(config, tmp_path_factory.mktemp("mutant") / "cell")


def test_a_cell_with_a_mutant_is_byte_for_byte_the_same_wild_type(mutant, cell):
    _, files = mutant
    for path in cell.files.paths():
        if path != cell.files.truth:
            twin = files.folder / path.relative_to(cell.files.folder)
            assert twin.read_bytes() == path.read_bytes(), path.name
    assert "n_mutants" not in read_truth(cell.files.truth)["config"]
    assert read_truth(files.truth)["config"]["n_mutants"] == 2


def test_the_mutant_is_found_again_and_goes_when_the_cell_is_made_without_it(mutant, tmp_path):
    config, files = mutant
    assert find_cell(config, files.folder) == files == CellFiles.load(files.folder)
    assert find_cell(replace(config, n_mutants=0), files.folder) is None
    folder = tmp_path / "cell"
    simulate_cell(config, folder)
    assert simulate_cell(replace(config, n_mutants=0), folder).mutants is None
    assert not (folder / "mutants").exists()


def test_changes_are_substitutions_on_test_contigs_that_leave_no_pioneer_site(mutant, grammar, tmp_path):
    _, files = mutant
    genome = read_genome(files.genome, cache_folder=tmp_path)
    changes = read_vcf(files.mutants.changes).variants
    assert len(changes) == 2
    for change in changes:
        assert change.chrom in read_truth(files.truth)["split"]["test"]
        assert change.length_change == 0
        assert matches_genome(change, genome)
        codes = np.array(genome.codes(change.chrom, change.start - 20, change.end + 20))
        codes[20:-20] = encode(change.alt)
        left = find_sites(codes, grammar)
        touched = (left.start < codes.size - 20) & (left.end > 20)
        assert not (left.motif[touched] == grammar.index("Oct4-Sox2")).any()


def test_reads_of_pioneer_and_follower_fall_and_those_of_the_independent_factor_do_not(mutant):
    _, files = mutant
    effects = read_table(files.mutants.effects)
    folds = {}
    for factor in ("Oct4", "Nanog", "Klf4"):
        reads = np.zeros(2)
        for form, tracks in enumerate((files.tracks, files.mutants.tracks)):
            for track in (one for one in tracks if one.factor == factor):
                values = {chrom: read_bigwig_contig(track.path, chrom) for chrom in set(effects["chrom"])}
                for chrom, start in zip(effects["chrom"], effects["start"], strict=True):
                    reads[form] += values[chrom][start - 200 : start + 212].sum()
        folds[factor] = np.log2((reads[1] + 1) / (reads[0] + 1))
    assert folds["Oct4"] < -1
    assert folds["Nanog"] < -0.3
    assert abs(folds["Klf4"]) < 0.4
    assert (effects["log2_fold_Oct4"] < -0.5).all()
    assert effects["log2_fold_Klf4"].abs().max() < 1e-3


def test_a_contig_without_changes_is_measured_with_the_same_expectation(contig_of, grammar):
    contig = contig_of(np.tile(encode("ACGGTTTGCATAACAATT"), 20))
    assert mutated(contig, [], grammar) is contig


def test_more_sites_than_there_are_is_said_so(cell, tmp_path):
    with pytest.raises(EmptySetError, match="ask for fewer mutants or a longer genome"):
        simulate_cell(replace(cell.config, n_mutants=500), tmp_path / "cell")


def test_presets_have_no_mutants():
    assert all(CellConfig.preset(name).n_mutants == 0 for name in ("tiny", "small", "demo", "large"))
