"""Motifs around anchors: found where planted, on the strand where planted, and nowhere in uniform hits."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest

from cisgram.errors import ConfigError, EmptySetError, InputError
from cisgram.motifs.grammar.anchored_counts import ANY, OPPOSITE, SAME, PositionsConfig, counts_by_distance
from cisgram.motifs.grammar.around import CURVE_COLUMNS, SUMMARY_COLUMNS, motif_positions

CONFIG = PositionsConfig(reach_bp=100, smooth_bp=5, span_bp=1000, n_draws=99)
SIZES = {"I": 200_000, "II": 100_000}


def scattered(rng, n, *, strands="+-", width=7, name="m"):
    """Sites at random places; widths are odd, so that the middle is the same on both strands."""
    chrom = rng.choice(list(SIZES), n, p=[2 / 3, 1 / 3])
    start = np.array([rng.integers(0, SIZES[one] - width) for one in chrom])
    strand = rng.choice(list(strands), n)
    return pd.DataFrame({"chrom": chrom, "start": start, "end": start + width, "strand": strand, "name": name})


def anchors(rng, n=300, strands="+-"):
    chrom = rng.choice(list(SIZES), n, p=[2 / 3, 1 / 3])
    position = np.array([rng.integers(200, SIZES[one] - 200) for one in chrom])
    return pd.DataFrame({"chrom": chrom, "position": position, "strand": rng.choice(list(strands), n)})


def planted(table, distance, *, same=True):
    """A site at a signed distance from every anchor."""
    sign = table["strand"].map({"+": 1, "-": -1, ".": 1})
    start = table["position"] + sign * distance - 3
    strand = np.where((sign > 0) == same, "+", "-")
    return pd.DataFrame({"chrom": table["chrom"], "start": start, "end": start + 7, "strand": strand, "name": "m"})


def counted_one_by_one(hits, table, reach):
    """The plain twin: signed distances of all pairs."""
    counts = {SAME: np.zeros(2 * reach + 1), OPPOSITE: np.zeros(2 * reach + 1)}
    for anchor in table.to_dict("records"):
        for hit in hits.to_dict("records"):
            middle = (hit["start"] + hit["end"]) // 2 - (hit["strand"] == "+") * ((hit["end"] - hit["start"]) % 2 == 0)
            distance = (middle - anchor["position"]) * (1 if anchor["strand"] == "+" else -1)
            if hit["chrom"] == anchor["chrom"] and abs(distance) <= reach:
                counts[SAME if hit["strand"] == anchor["strand"] else OPPOSITE][reach + distance] += 1
    return counts


@pytest.mark.parametrize("width", [6, 7])
def test_counts_are_those_of_all_pairs_one_by_one(width):
    rng = np.random.default_rng(1)
    hits, table = scattered(rng, 1500, width=width).drop_duplicates(["chrom", "start"]), anchors(rng, 60)
    found = counts_by_distance(hits, table, SIZES, CONFIG)
    expected = counted_one_by_one(hits, table, CONFIG.margin_bp)
    np.testing.assert_array_equal(found[SAME][0], expected[SAME])
    np.testing.assert_array_equal(found[OPPOSITE][0], expected[OPPOSITE])
    np.testing.assert_array_equal(found[ANY][0], expected[SAME] + expected[OPPOSITE])
    assert expected[SAME].sum() > 20


def test_a_planted_site_is_found_upstream_on_its_strand_only():
    rng = np.random.default_rng(2)
    table = anchors(rng)
    hits = pd.concat([scattered(rng, 20_000), planted(table, -40).head(60)], ignore_index=True)
    found = motif_positions(hits, table, SIZES, config=CONFIG)
    assert tuple(found.curves.columns) == CURVE_COLUMNS
    assert tuple(found.summary.columns) == SUMMARY_COLUMNS
    of = found.summary.set_index("strand")
    assert of.loc[SAME, "peak_bp"] == pytest.approx(-40, abs=2)
    assert of.loc[SAME, "p_value"] == 0.01
    assert of.loc[SAME, "enrichment_low"] > 1.5
    assert of.loc[SAME, "peak_from_bp"] >= -46
    assert of.loc[SAME, "peak_to_bp"] <= -34
    assert of.loc[OPPOSITE, "p_value"] > 0.05
    assert (found.summary["q_value"] >= found.summary["p_value"]).all()


def test_a_hole_is_found_where_sites_are_missing():
    rng = np.random.default_rng(3)
    table = anchors(rng)
    hits = scattered(rng, 60_000)
    sites = {chrom: np.sort(own["position"]) for chrom, own in table.groupby("chrom")}
    middle = hits["start"] + 3
    near = [np.abs(sites[chrom] - at).min() < 10 for chrom, at in zip(hits["chrom"], middle, strict=True)]
    found = motif_positions(hits[~np.array(near)], table, SIZES, strands=(ANY,), config=CONFIG).summary.iloc[0]
    assert abs(found["trough_bp"]) <= 8
    assert found["depletion"] < 0.05
    assert found["trough_p_value"] == 0.01


def test_uniform_sites_give_even_p_values():
    rng = np.random.default_rng(4)
    config = PositionsConfig(reach_bp=100, smooth_bp=5, span_bp=1000, n_draws=39)
    p_values = [
        motif_positions(scattered(rng, 3000), anchors(rng, 100), SIZES, strands=(ANY,), config=config).summary
        for _ in range(60)
    ]
    peaks = np.concatenate([one["p_value"] for one in p_values])
    troughs = np.concatenate([one["trough_p_value"] for one in p_values])
    assert kstest(peaks, "uniform").pvalue > 0.001
    assert np.mean(peaks <= 0.05) < 0.13
    assert np.mean(troughs <= 0.05) < 0.13


def test_anchors_without_strand_are_read_both_ways_with_half_the_weight():
    rng = np.random.default_rng(5)
    table = anchors(rng, strands=".")
    hits = pd.concat([scattered(rng, 5000), planted(table, 30)], ignore_index=True)
    found = motif_positions(hits, table, SIZES, config=CONFIG)
    assert found.is_read_both_ways
    wide = found.curves.pivot_table(index="distance_bp", columns="strand", values="n")
    np.testing.assert_array_equal(wide[SAME].to_numpy(), wide[OPPOSITE].to_numpy()[::-1])
    np.testing.assert_array_equal(wide[ANY].to_numpy(), wide[ANY].to_numpy()[::-1])
    directed = motif_positions(hits, table.assign(strand="+"), SIZES, config=CONFIG)
    assert directed.summary["n_near"].sum() == found.summary["n_near"].sum()
    mixed = table.assign(strand=["+"] + ["."] * (len(table) - 1))
    pd.testing.assert_frame_equal(motif_positions(hits, mixed, SIZES, config=CONFIG).summary, found.summary)


def test_a_palindrome_counts_once_on_either_strand():
    rng = np.random.default_rng(6)
    hits = scattered(rng, 2000, strands="+").drop_duplicates(["chrom", "start"])
    both = pd.concat([hits, hits.assign(strand="-")], ignore_index=True)
    table = anchors(rng)
    near = motif_positions(both, table, SIZES, config=CONFIG).summary.set_index("strand")["n_near"]
    assert near[ANY] == near[SAME] == near[OPPOSITE]


def test_the_same_seed_gives_the_same_and_another_order_of_hits_changes_nothing():
    rng = np.random.default_rng(7)
    hits, table = scattered(rng, 3000), anchors(rng)
    first = motif_positions(hits, table, SIZES, config=CONFIG)
    again = motif_positions(hits.sample(frac=1, random_state=1), table, SIZES, config=CONFIG)
    pd.testing.assert_frame_equal(first.curves, again.curves)


def test_what_cannot_be_counted_is_refused_with_a_reason():
    rng = np.random.default_rng(8)
    hits, table = scattered(rng, 100), anchors(rng)
    with pytest.raises(EmptySetError, match="no anchors"):
        motif_positions(hits, table.head(0), SIZES, config=CONFIG)
    with pytest.raises(EmptySetError, match="no hits"):
        motif_positions(hits.head(0), table, SIZES, config=CONFIG)
    with pytest.raises(InputError, match="they lack name"):
        motif_positions(hits.drop(columns="name"), table, SIZES, config=CONFIG)
    with pytest.raises(InputError, match="they lack strand"):
        motif_positions(hits, table.drop(columns="strand"), SIZES, config=CONFIG)
    with pytest.raises(InputError, match="sizes lack 1 contigs"):
        motif_positions(hits, table, {"I": SIZES["I"]}, config=CONFIG)
    with pytest.raises(InputError, match="nearer than 102 bp to an end"):
        motif_positions(hits, table.assign(position=5), SIZES, config=CONFIG)
    with pytest.raises(InputError, match="strands are same, opposite and any"):
        motif_positions(hits, table, SIZES, strands=("both",), config=CONFIG)
    short = pd.DataFrame({"chrom": ["S"], "position": [110], "strand": ["+"]})
    with pytest.raises(InputError, match="too short to move anchors"):
        motif_positions(hits, short, {**SIZES, "S": 221}, config=CONFIG)


@pytest.mark.parametrize(
    "wrong", [{"smooth_bp": 4}, {"smooth_bp": 201}, {"span_bp": 100}, {"n_draws": 0}, {"seed": -1}, {"reach_bp": 0}]
)
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(ConfigError):
        PositionsConfig(**{"reach_bp": 100, "smooth_bp": 5, "span_bp": 1000, **wrong})
