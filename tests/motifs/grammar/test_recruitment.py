"""Who recruits whom, on made-up reads and on the simulated cell, where the truth is known."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from cisgram.errors import ConfigError, InputError
from cisgram.genomics.interval import midpoints, resize
from cisgram.io.bigwig import read_bigwig_windows
from cisgram.io.tables import read_table
from cisgram.motifs.grammar.cooccurrence import cooccurrence
from cisgram.motifs.grammar.distinct import on_merged_windows
from cisgram.motifs.grammar.periodicity import PeriodicityConfig, distance_periodicity, read_periodicity
from cisgram.motifs.grammar.recruitment import (
    HELD_COLUMNS,
    RECRUITMENT_COLUMNS,
    RecruitmentConfig,
    held_tracks,
    recruitment,
)
from cisgram.motifs.grammar.spacing import SpacingConfig, pair_spacing
from cisgram.simulate.cell import CellConfig, simulate_cell

BOUND = 0.2


@pytest.fixture(scope="module")
def cell(tmp_path_factory):
    """Bound sites of a small cell as hits, in windows around its planted regions, and all its reads."""
    config = CellConfig.preset("small", seed=2)
    files = simulate_cell(config, tmp_path_factory.mktemp("cell") / "small")
    regions = read_table(files.regions)
    windows = resize(regions, 1000, center=midpoints(regions)).query("start >= 0")[["chrom", "start", "end"]]
    windows = windows.reset_index(drop=True)
    sites = read_table(files.instances).query("occupancy >= @BOUND").rename(columns={"name": "pattern"})
    hits = pd.concat(
        [
            sites[(sites["chrom"] == row.chrom) & (sites["start"] >= row.start) & (sites["end"] <= row.end)].assign(
                window=row.Index
            )
            for row in windows.itertuples()
        ],
        ignore_index=True,
    ).assign(match=1.0, contribution=1.0, pwm_score=1.0)
    tracks = [factor.name for factor in config.grammar.assayed]
    reads = np.zeros((len(windows), len(tracks), 2, 1000), dtype=np.float32)
    for track in files.tracks:
        place = tracks.index(track.factor), "+-".index(track.strand)
        reads[:, place[0], place[1]] += read_bigwig_windows(track.path, windows)
    merged = on_merged_windows(hits, windows)
    return SimpleNamespace(
        grammar=config.grammar, windows=windows, hits=hits, tracks=tracks, reads=reads, merged=merged
    )


def test_the_simulated_cell_gives_back_who_binds_directly_and_who_is_held(cell):
    table = recruitment(cell.hits, cell.reads, cell.windows, cell.tracks)
    assert tuple(table.columns) == RECRUITMENT_COLUMNS
    truth = {
        (contact.motif, factor.name): "direct" if contact.is_direct else "recruited"
        for factor in cell.grammar.assayed
        for contact in factor.contacts
    }
    found = {(row.pattern, row.track): row.relation for row in table.itertuples()}
    assert {pair: relation for pair, relation in found.items() if relation in ("direct", "recruited")} == truth
    assert set(found.values()) <= {"direct", "recruited", "beside", "unknown"}
    named = table.set_index(["pattern", "track"])
    assert named.loc[("Nanog", "Nanog"), "sharpness_low"] > 0.5 > 0.15 > named.loc[("Zic3", "Nanog"), "sharpness_high"]
    held = held_tracks(table)
    assert tuple(held.columns) == HELD_COLUMNS
    assert held[["track", "pattern", "holders"]].to_numpy().tolist() == [["Nanog", "Zic3", ""]]


def test_the_simulated_cell_shows_its_pioneer_with_its_followers_at_whole_turns(cell):
    hits, windows = cell.merged
    table = cooccurrence(hits, len(windows)).set_index(["first", "second"])
    followers = [("Nanog-ggt", "Oct4-Sox2"), ("Nanog-taat", "Oct4-Sox2")]
    assert (table.loc[followers, "low"] > 1).all()
    assert table.loc[("Klf4", "Oct4-Sox2"), "p_value"] > 0.01
    named = hits.assign(pattern=hits["pattern"].replace({"Nanog-taat": "Nanog", "Nanog-ggt": "Nanog"}))
    found = pair_spacing(named, windows, "Nanog", "Oct4-Sox2", config=SpacingConfig(n_draws=99))
    helical = distance_periodicity(found.counts, min_distance_bp=found.min_distance_bp)
    assert helical.p_value < 0.01
    assert helical.peak_bp == pytest.approx(10.5, abs=0.4)


def test_the_reads_of_the_follower_lie_at_whole_turns_from_the_pioneer(cell):
    own = cell.hits[cell.hits["pattern"] == "Oct4-Sox2"]
    nanog = cell.reads[:, cell.tracks.index("Nanog")]
    found = read_periodicity(own, nanog, cell.windows, config=PeriodicityConfig(n_draws=199))
    assert found.p_value < 0.03
    assert found.enrichment > 2


@pytest.fixture
def made_up(hits_at):
    """Reads of B: sharp at ``b``, diffuse at ``a`` alone; ``c`` always has a ``b`` near, at any distance."""
    rng = np.random.default_rng(1)
    rows, rate = [], np.full((90, 1, 2, 1000), 0.01)
    offsets = np.arange(1000)
    for window in range(90):
        at = int(rng.integers(300, 600))
        if window % 3 == 0:
            rows.append((window, at, 9, "+", "a"))
            rate[window] += 2 * np.exp(-(((offsets - at) / 25) ** 2) / 2) / 2.5
        else:
            rows.append((window, at, 9, "+", "b"))
            rate[window, 0, 0, at - 3 : at - 1] += 20
            rate[window, 0, 1, at + 11 : at + 13] += 20
        if window % 3 == 1:
            rows.append((window, at + int(rng.integers(15, 50)), 9, "+", "c"))
    hits, windows = hits_at(rows)
    return hits, windows, rng.poisson(rate).astype(np.float64)


def test_a_track_is_direct_recruited_or_beside(made_up):
    hits, windows, reads = made_up
    table = recruitment(hits, reads, windows, ["B"], owners={"b": "B"}).set_index("pattern")
    assert table["relation"].to_dict() == {"a": "recruited", "b": "direct", "c": "unknown"}
    assert table["is_own"].to_dict() == {"a": False, "b": True, "c": False}
    assert table.loc["c", "fold"] > 10
    assert table.loc["c", "n_alone"] == 0
    # thirty more of c far from everything: there are reads at c, but not where it is alone
    more = hits[hits["pattern"] == "a"].assign(pattern="c")
    more = more.assign(start=more["start"] - 250, end=more["end"] - 250)
    lonely = pd.concat([hits, more], ignore_index=True)
    table = recruitment(lonely, reads, windows, ["B"]).set_index("pattern")
    assert table["relation"].to_dict() == {"a": "recruited", "b": "direct", "c": "beside"}
    assert table.loc["c", "n_alone"] >= 25
    silent = recruitment(hits, 0 * reads, windows, ["B"])
    assert set(silent["relation"]) == {"absent"}


def test_turning_all_windows_over_changes_nothing(made_up, turned_over):
    hits, windows, reads = made_up
    forward = recruitment(hits, reads, windows, ["B"])
    backward = recruitment(turned_over(hits, windows), reads[:, :, ::-1, ::-1], windows, ["B"])
    pd.testing.assert_frame_equal(forward, backward)


def test_a_hit_that_was_put_into_another_window_is_near_all_the_same(made_up):
    hits, windows, reads = made_up
    twice = pd.concat([windows, windows.assign(start=windows["start"] + 5, end=windows["end"] + 5)], ignore_index=True)
    later = np.concatenate([reads, np.pad(reads[..., 5:], [(0, 0)] * 3 + [(0, 5)])])
    spread = hits.assign(window=hits["window"] + 90 * (hits["pattern"] == "c"))
    found, expected = (recruitment(*one, ["B"]) for one in ((spread, later, twice), (hits, reads, windows)))
    columns = ["pattern", "n_hits", "mean_reads", "n_alone", "relation"]
    pd.testing.assert_frame_equal(found[columns], expected[columns])
    np.testing.assert_allclose(found["background_reads"], expected["background_reads"], rtol=0.01)


def test_few_hits_say_nothing_and_what_does_not_fit_is_refused(made_up):
    hits, windows, reads = made_up
    few = recruitment(hits[hits["window"] < 9], reads, windows, ["B"])
    assert set(few["relation"]) == {"unknown"}
    assert recruitment(hits.iloc[:0], reads, windows, ["B"]).empty
    with pytest.raises(InputError, match="2 tracks"):
        recruitment(hits, reads, windows, ["A", "B"])
    for setting in ({"reach_bp": 20}, {"min_fold": 1.0}, {"min_hits": 3}, {"min_sharpness": 0.0}):
        with pytest.raises(ConfigError):
            RecruitmentConfig(**setting)
