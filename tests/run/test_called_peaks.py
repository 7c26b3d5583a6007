"""Called peaks and own peaks of a run: planted sites of two types of cells, judged with a model that never trained."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from cisgram.genomics.interval import interval_table, overlaps
from cisgram.io.reads import open_coverage_source
from cisgram.io.tables import read_intervals, read_table
from cisgram.models.atacworks import AtacWorksConfig, build
from cisgram.peaks.threshold import ScoredPiece, call_by_threshold
from cisgram.report.page import write_report
from cisgram.run import Run
from cisgram.run.denoise import denoise_to_files
from cisgram.run.settings.coverage import PeaksConfig
from cisgram.run.steps.coverage.called import coverage_calling, with_calls, with_heights
from cisgram.run.steps.coverage.evaluate import evaluate, evaluation_windows
from cisgram.run.steps.coverage.judge import raw_pieces
from cisgram.run.steps.coverage.known import known_genome
from cisgram.run.steps.coverage.own_peaks import OWN_PLACE_COLUMNS, PLACES
from cisgram.run.steps.coverage.prepare import prepare
from cisgram.training.checkpoint import Checkpoint, ModelIdentity, save_checkpoint

SIZES = {"I": 40_000, "II": 20_000, "III": 40_000}
MODEL = AtacWorksConfig(output_length=4000, margin_bp=1200, n_filters=2, n_blocks=1, n_peak_blocks=1)
SETTINGS = """
name = "types"

[contigs]
sizes = "sizes.txt"

[[pairs]]
name = "old"
clean = ["old.tsv"]
fractions = [0.5]
peaks = "old.bed"

[[pairs]]
name = "new"
clean = ["new.tsv"]
fractions = [0.2, 0.7]
replicate = ["again.tsv"]
peaks = "new.bed"
use = "test"

[split]
test = ["III"]
valid = ["II"]

[model]
output_length = 4000
margin_bp = 1200
n_filters = 2
n_blocks = 1
n_peak_blocks = 1

[peaks]
fold = 3.0

[evaluation]
n_bootstrap = 20
window_bp = 7000
"""


def planted():
    """Sites of both types on every contig, and sites of one type alone."""
    both, new, old = [], [], []
    for chrom, size in SIZES.items():
        for number, start in enumerate(range(1500, size - 1500, 2500)):
            (both, both, new, old)[number % 4].append((chrom, start, start + 300))
    return {"both": both, "new": new, "old": old}


def write_fragments(path, sites, *, seed, per_site=80):
    rng = np.random.default_rng(seed)
    rows = []
    for chrom, size in SIZES.items():
        near = np.repeat([start + 150 for name, start, _ in sites if name == chrom], per_site)
        starts = np.concatenate([near + rng.integers(-120, 60, near.size), rng.integers(0, size - 300, size // 100)])
        starts = np.sort(starts)
        rows.append(pd.DataFrame({"chrom": chrom, "start": starts, "end": starts + rng.integers(30, 60, starts.size)}))
    pd.concat(rows).assign(barcode="one").to_csv(path, sep="\t", header=False, index=False)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("types")
    sites = planted()
    for name, seed in (("old", 1), ("new", 2), ("again", 3)):
        own = [*sites["both"], *sites["old" if name == "old" else "new"]]
        write_fragments(folder / f"{name}.tsv", own, seed=seed)
        pd.DataFrame(own).to_csv(folder / f"{name}.bed", sep="\t", header=False, index=False)
    (folder / "sizes.txt").write_text("".join(f"{name}\t{size}\n" for name, size in SIZES.items()))
    (folder / "config.toml").write_text(SETTINGS)
    run = Run.start(folder / "config.toml", folder=folder / "run")
    run.examples.mkdir(parents=True)
    prepare(run)
    model = build(MODEL, seed=1)
    model.peak_head.weight.data *= 30
    identity = ModelIdentity("atacworks", {**dataclasses.asdict(MODEL), "n_tracks": 1, "n_controls": 0})
    save_checkpoint(run.best, Checkpoint(identity, model.state_dict()))
    evaluate(run)
    return run


@pytest.fixture(scope="module")
def tables(run):
    names = ("called", "own_peaks", "own_places")
    return {name: read_table(run.folder / "evaluation" / f"{name}.tsv") for name in names}


def test_every_method_has_its_peaks_in_a_file_and_the_table_counts_them(run, tables):
    called = tables["called"]
    assert set(called["method"]) == {"deep", "replicate", "raw", "denoised"}
    assert set(called["scope"]) == {"all contigs", "contigs never trained on"}
    for row in called[called["scope"] == "contigs never trained on"].to_dict("records"):
        peaks = read_intervals(run.folder / "evaluation" / f"{row['track']}.{row['method']}.narrowPeak")
        assert (peaks["chrom"] == "III").sum() == row["n_called"]
        truth = read_intervals(run.examples / "new.peaks.narrowPeak")
        truth = truth[truth["chrom"] == "III"]
        assert (row["n_deep"], row["recall"]) == (len(truth), overlaps(truth, peaks).mean())


def test_planted_sites_are_called_from_deep_coverage_and_summits_are_near(tables):
    own = tables["called"].set_index(["method", "scope"]).loc[("replicate", "all contigs")]
    assert own["recall"] == own["precision"] == 1
    assert own["summit_distance_bp"] < 60


def test_denoised_peaks_are_those_that_the_verb_writes(run, tmp_path):
    model = build(MODEL, seed=1)
    model.peak_head.weight.data *= 30
    source = open_coverage_source(run.input("new.tsv"), sizes=SIZES).thinned(fraction=0.7, seed=run.config.seed)
    whole = interval_table(list(SIZES), [0] * 3, list(SIZES.values()))
    files = denoise_to_files(model, [source], whole, tmp_path / "new")
    ours = read_intervals(run.folder / "evaluation" / "new.0.7_of_reads.denoised.narrowPeak")
    assert files.n_peaks > 10
    pd.testing.assert_frame_equal(ours, read_intervals(files.peaks))


def test_own_shared_and_foreign_places_are_the_planted_ones(tables):
    own, sites = tables["own_peaks"], planted()
    for scope, chroms in (
        ("all contigs", list(SIZES)),
        ("contigs never trained on", ["III"]),
        ("contigs trained on", ["I"]),
    ):
        n = own[own["scope"] == scope].groupby("places")["n"].first()
        count = {kind: sum(chrom in chroms for chrom, _, _ in rows) for kind, rows in sites.items()}
        assert n.to_dict() == {
            "own": count["new"],
            "shared": count["both"],
            "shared as high": count["new"],
            "foreign": count["old"],
        }
    assert set(own["places"]) == set(PLACES)


def test_a_replicate_finds_own_and_shared_peaks_and_calls_no_foreign_place(tables):
    own = tables["own_peaks"]
    found = own[(own["method"] == "replicate") & (own["scope"] == "all contigs")].set_index("places")["value"]
    assert found.to_dict() == {"own": 1, "shared": 1, "shared as high": 1, "foreign": 0}


def test_the_stretch_that_is_shown_holds_the_highest_own_peak_of_a_contig_held_out(run, tables):
    shown = tables["own_places"]
    assert tuple(shown.columns) == OWN_PLACE_COLUMNS
    assert shown[["track", "use"]].to_numpy().tolist() == [["new", "test"], ["old", "train"]]
    first = shown.iloc[0]
    start, end, peak_start, peak_end = (int(first[name]) for name in ("start", "end", "peak_start", "peak_end"))
    place = (first["chrom"], peak_start, peak_end)
    alone = [one for one in planted()["new"] if one[0] == "III"]
    assert place in alone
    assert start <= peak_start < peak_end <= end
    known = known_genome(run)
    deep = open_coverage_source(run.input("new.tsv"), sizes=SIZES)
    assert deep.coverage(*place).max() == max(deep.coverage(*one).max() for one in alone)
    mean = sum(deep.coverage(chrom, 0, size).sum() for chrom, size in SIZES.items()) / known.n_bases
    assert first["mean"] == pytest.approx(mean)
    with np.load(run.folder / "evaluation" / "examples.npz") as examples:
        number = first["number"]
        assert number == len(examples["loci"])
        trained = open_coverage_source(run.input("old.tsv"), sizes=SIZES)
        np.testing.assert_array_equal(examples[f"{number}/old/deep"], trained.coverage("III", start, end))


def test_the_page_shows_called_and_own_peaks(run):
    page = write_report(run.folder).read_text()
    for title in ("Called peaks", "Peaks that no training type has"):
        assert f">{title}<" in page
    assert "peaks that no training cells have" in page
    assert ">nan<" not in page


def test_metrics_count_the_windows_that_they_are_of(run):
    records = pd.read_json(run.metrics)["records"]
    assert {one["n_windows"] for one in records} == {-(-SIZES["III"] // 7000)}


def test_peaks_of_coverage_are_those_of_the_whole_track_at_so_many_times_its_mean():
    rng = np.random.default_rng(4)
    signal = {name: rng.poisson(1 + 20 * (np.arange(size) // 400 % 9 == 2)) for name, size in SIZES.items()}
    signal = {name: values.astype(np.float32) for name, values in signal.items()}
    sizes = pd.DataFrame({"chrom": list(SIZES), "start": 0, "end": list(SIZES.values())})
    windows = pd.DataFrame(
        [(row.chrom, at, min(at + 900, row.end)) for row in sizes.itertuples() for at in range(0, row.end, 900)],
        columns=["chrom", "start", "end"],
    )

    def read(chrom, start, end):
        return signal[chrom][start:end]

    rule = PeaksConfig(fold=2.0, min_length_bp=50, max_gap_bp=30)
    calling = coverage_calling(rule, read, windows)
    assert len(list(with_calls(raw_pieces(windows, read), windows, calling))) == len(windows)
    mean = np.concatenate(list(signal.values())).mean(dtype=np.float64)
    whole = [ScoredPiece(name, 0, values) for name, values in signal.items()]
    expected = call_by_threshold(whole, threshold=2 * mean, min_length_bp=50, max_gap_bp=30)
    pd.testing.assert_frame_equal(calling.done().peaks, expected)


def test_a_track_without_a_read_has_no_peak():
    windows = pd.DataFrame({"chrom": ["I"], "start": [0], "end": [500]})

    def read(chrom, start, end):
        return np.zeros(end - start, np.float32)

    calling = coverage_calling(PeaksConfig(), read, windows)
    list(with_calls(raw_pieces(windows, read), windows, calling))
    assert calling.done().peaks.empty


def test_peaks_keep_the_summits_that_they_bring_and_get_the_others_from_coverage():
    values = np.array([0, 1, 5, 5, 5, 2, 5, 0], np.float32)
    peaks = interval_table(["I", "I"], [101, 101], [107, 107], summit=[-1, 106])

    def read(chrom, start, end):
        return values[start - 100 : end - 100]

    found = with_heights(peaks, read)
    assert found[["summit", "height"]].to_numpy().tolist() == [[103, 5], [106, 5]]
    bare = with_heights(peaks.drop(columns="summit"), read)
    assert bare["summit"].tolist() == [103, 103]


def test_windows_of_the_evaluation_cover_what_is_known(run):
    windows = evaluation_windows(known_genome(run), 7000)
    assert (windows["end"] - windows["start"]).sum() == sum(SIZES.values())
