"""Orientation at anchors: hand-made cases, planted rules, chance."""

import numpy as np
import pandas as pd
import pytest

from cisgram.errors import InputError
from cisgram.genomics.site_pairs import PAIR_COLUMNS
from cisgram.hic.anchors import anchor_orientations, orientation_enrichment, sites_around


def loops(*places):
    return pd.DataFrame([("I", a, a + 100, "I", b, b + 100) for a, b in places], columns=list(PAIR_COLUMNS))


def motifs(*places):
    return pd.DataFrame([("I", a, a + 20, s) for a, s in places], columns=["chrom", "start", "end", "strand"])


def test_every_orientation_has_its_name():
    sites = motifs((1010, "+"), (2010, "-"), (3010, "+"), (4010, "-"))
    table = anchor_orientations(
        loops((1000, 2000), (1000, 3000), (2000, 4000), (2000, 3000), (1000, 9000), (7000, 9000)), sites
    )
    assert table["orientation"].tolist() == [
        "convergent",
        "tandem right",
        "tandem left",
        "divergent",
        "one side",
        "none",
    ]
    assert table["strand2"].tolist() == ["-", "+", "-", "+", ".", "."]


def test_reversing_the_genome_keeps_convergent_and_swaps_tandem():
    sites = motifs((1010, "+"), (2010, "-"), (3010, "+"), (4010, "-"))
    pairs = loops((1000, 2000), (1000, 3000), (2000, 4000), (2000, 3000))
    turned_sites = sites.assign(
        start=10_000 - sites["end"], end=10_000 - sites["start"], strand=sites["strand"].map({"+": "-", "-": "+"})
    )
    turned = pairs.assign(
        start1=10_000 - pairs["end1"],
        end1=10_000 - pairs["start1"],
        start2=10_000 - pairs["end2"],
        end2=10_000 - pairs["start2"],
    )
    swapped = {"tandem right": "tandem left", "tandem left": "tandem right"}
    before = anchor_orientations(pairs, sites)["orientation"]
    after = anchor_orientations(turned, turned_sites)["orientation"]
    assert after.tolist() == [swapped.get(name, name) for name in before]


def test_best_site_counts_then_the_nearest_to_the_middle():
    sites = motifs((1005, "-"), (1045, "+"), (2040, "-"))
    nearest = anchor_orientations(loops((1000, 2000)), sites)
    assert nearest["orientation"].tolist() == ["convergent"]
    assert nearest["n_sites1"].tolist() == [2]
    best = anchor_orientations(loops((1000, 2000)), sites.assign(score=[9.0, 1.0, 1.0]))
    assert best["orientation"].tolist() == ["tandem left"]


def test_slack_reaches_outside_of_anchors():
    sites = motifs((980, "+"), (2110, "-"))
    assert anchor_orientations(loops((1000, 2000)), sites)["orientation"].tolist() == ["none"]
    assert anchor_orientations(loops((1000, 2000)), sites, slack_bp=50)["orientation"].tolist() == ["convergent"]


def test_planted_convergent_rule_is_found_and_random_strands_are_not():
    generator = np.random.default_rng(0)
    at = np.arange(0, 400_000, 1000)
    strands = np.where(generator.random(len(at)) < 0.5, "+", "-")
    sites = motifs(*zip(at + 10, strands, strict=True))
    left = np.flatnonzero(strands == "+")[:-20:2]
    right = [i + 1 + int(np.flatnonzero(strands[i + 1 :] == "-")[0]) for i in left]
    planted = loops(*zip(at[left], at[right], strict=True))
    table = orientation_enrichment(planted, sites, n_shuffles=200).set_index("orientation")
    assert table.loc["convergent", "share"] == 1.0
    assert table.loc["convergent", "expected_share"] == pytest.approx(0.25, abs=0.03)
    assert table.loc["convergent", "p_more"] == pytest.approx(1 / 201)
    assert table.loc["divergent", "p_fewer"] == pytest.approx(1 / 201)
    some = generator.choice(len(at) - 5, 100)
    null = orientation_enrichment(loops(*zip(at[some], at[some + 4], strict=True)), sites, n_shuffles=200)
    assert null.set_index("orientation").loc["convergent", "p_more"] > 0.01


def test_moved_anchors_lose_their_sites():
    at = np.arange(5000, 2_000_000, 50_000)
    sites = motifs(*[(a + 40, "+-"[n % 2]) for n, a in enumerate(at)])
    pairs = loops(*zip(at[:-1:2], at[1::2], strict=True))
    table = orientation_enrichment(pairs, sites, null="anchors", n_shuffles=50).set_index("orientation")
    assert table.loc["convergent", "share"] == 1.0
    assert table.loc["none", "expected_share"] > 0.9
    assert table["share"].sum() == pytest.approx(1.0)
    assert table["expected_share"].sum() == pytest.approx(1.0)


def test_sites_around_boundaries_point_away_from_them():
    boundaries = pd.DataFrame({"chrom": "I", "start": np.arange(10) * 10_000 + 5000}).assign(
        end=lambda t: t["start"] + 2
    )
    sites = motifs(*[(s - 500, "-") for s in boundaries["start"]], *[(s + 500, "+") for s in boundaries["start"]])
    table = sites_around(boundaries, sites, flank_bp=1000, bin_size=100, sizes={"I": 100_000})
    assert table.loc[table["right"].idxmax(), "offset_bp"] == 500
    assert table.loc[table["left"].idxmax(), "offset_bp"] == -500
    assert table["right"].sum() == table["left"].sum() == 1.0
    assert table["expected_right"].unique() == pytest.approx([10 * 100 / 100_000])


def test_sites_without_a_strand_are_refused():
    with pytest.raises(InputError, match="strand"):
        anchor_orientations(loops((0, 500)), motifs((10, ".")))
