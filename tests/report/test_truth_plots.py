"""Pictures of planted truth show what the tables say."""

import pandas as pd
import pytest
from matplotlib.figure import Figure

from cisgram.errors import InputError
from cisgram.report.truth_plots import plot_agreement_with_truth, plot_called_places


@pytest.fixture
def ax():
    return Figure().subplots()


def test_raw_is_a_curve_denoised_a_point_and_the_deep_library_a_level(ax):
    rows = pd.DataFrame(
        [("raw", 10, 0.5), ("raw", 100, 0.8), ("denoised", 10, 0.7), ("deep", 500, 0.95)],
        columns=["method", "depth", "value"],
    ).astype({"depth": float})
    rows = rows.assign(low=rows["value"] - 0.02, high=rows["value"] + 0.03)
    plot_agreement_with_truth(rows, ax=ax, metric_name="Pearson r", unit="cells")
    drawn = {line.get_label(): list(line.get_ydata()) for line in ax.lines}
    assert drawn["raw coverage"] == [0.5, 0.8]
    assert set(drawn["deep library"]) == {0.95}
    assert any(handle.get_label() == "denoised, from 10" for handle in ax.containers)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["10", "100"]


def test_a_missing_column_is_named(ax):
    with pytest.raises(InputError, match="it lacks low, high"):
        plot_agreement_with_truth(
            pd.DataFrame(columns=["method", "depth", "value"]), ax=ax, metric_name="r", unit="cells"
        )


def test_bars_are_as_high_as_shares_and_what_is_not_known_has_none(ax):
    shares = pd.DataFrame(
        [("own", "raw", 0.2), ("own", "denoised", 0.6), ("foreign", "raw", float("nan"))],
        columns=["sites", "method", "value"],
    )
    shares = shares.assign(low=shares["value"] - 0.1, high=shares["value"] + 0.1)
    places = {"own": "peaks that no training type has", "foreign": "others"}
    plot_called_places(shares, ax=ax, places=places, methods={"raw": "raw", "denoised": "denoised"})
    heights = [round(patch.get_height(), 3) for patch in ax.patches]
    assert heights[:1] + heights[2:3] == [0.2, 0.6]
    assert ax.get_xticklabels()[0].get_text() == "peaks that no\ntraining type has"
