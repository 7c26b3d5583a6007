"""A run on tracks in bins from files to predictions: a tiny genome with known tracks, prepared, learnt, predicted."""

import tomllib
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from cisgram.data.binned_store import open_binned
from cisgram.errors import CheckpointError, ConfigError, InputError
from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import decode, reverse_complement
from cisgram.io.bigwig import read_bigwig_contig, write_bigwig
from cisgram.io.fasta import read_genome
from cisgram.io.tables import read_table
from cisgram.run import BINNED_STEPS, Run, run_steps
from cisgram.run.config import config_from, config_text, read_config
from cisgram.run.pipeline import step_parts
from cisgram.run.steps.binned.predict import predicted_rates
from cisgram.run.steps.binned.prepare import inputs
from cisgram.run.steps.binned.transfer import begin_with_other
from cisgram.run.trained import trained_model, untrained_model
from cisgram.training.checkpoint import load_checkpoint

BIN = 16
SIZES = {"I": 6_030, "II": 2_048, "III": 2_400}
MODEL = """
[model]
name = "basenji"
input_length = 512
filters = [6, 8]
widths = [7, 5]
pools = [4, 4]
trunk_filters = 4
n_trunk_blocks = 2
crop = 4
head_filters = 8
"""
SETTINGS = f"""
name = "tiny"

[genome]
fasta = "genome.fa"

[[tracks]]
name = "plus"
replicates = ["plus.1.bw", "plus.2.bw"]
sum_stat = "sum_sqrt"
strand_pair = "minus"
description = "CAGE:cell"

[[tracks]]
name = "minus"
replicates = ["minus.1.bw", "minus.2.bw"]
sum_stat = "sum_sqrt"
scale = -1
strand_pair = "plus"
description = "CAGE:cell"

[[tracks]]
name = "open"
file = "open.bw"
description = "DNASE:cell"

[split]
test = ["III"]
valid = ["II"]

[windows]
stride_train_bp = 128
exclude = ["I:1-640"]
{MODEL}
[targets]
unmappable = ["I:4001-4200"]
blacklist = ["III:801-900"]

[evaluation]
jitters_bp = [0, 2]

[training]
epochs = 1
"""
STEPS = [BINNED_STEPS[name] for name in ("prepare", "train", "predict")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("binned")
    rng = np.random.default_rng(1)
    codes = {chrom: rng.integers(0, 4, size).astype(np.uint8) for chrom, size in SIZES.items()}
    (folder / "genome.fa").write_text("".join(f">{chrom}\n{decode(one)}\n" for chrom, one in codes.items()))
    for name, base in (("plus", 1), ("minus", 2)):
        sign = -1.0 if name == "minus" else 1.0
        for number in (1, 2):
            values = {chrom: sign * rng.poisson(np.where(one == base, 2.0, 0.1)) for chrom, one in codes.items()}
            write_bigwig(folder / f"{name}.{number}.bw", SIZES, values.items())
    write_bigwig(folder / "open.bw", SIZES, {chrom: (one == 3) * 1.0 for chrom, one in codes.items()}.items())
    (folder / "run.toml").write_text(SETTINGS)
    rows = ["0\tplus\tplus.1.bw\tsum\t1\n", "1\tminus\tplus.2.bw\tsum\t0\n"]
    (folder / "tracks.tsv").write_text("index\tidentifier\tfile\tsum_stat\tstrand_pair\n" + "".join(rows))
    parts = [("I", 0, 4000, "train"), ("I", 4000, 6000, "valid"), ("II", 0, 2048, "test")]
    (folder / "parts.bed").write_text("".join("\t".join(map(str, row)) + "\n" for row in parts))
    return folder


@pytest.fixture(scope="module")
def finished(folder, tmp_path_factory):
    run = Run.start(folder / "run.toml", folder=tmp_path_factory.mktemp("runs") / "tiny")
    run_steps(run, STEPS)
    return run


def test_every_step_is_done_and_leaves_its_files(finished):
    assert all(finished.manifest.steps[step.name].state == "done" for step in STEPS)
    names = {str(path.relative_to(finished.folder)) for path in finished.folder.rglob("*") if path.is_file()}
    assert {"predictions/plus.bw", "predictions/open.bw", "predictions/test.rates.npy"} <= names
    assert run_steps(finished, STEPS) == [], "nothing is done twice"


def test_other_genes_are_compared_without_predicting_again(finished):
    def key(**changes):
        config = replace(finished.config, evaluation=replace(finished.config.evaluation, **changes))
        return step_parts(Run(finished.folder, config, data_folder=finished.data_folder), STEPS[2]).key_for(STEPS[2])

    done = finished.manifest.steps["predict"].key
    assert key(n_bootstrap=7, tss_flank_bp=5) == done
    assert key(jitters_bp=(0,)) != done != key(average_strands=False)


def test_windows_that_are_not_used_have_a_reason(finished):
    windows = read_table(finished.examples / "windows.tsv.gz", types={"dropped": "text"})
    notes = finished.manifest.steps["prepare"].notes
    assert notes["n_candidates"] == len(windows)
    kept = windows[windows["dropped"].eq("")]
    assert notes["n_kept"] == {str(part): n for part, n in kept["split"].value_counts().items()}
    assert sum(notes["dropped"].values()) == len(windows) - len(kept)
    assert (kept.loc[kept["chrom"] == "I", "start"] >= 640).all()
    assert notes["n_bytes"] == sum(
        2 * np.load(finished.examples / f"{name}.npy", mmap_mode="r").size for name in ("targets", "replicates")
    )


def test_strands_families_and_ceilings_are_told(finished):
    layout = open_binned(finished.examples).layout
    assert layout.strand_pairs == (1, 0, 2)
    assert layout.families == ("CAGE", "CAGE", "DNASE")
    assert layout.ceiling == ("replicates", "replicates", "none")
    context = load_checkpoint(finished.best).identity.context
    assert context["strand_pairs"] == [1, 0, 2]
    assert context["tracks"] == ["plus", "minus", "open"]


def test_replicates_of_test_windows_stand_beside_their_sum(finished):
    store = open_binned(finished.examples)
    row = store.rows("test")[-1]
    place = store.outputs(np.array([row])).iloc[0]
    parts = [read_bigwig_contig(finished.data_folder / f"plus.{n}.bw", "III") for n in (1, 2)]
    sums = [one[place["start"] : place["end"]].reshape(-1, BIN).sum(1) for one in parts]
    np.testing.assert_allclose(store.replicates[-1, :, 0], np.sqrt(1 + np.stack(sums)) - 1, rtol=1e-3)
    np.testing.assert_allclose(store.targets[row, 0], np.sqrt(1 + sum(sums)) - 1, rtol=1e-3)
    assert (store.targets[row, 1] >= 0).all()
    assert np.isnan(store.replicates[:, :, 2]).all()


def test_the_mean_over_strands_and_jitters_is_taken_before_the_softplus(finished):
    store, genome = open_binned(finished.examples), read_genome(finished.input("genome.fa"))
    windows, model = store.windows.iloc[store.rows("test")[:2]], trained_model(finished)
    found = next(predicted_rates(model, genome, windows, strand_pairs=np.array([1, 0, 2]), jitters_bp=(0, 2)))
    total = torch.zeros(2, 3, store.layout.n_bins)
    for moved in (0, 2):
        codes = genome.windows(windows.assign(start=windows["start"] + moved, end=windows["end"] + moved))
        one_hot = torch.nn.functional.one_hot(torch.from_numpy(codes.astype(np.int64)), 5)[..., :4].mT.float()
        with torch.no_grad():
            total += model(one_hot).logits + model(one_hot.flip(1, 2)).logits.flip(2)[:, [1, 0, 2]]
    np.testing.assert_allclose(found, torch.nn.functional.softplus(total / 4), rtol=1e-4, atol=1e-5)
    stored = np.load(finished.predictions / "test.rates.npy")[:2].astype(np.float32)
    np.testing.assert_allclose(stored, found, rtol=2e-3)


def test_a_prediction_of_the_other_strand_is_the_same_prediction(finished):
    rng = np.random.default_rng(4)
    codes = rng.integers(0, 4, 512).astype(np.uint8)
    pairs = np.array([1, 0, 2])
    places = pd.DataFrame({"chrom": ["I"], "start": [0], "end": [512]})

    both = [
        next(predicted_rates(trained_model(finished), Genome.from_codes({"I": one}), places, strand_pairs=pairs))
        for one in (codes, reverse_complement(codes))
    ]
    np.testing.assert_allclose(both[0], both[1][:, pairs, ::-1], rtol=1e-4)


def test_bigwigs_hold_the_predicted_bins(finished):
    store = open_binned(finished.examples)
    rates = np.load(finished.predictions / "test.rates.npy")
    places = store.outputs(store.rows("test"))
    signal = read_bigwig_contig(finished.predictions / "minus.bw", "III")
    for row in places.itertuples():
        np.testing.assert_allclose(signal[row.start : row.end : BIN], rates[row.Index, 1], rtol=1e-6)
    assert not signal[: int(places["start"].min())].any()
    assert np.load(finished.predictions / "test.rows.npy").tolist() == store.rows("test").tolist()


def test_a_table_of_tracks_and_a_file_of_regions_do_the_same_work(folder, tmp_path):
    text = (
        f'name = "t"\ntrack_table = "{folder}/tracks.tsv"\n[genome]\nfasta = "{folder}/genome.fa"\n'
        f'[split]\nbed = "{folder}/parts.bed"\n[windows]\nbeyond_ends = true\n{MODEL}'
    )
    (tmp_path / "t.toml").write_text(text)
    run = Run.start(tmp_path / "t.toml", folder=tmp_path / "run")
    run_steps(run, STEPS[:1])
    store = open_binned(run.examples)
    assert store.layout.strand_pairs == (1, 0)
    outputs = store.outputs(np.arange(len(store)))
    assert outputs.loc[outputs["chrom"].eq("I") & outputs["start"].eq(0)].shape[0] == 1
    on_valid = store.windows[store.windows["split"].eq("valid")]
    assert (on_valid["start"] - 3 >= 4000).all()
    assert set(inputs(run)) == {
        f"{folder}/{name}" for name in ("genome.fa", "parts.bed", "tracks.tsv", "plus.1.bw", "plus.2.bw")
    }


def test_the_same_seed_gives_the_same_predictions(finished, folder, tmp_path):
    again = Run.start(folder / "run.toml", folder=tmp_path / "again")
    run_steps(again, STEPS)
    for name in ("examples/targets.npy", "predictions/test.rates.npy", "checkpoints/best.safetensors"):
        assert (again.folder / name).read_bytes() == (finished.folder / name).read_bytes(), name


def test_another_basenji_lends_its_trunk(finished, tmp_path):
    values = tomllib.loads(config_text(finished.config))

    def begun(**changes):
        run = Run(tmp_path, config_from({**values, **changes}), data_folder=finished.data_folder)
        model = untrained_model(run, n_tracks=1)
        return begin_with_other(run, model), model

    weights = {"weights": str(finished.folder)}
    tracks = [{"name": "other", "file": "open.bw"}]
    told, model = begun(tracks=tracks, transfer={**weights, "freeze": True})
    assert told["tracks"] == ["plus", "minus", "open"]
    state = load_checkpoint(finished.best).weights
    for name, value in model.state_dict().items():
        assert name.startswith("head.") or torch.equal(value, state[name])
    assert told["frozen"] == sum(one.numel() for name, one in model.named_parameters() if not name.startswith("head."))
    assert begun(tracks=tracks)[0] == {}
    with pytest.raises(ConfigError, match=r"filters is \[6, 8\] there and \[6, 9\] here"):
        begun(tracks=tracks, transfer=weights, model={**values["model"], "filters": [6, 9]})
    with pytest.raises(CheckpointError):
        begun(tracks=tracks, transfer={"weights": str(tmp_path)})


def test_a_track_below_zero_is_refused_where_counts_are_expected(folder, tmp_path):
    (tmp_path / "t.toml").write_text(SETTINGS.replace("scale = -1\n", "").replace("sum_sqrt", "sum"))
    run = Run.start(tmp_path / "t.toml", folder=tmp_path / "run", data_folder=folder)
    run_steps(run, STEPS[:1])
    with pytest.raises(InputError, match="these tracks have bins below 0: minus"):
        run_steps(run, STEPS[1:2])


def test_settings_are_read_back_the_same(folder, tmp_path):
    config = read_config(folder / "run.toml")
    (tmp_path / "again.toml").write_text(config_text(config))
    assert read_config(tmp_path / "again.toml") == config


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('name = "tiny"', 'name = "tiny"\ntrack_table = "tracks.tsv"', "not both"),
        ('strand_pair = "plus"', 'strand_pair = "open"', "must name each other"),
        ("stride_train_bp", "jitter_bp = 9\nstride_train_bp", "small part of a bin"),
        ("jitters_bp = [0, 2]", "jitters_bp = [0, 5]", "must not be above"),
        ("jitters_bp = [0, 2]", "jitters_bp = []", "each once"),
        ('valid = ["II"]', 'valid = ["III"]', "one part"),
        ('sum_stat = "sum_sqrt"', 'sum_stat = "total"', "sum_stat"),
        ("[targets]", '[likelihood]\nkind = "gamma"\n[targets]', "kind"),
        ("[targets]", "[likelihood]\ntotal_weight = 0.5\n[targets]", "goes with the likelihood poisson_multinomial"),
        ("[targets]", "[transfer]\nfreeze = true\n[targets]", "needs transfer.weights"),
        ('name = "open"', 'name = "o/p"', "is made of"),
    ],
)
def test_a_contradiction_is_refused(folder, tmp_path, old, new, message):
    (tmp_path / "t.toml").write_text(SETTINGS.replace(old, new, 1))
    with pytest.raises(ConfigError, match=message):
        read_config(tmp_path / "t.toml")
