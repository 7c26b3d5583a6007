import numpy as np
import pandas as pd
import pytest

from cisgram.errors import ConfigError
from cisgram.motifs.grammar.interaction_map import (
    HELPS,
    HINDERS,
    MAP_COLUMNS,
    NONE,
    UNSURE,
    MapConfig,
    interaction_map,
)

READS_AT = {"A": ["a"], "B": ["b"]}
NO_COMPANY = pd.DataFrame(columns=["first", "second", "odds_ratio", "q_value"])
NO_PERIODS = pd.DataFrame(columns=["source", "helper", "helped", "track", "peak_bp", "p_value"])


def backgrounds(fold, low=None, high=None, *, far=1.0, helper="A", helped="B", track="b"):
    low, high = fold * 0.95 if low is None else low, fold * 1.05 if high is None else high
    row = {"helper": helper, "helped": helped, "track": track, "fold": fold, "low": low, "high": high, "fold_far": far}
    return pd.DataFrame([row])


def windows(fold, *, n=50, low=None, high=None, distance="all"):
    low, high = fold * 0.97 if low is None else low, fold * 1.03 if high is None else high
    row = {"deleted": "A", "at": "B", "distance": distance, "track": "b", "n": n}
    return pd.DataFrame([{**row, "fold": fold, "fold_low": low, "fold_high": high}])


def relation(in_backgrounds, in_windows, **config):
    limits = MapConfig(**config)
    table = interaction_map(
        in_backgrounds, in_windows, NO_COMPANY, NO_PERIODS, reads_at=READS_AT, found_at={}, config=limits
    )
    assert tuple(table.columns) == MAP_COLUMNS
    return table["relation"].tolist()


@pytest.mark.parametrize(
    ("in_backgrounds", "in_windows", "expected"),
    [
        (backgrounds(2.0), windows(1.5), HELPS),
        (backgrounds(0.5), windows(0.6), HINDERS),
        (backgrounds(1.0), windows(1.0), NONE),
        (backgrounds(2.0), windows(1.0), NONE),  # only in backgrounds: the model was not asked about such sequences
        (backgrounds(1.0), windows(2.0), NONE),  # only in windows: something else is there as well
        (backgrounds(2.0), windows(0.5), UNSURE),
        (backgrounds(2.0), windows(1.5, n=5), UNSURE),
        (backgrounds(1.0), windows(1.5, n=5), NONE),
        (backgrounds(2.0, low=0.9), windows(1.5), NONE),  # the interval holds 1
        (backgrounds(2.0), windows(1.5, low=0.9), NONE),
    ],
)
def test_a_motif_helps_where_backgrounds_and_windows_agree(in_backgrounds, in_windows, expected):
    assert relation(in_backgrounds, in_windows) == [expected]


def test_a_track_with_reads_at_both_motifs_leaves_it_unsure_unless_another_track_tells():
    both = pd.concat([backgrounds(2.0), backgrounds(2.0, track="c")])
    seen = pd.concat([windows(1.5), windows(1.5).assign(track="c")])
    for reads_at, found_at, expected in (
        ({"B": ["b"]}, {"A": ["a"]}, [HELPS]),
        ({"B": ["b"]}, {"A": ["a", "b"]}, [UNSURE]),
        ({"B": ["b", "c"]}, {"A": ["b"]}, [HELPS, HELPS]),
        ({"B": ["b", "c"]}, {"A": ["b", "c"]}, [UNSURE, UNSURE]),
    ):
        table = interaction_map(both, seen, NO_COMPANY, NO_PERIODS, reads_at=reads_at, found_at=found_at)
        assert table["relation"].tolist() == expected


def test_where_another_track_sees_no_help_a_track_with_reads_at_both_motifs_has_no_say():
    both = pd.concat([backgrounds(2.0), backgrounds(1.0, track="c")])
    seen = pd.concat([windows(1.5), windows(1.0).assign(track="c")])
    at = {"reads_at": {"B": ["b", "c"]}, "found_at": {"A": ["b"]}}
    assert interaction_map(both, seen, NO_COMPANY, NO_PERIODS, **at)["relation"].tolist() == [NONE, NONE]


def test_only_all_distances_together_are_looked_at_in_windows():
    assert relation(backgrounds(2.0), windows(1.5, distance="0-35")) == [UNSURE]


def test_a_higher_limit_takes_an_interaction_away():
    assert relation(backgrounds(1.5), windows(1.5), min_fold=1.4) == [HELPS]
    assert relation(backgrounds(1.5), windows(1.5), min_fold=1.6) == [NONE]


def test_tracks_that_do_not_bind_the_helped_motif_are_left_out():
    assert relation(backgrounds(2.0, track="a"), windows(1.5)) == []


def test_all_tracks_that_bind_the_helped_motif_must_agree():
    both = {"A": ["a"], "B": ["b", "c"]}
    for fold, expected in ((2.0, HELPS), (1.0, NONE)):
        in_backgrounds = pd.concat([backgrounds(2.0), backgrounds(fold, track="c")])
        in_windows = pd.concat([windows(1.5), windows(fold).assign(track="c")])
        table = interaction_map(in_backgrounds, in_windows, NO_COMPANY, NO_PERIODS, reads_at=both, found_at={})
        assert table["relation"].tolist() == [expected, expected]


def test_how_far_help_reaches():
    near, far = (
        interaction_map(backgrounds(2.0, far=one), windows(1.5), NO_COMPANY, NO_PERIODS, reads_at=READS_AT, found_at={})
        for one in (1.1, 1.6)
    )
    assert near["reach"].tolist() + far["reach"].tolist() == ["near", "far"]


def test_company_counts_in_whichever_order_it_was_written():
    company = pd.DataFrame({"first": ["B"], "second": ["A"], "odds_ratio": [3.0], "q_value": [0.01]})
    table = interaction_map(backgrounds(2.0), windows(1.5), company, NO_PERIODS, reads_at=READS_AT, found_at={})
    assert table[["odds_ratio", "odds_q"]].to_numpy().tolist() == [[3.0, 0.01]]


def test_a_period_belongs_to_its_direction_and_track():
    rows = [
        ("in silico", "A", "B", "b", 10.4, 0.001),
        ("contributions", "A", "B", "x", 10.4, 0.001),  # another track
        ("distances", "A", "B", "", 10.6, 0.004),
        ("contributions", "B", "A", "b", 10.5, 0.0001),  # the other way round
    ]
    periods = pd.DataFrame(rows, columns=NO_PERIODS.columns)
    table = interaction_map(backgrounds(2.0), windows(1.5), NO_COMPANY, periods, reads_at=READS_AT, found_at={})
    assert table["helical"].tolist() == ["in silico, distances"]
    assert table[["period_bp", "period_p"]].to_numpy().tolist() == [[10.4, 0.001]]


def test_a_period_that_is_no_turn_of_the_helix_or_unsure_is_told_but_not_called_helical():
    for peak, p in ((14.0, 0.001), (10.5, 0.2)):
        periods = pd.DataFrame([("in silico", "A", "B", "b", peak, p)], columns=NO_PERIODS.columns)
        table = interaction_map(backgrounds(2.0), windows(1.5), NO_COMPANY, periods, reads_at=READS_AT, found_at={})
        assert table["helical"].tolist() == [""]
        np.testing.assert_allclose(table["period_bp"], peak)


@pytest.mark.parametrize("setting", [{"min_fold": 1.0}, {"min_genomic_fold": 0.5}, {"max_period_p": 0}])
def test_limits_that_mean_nothing_are_refused(setting):
    with pytest.raises(ConfigError, match="above 1"):
        MapConfig(**setting)
