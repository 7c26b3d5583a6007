"""From a sample to files: what they hold, that peaks are those of the files, and what is refused."""

import dataclasses
import json

import numpy as np
import pytest
from typer.testing import CliRunner

from cisgram.cli.main import app
from cisgram.errors import CheckpointError, ConfigError, EmptySetError
from cisgram.genomics.interval import interval_table
from cisgram.io.bigwig import bigwig_sizes, read_bigwig_contig, write_bigwig
from cisgram.io.reads import open_coverage_source
from cisgram.io.tables import read_intervals
from cisgram.models.atacworks import AtacWorksConfig, build, set_scales
from cisgram.run.denoise import DenoiseConfig, denoise_to_files, open_denoiser, regions_of, sample_mean
from cisgram.training.checkpoint import Checkpoint, ModelIdentity, save_checkpoint
from cisgram.training.denoise import denoise

CONFIG = AtacWorksConfig(
    output_length=300, width=5, dilation=4, margin_bp=100, n_filters=6, n_blocks=2, n_peak_blocks=1
)
SIZES = {"II": 900, "I": 4000, "empty": 300}


@pytest.fixture
def sample(tmp_path):
    rng = np.random.default_rng(1)
    signal = {chrom: rng.poisson(1, size) + 30.0 * (np.arange(size) // 200 % 5 == 1) for chrom, size in SIZES.items()}
    signal["empty"][:] = 0
    write_bigwig(tmp_path / "sample.bw", SIZES, signal.items())
    return tmp_path / "sample.bw"


@pytest.fixture
def model():
    model = build(CONFIG, seed=1)
    model.peak_head.weight.data *= 20
    model.peak_head.bias.data -= 2
    return model


@pytest.fixture
def checkpoint(tmp_path, model):
    identity = ModelIdentity("atacworks", {**dataclasses.asdict(CONFIG), "n_tracks": 1, "n_controls": 0})
    save_checkpoint(tmp_path / "run" / "checkpoints" / "best.safetensors", Checkpoint(identity, model.state_dict()))
    return tmp_path / "run"


def test_the_files_hold_what_the_model_says_rounded_and_peaks_are_where_they_say(tmp_path, sample, model):
    source = open_coverage_source(sample)
    regions = interval_table(["II", "I", "I"], [0, 100, 2000], [900, 1500, 4000])
    settings = DenoiseConfig(window_bp=301, min_length_bp=5, decimals=1)
    files = denoise_to_files(model, [source], regions, tmp_path / "out" / "a", config=settings, about={"sample": "x"})
    assert bigwig_sizes(files.track).keys() == SIZES.keys()
    expected = {name: np.zeros((2, size)) for name, size in SIZES.items()}
    for piece in denoise(model, lambda *place: source.coverage(*place)[None], regions):
        expected[piece.chrom][:, piece.start : piece.start + len(piece.track)] = piece.track, piece.probability
    called = read_intervals(files.peaks)
    assert files.n_peaks == len(called) > 2
    for chrom in SIZES:
        track, probability = (read_bigwig_contig(path, chrom) for path in (files.track, files.probability))
        np.testing.assert_allclose(track, expected[chrom][0], atol=0.051)
        np.testing.assert_allclose(probability, expected[chrom][1], atol=0.00051)
        in_peaks = np.zeros(SIZES[chrom], dtype=bool)
        for peak in called[called["chrom"] == chrom].itertuples():
            in_peaks[peak.start : peak.end] = True
            assert peak.end - peak.start >= 5
            assert peak.signal == pytest.approx(track[peak.start : peak.end].max(), rel=1e-3)
            assert track[peak.summit] == track[peak.start : peak.end].max()
        assert (probability[in_peaks] >= 0.5).all()
        runs = np.diff(np.flatnonzero(np.diff((probability >= 0.5) & ~in_peaks, prepend=False, append=False)))[::2]
        assert (runs < 5).all()
    notes = json.loads(files.about.read_text())
    assert (notes["n_peaks"], notes["n_bases"], notes["sample"]) == (files.n_peaks, 4300, "x")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        f"a.{end}" for end in ("denoise.json", "peaks.narrowPeak", "probability.bw", "track.bw")
    ]


def test_few_loci_do_not_tell_the_depth_of_a_sample(tmp_path, sample, model):
    source, locus = open_coverage_source(sample), interval_table(["I"], [200], [400])
    assert sample_mean(model, source, locus) is None
    set_scales(model, inputs=np.array([2.0]), track=10.0, sample=2.0)
    whole = np.concatenate([source.coverage(chrom, 0, SIZES[chrom]) for chrom in SIZES])
    assert sample_mean(model, source, locus) == pytest.approx(whole.mean(), rel=1e-6)
    files = denoise_to_files(model, [source], locus, tmp_path / "a")
    notes = json.loads(files.about.read_text())
    assert notes["mean_coverage"] == pytest.approx(whole.mean(), rel=1e-6)
    assert notes["brought_to"] == 2.0
    given = denoise_to_files(model, [source], locus, tmp_path / "b", config=DenoiseConfig(mean_coverage=100))
    tracks = [read_bigwig_contig(one.track, "I")[200:400] for one in (files, given)]
    assert not np.allclose(*tracks)


def test_where_the_sample_is_empty_nothing_is_written(tmp_path, sample, model):
    source = open_coverage_source(sample)
    with pytest.raises(EmptySetError, match="0 everywhere in these regions"):
        denoise_to_files(model, [source], interval_table(["empty"], [0], [300]), tmp_path / "out" / "a")
    assert list((tmp_path / "out").iterdir()) == []


def test_contigs_and_channels_that_are_not_there_are_refused(tmp_path, sample, model):
    source = open_coverage_source(sample)
    with pytest.raises(ConfigError, match="no contig 'X'; it has II, I, empty"):
        regions_of([source], ("X",))
    assert regions_of([source], ("I", "II"))["chrom"].tolist() == ["II", "I"]
    with pytest.raises(ConfigError, match=r"reads 1 channels, coverage and 0 more; got 1 more"):
        denoise_to_files(model, [source, source], regions_of([source]), tmp_path / "a")


@pytest.mark.parametrize(
    "settings", [{"threshold": 0.0}, {"threshold": 1.1}, {"min_length_bp": 0}, {"decimals": 7}, {"max_gap_bp": -1}]
)
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(ConfigError, match=next(iter(settings))):
        DenoiseConfig(**settings)


def test_a_checkpoint_of_another_model_is_refused(tmp_path):
    save_checkpoint(tmp_path / "b.safetensors", Checkpoint(ModelIdentity("bpnet"), {}))
    with pytest.raises(CheckpointError, match="holds the model 'bpnet', and 'atacworks' was asked for"):
        open_denoiser(tmp_path / "b.safetensors")
    with pytest.raises(CheckpointError, match=r"holds no checkpoints/best\.safetensors"):
        open_denoiser(tmp_path)


def call(*words):
    return CliRunner().invoke(app, ["denoise", *map(str, words)])


def test_the_verb_denoises_a_bigwig(tmp_path, sample, checkpoint):
    done = call(checkpoint, sample, "--out", tmp_path / "o", "--chroms", "I,II", "--min-length", 5, "--json")
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    assert result["n_bases"] == 4900
    assert len(read_intervals(result["peaks"])) == result["n_peaks"]
    notes = json.loads((tmp_path / "o.denoise.json").read_text())
    assert len(notes["model_sha256"]) == len(notes["sample_sha256"][0]) == 64
    assert notes["settings"]["min_length_bp"] == 5


def test_the_verb_denoises_groups_of_cells(tmp_path, checkpoint):
    rng = np.random.default_rng(0)
    starts = np.sort(rng.integers(0, 3500, 400))
    lines = [f"I\t{start}\t{start + 120}\tcell{start % 3}\t1\n" for start in starts]
    (tmp_path / "fragments.tsv").write_text("".join(lines))
    (tmp_path / "groups.tsv").write_text("cell0\tB\ncell1\tB\ncell2\tNK\n")
    (tmp_path / "sizes").write_text("I\t4000\nII\t30\n")
    options = ["--chrom-sizes", tmp_path / "sizes", "--groups", tmp_path / "groups.tsv", "--json"]
    done = call(checkpoint, tmp_path / "fragments.tsv", "--out", tmp_path / "o", *options)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["groups"].keys() == {"B", "NK"}
    notes = {name: json.loads((tmp_path / f"o.{name}.denoise.json").read_text()) for name in ("B", "NK")}
    assert notes["B"]["n_cells"] == 2
    assert notes["B"]["n_reads"] + notes["NK"]["n_reads"] == 800
    assert bigwig_sizes(tmp_path / "o.NK.track.bw") == {"I": 4000, "II": 30}


def test_the_verb_says_in_one_line_what_is_wrong(tmp_path, sample, checkpoint):
    (tmp_path / "r.bed").write_text("I\t0\t500\n")
    out = ("--out", tmp_path / "o")
    for words, message in [
        ((tmp_path, sample, *out), "holds no checkpoints"),
        ((checkpoint, sample, *out, "--chroms", "X"), "no contig 'X'"),
        ((checkpoint, sample, *out, "--chroms", "empty"), "0 everywhere"),
        ((checkpoint, sample, *out, "--chroms", "I", "--regions", tmp_path / "r.bed"), "either --chroms or --regions"),
        ((checkpoint, tmp_path / "no.bw", *out), "there is no file"),
        ((checkpoint, sample, *out, "--threshold", 2), "threshold must be"),
    ]:
        done = call(*words)
        assert (done.exit_code, message in done.stderr) == (1, True), (words, done.output)
