"""Loci and measured mutants with the model of a tiny run, from files to files."""

import json
import shutil
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from cisgram.cli.main import app
from cisgram.data.store import open_store
from cisgram.errors import ConfigError, EmptySetError, InputError
from cisgram.genomics.interval import Interval
from cisgram.genomics.sequence import N
from cisgram.genomics.track import expected_counts
from cisgram.interpret.experiments.deletion import AblationConfig
from cisgram.io.bigwig import bigwig_total, read_bigwig_contig
from cisgram.io.locus_studies import read_locus_studies
from cisgram.io.tables import read_table, write_table
from cisgram.report.page import write_report
from cisgram.run import Run
from cisgram.run.experiments.locus import study_locus, top_windows
from cisgram.run.experiments.signals import open_signals
from cisgram.run.experiments.trained import open_trained
from cisgram.run.experiments.validate import VALIDATION_COLUMNS, validate
from cisgram.simulate.cell import CellConfig, simulate_cell


@pytest.fixture(scope="module")
def trained(finished):
    return open_trained(finished.folder)


@pytest.fixture(scope="module")
def mutant(tmp_path_factory):
    """The mutant of the run's cell, with the two tracks that the tiny run has."""
    files = simulate_cell(replace(CellConfig.preset("tiny"), n_mutants=2), tmp_path_factory.mktemp("mutant") / "cell")
    text = files.mutants.config.read_text()
    files.mutants.config.write_text(text[: text.index('\n[[mutants.tracks]]\nname = "Nanog"')])
    return files


def held_out(finished):
    """The first held-out window of the store, its prediction and its reads."""
    rows, profiles, log_counts = (
        np.load(finished.predictions / f"test.{name}.npy") for name in ("rows", "profiles", "log_counts")
    )
    store = open_store(finished.examples)
    window = store.windows.loc[rows[0]]
    place = Interval(window["chrom"], int(window["start"]), int(window["end"]))
    return place, expected_counts(profiles[:1], log_counts[:1])[0], store.centred(rows[:1])


def test_a_locus_on_a_held_out_window_has_the_run_s_own_reads_and_predictions(finished, trained):
    window, predicted, examples = held_out(finished)
    study = study_locus(trained, finished, window)
    np.testing.assert_allclose(study.predicted, predicted, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(study.observed, examples.counts[0])
    margin = (examples.sequences.shape[1] - study.codes.size) // 2
    np.testing.assert_array_equal(study.codes, examples.sequences[0, margin:-margin])


def test_instances_are_named_and_deleting_none_of_their_bases_changes_nothing(finished, trained, tmp_path):
    window, *_ = held_out(finished)
    folder = tmp_path / "run"
    shutil.copytree(finished.folder, folder)
    middle = (window.start + window.end) // 2
    columns = {"chrom": window.chrom, "pattern": ["a", "b"], "strand": "+", "window": [0, 1], "match": 0.9}
    hits = pd.DataFrame({**columns, "start": [middle, middle + 50], "end": [middle + 10, middle + 60]})
    write_table(folder / "grammar" / "instances.tsv.gz", hits.assign(contribution=1.0, pwm_score=1.0))
    run = Run.open(folder)
    study = study_locus(trained, run, window, config=AblationConfig(n_draws=4))
    assert study.instances["pattern"].tolist() == ["a", "b"]
    assert len(study.effects) == 4
    assert (study.effects["low"] <= study.effects["effect"]).all()
    assert (study.effects["effect"] <= study.effects["high"]).all()
    assert (study.effects["n_fillings"] == 4).all()
    pd.testing.assert_frame_equal(
        study.effects, study_locus(trained, run, window, config=AblationConfig(n_draws=4)).effects
    )


def test_a_run_without_contributions_computes_them_and_one_without_instances_says_so(finished, trained, tmp_path):
    window, *_ = held_out(finished)
    folder = tmp_path / "run"
    shutil.copytree(finished.folder, folder)
    (folder / "contributions.h5").unlink()
    shutil.rmtree(folder / "grammar")
    study = study_locus(trained, Run.open(folder), window)
    assert "contributions were computed for this page" in study.remark
    assert "the run has no instances (cisgram grammar)" in study.remark
    assert np.abs(study.contributions).max() > 0
    assert study.effects.empty


def test_loci_outside_of_the_genome_are_refused_and_those_at_an_end_say_so(finished, trained):
    genome = open_signals(finished).genome
    size = genome.sizes["chr4"]
    with pytest.raises(InputError, match=rf"outside of its contig: chr4 has {size:,} bp"):
        study_locus(trained, finished, Interval("chr4", size + 5, size + 50))
    with pytest.raises(InputError, match="chr99"):
        study_locus(trained, finished, Interval("chr99", 5, 50))
    first = int(np.argmax(genome.codes("chr4", 0, size) < N))  # the contig begins with a gap
    with pytest.raises(InputError, match="has no known base"):
        study_locus(trained, finished, Interval("chr4", 0, 20))
    at_gap = study_locus(trained, finished, Interval("chr4", first, first + 20))
    assert "are unknown or lie beyond the contig" in at_gap.remark
    assert np.isfinite(at_gap.predicted).all()
    assert not at_gap.contributions[:, at_gap.codes == N].any()


def test_top_windows_are_held_out_and_do_not_overlap(finished):
    windows = top_windows(finished, 5)
    assert 0 < len(windows) <= 5
    assert {one.chrom for one in windows} <= set(finished.config.split.test)
    starts = sorted(one.start for one in windows)
    assert all(b - a >= len(windows[0]) for a, b in pairwise(starts))


@pytest.mark.slow
def test_the_verb_writes_loci_that_the_report_of_the_run_can_draw(finished, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(finished.folder, folder)
    words = ["experiment", "locus", str(folder), "--top", "1", "--out", str(tmp_path / "out"), "--json", "--quiet"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert len(json.loads(done.stdout)["loci"]) == 1
    assert len(read_locus_studies(tmp_path / "out" / "loci")) == 1
    shutil.rmtree(folder / "interactions" / "loci")
    assert "<h2>Loci</h2>" not in write_report(folder).read_text()
    shutil.copytree(tmp_path / "out" / "loci", folder / "interactions" / "loci")
    assert "<h2>Loci</h2>" in write_report(folder).read_text()
    done = CliRunner().invoke(app, ["experiment", "locus", str(folder), "--quiet"])
    assert done.exit_code == 1
    assert "--at chr1:1-1,000, or --top N" in done.output


def test_validation_holds_the_reads_of_the_files_and_what_the_model_says(finished, trained, mutant, tmp_path):
    said = validate(trained, finished, mutant.mutants.config, out=tmp_path)
    table = read_table(tmp_path / "validation.tsv")
    assert tuple(table.columns) == VALIDATION_COLUMNS
    assert (len(table), said["n_judged"]) == (4, 2)
    assert (table["split"] == "test").all()
    row = table[table["track"] == "Oct4"].iloc[0]
    tracks = {"wild_type": mutant.tracks, "mutant": mutant.mutants.tracks}
    totals, reads = {}, {}
    for form, files in tracks.items():
        own = [one.path for one in files if one.factor == "Oct4"]
        totals[form] = sum(bigwig_total(path) for path in own)
        reads[form] = sum(read_bigwig_contig(path, row["chrom"])[row["start"] : row["end"]].sum() for path in own)
        assert row[f"reads_{form}"] == reads[form]
    mean = sum(totals.values()) / 2
    scaled = {form: reads[form] * mean / totals[form] for form in reads}
    assert row["observed"] == pytest.approx(np.log2((scaled["mutant"] + 1) / (scaled["wild_type"] + 1)))
    assert row["observed"] < -1
    assert "<h2>Observed and predicted changes</h2>" in (tmp_path / "report.html").read_text()
    expected = np.log2((row["predicted_mutant"] + 1) / (row["predicted_wild_type"] + 1))
    assert row["predicted"] == pytest.approx(expected)
    window = Interval(row["chrom"], int(row["start"]), int(row["end"]))
    whole = study_locus(trained, finished, window).predicted[0].sum()
    assert row["predicted_wild_type"] == pytest.approx(whole, rel=1e-4)


def test_the_wild_type_as_its_own_mutant_has_not_changed(finished, trained, mutant, tmp_path):
    text = mutant.mutants.config.read_text().replace('"tracks/', '"../tracks/')
    path = mutant.mutants.config.with_name("same.toml")
    path.write_text(text)
    validate(trained, finished, path, out=tmp_path)
    table = read_table(tmp_path / "validation.tsv")
    for name in ("observed", "observed_1", "observed_2", "local_observed"):
        np.testing.assert_allclose(table[name], 0, atol=1e-12)


def test_changes_that_do_not_fit_keep_their_row_and_a_part_of_the_tracks_is_enough(finished, trained, mutant, tmp_path):
    table = read_table(mutant.mutants.effects).iloc[0]
    good = f"{table['chrom']}:{table['start'] + 1}:{table['ref']}:{table['alt']}"
    text = mutant.mutants.config.read_text().replace(
        'variants = "changes.vcf"', f'changes = ["{good}", "chr1:5000:NN:AA"]'
    )
    path = mutant.mutants.config.with_name("few.toml")
    path.write_text(text[: text.index('\n[[mutants.tracks]]\nname = "Sox2"')])
    said = validate(trained, finished, path, out=tmp_path)
    found = read_table(tmp_path / "validation.tsv")
    assert found["track"].tolist() == ["Oct4", "Oct4"]
    assert found["status"].tolist()[0] == "ok"
    assert found["status"].tolist()[1].startswith("ref differs: the genome has ")
    assert found["observed"].isna().tolist() == [False, True]
    assert (said["n_changes"], said["n_judged"]) == (2, 1)
    assert "<h2>Not judged</h2>" in (tmp_path / "report.html").read_text()
    path.write_text(path.read_text().replace(f'"{good}", ', ""))
    with pytest.raises(EmptySetError, match="ref differs"):
        validate(trained, finished, path, out=tmp_path)


def test_tracks_that_the_run_has_not_are_errors(finished, trained, mutant, tmp_path):
    path = mutant.mutants.config.with_name("wrong.toml")
    path.write_text(mutant.mutants.config.read_text().replace('"Sox2"', '"Nanog"'))
    with pytest.raises(ConfigError, match="the run has no track 'Nanog'; it has Oct4, Sox2"):
        validate(trained, finished, path, out=tmp_path)


def test_the_grammar_step_writes_footprints_of_all_and_of_held_out_hits(finished):
    path = finished.folder / "grammar" / "footprints.tsv.gz"
    hits = read_table(finished.folder / "grammar" / "instances.tsv.gz")
    assert path.is_file() == bool(len(hits))
    if len(hits):
        table = read_table(path)
        assert set(table["hits"]) <= {"all", "held-out"}
        assert table.loc[table["hits"] == "all", "predicted"].isna().all()
        assert table.loc[table["hits"] == "held-out", "predicted"].notna().all()
