"""The whole cell on disk: complete, readable by public tools, the same for the same seed."""

from dataclasses import replace

import numpy as np
import pybigtools
import pytest

from cisgram.errors import ConfigError, EmptySetError, FormatError, RunFolderError
from cisgram.genomics.interval import beyond_contig, overlaps
from cisgram.genomics.sequence import decode
from cisgram.io.fasta import read_genome
from cisgram.io.meme import read_meme
from cisgram.io.tables import read_chrom_sizes, read_intervals, read_table
from cisgram.io.vcf import read_vcf
from cisgram.simulate.assays.chip_nexus import ChipNexusConfig
from cisgram.simulate.cell import CellConfig, contig_sizes, find_cell, simulate_cell
from cisgram.simulate.cell_files import CellFiles, read_truth
from cisgram.simulate.genome import BackgroundConfig
from cisgram.simulate.recovery import bound_instances


@pytest.fixture(scope="module")
def genome(cell, tmp_path_factory):
    return read_genome(cell.files.genome, cache_folder=tmp_path_factory.mktemp("cache"))


def small(seed):
    return replace(CellConfig.preset("tiny", seed=seed), genome_bp=60_000, n_contigs=3, n_variants=10, n_decoy_motifs=3)


def contents(files):
    return {str(path.relative_to(files.folder)): path.read_bytes() for path in files.paths()}


def test_same_seed_gives_the_same_bytes_and_another_seed_another_cell(tmp_path):
    first, again, other = (
        contents(simulate_cell(small(seed), tmp_path / name)) for seed, name in ((1, "a"), (1, "b"), (2, "c"))
    )
    assert first == again
    same = {name for name in first if first[name] == other[name]}
    assert same == {"chrom.sizes", "motifs.meme"}


def test_a_cell_can_be_replaced_and_leaves_nothing_else_behind(tmp_path):
    files = simulate_cell(small(1), tmp_path / "cell")
    files = simulate_cell(small(2), tmp_path / "cell")
    assert read_truth(files.truth)["seed"] == 2
    assert {path for path in (tmp_path / "cell").rglob("*") if path.is_file()} == set(files.paths())


def test_a_folder_with_other_things_in_it_is_refused(tmp_path):
    (tmp_path / "thesis.txt").write_text("do not touch")
    with pytest.raises(RunFolderError, match="no simulation"):
        simulate_cell(small(1), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_cell_that_was_interrupted_is_simulated_again(tmp_path):
    whole = contents(simulate_cell(small(1), tmp_path / "cell"))
    (tmp_path / "cell" / "truth.json").unlink()
    (tmp_path / "cell" / "variants.vcf").unlink()
    (tmp_path / "cell" / ".bases-left").mkdir()
    assert contents(simulate_cell(small(1), tmp_path / "cell")) == whole
    assert not (tmp_path / "cell" / ".bases-left").exists()


def test_a_cell_is_recognised_by_all_its_settings(cell, grammar):
    folder = cell.files.folder
    assert find_cell(cell.config, folder) == cell.files
    assert find_cell(replace(cell.config, seed=8), folder) is None
    assert find_cell(replace(cell.config, chip_nexus=ChipNexusConfig(reads_per_site=90.0)), folder) is None
    assert find_cell(replace(cell.config, grammar=replace(grammar, cooperations=())), folder) is None
    assert find_cell(cell.config, folder / "nowhere") is None


def test_a_cell_without_variants_and_decoys_is_possible(tmp_path):
    files = simulate_cell(replace(small(1), n_variants=0, n_decoy_motifs=0), tmp_path / "cell")
    assert read_vcf(files.variants).variants == []
    assert len(read_table(files.variant_effects)) == 0


def test_files_are_found_again_and_a_missing_one_is_named(cell, tmp_path):
    assert CellFiles.load(cell.files.folder) == cell.files
    files = simulate_cell(small(1), tmp_path / "cell")
    files.peaks["Nanog"].unlink()
    with pytest.raises(RunFolderError, match=r"lacks peaks/Nanog\.narrowPeak"):
        CellFiles.load(files.folder)
    files.truth.write_text('{"format": "something else"}')
    with pytest.raises(FormatError, match="not the truth of a 'cisgram simulated cell'"):
        CellFiles.load(files.folder)


def test_every_file_agrees_on_the_contigs(cell, genome):
    sizes = dict(genome.sizes)
    assert sizes == contig_sizes(cell.config.genome_bp, cell.config.n_contigs)
    assert read_chrom_sizes(cell.files.chrom_sizes) == sizes
    assert read_truth(cell.files.truth)["contigs"] == sizes
    for track in (*cell.files.tracks, *cell.files.controls):
        with pybigtools.open(str(track.path)) as bigwig:
            assert bigwig.chroms() == sizes
            values = bigwig.values("chr1", fillna=0.0)
        assert values.sum() > 0
        np.testing.assert_array_equal(values, values.round())
    for table in (
        *map(read_intervals, cell.files.peaks.values()),
        cell.instances,
        read_intervals(cell.files.unmappable),
    ):
        assert not beyond_contig(table, sizes).any()


def test_instances_are_in_the_genome(cell, genome):
    best = cell.instances[(cell.instances["name"] == "Oct4-Sox2") & (cell.instances["weight"] > 7.9)]
    assert len(best) > 5
    for site in best.itertuples():
        letters = decode(genome.codes(site.chrom, site.start, site.end))
        assert letters == ("TTTGCATAACAA" if site.strand == "+" else "TTGTTATGCAAA")
    assert (cell.instances["score"] == np.round(1_000 * cell.instances["occupancy"])).all()
    bed = read_intervals(cell.files.instances_bed)
    assert bed[["chrom", "start", "end", "name", "strand"]].equals(
        cell.instances[["chrom", "start", "end", "name", "strand"]]
    )


def test_decoys_are_hardly_bound_and_planted_sites_are(cell):
    occupancy = cell.instances.groupby(["origin", "name"])["occupancy"].median()
    assert occupancy["decoy"].max() < 0.1
    assert occupancy["planted"]["Oct4-Sox2"] > 0.7
    assert (cell.instances["origin"] == "chance").mean() < 0.5


def test_peaks_hold_the_well_bound_sites_and_some_that_are_weak(cell):
    for factor, path in cell.files.peaks.items():
        peaks = read_intervals(path)
        assert (peaks["summit"] >= 0).all()
        strong = bound_instances(cell.instances, factor=factor, min_occupancy=0.6)
        assert len(strong) > 5
        mappable = strong[~overlaps(strong, read_intervals(cell.files.unmappable))]
        assert overlaps(mappable, peaks).mean() > 0.97
    n_weak = [
        1 - overlaps(read_intervals(path), strong_sites(cell, factor)).mean()
        for factor, path in cell.files.peaks.items()
    ]
    assert max(n_weak) > 0.03


def strong_sites(cell, factor):
    return bound_instances(cell.instances, factor=factor, min_occupancy=0.1)


def test_truth_says_what_was_planted(cell, grammar):
    truth = read_truth(cell.files.truth)
    planted = read_meme(cell.files.motifs)
    assert [motif["name"] for motif in truth["motifs"]] == [motif.name for motif in planted]
    for said, motif in zip(truth["motifs"], planted, strict=True):
        np.testing.assert_allclose(said["ppm"], motif.ppm, atol=1e-9)
    assert [factor["name"] for factor in truth["factors"] if factor["is_assayed"]] == list(cell.files.peaks)
    rules = {(rule["helper"], rule["helped"]): rule["amplitude"] for rule in truth["cooperations"]}
    assert rules == {(rule.helper, rule.helped): rule.amplitude for rule in grammar.cooperations}
    listed = truth["counts"]["by_motif"]["Nanog"]["planted"]["n"]
    assert listed == ((cell.instances["name"] == "Nanog") & (cell.instances["origin"] == "planted")).sum()
    assert {name for names in truth["split"].values() for name in names} == set(truth["contigs"])
    for entry in [truth["files"]["genome"], *(track["path"] for track in truth["files"]["tracks"])]:
        assert (cell.files.folder / entry).is_file()


def test_database_holds_the_planted_motifs_among_decoys_that_do_not_look_like_them(cell):
    from cisgram.genomics.motif_alignment import motif_similarity

    planted, known = read_meme(cell.files.motifs), read_meme(cell.files.known_database)
    names = [motif.name for motif in known]
    decoys = [motif for motif in known if motif.name.startswith("decoy-")]
    assert len(decoys) == cell.config.n_decoy_motifs
    assert set(names) - {motif.name for motif in decoys} == {motif.name for motif in planted}
    for motif in planted:
        assert motif_similarity(motif, known[names.index(motif.name)]) > 0.98
        assert max(motif_similarity(motif, decoy) for decoy in decoys) < 0.7


def test_vcf_gives_nothing_away_and_fits_the_effects(cell, genome):
    records = read_vcf(cell.files.variants)
    effects = read_table(cell.files.variant_effects)
    assert records.dropped == {}
    assert [variant.name for variant in records.variants] == effects["name"].tolist()
    assert [variant.start for variant in records.variants] == effects["start"].tolist()
    assert len(effects) > 0.8 * cell.config.n_variants
    text = cell.files.variants.read_text()
    assert not any(word in text for word in ("Nanog", "breaks", "background"))
    assert len(read_truth(cell.files.truth)["variant_effects"]) == len(effects)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"genome_bp": 20_000}, "every contig must have at least"),
        ({"genome_bp": 0}, "every contig must have at least"),
        ({"n_contigs": 2}, "n_contigs must be at least 3"),
        ({"n_contigs": 500}, "fewer contigs"),
        ({"seed": -1}, "at least 0"),
        ({"chance_sites_kept": 1.5}, "chance_sites_kept"),
        ({"background": BackgroundConfig(gap_bp=50_000)}, "every contig must have at least 400000"),
    ],
)
def test_impossible_cells_are_refused(values, message):
    with pytest.raises(ConfigError, match=message):
        CellConfig(**values)


def test_an_unknown_preset_is_refused():
    with pytest.raises(ConfigError, match="there are tiny, small, demo"):
        CellConfig.preset("huge")


def test_an_experiment_too_shallow_for_peaks_is_said_so_and_the_cell_is_not_complete(tmp_path):
    shallow = replace(small(1), chip_nexus=ChipNexusConfig(reads_per_site=0.01, background_per_kb=0.0))
    with pytest.raises(EmptySetError, match="raise reads_per_site"):
        simulate_cell(shallow, tmp_path / "cell")
    assert not (tmp_path / "cell" / "truth.json").exists()


@pytest.mark.slow
def test_demo_has_the_size_it_promises(tmp_path):
    files = simulate_cell(CellConfig.preset("demo"), tmp_path / "demo")
    n_peaks = {factor: len(read_intervals(path)) for factor, path in files.peaks.items()}
    assert 1_500 <= sum(n_peaks.values()) <= 2_500
    assert min(n_peaks.values()) > 200
    bound = bound_instances(read_table(files.instances))
    assert bound["name"].value_counts().min() > 60
