"""What is planted in a simulated map comes back through the chain of steps, and a truth moved along it does not."""

from dataclasses import replace

import numpy as np
import pytest

from cisgram.hic.balance import balance
from cisgram.hic.compartments import compartments
from cisgram.hic.expected import expected_cis
from cisgram.hic.insulation import InsulationConfig, boundaries, insulation
from cisgram.hic.loops import LoopConfig, call_loops
from cisgram.hic.zoom import zoom_levels
from cisgram.io.cool import open_cool
from cisgram.io.tables import read_intervals, read_table
from cisgram.simulate.contact_cells import ContactConfig, simulate_contacts
from cisgram.simulate.recovery import (
    boundary_recovery,
    compartment_recovery,
    convergent_share,
    loop_recovery,
    weight_recovery,
)

pytestmark = pytest.mark.slow
BIN = 2_000
SIZES = {"chr1": 2_500_000, "chr2": 1_500_000}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Contigs of 2.5 and 1.5 Mb in bins of 2 kb, four times as deep as the preset, so that few features suffice."""
    preset = ContactConfig.preset("map", seed=2)
    folding = replace(preset.folding, width_bins=500, n_snapshots=150)
    config = replace(
        preset,
        genome_bp=4_000_000,
        n_contigs=2,
        folding=folding,
        experiment=replace(preset.experiment, contacts_per_bin=4_000),
    )
    return simulate_contacts(config, tmp_path_factory.mktemp("recovery") / "map")


@pytest.fixture(scope="module")
def balanced(files):
    source = open_cool(files.contacts).in_memory()
    return source.with_weights(balance(source.with_weights(None)).weights)


def moved(table):
    """Places moved by 40 % of their contigs, around the end."""
    table = table.copy()
    size = table["chrom" if "chrom" in table else "chrom1"].map(SIZES)
    names = [name for name in ("start", "end", "start1", "end1", "start2", "end2") if name in table]
    step = (table[names[0]] + 2 * size // 5) % (size - (table[names[-1]] - table[names[0]])) - table[names[0]]
    for name in names:
        table[name] += step
    return table


def by_contig(table, column):
    return {str(chrom): own[column].to_numpy(float) for chrom, own in table.groupby("chrom", sort=False)}


def test_weights_come_back(files, balanced):
    planted = read_table(files.bins)["weight"].to_numpy()
    assert weight_recovery(planted, balanced.weights) > 0.95
    assert abs(weight_recovery(np.roll(planted, 700), balanced.weights)) < 0.2


def test_borders_come_back(files, balanced):
    planted, sites = read_table(files.boundaries), read_intervals(files.sites)
    strong = sites[sites["score"] > 300]
    called = boundaries(insulation(balanced, InsulationConfig((50_000,))), 50_000)
    found = boundary_recovery(planted, called, tolerance_bp=3 * BIN // 2, tolerated=strong)
    lost = boundary_recovery(moved(planted), called, tolerance_bp=3 * BIN // 2, tolerated=moved(strong))
    assert found.recall > 0.45
    assert found.precision > 0.45
    assert max(lost.recall, lost.precision) < 0.3


def test_loops_come_back_and_their_sites_face_each_other(files, balanced):
    planted, sites = read_table(files.loops), read_intervals(files.sites)
    called = call_loops(balanced, expected_cis(balanced), LoopConfig(outer=7, inner=4, max_distance_bp=1_000_000))
    found = loop_recovery(planted, called, tolerance_bp=5 * BIN // 2)
    strong = loop_recovery(planted[planted["enrichment"] > 4], called, tolerance_bp=5 * BIN // 2)
    lost = loop_recovery(moved(planted), called, tolerance_bp=5 * BIN // 2)
    assert found.precision > 0.45
    assert strong.recall > 0.3
    assert strong.recall > found.recall
    assert max(lost.recall, lost.precision) < 0.1
    bound = sites[sites["score"] > 100]
    assert convergent_share(called, bound, tolerance_bp=5 * BIN // 2) > 0.8
    turned = bound.assign(strand=bound["strand"].map({"+": "-", "-": "+"}))
    assert convergent_share(called, turned, tolerance_bp=5 * BIN // 2) < 0.5


def test_compartments_come_back(files, balanced):
    wide = next(iter(zoom_levels(balanced, [25 * BIN])))
    wide = wide.with_weights(balance(wide).weights)
    table = compartments(wide).vectors
    planted = {
        chrom: values.reshape(-1, 25).mean(axis=1)
        for chrom, values in by_contig(read_table(files.bins), "compartment").items()
    }
    values = list(planted.values())
    rolled = dict(zip(planted, (np.roll(one, one.size // 2) for one in values), strict=True))
    # In contigs as short as these the first eigenvector may show something else: the best of three is looked at.
    found, lost = (
        max((compartment_recovery(one, by_contig(table, f"E{n}")) for n in (1, 2, 3)), key=lambda r: r.correlation)
        for one in (planted, rolled)
    )
    assert found.correlation > 0.5
    assert lost.correlation < found.correlation - 0.15
