"""Many tracks judged at once, against a plain bootstrap."""

import numpy as np
import pytest
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import average_precision_score, roc_auc_score

from cisgram.baselines.judge_tables import DIFFERENCE_COLUMNS, MEAN_COLUMNS, TRACK_COLUMNS, judge_table
from cisgram.baselines.resampled import class_areas, correlations
from cisgram.errors import InputError

N_RESAMPLES = 400


@pytest.fixture
def table():
    rng = np.random.default_rng(2)
    labels = (rng.random((200, 4)) < (0.5, 0.3, 0.2, 0.1)).astype(float)
    labels[rng.random((200, 4)) < 0.1] = np.nan
    truth = np.nan_to_num(labels)
    scores = {name: np.round(share * truth + rng.normal(size=(200, 4)), 1) for name, share in (("a", 2), ("b", 0.5))}
    return labels, scores, np.arange(200) // 8


def resampled_rows(blocks, n_resamples, seed=0):
    """The draws that judge_table makes, as lists of rows."""
    n_blocks = blocks.max() + 1
    draws = np.random.default_rng(seed).multinomial(n_blocks, np.full(n_blocks, 1 / n_blocks), size=n_resamples)
    return [np.repeat(np.arange(len(blocks)), draw[blocks]) for draw in draws]


def plain(labels, scores, blocks, metrics):
    """Values of every resample, row by row and by other libraries: (resample, track, method, metric)."""
    found = []
    for rows in [np.arange(len(labels)), *resampled_rows(blocks, N_RESAMPLES)]:
        found.append([])
        for track, truth in enumerate(labels[rows].T):
            known = ~np.isnan(truth)
            found[-1].append([[m(truth[known], one[rows, track][known]) for m in metrics] for one in scores.values()])
    return np.array(found)


@pytest.mark.parametrize("kind", ["classes", "measurements"])
def test_values_and_intervals_are_those_of_a_plain_bootstrap_of_blocks(table, kind):
    labels, scores, blocks = table
    metrics = (roc_auc_score, average_precision_score)
    if kind == "measurements":
        labels = np.round(labels + np.random.default_rng(0).normal(size=labels.shape), 1)
        metrics = (lambda x, y: pearsonr(x, y)[0]), (lambda x, y: spearmanr(x, y)[0])
    found = judge_table(labels, scores, blocks=blocks, n_resamples=N_RESAMPLES)
    expected = plain(labels, scores, blocks, metrics)
    assert tuple(found.tracks.columns) == TRACK_COLUMNS
    whole, (low, high) = expected[0], np.quantile(expected[1:], [0.025, 0.975], axis=0)
    for column, values in (("value", whole), ("low", low), ("high", high)):
        np.testing.assert_allclose(found.tracks[column], values.ravel(), atol=1e-9)
    assert tuple(found.means.columns) == MEAN_COLUMNS
    low, high = np.quantile(expected[1:].mean(axis=1), [0.025, 0.975], axis=0)
    for column, values in (("value", whole.mean(axis=0)), ("low", low), ("high", high)):
        np.testing.assert_allclose(found.means[column], values.ravel(), atol=1e-9)
    assert tuple(found.differences.columns) == DIFFERENCE_COLUMNS
    with_mean = np.concatenate([expected, expected.mean(axis=1, keepdims=True)], axis=1)
    difference = with_mean[:, :, 0] - with_mean[:, :, 1]
    low, high = np.quantile(difference[1:], [0.025, 0.975], axis=0)
    for column, values in (("value", difference[0]), ("low", low), ("high", high)):
        np.testing.assert_allclose(found.differences[column], values.ravel(), atol=1e-9)
    assert found.differences["track"].tolist()[-3:] == ["track_4", "", ""]


def test_counts_and_floors_are_those_of_the_labels(table):
    labels, scores, _ = table
    found = judge_table(labels, scores, n_resamples=5, names=list("wxyz")).tracks.query("method == 'b'")
    for number, name in enumerate("wxyz"):
        rows = found[found["track"] == name]
        n = [(labels[:, number] == value).sum() for value in (1, 0)]
        assert rows[["n_positive", "n_negative"]].to_numpy().tolist() == [n, n]
        assert rows["floor"].tolist() == pytest.approx([0.5, n[0] / sum(n)])


def test_rows_in_blocks_that_are_alike_have_wider_intervals():
    rng = np.random.default_rng(0)
    labels = np.repeat((rng.random((40, 1)) < 0.5).astype(float), 10, axis=0)
    scores = {"m": np.repeat(rng.normal(size=(40, 1)), 10, axis=0) + labels}
    widths = [
        float((one.tracks["high"] - one.tracks["low"]).iloc[0])
        for one in (judge_table(labels, scores), judge_table(labels, scores, blocks=np.repeat(np.arange(40), 10)))
    ]
    assert widths[1] > 2 * widths[0]


def test_a_method_beside_itself_differs_by_nothing(table):
    labels, scores, blocks = table
    found = judge_table(labels, {"a": scores["a"], "same": scores["a"]}, blocks=blocks, n_resamples=20).differences
    assert (found[["value", "low", "high"]] == 0).all(axis=None)


def test_rows_without_a_score_are_left_out_for_all_methods(table):
    labels, scores, _ = table
    holes = {"a": scores["a"].copy(), "b": scores["b"].copy()}
    holes["a"][:30, 0] = np.nan
    holes["b"][:, 1] = np.nan
    found = judge_table(labels, holes, n_resamples=20)
    one = found.tracks[found.tracks["track"] == "track_1"]
    known = ~np.isnan(labels[:, 0])
    assert (one["n_without_score"] == known[:30].sum()).all()
    rows = np.flatnonzero(known)[known[:30].sum() :]
    assert one["value"].iloc[2] == pytest.approx(roc_auc_score(labels[rows, 0], scores["b"][rows, 0]))
    two = found.tracks[found.tracks["track"] == "track_2"]
    assert two["value"].isna().tolist() == [False, False, True, True]
    assert (two["n_without_score"] == 0).all()
    assert (found.means["n_tracks"] == 3).all()


def test_tracks_without_both_classes_have_no_value_and_rare_ones_no_wrong_one(table):
    labels, scores, _ = table
    labels = labels.copy()
    labels[:, 0], labels[:, 1] = 0, 0
    labels[3, 1] = 1  # drawn in about 63 % of the resamples
    found = judge_table(labels, scores, n_resamples=200)
    values = found.tracks[found.tracks["method"] == "a"].set_index(["track", "metric"])
    assert np.isnan(values.loc[("track_1", "auroc"), ["value", "low", "high"]].to_numpy(float)).all()
    rare = values.loc[("track_2", "auroc")]
    assert 0 <= rare["low"] <= rare["value"] <= rare["high"] <= 1
    assert (found.means["n_tracks"] == 3).all()
    nothing = judge_table(labels[:, :1], {"a": scores["a"][:, :1]}, n_resamples=3)
    assert nothing.means["value"].isna().all()
    assert len(nothing.differences) == 0


def test_the_same_seed_draws_the_same(table):
    labels, scores, blocks = table
    one, two, other = (judge_table(labels, scores, blocks=blocks, n_resamples=30, seed=seed) for seed in (1, 1, 2))
    assert all(a.equals(b) for a, b in zip(one, two, strict=True))
    assert not one.tracks.equals(other.tracks)


def test_metrics_without_meaning_are_nan():
    draws = np.array([[1.0, 1, 1], [0, 1, 2]])
    assert np.isnan(class_areas(np.array([1.0, 0, 0]), np.arange(3.0), draws)).tolist() == [[False] * 2, [True] * 2]
    assert np.isnan(correlations(np.full(3, 5.1), np.arange(3.0), draws)).all()
    assert np.isnan(correlations(np.array([0.0, 1, 1]), np.arange(3.0), draws)).all(axis=1).tolist() == [False, True]


def test_what_does_not_fit_together_is_refused(table):
    labels, scores, blocks = table
    with pytest.raises(InputError, match="labels, scores of every method and names must fit"):
        judge_table(labels, {"a": scores["a"][:, :2]})
    with pytest.raises(InputError, match="0 methods"):
        judge_table(labels, {})
    with pytest.raises(InputError, match="blocks have one number per row"):
        judge_table(labels, scores, blocks=blocks[:9])
