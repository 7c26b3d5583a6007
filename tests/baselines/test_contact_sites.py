"""Contacts from sites alone: features against a loop over pairs, and a planted rule that comes back."""

import numpy as np
import pytest

from cisgram.baselines.contact_sites import SITE_FEATURES, fit_site_contacts, site_features
from cisgram.errors import EmptySetError, InputError
from cisgram.genomics.contact_pairs import pair_bins


def sites(seed, n_bins=24):
    rng = np.random.default_rng(seed)
    return np.where(rng.random((2, n_bins)) < 0.2, rng.random((2, n_bins)), 0.0)


def test_features_are_those_of_a_loop_over_pairs():
    own = sites(1)
    features = site_features(own, diagonal_offset=2)
    plus, minus = own
    both = plus + minus
    expected = [
        [
            j - i,
            plus[i],
            minus[i],
            plus[j],
            minus[j],
            plus[i] * minus[j],
            plus[i] * plus[j] + minus[i] * minus[j],
            minus[i] * plus[j],
            plus[i + 1 : j].sum(),
            minus[i + 1 : j].sum(),
            both[i + 1 : j].max(),
            both[max(0, i - 2) : i + 3].sum(),
            both[max(0, j - 2) : j + 3].sum(),
        ]
        for i, j in zip(*pair_bins(24, 2), strict=True)
    ]
    np.testing.assert_allclose(features, np.array(expected), atol=1e-12)
    assert features.shape[1] == len(SITE_FEATURES)


def test_turning_a_window_around_swaps_ends_and_strands():
    own = sites(2)
    turned = site_features(own[::-1, ::-1].copy(), diagonal_offset=2)
    column = {name: place for place, name in enumerate(SITE_FEATURES)}
    plain = site_features(own, diagonal_offset=2)
    for name in ("convergent", "tandem", "divergent", "strongest_between"):
        assert sorted(turned[:, column[name]]) == pytest.approx(sorted(plain[:, column[name]]), abs=1e-12)


def contacts(own):
    """A planted rule: convergent sites meet, what lies between keeps apart."""
    features = dict(zip(SITE_FEATURES, site_features(own, diagonal_offset=2).T, strict=True))
    return 2 * features["convergent"] - 0.5 * np.minimum(features["between_plus"] + features["between_minus"], 1)


def test_a_planted_rule_of_sites_comes_back_on_new_windows():
    train = [sites(seed) for seed in range(40)]
    trees = fit_site_contacts(train, np.stack([contacts(one) for one in train]), diagonal_offset=2)
    test = [sites(seed) for seed in range(100, 110)]
    predicted = np.concatenate([trees.predict(one) for one in test])
    assert np.corrcoef(predicted, np.concatenate([contacts(one) for one in test]))[0, 1] > 0.9
    again = fit_site_contacts(train, np.stack([contacts(one) for one in train]), diagonal_offset=2)
    np.testing.assert_array_equal(again.predict(test[0]), trees.predict(test[0]))


def test_unknown_pairs_are_left_out_and_nothing_known_is_refused():
    train = [sites(seed) for seed in range(20)]
    values = np.stack([contacts(one) for one in train])
    values[:, ::3] = np.nan
    assert np.isfinite(fit_site_contacts(train, values, diagonal_offset=2).predict(train[0])).all()
    with pytest.raises(EmptySetError, match="pairs of bins to learn from"):
        fit_site_contacts(train, np.full_like(values, np.nan), diagonal_offset=2)
    with pytest.raises(InputError, match="every window: 20; got 3"):
        fit_site_contacts(train[:3], values, diagonal_offset=2)
