"""A run on labels from files to report: sites of simulated cell types, and sequences that came with labels."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from cisgram.baselines.judge import judge_scores
from cisgram.data.labelled_store import open_labelled_store
from cisgram.errors import ConfigError, EmptySetError, FormatError, InputError
from cisgram.genomics.sequence import decode, reverse_complement
from cisgram.io.meme import read_meme
from cisgram.run import LABEL_STEPS, Run, finish, run_steps, step_of
from cisgram.run.config import config_from, config_text
from cisgram.run.demo_cell_types import cell_types_run_config
from cisgram.simulate.accessibility import AccessibilityConfig, simulate_accessibility
from cisgram.training.checkpoint import load_checkpoint


def tiny_settings(files):
    """Settings that finish in seconds; nothing of biological worth comes out."""
    config = cell_types_run_config(files)
    model = replace(config.model, n_filters=(8, 8, 8), n_hidden=(8,))
    return replace(
        config,
        model=model,
        training=replace(config.training, epochs=2, precision="32-true"),
        evaluation=replace(config.evaluation, n_bootstrap=20),
        filters=replace(config.filters, n_sequences=60),
        baselines=replace(config.baselines, penalties=()),
        single_task=replace(config.single_task, tracks=("stem", "hepatic")),
    )


@pytest.fixture
def rng():
    return np.random.default_rng(1)


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    return simulate_accessibility(AccessibilityConfig.preset("small"), tmp_path_factory.mktemp("cell_types"))


@pytest.fixture(scope="module")
def settings(cells):
    path = cells.folder / "config.toml"
    path.write_text(config_text(tiny_settings(cells)))
    return path


@pytest.fixture(scope="module")
def done(settings, tmp_path_factory):
    run = Run.start(settings, folder=tmp_path_factory.mktemp("label_runs") / "tiny")
    finish(run)
    return run


def test_every_step_is_done_and_the_same_command_again_does_nothing(done, settings):
    steps = json.loads((done.folder / "manifest.json").read_text())["steps"]
    assert {name: step["state"] for name, step in steps.items()} == dict.fromkeys(LABEL_STEPS, "done")
    assert finish(Run.start(settings, folder=done.folder)) == []


def test_labels_of_sites_are_those_of_the_peaks(done, cells):
    store = open_labelled_store(done.examples)
    sites, labels = store.windows, store.labels(store.rows())
    middle = (sites["start"] + sites["end"]) // 2
    for track, name in enumerate(store.track_names):
        peaks = pd.read_csv(cells.peaks[name], sep="\t", header=None)
        at = {contig: np.sort((own[1] + own[9]).to_numpy()) for contig, own in peaks.groupby(0)}
        is_near = [
            bool(np.abs(at.get(chrom, np.array([-(10**9)])) - place).min() <= 150)
            for chrom, place in zip(sites["chrom"], middle, strict=True)
        ]
        # A site that was merged may have moved away from a summit by more than half of its width, seldom.
        assert np.mean(labels[:, track] == np.array(is_near)) > 0.97
    assert (labels[sites["kind"].eq("negative")] == 0).all()


def test_no_site_is_lost(done):
    notes = done.manifest.steps["prepare"].notes
    windows = pd.read_csv(done.examples / "windows.tsv.gz", sep="\t", comment="#", keep_default_na=False)
    assert len(windows) == notes["n_candidates"]
    assert sum(notes["n_kept"].values()) + sum(notes["dropped"].values()) == len(windows)


def test_figures_are_those_of_the_predictions_and_stand_beside_baselines(done):
    store = open_labelled_store(done.examples)
    rows, logits = (np.load(done.predictions / f"test.{name}.npy") for name in ("rows", "logits"))
    records = json.loads(done.metrics.read_text())["records"]
    by_track = {(one["track"], one["metric"]): one for one in records}
    truth = store.labels(rows)
    for track, name in enumerate(store.track_names):
        judged = judge_scores(truth[:, track] > 0, logits[:, track].astype(np.float64), n_resamples=1)
        assert by_track[name, "auroc"]["value"] == pytest.approx(judged.auroc.value)
        assert by_track[name, "auprc"]["value"] == pytest.approx(judged.auprc.value)
    assert all(set(one["floors"]) == {"chance", "kmers", "gkmsvm"} for one in records)
    assert by_track["mean over tracks", "auroc"]["floors"]["gkmsvm"] > 0.7  # the simulation can be learnt


def test_predictions_do_not_depend_on_the_strand(done):
    store = open_labelled_store(done.examples)
    table = pd.read_csv(done.predictions / "test.tsv.gz", sep="\t", comment="#")
    logits = np.load(done.predictions / "test.logits.npy")
    shown = table[[f"predicted_{name}" for name in store.track_names]].to_numpy()
    np.testing.assert_allclose(shown, 1 / (1 + np.exp(-logits.astype(np.float64))), atol=1e-5)


def test_models_of_one_track_have_the_same_test_sequences(done):
    table = pd.read_csv(done.folder / "evaluation" / "single_task_tracks.tsv", sep="\t", comment="#")
    assert set(table["track"]) == {"stem", "hepatic"}
    assert set(table["method"]) == {"basset", "single task"}
    assert table.groupby("track")["n_positive"].nunique().eq(1).all()


def test_filters_have_motifs_names_and_influence(done):
    table = pd.read_csv(done.folder / "filters" / "filters.tsv", sep="\t", comment="#", keep_default_na=False)
    assert len(table) == 4  # pairs of the two strands
    assert {motif.name for motif in read_meme(done.folder / "filters" / "filters.meme")} == set(table["motif"]) - {""}
    by_track = pd.read_csv(done.folder / "filters" / "influence_by_track.tsv.gz", sep="\t", comment="#")
    assert len(by_track) == 4 * 5


def test_units_of_deeper_layers_have_motifs_and_filters(done):
    tables = {
        name: pd.read_csv(done.folder / "filters" / f"{name}.tsv", sep="\t", comment="#", keep_default_na=False)
        for name in ("layers", "layer_filters")
    }
    units = tables["layers"]
    assert units.groupby("layer").size().to_dict() == {2: 4, 3: 4, 4: 4}  # 2 convolutions and a dense layer, pairs
    assert units["n_stretches"].max() == 30  # half of the sequences
    assert {motif.name for motif in read_meme(done.folder / "filters" / "layers.meme")} == set(units["motif"]) - {""}
    assert set(tables["layer_filters"]["filter"]) <= {0, 1, 2, 3}
    page = done.report.read_text()
    assert all(f"Layer {layer}: 4 units" in page for layer in (2, 3, 4))


def test_recovery_and_report_say_what_came_back(done):
    recovery = json.loads((done.folder / "recovery.json").read_text())
    assert [one["planted"] for one in recovery["motifs"]] == [one["motif"] for one in recovery["inserted"]]
    page = done.report.read_text()
    for title in ("Accuracy", "Together or alone", "Filters", "Sites and tracks", "Planted truth", "Data", "Training"):
        assert f"<h2>{title}</h2>" in page
    assert "<script" not in page


def test_a_second_run_gives_the_same_weights_and_figures(done, settings, tmp_path):
    other = Run.start(settings, folder=tmp_path / "other")
    run_steps(other, [LABEL_STEPS[name] for name in ("prepare", "train", "predict", "baselines", "evaluate")])
    assert other.best.read_bytes() == done.best.read_bytes()
    assert (other.folder / "evaluation" / "tracks.tsv").read_bytes() == (
        done.folder / "evaluation" / "tracks.tsv"
    ).read_bytes()


def test_a_step_of_another_kind_of_run_is_refused(done):
    with pytest.raises(InputError, match="has no step 'contributions'; it has check, prepare, train"):
        step_of(done, "contributions")


def changed(cells, tmp_path, **replacements):
    """Start a run with other settings."""
    path = tmp_path / "changed.toml"
    path.write_text(config_text(replace(tiny_settings(cells), **replacements)))
    return Run.start(path, folder=tmp_path / "run", data_folder=cells.folder)


def test_an_unknown_task_is_refused_with_those_that_are_alike(cells, done, settings, tmp_path):
    text = settings.read_text().replace('tracks = [\n    "stem",', 'tracks = [\n    "sten",')
    assert '"sten"' in text
    path = tmp_path / "config.toml"
    path.write_text(text)
    run = Run.start(path, folder=tmp_path / "run", data_folder=cells.folder)
    run_steps(run, [LABEL_STEPS["prepare"]])
    with pytest.raises(InputError, match="no track 'sten'; there are stem"):
        run_steps(run, [LABEL_STEPS["single-task"]])


def test_a_track_without_peaks_in_a_part_is_refused_by_name(cells, tmp_path):
    peaks = pd.read_csv(cells.peaks["stem"], sep="\t", header=None)
    config = tiny_settings(cells)
    kept = peaks[~peaks[0].isin(config.split.test)]
    path = tmp_path / "stem.narrowPeak"
    kept.to_csv(path, sep="\t", header=False, index=False)
    tracks = [replace(one, peaks=(str(path),)) if one.name == "stem" else one for one in config.tracks]
    run = changed(cells, tmp_path, tracks=tuple(tracks))
    with pytest.raises(EmptySetError, match="stem has 0 test sites with a peak"):
        run_steps(run, [LABEL_STEPS["prepare"]])


def test_a_table_of_tracks_may_list_the_peak_files(cells, tmp_path):
    lines = [f"{name}\t{path}" for name, path in cells.peaks.items()]
    (tmp_path / "samples.txt").write_text("# name and peaks\n" + "\n".join(lines) + "\n")
    config = tiny_settings(cells)
    sites = replace(config.sites, table=str(tmp_path / "samples.txt"))
    run = changed(cells, tmp_path, tracks=(), sites=sites)
    run_steps(run, [LABEL_STEPS["prepare"]])
    assert open_labelled_store(run.examples).track_names == tuple(cells.peaks)
    (tmp_path / "samples.txt").write_text("liver liver.bed\n")
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(FormatError, match=r"samples\.txt, line 1: a line must be a name, a tab and a peak file"):
        run_steps(changed(cells, other, tracks=(), sites=sites), [LABEL_STEPS["prepare"]])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, r"either \[sites\] or \[sequences\]"),
        ({"sites": {}}, r"needs \[genome\]"),
        ({"sites": {}, "genome": {"fasta": "a.fa"}, "split": {"test": ["a"], "valid": ["b"]}}, "needs tracks"),
        ({"sequences": {"train": ["a.csv"]}, "tracks": [{"name": "a", "peaks": ["a.bed"]}]}, "leave out"),
        ({"sequences": {"train": ["a.csv"]}, "model": {"form": "huge"}}, "form must be one of paper, small"),
        ({"sequences": {"train": ["a.csv"], "valid_share": 0.7}}, "valid_share must lie between 0 and 0.5"),
        ({"sequences": {"train": []}}, "at least one file"),
        ({"sequences": {"train": ["a.csv"]}, "filters": {"n_deep_units": -1}}, "n_deep_units not negative; got 100"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(values, message):
    model = {"name": "basset", **values.get("model", {})}
    with pytest.raises(ConfigError, match=message):
        config_from({"name": "run", **values, "model": model})


def sequence_table(path, rng, *, n=240, motif="TGACTCA"):
    """Sequences of 60 bp; those with the label 1 hold a motif."""
    codes = rng.integers(0, 4, (n, 60), dtype=np.uint8)
    words = [decode(one) for one in codes]
    labels = np.arange(n) % 2
    words = [
        word[:26] + motif + word[26 + len(motif) :] if label else word
        for word, label in zip(words, labels, strict=True)
    ]
    pd.DataFrame({"sequence": words, "label": labels}).to_csv(path, index=False)
    return words


def sequence_run(tmp_path, **sections):
    """Start a run on sequences."""
    values = {
        "name": "sequences",
        "sequences": {"train": ["train.csv"]},
        "model": {"name": "basset", "form": "small", "input_length": 60, "n_filters": [8, 8], "widths": [11, 5]}
        | {"pools": [3, 4], "n_hidden": [8]},
        "training": {"epochs": 1},
        "evaluation": {"n_bootstrap": 5},
        "baselines": {"penalties": []},
    }
    config = config_from({**values, **sections})
    path = tmp_path / "config.toml"
    path.write_text(config_text(config))
    return Run.start(path, folder=tmp_path / "run", data_folder=tmp_path)


def test_sequences_with_labels_are_split_trained_and_judged(tmp_path, rng):
    words = sequence_table(tmp_path / "train.csv", rng)
    table = pd.read_csv(tmp_path / "train.csv")
    copies = [decode(reverse_complement(np.array(["ACGT".index(one) for one in word], np.uint8))) for word in words[:9]]
    pd.concat([table, pd.DataFrame({"sequence": copies, "label": table["label"][:9]})]).to_csv(
        tmp_path / "train.csv", index=False
    )
    run = sequence_run(tmp_path)
    finish(run)
    notes = run.manifest.steps["prepare"].notes
    assert notes["n_kept"] == {"train": 199, "valid": 25, "test": 25} or sum(notes["n_kept"].values()) == 249
    assert notes["n_leaks"] == {}  # copies stay together
    floors = json.loads(run.metrics.read_text())["records"][0]["floors"]
    assert floors["gkmsvm"] > 0.9


def test_copies_of_held_out_sequences_are_found_and_left_out(tmp_path, rng):
    words = sequence_table(tmp_path / "train.csv", rng)
    for part in ("valid", "test"):
        sequence_table(tmp_path / f"{part}.csv", rng, n=40)
    test = pd.read_csv(tmp_path / "test.csv")
    test.loc[:2, "sequence"] = words[:3]
    test.to_csv(tmp_path / "test.csv", index=False)
    run = sequence_run(tmp_path, sequences={"train": ["train.csv"], "valid": ["valid.csv"], "test": ["test.csv"]})
    run_steps(run, [LABEL_STEPS["prepare"]])
    notes = run.manifest.steps["prepare"].notes
    assert notes["dropped"] == {"copy of a held-out sequence": 3}
    assert notes["n_kept"] == {"train": 237, "valid": 40, "test": 40}


def test_fasta_with_a_table_of_labels_gives_the_same_store_as_one_table(tmp_path, rng):
    words = sequence_table(tmp_path / "train.csv", rng, n=60)
    table = pd.read_csv(tmp_path / "train.csv")
    (tmp_path / "train.fa").write_text("".join(f">s{i}\n{word}\n" for i, word in enumerate(words)))
    table.assign(record=[f"s{i}" for i in range(60)])[["record", "label"]].sample(frac=1, random_state=1).to_csv(
        tmp_path / "labels.tsv", sep="\t", index=False
    )
    stores = []
    for number, asked in enumerate(({"train": ["train.csv"]}, {"train": ["train.fa"], "labels": "labels.tsv"})):
        folder = tmp_path / str(number)
        folder.mkdir()
        values = sequence_run(tmp_path).config
        path = folder / "config.toml"
        text = config_text(
            replace(
                values,
                sequences=replace(
                    values.sequences, **{k: tuple(v) if isinstance(v, list) else v for k, v in asked.items()}
                ),
            )
        )
        path.write_text(text)
        run = Run.start(path, folder=folder / "run", data_folder=tmp_path)
        run_steps(run, [LABEL_STEPS["prepare"]])
        stores.append(open_labelled_store(run.examples))
    for read in ("sequences", "stored_labels"):
        np.testing.assert_array_equal(getattr(stores[0], read), getattr(stores[1], read))


def test_measurements_are_learnt_by_regression(tmp_path, rng):
    words = sequence_table(tmp_path / "train.csv", rng)
    expression = [10 + 2 * word.count("TGACTCA") + 0.1 * word.count("A") for word in words]
    pd.DataFrame({"sequence": words, "expression": expression}).to_csv(tmp_path / "train.csv", index=False)
    with pytest.raises(InputError, match='kind = "gaussian"'):
        run_steps(sequence_run(tmp_path), [LABEL_STEPS["prepare"]])
    other = tmp_path / "measured"
    other.mkdir()
    (other / "train.csv").write_text((tmp_path / "train.csv").read_text())
    run = sequence_run(other, likelihood={"kind": "gaussian"}, filters={"n_deep_units": 0})
    with pytest.warns(UserWarning, match="gkmsvm: tracks without scores: 1"):
        finish(run)
    records = json.loads(run.metrics.read_text())["records"]
    assert {one["metric"] for one in records} == {"pearson", "spearman"}
    assert not (run.folder / "filters" / "layers.tsv").exists()
    assert records[0]["floors"]["kmers"] > 0.5
    predicted = np.load(run.predictions / "test.logits.npy")
    assert 8 < predicted.mean() < 16  # in the units of the measurements


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sequence,label\nACGT,1\nACG,0\n", "must all be 60 bp long"),
        ("sequence,label\nACGT,1\nACGT,x\n", "a label must be a number"),
        ("letters,label\nACGT,1\n", "one column must be called sequence"),
        ("sequence,label\nACQT,1\n", "'Q' is not a base"),
        ("sequence,kind\nACGT,a\n", "no column holds numbers"),
    ],
)
def test_bad_tables_are_refused(tmp_path, text, message):
    (tmp_path / "train.csv").write_text(text)
    with pytest.raises(InputError, match=message):
        run_steps(sequence_run(tmp_path), [LABEL_STEPS["prepare"]])


def test_a_frozen_trunk_of_another_run_stays_and_the_head_learns(tmp_path, rng):
    for name, motif in (("first", "TGACTCA"), ("second", "TTACCCG")):
        (tmp_path / name).mkdir()
        sequence_table(tmp_path / name / "train.csv", rng, motif=motif)
    first = sequence_run(tmp_path / "first")
    run_steps(first, [LABEL_STEPS[name] for name in ("prepare", "train")])
    before = load_checkpoint(first.best).weights
    second = sequence_run(tmp_path / "second", transfer={"weights": str(first.best), "freeze": True})
    run_steps(second, [LABEL_STEPS[name] for name in ("prepare", "train")])
    after = load_checkpoint(second.best).weights
    same = {name for name, value in after.items() if torch.equal(value, before[name])}
    assert {name for name in after if not name.startswith("head.")} <= same
    assert "head.linear.weight" not in same
    with pytest.raises(ConfigError, match="random layers must learn"):
        config_from({"name": "a", "sequences": {"train": ["a.csv"]}, "transfer": {"freeze": True}})


def test_peaks_are_called_from_fragments_and_signals_of_real_data(tmp_path, data_folder):
    values = {
        "name": "yeast",
        "genome": {"fasta": "yeast/R64-1-1.fa.gz", "leave_out": ["Mito"]},
        "tracks": [
            {"name": "ATAC", "reads": ["yeast/atac_schep2015.fragments.bed.gz"]},
            {"name": "exo", "bigwig": ["yeast/chipexo/reb1.plus.bw", "yeast/chipexo/reb1.minus.bw"]},
            {"name": "Reb1", "peaks": ["yeast/chipexo/reb1_summits.bed"]},
        ],
        "sites": {"width_bp": 200, "min_overlap_bp": 100, "exclude": ["XII:451,000-469,000"]},
        "split": {"test": ["III", "VIII", "XI"], "valid": ["V"]},
        "model": {"name": "basset", "form": "small", "input_length": 200},
    }
    path = tmp_path / "config.toml"
    path.write_text(config_text(config_from(values)))
    run = Run.start(path, folder=tmp_path / "run", data_folder=data_folder)
    with pytest.warns(UserWarning, match="matched under different names"):
        run_steps(run, [LABEL_STEPS["prepare"]])
    store = open_labelled_store(run.examples)
    labels = store.labels(store.rows())
    called = pd.read_csv(run.folder / "tracks" / "exo.narrowPeak", sep="\t", header=None)
    assert len(called) == run.manifest.steps["prepare"].notes["n_peaks"]["exo"]
    by_name = dict(zip(store.track_names, labels.T > 0, strict=True))
    # Two laboratories, two methods: most summits of the one are called in the other, in a twentieth of the genome.
    assert (by_name["exo"] & by_name["Reb1"]).sum() > 0.5 * by_name["Reb1"].sum()
    assert 200 * by_name["exo"].sum() < 0.07 * 12_157_105
