"""A run on contact maps from files to report: a tiny genome whose map is known, predicted, judged and shown."""

import dataclasses
import json
import shutil

import numpy as np
import pytest

from cisgram.data.contact_store import open_contacts
from cisgram.data.contact_targets import ContactTargetConfig, contact_target
from cisgram.errors import CisgramWarning, ConfigError, ContigError, EmptySetError, InputError
from cisgram.genomics.contacts import ContactBins
from cisgram.genomics.sequence import decode
from cisgram.hic.expected import contig_expected
from cisgram.io.bigwig import write_bigwig
from cisgram.io.cool import open_cool
from cisgram.io.cool.writing import write_cool
from cisgram.io.fasta import read_genome
from cisgram.io.tables import read_intervals, read_table
from cisgram.report.page import write_report
from cisgram.run import CONTACT_STEPS, Run, finish, run_steps, step_of
from cisgram.run.config import config_from, config_text, read_config
from cisgram.run.demo import simulate_demo
from cisgram.run.steps.contacts.sites import site_strengths
from cisgram.training.checkpoint import load_checkpoint, save_checkpoint

BIN = 64
SIZES = {"I": 12_030, "II": 4_096, "III": 6_400}
SETTINGS = """
name = "tiny"
truth = "truth.json"

[genome]
fasta = "genome.fa"

[[maps]]
name = "one"
file = "one.cool"

[[maps]]
name = "two"
file = "two.cool"

[split]
test = ["III"]
valid = ["II"]

[windows]
stride_train_bp = 512
exclude = ["I:1-640"]

[model]
name = "akita"
form = "tiny"
input_length = 1024
bin_size = 64
crop = 1
stem_filters = 4
stem_width = 5
tower_filters = 4
dilated_filters = 4
n_dilated = 1
bin_filters = 4
pair_filters = 4
pair_dilated_filters = 2
n_pair_blocks = 1

[sites]
bed = "sites.bed"

[batches]
size = 4
jitter_bp = 4

[training]
epochs = 2

[evaluation]
n_bootstrap = 20

[folding]
n_windows = 2
n_draws = 1
n_backgrounds = 2
"""


def expected_contacts(n_bins):
    """Contacts that fall with distance, between two kinds of stretches."""
    apart = np.abs(np.subtract.outer(np.arange(n_bins), np.arange(n_bins)))
    wave = np.sign(np.sin(np.arange(n_bins) / 4))
    return 60 / (1 + apart) * np.exp(0.4 * np.outer(wave, wave)) * (apart < 40)


def write_map(path, seed, *, sizes=SIZES, weights=True):
    """A map of draws; the expected contacts themselves without a seed."""
    bins = ContactBins(sizes, BIN)
    parts = []
    for chrom in sizes:
        values = expected_contacts(bins.count(chrom))
        values = np.random.default_rng([seed, len(chrom)]).poisson(values) if seed is not None else values
        row, column = np.nonzero(np.triu(values))
        first = bins.slice_of(chrom).start
        parts.append((row + first, column + first, values[row, column]))
    own = np.ones(bins.n_bins)
    own[[30, 31]] = np.nan
    write_cool(path, bins, iter(parts), weights=own if weights else None)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("contacts")
    rng = np.random.default_rng(1)
    letters = {chrom: decode(rng.integers(0, 4, size).astype(np.uint8)) for chrom, size in SIZES.items()}
    (folder / "genome.fa").write_text("".join(f">{chrom}\n{text}\n" for chrom, text in letters.items()))
    write_map(folder / "one.cool", 1)
    # Some programs write contigs as so many whole bins, and name them in another way.
    write_map(folder / "two.cool", 2, sizes={f"chr{chrom}": -(-size // BIN) * BIN for chrom, size in SIZES.items()})
    write_map(folder / "expected.cool", None)
    (folder / "truth.json").write_text("{}")
    rows = [f"{chrom}\t{at}\t{at + 19}\tsite\t500\t{'+-'[at % 2]}\n" for chrom in SIZES for at in range(100, 4000, 333)]
    (folder / "sites.bed").write_text("".join(rows))
    (folder / "run.toml").write_text(SETTINGS)
    return folder


@pytest.fixture(scope="module")
def finished(folder, tmp_path_factory):
    run = Run.start(folder / "run.toml", folder=tmp_path_factory.mktemp("runs") / "tiny")
    with pytest.warns(UserWarning, match="matched under different names"):
        finish(run)
    return run


def test_every_step_is_done_and_leaves_its_files(finished):
    assert {name: one.state for name, one in finished.manifest.steps.items()} == dict.fromkeys(CONTACT_STEPS, "done")
    names = {str(path.relative_to(finished.folder)) for path in finished.folder.rglob("*") if path.is_file()}
    assert {"predictions/one.cool", "predictions/two.cool", "metrics.json", "recovery.json", "report.html"} <= names


def test_windows_that_are_not_used_have_a_reason(finished):
    windows = read_table(finished.examples / "windows.tsv.gz", types={"dropped": "text"})
    notes = finished.manifest.steps["prepare"].notes
    assert notes["n_candidates"] == len(windows)
    kept = windows[windows["dropped"].eq("")]
    assert notes["n_kept"] == {str(part): n for part, n in kept["split"].value_counts().items()}
    assert (kept.loc[kept["chrom"] == "I", "start"] >= 640).all()
    assert (kept["start"] % BIN == 0).all()


def test_targets_of_both_maps_and_the_masked_bins_are_stored(finished):
    store = open_contacts(finished.examples)
    assert store.layout.track_names == ("one", "two")
    assert store.layout.n_bins == 14
    assert np.isfinite(store.targets).all()
    first = store.windows["start"].to_numpy() // BIN + 1
    expected = store.windows["chrom"].eq("I").to_numpy()[:, None] & np.isin(first[:, None] + np.arange(14), [30, 31])
    np.testing.assert_array_equal(store.masked[:, 0], expected)


def test_every_figure_stands_between_ceiling_and_floors(finished):
    records = json.loads(finished.metrics.read_text())["records"]
    assert {(one["track"], one["metric"]) for one in records} >= {("one", "pearson"), ("two", "mse")}
    for one in records:
        assert set(one["floors"]) == {"average map", "distance alone", "sites alone"}
        assert one["ceiling"]["kind"] == "pseudo-replicates"
    between = next(one for one in records if one["metric"] == "pearson")["ceiling"]
    half = between["between_single_replicates"]
    assert between["value"] == pytest.approx(2 * half / (1 + half))


def test_predictions_are_contact_maps_that_other_tools_read(finished):
    store = open_contacts(finished.examples)
    predicted = open_cool(finished.predictions / "one.cool")
    assert predicted.bins.bin_size == BIN
    assert predicted.cis("I").counts.size == 0
    contacts = np.load(finished.predictions / "test.contacts.npy")[:, 0]
    assert contacts.shape == (store.rows("test").size, store.layout.n_pairs)
    start = int(store.windows.loc[store.rows("test")[0], "start"]) // BIN + 1
    square = predicted.cis("III").dense(start, start + 14, balanced=False)
    np.testing.assert_allclose(np.log(square[np.triu_indices(14, 2)]), contacts[0], atol=1e-5)


def test_the_truth_without_noise_is_compared(finished):
    rows = json.loads(finished.recovery.read_text())["agreement"]
    assert {one["method"] for one in rows} == {"model", "sites alone", "average map", "measured map"}
    measured = next(one for one in rows if one["method"] == "measured map")
    assert measured["pearson"] > 0.3


def test_sites_are_edited_in_windows_that_the_model_never_saw(finished):
    summary = json.loads((finished.folder / "folding" / "summary.json").read_text())
    assert set(summary["findings"]) == {"deleted", "inverted", "alone"}
    for name in summary["findings"]:
        table = read_table(finished.folder / "folding" / name / "results.tsv")
        assert set(table["chrom"]) == {"III"}
        assert set(table["track"]) == {"one", "two"}
        assert (finished.folder / "folding" / name / "report.html").is_file()
    sites = read_intervals(finished.data_folder / "sites.bed")
    edited = read_table(finished.folder / "folding" / "deleted" / "results.tsv")
    assert set(edited["start"]) <= set(sites.loc[sites["chrom"] == "III", "start"])
    assert "What sites do" in write_report(finished.folder).read_text()


def test_the_page_says_what_was_found(finished):
    page = write_report(finished.folder).read_text()
    for text in ("sites alone", "stratum-adjusted", "median window", "without noise", "two random halves"):
        assert text in page


def test_nothing_is_done_again_when_nothing_has_changed(finished):
    assert finish(finished) == []


def test_the_same_seed_gives_the_same_run(finished, folder, tmp_path):
    again = Run.start(folder / "run.toml", folder=tmp_path / "again")
    with pytest.warns(UserWarning, match="matched under different names"):
        run_steps(again, [step_of(again, name) for name in ("prepare", "train", "predict", "evaluate")])
    assert again.manifest.steps["evaluate"].outputs == finished.manifest.steps["evaluate"].outputs


def changed(folder, tmp_path, *changes):
    """The run with other settings, prepared."""
    text = SETTINGS
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    tmp_path.mkdir(exist_ok=True)
    path = tmp_path / "run.toml"
    path.write_text(text)
    run = Run.start(path, folder=tmp_path / "run", data_folder=folder)
    run_steps(run, [step_of(run, "prepare")])
    return run


@pytest.mark.filterwarnings("ignore::cisgram.errors.CisgramWarning")
def test_two_replicates_are_the_ceiling_where_they_are_given(folder, tmp_path):
    replicates = ('file = "one.cool"', 'file = "one.cool"\nreplicates = ["one.cool", "two.cool"]')
    second = ('[[maps]]\nname = "two"\nfile = "two.cool"\n', "")
    run = changed(folder, tmp_path, replicates, second)
    store = open_contacts(run.examples)
    assert store.layout.ceiling == "replicates"
    known = ~np.isnan(store.halves[:, 0, 0])
    # The first replicate is the map itself.
    np.testing.assert_array_equal(store.halves[:, 0, 0][known], store.targets[store.rows("test"), 0][known])


@pytest.mark.filterwarnings("ignore::cisgram.errors.CisgramWarning")
def test_maps_that_do_not_fit_are_refused(folder, tmp_path):
    write_map(folder / "raw.cool", 3, weights=False)
    write_map(folder / "other.cool", 3, sizes={**SIZES, "I": 13_000})
    with pytest.raises(InputError, match=r"raw\.cool is not balanced; run 'cisgram hic balance'"):
        changed(folder, tmp_path / "a", ('"one.cool"', '"raw.cool"'))
    with pytest.raises(ContigError, match=r"another assembly .*1 of 3 contigs differ.*leave_out.*slack_bins \(now 1\)"):
        changed(folder, tmp_path / "b", ('"one.cool"', '"other.cool"'))
    with pytest.raises(InputError, match="64"):
        changed(folder, tmp_path / "c", ("bin_size = 64", "bin_size = 32"))
    with pytest.raises(EmptySetError, match="train windows"):
        changed(
            folder,
            tmp_path / "d",
            ("[split]", "[targets]\nmax_masked = 0.0\n[split]"),
            ('"I:1-640"', '"I:1-1000", "I:3000-12030"'),
        )


@pytest.mark.filterwarnings("ignore::cisgram.errors.CisgramWarning")
def test_targets_may_be_divided_by_what_the_whole_contig_expects(folder, finished, tmp_path):
    run = changed(folder, tmp_path, ("[sites]", '[targets]\nexpected = "map"\n\n[sites]'))
    store, by_window = open_contacts(run.examples), open_contacts(finished.examples)
    row = int(store.rows("test")[0])
    chrom, start = store.windows.loc[row, ["chrom", "start"]]
    own = open_cool(folder / "one.cool").cis(chrom)
    first = int(start) // BIN
    squares = own.dense(first, first + 16), own.dense(first, first + 16, balanced=False)
    expected = contact_target(
        *squares, crop_bins=1, expected=contig_expected(own), config=ContactTargetConfig(expected="map")
    )
    np.testing.assert_allclose(store.targets[row, 0], expected, atol=2e-3)
    assert np.abs(store.targets[row, 0] - by_window.targets[row, 0]).max() > 0.05
    halves = np.asarray(store.halves, dtype=np.float64)
    assert np.nanmean(np.abs(halves[:, 0] - halves[:, 1])) < 0.5


def test_a_contig_of_another_length_may_be_left_out(folder, tmp_path):
    write_map(folder / "longer.cool", 3, sizes={**SIZES, "IV": 640})
    shutil.copy(folder / "genome.fa", tmp_path / "genome.fa")
    with (tmp_path / "genome.fa").open("a") as file:
        file.write(">IV\n" + "ACGT" * 200 + "\n")
    for name in ("longer.cool", "sites.bed"):
        shutil.copy(folder / name, tmp_path / name)
    text = SETTINGS.replace('"one.cool"', '"longer.cool"').replace('[[maps]]\nname = "two"\nfile = "two.cool"\n', "")
    (tmp_path / "run.toml").write_text(text.replace('fasta = "genome.fa"', 'fasta = "genome.fa"\nleave_out = ["IV"]'))
    run = Run.start(tmp_path / "run.toml", folder=tmp_path / "run")
    run_steps(run, [step_of(run, "prepare")])
    contigs = read_table(run.examples / "contigs.tsv")
    assert contigs.loc[contigs["genome"] == "IV", "status"].tolist() == ["left out"]


def test_windows_end_where_a_map_ends(folder, tmp_path):
    write_map(folder / "early.cool", 3, sizes={**SIZES, "I": 188 * BIN - 3 * BIN})
    second = ('[[maps]]\nname = "two"\nfile = "two.cool"\n', "")
    allowed = ('file = "one.cool"', 'file = "early.cool"\nslack_bins = 3')
    with pytest.warns(CisgramWarning, match="not quite the genome's"):
        run = changed(folder, tmp_path / "a", second, allowed)
    windows = read_table(run.examples / "windows.tsv.gz", types={"dropped": "text"})
    assert windows.loc[windows["chrom"] == "I", "end"].max() <= 185 * BIN
    with pytest.raises(ContigError, match="slack_bins"):
        changed(folder, tmp_path / "b", second, ('file = "one.cool"', 'file = "early.cool"'))


def test_maps_may_be_hic_files(folder, tmp_path):
    hictkpy = pytest.importorskip("hictkpy")
    own = open_cool(folder / "one.cool")
    row, column, counts = (np.concatenate(part) for part in zip(*own.pixels(), strict=True))
    writer = hictkpy.hic.FileWriter(str(folder / "one.hic"), dict(own.bins.sizes), BIN)
    pixels = {"bin1_id": row.tolist(), "bin2_id": column.tolist(), "count": counts.astype(float).tolist()}
    writer.add_pixels_from_dict(pixels)
    writer.finalize()
    second = ('[[maps]]\nname = "two"\nfile = "two.cool"\n', "")
    replicates = ('file = "one.cool"', 'file = "one.cool"\nreplicates = ["one.hic", "one.cool"]')
    run = changed(folder, tmp_path / "a", second, replicates)
    store = open_contacts(run.examples)
    assert store.rows("test").size
    # A replicate that is not balanced has the weights of the map: the same contacts are the same target.
    np.testing.assert_array_equal(store.halves[:, 0, 0], store.halves[:, 1, 0])
    with pytest.raises(InputError, match=r"one\.hic is not balanced"):
        changed(folder, tmp_path / "b", second, ('"one.cool"', '"one.hic"'))


def test_sites_may_be_a_track_without_strands(folder, tmp_path):
    values = {chrom: np.zeros(size, dtype=np.float32) for chrom, size in SIZES.items()}
    values["I"][2 * BIN : 3 * BIN] = 8
    names = {chrom: f"chr{chrom}" for chrom in SIZES}
    write_bigwig(
        folder / "chip.bw",
        {names[one]: size for one, size in SIZES.items()},
        ((names[k], v) for k, v in values.items()),
    )
    second = ('[[maps]]\nname = "two"\nfile = "two.cool"\n', "")
    run = changed(folder, tmp_path, second, ('bed = "sites.bed"', 'track = "chip.bw"'))
    with pytest.warns(CisgramWarning, match="under different names"):
        strengths = site_strengths(run, read_genome(folder / "genome.fa"))
    assert {chrom: one.shape for chrom, one in strengths.items()} == {"I": (2, 188), "II": (2, 64), "III": (2, 100)}
    np.testing.assert_array_equal(strengths["I"][:, :4], [[0, 0, 4, 0]] * 2)
    assert strengths["II"].sum() == 0


def test_sites_come_from_a_file_from_motifs_or_from_a_track(folder, finished):
    genome = read_genome(folder / "genome.fa")
    strengths = site_strengths(finished, genome)
    assert {chrom: one.shape for chrom, one in strengths.items()} == {"I": (2, 188), "II": (2, 64), "III": (2, 100)}
    assert strengths["I"][0, 100 // BIN] == 500
    assert strengths["I"].sum() == 500 * 12


@pytest.mark.filterwarnings("ignore::cisgram.errors.CisgramWarning")
def test_a_frozen_trunk_of_another_run_stays_and_other_weights_train_anew(finished, folder, tmp_path):
    second = ('[[maps]]\nname = "two"\nfile = "two.cool"\n', "")
    given = shutil.copy(finished.best, tmp_path / "other.safetensors")
    section = ("[batches]", f'[transfer]\nweights = "{given}"\nfreeze = true\n\n[batches]')
    run = changed(folder, tmp_path / "a", second, section)
    assert run_steps(run, [step_of(run, "train")]) == ["train"]
    before, after = (load_checkpoint(one.best).weights for one in (finished, run))
    same = {name for name, value in after.items() if value.shape == before[name].shape and value.equal(before[name])}
    assert {name for name in after if name.startswith("trunk.")} <= same
    assert not [name for name in same if name.startswith("head.") and name.endswith("convolution.weight")]
    notes = run.manifest.steps["train"].notes["transfer"]
    assert (notes["model"], notes["tracks"]) == ("akita", ["one", "two"])
    assert notes["frozen"] == sum(after[name].numel() for name in after if "trunk" in name and is_learnt(name))
    assert "convolutions of the Akita of one, two" in write_report(run.folder).read_text()
    assert run_steps(run, [step_of(run, "train")]) == []
    changed_weights = {name: value + 1 if "trunk" in name else value for name, value in before.items()}
    save_checkpoint(given, dataclasses.replace(load_checkpoint(finished.best), weights=changed_weights))
    assert run_steps(run, [step_of(run, "train")]) == ["train"]


def is_learnt(name):
    """Whether a tensor of a checkpoint is a parameter, not a running statistic."""
    return name.endswith(("weight", "bias"))


def test_settings_are_read_back_the_same_and_contradictions_refused():
    values = {
        "name": "a",
        "genome": {"fasta": "g.fa"},
        "maps": [{"name": "m", "file": "m.cool"}],
        "split": {"test": ["I"], "valid": ["II"]},
    }
    config = config_from(values)
    assert config.model.bin_size == 2048
    assert 'name = "akita"' in config_text(config)
    for change, message in (
        ({"maps": []}, r"at least one \[\[maps\]\]"),
        ({"maps": [values["maps"][0]] * 2}, "a name of its own"),
        ({"maps": [{**values["maps"][0], "replicates": ["a"]}]}, "two replicates or none; got 1"),
        ({"batches": {"jitter_bp": 1500}}, "small part"),
        ({"transfer": {"freeze": True}}, "random layers must learn"),
        ({"targets": {"expected": "genome"}}, "window"),
        ({"sites": {"bed": "a", "track": "b"}}, "give one of"),
    ):
        with pytest.raises(ConfigError, match=message):
            config_from({**values, **change})


@pytest.mark.slow
def test_a_simulated_genome_is_predicted_and_compared_with_its_truth(tmp_path):
    made = simulate_demo("contacts", tmp_path / "folded", size="tiny")
    text = made.config.read_text().replace("epochs = 20", "epochs = 1").replace("n_windows = 8", "n_windows = 1")
    made.config.write_text(text)
    run = Run.start(made.config, folder=tmp_path / "run")
    finish(run)
    recovery = json.loads(run.recovery.read_text())
    assert {one["method"] for one in recovery["boundaries"]} >= {"model", "measured map", "contacts without noise"}
    true = next(one for one in recovery["corners"] if one["method"] == "contacts without noise")
    assert true["pearson"] == pytest.approx(1)
    assert true["mean"]["convergent"] > true["mean"]["tandem"]
    assert [one["edit"] for one in recovery["edits"]["edits"]] == ["deleted", "inverted"]
    page = (run.folder / "report.html").read_text()
    for words in ("Planted boundaries", "Sites deleted and turned round", "The rule of convergent sites"):
        assert words in page


def test_a_simulated_genome_comes_with_the_run_that_goes_with_it(tmp_path):
    made = simulate_demo("contacts", tmp_path / "folded", size="tiny")
    config = read_config(made.config)
    assert config.model.bin_size == 128
    assert config.maps[0].replicates == ("contacts.rep1.cool", "contacts.rep2.cool")
    assert set(config.split.test) & set(config.split.valid) == set()
    run = Run.start(made.config, folder=tmp_path / "run")
    run_steps(run, [step_of(run, "prepare")])
    store = open_contacts(run.examples)
    assert store.layout.ceiling == "replicates"
    assert min(store.rows(part).size for part in ("train", "valid", "test")) >= 5
    # The floor scans for the motif that was planted, on both strands.
    strengths = site_strengths(run, read_genome(tmp_path / "folded" / "genome.fa.gz"))
    planted = read_intervals(tmp_path / "folded" / "sites.bed")
    strong = planted[(planted["name"] == "boundary") & (planted["score"] > 900)]
    found = [
        strengths[chrom]["+-".index(strand), (start + end) // 2 // 128] > 0
        for chrom, start, end, strand in strong[["chrom", "start", "end", "strand"]].itertuples(index=False)
    ]
    assert np.mean(found) > 0.8
