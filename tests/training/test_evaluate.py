"""Whole evaluations: planted truths, limits that must hold, and what is counted and left out."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.stats import pearsonr
from sklearn.metrics import average_precision_score

from cisgram.errors import ConfigError, InputError
from cisgram.training.evaluate import MetricOptions, evaluate
from cisgram.training.measured import Measured, average_profiles
from cisgram.training.records import metric_table

N, LENGTH = 60, 100
QUICK = MetricOptions(bins_bp=(1, 5), n_resamples=50)


def rates_of(n=N, seed=0, n_tracks=1):
    """Expected reads per base: sharp, and different in every window."""
    rng = np.random.default_rng(seed)
    depth = rng.lognormal(0, 0.8, (n, n_tracks, 1, 1))
    return depth * rng.gamma(0.1, 100.0, (n, n_tracks, 2, LENGTH)) + 0.01


def measured_from(rates, *, n_replicates=2, seed=1, **options):
    rng = np.random.default_rng(seed)
    replicates = [
        rng.poisson(rates[:, [t]] / n_replicates, (len(rates), n_replicates, 2, LENGTH)) for t in range(rates.shape[1])
    ]
    counts = np.stack([one.sum(axis=1) for one in replicates], axis=1)
    start = np.arange(len(rates)) * 1000
    return Measured(
        track_names=[f"track{t}" for t in range(rates.shape[1])],
        windows=pd.DataFrame({"chrom": "I", "start": start, "end": start + LENGTH}),
        counts=counts,
        replicates=replicates,
        average_profiles=average_profiles(counts),
        **options,
    )


def perfect(rates):
    """Predictions of a model with joint strands that knows the rates."""
    total = rates.sum(axis=(2, 3))
    return rates / total[..., None, None], np.log1p(total)[..., None]


def by_name(metrics, track="track0"):
    return {(m.metric, m.bin_bp): m for m in metrics if m.track == track}


@pytest.fixture(scope="module")
def rates():
    return rates_of()


@pytest.fixture(scope="module")
def measured(rates):
    return measured_from(rates)


@pytest.fixture(scope="module")
def metrics(rates, measured):
    return by_name(evaluate(*perfect(rates), measured, split="test", options=QUICK))


def test_a_model_that_knows_the_truth_beats_replicates_and_floors(metrics):
    for metric in metrics.values():
        known = [value for value in metric.floors.values() if value is not None]
        sign = -1 if metric.better == "lower" else 1
        assert sign * metric.value > sign * metric.ceiling.value, metric.metric
        assert sign * metric.ceiling.value > max(sign * value for value in known), metric.metric


def test_values_lie_in_their_intervals(metrics):
    for metric in metrics.values():
        assert metric.interval[0] < metric.value < metric.interval[1]


def test_values_agree_with_scipy_and_scikit_learn(rates, measured, metrics):
    profiles, log_counts = perfect(rates)
    counts = measured.counts[:, 0]
    divergence = [jensenshannon(counts[w].ravel(), profiles[w, 0].ravel(), base=2) ** 2 for w in range(N)]
    assert metrics["jsd", 1].value == pytest.approx(np.mean(divergence), abs=1e-6)
    observed = np.log1p(counts.sum((1, 2)))
    assert metrics["pearson_log_counts", None].value == pytest.approx(pearsonr(observed, log_counts[:, 0, 0]).statistic)
    judged = counts.sum(2).mean(1) > 2.5 / 0.015
    share = counts[judged] / counts[judged].sum(2, keepdims=True)
    predicted = profiles[judged, 0] / profiles[judged, 0].sum(2, keepdims=True)
    clear = (share >= 0.015) | (share <= 0.005)
    expected = average_precision_score(share[clear] >= 0.015, predicted[clear])
    assert metrics["auprc", 1].value == pytest.approx(expected, abs=1e-5)
    assert metrics["auprc", 1].n_windows == judged.sum()


def test_floors_are_what_they_are_called(measured, metrics):
    counts = measured.counts[:, 0]
    uniform = [jensenshannon(one.ravel(), np.ones(2 * LENGTH), base=2) ** 2 for one in counts]
    average = [jensenshannon(one.ravel(), measured.average_profiles[0].ravel(), base=2) ** 2 for one in counts]
    floors = metrics["jsd", 1].floors
    assert floors["uniform"] == pytest.approx(np.mean(uniform), abs=1e-6)
    assert floors["average profile"] == pytest.approx(np.mean(average), abs=1e-6)
    assert set(floors) == {"average profile", "uniform", "shuffled", "shuffled positions"}
    assert metrics["auprc", 1].floors["shuffled"] == pytest.approx(metrics["auprc", 1].floors["uniform"], abs=0.03)
    assert metrics["pearson_log_counts", None].floors["shuffled"] == pytest.approx(0, abs=0.15)
    assert metrics["pearson_log_counts", None].floors["constant"] is None


def test_wider_bins_are_easier(metrics):
    assert metrics["jsd", 5].value < metrics["jsd", 1].value


def test_records_are_json_with_every_field(metrics):
    record = json.loads(json.dumps(metrics["jsd", 1].record(), allow_nan=False))
    assert set(record) == {
        "metric", "definition", "track", "split", "bin_bp", "unit", "better", "value", "interval", "ceiling",
        "floors", "n_windows", "n_left_out",
    }  # fmt: skip
    assert record["ceiling"]["kind"] == "replicates"
    assert (record["unit"], record["better"], record["split"], record["n_windows"]) == ("bits", "lower", "test", N)


def test_one_replicate_gets_a_ceiling_of_pseudo_replicates(rates):
    measured = measured_from(rates, n_replicates=1)
    found = by_name(evaluate(*perfect(rates), measured, split="test", options=QUICK))
    assert {metric.ceiling.kind for metric in found.values()} == {"pseudo-replicates"}


def test_the_same_seed_gives_the_same_figures(rates, measured, metrics):
    again = by_name(evaluate(*perfect(rates), measured, split="test", options=QUICK))
    assert again == metrics
    other = by_name(evaluate(*perfect(rates), measured, split="test", options=replace(QUICK, seed=5)))
    assert other["jsd", 1].value == metrics["jsd", 1].value
    assert other["jsd", 1].interval != metrics["jsd", 1].interval


def test_separate_strands_are_weighed_by_their_predicted_reads(rates, measured, metrics):
    per_strand = rates.sum(axis=3)
    separate = by_name(
        evaluate(rates / per_strand[..., None], np.log1p(per_strand), measured, split="test", options=QUICK)
    )
    for key, metric in metrics.items():
        assert separate[key].value == pytest.approx(metric.value, abs=1e-5)


def test_a_crop_judges_the_middle_alone(rates, measured):
    options = replace(QUICK, crop_bp=40)
    inside = slice(30, 70)
    cropped = by_name(evaluate(*perfect(rates), measured, split="test", options=options))
    small = replace(
        measured,
        counts=measured.counts[..., inside],
        replicates=[one[..., inside] for one in measured.replicates],
        average_profiles=measured.average_profiles[..., inside],
    )
    expected = by_name(evaluate(*perfect(rates[..., inside]), small, split="test", options=QUICK))
    for key, metric in expected.items():
        assert cropped[key].value == pytest.approx(metric.value, abs=1e-5)


def test_negatives_count_for_totals_only(rates):
    measured = measured_from(np.concatenate([rates, rates_of(30, seed=9) / 50]))
    kinds = ["peak"] * N + ["negative"] * 30
    mixed = replace(measured, windows=measured.windows.assign(kind=kinds))
    profiles, log_counts = perfect(np.concatenate([rates, rates_of(30, seed=9) / 50]))
    log_counts = log_counts + np.random.default_rng(1).normal(size=log_counts.shape)
    found = by_name(evaluate(profiles, log_counts, mixed, split="test", options=QUICK))
    assert found["jsd", 1].n_windows == found["pearson_log_counts", None].n_windows == N
    assert found["jsd", 1].n_left_out == {"negatives": 30}
    both = found["pearson_log_counts_with_negatives", None]
    assert both.n_windows == N + 30
    assert both.value > found["pearson_log_counts", None].value


def test_windows_without_reads_are_left_out_and_counted(rates, measured):
    counts = measured.counts.copy()
    counts[:3] = 0
    without = replace(measured, counts=counts, replicates=[counts])
    found = by_name(evaluate(*perfect(rates), without, split="test", options=QUICK))
    assert found["jsd", 1].n_left_out == {"no reads": 3}
    assert found["jsd", 1].n_windows == N - 3
    assert found["pearson_log_counts", None].n_windows == N
    assert found["auprc", 1].n_left_out["too few reads to judge positions"] >= 3


def test_without_any_reads_figures_are_undefined_and_nothing_fails(rates, measured):
    empty = replace(measured, counts=measured.counts * 0, replicates=[measured.replicates[0] * 0])
    for metric in evaluate(*perfect(rates), empty, split="test", options=QUICK):
        assert metric.value is None
        assert metric.interval is None
        assert metric.ceiling.value is None
        json.dumps(metric.record(), allow_nan=False)


def test_a_control_is_a_floor(rates):
    control = measured_from(rates).counts[:, 0]
    control[4] = 0
    measured = measured_from(rates, seed=2, controls=np.pad(control, ((0, 0), (0, 0), (7, 7))))
    found = by_name(evaluate(*perfect(rates), measured, split="test", options=QUICK))
    assert found["jsd", 1].floors["control"] < found["jsd", 1].floors["average profile"]
    assert found["pearson_log_counts", None].floors["control"] > 0.5
    one_channel = replace(measured, controls=measured.controls.sum(axis=1, keepdims=True))
    assert by_name(evaluate(*perfect(rates), one_channel, split="test", options=QUICK))["jsd", 1].floors["control"]


def test_every_track_is_judged_on_its_own():
    rates = rates_of(n_tracks=2)
    found = evaluate(*perfect(rates), measured_from(rates), split="valid", options=QUICK)
    first, second = by_name(found), by_name(found, "track1")
    assert first.keys() == second.keys()
    assert first["jsd", 1].value != second["jsd", 1].value
    assert {metric.split for metric in found} == {"valid"}


def test_a_single_strand_has_no_figures_per_strand(rates, measured):
    one_strand = replace(
        measured,
        counts=measured.counts[:, :, :1],
        replicates=[one[:, :, :1] for one in measured.replicates],
        average_profiles=measured.average_profiles[:, :1],
    )
    found = by_name(evaluate(*perfect(rates[:, :, :1]), one_strand, split="test", options=QUICK))
    assert not [name for name, _ in found if name.endswith("per_strand")]


def test_the_table_names_the_best_floor(metrics):
    table = metric_table(metrics.values()).set_index(["metric", "bin_bp"])
    row = table.loc[("jsd", 1)]
    assert row["best_floor"] == min(metrics["jsd", 1].floors.values())
    assert metrics["jsd", 1].floors[row["best_floor_name"]] == row["best_floor"]


def test_average_profiles_are_uniform_without_reads():
    assert average_profiles(np.zeros((3, 1, 2, 4))).tolist() == [[[0.125] * 4] * 2]


def test_parts_that_do_not_fit_are_refused(rates, measured):
    profiles, log_counts = perfect(rates)
    with pytest.raises(InputError, match="must fit the measured counts"):
        evaluate(profiles, log_counts.repeat(3, axis=2), measured, split="test")
    with pytest.raises(InputError, match="one row per window"):
        replace(measured, windows=measured.windows[1:])
    with pytest.raises(InputError, match="replicates of 'track0'"):
        replace(measured, replicates=[measured.replicates[0][..., 1:]])
    with pytest.raises(ConfigError, match="crop_bp"):
        evaluate(profiles, log_counts, measured, split="test", options=MetricOptions(crop_bp=41))
    with pytest.raises(ConfigError, match="bins_bp"):
        MetricOptions(bins_bp=())


def test_evaluation_does_not_import_torch():
    code = "import sys, cisgram.training.evaluate; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
