"""Predicted links and effects against planted ones."""

import numpy as np
import pandas as pd
import pytest

from cisgram.errors import EmptySetError, InputError
from cisgram.simulate.recovery import expression_effect_recovery, link_recovery
from cisgram.simulate.recovery.expression import LINK_FLOORS


@pytest.fixture(scope="module")
def links():
    rng = np.random.default_rng(1)
    distance, activity = rng.integers(-20_000, 20_000, size=600), rng.gamma(1.0, 1.0, size=600)
    share = activity * np.exp(-np.abs(distance) / 6_000) / 4
    return pd.DataFrame({"distance": distance, "share_a": np.minimum(share, 1), "activity_a": activity})


def test_the_truth_ranks_perfectly_and_noise_does_not(links):
    exact = link_recovery(links, links["share_a"].to_numpy(), cell="a")
    assert exact.model == (1.0, 1.0)
    assert exact.correlation == pytest.approx(1)
    noise = link_recovery(links, np.random.default_rng(2).random(600), cell="a")
    assert abs(noise.model.auroc - 0.5) < 0.1
    assert noise.n_pairs == 600
    assert noise.n_linked == (links["share_a"] >= 0.1).sum()


def test_activity_by_contact_beats_either_alone_and_floors_do_not_know_the_score(links):
    found = link_recovery(links, np.zeros(600), cell="a")
    assert tuple(found.floors) == LINK_FLOORS
    distance, activity, both = (found.floors[name].auroc for name in LINK_FLOORS)
    assert 0.5 < max(distance, activity) < both < 1
    assert found.model.auroc == 0.5
    assert np.isnan(found.correlation)
    assert found.floors == link_recovery(links, np.arange(600.0), cell="a").floors


def test_missing_columns_and_scores_that_do_not_fit_are_refused(links):
    with pytest.raises(InputError, match="share_b"):
        link_recovery(links, np.zeros(600), cell="b")
    with pytest.raises(InputError, match="one finite score"):
        link_recovery(links, np.full(600, np.nan), cell="a")
    with pytest.raises(EmptySetError, match="linked in a"):
        link_recovery(links, np.zeros(600), cell="a", min_share=2.0)


def test_effects_are_joined_by_name_and_judged_track_by_track():
    rng = np.random.default_rng(3)
    true = pd.DataFrame({"name": [f"v{n}" for n in range(50)], "log2_fold_x": rng.normal(0, 1, 50), "log2_fold_y": 0.0})
    predicted = true.rename(columns={"log2_fold_x": "x", "log2_fold_y": "y"}).iloc[::-1].iloc[:40]
    found = expression_effect_recovery(true, predicted)
    assert list(found) == ["x"]
    assert found["x"].pearson == pytest.approx(1)
    assert found["x"].n_variants == 40
    wrong = expression_effect_recovery(true, predicted.assign(x=predicted["x"].to_numpy()[::-1]))
    assert abs(wrong["x"].pearson) < 0.5
    with pytest.raises(EmptySetError, match="strong effects"):
        expression_effect_recovery(true, predicted.assign(name="other"))
