"""Simulated ATAC-seq: what is drawn is what is expected, parameters do what they say, peaks are where sites are."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from cisgram.cli.main import app
from cisgram.errors import ConfigError, FormatError, RunFolderError
from cisgram.genomics.interval import overlaps
from cisgram.io.bigwig import read_bigwig_contig
from cisgram.io.reads import open_coverage_source, read_barcode_groups
from cisgram.io.tables import read_chrom_sizes, read_intervals, read_table
from cisgram.run.config import read_config
from cisgram.simulate.accessibility import AccessibilityConfig
from cisgram.simulate.assays.atac import AtacDensity, AtacExperiment, Backdrop, _length_chances, tn5_preference
from cisgram.simulate.atac_cells import AtacConfig, find_atac, simulate_atac
from cisgram.simulate.atac_files import AtacFiles
from cisgram.simulate.atac_libraries import AtacLibrary


@pytest.fixture(scope="module")
def atac(tmp_path_factory):
    tiny = AtacConfig.preset("tiny", seed=3)
    cells = replace(tiny.cells, cell_types=tiny.cells.cell_types[:2])
    config = AtacConfig(cells, replace(tiny.experiment, n_fragments=20_000))
    files = simulate_atac(config, tmp_path_factory.mktemp("atac") / "tiny")
    sizes = read_chrom_sizes(files.chrom_sizes)
    source = open_coverage_source(files.fragments, sizes=sizes)
    groups = source.groups(read_barcode_groups(files.barcodes))
    return SimpleNamespace(config=config, files=files, sizes=sizes, source=source, groups=groups)


def contents(files):
    return {str(path.relative_to(files.folder)): path.read_bytes() for path in files.paths()}


def random_density(seed=0, size=3_000):
    rng = np.random.default_rng(seed)
    preference = np.exp(rng.normal(0, 0.7, size))
    preference[1_200:1_500] = 0
    density = np.zeros(size)
    density[400:600] = rng.random(200)
    density[1_100:1_300] = 2
    return AtacDensity(density, Backdrop(preference, density))


def test_expected_cuts_sum_to_both_ends_of_all_fragments():
    density = random_density()
    assert density.expected_cuts().sum() == pytest.approx(2 * density.mass, rel=1e-9)


def test_fragments_fall_as_expected_and_none_where_none_can_be_placed():
    density = random_density()
    drawn = density.draw(200_000, np.random.default_rng(1))
    counts = np.bincount(drawn.starts, minlength=3_000) + np.bincount(drawn.ends - 1, minlength=3_000)
    expected = density.expected_cuts() * 200_000 / density.mass
    assert counts[1_200:1_500].sum() == 0
    busy = expected > 20
    z = (counts[busy] - expected[busy]) / np.sqrt(expected[busy])
    assert abs(z.mean()) < 0.2
    assert 0.85 < z.std() < 1.15
    lengths = drawn.ends - drawn.starts
    assert lengths.min() >= 25
    assert lengths.max() <= 600


def test_expected_cuts_agree_with_adding_up_all_fragments():
    rng = np.random.default_rng(2)
    density = AtacDensity(rng.random(700), Backdrop(rng.random(700), rng.random(700)))
    chances, cuts = _length_chances(), np.zeros(700)
    for left in range(700):
        rights = np.arange(left, min(700, left + 600))
        weight = (density.density[left] + density.density[rights]) / 2 * density.backdrop.preference[left]
        weight = weight * density.backdrop.preference[rights] * chances[rights - left + 1]
        cuts[left] += weight.sum()
        cuts[rights] += weight
    np.testing.assert_allclose(density.expected_cuts(), cuts, rtol=1e-6)


def test_the_preference_of_tn5_reads_alike_on_both_strands_and_can_be_turned_off():
    codes = np.random.default_rng(0).integers(0, 4, 500).astype(np.uint8)
    forward = tn5_preference(codes, strength=1.0)
    np.testing.assert_allclose(tn5_preference((3 - codes)[::-1].copy(), strength=1.0)[::-1], forward)
    assert forward.max() / forward.min() > 5
    assert (tn5_preference(codes, strength=0.0) == 1).all()


def test_the_same_seed_gives_the_same_bytes_and_another_cell_type_leaves_the_others_alone(atac, tmp_path):
    again = simulate_atac(atac.config, tmp_path / "again")
    assert contents(again) == contents(atac.files)
    one = replace(atac.config, cells=replace(atac.config.cells, cell_types=atac.config.cells.cell_types[1:]))
    alone = simulate_atac(one, tmp_path / "one")
    name = one.cells.cell_types[0].name
    own = open_coverage_source(alone.fragments, sizes=atac.sizes)
    assert own.n_reads == atac.groups[name].n_reads
    np.testing.assert_array_equal(
        own.coverage("chr1", 0, atac.sizes["chr1"]), atac.groups[name].coverage("chr1", 0, atac.sizes["chr1"])
    )
    assert contents(alone)[f"truth/peaks/{name}.narrowPeak"] == contents(atac.files)[f"truth/peaks/{name}.narrowPeak"]


def test_coverage_lies_around_what_the_truth_expects(atac):
    for name, group in atac.groups.items():
        assert group.n_reads == pytest.approx(40_000, rel=0.05)
        for chrom, size in list(atac.sizes.items())[:2]:
            expected = read_bigwig_contig(atac.files.expected[name], chrom)
            measured = group.coverage(chrom, 0, size)
            assert measured.sum() == pytest.approx(expected.sum(), rel=0.1)
            assert np.corrcoef(measured, expected)[0, 1] > 0.9


def test_peaks_hold_the_open_sites_and_about_the_share_of_fragments_that_was_asked_for(atac):
    instances = read_table(atac.files.instances)
    for name, group in atac.groups.items():
        peaks = read_intervals(atac.files.peaks[name])
        is_open = instances[f"open_{name}"] > 0.5
        assert overlaps(instances[is_open], peaks).mean() > 0.95
        inside = sum(group.cut_counts(p.chrom, p.start, p.end).sum() for p in peaks.itertuples())
        background = 0.6 * (peaks["end"] - peaks["start"]).sum() / sum(atac.sizes.values())
        assert inside / group.n_reads == pytest.approx(0.4 + background, abs=0.08)
    other = overlaps(*(read_intervals(path) for path in atac.files.peaks.values()))
    assert 0.2 < other.mean() < 0.9, "some peaks are shared, some are of one cell type alone"


def test_every_cell_has_a_barcode_of_its_own_in_one_group(atac):
    table = read_table(atac.files.barcodes)
    assert table["barcode"].is_unique
    assert table["group"].value_counts().tolist() == [20, 20]
    assert set(atac.source.barcodes) == set(table["barcode"])
    depths = [atac.source.only([name]).n_reads for name in table["barcode"][:20]]
    assert np.std(np.log(depths)) == pytest.approx(atac.config.experiment.cell_spread, rel=0.5)


def test_files_are_found_again_only_for_the_same_settings(atac, tmp_path):
    assert find_atac(atac.config, atac.files.folder) == atac.files
    assert AtacFiles.load(atac.files.folder) == atac.files
    deeper = replace(atac.config, experiment=replace(atac.config.experiment, n_fragments=30_000))
    assert find_atac(deeper, atac.files.folder) is None
    assert find_atac(atac.config, tmp_path) is None
    (tmp_path / "truth.json").write_text("[]")
    with pytest.raises(FormatError, match="not the truth of a 'cisgram simulated ATAC-seq'"):
        AtacFiles.load(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(RunFolderError, match=r"holds notes\.txt"):
        simulate_atac(atac.config, tmp_path / "mine")


def test_libraries_show_the_same_sites_by_another_protocol_and_change_no_other_file(atac, tmp_path):
    name = atac.config.cells.cell_types[0].name
    changes = {"share_in_peaks": 0.1, "tn5_preference": 2.0, "share_nucleosomal": 0.9}
    libraries = (AtacLibrary("again", name), AtacLibrary("noisy", name, protocol="whole cells", **changes))
    files = simulate_atac(replace(atac.config, libraries=libraries), tmp_path / "more")
    assert AtacFiles.load(files.folder) == files
    before, now = contents(atac.files), contents(files)
    assert {path for path, held in before.items() if held != now[path]} == {"truth.json"}
    again, noisy = (open_coverage_source(files.libraries[one], sizes=atac.sizes) for one in ("again", "noisy"))
    own, size = atac.groups[name].coverage("chr1", 0, atac.sizes["chr1"]), atac.sizes["chr1"]
    assert 0.9 < np.corrcoef(own, again.coverage("chr1", 0, size))[0, 1] < 0.9999
    peaks = read_intervals(files.peaks[name])

    def share_in_peaks(source):
        return sum(source.cut_counts(p.chrom, p.start, p.end).sum() for p in peaks.itertuples()) / source.n_reads

    assert share_in_peaks(noisy) < 0.6 * share_in_peaks(again)
    for source, one in ((again, "again"), (noisy, "noisy")):
        expected = read_bigwig_contig(files.expected[one], "chr1")
        assert np.corrcoef(source.coverage("chr1", 0, size), expected)[0, 1] > 0.8
    lengths = [fragment_lengths(files.libraries[one]).mean() for one in ("again", "noisy")]
    assert lengths[1] > 1.3 * lengths[0]


def fragment_lengths(path):
    table = pd.read_csv(path, sep="\t", header=None, compression="gzip")
    return table[2] - table[1]


@pytest.mark.parametrize(
    ("libraries", "message"),
    [
        ([{"name": "a", "cell_type": "liver"}], "'a' is of 'liver'; there are erythroid"),
        ([{"name": "stem", "cell_type": "stem"}], "names of their own"),
        ([{"name": "a", "cell_type": "stem", "share_in_peaks": 0.1}], "give its protocol a name"),
        ([{"name": "a", "cell_type": "stem"}, {"name": "a", "cell_type": "stem"}], "names of their own"),
    ],
)
def test_libraries_that_make_no_sense_are_refused(libraries, message):
    with pytest.raises(ConfigError, match=message):
        AtacConfig(libraries=tuple(AtacLibrary(**one) for one in libraries))


@pytest.mark.parametrize(
    "options",
    [
        {"n_fragments": 0},
        {"n_cells": 0},
        {"share_in_peaks": 1.0},
        {"tn5_preference": -1.0},
        {"share_nucleosomal": 1.1},
    ],
)
def test_numbers_that_make_no_sense_are_refused(options):
    with pytest.raises(ConfigError):
        AtacExperiment(**options)
    assert AccessibilityConfig.preset("tiny").genome_bp == AtacConfig.preset("tiny").cells.genome_bp


def test_the_command_line_simulates_and_refuses_what_belongs_to_other_kinds(tmp_path):
    options = ["--kind", "atac", "--size", "tiny", "--fragments", "500", "--cells", "2", "--json"]
    done = CliRunner().invoke(app, ["simulate", str(tmp_path / "a"), *options])
    assert done.exit_code == 0
    said = json.loads(done.stdout)
    assert len(read_barcode_groups(said["barcodes"])["stem"]) == 2
    run = read_config(Path(said["config"]))
    assert [pair.use for pair in run.pairs] == ["train", "train", "train", "train", "test", "test"]
    assert [pair.protocol for pair in run.pairs[-2:]] == ["nuclei", "whole cells"]
    assert all((tmp_path / "a" / path).is_file() for pair in run.pairs for path in (*pair.clean, *pair.replicate))
    assert run.truth == "truth.json"
    for wrong in (["--kind", "binding", "--cells", "2"], ["--kind", "atac", "--independent"]):
        done = CliRunner().invoke(app, ["simulate", str(tmp_path / "b"), "--size", "tiny", *wrong])
        assert done.exit_code == 1
        assert "are for --kind" in done.stderr
