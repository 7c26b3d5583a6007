"""Groups of cells that differ are told apart where they do; those that do not are not."""

import numpy as np
import pandas as pd
import pytest

from cisgram.errors import ConfigError, EmptySetError, InputError
from cisgram.genomics.interval import interval_table
from cisgram.io.bigwig import read_bigwig_contig
from cisgram.io.reads import open_coverage_source
from cisgram.io.tables import read_table
from cisgram.models.atacworks import AtacWorksConfig, build
from cisgram.run.differential import DifferentialConfig, differential, write_differential

SIZES = {"I": 30_000}
SHARED, ONLY_A, ONLY_B = (5000, 15_000, 25_000), 10_000, 20_000
GROUPS = {"A": [f"a{n}" for n in range(25)], "B": [f"b{n}" for n in range(25)]}
FEW = DifferentialConfig(n_permutations=30, window_bp=10_000)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Fifty cells of two groups with three shared peaks, and one of their own each."""
    rng = np.random.default_rng(0)
    rows = []
    for group, cells in GROUPS.items():
        own = ONLY_A if group == "A" else ONLY_B
        for cell in cells:
            at = np.concatenate([rng.normal(place, 60, 3) for place in (*SHARED, own)] + [rng.uniform(200, 29_000, 5)])
            rows += [("I", int(left), int(left) + 80, cell) for left in at]
    path = tmp_path_factory.mktemp("cells") / "fragments.tsv"
    pd.DataFrame(rows).sort_values([0, 1]).to_csv(path, sep="\t", header=False, index=False)
    return open_coverage_source(path, sizes=SIZES)


@pytest.fixture(scope="module")
def model():
    return build(AtacWorksConfig(1000, 1200, n_filters=2, n_blocks=1, n_peak_blocks=1)).eval()


@pytest.fixture(scope="module")
def regions():
    return interval_table(["I"], [0], [30_000])


def near(bins, place, reach_bp=300):
    return (bins["start"] < place + reach_bp) & (bins["end"] > place - reach_bp)


def test_peaks_of_one_group_are_found_and_shared_ones_are_not(model, source, regions):
    found = differential(model, source, regions, group=GROUPS["A"], other=GROUPS["B"], config=FEW)
    differs = found.test.q_value < 0.05
    for place, sign in ((ONLY_A, 1), (ONLY_B, -1)):
        here = near(found.bins, place).to_numpy() & differs
        assert here.any()
        assert (np.sign(found.test.z[here]) == sign).all()
    assert not any((near(found.bins, place).to_numpy() & differs).any() for place in SHARED)


def test_a_group_is_told_from_random_cells(model, source, regions):
    found = differential(model, source, regions, group=GROUPS["A"], config=FEW)
    best = found.bins.iloc[int(np.nanargmin(found.test.p_value))]
    assert min(abs(best["start"] - ONLY_A), abs(best["start"] - ONLY_B)) < 400


def test_random_groups_do_not_differ(model, source, regions):
    cells = np.random.default_rng(1).permutation(source.barcodes).tolist()
    found = differential(model, source, regions, group=cells[:25], other=cells[25:], config=FEW)
    assert (found.test.q_value < 0.05).sum() == 0


def test_the_same_seed_gives_the_same_test_however_the_genome_is_cut(model, source, regions):
    options = {"group": GROUPS["A"], "other": GROUPS["B"]}
    one = differential(model, source, regions, **options, config=DifferentialConfig(5, window_bp=10_000))
    other = differential(model, source, regions, **options, config=DifferentialConfig(5, window_bp=5_000))
    np.testing.assert_allclose(one.test.z, other.test.z, rtol=1e-3, atol=1e-3)


def test_files_hold_what_was_found(model, source, regions, tmp_path):
    result = differential(model, source, regions, group=GROUPS["A"], other=GROUPS["B"], config=FEW)
    told = {"group": "A"}
    files = write_differential(tmp_path / "a", result, sizes=SIZES, max_q_value=0.05, provenance=told)
    table = read_table(files["tsv"])
    assert len(table) == (result.test.q_value <= 0.05).sum() > 0
    signal = read_bigwig_contig(files["difference.bw"], "I")
    np.testing.assert_allclose(signal[table["start"]], table["difference"], rtol=1e-5)
    assert read_bigwig_contig(files["z.bw"], "I")[ONLY_A] > 3


@pytest.mark.parametrize(
    ("group", "other", "error", "message"),
    [
        (GROUPS["A"], GROUPS["A"][:3], InputError, "3 cells are in both groups, such as a0"),
        ([], [], EmptySetError, "no cells of the group left"),
        (["c1", "c2"], [], EmptySetError, "c1"),
        (GROUPS["A"] + ["b0"], [], InputError, "random groups of 26 cells need at least twice as many"),
    ],
)
def test_groups_that_cannot_be_compared_are_refused(model, source, regions, group, other, error, message):
    with pytest.raises(error, match=message):
        differential(model, source, regions, group=group, other=other, config=FEW)


def test_settings_are_checked():
    with pytest.raises(ConfigError, match="at least 5; got 4"):
        DifferentialConfig(n_permutations=4)
    with pytest.raises(ConfigError, match="a multiple of bin_bp"):
        DifferentialConfig(bin_bp=300)
